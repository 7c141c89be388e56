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

    /// @notice The point at -point, reduced, also where `point` is not. Infinity is its own negation.
    function negate(G1Point memory point) internal pure returns (G1Point memory) {
        unchecked {
            // cannot underflow: a remainder is below P
            return G1Point(point.X % P, (P - (point.Y % P)) % P);
        }
    }

    /// @notice The sum left + right, any of them infinity. It takes the place of `left` in memory.
    /// @dev Reverts with `PointAdditionFailed` when a coordinate is not reduced or a point is off the curve.
    function add(G1Point memory left, G1Point memory right) internal view returns (G1Point memory) {
        require(accumulate(left, right), PointAdditionFailed(left, right));
        return left;
    }

    /// @notice Adds `point` to `sum` in place.
    /// @return success False, with `sum` as it was, when a coordinate is not reduced or a point is off the curve.
    /// @dev A refusal burns the gas that was passed on. codesize() is thousands in any contract with this library, an addition takes 150
    /// (EIP-1108), and the opcode costs no more than gas().
    function accumulate(G1Point memory sum, G1Point memory point) internal view returns (bool success) {
        uint256[4] memory input = [sum.X, sum.Y, point.X, point.Y];
        assembly ("memory-safe") {
            success := staticcall(codesize(), ADD_PRECOMPILE, input, 0x80, sum, 0x40)
        }
    }

    /// @notice Reverts with `InvalidBLSPubkey` unless `point` is canonical (X and Y reduced), on the curve and not infinity.
    function validate(G1Point memory point) internal pure {
        uint256 x = point.X;
        uint256 y = point.Y;
        // Infinity needs no check of its own: (0, 0) fails 0 == 0 + 3.
        bool valid = x < P && y < P && mulmod(y, y, P) == addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
        require(valid, InvalidBLSPubkey(point));
    }

    /// @notice The signature equation e(P1, signature) * e(-aggregateKey, hash) == 1.
    /// @return valid True if it holds. False if it does not, and also when the precompile refuses a point (off the curve, not
    /// in the r-order subgroup of G2, or not reduced); a refusal burns the gas that was passed on, all but 1/64.
    /// @dev An infinite key and signature satisfy the equation: callers must refuse them.
    function verify(
        G1Point memory aggregateKey,
        G2Point memory signature,
        G2Point memory hash
    ) internal view returns (bool valid) {
        assembly ("memory-safe") {
            // 384 bytes behind the free memory pointer, not allocated: P1, signature, -aggregateKey, hash. EIP-197 puts the
            // imaginary half of a G2 coordinate first.
            let input := mload(0x40)
            mstore(input, GENERATOR_X)
            mstore(add(input, 0x020), GENERATOR_Y)
            mstore(add(input, 0x040), mload(add(signature, 0x20)))
            mstore(add(input, 0x060), mload(signature))
            mstore(add(input, 0x080), mload(add(signature, 0x60)))
            mstore(add(input, 0x0a0), mload(add(signature, 0x40)))
            mstore(add(input, 0x0c0), mload(aggregateKey))
            // as `negate`: 0 stays 0, which is infinity
            let y := mload(add(aggregateKey, 0x20))
            mstore(add(input, 0x0e0), mul(iszero(iszero(y)), sub(P, y)))
            mstore(add(input, 0x100), mload(add(hash, 0x20)))
            mstore(add(input, 0x120), mload(hash))
            mstore(add(input, 0x140), mload(add(hash, 0x60)))
            mstore(add(input, 0x160), mload(add(hash, 0x40)))
            // the one word of output goes to scratch space, 0x00 - 0x1f
            valid := staticcall(gas(), PAIRING_PRECOMPILE, input, 0x180, 0x00, 0x20)
            valid := and(valid, eq(mload(0x00), 1))
        }
    }
}
