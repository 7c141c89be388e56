// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../libraries/BN254.sol";
import {ReferenceFp2} from "./ReferenceFp2.sol";
import {ReferenceG2} from "./ReferenceG2.sol";

/// @title Hash to G2: expansion of RFC 9380 with keccak256, try-and-increment, cofactor clearing
library ReferenceHashToG2 {
    /// @notice None of the 256 tries gave a point; the chance of it is 2^-256.
    error HashToG2Failed();

    /// @notice The points added up to infinity, or met an exceptional case of the addition law; no known choice of distinct
    /// messages does that.
    error DegenerateSum();

    /// @notice A sum of mapped points before cofactor clearing. All zero is the empty sum.
    struct Sum {
        ReferenceG2.Jacobian point;
    }

    /// @dev Block size of keccak256 in bytes; expand_message_xmd starts with a block of zeros.
    uint256 private constant BLOCK_SIZE = 136;

    /// @notice The point H(message) of G2.
    /// @param dst The hashing tag, `tag("BLS_SIG_HASH_TO_FIELD_TAG")`.
    function hashToG2(bytes memory message, bytes32 dst) internal view returns (BN254.G2Point memory) {
        return ReferenceG2.toAffine(ReferenceG2.clearCofactor(map(message, dst, 0)));
    }

    /// @notice Adds H(message) to `sum`. Clearing the cofactor is linear, so the mapped points are added and cleared once, in
    /// `finish`: one aggregate signature over many messages is checked with
    ///
    ///     ReferenceHashToG2.Sum memory sum;                          // empty
    ///     ReferenceHashToG2.accumulate(sum, message, dst);           // for each message; the buffer may be reused
    ///     BN254.verify(key, signature, ReferenceHashToG2.finish(sum));
    function accumulate(Sum memory sum, bytes memory message, bytes32 dst) internal view {
        sum.point = ReferenceG2.add(sum.point, map(message, dst, 0));
    }

    /// @notice The sum of H(message) over the messages accumulated.
    /// @dev Reverts with `DegenerateSum` when it vanishes, as it does for no message at all.
    function finish(Sum memory sum) internal view returns (BN254.G2Point memory) {
        ReferenceG2.Jacobian memory cleared = ReferenceG2.clearCofactor(sum.point);
        require(!ReferenceFp2.isZero(cleared.z), DegenerateSum());
        return ReferenceG2.toAffine(cleared);
    }

    /// @notice The point of the twist, not yet in G2, of the first try that gives one.
    function map(
        bytes memory message,
        bytes32 dst,
        uint256 firstTry
    ) internal view returns (ReferenceG2.Jacobian memory) {
        for (uint256 i = firstTry; i < 256; i++) {
            (ReferenceFp2.Element memory x, bool negate) = toField(
                expand(bytes.concat(message, bytes1(uint8(i))), dst)
            );
            (bool exists, ReferenceFp2.Element memory y) = ReferenceFp2.sqrt(ReferenceG2.ySquared(x));
            if (exists) return ReferenceG2.fromAffine(x, negate ? ReferenceFp2.negate(y) : y);
        }
        revert HashToG2Failed();
    }

    /// @notice expand_message_xmd(message, dst, 128) of RFC 9380, section 5.3.1, as four words.
    function expand(bytes memory message, bytes32 dst) internal pure returns (bytes32[4] memory u) {
        bytes memory dstPrime = bytes.concat(dst, bytes1(uint8(32)));
        bytes32 b0 = keccak256(
            bytes.concat(new bytes(BLOCK_SIZE), message, bytes2(uint16(128)), bytes1(uint8(0)), dstPrime)
        );
        u[0] = keccak256(bytes.concat(b0, bytes1(uint8(1)), dstPrime));
        u[1] = keccak256(bytes.concat(b0 ^ u[0], bytes1(uint8(2)), dstPrime));
        u[2] = keccak256(bytes.concat(b0 ^ u[1], bytes1(uint8(3)), dstPrime));
        u[3] = keccak256(bytes.concat(b0 ^ u[2], bytes1(uint8(4)), dstPrime));
    }

    /// @notice x = u[0:48] + u[48:96] * i, each a 384-bit big-endian integer mod P; the sign is the last bit of u[127].
    function toField(bytes32[4] memory u) internal pure returns (ReferenceFp2.Element memory x, bool negate) {
        x.c0 = reduce(uint256(u[0]) >> 128, (uint256(u[0]) << 128) | (uint256(u[1]) >> 128));
        x.c1 = reduce(uint256(u[1]) & type(uint128).max, uint256(u[2]));
        negate = uint256(u[3]) & 1 == 1;
    }

    /// @notice (high * 2^256 + low) mod P.
    function reduce(uint256 high, uint256 low) internal pure returns (uint256) {
        uint256 shifted = mulmod(high, addmod(type(uint256).max, 1, BN254.P), BN254.P);
        return addmod(shifted, low, BN254.P);
    }
}
