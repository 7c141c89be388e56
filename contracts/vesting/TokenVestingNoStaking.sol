// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITokenVestingNoStaking} from "../interfaces/ITokenVestingNoStaking.sol";

/// @title TokenVestingNoStaking
contract TokenVestingNoStaking is ITokenVestingNoStaking {
    using SafeERC20 for IERC20;

    /// @inheritdoc ITokenVestingNoStaking
    uint256 public constant CLIFF_DENOMINATOR = 5;

    /// @inheritdoc ITokenVestingNoStaking
    uint256 public immutable cliff;

    /// @inheritdoc ITokenVestingNoStaking
    uint256 public immutable end;

    /// @inheritdoc ITokenVestingNoStaking
    bool public immutable transferableBeneficiary;

    /// @inheritdoc ITokenVestingNoStaking
    bool public revoked;

    address private _beneficiary;
    address private _revoker;

    /// @inheritdoc ITokenVestingNoStaking
    mapping(address => uint256) public released;

    /// @inheritdoc ITokenVestingNoStaking
    mapping(address token => bool) public isRevoked;

    /// What was vested when the token was revoked, released part included
    mapping(address token => uint256) private _frozen;

    constructor(address beneficiary_, address revoker_, uint256 cliff_, uint256 end_, bool transferableBeneficiary_) {
        if (beneficiary_ == address(0)) revert ZeroAddress();
        if (cliff_ > end_ || end_ <= block.timestamp) revert InvalidSchedule(cliff_, end_);

        _beneficiary = beneficiary_;
        _revoker = revoker_;
        cliff = cliff_;
        end = end_;
        transferableBeneficiary = transferableBeneficiary_;
    }

    // --------------------------------------------------------------------------------------------- release, revocation

    /// @inheritdoc ITokenVestingNoStaking
    function release(address token) external {
        _onlyBeneficiary();
        uint256 amount = releasable(token);
        if (amount == 0) revert NothingToRelease(token);

        released[token] += amount;

        emit TokensReleased(token, amount);

        IERC20(token).safeTransfer(_beneficiary, amount);
    }

    /// @inheritdoc ITokenVestingNoStaking
    function revoke(address token) external {
        _onlyRevoker();
        if (block.timestamp >= end) revert VestingEnded(end, block.timestamp);

        uint256 vested = releasable(token);
        uint256 refund = IERC20(token).balanceOf(address(this)) - vested;
        if (isRevoked[token] && refund == 0) revert AlreadyRevoked(token);

        revoked = true;
        isRevoked[token] = true;
        _frozen[token] = released[token] + vested;

        emit TokenVestingRevoked(token, refund);

        IERC20(token).safeTransfer(_revoker, refund);
    }

    /// @inheritdoc ITokenVestingNoStaking
    function releasable(address token) public view returns (uint256) {
        uint256 balance = IERC20(token).balanceOf(address(this));
        if (block.timestamp >= end) return balance;

        uint256 paid = released[token];
        uint256 vested = isRevoked[token] ? _frozen[token] : _vested(balance + paid);
        // a token that takes balances away may leave less than was paid
        return Math.saturatingSub(vested, paid);
    }

    /// The schedule of `total`, before `end`.
    function _vested(uint256 total) private view returns (uint256) {
        if (block.timestamp < cliff) return 0;

        uint256 atCliff = total / CLIFF_DENOMINATOR;
        return atCliff + Math.mulDiv(total - atCliff, block.timestamp - cliff, end - cliff);
    }

    // --------------------------------------------------------------------------------------------------------- parties

    function _onlyBeneficiary() private view {
        if (msg.sender != _beneficiary) revert OnlyBeneficiary(msg.sender, _beneficiary);
    }

    function _onlyRevoker() private view {
        if (msg.sender != _revoker) revert OnlyRevoker(msg.sender, _revoker);
    }

    /// @inheritdoc ITokenVestingNoStaking
    function transferBeneficiary(address beneficiary_) external {
        _onlyBeneficiary();
        if (!transferableBeneficiary) revert BeneficiaryNotTransferable();
        if (beneficiary_ == address(0)) revert ZeroAddress();

        emit BeneficiaryTransferred(_beneficiary, beneficiary_);
        _beneficiary = beneficiary_;
    }

    /// @inheritdoc ITokenVestingNoStaking
    function transferRevoker(address revoker_) external {
        _onlyRevoker();
        if (revoker_ == address(0)) revert ZeroAddress();

        emit RevokerTransferred(_revoker, revoker_);
        _revoker = revoker_;
    }

    /// @inheritdoc ITokenVestingNoStaking
    function getBeneficiary() external view returns (address) {
        return _beneficiary;
    }

    /// @inheritdoc ITokenVestingNoStaking
    function getRevoker() external view returns (address) {
        return _revoker;
    }
}
