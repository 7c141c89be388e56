// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable2StepUpgradeable} from "@openzeppelin/contracts-upgradeable/access/Ownable2StepUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IRewardRatePool} from "./interfaces/IRewardRatePool.sol";

/// @title The pool that drips SESH to the rewards contract
contract RewardRatePool is IRewardRatePool, Ownable2StepUpgradeable {
    using SafeERC20 for IERC20;

    uint256 public constant VERSION = 2;
    /// @notice 15.1 % a year.
    uint64 public constant ANNUAL_SIMPLE_PAYOUT_RATE = 151;
    uint64 public constant BASIS_POINTS = 1000;
    /// @dev The length of a round of the network.
    uint256 internal constant REWARD_INTERVAL = 2 minutes;

    // ---------------------------------------------------------------------------- storage, in the order of the deployed one

    /* slot 0 */
    /// @inheritdoc IRewardRatePool
    IERC20 public SESH;
    /* slot 1 */
    /// @inheritdoc IRewardRatePool
    address public beneficiary;
    /* slot 2 */
    /// @inheritdoc IRewardRatePool
    uint256 public totalPaidOut;
    /* slot 3 */
    /// @inheritdoc IRewardRatePool
    uint256 public lastPaidOutTime;

    // ----------------------------------------------------------------------------------------------------- initialisation

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the pool up; the caller becomes its owner, the accrual starts now.
    function initialize(address _beneficiary, address _sesh) external initializer {
        require(_beneficiary != address(0) && _sesh != address(0), NullAddress());
        __Ownable_init(msg.sender);

        SESH = IERC20(_sesh);
        beneficiary = _beneficiary;
        lastPaidOutTime = block.timestamp;
    }

    // -------------------------------------------------------------------------------------------------------------- payout

    /// @inheritdoc IRewardRatePool
    function payoutReleased() public {
        uint256 newTotalPaidOut = calculateReleasedAmount();
        uint256 released = newTotalPaidOut - totalPaidOut;

        totalPaidOut = newTotalPaidOut;
        lastPaidOutTime = block.timestamp;

        emit FundsReleased(released);

        SESH.safeTransfer(beneficiary, released);
    }

    /// @inheritdoc IRewardRatePool
    function setBeneficiary(address newBeneficiary) external onlyOwner {
        require(newBeneficiary != address(0), NullAddress());
        // an older version could be left without a beneficiary: nobody is owed the accrual then
        if (beneficiary != address(0)) payoutReleased();

        beneficiary = newBeneficiary;

        emit BeneficiaryUpdated(newBeneficiary);
    }

    /// @notice Refused: without an owner nobody could name another beneficiary.
    function renounceOwnership() public virtual override(OwnableUpgradeable) onlyOwner {
        revert OwnableInvalidOwner(address(0));
    }

    // --------------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IRewardRatePool
    function rewardRate() external view returns (uint256) {
        return calculatePayoutAmount(calculateTotalDeposited() - calculateReleasedAmount(), REWARD_INTERVAL);
    }

    /// @inheritdoc IRewardRatePool
    function calculateReleasedAmount() public view returns (uint256) {
        uint256 balance = SESH.balanceOf(address(this));
        uint256 accrued = calculatePayoutAmount(balance, block.timestamp - lastPaidOutTime);
        return totalPaidOut + Math.min(accrued, balance);
    }

    /// @inheritdoc IRewardRatePool
    function calculateTotalDeposited() public view returns (uint256) {
        return SESH.balanceOf(address(this)) + totalPaidOut;
    }

    /// @inheritdoc IRewardRatePool
    function calculatePayoutAmount(uint256 balance, uint256 timeElapsed) public pure returns (uint256) {
        return (balance * ANNUAL_SIMPLE_PAYOUT_RATE * timeElapsed) / (uint256(BASIS_POINTS) * 365 days);
    }
}
