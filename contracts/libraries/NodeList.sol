// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IServiceNodeRewardsState} from "../interfaces/IServiceNodeRewardsState.sol";

/// @title The nodes in order of registration: a doubly linked list around a sentinel
/// @notice 1. The sentinel (id 0) is never a node: its `next` is the first node, its `prev` the last, both 0 when the list is empty.
/// 2. For every id in the list, nodes[nodes[id].next].prev == id and nodes[nodes[id].prev].next == id.
library NodeList {
    uint64 internal constant SENTINEL = 0;

    /// @notice Appends `id`, which must not be in the list and whose links must be 0.
    function pushBack(mapping(uint64 => IServiceNodeRewardsState.ServiceNode) storage nodes, uint64 id) internal {
        uint64 last = nodes[SENTINEL].prev;
        nodes[last].next = id;
        nodes[SENTINEL].prev = id;
        // no need to write nodes[id].next, which is SENTINEL
        nodes[id].prev = last;
    }

    /// @notice Unlinks `id`, the node itself stays in the mapping.
    function unlink(mapping(uint64 => IServiceNodeRewardsState.ServiceNode) storage nodes, uint64 id) internal {
        require(id != SENTINEL, IServiceNodeRewardsState.DeleteSentinelNodeNotAllowed());
        uint64 next = nodes[id].next;
        uint64 prev = nodes[id].prev;
        // the second rule, from the other side: a stranger's prev is the sentinel, whose next is somebody else
        require(nodes[prev].next == id, IServiceNodeRewardsState.ServiceNodeDoesntExist(id));

        nodes[prev].next = next;
        nodes[next].prev = prev;
    }
}
