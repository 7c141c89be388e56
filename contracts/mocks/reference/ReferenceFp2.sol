// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../libraries/BN254.sol";

/// @title Fp2 = Fp[i] / (i^2 + 1), the field of the twist's coordinates
/// @notice Plain arithmetic: every element is reduced, every operation is the textbook one.
library ReferenceFp2 {
    /// @notice c0 + c1 * i, both halves < P.
    struct Element {
        uint256 c0;
        uint256 c1;
    }

    /// @notice The modular exponentiation precompile failed; it cannot with 32-byte operands unless gas runs out.
    error ModularExponentiationFailed();

    uint256 internal constant P = BN254.P;

    /// @dev (P + 1) / 2, the inverse of 2.
    uint256 private constant ONE_HALF = (P + 1) / 2;

    uint256 private constant MODEXP_PRECOMPILE = 0x05;

    function add(Element memory a, Element memory b) internal pure returns (Element memory) {
        return Element(addmod(a.c0, b.c0, P), addmod(a.c1, b.c1, P));
    }

    function sub(Element memory a, Element memory b) internal pure returns (Element memory) {
        return Element(addmod(a.c0, P - b.c0, P), addmod(a.c1, P - b.c1, P));
    }

    function negate(Element memory a) internal pure returns (Element memory) {
        return Element(_negate(a.c0), _negate(a.c1));
    }

    /// @notice c0 - c1 * i, which is also a^P (the Frobenius map).
    function conjugate(Element memory a) internal pure returns (Element memory) {
        return Element(a.c0, _negate(a.c1));
    }

    function mul(Element memory a, Element memory b) internal pure returns (Element memory) {
        return
            Element(
                addmod(mulmod(a.c0, b.c0, P), P - mulmod(a.c1, b.c1, P), P),
                addmod(mulmod(a.c0, b.c1, P), mulmod(a.c1, b.c0, P), P)
            );
    }

    function square(Element memory a) internal pure returns (Element memory) {
        return mul(a, a);
    }

    /// @notice 1 / a = conjugate(a) / (c0^2 + c1^2); zero for zero.
    function inverse(Element memory a) internal view returns (Element memory) {
        uint256 n = _inverse(norm(a));
        return mul(conjugate(a), Element(n, 0));
    }

    function isZero(Element memory a) internal pure returns (bool) {
        return a.c0 == 0 && a.c1 == 0;
    }

    function equal(Element memory a, Element memory b) internal pure returns (bool) {
        return a.c0 == b.c0 && a.c1 == b.c1;
    }

    /// @notice The square root by the complex method: n = sqrt(c0^2 + c1^2); t = (c0 + n) / 2 or, if that is no square,
    /// (c0 - n) / 2; root = sqrt(t) + c1 / (2 sqrt(t)) * i. Every root in Fp is a^((P+1)/4).
    /// @return exists False if there is no root or the root has a zero half (which hashing does not accept).
    function sqrt(Element memory a) internal view returns (bool exists, Element memory root) {
        (bool normIsSquare, uint256 n) = sqrtFp(norm(a));
        if (!normIsSquare) return (false, root);

        (bool isSquare, uint256 real) = sqrtFp(mulmod(addmod(a.c0, n, P), ONE_HALF, P));
        if (!isSquare) (isSquare, real) = sqrtFp(mulmod(addmod(a.c0, P - n, P), ONE_HALF, P));
        if (!isSquare) return (false, root);

        root = Element(real, mulmod(a.c1, _inverse(addmod(real, real, P)), P));
        exists = root.c0 != 0 && root.c1 != 0;
    }

    function _negate(uint256 a) private pure returns (uint256) {
        return a == 0 ? 0 : P - a;
    }

    /// @notice c0^2 + c1^2, a square in Fp if and only if a is one in Fp2.
    function norm(Element memory a) internal pure returns (uint256) {
        return addmod(mulmod(a.c0, a.c0, P), mulmod(a.c1, a.c1, P), P);
    }

    function _inverse(uint256 a) private view returns (uint256) {
        return _pow(a, P - 2);
    }

    /// @notice a^((P+1)/4), which is a root of a if a is a square.
    function sqrtFp(uint256 a) internal view returns (bool isSquare, uint256 root) {
        root = _pow(a, (P + 1) / 4); // P = 3 mod 4
        isSquare = mulmod(root, root, P) == a;
    }

    function _pow(uint256 base, uint256 exponent) private view returns (uint256) {
        (bool success, bytes memory result) = address(uint160(MODEXP_PRECOMPILE)).staticcall(
            abi.encode(32, 32, 32, base, exponent, P)
        );
        require(success, ModularExponentiationFailed());
        return abi.decode(result, (uint256));
    }
}
