// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "./BN254.sol";

/// @title The four signed encodings
/// @notice A message is a tag (32 bytes) and its fields, tightly packed, integers big-endian. The tag binds it to its kind, to the
/// chain and to this contract: tag(name) = keccak256(name || uint256(chainid) || address(this)).
///
/// The tags are derived anew for every message: that is cheaper than to load the stored copies (2,100 gas each), which equal
/// them since `initialize`.
library Messages {
    string internal constant PROOF_OF_POSSESSION = "BLS_SIG_TRYANDINCREMENT_POP";
    string internal constant REWARD = "BLS_SIG_TRYANDINCREMENT_REWARD";
    string internal constant EXIT = "BLS_SIG_TRYANDINCREMENT_EXIT";
    string internal constant LIQUIDATE = "BLS_SIG_TRYANDINCREMENT_LIQUIDATE";
    string internal constant HASH_TO_G2 = "BLS_SIG_HASH_TO_FIELD_TAG";

    function tag(string memory name) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(name, block.chainid, address(this)));
    }

    /// @return tag || X || Y || operator || Ed25519 key (148 bytes)
    function proofOfPossession(
        BN254.G1Point memory blsPubkey,
        address operator,
        uint256 ed25519Pubkey
    ) internal view returns (bytes memory) {
        return abi.encodePacked(tag(PROOF_OF_POSSESSION), blsPubkey.X, blsPubkey.Y, operator, ed25519Pubkey);
    }

    /// @param rewardTag tag(REWARD)
    /// @return tag || recipient || lifetime rewards (84 bytes)
    function reward(bytes32 rewardTag, address recipient, uint256 rewards) internal pure returns (bytes memory) {
        return abi.encodePacked(rewardTag, recipient, rewards);
    }

    /// @param removalTag tag(EXIT) or tag(LIQUIDATE)
    /// @return tag || X || Y || unix timestamp (128 bytes)
    function removal(
        bytes32 removalTag,
        BN254.G1Point memory blsPubkey,
        uint256 timestamp
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(removalTag, blsPubkey.X, blsPubkey.Y, timestamp);
    }
}
