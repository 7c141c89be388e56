// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";
import {Messages} from "../libraries/Messages.sol";

/// @notice Opens the four signed encodings to tests. They are bound to this contract's own address.
contract MessagesHarness {
    function tags()
        external
        view
        returns (bytes32 proofOfPossession_, bytes32 reward_, bytes32 exit_, bytes32 liquidate_, bytes32 hashToG2_)
    {
        proofOfPossession_ = Messages.tag(Messages.PROOF_OF_POSSESSION);
        reward_ = Messages.tag(Messages.REWARD);
        exit_ = Messages.tag(Messages.EXIT);
        liquidate_ = Messages.tag(Messages.LIQUIDATE);
        hashToG2_ = Messages.tag(Messages.HASH_TO_G2);
    }

    function proofOfPossession(
        BN254.G1Point memory blsPubkey,
        address operator,
        uint256 ed25519Pubkey
    ) external view returns (bytes memory) {
        return Messages.proofOfPossession(blsPubkey, operator, ed25519Pubkey);
    }

    function reward(address recipient, uint256 amount) external view returns (bytes memory) {
        return Messages.reward(Messages.tag(Messages.REWARD), recipient, amount);
    }

    function exit(BN254.G1Point memory blsPubkey, uint256 timestamp) external view returns (bytes memory) {
        return Messages.removal(Messages.tag(Messages.EXIT), blsPubkey, timestamp);
    }

    function liquidate(BN254.G1Point memory blsPubkey, uint256 timestamp) external view returns (bytes memory) {
        return Messages.removal(Messages.tag(Messages.LIQUIDATE), blsPubkey, timestamp);
    }
}
