// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title BN254 (alt_bn128): G1 by the EIP-196 precompiles, the signature equation by EIP-197
/// @notice Public keys are points of G1, signatures points of G2. G1 has prime order, so a point on the curve is in the
/// group.
library BN254 {
    /// @notice A point of G1, affine. (0, 0) is the point at infinity.
    struct G1Point {
        uint256 X;
        uint256 Y;
    }

    /// @notice A point of G2 on the twist, affine, real half first (the order of `BLSSignatureParams`; the pairing
    /// precompile wants the imaginary half first).
    struct G2Point {
        uint256 xc0;
        uint256 xc1;
        uint256 yc0;
        uint256 yc1;
    }

    /// @notice The point is not a public key: a coordinate is not below the field modulus, it is not on the curve, or
    /// it is the point at infinity.
    error InvalidBLSPubkey(G1Point point);

    /// @notice The addition precompile refused `left` or `right`: one of them is not on the curve.
    error PointAdditionFailed(G1Point left, G1Point right);

    /// @dev Modulus of the base field: 36u^4 + 36u^3 + 24u^2 + 6u + 1 with u = 4965661367192848881.
    uint256 internal constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    /// @dev The generator of G1, (1, 2).
    uint256 private constant GENERATOR_X = 1;
    uint256 private constant GENERATOR_Y = 2;

    /// @dev EIP-196 addition and EIP-197 pairing check.
    uint256 private constant ADD_PRECOMPILE = 0x06;
    uint256 private constant PAIRING_PRECOMPILE = 0x08;

    /// @notice Whether `point` is the neutral element, encoded (0, 0).
    function isInfinity(G1Point memory point) internal pure returns (bool) {
        return point.X == 0 && point.Y == 0;
    }

    /// @notice The point at -point. Infinity is its own negation. Expects a reduced Y.
    function negate(G1Point memory point) internal pure returns (G1Point memory) {
        if (point.Y == 0) return G1Point(point.X, 0); // only infinity: no point of the curve has Y == 0
        return G1Point(point.X, P - point.Y);
    }

    /// @notice The sum left + right, any of them infinity.
    /// @dev Reverts with `PointAdditionFailed` when a coordinate is not reduced or a point is off the curve.
    function add(G1Point memory left, G1Point memory right) internal view returns (G1Point memory sum) {
        uint256[4] memory input = [left.X, left.Y, right.X, right.Y];
        bool success;
        assembly ("memory-safe") {
            success := staticcall(gas(), ADD_PRECOMPILE, input, 0x80, sum, 0x40)
        }
        require(success, PointAdditionFailed(left, right));
    }

    /// @notice Reverts with `InvalidBLSPubkey` unless `point` is canonical (X, Y < P), on the curve and not infinity.
    function validate(G1Point memory point) internal pure {
        uint256 x = point.X;
        uint256 y = point.Y;
        // Infinity needs no check of its own: (0, 0) fails 0 == 0 + 3.
        bool valid = x < P && y < P && mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
        require(valid, InvalidBLSPubkey(point));
    }

    /// @notice The signature equation e(P1, signature) * e(-aggregateKey, hash) == 1.
    /// @return True if it holds. False if it does not, and also when the precompile refuses a point (off the curve, not
    /// in the r-order subgroup of G2, or not reduced); a refusal burns the gas that was passed on, all but 1/64.
    /// @dev An infinite key and signature satisfy the equation: callers must refuse them.
    function verify(
        G1Point memory aggregateKey,
        G2Point memory signature,
        G2Point memory hash
    ) internal view returns (bool) {
        G1Point memory negatedKey = negate(aggregateKey);
        // EIP-197 puts the imaginary half of a G2 coordinate first.
        uint256[12] memory input = [
            GENERATOR_X,
            GENERATOR_Y,
            signature.xc1,
            signature.xc0,
            signature.yc1,
            signature.yc0,
            negatedKey.X,
            negatedKey.Y,
            hash.xc1,
            hash.xc0,
            hash.yc1,
            hash.yc0
        ];
        bool success;
        uint256 result;
        assembly ("memory-safe") {
            // The one word of output goes to scratch space, 0x00 - 0x1f.
            success := staticcall(gas(), PAIRING_PRECOMPILE, input, 0x180, 0x00, 0x20)
            result := mload(0x00)
        }
        return success && result == 1;
    }
}
