// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title BN254 (alt_bn128, EIP-196/197)
library BN254 {
    /// @notice A point of G1, affine. (0, 0) is the point at infinity.
    struct G1Point {
        uint256 X;
        uint256 Y;
    }

    /// @notice A point of G2 on the twist, affine, real half first (the order of `BLSSignatureParams`; the pairing precompile
    /// wants the imaginary half first).
    struct G2Point {
        uint256 xc0;
        uint256 xc1;
        uint256 yc0;
        uint256 yc1;
    }
}
