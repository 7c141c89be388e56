// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "./BN254.sol";
import {Fp2} from "./Fp2.sol";

library G2 {
    /// @notice A sum of points is infinity, or the incomplete formulas met an exceptional case on the way to it. For a hash, or
    /// a sum of hashes of distinct messages, no input is known that does that.
    error DegenerateSum();

    uint256 private constant P = BN254.P;

    uint256 private constant PROGRAM_19 = 0x0113;
    uint256 private constant PROGRAM_U = 0x041523272512283627363223;
    uint256 private constant PROGRAM_ADD = 0x10;

    uint256 private constant THREE_EIGHTHS = 0x12259d6b14729c0fa51e1a247090812318d087f6872aabf4f68c3488912edefb;
    uint256 private constant KAPPA = 0x2cf135e7506a45d66a7931f8d66dae27abb1a398bc000000;

    uint256 private constant PSI_INVERSE_X_C0 = 0x28be74d4bb943f51699582b87809d9caf71614d4b0b71f3a62e913ee1dada9e4;
    uint256 private constant PSI_INVERSE_X_C1 = 0x14a88ae0cb747b99c2b86abcbe01477a54f40eb4c3f6068dedae0bcec9c7aac7;
    uint256 private constant PSI_INVERSE_Y_C0 = 0x2a275b6d9896aa4cdbf17f1dca9e5ea3bbd689a3bea870f45fcc8ad066dce9ed;
    uint256 private constant PSI_INVERSE_Y_C1 = 0x28a411b634f09b8fb14b900e9507e9327600ecc7d8cf6ebab94d0cb3b2594c64;
    uint256 private constant PSI_CUBED_X_C0 = 0x0856e078b755ef0abaff1c77959f25ac805ffd3d5d6942d37b746ee87bdcfb6d;
    uint256 private constant PSI_CUBED_X_C1 = 0x04f1de41b3d1766fa9f30e6dec26094f0fdf31bf98ff2631380cab2baaa586de;

    function clearCofactor(
        uint256 x0,
        uint256 x1,
        uint256 y0,
        uint256 y1
    ) internal view returns (BN254.G2Point memory point) {
        unchecked {
            uint256[28] memory m;
            uint256 p = P;
            (m[0], m[1], m[2], m[3]) = (x0, x1, y0, y1);
            (m[4], m[5], m[6], m[7]) = (x0, x1, p - y0, p - y1);
            (m[16], m[17], m[18], m[19], m[20]) = (x0, x1, y0, y1, 1);
            _run(m, PROGRAM_19, p);
            _shareFrame(m, p);
            (uint256 z0, uint256 z1) = (m[20], m[21]);
            (m[20], m[21]) = (1, 0);
            _run(m, PROGRAM_U, p);
            (m[20], m[21]) = Fp2.mul(m[20], m[21], z0, z1, p);

            // S = psi^-1(M(P)) as the point to add
            (m[22], m[23], m[24], m[25], m[26], m[27]) = (m[16], m[17], m[18], m[19], m[20], m[21]);
            _multiplyByM(m, p);
            (m[4], m[5]) = Fp2.mul(m[16], p - m[17], PSI_INVERSE_X_C0, PSI_INVERSE_X_C1, p);
            (m[6], m[7]) = Fp2.mul(m[18], p - m[19], PSI_INVERSE_Y_C0, PSI_INVERSE_Y_C1, p);
            (z0, z1) = (m[20], p - m[21]);
            (m[16], m[17], m[18], m[19]) = _scale(m[22], m[23], m[24], m[25], z0, z1, p);
            (m[20], m[21]) = (m[26], m[27]);
            _run(m, PROGRAM_ADD, p);
            (m[20], m[21]) = Fp2.mul(m[20], m[21], z0, z1, p);

            _multiplyByM(m, p);
            (m[4], m[5]) = Fp2.mul(x0, p - x1, PSI_CUBED_X_C0, PSI_CUBED_X_C1, p);
            (m[6], m[7]) = Fp2.mul(y0, p - y1, PSI_INVERSE_Y_C0, PSI_INVERSE_Y_C1, p);
            _run(m, PROGRAM_ADD, p);
            return toAffine(m[16], m[17], m[18], m[19], m[20], m[21]);
        }
    }

    function _shareFrame(uint256[28] memory m, uint256 p) private pure {
        unchecked {
            (m[8], m[9], m[10], m[11]) = (m[16], m[17], m[18], m[19]);
            (m[12], m[13], m[14], m[15]) = (m[16], m[17], 4 * p - m[18], p - m[19]);
            (m[0], m[1], m[2], m[3]) = _scale(m[0], m[1], m[2], m[3], m[20], m[21], p);
            (m[4], m[5], m[6], m[7]) = (m[0], m[1], p - m[2], p - m[3]);
        }
    }

    /// @dev (x z^2, y z^3), halves < P.
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
            // w = z^2 < 2P
            let w0 := add(mulmod(z0, z0, p), sub(p, mulmod(z1, z1, p)))
            let w1 := mulmod(add(z0, z0), z1, p)
            u0 := addmod(sub(p, mulmod(x1, w1, p)), mulmod(x0, w0, p), p)
            u1 := addmod(mulmod(x1, w0, p), mulmod(x0, w1, p), p)
            // w = z^3 < 2P
            v0 := add(mulmod(z0, w0, p), sub(p, mulmod(z1, w1, p)))
            w1 := add(mulmod(z0, w1, p), mulmod(z1, w0, p))
            w0 := v0
            v0 := addmod(sub(p, mulmod(y1, w1, p)), mulmod(y0, w0, p), p)
            v1 := addmod(mulmod(y1, w0, p), mulmod(y0, w1, p), p)
        }
    }

    function _multiplyByM(uint256[28] memory m, uint256 p) private pure {
        uint256 k = THREE_EIGHTHS;
        uint256 kappa = KAPPA;
        assembly ("memory-safe") {
            let X0 := mload(add(m, 0x200))
            let X1 := mload(add(m, 0x220))
            let a0 := mulmod(mulmod(add(X0, X1), add(X0, sub(p, X1)), p), k, p)
            let a1 := mulmod(mulmod(add(X0, X0), X1, p), k, p)
            // F < 2P
            let F0 := add(mulmod(a0, X0, p), sub(p, mulmod(a1, X1, p)))
            let F1 := add(mulmod(a0, X1, p), mulmod(a1, X0, p))
            // Z' = kappa X Z, reduced
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

    /// @dev point += (x, y); false in the exceptional cases: the same point or its negation.
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

    function _run(uint256[28] memory m, uint256 program, uint256 modulus) private pure {
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
                program := shr(8, program)
            } {
                for {
                    let k := and(program, 0x0f)
                } k {
                    k := sub(k, 1)
                } {
                    // doubling
                    let n := sub(p, Y1)
                    {
                        let z := add(mulmod(Y0, Z0, p), mulmod(n, Z1, p))
                        Z1 := add(mulmod(Y0, Z1, p), mulmod(Y1, Z0, p))
                        Z0 := z
                    }
                    let c0 := mulmod(add(Y0, Y1), add(Y1, sub(fourP, Y0)), p)
                    let c1 := mulmod(Y0, add(n, n), p)
                    let e0 := mulmod(mulmod(add(X0, X1), add(X0, sub(p, X1)), p), threeHalves, p)
                    let e1 := mulmod(add(add(X0, X0), X0), X1, p)
                    let n0 := add(mulmod(X0, c0, p), sub(p, mulmod(X1, c1, p)))
                    let n1 := add(mulmod(X0, c1, p), mulmod(X1, c0, p))
                    X0 := addmod(mulmod(add(e0, e1), add(e0, sub(p, e1)), p), add(n0, n0), p)
                    X1 := addmod(mulmod(add(e0, e0), e1, p), add(n1, n1), p)
                    let h0 := add(n0, X0)
                    let h1 := add(n1, X1)
                    Y0 := add(
                        add(mulmod(e0, h0, p), sub(p, mulmod(e1, h1, p))),
                        mulmod(add(c0, c1), add(c0, sub(p, c1)), p)
                    )
                    Y1 := addmod(add(mulmod(e0, h1, p), mulmod(e1, h0, p)), mulmod(add(c0, c0), c1, p), p)
                }
                // addition
                {
                    let q := add(m, shl(3, and(program, 0x30)))
                    let a0 := add(mulmod(Z0, Z0, p), sub(p, mulmod(Z1, Z1, p)))
                    let a1 := mulmod(add(Z0, Z0), Z1, p)
                    let h0 := addmod(
                        add(mulmod(mload(q), a0, p), sub(p, mulmod(mload(add(q, 0x20)), a1, p))),
                        sub(p, X0),
                        p
                    )
                    let h1 := add(add(mulmod(mload(q), a1, p), mulmod(mload(add(q, 0x20)), a0, p)), sub(p, X1))
                    let b0 := add(mulmod(a0, Z0, p), sub(p, mulmod(a1, Z1, p)))
                    let b1 := add(mulmod(a0, Z1, p), mulmod(a1, Z0, p))
                    a0 := add(sub(p, mulmod(Z1, h1, p)), mulmod(Z0, h0, p))
                    Z1 := add(mulmod(Z1, h0, p), mulmod(Z0, h1, p))
                    Z0 := a0
                    let r0 := addmod(
                        add(mulmod(mload(add(q, 0x40)), b0, p), sub(p, mulmod(mload(add(q, 0x60)), b1, p))),
                        sub(shl(2, p), Y0),
                        p
                    )
                    let r1 := add(
                        add(mulmod(mload(add(q, 0x40)), b1, p), mulmod(mload(add(q, 0x60)), b0, p)),
                        sub(p, Y1)
                    )
                    a0 := add(mulmod(h0, h0, p), sub(p, mulmod(h1, h1, p)))
                    a1 := mulmod(add(h0, h0), h1, p)
                    b0 := add(sub(p, mulmod(X1, a1, p)), mulmod(X0, a0, p))
                    b1 := add(mulmod(X1, a0, p), mulmod(X0, a1, p))
                    // q:g0, n:g1
                    q := addmod(mulmod(h0, a0, p), sub(p, mulmod(h1, a1, p)), p)
                    h1 := addmod(mulmod(h0, a1, p), mulmod(h1, a0, p), p)
                    a0 := add(p, shl(2, p))
                    X0 := addmod(add(mulmod(r0, r0, p), sub(p, mulmod(r1, r1, p))), sub(a0, add(q, add(b0, b0))), p)
                    X1 := addmod(mulmod(add(r0, r0), r1, p), sub(a0, add(h1, add(b1, b1))), p)
                    b0 := add(b0, sub(p, X0))
                    b1 := add(b1, sub(p, X1))
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
