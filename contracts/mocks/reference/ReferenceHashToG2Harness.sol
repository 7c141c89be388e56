// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../libraries/BN254.sol";
import {ReferenceHashToG2} from "./ReferenceHashToG2.sol";

/// @notice Opens the plain hashing library to the differential tests.
contract ReferenceHashToG2Harness {
    function hashToG2(bytes memory message, bytes32 dst) external view returns (BN254.G2Point memory) {
        return ReferenceHashToG2.hashToG2(message, dst);
    }

    function hashSumToG2(bytes[] memory messages, bytes32 dst) external view returns (BN254.G2Point memory) {
        ReferenceHashToG2.Sum memory sum;
        for (uint256 i = 0; i < messages.length; i++) ReferenceHashToG2.accumulate(sum, messages[i], dst);
        return ReferenceHashToG2.finish(sum);
    }
}
