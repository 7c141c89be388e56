// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IServiceNodeContribution} from "../interfaces/IServiceNodeContribution.sol";
import {IServiceNodeContributionFactory} from "../interfaces/IServiceNodeContributionFactory.sol";
import {IServiceNodeRewards} from "../interfaces/IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../interfaces/IServiceNodeRewardsState.sol";
import {ITokenVestingStaking} from "../interfaces/ITokenVestingStaking.sol";
import {BN254} from "../libraries/BN254.sol";

/// @title TokenVestingStaking
/// @notice Locked tokens leave only to the rewards contract and to contributions that the factory made, each of which pays back to
/// this contract and to nobody else. All other outside calls are to the same two kinds.
contract TokenVestingStaking is ITokenVestingStaking {
    using SafeERC20 for IERC20;

    /// @inheritdoc ITokenVestingStaking
    IERC20 public immutable SESH;

    /// @inheritdoc ITokenVestingStaking
    IServiceNodeRewards public immutable rewardsContract;

    /// @inheritdoc ITokenVestingStaking
    IServiceNodeContributionFactory public immutable snContribFactory;

    /// @inheritdoc ITokenVestingStaking
    uint256 public immutable start;

    /// @inheritdoc ITokenVestingStaking
    uint256 public immutable end;

    /// @inheritdoc ITokenVestingStaking
    bool public immutable transferableBeneficiary;

    /// @inheritdoc ITokenVestingStaking
    bool public revoked;

    /// @inheritdoc ITokenVestingStaking
    address public beneficiary;

    /// @inheritdoc ITokenVestingStaking
    address public revoker;

    constructor(
        address beneficiary_,
        address revoker_,
        uint256 start_,
        uint256 end_,
        bool transferableBeneficiary_,
        address rewardsContract_,
        address snContribFactory_,
        address sesh_
    ) {
        // a zero revoker is a promise not to revoke; the others are needed
        if (beneficiary_ == address(0) || rewardsContract_ == address(0)) revert ZeroAddress();
        if (snContribFactory_ == address(0) || sesh_ == address(0)) revert ZeroAddress();
        if (start_ < block.timestamp || start_ > end_ || end_ == block.timestamp) revert InvalidSchedule(start_, end_);

        beneficiary = beneficiary_;
        revoker = revoker_;
        start = start_;
        end = end_;
        transferableBeneficiary = transferableBeneficiary_;
        rewardsContract = IServiceNodeRewards(rewardsContract_);
        snContribFactory = IServiceNodeContributionFactory(snContribFactory_);
        SESH = IERC20(sesh_);
    }

    // ------------------------------------------------------------------------------------------------------ conditions

    /// The beneficiary or, once revoked, the revoker. Not before `start`.
    modifier onlyHolder() {
        address holder = _holder();
        if (msg.sender != holder) revert OnlyHolder(msg.sender, holder);
        if (block.timestamp < start) revert VestingNotStarted(start, block.timestamp);
        _;
    }

    modifier onlyOwned(address contribution) {
        if (!snContribFactory.owns(contribution)) revert UnknownContribution(contribution);
        _;
    }

    /// Rewards for nobody named would come back here and be locked.
    modifier notZero(address account) {
        if (account == address(0)) revert ZeroAddress();
        _;
    }

    function _holder() private view returns (address) {
        return revoked ? revoker : beneficiary;
    }

    // ------------------------------------------------------------------------------------------------------ staking in

    /// @inheritdoc ITokenVestingStaking
    function addBLSPublicKey(
        BN254.G1Point calldata blsPubkey,
        IServiceNodeRewardsState.BLSSignatureParams calldata blsSignature,
        IServiceNodeRewardsState.ServiceNodeParams calldata serviceNodeParams,
        address snBeneficiary
    ) external onlyHolder notZero(snBeneficiary) {
        uint256 stake = rewardsContract.stakingRequirement();
        IServiceNodeRewardsState.Contributor[] memory contributors = new IServiceNodeRewardsState.Contributor[](1);
        contributors[0].staker = IServiceNodeRewardsState.Staker(address(this), snBeneficiary);
        contributors[0].stakedAmount = stake;

        SESH.forceApprove(address(rewardsContract), stake);
        rewardsContract.addBLSPublicKey(blsPubkey, blsSignature, serviceNodeParams, contributors);
    }

    /// @inheritdoc ITokenVestingStaking
    function contributeFunds(
        address snContribAddr,
        uint256 amount,
        address snContribBeneficiary
    ) external onlyHolder onlyOwned(snContribAddr) notZero(snContribBeneficiary) {
        SESH.forceApprove(snContribAddr, amount);
        IServiceNodeContribution(snContribAddr).contributeFunds(amount, snContribBeneficiary);
    }

    /// @inheritdoc ITokenVestingStaking
    function contributeFunds(
        address snContribAddr,
        uint256 amount,
        address snContribBeneficiary,
        bytes32 expectedParamsHash
    ) external onlyHolder onlyOwned(snContribAddr) notZero(snContribBeneficiary) {
        SESH.forceApprove(snContribAddr, amount);
        IServiceNodeContribution(snContribAddr).contributeFunds(amount, snContribBeneficiary, expectedParamsHash);
    }

    // ----------------------------------------------------------------------------------------------------- staking out

    /// @inheritdoc ITokenVestingStaking
    function withdrawContribution(address snContribAddr) external onlyHolder onlyOwned(snContribAddr) {
        IServiceNodeContribution(snContribAddr).withdrawContribution();
    }

    /// @inheritdoc ITokenVestingStaking
    function updateBeneficiary(
        address snContribAddr,
        address snContribBeneficiary
    ) external onlyHolder onlyOwned(snContribAddr) notZero(snContribBeneficiary) {
        IServiceNodeContribution(snContribAddr).updateBeneficiary(snContribBeneficiary);
    }

    /// @inheritdoc ITokenVestingStaking
    function initiateExitBLSPublicKey(uint64 serviceNodeID) external onlyHolder {
        rewardsContract.initiateExitBLSPublicKey(serviceNodeID);
    }

    /// @inheritdoc ITokenVestingStaking
    function claimRewards() external onlyHolder {
        rewardsContract.claimRewards();
    }

    /// @inheritdoc ITokenVestingStaking
    function claimRewards(uint256 amount) external onlyHolder {
        rewardsContract.claimRewards(amount);
    }

    // --------------------------------------------------------------------------------------------- release, revocation

    /// @inheritdoc ITokenVestingStaking
    function release(address token) external onlyHolder {
        if (block.timestamp < end) revert VestingNotEnded(end, block.timestamp);
        _release(token);
    }

    /// All of `token` to the caller, who is the holder. At the end.
    function _release(address token) private {
        uint256 amount = IERC20(token).balanceOf(address(this));
        if (amount == 0) revert NothingToRelease(token);

        if (revoked) emit TokensRevokedReleased(token, amount);
        else emit TokensReleased(token, amount);

        IERC20(token).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ITokenVestingStaking
    function revoke(address token) external {
        if (msg.sender != revoker) revert OnlyRevoker(msg.sender, revoker);
        bool ended = block.timestamp >= end;
        if (revoked) {
            if (ended) _release(token);
            return;
        }
        if (ended) revert VestingEnded(end, block.timestamp);

        revoked = true;

        emit TokenVestingRevoked(token);
    }

    /// @inheritdoc ITokenVestingStaking
    function transferBeneficiary(address beneficiary_) external notZero(beneficiary_) {
        if (msg.sender != beneficiary) revert OnlyBeneficiary(msg.sender, beneficiary);
        if (!transferableBeneficiary) revert BeneficiaryNotTransferable();

        emit BeneficiaryTransferred(beneficiary, beneficiary_);
        beneficiary = beneficiary_;
    }

    /// @inheritdoc ITokenVestingStaking
    function transferRevoker(address revoker_) external notZero(revoker_) {
        if (msg.sender != revoker) revert OnlyRevoker(msg.sender, revoker);

        emit RevokerTransferred(revoker, revoker_);
        revoker = revoker_;
    }
}
