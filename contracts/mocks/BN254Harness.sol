// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";

/// @notice Opens the curve library to tests.
contract BN254Harness {
    function negate(BN254.G1Point memory point) external pure returns (BN254.G1Point memory) {
        return BN254.negate(point);
    }

    function isInfinity(BN254.G1Point memory point) external pure returns (bool) {
        return BN254.isInfinity(point);
    }

    function add(BN254.G1Point memory left, BN254.G1Point memory right) external view returns (BN254.G1Point memory) {
        return BN254.add(left, right);
    }

    function validate(BN254.G1Point memory point) external pure {
        BN254.validate(point);
    }

    function verify(
        BN254.G1Point memory aggregateKey,
        BN254.G2Point memory signature,
        BN254.G2Point memory hash
    ) external view returns (bool) {
        return BN254.verify(aggregateKey, signature, hash);
    }
}
