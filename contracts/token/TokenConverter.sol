// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITokenConverter} from "../interfaces/ITokenConverter.sol";

/// @title TokenConverter
contract TokenConverter is ITokenConverter, Ownable2Step, Pausable, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @inheritdoc ITokenConverter
    IERC20 public immutable tokenA;

    /// @inheritdoc ITokenConverter
    IERC20 public immutable tokenB;

    /// @inheritdoc ITokenConverter
    uint256 public conversionRateNumerator;

    /// @inheritdoc ITokenConverter
    uint256 public conversionRateDenominator;

    constructor(
        address _tokenA,
        address _tokenB,
        uint256 _initialNumerator,
        uint256 _initialDenominator
    ) Ownable(msg.sender) {
        if (_tokenA == address(0) || _tokenB == address(0)) revert ZeroAddress();

        tokenA = IERC20(_tokenA);
        tokenB = IERC20(_tokenB);
        _updateConversionRate(_initialNumerator, _initialDenominator);
    }

    // ------------------------------------------------------------------------------------------------------ conversion

    /// @inheritdoc ITokenConverter
    function convertTokens(uint256 _amountA) external {
        _convert(_amountA, 0);
    }

    /// @inheritdoc ITokenConverter
    function convertTokens(uint256 _amountA, uint256 _minAmountB) external {
        _convert(_amountA, _minAmountB);
    }

    /// @inheritdoc ITokenConverter
    function quote(uint256 _amountA) public view returns (uint256) {
        return Math.mulDiv(_amountA, conversionRateNumerator, conversionRateDenominator);
    }

    function _convert(uint256 amountA, uint256 minAmountB) private whenNotPaused nonReentrant {
        if (amountA == 0) revert ZeroAmount();
        uint256 amountB = quote(amountA);
        if (amountB == 0) revert ZeroOutput(amountA);
        if (amountB < minAmountB) revert SlippageExceeded(amountB, minAmountB);
        _requireStock(amountB);

        emit Conversion(msg.sender, amountA, amountB);

        tokenA.safeTransferFrom(msg.sender, address(this), amountA);
        tokenB.safeTransfer(msg.sender, amountB);
    }

    function _requireStock(uint256 amountB) private view {
        uint256 stock = tokenB.balanceOf(address(this));
        if (stock < amountB) revert InsufficientStock(stock, amountB);
    }

    // ------------------------------------------------------------------------------------------------------- the owner

    /// @inheritdoc ITokenConverter
    function depositTokenB(uint256 _amount) external onlyOwner {
        if (_amount == 0) revert ZeroAmount();

        emit TokenBDeposited(_amount);

        tokenB.safeTransferFrom(msg.sender, address(this), _amount);
    }

    /// @inheritdoc ITokenConverter
    function withdrawTokenB(uint256 _amount) external onlyOwner {
        if (_amount == 0) revert ZeroAmount();
        _requireStock(_amount);

        emit TokenBWithdrawn(_amount);

        tokenB.safeTransfer(msg.sender, _amount);
    }

    /// @inheritdoc ITokenConverter
    function updateConversionRate(uint256 _newNumerator, uint256 _newDenominator) external onlyOwner {
        _updateConversionRate(_newNumerator, _newDenominator);
    }

    function _updateConversionRate(uint256 numerator, uint256 denominator) private {
        if (numerator == 0 || denominator == 0) revert ZeroRate();

        conversionRateNumerator = numerator;
        conversionRateDenominator = denominator;

        emit RateUpdated(numerator, denominator);
    }

    /// @inheritdoc ITokenConverter
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc ITokenConverter
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Refused: the stock would be stranded.
    function renounceOwnership() public virtual override onlyOwner {
        revert OwnableInvalidOwner(address(0));
    }
}
