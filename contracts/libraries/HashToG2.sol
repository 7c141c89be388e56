// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "./BN254.sol";
import {Fp2} from "./Fp2.sol";
import {G2} from "./G2.sol";

/// @title Hash to G2: expansion of RFC 9380 with keccak256, try-and-increment, cofactor clearing
/// @notice The same map as `ReferenceHashToG2`, bit for bit.
library HashToG2 {
    /// @notice None of the 256 tries gave a point; the chance of it is 2^-256.
    error HashToG2Failed();

    /// @notice roots[position] and the word behind it are not the roots that were to come next.
    error WrongRoot(uint256 position);

    /// @notice A sum of mapped points before cofactor clearing, Jacobian: (X / Z^2, Y / Z^3). All zero is the empty
    /// sum.
    struct Sum {
        uint256[6] point;
    }

    /// @dev 3 / (9 + i), the constant of the twist y^2 = x^3 + 3 / (9 + i).
    uint256 private constant B_C0 = 0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5;
    uint256 private constant B_C1 = 0x009713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2;

    /// @notice The point H(message) of G2.
    /// @param dst The hashing tag, `tag("BLS_SIG_HASH_TO_FIELD_TAG")`.
    function hashToG2(bytes memory message, bytes32 dst) internal view returns (BN254.G2Point memory) {
        (uint256 x0, uint256 x1, uint256 y0, uint256 y1, uint256 c) = mapUpToSign(message, dst, 0);
        return G2.clearCofactor(x0, x1, y0, y1, c);
    }

    /// @notice Adds H(message) to `sum`. Clearing the cofactor is linear, so the mapped points are added and cleared
    /// once, in `finish`: one aggregate signature over many messages is checked with
    ///
    ///     HashToG2.Sum memory sum;                                               // empty
    ///     next = HashToG2.accumulate(sum, message, dst, roots, next);            // for each message
    ///     BN254.verify(key, signature, HashToG2.finish(sum));
    ///
    /// @param message The message; its buffer may be reused
    /// @param dst The hashing tag, `tag("BLS_SIG_HASH_TO_FIELD_TAG")`
    /// @param roots The square roots that the map takes, brought by the caller: squaring one is cheaper by 4,000 gas than taking it,
    /// and proves it. From `position` on, a missing word counting as zero:
    ///
    /// - for each try that gives no point, a root of -(c0^2 + c1^2), c = c0 + c1 * i = x^3 + 3 / (9 + i). -1 is no square, so
    ///   neither is c0^2 + c1^2 then, and c has no root. Nothing for a try with c1 = 0: its root would have a zero half;
    /// - for the try that gives the point, a root of y0 and then y1, reduced, where y0 + y1 * i is the root of c: of the two, the one
    ///   whose y0 is a square.
    ///
    /// No roots at all (for any message of the sum): they are taken here, two or three and one more for each try that gives no point.
    /// @param position Of the first word of this message
    /// @return next The position behind its last word
    /// @dev Reverts with `WrongRoot` where the words are not these, with `DegenerateSum` if the point is the sum so far or its
    /// negation.
    function accumulate(
        Sum memory sum,
        bytes memory message,
        bytes32 dst,
        uint256[] calldata roots,
        uint256 position
    ) internal view returns (uint256 next) {
        uint256[4] memory point;
        if (roots.length == 0) point = _map(message, dst);
        else (point, next) = _mapWithRoots(message, dst, roots, position);
        require(G2.addMixed(sum.point, point[0], point[1], point[2], point[3]), G2.DegenerateSum());
    }

    /// @notice The sum of H(message) over the messages accumulated.
    /// @dev Reverts with `DegenerateSum` for no message at all, or if the sum is infinity.
    function finish(Sum memory sum) internal view returns (BN254.G2Point memory) {
        uint256[6] memory m = sum.point;
        require(m[4] | m[5] != 0, G2.DegenerateSum());
        BN254.G2Point memory affine = G2.toAffine(m[0], m[1], m[2], m[3], m[4], m[5]);
        return G2.clearCofactor(affine.xc0, affine.xc1, affine.yc0, affine.yc1, 1);
    }

    /// @notice The point of the twist, not yet in G2, of the first try that gives one, counting from `firstTry`; y times the
    /// quadratic character of c. (x, -y) maps to -H, so a single hash finds the sign out at its end, with an inversion that it needs
    /// anyway.
    /// @param firstTry 0 as specified; tests start elsewhere to see the tries run out.
    function mapUpToSign(
        bytes memory message,
        bytes32 dst,
        uint256 firstTry
    ) internal view returns (uint256 x0, uint256 x1, uint256 y0, uint256 y1, uint256 c) {
        for (uint256 i = firstTry; i < 256; i++) {
            bool negate;
            (x0, x1, negate) = _toField(message, dst, i);
            (y0, y1) = _ySquared(x0, x1);
            (y0, y1, c) = Fp2.sqrtUpToSign(y0, y1);
            if (c != 0) {
                // A root that is accepted has no zero half, so both stay below P.
                if (negate) (y0, y1) = (BN254.P - y0, BN254.P - y1);
                return (x0, x1, y0, y1, c);
            }
        }
        revert HashToG2Failed();
    }

    /// @dev The mapped point x0, x1, y0, y1. Its sign cannot wait as that of a single hash: it counts in a sum.
    function _map(bytes memory message, bytes32 dst) private view returns (uint256[4] memory point) {
        (uint256 x0, uint256 x1, uint256 y0, uint256 y1, uint256 c) = mapUpToSign(message, dst, 0);
        // y has no zero half
        return c == 1 || Fp2.isSquare(c) ? [x0, x1, y0, y1] : [x0, x1, BN254.P - y0, BN254.P - y1];
    }

    /// @dev The mapped point x0, x1, y0, y1, told the roots: see `accumulate`.
    function _mapWithRoots(
        bytes memory message,
        bytes32 dst,
        uint256[] calldata roots,
        uint256 position
    ) private pure returns (uint256[4] memory point, uint256 next) {
        uint256 p = BN254.P;
        next = position;
        for (uint256 i = 0; i < 256; i++) {
            (uint256 x0, uint256 x1, bool negate) = _toField(message, dst, i);
            (uint256 y0, uint256 y1) = _ySquared(x0, x1);
            (y0, y1, next) = checkRoots(y0, y1, roots, next);
            if (y0 == 0) continue;
            return (negate ? [x0, x1, p - y0, p - y1] : [x0, x1, y0, y1], next);
        }
        revert HashToG2Failed();
    }

    /// @notice The root y0 + y1 * i of c0 + c1 * i, as the words from `position` on show it: see `accumulate`. c0, c1 < P.
    /// @return y0 0 if they show that there is none (or one with a zero half)
    /// @return y1 As y0
    /// @return next The position behind the words that it took
    function checkRoots(
        uint256 c0,
        uint256 c1,
        uint256[] calldata roots,
        uint256 position
    ) internal pure returns (uint256 y0, uint256 y1, uint256 next) {
        uint256 p = BN254.P;
        if (c1 == 0) return (0, 0, position);
        uint256 root = _wordAt(roots, position);
        y0 = mulmod(root, root, p);
        if (addmod(y0, addmod(mulmod(c0, c0, p), mulmod(c1, c1, p), p), p) == 0) return (0, 0, position + 1);
        y1 = _wordAt(roots, position + 1);
        // neither half is zero, since 2 y0 y1 = c1 is not
        bool isRoot =
            y1 < p && addmod(mulmod(y0, y0, p), p - mulmod(y1, y1, p), p) == c0 && mulmod(2 * y0, y1, p) == c1;
        require(isRoot, WrongRoot(position));
        next = position + 2;
    }

    function _wordAt(uint256[] calldata words, uint256 position) private pure returns (uint256) {
        return position < words.length ? words[position] : 0;
    }

    /// @notice (high * 2^128 + low) mod P: 48 bytes of the expansion, high < 2^256, low < 2^128.
    function reduce(uint256 high, uint256 low) internal pure returns (uint256) {
        uint256 p = BN254.P;
        return addmod(mulmod(high, 1 << 128, p), low, p);
    }

    /// @dev x = u[0:48] + u[48:96] * i, each a 384-bit big-endian integer mod P; the sign is the last bit of u[127].
    /// u = expand_message_xmd (RFC 9380, 5.3.1) to 128 bytes, as four blocks of keccak256 (block size 136):
    ///
    ///     b0 = keccak256(136 zeros . message . try . 0x0080 . 0x00 . dst . 0x20)
    ///     bj = keccak256((b0 ^ b(j-1)) . j . dst . 0x20), where b1 hashes b0 itself
    ///
    /// Memory behind the free pointer, n = message.length; nothing is allocated, nothing is assumed to be zero:
    ///
    ///     0x00 - 0x41             b0 ^ b(j-1), j, dst, 0x20: 66 bytes
    ///     0x60 - 0xe7             136 zeros
    ///     0xe8 - 0xe7 + n         message
    ///     0xe8 + n - 0x10c + n    try, 0x0080, 0x00, dst, 0x20: 37 bytes
    function _toField(
        bytes memory message,
        bytes32 dst,
        uint256 i
    ) private pure returns (uint256 x0, uint256 x1, bool negate) {
        uint256 low0;
        uint256 low1;
        assembly ("memory-safe") {
            let block_ := mload(0x40)
            let start := add(block_, 0x60)
            let n := mload(message)
            let end := add(add(start, 136), n)
            calldatacopy(start, calldatasize(), 136)
            mcopy(add(start, 136), add(message, 0x20), n)
            mstore8(end, i)
            mstore(add(end, 1), shl(232, 0x008000))
            mstore(add(end, 4), dst)
            mstore8(add(end, 36), 0x20)
            let b0 := keccak256(start, add(n, 173))

            mstore(add(block_, 0x21), dst)
            mstore8(add(block_, 0x41), 0x20)
            mstore(block_, b0)
            mstore8(add(block_, 0x20), 1)
            let b1 := keccak256(block_, 0x42)
            mstore(block_, xor(b0, b1))
            mstore8(add(block_, 0x20), 2)
            let b2 := keccak256(block_, 0x42)
            mstore(block_, xor(b0, b2))
            mstore8(add(block_, 0x20), 3)
            let b3 := keccak256(block_, 0x42)
            mstore(block_, xor(b0, b3))
            mstore8(add(block_, 0x20), 4)
            negate := and(keccak256(block_, 0x42), 1)

            // The leading 256 bits and the trailing 128 bits of either half, for `reduce`.
            x0 := b1
            low0 := shr(128, b2)
            x1 := or(shl(128, b2), shr(128, b3))
            low1 := shr(128, shl(128, b3))
        }
        x0 = reduce(x0, low0);
        x1 = reduce(x1, low1);
    }

    /// @dev x^3 + 3 / (9 + i).
    function _ySquared(uint256 x0, uint256 x1) private pure returns (uint256 c0, uint256 c1) {
        uint256 p = BN254.P;
        uint256 b0 = B_C0;
        uint256 b1 = B_C1;
        assembly ("memory-safe") {
            let s0 := mulmod(add(x0, x1), add(x0, sub(p, x1)), p)
            let s1 := mulmod(add(x0, x0), x1, p)
            c0 := addmod(add(mulmod(s0, x0, p), sub(p, mulmod(s1, x1, p))), b0, p)
            c1 := addmod(add(mulmod(s0, x1, p), mulmod(s1, x0, p)), b1, p)
        }
    }
}
