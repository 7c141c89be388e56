// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IServiceNodeRewards} from "../interfaces/IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../interfaces/IServiceNodeRewardsState.sol";

/// @title Reads many nodes or recipients in one call
/// @notice Never deployed: tools place its code at an unused address for the length of an `eth_call` (state override). It reads
/// through the getters that every version of the rewards contract has.
contract NodeReader {
    /// @notice `serviceNodes(id)` for each of `ids`.
    function nodes(
        IServiceNodeRewards rewards,
        uint64[] calldata ids
    ) external view returns (IServiceNodeRewardsState.ServiceNode[] memory result) {
        result = new IServiceNodeRewardsState.ServiceNode[](ids.length);
        for (uint256 i = 0; i < ids.length; i++) result[i] = rewards.serviceNodes(ids[i]);
    }

    /// @notice `recipients(address)` for each of `accounts`.
    function recipients(
        IServiceNodeRewards rewards,
        address[] calldata accounts
    ) external view returns (IServiceNodeRewardsState.Recipient[] memory result) {
        result = new IServiceNodeRewardsState.Recipient[](accounts.length);
        for (uint256 i = 0; i < accounts.length; i++) {
            (result[i].rewards, result[i].claimed) = rewards.recipients(accounts[i]);
        }
    }

    /// @notice The gas that a call takes, without the 21,000 and the calldata of a transaction; 0 when it reverts.
    function gasOf(address target, bytes calldata data) external returns (uint256 used) {
        uint256 before = gasleft();
        (bool success, ) = target.call(data); // solhint-disable-line avoid-low-level-calls
        used = success ? before - gasleft() : 0;
    }
}
