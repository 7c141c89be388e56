// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IServiceNodeRewards} from "../interfaces/IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../interfaces/IServiceNodeRewardsState.sol";
import {IServiceNodeRewardsLens} from "../interfaces/IServiceNodeRewardsLens.sol";
import {BN254} from "../libraries/BN254.sol";

/// @title What a page or a command line asks of a rewards contract, in one call each
/// @notice Several questions in one: `multicall`.
contract ServiceNodeRewardsLens is IServiceNodeRewardsLens, Multicall {
    /// @dev MAX_SERVICE_NODE_EXIT_WAIT_TIME of the rewards contract.
    uint256 internal constant EXIT_WAIT_TIME = 30 days;

    /// @inheritdoc IServiceNodeRewardsLens
    function overview(IServiceNodeRewards rewards) external view returns (Overview memory result) {
        result.owner = Ownable(address(rewards)).owner();
        result.started = rewards.isStarted();
        result.paused = Pausable(address(rewards)).paused();
        result.token = address(rewards.designatedToken());
        result.foundationPool = address(rewards.foundationPool());
        result.totalNodes = rewards.totalNodes();
        result.nextServiceNodeID = rewards.nextServiceNodeID();
        result.aggregatePubkey = rewards.aggregatePubkey();
        (result.nonSignerThreshold, result.acceptsSignatures) = nonSignerThreshold(rewards);
        result.stakingRequirement = rewards.stakingRequirement();
        result.maxContributors = rewards.maxContributors();
        result.signatureExpiry = rewards.signatureExpiry();
        result.maxAdditionsPerBlock = rewards.maxPermittedPubkeyAggregations();
        result.claimThreshold = rewards.claimThreshold();
        result.claimCycle = rewards.claimCycle();
        result.liquidatorRewardRatio = rewards.liquidatorRewardRatio();
        result.poolShareOfLiquidationRatio = rewards.poolShareOfLiquidationRatio();
        result.recipientRatio = rewards.recipientRatio();
    }

    /// @inheritdoc IServiceNodeRewardsLens
    function claim(IServiceNodeRewards rewards, address recipient) external view returns (Claim memory result) {
        (result.lifetime, result.claimed) = rewards.recipients(recipient);
        result.unclaimed = result.lifetime - result.claimed;

        uint256 cycleLength = rewards.claimCycle();
        uint256 cycle = block.timestamp / cycleLength;
        uint256 spent = cycle == rewards.currentClaimCycle() ? rewards.currentClaimTotal() : 0;
        // the cap may have been lowered below what was claimed already
        result.cycleRemaining = Math.saturatingSub(rewards.claimThreshold(), spent);
        result.cycleEnds = (cycle + 1) * cycleLength;
        if (_isOpen(rewards)) result.claimableNow = Math.min(result.unclaimed, result.cycleRemaining);
    }

    /// @inheritdoc IServiceNodeRewardsLens
    function nonSignerThreshold(IServiceNodeRewards rewards) public view returns (uint256 threshold, bool accepted) {
        threshold = rewards.blsNonSignerThreshold();
        uint256 total = rewards.totalNodes();
        bool addedNow = rewards.lastHeightPubkeyWasAggregated() == block.number;
        accepted =
            _isOpen(rewards) &&
            total != 0 &&
            !(addedNow && rewards.numPubkeyAggregationsForHeight() * 3 > total);
    }

    /// @inheritdoc IServiceNodeRewardsLens
    function nodeState(IServiceNodeRewards rewards, uint64 id) external view returns (NodeState) {
        return _read(rewards, id).state;
    }

    /// @inheritdoc IServiceNodeRewardsLens
    function nodesById(
        IServiceNodeRewards rewards,
        uint64[] calldata ids
    ) external view returns (Node[] memory result) {
        result = new Node[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) result[i] = _read(rewards, ids[i]);
    }

    /// @inheritdoc IServiceNodeRewardsLens
    function nodes(
        IServiceNodeRewards rewards,
        uint64 first,
        uint256 count
    ) public view returns (Node[] memory page, uint64 next) {
        page = new Node[](Math.min(count, rewards.totalNodes()));
        next = first == 0 ? rewards.serviceNodes(0).next : first;
        uint256 length = 0;
        while (length < page.length && next != 0) {
            Node memory node = _read(rewards, next);
            require(node.state != NodeState.None, IServiceNodeRewardsState.ServiceNodeDoesntExist(next));
            page[length++] = node;
            next = node.node.next;
        }
        // a page that begins near the end is shorter than asked for
        assembly ("memory-safe") {
            mstore(page, length)
        }
    }

    /// @inheritdoc IServiceNodeRewardsLens
    function keys(
        IServiceNodeRewards rewards,
        uint64 first,
        uint256 count
    ) external view returns (uint64[] memory ids, BN254.G1Point[] memory pubkeys, uint64 next) {
        Node[] memory page;
        (page, next) = nodes(rewards, first, count);
        ids = new uint64[](page.length);
        pubkeys = new BN254.G1Point[](page.length);
        for (uint256 i = 0; i < page.length; i++) {
            ids[i] = page[i].id;
            pubkeys[i] = page[i].node.blsPubkey;
        }
    }

    function _isOpen(IServiceNodeRewards rewards) internal view returns (bool) {
        return rewards.isStarted() && !Pausable(address(rewards)).paused();
    }

    function _read(IServiceNodeRewards rewards, uint64 id) internal view returns (Node memory result) {
        IServiceNodeRewardsState.ServiceNode memory node = rewards.serviceNodes(id);
        result.id = id;
        result.node = node;
        // the sentinel and nodes that have left have no deposit, all others have one
        if (node.deposit == 0) return result;
        if (node.leaveRequestTimestamp == 0) {
            result.state = NodeState.Active;
            return result;
        }
        result.removableFrom = node.leaveRequestTimestamp + EXIT_WAIT_TIME;
        result.state = block.timestamp < result.removableFrom ? NodeState.ExitRequested : NodeState.Removable;
    }
}
