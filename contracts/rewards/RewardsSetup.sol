// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable2StepUpgradeable} from "@openzeppelin/contracts-upgradeable/access/Ownable2StepUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {BN254} from "../libraries/BN254.sol";
import {Messages} from "../libraries/Messages.sol";
import {NodeList} from "../libraries/NodeList.sol";
import {NodeRegistry} from "./NodeRegistry.sol";

/// @title What ServiceNodeRewards does before its start, and once in years: initialisation, seeding, rederivation
/// @notice The implementation of ServiceNodeRewards makes one in its constructor and runs it by delegatecall, in its own storage, for the
/// sake of the limit on a contract's size (EIP-170). It has no address that anybody could set, and calls nothing. What the functions
/// do is said in IServiceNodeRewards.
contract RewardsSetup is NodeRegistry, PausableUpgradeable, Ownable2StepUpgradeable {
    using BN254 for BN254.G1Point;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice See ServiceNodeRewards.
    function initialize(
        address token_,
        address foundationPool_,
        uint256 stakingRequirement_,
        uint256 maxContributors_,
        uint256 liquidatorRewardRatio_,
        uint256 poolShareOfLiquidationRatio_,
        uint256 recipientRatio_
    ) external initializer {
        __Ownable_init(msg.sender);
        __Pausable_init();

        require(token_ != address(0) && foundationPool_ != address(0), NullAddress());
        require(stakingRequirement_ != 0, PositiveNumberRequirement());
        _checkLiquidationRatios(liquidatorRewardRatio_, poolShareOfLiquidationRatio_, recipientRatio_);

        designatedToken = IERC20(token_);
        foundationPool = IERC20(foundationPool_);
        nextServiceNodeID = 1;
        stakingRequirement = stakingRequirement_;
        maxContributors = maxContributors_;
        liquidatorRewardRatio = liquidatorRewardRatio_;
        poolShareOfLiquidationRatio = poolShareOfLiquidationRatio_;
        recipientRatio = recipientRatio_;
        blsNonSignerThresholdMax = 4000;
        signatureExpiry = 10 minutes;
        claimThreshold = 1_000_000e9;
        claimCycle = 12 hours;
        proofOfPossessionTag = Messages.tag(Messages.PROOF_OF_POSSESSION);
        rewardTag = Messages.tag(Messages.REWARD);
        exitTag = Messages.tag(Messages.EXIT);
        liquidateTag = Messages.tag(Messages.LIQUIDATE);
        hashToG2Tag = Messages.tag(Messages.HASH_TO_G2);
    }

    /// @notice See IServiceNodeRewards.
    function seedPublicKeyList(SeedServiceNode[] calldata nodes) external onlyOwner {
        require(!isStarted, ContractAlreadyStarted());

        uint256 requirement = stakingRequirement;
        for (uint256 i = 0; i < nodes.length; i++) {
            SeedServiceNode calldata seed = nodes[i];
            Contributor[] memory contributors = seed.contributors;
            require(contributors.length != 0, InsufficientContributors());
            require(contributors.length <= maxContributors, MaxContributorsExceeded());

            BN254.G1Point memory blsPubkey = seed.blsPubkey;
            uint256 ed25519Pubkey = seed.ed25519Pubkey;
            require(!blsPubkey.isInfinity(), NullBLSPubkey());
            require(ed25519Pubkey != 0, NullEd25519Pubkey());
            bytes memory blsKey = _blsKey(blsPubkey);
            _checkBLSKeyIsNew(blsKey);
            _checkEd25519KeyIsNew(ed25519Pubkey);
            blsPubkey.validate();
            _checkStakers(contributors);
            _checkTotal(contributors, requirement);

            uint64 id = _insertNode(blsPubkey, blsKey, ed25519Pubkey, seed.addedTimestamp, requirement, contributors);
            emit NewSeededServiceNode(id, blsPubkey, ed25519Pubkey);
        }
        _updateNonSignerThreshold();
    }

    /// @notice See IServiceNodeRewards.
    function rederiveTotalNodesAndAggregatePubkey() external {
        BN254.G1Point memory key;
        BN254.G1Point memory nodeKey;
        uint256 total = 0;
        uint64 id = _serviceNodes[NodeList.SENTINEL].next;
        while (id != NodeList.SENTINEL) {
            ServiceNode storage node = _serviceNodes[id];
            // a key of an older version that is not reduced counts as the point that it stands for, as when its node leaves
            nodeKey.X = node.blsPubkey.X % BN254.P;
            nodeKey.Y = node.blsPubkey.Y % BN254.P;
            key = key.add(nodeKey);
            total++;
            id = node.next;
        }

        totalNodes = total;
        _aggregatePubkey = key;
        _updateNonSignerThreshold();
    }
}
