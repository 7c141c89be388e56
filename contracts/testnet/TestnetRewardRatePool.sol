// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {RewardRatePool} from "../RewardRatePool.sol";

/// @title RewardRatePool of test networks: the owner sets the clock and takes the tokens back
contract TestnetRewardRatePool is RewardRatePool {
    using SafeERC20 for IERC20;

    event SESHWithdrawn(uint256 amount);

    /// @notice Sets the time from which the next payout counts; only the owner. Until a time ahead of now, there is none.
    function setLastPaidOutTime(uint256 _lastPaidOutTime) external onlyOwner {
        lastPaidOutTime = _lastPaidOutTime;
    }

    /// @notice Sends SESH of the pool to the owner; only the owner.
    function withdrawSESH(uint256 amount) external onlyOwner {
        emit SESHWithdrawn(amount);

        SESH.safeTransfer(msg.sender, amount);
    }
}
