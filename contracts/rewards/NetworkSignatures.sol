// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {BN254} from "../libraries/BN254.sol";
import {ServiceNodeRewardsStorage} from "../ServiceNodeRewardsStorage.sol";

/// @title What makes a network signature count: the contract is open, enough nodes signed, and the equation holds
abstract contract NetworkSignatures is ServiceNodeRewardsStorage, PausableUpgradeable {
    using BN254 for BN254.G1Point;

    /// @dev BN254.P, which assembly cannot name.
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    /// @dev Not paused, and started.
    function _requireOpen() internal view {
        _requireNotPaused();
        require(isStarted, ContractNotStarted());
    }

    /// @dev What can be said about a network signature by the number of non-signers alone. totalNodes is loaded even when everybody
    /// signed: an older version may have left the aggregate key of nodes that are gone.
    function _checkSigners(uint256 nonSigners) internal view {
        uint256 total = totalNodes;
        require(total != 0, InsufficientNodes());
        // this load is spared when everybody signed
        if (nonSigners != 0) {
            uint256 threshold = blsNonSignerThreshold;
            if (nonSigners > threshold) {
                revert InsufficientBLSSignatures(
                    Math.saturatingSub(total, nonSigners),
                    Math.saturatingSub(total, threshold)
                );
            }
        }
        // stakes that were borrowed for this block must not vote in it: its additions count as non-signers
        if (lastHeightPubkeyWasAggregated == block.number) _checkAdditions(nonSigners);
    }

    function _checkAdditions(uint256 nonSigners) private view {
        uint256 additions = numPubkeyAggregationsForHeight;
        uint256 threshold = blsNonSignerThreshold;
        require(nonSigners + additions <= threshold, TooManyAdditionsInBlock(nonSigners, additions, threshold));
    }

    /// @dev e(P1, signature) * e(-signersKey, hash) == 1, with neither signersKey nor signature at infinity.
    function _checkNetworkSignature(
        BN254.G2Point memory hash,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal view {
        BN254.G1Point memory signersKey = _aggregatePubkey;
        if (ids.length != 0) signersKey = _subtractKeys(signersKey, ids);
        BN254.G2Point memory signature = BN254.G2Point(
            blsSignature.sigs0,
            blsSignature.sigs1,
            blsSignature.sigs2,
            blsSignature.sigs3
        );
        bool isNull = signersKey.isInfinity() || signature.xc0 | signature.xc1 | signature.yc0 | signature.yc1 == 0;
        require(!isNull && BN254.verify(signersKey, signature, hash), InvalidBLSSignature(signersKey));
    }

    /// @dev The key less the keys of the non-signers. An id that is no node counts for nothing: its key is (0, 0), the neutral
    /// element. No need to check the ids for dirty upper bits: such an id is no node either. A key that the precompile refuses is of
    /// an older version, and counts as it does when its node leaves: reduced, and not at all if it is off the curve.
    function _subtractKeys(
        BN254.G1Point memory key,
        uint64[] calldata ids
    ) internal view returns (BN254.G1Point memory) {
        // Summing up from the negated key costs one addition a non-signer and nothing else:
        // -(key - sum of keys) == -key + sum of keys
        key = key.negate();
        // the input of the addition precompile: 0x00 - 0x3f the sum, 0x40 - 0x7f the next key
        uint256[4] memory terms = [key.X, key.Y, 0, 0];
        // Equivalent to: for (i < ids.length) sum = sum.add(_serviceNodes[ids[i]].blsPubkey);
        assembly ("memory-safe") {
            // scratch space, 0x00 - 0x3f: key and slot of the mapping
            mstore(0x20, _serviceNodes.slot)
            let x := add(terms, 0x40)
            let y := add(terms, 0x60)
            let end := add(ids.offset, shl(5, ids.length))
            for {
                let offset := ids.offset
            } lt(offset, end) {
                offset := add(offset, 0x20)
            } {
                mstore(0x00, calldataload(offset))
                let node := keccak256(0x00, 0x40)
                mstore(x, sload(add(node, 2)))
                mstore(y, sload(add(node, 3)))
                // codesize(): see BN254.accumulate
                if iszero(staticcall(codesize(), 0x06, terms, 0x80, terms, 0x40)) {
                    let p := P
                    mstore(x, mod(mload(x), p))
                    mstore(y, mod(mload(y), p))
                    pop(staticcall(codesize(), 0x06, terms, 0x80, terms, 0x40))
                }
            }
        }
        unchecked {
            // cannot underflow: a sum is reduced, as -key is
            return BN254.G1Point(terms[0], (P - terms[1]) % P);
        }
    }
}
