// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @notice What Arbitrum's NodeInterface answers, for a test that places this code at its address and a price in slot 0. Bytes that are
/// not zero stand in for compressed ones. The call is made, in the `eth_call` that asks, and its gas counted.
contract NodeInterfaceMock {
    using Address for address;

    /// @notice L2 gas that a byte costs for L1.
    uint256 public price;

    function gasEstimateL1Component(
        address,
        bool,
        bytes calldata data
    ) external payable returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate) {
        return (_forL1(data), block.basefee, price);
    }

    function gasEstimateComponents(
        address to,
        bool,
        bytes calldata data
    )
        external
        payable
        returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate)
    {
        uint256 before = gasleft();
        to.functionCall(data);
        uint256 used = before - gasleft();
        uint256 nonZero = _nonZero(data);
        gasEstimateForL1 = _forL1(data);
        gasEstimate = uint64(21_000 + 16 * nonZero + 4 * (data.length - nonZero) + used) + gasEstimateForL1;
        return (gasEstimate, gasEstimateForL1, block.basefee, price);
    }

    function _forL1(bytes calldata data) private view returns (uint64) {
        return uint64(_nonZero(data) * price);
    }

    function _nonZero(bytes calldata data) private pure returns (uint256 count) {
        for (uint256 i = 0; i < data.length; i++) if (data[i] != 0) count++;
    }
}
