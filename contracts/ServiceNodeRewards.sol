// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable2StepUpgradeable} from "@openzeppelin/contracts-upgradeable/access/Ownable2StepUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IServiceNodeRewards} from "./interfaces/IServiceNodeRewards.sol";
import {BN254} from "./libraries/BN254.sol";
import {HashToG2} from "./libraries/HashToG2.sol";
import {Messages} from "./libraries/Messages.sol";
import {NodeList} from "./libraries/NodeList.sol";
import {Registration} from "./rewards/Registration.sol";
import {Removals} from "./rewards/Removals.sol";
import {RewardsSetup} from "./rewards/RewardsSetup.sol";

/// @title The stakes and rewards of the Session nodes
/// @notice The entry points. The rules behind them: Registration, Removals; what they share: NodeRegistry, NetworkSignatures; what is
/// apart, for lack of room: RewardsSetup.
contract ServiceNodeRewards is IServiceNodeRewards, Registration, Removals, Ownable2StepUpgradeable {
    using SafeERC20 for IERC20;
    using BN254 for BN254.G1Point;

    // --------------------------------------------------------------------------------------------------------- constants

    uint256 public constant VERSION = 2;
    uint64 public constant LIST_SENTINEL = NodeList.SENTINEL;

    /// @dev An immutable, not a slot: a live proxy that is upgraded to this implementation has it at once.
    /// @custom:oz-upgrades-unsafe-allow state-variable-immutable
    RewardsSetup private immutable SETUP;

    // ---------------------------------------------------------------------------------------------------- initialisation

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        SETUP = new RewardsSetup();
        _disableInitializers();
    }

    /// @notice Sets the contract up; the caller becomes its owner.
    /// @param token_ SESH
    /// @param foundationPool_ Where the pool's share of a liquidation goes
    /// @param stakingRequirement_ The deposit of a node, atomic SESH
    /// @param maxContributors_ The most contributors of a node
    /// @param liquidatorRewardRatio_ The caller's part of a liquidated deposit, relative to the sum of the three
    /// @param poolShareOfLiquidationRatio_ The pool's part
    /// @param recipientRatio_ The stakers' part
    /// @custom:oz-upgrades-unsafe-allow missing-initializer-call
    function initialize(
        address token_,
        address foundationPool_,
        uint256 stakingRequirement_,
        uint256 maxContributors_,
        uint256 liquidatorRewardRatio_,
        uint256 poolShareOfLiquidationRatio_,
        uint256 recipientRatio_
    ) external {
        // read there, from the calldata
        (token_, foundationPool_, stakingRequirement_, maxContributors_);
        (liquidatorRewardRatio_, poolShareOfLiquidationRatio_, recipientRatio_);
        _runSetup();
    }

    /// @dev Ends the call with what the function of the same name of RewardsSetup makes of it, in this contract's storage.
    /// @custom:oz-upgrades-unsafe-allow delegatecall
    function _runSetup() private {
        address setup = address(SETUP);
        assembly ("memory-safe") {
            // the call does not come back to Solidity: everything from the free memory pointer on is free
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let success := delegatecall(gas(), setup, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(success) {
                revert(data, returndatasize())
            }
            return(data, returndatasize())
        }
    }

    // ------------------------------------------------------------------------------------------------- before the start

    /// @inheritdoc IServiceNodeRewards
    function seedPublicKeyList(SeedServiceNode[] calldata nodes) external {
        (nodes); // read there, from the calldata
        _runSetup();
    }

    /// @inheritdoc IServiceNodeRewards
    function start() external onlyOwner {
        isStarted = true;
    }

    // ------------------------------------------------------------------------------------------------------ registration

    /// @inheritdoc IServiceNodeRewards
    function addBLSPublicKey(
        BN254.G1Point calldata blsPubkey,
        BLSSignatureParams calldata blsSignature,
        ServiceNodeParams calldata serviceNodeParams,
        Contributor[] calldata contributors
    ) external {
        _requireOpen();
        _register(blsPubkey, blsSignature, serviceNodeParams, contributors);
    }

    /// @inheritdoc IServiceNodeRewards
    function addBLSPublicKeyWithPermit(
        BN254.G1Point calldata blsPubkey,
        BLSSignatureParams calldata blsSignature,
        ServiceNodeParams calldata serviceNodeParams,
        Contributor[] calldata contributors,
        Permit calldata permit
    ) external {
        _requireOpen();
        // no need to know whether it succeeds: the transfer at the end does without the permit if the allowance is there
        try
            IERC20Permit(address(designatedToken)).permit(
                msg.sender,
                address(this),
                stakingRequirement,
                permit.deadline,
                permit.v,
                permit.r,
                permit.s
            )
        {} catch {}
        _register(blsPubkey, blsSignature, serviceNodeParams, contributors);
    }

    /// @inheritdoc IServiceNodeRewards
    function validateProofOfPossession(
        BN254.G1Point calldata blsPubkey,
        BLSSignatureParams calldata blsSignature,
        address caller,
        uint256 serviceNodePubkey
    ) external virtual {
        _checkProofOfPossession(blsPubkey, blsSignature, caller, serviceNodePubkey);
    }

    // ------------------------------------------------------------------------------------------------- exit, liquidation

    /// @inheritdoc IServiceNodeRewards
    function initiateExitBLSPublicKey(uint64 serviceNodeID) external {
        _requireOpen();

        ServiceNode storage node = _serviceNodes[serviceNodeID];
        uint256 stake = _stakeOf(node, msg.sender);
        require(stake != 0, CallerNotContributor(serviceNodeID, msg.sender));
        bool mayStart =
            stake * SMALL_CONTRIBUTOR_DIVISOR >= node.deposit ||
                block.timestamp >= node.addedTimestamp + SMALL_CONTRIBUTOR_LEAVE_DELAY;
        _requestExit(serviceNodeID, msg.sender, mayStart);
    }

    /// @inheritdoc IServiceNodeRewards
    function exitBLSPublicKeyWithSignature(
        BN254.G1Point calldata blsPubkey,
        uint256 timestamp,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external {
        uint64 id = _checkRemoval(Messages.EXIT, blsPubkey, timestamp, blsSignature, ids);

        _exitNode(id);
    }

    /// @inheritdoc IServiceNodeRewards
    function exitBLSPublicKeyAfterWaitTime(uint64 serviceNodeID) external {
        _requireOpen();

        uint256 requested = _serviceNodes[serviceNodeID].leaveRequestTimestamp;
        require(requested != 0, LeaveRequestNotInitiatedYet(serviceNodeID));
        _checkLeaveTime(serviceNodeID, requested + MAX_SERVICE_NODE_EXIT_WAIT_TIME);

        _exitNode(serviceNodeID);
    }

    /// @inheritdoc IServiceNodeRewards
    function liquidateBLSPublicKeyWithSignature(
        BN254.G1Point calldata blsPubkey,
        uint256 timestamp,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external {
        uint64 id = _checkRemoval(Messages.LIQUIDATE, blsPubkey, timestamp, blsSignature, ids);

        (uint256 liquidatorAmount, uint256 poolAmount) = _liquidateNode(id);
        _payLiquidation(liquidatorAmount, poolAmount);
    }

    /// @inheritdoc IServiceNodeRewards
    function exitBLSPublicKeysWithSignature(
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external {
        uint64[] memory leaving = _checkRemovals(Messages.EXIT, removals, blsSignature, ids, roots);

        for (uint256 i = 0; i < leaving.length && leaving[i] != 0; i++) _exitNode(leaving[i]);
    }

    /// @inheritdoc IServiceNodeRewards
    function liquidateBLSPublicKeysWithSignature(
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external {
        uint64[] memory leaving = _checkRemovals(Messages.LIQUIDATE, removals, blsSignature, ids, roots);

        uint256 liquidatorTotal = 0;
        uint256 poolTotal = 0;
        for (uint256 i = 0; i < leaving.length && leaving[i] != 0; i++) {
            (uint256 liquidatorAmount, uint256 poolAmount) = _liquidateNode(leaving[i]);
            liquidatorTotal += liquidatorAmount;
            poolTotal += poolAmount;
        }
        _payLiquidation(liquidatorTotal, poolTotal);
    }

    // ----------------------------------------------------------------------------------------------------------- rewards

    /// @inheritdoc IServiceNodeRewards
    function updateRewardsBalance(
        address recipientAddress,
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external {
        _requireOpen();
        _updateRewards(recipientAddress, recipientRewards, blsSignature, ids);
    }

    /// @inheritdoc IServiceNodeRewards
    function updateRewardsBalances(
        RecipientRewards[] calldata entries,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external {
        _requireOpen();
        _checkSigners(ids.length);
        require(entries.length != 0, EmptyBatch());
        // e(P1, sum of sk * H_i) == e(signersKey, sum of H_i)
        _checkNetworkSignature(_raiseAndHash(entries, roots), blsSignature, ids);
    }

    /// @dev Raises the balances before the one signature of all of them is checked: if it does not hold, none of it happened. An entry
    /// that raises nothing may have been sent alone before, by anybody: it counts for the signature.
    /// @return The sum of the hashes of all entries
    function _raiseAndHash(
        RecipientRewards[] calldata entries,
        uint256[] calldata roots
    ) internal returns (BN254.G2Point memory) {
        bytes memory message = Messages.reward(Messages.tag(Messages.REWARD), address(0), 0);
        bytes32 dst = Messages.tag(Messages.HASH_TO_G2);
        HashToG2.Sum memory sum;
        uint256 next = 0;
        address last = address(0);
        bool raised = false;
        for (uint256 i = 0; i < entries.length; i++) {
            address recipientAddress = entries[i].recipient;
            uint256 newRewards = entries[i].rewards;
            require(recipientAddress > last, RecipientNotAscending(i, recipientAddress));
            last = recipientAddress;
            if (_raise(recipientAddress, newRewards)) raised = true;
            Messages.setReward(message, recipientAddress, newRewards);
            next = HashToG2.accumulate(sum, message, dst, roots, next);
        }
        require(raised, RecipientRewardsTooLow());
        return HashToG2.finish(sum);
    }

    /// @return raised False if as much is known already
    function _raise(address recipientAddress, uint256 newRewards) internal returns (bool raised) {
        Recipient storage recipient = recipients[recipientAddress];
        uint256 previous = recipient.rewards;
        raised = newRewards > previous;
        if (raised) {
            recipient.rewards = newRewards;

            emit RewardsBalanceUpdated(recipientAddress, newRewards, previous);
        }
    }

    /// @inheritdoc IServiceNodeRewards
    function updateRewardsBalanceAndClaim(
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external {
        _requireOpen();
        Recipient storage recipient = recipients[msg.sender];
        // whoever was first with the same signature, or with a later one, must not hinder the claim
        if (recipient.rewards < recipientRewards) _updateRewards(msg.sender, recipientRewards, blsSignature, ids);
        (uint256 claimed, uint256 left) = _left(recipient);
        _claim(designatedToken, recipient, claimed, left);
    }

    /// @inheritdoc IServiceNodeRewards
    function claimRewards() external {
        IERC20 token = _openToken();
        Recipient storage recipient = recipients[msg.sender];
        (uint256 claimed, uint256 left) = _left(recipient);
        _claim(token, recipient, claimed, left);
    }

    /// @inheritdoc IServiceNodeRewards
    function claimRewards(uint256 amount) external {
        IERC20 token = _openToken();
        Recipient storage recipient = recipients[msg.sender];
        (uint256 claimed, uint256 left) = _left(recipient);
        require(amount <= left, MaxClaimExceeded());
        _claim(token, recipient, claimed, amount);
    }

    function _updateRewards(
        address recipientAddress,
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal {
        _checkSigners(ids.length);
        require(recipientAddress != address(0), NullAddress());
        require(_raise(recipientAddress, recipientRewards), RecipientRewardsTooLow());
        _checkNetworkSignature(
            HashToG2.hashToG2(
                Messages.reward(Messages.tag(Messages.REWARD), recipientAddress, recipientRewards),
                Messages.tag(Messages.HASH_TO_G2)
            ),
            blsSignature,
            ids
        );
    }

    /// @dev `_requireOpen`, giving the token that lies in one slot with the flag.
    function _openToken() internal view returns (IERC20 token) {
        require(!paused(), EnforcedPause());
        uint256 word;
        assembly ("memory-safe") {
            word := sload(isStarted.slot)
        }
        require(word & 0xff != 0, ContractNotStarted());
        token = IERC20(address(uint160(word >> 8)));
    }

    function _left(Recipient storage recipient) internal view returns (uint256 claimed, uint256 left) {
        claimed = recipient.claimed;
        unchecked {
            // never below zero: only what was left has ever been claimed
            left = recipient.rewards - claimed;
        }
    }

    /// @param recipient Of the caller
    /// @param claimed What it has claimed so far
    /// @param amount At most what is left
    function _claim(IERC20 token, Recipient storage recipient, uint256 claimed, uint256 amount) internal {
        unchecked {
            // cannot overflow: at most the rewards
            recipient.claimed = claimed + amount;

            // any other cycle is a fresh one, also a lower number: a longer cycle counts slower
            uint256 cycle = block.timestamp / claimCycle;
            uint256 total = amount;
            // no need to look for an overflow: the transfer of an amount that overflows it fails
            if (cycle == currentClaimCycle) total += currentClaimTotal;
            else currentClaimCycle = cycle;
            require(total <= claimThreshold, ClaimThresholdExceeded());
            currentClaimTotal = total;
        }

        emit RewardsClaimed(msg.sender, amount);

        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IServiceNodeRewards
    function rederiveTotalNodesAndAggregatePubkey() external {
        _runSetup();
    }

    // -------------------------------------------------------------------------------------------------------- governance

    /// @inheritdoc IServiceNodeRewards
    function setBLSNonSignerThresholdMax(uint256 newMax) external onlyOwner {
        _requirePositive(newMax);
        blsNonSignerThresholdMax = newMax;
        _updateNonSignerThreshold();
        emit BLSNonSignerThresholdMaxUpdated(newMax);
    }

    /// @inheritdoc IServiceNodeRewards
    function setClaimCycle(uint256 newValue) external onlyOwner {
        _requirePositive(newValue);
        claimCycle = newValue;
        // the number of the cycle needs no change: if it is another one now, the next claim sees that, and if not, nothing is claimed yet
        currentClaimTotal = 0;
        emit ClaimCycleUpdated(newValue);
    }

    /// @inheritdoc IServiceNodeRewards
    function setClaimThreshold(uint256 newMax) external onlyOwner {
        _requirePositive(newMax);
        claimThreshold = newMax;
        emit ClaimThresholdUpdated(newMax);
    }

    /// @inheritdoc IServiceNodeRewards
    function setLiquidationRatios(uint256 liquidator, uint256 pool, uint256 recipient) external onlyOwner {
        // all three at once, so that no pair of them is ever checked against an old one
        _checkLiquidationRatios(liquidator, pool, recipient);
        liquidatorRewardRatio = liquidator;
        poolShareOfLiquidationRatio = pool;
        recipientRatio = recipient;
        emit LiquidationRatiosUpdated(liquidator, pool, recipient);
    }

    /// @inheritdoc IServiceNodeRewards
    function setSignatureExpiry(uint256 newExpiry) external onlyOwner {
        _requirePositive(newExpiry);
        uint256 max = maximumSignatureExpiry();
        require(newExpiry <= max, SignatureExpiryTooLong(newExpiry, max));
        signatureExpiry = newExpiry;
        emit SignatureExpiryUpdated(newExpiry);
    }

    /// @inheritdoc IServiceNodeRewards
    function setStakingRequirement(uint256 newRequirement) external onlyOwner {
        _requirePositive(newRequirement);
        stakingRequirement = newRequirement;
        emit StakingRequirementUpdated(newRequirement);
    }

    /// @inheritdoc IServiceNodeRewards
    function pause() external onlyOwner {
        _pause();
    }

    /// @inheritdoc IServiceNodeRewards
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Refused: without an owner nobody could unpause or upgrade, and the stakes could be stranded.
    function renounceOwnership() public virtual override(OwnableUpgradeable) onlyOwner {
        revert OwnableInvalidOwner(address(0));
    }

    function _requirePositive(uint256 value) internal pure {
        require(value != 0, PositiveNumberRequirement());
    }

    // ------------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IServiceNodeRewards
    function serviceNodes(uint64 serviceNodeID) external view returns (ServiceNode memory) {
        return _serviceNodes[serviceNodeID];
    }

    /// @inheritdoc IServiceNodeRewards
    function allServiceNodeIDs() external view returns (uint64[] memory ids, BN254.G1Point[] memory pubkeys) {
        uint256 total = totalNodes;
        ids = new uint64[](total);
        pubkeys = new BN254.G1Point[](total);
        uint64 id = LIST_SENTINEL;
        for (uint256 i = 0; i < total; i++) {
            id = _serviceNodes[id].next;
            ids[i] = id;
            pubkeys[i] = _serviceNodes[id].blsPubkey;
        }
    }

    /// @inheritdoc IServiceNodeRewards
    function aggregatePubkey() external view returns (BN254.G1Point memory) {
        return _aggregatePubkey;
    }
}
