// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "./BN254.sol";

/// @title Fp2 = Fp[i] / (i^2 + 1): square root and inversion by as few modular exponentiations as there can be
/// @notice Each exponentiation costs 4,016 gas under EIP-7883 (252-bit exponent), a multiplication about 20. One
/// exponent serves everything: with e = (P-3)/4 and w = a^e, P = 7 mod 8,
///
///     a * w        = a^((P+1)/4)   the principal root of a if a is a square, of -a if not; itself always a square
///     a * w^2      = a^((P-1)/2)   the Legendre symbol of a
///     a * w^4      = a^(P-2)       the inverse of a
///
/// `ReferenceFp2` has the same functions as the specification writes them; test/differential compares.
library Fp2 {
    /// @notice The modular exponentiation precompile failed; with these operands only for lack of gas.
    error ModularExponentiationFailed();

    /// @dev (P - 3) / 4.
    uint256 private constant EXPONENT = 0x0c19139cb84c680a6e14116da060561765e05aa45a1c72a34f082305b61f3f51;

    /// @dev (P + 1) / 2, the inverse of 2.
    uint256 private constant HALF = 0x183227397098d014dc2822db40c0ac2ecbc0b548b438e5469e10460b6c3e7ea4;

    /// @notice The square root of a0 + a1 * i by the complex method, up to a sign that costs another exponentiation and may be found
    /// later; a0, a1 < P.
    /// @return y0 With y1 the root times the quadratic character of c: 1 if c is a square, -1 if not
    /// @return y1 See y0
    /// @return c 0 if there is no root, or one with a zero half (which hashing does not accept); 1 if the root is as specified;
    /// otherwise a1
    /// @dev Specified as n = sqrt(a0^2 + a1^2); t = (a0 + n) / 2 and, if t is no square, (a0 - n) / 2; y0 = sqrt(t);
    /// y1 = a1 / (2 y0). Here, with s = t^e and r = s * t:
    ///
    /// - if t is a square, y0 = r, and since r * s = 1, y1 = a1 * s / 2;
    /// - if not, t' = (a0 - n) / 2 is: t * t' = -a1^2 / 4 and -1 is no square. r * s = -1, so that a1 / (2r) = -a1 * s / 2 is a
    ///   root of t' up to sign. The specified root is the one that is itself a square. P = 7 mod 8 makes 2 a square and e odd,
    ///   hence s no square, so y0 = -+(a1 * s / 2) and y1 = +-r as a1 is a square or not.
    ///
    /// The root has a zero half only if a1 = 2 y0 y1 = 0, which is refused first.
    function sqrtUpToSign(uint256 a0, uint256 a1) internal view returns (uint256 y0, uint256 y1, uint256 c) {
        uint256 p = BN254.P;
        uint256 norm = addmod(mulmod(a0, a0, p), mulmod(a1, a1, p), p);
        uint256 buffer = _prepare(p);
        uint256 n = mulmod(_power(buffer, norm), norm, p);
        if (mulmod(n, n, p) != norm || a1 == 0) return (0, 0, 0);

        uint256 t = mulmod(addmod(a0, n, p), HALF, p);
        uint256 s = _power(buffer, t);
        y0 = mulmod(s, t, p);
        y1 = mulmod(mulmod(a1, HALF, p), s, p);
        c = 1;
        // No zero here: y0 = s * t with t != 0 (its norm a1^2 / 4 is not), y1 likewise.
        if (mulmod(y0, s, p) != 1) (y0, y1, c) = (p - y1, y0, a1);
    }

    /// @notice `inverse`, and the quadratic character of c, 0 < c < P, by the same exponentiation.
    /// @return c0 With c1 the inverse
    /// @return c1 See c0
    /// @return square Whether c is a square; false for a zero
    /// @dev With n = a0^2 + a1^2 and w = c * n^2: w is a square if and only if c is, and 1 / n = c * n / w.
    function inverseAndCharacter(
        uint256 a0,
        uint256 a1,
        uint256 c
    ) internal view returns (uint256 c0, uint256 c1, bool square) {
        uint256 p = BN254.P;
        uint256 norm = addmod(mulmod(a0, a0, p), mulmod(a1, a1, p), p);
        c = mulmod(c, norm, p);
        uint256 w = mulmod(c, norm, p);
        uint256 v = _power(_prepare(p), w);
        // v^2 = w^((P-3)/2), so v^2 w = w^((P-1)/2) is the character and v^4 w = w^(P-2) the inverse
        v = mulmod(v, v, p);
        square = mulmod(v, w, p) == 1;
        v = mulmod(mulmod(mulmod(v, v, p), w, p), c, p);
        c0 = mulmod(a0, v, p);
        c1 = mulmod(a1, p - v, p);
    }

    /// @notice Whether a, 0 < a < P, is a square: its Legendre symbol a * w^2 is 1.
    function isSquare(uint256 a) internal view returns (bool) {
        uint256 p = BN254.P;
        uint256 w = _power(_prepare(p), a);
        return mulmod(mulmod(w, w, p), a, p) == 1;
    }

    /// @notice 1 / (a0 + a1 * i) = (a0 - a1 * i) / (a0^2 + a1^2), halves < P; zero for zero. Operands need not be
    /// reduced.
    function inverse(uint256 a0, uint256 a1) internal view returns (uint256 c0, uint256 c1) {
        (c0, c1, ) = inverseAndCharacter(a0, a1, 1);
    }

    /// @notice (a0 + a1 * i) * (b0 + b1 * i), halves < P. Operands need not be reduced.
    /// @param p P, passed along because a literal of 32 bytes is dearer than a word on the stack.
    function mul(
        uint256 a0,
        uint256 a1,
        uint256 b0,
        uint256 b1,
        uint256 p
    ) internal pure returns (uint256 c0, uint256 c1) {
        assembly ("memory-safe") {
            c0 := addmod(mulmod(a0, b0, p), sub(p, mulmod(a1, b1, p)), p)
            c1 := addmod(mulmod(a0, b1, p), mulmod(a1, b0, p), p)
        }
    }

    /// @dev Allocates and lays out the input of the modular exponentiation precompile. Allocated, because it lives from one
    /// statement to the next: what is behind the free memory pointer is the compiler's (and the coverage tool's) to use.
    ///
    ///     0x00 - 0x5f  lengths of base, exponent, modulus: 32 each
    ///     0x60 - 0x7f  base, and then the result
    ///     0x80 - 0x9f  e
    ///     0xa0 - 0xbf  P
    function _prepare(uint256 p) private pure returns (uint256 buffer) {
        assembly ("memory-safe") {
            buffer := mload(0x40)
            mstore(0x40, add(buffer, 0xc0))
            mstore(buffer, 0x20)
            mstore(add(buffer, 0x20), 0x20)
            mstore(add(buffer, 0x40), 0x20)
            mstore(add(buffer, 0x80), EXPONENT)
            mstore(add(buffer, 0xa0), p)
        }
    }

    /// @dev base^e mod P.
    function _power(uint256 buffer, uint256 base) private view returns (uint256 result) {
        bool success;
        assembly ("memory-safe") {
            let slot := add(buffer, 0x60)
            mstore(slot, base)
            success := staticcall(gas(), 0x05, buffer, 0xc0, slot, 0x20)
            result := mload(slot)
        }
        require(success, ModularExponentiationFailed());
    }
}
