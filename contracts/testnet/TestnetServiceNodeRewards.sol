// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ServiceNodeRewards} from "../ServiceNodeRewards.sol";

/// @title ServiceNodeRewards of the public test networks: the owner may remove nodes at will
contract TestnetServiceNodeRewards is ServiceNodeRewards {
    /// @notice Requests the exit of nodes as if a contributor did; only the owner.
    function requestExitNodeBySNID(uint64[] calldata ids) external onlyOwner {
        for (uint256 i = 0; i < ids.length; i++) {
            require(_serviceNodes[ids[i]].deposit != 0, ServiceNodeDoesntExist(ids[i]));
            _requestExit(ids[i]);
        }
    }

    /// @notice Removes nodes without request, waiting time or signature; only the owner.
    function exitNodeBySNID(uint64[] calldata ids) external onlyOwner {
        for (uint256 i = 0; i < ids.length; i++) _exitNode(ids[i]);
    }
}
