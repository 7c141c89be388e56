// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "./BN254.sol";
import {Fp2} from "./Fp2.sol";

/// @title The twist y^2 = x^3 + 3 / (9 + i) over Fp2, and the map onto its subgroup G2, fast
/// @notice H = [u]Q + psi([3u]Q) + psi^2([u]Q) + psi^3(Q), Fuentes-Castaneda, Knapp, Rodriguez-Henriquez 2011, psi the
/// untwist-Frobenius-twist map. `ReferenceG2` computes it as it stands; here, with P = [u]Q:
///
/// 1. *Factoring.* psi^2 is the automorphism (x, y) -> (omega x, -y) of order 6, so psi^4 - psi^2 + 1 = 0. With
///    M = 1 + psi^2,  M^2 = 1 + 2 psi^2 + psi^4 = 3 psi^2,  hence  1 + 3 psi + psi^2 = M + psi^-1 M^2  and
///
///        H = M(P + psi^-1(M(P))) + psi^3(Q).
///
///    M adds two points of one Z, (X, Y, Z) and (omega X, -Y, Z): an isogeny of degree 3, about as dear as a doubling.
///
/// 2. *Chain.* u by doublings, triplings and digits +-1, +-385: 32 doublings, 19 triplings, 9 additions. A tripling is M
///    followed by its conjugate, (1 + psi^2)(1 + psi^-2) = 3, and for each bit as dear as a doubling. 385 Q falls out at
///    the top of the chain; Q is then scaled to the Z of 385 Q, so that both are affine in one frame, whose Z is
///    multiplied back at the end.
///
/// 3. *Incomplete formulas.* Every operation multiplies Z by something: Y (doubling), H (addition), kappa X (M), 3/4 X
///    and the X of M (tripling), the frame. An exceptional case (equal or opposite points, the point at infinity, X = 0 in M) makes that factor zero,
///    and zero stays. So Z != 0 at the end, which the inversion checks, proves that no formula met an exception.
///
/// 4. *Bounds.* p has 254 bits: 5p < 2^256 < 6p. `mulmod` and `addmod` take any words and give less than p; `add`
///    stands wherever the bound of its operands allows, `sub(kp, a)` negates an a of at most kp. Between operations a
///    point (X, Y, Z) is held as
///
///        X0, X1 < p;    Y0 < 4p;    Y1 < p;    Z0, Z1 < 2p
///
/// @dev Pairs of variables a0, a1 are a0 + a1 * i. A product is (a0 b0 - a1 b1) + (a0 b1 + a1 b0) i, four
/// multiplications: `mulmod` costs 8 gas, fewer of them with more additions (Karatsuba) cost more. A square is
/// (a0 + a1)(a0 - a1) + 2 a0 a1 i, or a0^2 - a1^2 + 2 a0 a1 i where the bounds forbid that. The order of terms is for
/// the reach of DUP16.
library G2 {
    /// @notice A sum of points is infinity, or the incomplete formulas met an exceptional case on the way to it. For a
    /// hash, or a sum of hashes of distinct messages, no input is known that does that.
    error DegenerateSum();

    uint256 private constant P = BN254.P;

    /// @dev Programs of `_run`: twelve bits a step, the lowest first. Lowest four: doublings; then four: triplings; then four:
    /// the entry of the table that is added after them (0: Q, 1: -Q, 2: -385 Q, 3: 385 Q). A doubling here gives
    /// -2(X, Y, Z): an odd number of them so far flips the signs of the entries. test/differential/constants.test.ts
    /// interprets both and checks that they give -385 and u.
    ///
    /// 385 = 2^7 * 3 + 1; then as (doublings, triplings, digit): (7, 0, -385) (2, 1, 1) (0, 3, -385) (0, 5, -385)
    /// (5, 3, -1) (4, 2, 385) (3, 4, -385) (4, 0, 385).
    uint256 private constant PROGRAM_385 = 0x117;
    uint256 private constant PROGRAM_U = 0x304243224035250230012207;

    /// @dev Nothing but the addition of entry 1.
    uint256 private constant PROGRAM_ADD = 0x100;

    /// @dev 3 / 8.
    uint256 private constant THREE_EIGHTHS = 0x12259d6b14729c0fa51e1a247090812318d087f6872aabf4f68c3488912edefb;

    /// @dev omega^2 (omega - omega^2) / 2, omega = (9 + i)^((P-1)/3 * (P+1)) the factor of x in psi^2: the scale of Z
    /// in M that makes X' and Y' free of constants but 3/8.
    uint256 private constant KAPPA = 0x2cf135e7506a45d66a7931f8d66dae27abb1a398bc000000;

    /// @dev With cx = (9 + i)^((P-1)/3), cy = (9 + i)^((P-1)/2), psi(x, y) = (conj(x) cx, conj(y) cy), so
    /// psi^-1(x, y) = (conj(x) conj(1/cx), conj(y) conj(1/cy)) and psi^3(x, y) = (conj(x) cx^2 conj(cx), conj(y) cy^2
    /// conj(cy)). cy conj(cy) = -1 makes the factor of y the same in both.
    uint256 private constant PSI_INVERSE_X_C0 = 0x28be74d4bb943f51699582b87809d9caf71614d4b0b71f3a62e913ee1dada9e4;
    uint256 private constant PSI_INVERSE_X_C1 = 0x14a88ae0cb747b99c2b86abcbe01477a54f40eb4c3f6068dedae0bcec9c7aac7;
    uint256 private constant PSI_INVERSE_Y_C0 = 0x2a275b6d9896aa4cdbf17f1dca9e5ea3bbd689a3bea870f45fcc8ad066dce9ed;
    uint256 private constant PSI_INVERSE_Y_C1 = 0x28a411b634f09b8fb14b900e9507e9327600ecc7d8cf6ebab94d0cb3b2594c64;
    uint256 private constant PSI_CUBED_X_C0 = 0x0856e078b755ef0abaff1c77959f25ac805ffd3d5d6942d37b746ee87bdcfb6d;
    uint256 private constant PSI_CUBED_X_C1 = 0x04f1de41b3d1766fa9f30e6dec26094f0fdf31bf98ff2631380cab2baaa586de;

    /// @notice The image H in G2 of a point (x, y) of the twist, halves < P; -H if c is no square, 0 < c < P.
    /// @dev Reverts with `DegenerateSum` when H is infinity or an exceptional case was met.
    ///
    /// Memory map of `m`, 29 words; table entries are x0, x1, y0, y1:
    ///
    ///     0 -  3  entry 0: Q              4 -  7  entry 1: -Q, later the point that is added on its own
    ///     8 - 11  entry 2: -385 Q        12 - 15  entry 3: 385 Q
    ///    16 - 21  the running point X0, X1, Y0, Y1, Z0, Z1
    ///    22 - 27  P, kept
    ///    28       c
    function clearCofactor(
        uint256 x0,
        uint256 x1,
        uint256 y0,
        uint256 y1,
        uint256 c
    ) internal view returns (BN254.G2Point memory point) {
        unchecked {
            uint256[29] memory m;
            uint256 p = P;
            m[28] = c;
            (m[0], m[1], m[2], m[3]) = (x0, x1, y0, y1);
            (m[4], m[5], m[6], m[7]) = (x0, x1, p - y0, p - y1);
            (m[16], m[17], m[18], m[19], m[20]) = (x0, x1, y0, y1, 1);
            _run(m, PROGRAM_385, p);

            // -385 Q = (X, Y, Z) becomes (X, Y, 1) in its own frame, Q = (x Z^2, y Z^3, 1).
            _shareFrame(m, p);
            (uint256 z0, uint256 z1) = (m[20], m[21]);
            (m[20], m[21]) = (1, 0);
            _run(m, PROGRAM_U, p);
            (m[20], m[21]) = Fp2.mul(m[20], m[21], z0, z1, p);

            // P + S, S = psi^-1(M(P)): S is taken as affine, P scaled to the frame of its Z.
            (m[22], m[23], m[24], m[25], m[26], m[27]) = (m[16], m[17], m[18], m[19], m[20], m[21]);
            _multiplyByM(m, p);
            (m[4], m[5]) = Fp2.mul(m[16], p - m[17], PSI_INVERSE_X_C0, PSI_INVERSE_X_C1, p);
            (m[6], m[7]) = Fp2.mul(m[18], p - m[19], PSI_INVERSE_Y_C0, PSI_INVERSE_Y_C1, p);
            (z0, z1) = (m[20], p - m[21]);
            (m[16], m[17], m[18], m[19]) = _scale(m[22], m[23], m[24], m[25], z0, z1, p);
            (m[20], m[21]) = (m[26], m[27]);
            _run(m, PROGRAM_ADD, p);
            (m[20], m[21]) = Fp2.mul(m[20], m[21], z0, z1, p);

            // M(P + S) + psi^3(Q)
            _multiplyByM(m, p);
            (m[4], m[5]) = Fp2.mul(x0, p - x1, PSI_CUBED_X_C0, PSI_CUBED_X_C1, p);
            (m[6], m[7]) = Fp2.mul(y0, p - y1, PSI_INVERSE_Y_C0, PSI_INVERSE_Y_C1, p);
            _run(m, PROGRAM_ADD, p);
            bool square;
            (z0, z1, square) = Fp2.inverseAndCharacter(m[20], m[21], m[28]);
            require(z0 | z1 != 0, DegenerateSum());
            // (X / Z^2, Y / Z^3): the sign of Z is that of y
            if (!square) (z0, z1) = (p - z0, p - z1);
            (point.xc0, point.xc1, point.yc0, point.yc1) = _scale(m[16], m[17], m[18], m[19], z0, z1, p);
        }
    }

    /// @dev Fills the table: -385 Q is the running point without its Z, Q is scaled by that Z. m[18] < 4P.
    function _shareFrame(uint256[29] memory m, uint256 p) private pure {
        unchecked {
            (m[8], m[9], m[10], m[11]) = (m[16], m[17], m[18], m[19]);
            (m[12], m[13], m[14], m[15]) = (m[16], m[17], 4 * p - m[18], p - m[19]);
            (m[0], m[1], m[2], m[3]) = _scale(m[0], m[1], m[2], m[3], m[20], m[21], p);
            (m[4], m[5], m[6], m[7]) = (m[0], m[1], p - m[2], p - m[3]);
        }
    }

    /// @dev (x z^2, y z^3), halves < P; operands need not be reduced; z0, z1 <= 2P.
    function _scale(
        uint256 x0,
        uint256 x1,
        uint256 y0,
        uint256 y1,
        uint256 z0,
        uint256 z1,
        uint256 p
    ) private pure returns (uint256 u0, uint256 u1, uint256 v0, uint256 v1) {
        assembly ("memory-safe") {
            // w = z^2: halves < 2P
            let w0 := add(mulmod(z0, z0, p), sub(p, mulmod(z1, z1, p)))
            let w1 := mulmod(add(z0, z0), z1, p)
            u0 := addmod(sub(p, mulmod(x1, w1, p)), mulmod(x0, w0, p), p)
            u1 := addmod(mulmod(x1, w0, p), mulmod(x0, w1, p), p)
            // w = z^3: halves < 2P
            v0 := add(mulmod(z0, w0, p), sub(p, mulmod(z1, w1, p)))
            w1 := add(mulmod(z0, w1, p), mulmod(z1, w0, p))
            w0 := v0
            v0 := addmod(sub(p, mulmod(y1, w1, p)), mulmod(y0, w0, p), p)
            v1 := addmod(mulmod(y1, w0, p), mulmod(y0, w1, p), p)
        }
    }

    /// @dev The running point times M = 1 + psi^2, in Fp2 arithmetic:
    ///
    ///     F = 3/8 X^3, B = Y^2;  X' = B - 2F, Y' = Y (F - X'), Z' = kappa X Z
    ///
    /// From the chord through (x, y) and (omega x, -y), of slope -2y / ((omega - 1) x): x' = omega^2 (x - 4/3 y^2/x^2),
    /// y' = (omega - omega^2) y (1 - 8/9 y^2/x^3), and X' = x' Z'^2, Y' = y' Z'^3.
    function _multiplyByM(uint256[29] memory m, uint256 p) private pure {
        uint256 k = THREE_EIGHTHS;
        uint256 kappa = KAPPA;
        assembly ("memory-safe") {
            let X0 := mload(add(m, 0x200))
            let X1 := mload(add(m, 0x220))
            let a0 := mulmod(mulmod(add(X0, X1), add(X0, sub(p, X1)), p), k, p)
            let a1 := mulmod(mulmod(add(X0, X0), X1, p), k, p)
            // F: halves < 2P
            let F0 := add(mulmod(a0, X0, p), sub(p, mulmod(a1, X1, p)))
            let F1 := add(mulmod(a0, X1, p), mulmod(a1, X0, p))
            // Z' = kappa X Z: m[20] < 2p, m[21] < p
            a0 := mulmod(X0, kappa, p)
            a1 := mulmod(X1, kappa, p)
            {
                let Z0 := mload(add(m, 0x280))
                let Z1 := mload(add(m, 0x2a0))
                mstore(add(m, 0x280), add(mulmod(a0, Z0, p), sub(p, mulmod(a1, Z1, p))))
                mstore(add(m, 0x2a0), addmod(mulmod(a0, Z1, p), mulmod(a1, Z0, p), p))
            }
            let Y0 := mload(add(m, 0x240))
            let Y1 := mload(add(m, 0x260))
            // X' = B - 2F
            X0 := addmod(mulmod(add(Y0, Y1), add(Y0, sub(p, Y1)), p), sub(shl(2, p), add(F0, F0)), p)
            X1 := addmod(mulmod(Y0, add(Y1, Y1), p), sub(shl(2, p), add(F1, F1)), p)
            mstore(add(m, 0x200), X0)
            mstore(add(m, 0x220), X1)
            // Y' = Y (F - X')
            a0 := add(F0, sub(p, X0))
            a1 := add(F1, sub(p, X1))
            mstore(add(m, 0x240), add(mulmod(Y0, a0, p), sub(p, mulmod(Y1, a1, p))))
            mstore(add(m, 0x260), addmod(mulmod(Y0, a1, p), mulmod(Y1, a0, p), p))
        }
    }

    /// @notice (X / Z^2, Y / Z^3), halves < P. Reverts with `DegenerateSum` if Z is 0 mod P.
    function toAffine(
        uint256 x0,
        uint256 x1,
        uint256 y0,
        uint256 y1,
        uint256 z0,
        uint256 z1
    ) internal view returns (BN254.G2Point memory point) {
        uint256 p = P;
        (z0, z1) = Fp2.inverse(z0, z1);
        require(z0 | z1 != 0, DegenerateSum());
        (point.xc0, point.xc1, point.yc0, point.yc1) = _scale(x0, x1, y0, y1, z0, z1, p);
    }

    /// @notice Adds the affine point (x, y) to the Jacobian sum m = (X0, X1, Y0, Y1, Z0, Z1), halves < P; all of m zero
    /// is the empty sum.
    /// @return regular False, m to be discarded, in the exceptional cases: (x, y) is the sum so far or its negation.
    /// @dev h = x Z^2 - X, r = y Z^3 - Y, v = X h^2, g = h^3; X' = r^2 - g - 2v, Y' = r (v - X') - Y g, Z' = Z h.
    function addMixed(
        uint256[6] memory m,
        uint256 x0,
        uint256 x1,
        uint256 y0,
        uint256 y1
    ) internal pure returns (bool regular) {
        unchecked {
            if (m[4] | m[5] == 0) {
                (m[0], m[1], m[2], m[3], m[4]) = (x0, x1, y0, y1, 1);
                return true;
            }
            uint256 p = P;
            // h = x Z^2 - X, r = y Z^3 - Y
            (uint256 w0, uint256 w1) = Fp2.mul(m[4], m[5], m[4], m[5], p);
            (x0, x1) = Fp2.mul(x0, x1, w0, w1, p);
            (w0, w1) = Fp2.mul(w0, w1, m[4], m[5], p);
            (y0, y1) = Fp2.mul(y0, y1, w0, w1, p);
            (x0, x1) = (addmod(x0, p - m[0], p), addmod(x1, p - m[1], p));
            (y0, y1) = (addmod(y0, p - m[2], p), addmod(y1, p - m[3], p));
            // Z' = Z h, v = X h^2, g = h^3
            (m[4], m[5]) = Fp2.mul(m[4], m[5], x0, x1, p);
            regular = x0 | x1 != 0;
            (w0, w1) = Fp2.mul(x0, x1, x0, x1, p);
            (x0, x1) = Fp2.mul(x0, x1, w0, w1, p);
            (w0, w1) = Fp2.mul(m[0], m[1], w0, w1, p);
            // X' = r^2 - g - 2v, Y' = r (v - X') - Y g
            (m[0], m[1]) = Fp2.mul(y0, y1, y0, y1, p);
            m[0] = addmod(m[0], 3 * p - x0 - 2 * w0, p);
            m[1] = addmod(m[1], 3 * p - x1 - 2 * w1, p);
            (w0, w1) = Fp2.mul(y0, y1, w0 + p - m[0], w1 + p - m[1], p);
            (y0, y1) = Fp2.mul(m[2], m[3], x0, x1, p);
            (m[2], m[3]) = (addmod(w0, p - y0, p), addmod(w1, p - y1, p));
        }
    }

    /// @dev Runs a program on the running point, with the table of `m`.
    ///
    /// Equivalent, in Fp2 arithmetic, of the doubling (3M + 4S; the result is -2(X, Y, Z), which saves negations):
    ///
    ///     E = 3/2 X^2, C = -Y^2, N = X C
    ///     Z' = Y Z, X' = E^2 + 2N, Y' = E (X' + N) + C^2
    ///
    /// of the tripling (two times 3M + 2S), M and then its conjugate, the second with the first's X', Y', Z' for X, Y, Z; their
    /// kappa and its conjugate, whose product is 3/4, are replaced by 3/4 and 1:
    ///
    ///     F = 3/8 X^3, X' = Y^2 - 2F, Y' = Y (F - X'), Z' = 3/4 X Z
    ///     F = 3/8 X^3, X' = Y^2 - 2F, Y' = Y (F - X'), Z' = X Z
    ///
    /// and of the addition of the entry (x, y) (8M + 3S):
    ///
    ///     A = Z^2, H = x A - X, B = A Z, R = y B - Y, Z' = Z H
    ///     V = X H^2, G = H^3, X' = R^2 - G - 2V, Y' = R (V - X') - Y G
    function _run(uint256[29] memory m, uint256 program, uint256 modulus) private pure {
        // a literal in the loop would be copied from the code each time
        uint256 threeEighths = THREE_EIGHTHS;
        assembly ("memory-safe") {
            let threeHalves := shr(1, add(modulus, 3))
            let fourP := shl(2, modulus)
            let Z0 := mload(add(m, 0x280))
            let Z1 := mload(add(m, 0x2a0))
            let X0 := mload(add(m, 0x200))
            let X1 := mload(add(m, 0x220))
            let Y0 := mload(add(m, 0x240))
            let Y1 := mload(add(m, 0x260))
            let p := modulus
            for {} program {
                program := shr(12, program)
            } {
                for {
                    let k := and(program, 0x0f)
                } k {
                    k := sub(k, 1)
                } {
                    // n = -Y1 <= p
                    let n := sub(p, Y1)
                    // Z' = Y Z: halves < 2p
                    {
                        let z := add(mulmod(Y0, Z0, p), mulmod(n, Z1, p))
                        Z1 := add(mulmod(Y0, Z1, p), mulmod(Y1, Z0, p))
                        Z0 := z
                    }
                    // C = -Y^2: (Y0 + Y1)(Y1 - Y0) and -2 Y0 Y1; Y0 + Y1 < 5p, Y1 + 4p - Y0 <= 5p; halves < p
                    let c0 := mulmod(add(Y0, Y1), add(Y1, sub(fourP, Y0)), p)
                    let c1 := mulmod(Y0, add(n, n), p)
                    // E = 3/2 X^2: halves < p
                    let e0 := mulmod(mulmod(add(X0, X1), add(X0, sub(p, X1)), p), threeHalves, p)
                    let e1 := mulmod(add(add(X0, X0), X0), X1, p)
                    // N = X C: halves < 2p
                    let n0 := add(mulmod(X0, c0, p), sub(p, mulmod(X1, c1, p)))
                    let n1 := add(mulmod(X0, c1, p), mulmod(X1, c0, p))
                    // X' = E^2 + 2N: 2 n0, 2 n1 < 4p; halves < p
                    X0 := addmod(mulmod(add(e0, e1), add(e0, sub(p, e1)), p), add(n0, n0), p)
                    X1 := addmod(mulmod(add(e0, e0), e1, p), add(n1, n1), p)
                    // X' + N: halves < 3p
                    let h0 := add(n0, X0)
                    let h1 := add(n1, X1)
                    // Y' = E (X' + N) + C^2: Y0 < 3p, Y1 < p
                    Y0 := add(
                        add(mulmod(e0, h0, p), sub(p, mulmod(e1, h1, p))),
                        mulmod(add(c0, c1), add(c0, sub(p, c1)), p)
                    )
                    Y1 := addmod(add(mulmod(e0, h1, p), mulmod(e1, h0, p)), mulmod(add(c0, c0), c1, p), p)
                }
                for {
                    let k := and(shr(4, program), 0x0f)
                } k {
                    k := sub(k, 1)
                } {
                    // M: Z' = 3/4 X Z
                    {
                        // g = 3/8 X: halves < p
                        let g0 := mulmod(X0, threeEighths, p)
                        let g1 := mulmod(X1, threeEighths, p)
                        // Z' = 2 g Z: halves < 4p
                        let t := add(mulmod(g0, Z0, p), sub(p, mulmod(g1, Z1, p)))
                        Z1 := shl(1, add(mulmod(g0, Z1, p), mulmod(g1, Z0, p)))
                        Z0 := shl(1, t)
                        // s = X^2: halves < p
                        let s0 := mulmod(add(X0, X1), add(X0, sub(p, X1)), p)
                        let s1 := mulmod(add(X0, X0), X1, p)
                        // g = F = g s: halves < 2p
                        t := add(mulmod(g0, s0, p), sub(p, mulmod(g1, s1, p)))
                        g1 := add(mulmod(g0, s1, p), mulmod(g1, s0, p))
                        // X' = Y^2 - 2F: 2 t, 2 g1 < 4p; halves < p
                        X0 := addmod(mulmod(add(Y0, Y1), add(Y0, sub(p, Y1)), p), sub(fourP, add(t, t)), p)
                        X1 := addmod(mulmod(add(Y1, Y1), Y0, p), sub(fourP, add(g1, g1)), p)
                        // g = F - X': halves < 3p
                        g0 := add(t, sub(p, X0))
                        g1 := add(g1, sub(p, X1))
                        // Y' = Y (F - X'): Y0 < 2p, Y1 < p
                        t := add(mulmod(Y0, g0, p), sub(p, mulmod(Y1, g1, p)))
                        Y1 := addmod(mulmod(Y0, g1, p), mulmod(Y1, g0, p), p)
                        Y0 := t
                    }
                    // the conjugate of M
                    {
                        // Z' = X Z: halves < 2p
                        let t := add(mulmod(X0, Z0, p), sub(p, mulmod(X1, Z1, p)))
                        Z1 := add(mulmod(X0, Z1, p), mulmod(X1, Z0, p))
                        Z0 := t
                        // the rest as before
                        let g0 := mulmod(X0, threeEighths, p)
                        let g1 := mulmod(X1, threeEighths, p)
                        let s0 := mulmod(add(X0, X1), add(X0, sub(p, X1)), p)
                        let s1 := mulmod(add(X0, X0), X1, p)
                        t := add(mulmod(g0, s0, p), sub(p, mulmod(g1, s1, p)))
                        g1 := add(mulmod(g0, s1, p), mulmod(g1, s0, p))
                        X0 := addmod(mulmod(add(Y0, Y1), add(Y0, sub(p, Y1)), p), sub(fourP, add(t, t)), p)
                        X1 := addmod(mulmod(add(Y1, Y1), Y0, p), sub(fourP, add(g1, g1)), p)
                        g0 := add(t, sub(p, X0))
                        g1 := add(g1, sub(p, X1))
                        t := add(mulmod(Y0, g0, p), sub(p, mulmod(Y1, g1, p)))
                        Y1 := addmod(mulmod(Y0, g1, p), mulmod(Y1, g0, p), p)
                        Y0 := t
                    }
                }
                {
                    let q := add(m, and(shr(1, program), 0x180))
                    // A = Z^2: a0 < 2p, a1 < p; 2 Z0 < 4p
                    let a0 := add(mulmod(Z0, Z0, p), sub(p, mulmod(Z1, Z1, p)))
                    let a1 := mulmod(add(Z0, Z0), Z1, p)
                    // H = x A - X: h0 < p, h1 < 3p
                    let h0 := addmod(
                        add(mulmod(mload(q), a0, p), sub(p, mulmod(mload(add(q, 0x20)), a1, p))),
                        sub(p, X0),
                        p
                    )
                    let h1 := add(add(mulmod(mload(q), a1, p), mulmod(mload(add(q, 0x20)), a0, p)), sub(p, X1))
                    // B = A Z: halves < 2p
                    let b0 := add(mulmod(a0, Z0, p), sub(p, mulmod(a1, Z1, p)))
                    let b1 := add(mulmod(a0, Z1, p), mulmod(a1, Z0, p))
                    // Z' = Z H: halves < 2p
                    a0 := add(sub(p, mulmod(Z1, h1, p)), mulmod(Z0, h0, p))
                    Z1 := add(mulmod(Z1, h0, p), mulmod(Z0, h1, p))
                    Z0 := a0
                    // R = y B - Y: r0 < p, r1 < 3p
                    let r0 := addmod(
                        add(mulmod(mload(add(q, 0x40)), b0, p), sub(p, mulmod(mload(add(q, 0x60)), b1, p))),
                        sub(shl(2, p), Y0),
                        p
                    )
                    let r1 := add(
                        add(mulmod(mload(add(q, 0x40)), b1, p), mulmod(mload(add(q, 0x60)), b0, p)),
                        sub(p, Y1)
                    )
                    // a = H^2: a0 < 2p, a1 < p
                    a0 := add(mulmod(h0, h0, p), sub(p, mulmod(h1, h1, p)))
                    a1 := mulmod(add(h0, h0), h1, p)
                    // b = V = X H^2: halves < 2p
                    b0 := add(sub(p, mulmod(X1, a1, p)), mulmod(X0, a0, p))
                    b1 := add(mulmod(X1, a0, p), mulmod(X0, a1, p))
                    // (q, h1) = G = H^3: halves < p; the entry is not needed any more
                    q := addmod(mulmod(h0, a0, p), sub(p, mulmod(h1, a1, p)), p)
                    h1 := addmod(mulmod(h0, a1, p), mulmod(h1, a0, p), p)
                    // X' = R^2 - (G + 2V): q + 2 b0, h1 + 2 b1 < 5p = a0; X0, X1 < p
                    a0 := add(p, shl(2, p))
                    X0 := addmod(add(mulmod(r0, r0, p), sub(p, mulmod(r1, r1, p))), sub(a0, add(q, add(b0, b0))), p)
                    X1 := addmod(mulmod(add(r0, r0), r1, p), sub(a0, add(h1, add(b1, b1))), p)
                    // b = V - X': halves < 3p
                    b0 := add(b0, sub(p, X0))
                    b1 := add(b1, sub(p, X1))
                    // Y' = R (V - X') - Y G: Y0 < 4p, Y1 < p
                    a0 := add(
                        add(mulmod(r0, b0, p), mulmod(Y1, h1, p)),
                        sub(add(p, p), add(mulmod(r1, b1, p), mulmod(Y0, q, p)))
                    )
                    Y1 := addmod(
                        add(mulmod(r0, b1, p), mulmod(r1, b0, p)),
                        sub(add(p, p), add(mulmod(Y0, h1, p), mulmod(Y1, q, p))),
                        p
                    )
                    Y0 := a0
                }
            }
            mstore(add(m, 0x200), X0)
            mstore(add(m, 0x220), X1)
            mstore(add(m, 0x240), Y0)
            mstore(add(m, 0x260), Y1)
            mstore(add(m, 0x280), Z0)
            mstore(add(m, 0x2a0), Z1)
        }
    }
}
