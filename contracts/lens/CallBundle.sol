// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Many calls in one, with the ABI of Multicall3's `aggregate3`
/// @notice Never deployed: where a chain has no Multicall3, the toolkit places this code at an unused address for the length of an
/// `eth_call` (state override).
contract CallBundle {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    error CallFailed(uint256 index);

    /// @notice Makes the calls in order; one that fails ends all, unless it may fail.
    function aggregate3(Call3[] calldata calls) external returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            Call3 calldata one = calls[i];
            // solhint-disable-next-line avoid-low-level-calls
            (results[i].success, results[i].returnData) = one.target.call(one.callData);
            require(results[i].success || one.allowFailure, CallFailed(i));
        }
    }
}
