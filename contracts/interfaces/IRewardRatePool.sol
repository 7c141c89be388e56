// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title The pool that drips SESH to the rewards contract
/// @notice It pays at 15.1 % a year of what it holds, simple between two payouts. Amounts are atomic SESH, times seconds.
interface IRewardRatePool {
    event FundsReleased(uint256 amount);
    event BeneficiaryUpdated(address newBeneficiary);

    error NullAddress();

    /// @notice Sends what has accrued since the last payout to the beneficiary; anybody.
    function payoutReleased() external;

    /// @notice Names another beneficiary; only the owner. What has accrued until now still goes to the old one.
    function setBeneficiary(address newBeneficiary) external;

    // solhint-disable-next-line func-name-mixedcase
    function SESH() external view returns (IERC20);
    function beneficiary() external view returns (address);
    function totalPaidOut() external view returns (uint256);
    function lastPaidOutTime() external view returns (uint256);

    /// @notice The payout of the next two minutes: the reward of one round of the network.
    function rewardRate() external view returns (uint256);

    /// @notice All that was ever released, with what has accrued until now.
    function calculateReleasedAmount() external view returns (uint256);

    /// @notice All that ever came in: the balance and what was paid out.
    function calculateTotalDeposited() external view returns (uint256);

    /// @notice balance * 151 * timeElapsed / (1000 * 365 days), rounded down. After 6.6 years it exceeds the balance; a payout never does.
    function calculatePayoutAmount(uint256 balance, uint256 timeElapsed) external pure returns (uint256);
}
