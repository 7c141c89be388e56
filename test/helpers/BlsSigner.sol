// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../contracts/libraries/BN254.sol";
import {HashToG2} from "../../contracts/libraries/HashToG2.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";

/// @notice Real BLS keys and signatures, made in Solidity, so that a fuzzer can sign whatever comes up.
///
/// Secret keys are small signed integers: a key is as good as any other for the contracts, the sum of many stays small (signing costs
/// a doubling a bit), and pairs like 5 and -5 cancel in the aggregate. The secret of a set of signers is the sum of theirs.
/// That they are what they should be shows with every call that the contracts accept: those check them with the pairing.
library BlsSigner {
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    struct Fp2 {
        uint256 c0;
        uint256 c1;
    }

    /// Jacobian: x = X / Z^2, y = Y / Z^3
    struct Point {
        Fp2 x;
        Fp2 y;
        Fp2 z;
    }

    error PrecompileFailed(uint256 precompile);

    /// @notice secret * (1, 2).
    function publicKey(int256 secret) internal view returns (BN254.G1Point memory key) {
        uint256 scalar = secret < 0 ? R - uint256(-secret) : uint256(secret);
        uint256[3] memory input = [1, 2, scalar];
        bool success;
        assembly ("memory-safe") {
            success := staticcall(gas(), 0x07, input, 0x60, key, 0x40)
        }
        if (!success) revert PrecompileFailed(7);
    }

    /// @notice secret * H(message); the point at infinity (all zero) for the secret 0.
    function sign(
        int256 secret,
        bytes memory message,
        bytes32 dst
    ) internal view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        if (secret == 0) return IServiceNodeRewardsState.BLSSignatureParams(0, 0, 0, 0);

        BN254.G2Point memory hash = HashToG2.hashToG2(message, dst);
        uint256 scalar = uint256(secret < 0 ? -secret : secret);
        Fp2 memory x = Fp2(hash.xc0, hash.xc1);
        Fp2 memory y = Fp2(hash.yc0, hash.yc1);
        Point memory sum = Point(x, y, Fp2(1, 0));
        uint256 bit = 1;
        while (bit <= scalar >> 1) bit <<= 1;
        for (bit >>= 1; bit != 0; bit >>= 1) {
            sum = _double(sum);
            if (scalar & bit != 0) sum = _add(sum, x, y);
        }

        if (secret < 0) sum.y = _sub(Fp2(0, 0), sum.y);
        return _affine(sum);
    }

    /// @notice a + b, signatures of different messages by the same signers.
    function add(
        IServiceNodeRewardsState.BLSSignatureParams memory a,
        IServiceNodeRewardsState.BLSSignatureParams memory b
    ) internal view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        // signers whose keys cancel sign everything with infinity
        if (a.sigs0 | a.sigs1 | a.sigs2 | a.sigs3 == 0) return b;
        Point memory sum = Point(Fp2(a.sigs0, a.sigs1), Fp2(a.sigs2, a.sigs3), Fp2(1, 0));
        return _affine(_add(sum, Fp2(b.sigs0, b.sigs1), Fp2(b.sigs2, b.sigs3)));
    }

    function _affine(Point memory point) private view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        Fp2 memory inverse = _inverse(point.z);
        Fp2 memory square = _mul(inverse, inverse);
        Fp2 memory x = _mul(point.x, square);
        Fp2 memory y = _mul(point.y, _mul(square, inverse));
        return IServiceNodeRewardsState.BLSSignatureParams(x.c0, x.c1, y.c0, y.c1);
    }

    function _double(Point memory p) private pure returns (Point memory q) {
        Fp2 memory a = _mul(p.x, p.x);
        Fp2 memory b = _mul(p.y, p.y);
        Fp2 memory d = _mul(p.x, b);
        d = _twice(_twice(d)); // 4 x y^2
        Fp2 memory e = _plus(_twice(a), a);
        q.x = _sub(_mul(e, e), _twice(d));
        Fp2 memory c = _mul(b, b);
        q.y = _sub(_mul(e, _sub(d, q.x)), _twice(_twice(_twice(c))));
        q.z = _twice(_mul(p.y, p.z));
    }

    /// p + (x, y) for different points: a multiple from 2 to the group order less 1 is never +-1 times its base, and
    /// hashes of different messages are multiples of one another that nobody knows.
    function _add(Point memory p, Fp2 memory x, Fp2 memory y) private pure returns (Point memory q) {
        Fp2 memory zz = _mul(p.z, p.z);
        Fp2 memory h = _sub(_mul(x, zz), p.x);
        Fp2 memory r = _sub(_mul(y, _mul(zz, p.z)), p.y);
        Fp2 memory hh = _mul(h, h);
        Fp2 memory hhh = _mul(hh, h);
        Fp2 memory v = _mul(p.x, hh);
        q.x = _sub(_sub(_mul(r, r), hhh), _twice(v));
        q.y = _sub(_mul(r, _sub(v, q.x)), _mul(p.y, hhh));
        q.z = _mul(p.z, h);
    }

    function _mul(Fp2 memory a, Fp2 memory b) private pure returns (Fp2 memory) {
        return
            Fp2(
                addmod(mulmod(a.c0, b.c0, P), P - mulmod(a.c1, b.c1, P), P),
                addmod(mulmod(a.c0, b.c1, P), mulmod(a.c1, b.c0, P), P)
            );
    }

    function _plus(Fp2 memory a, Fp2 memory b) private pure returns (Fp2 memory) {
        return Fp2(addmod(a.c0, b.c0, P), addmod(a.c1, b.c1, P));
    }

    function _sub(Fp2 memory a, Fp2 memory b) private pure returns (Fp2 memory) {
        return Fp2(addmod(a.c0, P - b.c0, P), addmod(a.c1, P - b.c1, P));
    }

    function _twice(Fp2 memory a) private pure returns (Fp2 memory) {
        return _plus(a, a);
    }

    /// 1 / (a + b i) == (a - b i) / (a^2 + b^2)
    function _inverse(Fp2 memory a) private view returns (Fp2 memory) {
        uint256 norm = addmod(mulmod(a.c0, a.c0, P), mulmod(a.c1, a.c1, P), P);
        uint256[6] memory input = [0x20, 0x20, 0x20, norm, P - 2, P];
        uint256[1] memory output;
        bool success;
        assembly ("memory-safe") {
            success := staticcall(gas(), 0x05, input, 0xc0, output, 0x20)
        }
        if (!success) revert PrecompileFailed(5);
        return Fp2(mulmod(a.c0, output[0], P), mulmod(P - a.c1, output[0], P));
    }
}
