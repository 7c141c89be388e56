// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../libraries/BN254.sol";
import {ReferenceFp2} from "./ReferenceFp2.sol";
import {ReferenceG2} from "./ReferenceG2.sol";
import {ReferenceHashToG2} from "./ReferenceHashToG2.sol";

/// @notice Opens the plain hashing libraries to the differential tests; the functions of `HashToG2Harness`.
contract ReferenceHashToG2Harness {
    function hashToG2(bytes memory message, bytes32 dst) external view returns (BN254.G2Point memory) {
        return ReferenceHashToG2.hashToG2(message, dst);
    }

    function hashMany(
        bytes[] memory messages,
        bytes32[] memory dsts
    ) external view returns (BN254.G2Point[] memory hashes) {
        hashes = new BN254.G2Point[](messages.length);
        // the plain version leaves 60 kB of memory behind: reuse it, or the quadratic cost of memory explodes
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        for (uint256 i = 0; i < messages.length; i++) {
            BN254.G2Point memory hash = ReferenceHashToG2.hashToG2(messages[i], dsts[i]);
            (uint256 xc0, uint256 xc1, uint256 yc0, uint256 yc1) = (hash.xc0, hash.xc1, hash.yc0, hash.yc1);
            (hashes[i].xc0, hashes[i].xc1, hashes[i].yc0, hashes[i].yc1) = (xc0, xc1, yc0, yc1);
            assembly ("memory-safe") {
                mstore(0x40, free)
            }
        }
    }

    function hashSumToG2(bytes[] memory messages, bytes32 dst) external view returns (BN254.G2Point memory) {
        ReferenceHashToG2.Sum memory sum;
        for (uint256 i = 0; i < messages.length; i++) ReferenceHashToG2.accumulate(sum, messages[i], dst);
        return ReferenceHashToG2.finish(sum);
    }

    function map(
        bytes memory message,
        bytes32 dst,
        uint256 firstTry
    ) external view returns (uint256 x0, uint256 x1, uint256 y0, uint256 y1) {
        ReferenceG2.Jacobian memory point = ReferenceHashToG2.map(message, dst, firstTry);
        return (point.x.c0, point.x.c1, point.y.c0, point.y.c1);
    }

    /// @notice (high * 2^128 + low) mod P, low < 2^128.
    function reduce(uint256 high, uint256 low) external pure returns (uint256) {
        return ReferenceHashToG2.reduce(high >> 128, (high << 128) | low);
    }

    function sqrt(uint256 a0, uint256 a1) external view returns (bool exists, uint256 y0, uint256 y1) {
        ReferenceFp2.Element memory root;
        (exists, root) = ReferenceFp2.sqrt(ReferenceFp2.Element(a0, a1));
        if (exists) (y0, y1) = (root.c0, root.c1);
    }

    function inverse(uint256 a0, uint256 a1) external view returns (uint256, uint256) {
        ReferenceFp2.Element memory result = ReferenceFp2.inverse(ReferenceFp2.Element(a0, a1));
        return (result.c0, result.c1);
    }

    function clearCofactor(BN254.G2Point memory point) external view returns (BN254.G2Point memory) {
        return ReferenceG2.toAffine(ReferenceG2.clearCofactor(_jacobian(point)));
    }

    function sumOfPoints(BN254.G2Point[] memory points) external view returns (BN254.G2Point memory) {
        ReferenceG2.Jacobian memory sum;
        for (uint256 i = 0; i < points.length; i++) sum = ReferenceG2.add(sum, _jacobian(points[i]));
        return ReferenceG2.toAffine(sum);
    }

    function _jacobian(BN254.G2Point memory point) private pure returns (ReferenceG2.Jacobian memory) {
        return
            ReferenceG2.fromAffine(
                ReferenceFp2.Element(point.xc0, point.xc1),
                ReferenceFp2.Element(point.yc0, point.yc1)
            );
    }
}
