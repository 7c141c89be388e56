// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../../contracts/libraries/BN254.sol";
import {ReferenceFp2} from "../../contracts/mocks/reference/ReferenceFp2.sol";
import {ReferenceG2} from "../../contracts/mocks/reference/ReferenceG2.sol";
import {ReferenceHashToG2} from "../../contracts/mocks/reference/ReferenceHashToG2.sol";

/// @notice The square roots that `HashToG2.accumulate` wants, taken in Solidity, so that a fuzzer can bring them.
library HashRoots {
    /// @return roots Of each message in turn.
    function take(bytes[] memory messages, bytes32 dst) internal view returns (uint256[] memory roots) {
        // more than any three messages need, but with a chance of 2^-58; what is not used stays zero
        roots = new uint256[](64);
        uint256 next = 0;
        for (uint256 i = 0; i < messages.length; i++) next = _put(roots, next, messages[i], dst);
    }

    function _put(
        uint256[] memory roots,
        uint256 next,
        bytes memory message,
        bytes32 dst
    ) private view returns (uint256) {
        for (uint256 i = 0; i < 256; i++) {
            (ReferenceFp2.Element memory x, ) = ReferenceHashToG2.toField(
                ReferenceHashToG2.expand(bytes.concat(message, bytes1(uint8(i))), dst)
            );
            ReferenceFp2.Element memory c = ReferenceG2.ySquared(x);
            (bool exists, ReferenceFp2.Element memory y) = ReferenceFp2.sqrt(c);
            uint256 square = exists ? y.c0 : BN254.P - ReferenceFp2.norm(c);
            (, roots[next++]) = ReferenceFp2.sqrtFp(square);
            if (!exists) continue;
            roots[next++] = y.c1;
            return next;
        }
        revert ReferenceHashToG2.HashToG2Failed();
    }
}
