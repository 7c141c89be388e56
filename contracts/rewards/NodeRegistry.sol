// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IServiceNodeRewardsState} from "../interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../libraries/BN254.sol";
import {NodeList} from "../libraries/NodeList.sol";
import {ServiceNodeRewardsStorage} from "../ServiceNodeRewardsStorage.sol";

/// @title How nodes enter and leave: list, key maps, count, aggregate key and threshold change together or not at all
abstract contract NodeRegistry is ServiceNodeRewardsStorage {
    using BN254 for BN254.G1Point;
    using NodeList for mapping(uint64 => ServiceNode);

    uint256 public constant MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND = 20;
    /// @dev In percent of the nodes.
    uint256 internal constant MAX_PERMITTED_PUBKEY_AGGREGATIONS_PERCENT = 2;

    /// @inheritdoc IServiceNodeRewardsState
    function maxPermittedPubkeyAggregations() public view returns (uint256 result) {
        return
            Math.max(
                MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND,
                (totalNodes * MAX_PERMITTED_PUBKEY_AGGREGATIONS_PERCENT) / 100
            );
    }

    /// @dev The key of `serviceNodeIDs`.
    function _blsKey(BN254.G1Point memory blsPubkey) internal pure returns (bytes memory) {
        return abi.encodePacked(blsPubkey.X, blsPubkey.Y);
    }

    function _checkTotal(Contributor[] memory contributors, uint256 requirement) internal pure {
        uint256 total = 0;
        for (uint256 i = 0; i < contributors.length; i++) total += contributors[i].stakedAmount;
        require(total == requirement, ContributionTotalMismatch(requirement, total));
    }

    /// @dev Stakes that nobody could get back, or that the rules count wrongly, are refused.
    function _checkStakers(Contributor[] memory contributors) internal pure {
        // bit n: an address that ends with the byte n was there. The pairs are compared only where two share it
        uint256 seen = 0;
        for (uint256 i = 0; i < contributors.length; i++) {
            Contributor memory contributor = contributors[i];
            address addr = contributor.staker.addr;
            require(addr != address(0) && contributor.staker.beneficiary != address(0), NullAddress());
            require(contributor.stakedAmount != 0, ZeroContribution(addr));
            uint256 bit = 1 << (uint160(addr) & 0xff);
            if (seen & bit != 0) {
                for (uint256 j = 0; j < i; j++)
                    require(contributors[j].staker.addr != addr, DuplicateContributor(addr));
            }
            seen |= bit;
        }
    }

    function _checkBLSKeyIsNew(bytes memory blsKey) internal view {
        uint64 id = serviceNodeIDs[blsKey];
        require(id == 0, BLSPubkeyAlreadyExists(id));
    }

    function _checkEd25519KeyIsNew(uint256 ed25519Pubkey) internal view {
        uint64 id = ed25519ToServiceNodeID[ed25519Pubkey];
        require(id == 0, Ed25519PubkeyAlreadyExists(id));
    }

    /// @dev The caller has checked all of it, and updates the threshold afterwards.
    function _insertNode(
        BN254.G1Point memory blsPubkey,
        bytes memory blsKey,
        uint256 ed25519Pubkey,
        uint256 addedTimestamp,
        uint256 deposit,
        Contributor[] memory contributors
    ) internal returns (uint64 id) {
        id = nextServiceNodeID++;
        totalNodes++;
        _serviceNodes.pushBack(id);
        ServiceNode storage node = _serviceNodes[id];
        node.operator = contributors[0].staker.addr;
        node.blsPubkey = blsPubkey;
        node.addedTimestamp = addedTimestamp;
        node.deposit = deposit;
        node.ed25519Pubkey = ed25519Pubkey;
        _storeContributors(node.contributors, contributors);
        serviceNodeIDs[blsKey] = id;
        ed25519ToServiceNodeID[ed25519Pubkey] = id;
        _aggregatePubkey = _aggregatePubkey.add(blsPubkey);
    }

    /// @dev Equivalent to: for (i < from.length) to.push(from[i]), for an empty `to`, whose length is written once.
    function _storeContributors(Contributor[] storage to, Contributor[] memory from) private {
        assembly ("memory-safe") {
            let length := mload(from)
            sstore(to.slot, length)
            // scratch space, 0x00 - 0x1f: the slot of the array, whose elements are at its hash, three slots each
            mstore(0x00, to.slot)
            let slot := keccak256(0x00, 0x20)
            let next := add(from, 0x20)
            let end := add(next, shl(5, length))
            for {} lt(next, end) {
                next := add(next, 0x20)
                slot := add(slot, 3)
            } {
                // an element of memory is a pointer to (pointer to (addr, beneficiary), stakedAmount); addresses have no dirty bits
                let contributor := mload(next)
                let staker := mload(contributor)
                sstore(slot, mload(staker))
                sstore(add(slot, 1), mload(add(staker, 0x20)))
                sstore(add(slot, 2), mload(add(contributor, 0x20)))
            }
        }
    }

    function _removeNode(uint64 id) internal returns (uint256 deposit, BN254.G1Point memory blsPubkey) {
        _serviceNodes.unlink(id);
        ServiceNode storage node = _serviceNodes[id];
        deposit = node.deposit;
        blsPubkey = node.blsPubkey;
        delete serviceNodeIDs[_blsKey(blsPubkey)];
        delete ed25519ToServiceNodeID[node.ed25519Pubkey];
        delete _serviceNodes[id];

        uint256 total = totalNodes - 1;
        totalNodes = total;
        _subtractFromAggregate(total, blsPubkey);
        _updateNonSignerThreshold();
    }

    /// @dev Nobody's stake is held back by a key of an older version. One that is not reduced counts as the point that it stands
    /// for. One off the curve is in no sum that the precompile made, and is not subtracted. If the aggregate is wrong then,
    /// `rederiveTotalNodesAndAggregatePubkey` mends it as soon as no such key is listed.
    function _subtractFromAggregate(uint256 total, BN254.G1Point memory blsPubkey) private {
        if (total == 0) {
            // no node, no key, whatever an older version has left there
            _aggregatePubkey = BN254.G1Point(0, 0);
            return;
        }
        BN254.G1Point memory key = _aggregatePubkey;
        if (key.accumulate(blsPubkey.negate())) _aggregatePubkey = key;
    }

    function _checkLiquidationRatios(uint256 liquidator, uint256 pool, uint256 recipient) internal pure {
        require(recipient != 0, PositiveNumberRequirement());
        // (liquidator + pool) * 3 <= recipient, without overflow
        uint256 most = recipient / 3;
        require(liquidator <= most && pool <= most - liquidator, LiquidatorPenaltyTooHigh());
    }

    function _updateNonSignerThreshold() internal {
        blsNonSignerThreshold = Math.min(totalNodes / 3, blsNonSignerThresholdMax);
    }
}
