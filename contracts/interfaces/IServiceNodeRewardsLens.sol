// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";
import {IServiceNodeRewards} from "./IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "./IServiceNodeRewardsState.sol";

/// @title What a page or a command line asks of a rewards contract, in one call each
/// @notice A contract of its own, without storage or rights: it reads any rewards contract, also the deployed one, through its
/// getters. Call it at a pinned block, above all for lists that take several pages. Amounts are atomic SESH, times seconds.
interface IServiceNodeRewardsLens {
    /// @notice Where a node is in its life, as far as the contract knows. What is decided off-chain (a failed node, the 15 days of
    /// unlocking) is not in here.
    enum NodeState {
        /// There is no such node, or it has left.
        None,
        Active,
        /// Its exit was requested; the network may sign it out.
        ExitRequested,
        /// Requested so long ago that anybody may remove it without a signature.
        Removable
    }

    /// @notice What a recipient can claim.
    struct Claim {
        /// All that was ever earned, as far as the contract was told.
        uint256 lifetime;
        /// What was paid out of it.
        uint256 claimed;
        /// lifetime - claimed.
        uint256 unclaimed;
        /// How much of it a claim in the next moment can pay: bounded by the cycle's cap, 0 while paused or before the start.
        uint256 claimableNow;
        /// What all recipients together can still claim in this cycle.
        uint256 cycleRemaining;
        /// When the next cycle begins.
        uint256 cycleEnds;
    }

    /// @notice A node, with what follows from its fields.
    struct Node {
        uint64 id;
        NodeState state;
        /// From when on it can be removed without a signature; 0 without a request.
        uint256 removableFrom;
        IServiceNodeRewardsState.ServiceNode node;
    }

    /// @notice The state and the parameters of the contract.
    struct Overview {
        address owner;
        bool started;
        bool paused;
        address token;
        address foundationPool;
        uint256 totalNodes;
        uint64 nextServiceNodeID;
        BN254.G1Point aggregatePubkey;
        uint256 nonSignerThreshold;
        bool acceptsSignatures;
        uint256 stakingRequirement;
        uint256 maxContributors;
        uint256 signatureExpiry;
        uint256 maxAdditionsPerBlock;
        uint256 claimThreshold;
        uint256 claimCycle;
        uint256 liquidatorRewardRatio;
        uint256 poolShareOfLiquidationRatio;
        uint256 recipientRatio;
    }

    function overview(IServiceNodeRewards rewards) external view returns (Overview memory);

    function claim(IServiceNodeRewards rewards, address recipient) external view returns (Claim memory);

    /// @notice How many nodes may be missing from a network signature now.
    /// @return threshold The most ids of non-signers
    /// @return accepted Whether a network signature counts at all: not while paused, before the start, without nodes, or in a
    /// block in which more than a third of the nodes were added
    function nonSignerThreshold(IServiceNodeRewards rewards) external view returns (uint256 threshold, bool accepted);

    function nodeState(IServiceNodeRewards rewards, uint64 id) external view returns (NodeState);

    /// @notice Nodes by id, in the order asked; an unknown id gives a node with state None.
    function nodesById(IServiceNodeRewards rewards, uint64[] calldata ids) external view returns (Node[] memory);

    /// @notice A page of the list of nodes, in order of registration.
    /// @param first The id to begin with, 0 for the first node
    /// @param count The most nodes of the page; 200 with all their contributors fit the usual limits of a call
    /// @return page The nodes
    /// @return next Where the next page begins, 0 if there is none
    function nodes(
        IServiceNodeRewards rewards,
        uint64 first,
        uint256 count
    ) external view returns (Node[] memory page, uint64 next);

    /// @notice A page of the list as ids and keys alone: `allServiceNodeIDs` in parts.
    function keys(
        IServiceNodeRewards rewards,
        uint64 first,
        uint256 count
    ) external view returns (uint64[] memory ids, BN254.G1Point[] memory pubkeys, uint64 next);
}
