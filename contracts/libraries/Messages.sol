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
    /// @dev The names without "BLS_SIG_", with which all of them begin, and their length in the last byte.
    bytes32 internal constant PROOF_OF_POSSESSION = bytes32("TRYANDINCREMENT_POP") | bytes32(uint256(19));
    bytes32 internal constant REWARD = bytes32("TRYANDINCREMENT_REWARD") | bytes32(uint256(22));
    bytes32 internal constant EXIT = bytes32("TRYANDINCREMENT_EXIT") | bytes32(uint256(20));
    bytes32 internal constant LIQUIDATE = bytes32("TRYANDINCREMENT_LIQUIDATE") | bytes32(uint256(25));
    bytes32 internal constant HASH_TO_G2 = bytes32("HASH_TO_FIELD_TAG") | bytes32(uint256(17));

    bytes32 private constant PREFIX = "BLS_SIG_";

    /// @notice keccak256(abi.encodePacked("BLS_SIG_", name, block.chainid, address(this)))
    /// @param name One of the constants above
    function tag(bytes32 name) internal view returns (bytes32 result) {
        assembly ("memory-safe") {
            // behind the free memory pointer, each write over the rest of the one before; n = length of name (at most 25):
            // 0x00 - 0x07 prefix, 0x08 - 0x07 + n name, then 32 bytes chain id, 20 bytes address
            let start := mload(0x40)
            let n := and(name, 0xff)
            mstore(start, PREFIX)
            mstore(add(start, 0x08), name)
            mstore(add(start, add(0x08, n)), chainid())
            mstore(add(start, add(0x28, n)), shl(96, address()))
            result := keccak256(start, add(0x3c, n))
        }
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

    /// @notice Turns a reward message into that of another recipient and amount; the tag stays.
    function setReward(bytes memory message, address recipient, uint256 rewards) internal pure {
        assembly ("memory-safe") {
            // 0x00 - 0x1f length, 0x20 - 0x3f tag, 0x40 - 0x53 recipient, 0x54 - 0x73 rewards
            mstore(add(message, 0x40), shl(96, recipient))
            mstore(add(message, 0x54), rewards)
        }
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
