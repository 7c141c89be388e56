// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ServiceNodeRewards} from "../ServiceNodeRewards.sol";

/// @title ServiceNodeRewards of the public test networks: the owner may remove nodes at will
contract TestnetServiceNodeRewards is ServiceNodeRewards {
    /// @notice Requests the exit of nodes as if their operators did; only the owner, from the start.
    function requestExitNodeBySNID(uint64[] calldata ids) external onlyOwner {
        require(isStarted, ContractNotStarted());
        for (uint256 i = 0; i < ids.length; i++) {
            address operator = _serviceNodes[ids[i]].operator;
            // a request on the next id would be the first one of the node that takes it
            require(operator != address(0), ServiceNodeDoesntExist(ids[i]));
            _requestExit(ids[i], operator, true);
        }
    }

    /// @notice Removes nodes without request, waiting time or signature; only the owner.
    function exitNodeBySNID(uint64[] calldata ids) external onlyOwner {
        for (uint256 i = 0; i < ids.length; i++) _exitNode(ids[i]);
    }
}
