// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable2StepUpgradeable} from "@openzeppelin/contracts-upgradeable/access/Ownable2StepUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {ServiceNodeContribution} from "./ServiceNodeContribution.sol";
import {ContributionClone} from "./contribution/ContributionClone.sol";
import {IServiceNodeContributionFactory} from "./interfaces/IServiceNodeContributionFactory.sol";
import {IServiceNodeRewards} from "./interfaces/IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "./interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "./libraries/BN254.sol";

/// @title ServiceNodeContributionFactory
contract ServiceNodeContributionFactory is
    IServiceNodeContributionFactory,
    Ownable2StepUpgradeable,
    PausableUpgradeable
{
    using SafeCast for uint256;

    uint256 public constant VERSION = 2;

    /// An immutable, not a slot: a live proxy that is upgraded to this implementation needs no migration and its storage layout
    /// stays what it was.
    /// @inheritdoc IServiceNodeContributionFactory
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    address public immutable contributionImplementation;

    /// @inheritdoc IServiceNodeContributionFactory
    IServiceNodeRewards public stakingRewardsContract;

    mapping(address => bool) public deployedContracts;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        contributionImplementation = address(new ServiceNodeContribution());
        _disableInitializers();
    }

    function initialize(address _stakingRewardsContract) external initializer {
        if (_stakingRewardsContract == address(0)) revert IServiceNodeRewardsState.NullAddress();

        __Ownable_init(msg.sender);
        __Pausable_init();
        stakingRewardsContract = IServiceNodeRewards(_stakingRewardsContract);
    }

    /// @inheritdoc IServiceNodeContributionFactory
    function deploy(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool manualFinalize
    ) external whenNotPaused returns (address result) {
        IServiceNodeRewards rewards = stakingRewardsContract;
        // see ServiceNodeContribution.Birth
        bytes memory birth = abi.encodePacked(
            rewards,
            rewards.designatedToken(),
            msg.sender,
            rewards.stakingRequirement().toUint96(),
            rewards.maxContributors().toUint8()
        );

        result = ContributionClone.create(contributionImplementation, birth);
        deployedContracts[result] = true;
        ServiceNodeContribution(result).initialize(key, sig, params, reserved, manualFinalize);

        emit NewServiceNodeContributionContract(result, params.serviceNodePubkey, msg.sender);
    }

    /// @inheritdoc IServiceNodeContributionFactory
    function owns(address contractAddress) external view returns (bool) {
        return deployedContracts[contractAddress];
    }

    /// @inheritdoc IServiceNodeContributionFactory
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc IServiceNodeContributionFactory
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Refused: without an owner nobody could unpause.
    function renounceOwnership() public virtual override(OwnableUpgradeable) onlyOwner {
        revert OwnableInvalidOwner(address(0));
    }
}
