// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";
import {Fp2} from "../libraries/Fp2.sol";
import {G2} from "../libraries/G2.sol";
import {HashToG2} from "../libraries/HashToG2.sol";

/// @notice Opens the hashing libraries to tests and to the gas measurements.
contract HashToG2Harness {
    function hashToG2(bytes memory message, bytes32 dst) external view returns (BN254.G2Point memory) {
        return HashToG2.hashToG2(message, dst);
    }

    function hashManyInDirt(
        bytes[] memory messages,
        bytes32[] memory dsts,
        bytes32[] memory dirts
    ) external view returns (BN254.G2Point[] memory hashes) {
        hashes = new BN254.G2Point[](messages.length);
        for (uint256 i = 0; i < messages.length; i++) hashes[i] = hashToG2InDirt(messages[i], dsts[i], dirts[i]);
    }

    /// @notice As `hashToG2`, on memory filled with `dirt` far behind the free pointer.
    function hashToG2InDirt(
        bytes memory message,
        bytes32 dst,
        bytes32 dirt
    ) public view returns (BN254.G2Point memory) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            for {
                let end := add(start, 0x1000)
            } lt(start, end) {
                start := add(start, 0x20)
            } {
                mstore(start, dirt)
            }
            mstore(0x00, dirt)
            mstore(0x20, dirt)
        }
        return HashToG2.hashToG2(message, dst);
    }

    /// @param roots For each message in turn, see `HashToG2.accumulate`.
    function hashSumToG2(
        bytes[] memory messages,
        bytes32 dst,
        uint256[] calldata roots
    ) external view returns (BN254.G2Point memory) {
        HashToG2.Sum memory sum;
        uint256 next = 0;
        for (uint256 i = 0; i < messages.length; i++) next = HashToG2.accumulate(sum, messages[i], dst, roots, next);
        return HashToG2.finish(sum);
    }

    /// @notice The mapped point before cofactor clearing, counting tries from `firstTry`.
    function map(
        bytes memory message,
        bytes32 dst,
        uint256 firstTry
    ) external view returns (uint256 x0, uint256 x1, uint256 y0, uint256 y1) {
        uint256 c;
        (x0, x1, y0, y1, c) = HashToG2.mapUpToSign(message, dst, firstTry);
        if (!_isSquare(c)) (y0, y1) = (BN254.P - y0, BN254.P - y1);
    }

    function reduce(uint256 high, uint256 low) external pure returns (uint256) {
        return HashToG2.reduce(high, low);
    }

    function checkRoots(
        uint256 c0,
        uint256 c1,
        uint256[] calldata roots,
        uint256 position
    ) external pure returns (uint256 y0, uint256 y1, uint256 next) {
        return HashToG2.checkRoots(c0, c1, roots, position);
    }

    function sqrt(uint256 a0, uint256 a1) external view returns (bool exists, uint256 y0, uint256 y1) {
        uint256 c;
        (y0, y1, c) = Fp2.sqrtUpToSign(a0, a1);
        exists = c != 0;
        if (exists && !_isSquare(c)) (y0, y1) = (BN254.P - y0, BN254.P - y1);
    }

    function _isSquare(uint256 a) private view returns (bool square) {
        (, , square) = Fp2.inverseAndCharacter(1, 0, a);
    }

    function inverse(uint256 a0, uint256 a1) external view returns (uint256 c0, uint256 c1) {
        return Fp2.inverse(a0, a1);
    }

    function clearCofactor(BN254.G2Point memory point) external view returns (BN254.G2Point memory) {
        return G2.clearCofactor(point.xc0, point.xc1, point.yc0, point.yc1, 1);
    }

    function sumOfPoints(BN254.G2Point[] memory points) external view returns (BN254.G2Point memory) {
        uint256[6] memory sum;
        for (uint256 i = 0; i < points.length; i++) {
            BN254.G2Point memory point = points[i];
            require(G2.addMixed(sum, point.xc0, point.xc1, point.yc0, point.yc1), G2.DegenerateSum());
        }
        return G2.toAffine(sum[0], sum[1], sum[2], sum[3], sum[4], sum[5]);
    }

    /// @return used Gas of the library call alone.
    function hashGas(bytes memory message, bytes32 dst) external view returns (uint256 used) {
        used = gasleft();
        HashToG2.hashToG2(message, dst);
        used -= gasleft();
    }
}
