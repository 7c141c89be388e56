// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";
import {HashToG2} from "../libraries/HashToG2.sol";

/// @notice Opens the hashing library to tests and to the gas measurements.
contract HashToG2Harness {
    function hashToG2(bytes memory message, bytes32 dst) external view returns (BN254.G2Point memory) {
        return HashToG2.hashToG2(message, dst);
    }

    function hashSumToG2(bytes[] memory messages, bytes32 dst) external view returns (BN254.G2Point memory) {
        HashToG2.Sum memory sum;
        for (uint256 i = 0; i < messages.length; i++) HashToG2.accumulate(sum, messages[i], dst);
        return HashToG2.finish(sum);
    }

    /// @return used Gas of the library call alone.
    function hashGas(bytes memory message, bytes32 dst) external view returns (uint256 used) {
        used = gasleft();
        HashToG2.hashToG2(message, dst);
        used -= gasleft();
    }
}
