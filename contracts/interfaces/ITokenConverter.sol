// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Old token in, new token out
///
/// @notice `amountB = amountA * numerator / denominator`, rounded down, from a stock that the owner deposits. What comes in stays:
/// conversion is one way, and nobody can bring the old token back into circulation.
interface ITokenConverter {
    event Conversion(address indexed user, uint256 amountA, uint256 amountB);
    event RateUpdated(uint256 numerator, uint256 denominator);
    event TokenBDeposited(uint256 amount);
    event TokenBWithdrawn(uint256 amount);

    error InsufficientStock(uint256 available, uint256 required);

    /// @notice The rate pays less than the caller asked for.
    error SlippageExceeded(uint256 amountB, uint256 minAmountB);
    error ZeroAddress();
    error ZeroAmount();

    /// @notice The rate rounds the payment down to nothing.
    error ZeroOutput(uint256 amountA);
    error ZeroRate();

    /// @notice Converts by allowance at whatever the rate is. The owner may change it in front of this call: tools use the overload
    /// with a minimum.
    /// @param _amountA Atomic units of token A
    function convertTokens(uint256 _amountA) external;

    /// @notice As above, reverting with `SlippageExceeded` below `_minAmountB`.
    function convertTokens(uint256 _amountA, uint256 _minAmountB) external;

    /// @notice What `convertTokens` pays for `_amountA` at the present rate.
    function quote(uint256 _amountA) external view returns (uint256);

    /// @notice Owner, by allowance.
    function depositTokenB(uint256 _amount) external;

    /// @notice Owner.
    function withdrawTokenB(uint256 _amount) external;

    /// @notice Owner; neither may be zero.
    function updateConversionRate(uint256 _newNumerator, uint256 _newDenominator) external;

    /// @notice Owner: stops conversion.
    function pause() external;
    function unpause() external;

    function tokenA() external view returns (IERC20);
    function tokenB() external view returns (IERC20);
    function conversionRateNumerator() external view returns (uint256);
    function conversionRateDenominator() external view returns (uint256);
}
