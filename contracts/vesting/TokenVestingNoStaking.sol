// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ITokenVestingNoStaking} from "../interfaces/ITokenVestingNoStaking.sol";

/// @title TokenVestingNoStaking
contract TokenVestingNoStaking is ITokenVestingNoStaking {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @inheritdoc ITokenVestingNoStaking
    uint256 public constant CLIFF_DENOMINATOR = 5;

    /// @inheritdoc ITokenVestingNoStaking
    uint256 public immutable cliff;

    /// @inheritdoc ITokenVestingNoStaking
    uint256 public immutable end;

    /// @inheritdoc ITokenVestingNoStaking
    bool public immutable transferableBeneficiary;

    /// One slot, since each is read with the other
    struct Token {
        uint248 released;
        bool revoked;
    }

    address private _beneficiary;

    // in one slot with the revoker, who is read by the only function that sets it
    address private _revoker;
    /// @inheritdoc ITokenVestingNoStaking
    bool public revoked;

    mapping(address token => Token) private _tokens;

    constructor(address beneficiary_, address revoker_, uint256 cliff_, uint256 end_, bool transferableBeneficiary_) {
        if (beneficiary_ == address(0)) revert ZeroAddress();
        if (cliff_ < block.timestamp || cliff_ > end_ || end_ == block.timestamp) revert InvalidSchedule(cliff_, end_);

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
        Token memory known = _tokens[token];
        uint256 amount = _releasable(token, known);
        if (amount == 0) revert NothingToRelease(token);

        _tokens[token].released = (known.released + amount).toUint248();

        emit TokensReleased(token, amount);

        IERC20(token).safeTransfer(_beneficiary, amount);
    }

    /// @inheritdoc ITokenVestingNoStaking
    function revoke(address token) external {
        address revoker = _onlyRevoker();
        if (block.timestamp > end) revert VestingEnded(end, block.timestamp);
        Token memory known = _tokens[token];
        if (known.revoked) revert AlreadyRevoked(token);

        // what stays here is vested, and whatever comes in later too
        uint256 refund = IERC20(token).balanceOf(address(this)) - _releasable(token, known);
        revoked = true;
        _tokens[token].revoked = true;

        emit TokenVestingRevoked(token, refund);

        IERC20(token).safeTransfer(revoker, refund);
    }

    /// @inheritdoc ITokenVestingNoStaking
    function releasable(address token) public view returns (uint256) {
        return _releasable(token, _tokens[token]);
    }

    function _releasable(address token, Token memory known) private view returns (uint256) {
        uint256 balance = IERC20(token).balanceOf(address(this));
        if (known.revoked || block.timestamp >= end) return balance;
        // a token that takes balances away may leave less than was paid
        return Math.saturatingSub(_vested(balance + known.released), known.released);
    }

    /// @inheritdoc ITokenVestingNoStaking
    function released(address) external view returns (uint256) {
        // the argument has no name in the deployed ABI
        address token = abi.decode(msg.data[4:], (address));
        return _tokens[token].released;
    }

    /// @inheritdoc ITokenVestingNoStaking
    function isRevoked(address token) external view returns (bool) {
        return _tokens[token].revoked;
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

    function _onlyRevoker() private view returns (address revoker) {
        revoker = _revoker;
        if (msg.sender != revoker) revert OnlyRevoker(msg.sender, revoker);
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
