// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../libraries/BN254.sol";
import {ReferenceFp2} from "./ReferenceFp2.sol";

/// @title The twist y^2 = x^3 + 3 / (9 + i) over Fp2, whose subgroup of order r is G2
/// @notice Plain arithmetic in Jacobian coordinates: (X, Y, Z) is the affine point (X / Z^2, Y / Z^3), Z == 0 is infinity.
library ReferenceG2 {
    struct Jacobian {
        ReferenceFp2.Element x;
        ReferenceFp2.Element y;
        ReferenceFp2.Element z;
    }

    /// @dev The curve parameter u of BN254; called x in the papers.
    uint64 internal constant U = 4965661367192848881;

    /// @dev 3 / (9 + i).
    uint256 private constant B_C0 = 0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5;
    uint256 private constant B_C1 = 0x009713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2;

    /// @dev (9 + i)^((P-1)/3) and (9 + i)^((P-1)/2): what untwisting, Frobenius and twisting again leave on x and y.
    uint256 private constant PSI_X_C0 = 0x2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553d;
    uint256 private constant PSI_X_C1 = 0x16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2;
    uint256 private constant PSI_Y_C0 = 0x063cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135a;
    uint256 private constant PSI_Y_C1 = 0x07c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3;

    /// @notice x^3 + 3 / (9 + i), the square of a point's y.
    function ySquared(ReferenceFp2.Element memory x) internal pure returns (ReferenceFp2.Element memory) {
        return ReferenceFp2.add(ReferenceFp2.mul(ReferenceFp2.square(x), x), ReferenceFp2.Element(B_C0, B_C1));
    }

    function fromAffine(
        ReferenceFp2.Element memory x,
        ReferenceFp2.Element memory y
    ) internal pure returns (Jacobian memory) {
        return Jacobian(x, y, ReferenceFp2.Element(1, 0));
    }

    /// @dev Infinity becomes (0, 0, 0, 0).
    function toAffine(Jacobian memory a) internal view returns (BN254.G2Point memory) {
        ReferenceFp2.Element memory zInverse = ReferenceFp2.inverse(a.z);
        ReferenceFp2.Element memory zInverse2 = ReferenceFp2.square(zInverse);
        ReferenceFp2.Element memory x = ReferenceFp2.mul(a.x, zInverse2);
        ReferenceFp2.Element memory y = ReferenceFp2.mul(a.y, ReferenceFp2.mul(zInverse2, zInverse));
        return BN254.G2Point(x.c0, x.c1, y.c0, y.c1);
    }

    /// @notice 2a. A = X^2, B = Y^2, S = 4XB, M = 3A; X' = M^2 - 2S, Y' = M(S - X') - 8B^2, Z' = 2YZ.
    function double(Jacobian memory a) internal pure returns (Jacobian memory) {
        ReferenceFp2.Element memory xx = ReferenceFp2.square(a.x);
        ReferenceFp2.Element memory yy = ReferenceFp2.square(a.y);
        ReferenceFp2.Element memory s = _twice(_twice(ReferenceFp2.mul(a.x, yy)));
        ReferenceFp2.Element memory m = ReferenceFp2.add(_twice(xx), xx);
        ReferenceFp2.Element memory x = ReferenceFp2.sub(ReferenceFp2.square(m), _twice(s));
        ReferenceFp2.Element memory y = ReferenceFp2.sub(
            ReferenceFp2.mul(m, ReferenceFp2.sub(s, x)),
            _twice(_twice(_twice(ReferenceFp2.square(yy))))
        );
        return Jacobian(x, y, _twice(ReferenceFp2.mul(a.y, a.z)));
    }

    /// @notice a + b, complete: either may be infinity, equal to the other or its negation.
    /// @dev U = X Z'^2, S = Y Z'^3 on either side; H = U2 - U1, R = S2 - S1, V = U1 H^2;
    /// X3 = R^2 - H^3 - 2V, Y3 = R(V - X3) - S1 H^3, Z3 = Z1 Z2 H.
    function add(Jacobian memory a, Jacobian memory b) internal pure returns (Jacobian memory) {
        if (ReferenceFp2.isZero(a.z)) return b;
        if (ReferenceFp2.isZero(b.z)) return a;

        ReferenceFp2.Element memory u1;
        ReferenceFp2.Element memory s1;
        ReferenceFp2.Element memory h;
        ReferenceFp2.Element memory r;
        {
            ReferenceFp2.Element memory z1z1 = ReferenceFp2.square(a.z);
            ReferenceFp2.Element memory z2z2 = ReferenceFp2.square(b.z);
            u1 = ReferenceFp2.mul(a.x, z2z2);
            s1 = ReferenceFp2.mul(a.y, ReferenceFp2.mul(z2z2, b.z));
            h = ReferenceFp2.sub(ReferenceFp2.mul(b.x, z1z1), u1);
            r = ReferenceFp2.sub(ReferenceFp2.mul(b.y, ReferenceFp2.mul(z1z1, a.z)), s1);
        }
        if (ReferenceFp2.isZero(h)) {
            if (ReferenceFp2.isZero(r)) return double(a);
            return Jacobian(ReferenceFp2.Element(1, 0), ReferenceFp2.Element(1, 0), ReferenceFp2.Element(0, 0));
        }
        ReferenceFp2.Element memory hh = ReferenceFp2.square(h);
        ReferenceFp2.Element memory hhh = ReferenceFp2.mul(hh, h);
        ReferenceFp2.Element memory v = ReferenceFp2.mul(u1, hh);
        ReferenceFp2.Element memory x = ReferenceFp2.sub(ReferenceFp2.sub(ReferenceFp2.square(r), hhh), _twice(v));
        ReferenceFp2.Element memory y = ReferenceFp2.sub(
            ReferenceFp2.mul(r, ReferenceFp2.sub(v, x)),
            ReferenceFp2.mul(s1, hhh)
        );
        return Jacobian(x, y, ReferenceFp2.mul(ReferenceFp2.mul(a.z, b.z), h));
    }

    /// @notice [scalar]a by double-and-add.
    function mul(Jacobian memory a, uint64 scalar) internal pure returns (Jacobian memory product) {
        for (uint256 bit = 64; bit > 0; bit--) {
            product = double(product);
            if ((scalar >> (bit - 1)) & 1 == 1) product = add(product, a);
        }
    }

    /// @notice The untwist-Frobenius-twist endomorphism: conjugate every coordinate, then multiply x and y by constants.
    function psi(Jacobian memory a) internal pure returns (Jacobian memory) {
        return
            Jacobian(
                ReferenceFp2.mul(ReferenceFp2.conjugate(a.x), ReferenceFp2.Element(PSI_X_C0, PSI_X_C1)),
                ReferenceFp2.mul(ReferenceFp2.conjugate(a.y), ReferenceFp2.Element(PSI_Y_C0, PSI_Y_C1)),
                ReferenceFp2.conjugate(a.z)
            );
    }

    /// @notice Into G2 (Fuentes-Castaneda, Knapp, Rodriguez-Henriquez 2011): [u]a + psi([3u]a) + psi^2([u]a) + psi^3(a).
    function clearCofactor(Jacobian memory a) internal pure returns (Jacobian memory) {
        Jacobian memory ua = mul(a, U);
        Jacobian memory threeUa = add(double(ua), ua);
        return add(add(ua, psi(threeUa)), add(psi(psi(ua)), psi(psi(psi(a)))));
    }

    function _twice(ReferenceFp2.Element memory a) private pure returns (ReferenceFp2.Element memory) {
        return ReferenceFp2.add(a, a);
    }
}
