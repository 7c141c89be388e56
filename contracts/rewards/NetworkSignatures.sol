// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {BN254} from "../libraries/BN254.sol";
import {HashToG2} from "../libraries/HashToG2.sol";
import {Messages} from "../libraries/Messages.sol";
import {ServiceNodeRewardsStorage} from "../ServiceNodeRewardsStorage.sol";

/// @title What makes a network signature count: the contract is open, enough nodes signed, and the equation holds
abstract contract NetworkSignatures is ServiceNodeRewardsStorage, PausableUpgradeable {
    using BN254 for BN254.G1Point;

    /// @dev Not paused, and started.
    function _requireOpen() internal view {
        _requireNotPaused();
        require(isStarted, ContractNotStarted());
    }

    /// @dev What can be said about a network signature by the number of non-signers alone.
    function _checkSigners(uint256 nonSigners) internal view {
        uint256 total = totalNodes;
        require(total != 0, InsufficientNodes());
        // the load is spared when everybody signed
        if (nonSigners != 0) {
            uint256 threshold = blsNonSignerThreshold;
            if (nonSigners > threshold) {
                revert InsufficientBLSSignatures(
                    Math.saturatingSub(total, nonSigners),
                    Math.saturatingSub(total, threshold)
                );
            }
        }
        // whoever could register a third of the nodes within one block (with a flash loan) must not sign for the network in it
        if (lastHeightPubkeyWasAggregated == block.number) {
            uint256 additions = numPubkeyAggregationsForHeight;
            require(additions * 3 <= total, TooManyAdditionsInBlock(additions, total));
        }
    }

    /// @dev e(P1, signature) * e(-signersKey, hash) == 1, with neither signersKey nor signature at infinity.
    function _checkNetworkSignature(
        BN254.G2Point memory hash,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal view {
        BN254.G1Point memory signersKey = _signersKey(ids);
        BN254.G2Point memory signature = _point(blsSignature);
        bool isNull = signersKey.isInfinity() || signature.xc0 | signature.xc1 | signature.yc0 | signature.yc1 == 0;
        require(!isNull && BN254.verify(signersKey, signature, hash), InvalidBLSSignature(signersKey));
    }

    /// @dev The aggregate key less the keys of the non-signers. An id that is no node counts for nothing: its key is (0, 0), the
    /// neutral element.
    function _signersKey(uint64[] calldata ids) internal view returns (BN254.G1Point memory key) {
        key = _aggregatePubkey;
        if (ids.length == 0) return key;

        // Summing up from the negated aggregate costs one addition a non-signer and nothing else:
        // -(aggregate - sum of keys) == -aggregate + sum of keys
        key = key.negate();
        // the input of the addition precompile: [0x00, 0x40) the sum, [0x40, 0x80) the next key
        uint256[4] memory terms = [key.X, key.Y, 0, 0];
        bool success;
        // Equivalent to: for (i < ids.length) key = key.add(_serviceNodes[ids[i]].blsPubkey);
        assembly ("memory-safe") {
            // scratch space [0x00, 0x40): key and slot of the mapping
            mstore(0x20, _serviceNodes.slot)
            let offset := ids.offset
            let end := add(offset, shl(5, ids.length))
            for {} 1 {} {
                let id := calldataload(offset)
                // as the ABI decoder: no dirty upper bits
                if shr(64, id) {
                    revert(0x00, 0x00)
                }
                mstore(0x00, id)
                let node := keccak256(0x00, 0x40)
                mstore(add(terms, 0x40), sload(add(node, 2)))
                mstore(add(terms, 0x60), sload(add(node, 3)))
                success := staticcall(gas(), 0x06, terms, 0x80, terms, 0x40)
                offset := add(offset, 0x20)
                if iszero(and(success, lt(offset, end))) {
                    break
                }
            }
        }
        key = BN254.G1Point(terms[0], terms[1]);
        if (!success) revert BN254.PointAdditionFailed(key, BN254.G1Point(terms[2], terms[3]));
        key = key.negate();
    }

    function _hash(bytes memory message) internal view returns (BN254.G2Point memory) {
        return HashToG2.hashToG2(message, Messages.tag(Messages.HASH_TO_G2));
    }

    function _point(BLSSignatureParams calldata signature) internal pure returns (BN254.G2Point memory) {
        return BN254.G2Point(signature.sigs0, signature.sigs1, signature.sigs2, signature.sigs3);
    }
}
