// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Ownable2StepUpgradeable} from "@openzeppelin/contracts-upgradeable/access/Ownable2StepUpgradeable.sol";
import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IServiceNodeRewards} from "./interfaces/IServiceNodeRewards.sol";
import {BN254} from "./libraries/BN254.sol";
import {HashToG2} from "./libraries/HashToG2.sol";
import {Messages} from "./libraries/Messages.sol";
import {NodeList} from "./libraries/NodeList.sol";
import {ServiceNodeRewardsStorage} from "./ServiceNodeRewardsStorage.sol";

/// @title The stakes and rewards of the Session nodes
contract ServiceNodeRewards is ServiceNodeRewardsStorage, Ownable2StepUpgradeable, PausableUpgradeable {
    using SafeERC20 for IERC20;
    using BN254 for BN254.G1Point;
    using NodeList for mapping(uint64 => ServiceNode);

    // --------------------------------------------------------------------------------------------------------- constants

    uint256 public constant VERSION = 1;
    uint64 public constant LIST_SENTINEL = NodeList.SENTINEL;
    uint256 public constant MAX_SERVICE_NODE_EXIT_WAIT_TIME = 30 days;
    uint256 public constant MIN_TIME_BEFORE_REPEATED_LEAVE_REQUEST = 1 hours;
    /// @notice A contributor with less than 1 / this of the deposit is a small one.
    uint256 public constant SMALL_CONTRIBUTOR_DIVISOR = 4;
    uint256 public constant SMALL_CONTRIBUTOR_LEAVE_DELAY = 30 days;
    uint256 public constant MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND = 20;
    /// @dev In percent of the nodes.
    uint256 internal constant MAX_PERMITTED_PUBKEY_AGGREGATIONS_PERCENT = 2;
    /// @dev The operator stakes 1 / this of the requirement at least.
    uint256 internal constant MIN_OPERATOR_DIVISOR = 4;
    /// @dev 100 % in the unit of the operator's fee.
    uint16 internal constant MAX_FEE = 10_000;

    // ---------------------------------------------------------------------------------------------------- initialisation

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
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
        require(maxContributors_ != 0, PositiveNumberRequirement());

        designatedToken = IERC20(token_);
        foundationPool = IERC20(foundationPool_);
        nextServiceNodeID = 1;
        maxContributors = maxContributors_;
        blsNonSignerThresholdMax = 4000;
        signatureExpiry = 10 minutes;
        claimThreshold = 1_000_000e9;
        claimCycle = 12 hours;
        proofOfPossessionTag = Messages.tag(Messages.PROOF_OF_POSSESSION);
        rewardTag = Messages.tag(Messages.REWARD);
        exitTag = Messages.tag(Messages.EXIT);
        liquidateTag = Messages.tag(Messages.LIQUIDATE);
        hashToG2Tag = Messages.tag(Messages.HASH_TO_G2);
        _setStakingRequirement(stakingRequirement_);
        _setLiquidationRatios(liquidatorRewardRatio_, poolShareOfLiquidationRatio_, recipientRatio_);
    }

    // ------------------------------------------------------------------------------------------------- before the start

    /// @inheritdoc IServiceNodeRewards
    function seedPublicKeyList(SeedServiceNode[] calldata nodes) external onlyOwner {
        require(!isStarted, ContractAlreadyStarted());

        uint256 requirement = stakingRequirement;
        for (uint256 i = 0; i < nodes.length; i++) {
            SeedServiceNode calldata seed = nodes[i];
            Contributor[] memory contributors = seed.contributors;
            require(contributors.length != 0, InsufficientContributors());
            _checkContributions(contributors, requirement);
            _checkStakers(contributors);

            BN254.G1Point memory blsPubkey = seed.blsPubkey;
            bytes memory blsKey = _blsKey(blsPubkey);
            _checkBLSKeyIsNew(blsKey);
            require(!blsPubkey.isInfinity(), NullBLSPubkey());
            blsPubkey.validate();
            _checkEd25519KeyIsNew(seed.ed25519Pubkey);

            uint64 id = _insertNode(
                blsPubkey,
                blsKey,
                seed.ed25519Pubkey,
                seed.addedTimestamp,
                requirement,
                contributors
            );
            emit NewSeededServiceNode(id, blsPubkey, seed.ed25519Pubkey);
        }
        _updateNonSignerThreshold();
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

    function _register(
        BN254.G1Point memory blsPubkey,
        BLSSignatureParams calldata blsSignature,
        ServiceNodeParams calldata params,
        Contributor[] memory contributors
    ) internal {
        uint256 requirement = stakingRequirement;
        if (contributors.length == 0) {
            contributors = new Contributor[](1);
            contributors[0] = Contributor(Staker(msg.sender, msg.sender), requirement);
        }
        _checkContributions(contributors, requirement);
        uint256 operatorStake = contributors[0].stakedAmount;
        // cannot overflow: the contributions sum up to the requirement, which the owner keeps below the supply
        require(operatorStake * MIN_OPERATOR_DIVISOR >= requirement, InsufficientOperatorContribution(operatorStake));
        _checkStakers(contributors);
        require(params.fee <= MAX_FEE, FeeExceedsPossibleValue(params.fee, MAX_FEE));

        uint256 ed25519Pubkey = params.serviceNodePubkey;
        bytes memory blsKey = _blsKey(blsPubkey);
        _checkBLSKeyIsNew(blsKey);
        _checkProofOfPossession(blsPubkey, blsSignature, contributors[0].staker.addr, ed25519Pubkey);
        _checkEd25519KeyIsNew(ed25519Pubkey);
        _countAddition();

        uint64 id = _insertNode(blsPubkey, blsKey, ed25519Pubkey, block.timestamp, requirement, contributors);
        _updateNonSignerThreshold();

        emit NewServiceNodeV2(id, msg.sender, blsPubkey, params, contributors);

        designatedToken.safeTransferFrom(msg.sender, address(this), requirement);
    }

    function _checkContributions(Contributor[] memory contributors, uint256 requirement) internal view {
        require(contributors.length <= maxContributors, MaxContributorsExceeded());

        uint256 total = 0;
        for (uint256 i = 0; i < contributors.length; i++) total += contributors[i].stakedAmount;
        require(total == requirement, ContributionTotalMismatch(requirement, total));
    }

    /// @dev Stakes that nobody could get back, or that the rules count wrongly, are refused.
    function _checkStakers(Contributor[] memory contributors) internal pure {
        for (uint256 i = 0; i < contributors.length; i++) {
            Contributor memory contributor = contributors[i];
            address addr = contributor.staker.addr;
            require(addr != address(0) && contributor.staker.beneficiary != address(0), NullAddress());
            require(contributor.stakedAmount != 0, ZeroContribution(addr));
            for (uint256 j = 0; j < i; j++) require(contributors[j].staker.addr != addr, DuplicateContributor(addr));
        }
    }

    function _checkBLSKeyIsNew(bytes memory blsKey) internal view {
        uint64 id = serviceNodeIDs[blsKey];
        require(id == 0, BLSPubkeyAlreadyExists(id));
    }

    function _checkEd25519KeyIsNew(uint256 ed25519Pubkey) internal view {
        require(ed25519Pubkey != 0, NullEd25519Pubkey());
        uint64 id = ed25519ToServiceNodeID[ed25519Pubkey];
        require(id == 0, Ed25519PubkeyAlreadyExists(id));
    }

    function _checkProofOfPossession(
        BN254.G1Point memory blsPubkey,
        BLSSignatureParams calldata blsSignature,
        address operator,
        uint256 ed25519Pubkey
    ) internal view {
        bool isNull = blsPubkey.isInfinity();
        if (!isNull) blsPubkey.validate();
        BN254.G2Point memory hash = _hash(Messages.proofOfPossession(blsPubkey, operator, ed25519Pubkey));
        require(BN254.verify(blsPubkey, _point(blsSignature), hash), InvalidBLSProofOfPossession());
        // the null key has a proof for every message: the null signature
        require(!isNull, NullBLSPubkey());
    }

    /// @dev Counts the additions in this block (on Arbitrum `block.number` is the L1's: several L2 blocks share one count).
    function _countAddition() internal {
        uint256 count = lastHeightPubkeyWasAggregated == block.number ? numPubkeyAggregationsForHeight : 0;
        require(count < maxPermittedPubkeyAggregations(), MaxPubkeyAggregationsExceeded());

        lastHeightPubkeyWasAggregated = block.number;
        numPubkeyAggregationsForHeight = count + 1;
    }

    // ------------------------------------------------------------------------------------------------- exit, liquidation

    /// @inheritdoc IServiceNodeRewards
    function initiateExitBLSPublicKey(uint64 serviceNodeID) external {
        _requireOpen();

        ServiceNode storage node = _serviceNodes[serviceNodeID];
        uint256 stake = _stakeOf(node, msg.sender);
        require(stake != 0, CallerNotContributor(serviceNodeID, msg.sender));
        require(
            stake * SMALL_CONTRIBUTOR_DIVISOR >= node.deposit ||
                block.timestamp >= node.addedTimestamp + SMALL_CONTRIBUTOR_LEAVE_DELAY,
            SmallContributorLeaveTooEarly(serviceNodeID, msg.sender)
        );
        _requestExit(serviceNodeID);
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
        uint64[] calldata ids
    ) external {
        uint64[] memory leaving = _checkRemovals(Messages.EXIT, removals, blsSignature, ids);

        for (uint256 i = 0; i < leaving.length; i++) _exitNode(leaving[i]);
    }

    /// @inheritdoc IServiceNodeRewards
    function liquidateBLSPublicKeysWithSignature(
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external {
        uint64[] memory leaving = _checkRemovals(Messages.LIQUIDATE, removals, blsSignature, ids);

        uint256 liquidatorTotal = 0;
        uint256 poolTotal = 0;
        for (uint256 i = 0; i < leaving.length; i++) {
            (uint256 liquidatorAmount, uint256 poolAmount) = _liquidateNode(leaving[i]);
            liquidatorTotal += liquidatorAmount;
            poolTotal += poolAmount;
        }
        _payLiquidation(liquidatorTotal, poolTotal);
    }

    /// @dev The youngest age at which a node may leave by signature.
    function minimumExitAge() internal pure virtual returns (uint256) {
        return 2 hours;
    }

    /// @dev A signature must not outlive a node that may leave and register again: see `setSignatureExpiry`.
    function maximumSignatureExpiry() internal pure virtual returns (uint256) {
        return minimumExitAge();
    }

    /// @dev What an exit and a liquidation have in common, up to the network's signature.
    function _checkRemoval(
        bytes32 tagName,
        BN254.G1Point memory blsPubkey,
        uint256 timestamp,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal view returns (uint64 id) {
        _requireOpen();
        _checkSigners(ids.length);
        id = _checkLeaving(blsPubkey, timestamp);
        _checkNetworkSignature(_hash(Messages.removal(Messages.tag(tagName), blsPubkey, timestamp)), blsSignature, ids);
    }

    /// @dev The same for many. All are checked before the first one leaves: a non-signer's key is needed also if it is among them.
    /// No need to look for duplicates, thanks to `unlink`, which refuses the second one.
    function _checkRemovals(
        bytes32 tagName,
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal view returns (uint64[] memory leaving) {
        _requireOpen();
        _checkSigners(ids.length);
        require(removals.length != 0, EmptyBatch());

        bytes32 removalTag = Messages.tag(tagName);
        bytes32 dst = Messages.tag(Messages.HASH_TO_G2);
        HashToG2.Sum memory sum;
        leaving = new uint64[](removals.length);
        for (uint256 i = 0; i < removals.length; i++) {
            BN254.G1Point memory blsPubkey = removals[i].blsPubkey;
            uint256 timestamp = removals[i].timestamp;
            leaving[i] = _checkLeaving(blsPubkey, timestamp);
            HashToG2.accumulate(sum, Messages.removal(removalTag, blsPubkey, timestamp), dst);
        }
        _checkNetworkSignature(HashToG2.finish(sum), blsSignature, ids);
    }

    /// @dev The node exists, is old enough, and the timestamp is in its window.
    function _checkLeaving(BN254.G1Point memory blsPubkey, uint256 timestamp) internal view returns (uint64 id) {
        id = serviceNodeIDs[_blsKey(blsPubkey)];
        require(id != 0, BLSPubkeyDoesNotExist(blsPubkey));
        uint256 added = _serviceNodes[id].addedTimestamp;
        uint256 distance = timestamp < block.timestamp ? block.timestamp - timestamp : timestamp - block.timestamp;
        require(distance <= signatureExpiry && timestamp >= added, SignatureExpired(id, timestamp, block.timestamp));
        require(block.timestamp >= added + minimumExitAge(), ExitTooEarly(id, added, block.timestamp));
    }

    /// @dev The sum over all entries: nodes of older versions may list an address twice.
    function _stakeOf(ServiceNode storage node, address staker) internal view returns (uint256 stake) {
        uint256 length = node.contributors.length;
        for (uint256 i = 0; i < length; i++) {
            Contributor storage contributor = node.contributors[i];
            if (contributor.staker.addr == staker) stake += contributor.stakedAmount;
        }
    }

    function _requestExit(uint64 id) internal {
        ServiceNode storage node = _serviceNodes[id];
        if (node.leaveRequestTimestamp == 0) {
            node.leaveRequestTimestamp = block.timestamp;
        } else {
            _checkLeaveTime(id, node.latestLeaveRequestTimestamp + MIN_TIME_BEFORE_REPEATED_LEAVE_REQUEST);
        }
        node.latestLeaveRequestTimestamp = block.timestamp;

        emit ServiceNodeExitRequest(id, msg.sender, node.blsPubkey);
    }

    function _checkLeaveTime(uint64 id, uint256 earliest) internal view {
        require(block.timestamp >= earliest, LeaveRequestTooEarly(id, earliest, block.timestamp));
    }

    function _exitNode(uint64 id) internal {
        (uint256 deposit, BN254.G1Point memory blsPubkey) = _removeNode(id);

        emit ServiceNodeExit(id, msg.sender, deposit, blsPubkey);
    }

    /// @dev Removes the node and gives the shares of its deposit, the liquidator's rounded down and the pool's up.
    function _liquidateNode(uint64 id) internal returns (uint256 liquidatorAmount, uint256 poolAmount) {
        (uint256 deposit, BN254.G1Point memory blsPubkey) = _removeNode(id);
        uint256 poolRatio = poolShareOfLiquidationRatio;
        uint256 ratioSum = liquidatorRewardRatio + poolRatio + recipientRatio;
        liquidatorAmount = (deposit * liquidatorRewardRatio) / ratioSum;
        poolAmount = Math.ceilDiv(deposit * poolRatio, ratioSum);

        emit ServiceNodeLiquidated(id, msg.sender, blsPubkey);
        emit ServiceNodeExit(id, msg.sender, deposit - liquidatorAmount - poolAmount, blsPubkey);
    }

    function _payLiquidation(uint256 liquidatorAmount, uint256 poolAmount) internal {
        IERC20 token = designatedToken;
        token.safeTransfer(msg.sender, liquidatorAmount);
        token.safeTransfer(address(foundationPool), poolAmount);
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
        uint64[] calldata ids
    ) external {
        _requireOpen();
        _checkSigners(ids.length);
        require(entries.length != 0, EmptyBatch());

        bytes memory message = Messages.reward(Messages.tag(Messages.REWARD), address(0), 0);
        bytes32 dst = Messages.tag(Messages.HASH_TO_G2);
        HashToG2.Sum memory sum;
        address last = address(0);
        // balances are raised on the way: if the one signature of all of them does not hold, none of it happened
        for (uint256 i = 0; i < entries.length; i++) {
            address recipientAddress = entries[i].recipient;
            uint256 newRewards = entries[i].rewards;
            require(recipientAddress > last, RecipientNotAscending(i, recipientAddress));
            last = recipientAddress;
            Recipient storage recipient = recipients[recipientAddress];
            uint256 previous = recipient.rewards;
            require(newRewards > previous, RecipientRewardsTooLowAt(i, recipientAddress));
            recipient.rewards = newRewards;
            Messages.setReward(message, recipientAddress, newRewards);
            HashToG2.accumulate(sum, message, dst);

            emit RewardsBalanceUpdated(recipientAddress, newRewards, previous);
        }
        // e(P1, sum of sk * H_i) == e(signersKey, sum of H_i)
        _checkNetworkSignature(HashToG2.finish(sum), blsSignature, ids);
    }

    /// @inheritdoc IServiceNodeRewards
    function updateRewardsBalanceAndClaim(
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external {
        _requireOpen();
        _updateRewards(msg.sender, recipientRewards, blsSignature, ids);
        _claim(recipientRewards - recipients[msg.sender].claimed);
    }

    /// @inheritdoc IServiceNodeRewards
    function claimRewards() external {
        _requireOpen();
        Recipient storage recipient = recipients[msg.sender];
        _claim(recipient.rewards - recipient.claimed);
    }

    /// @inheritdoc IServiceNodeRewards
    function claimRewards(uint256 amount) external {
        _requireOpen();
        _claim(amount);
    }

    function _updateRewards(
        address recipientAddress,
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal {
        _checkSigners(ids.length);
        require(recipientAddress != address(0), NullAddress());
        Recipient storage recipient = recipients[recipientAddress];
        uint256 previous = recipient.rewards;
        require(recipientRewards > previous, RecipientRewardsTooLow());
        _checkNetworkSignature(
            _hash(Messages.reward(Messages.tag(Messages.REWARD), recipientAddress, recipientRewards)),
            blsSignature,
            ids
        );

        recipient.rewards = recipientRewards;

        emit RewardsBalanceUpdated(recipientAddress, recipientRewards, previous);
    }

    function _claim(uint256 amount) internal {
        Recipient storage recipient = recipients[msg.sender];
        uint256 claimed = recipient.claimed;
        require(amount <= recipient.rewards - claimed, MaxClaimExceeded());

        // any other cycle is a fresh one, also a lower number: a longer cycle counts slower
        uint256 cycle = block.timestamp / claimCycle;
        uint256 total = amount;
        if (cycle == currentClaimCycle) total += currentClaimTotal;
        else currentClaimCycle = cycle;
        require(total <= claimThreshold, ClaimThresholdExceeded());

        currentClaimTotal = total;
        recipient.claimed = claimed + amount;

        emit RewardsClaimed(msg.sender, amount);

        designatedToken.safeTransfer(msg.sender, amount);
    }

    // ------------------------------------------------------------------------------------------------ network signatures

    /// @dev Not paused, and started.
    function _requireOpen() internal view {
        _requireNotPaused();
        require(isStarted, ContractNotStarted());
    }

    /// @dev What can be said about a network signature by the number of non-signers alone.
    function _checkSigners(uint256 nonSigners) internal view {
        uint256 total = totalNodes;
        require(total != 0, InsufficientNodes());
        // the load is spared when everybody signed
        if (nonSigners != 0) {
            uint256 threshold = blsNonSignerThreshold;
            if (nonSigners > threshold) {
                revert InsufficientBLSSignatures(Math.saturatingSub(total, nonSigners), total - threshold);
            }
        }
        // whoever could register a third of the nodes within one block (with a flash loan) must not sign for the network in it
        if (lastHeightPubkeyWasAggregated == block.number) {
            uint256 additions = numPubkeyAggregationsForHeight;
            require(additions * 3 <= total, TooManyAdditionsInBlock(additions, total));
        }
    }

    /// @dev e(P1, signature) * e(-signersKey, hash) == 1, with neither signersKey nor signature at infinity.
    function _checkNetworkSignature(
        BN254.G2Point memory hash,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) internal view {
        BN254.G1Point memory signersKey = _signersKey(ids);
        BN254.G2Point memory signature = _point(blsSignature);
        bool isNull = signersKey.isInfinity() || signature.xc0 | signature.xc1 | signature.yc0 | signature.yc1 == 0;
        require(!isNull && BN254.verify(signersKey, signature, hash), InvalidBLSSignature(signersKey));
    }

    /// @dev The aggregate key less the keys of the non-signers. An id that is no node counts for nothing: its key is (0, 0), the
    /// neutral element.
    function _signersKey(uint64[] calldata ids) internal view returns (BN254.G1Point memory key) {
        key = _aggregatePubkey;
        if (ids.length == 0) return key;

        // Summing up from the negated aggregate costs one addition a non-signer and nothing else:
        // -(aggregate - sum of keys) == -aggregate + sum of keys
        key = key.negate();
        // the input of the addition precompile: [0x00, 0x40) the sum, [0x40, 0x80) the next key
        uint256[4] memory terms = [key.X, key.Y, 0, 0];
        bool success;
        // Equivalent to: for (i < ids.length) key = key.add(_serviceNodes[ids[i]].blsPubkey);
        assembly ("memory-safe") {
            // scratch space [0x00, 0x40): key and slot of the mapping
            mstore(0x20, _serviceNodes.slot)
            let offset := ids.offset
            let end := add(offset, shl(5, ids.length))
            for {} 1 {} {
                let id := calldataload(offset)
                // as the ABI decoder: no dirty upper bits
                if shr(64, id) {
                    revert(0x00, 0x00)
                }
                mstore(0x00, id)
                let node := keccak256(0x00, 0x40)
                mstore(add(terms, 0x40), sload(add(node, 2)))
                mstore(add(terms, 0x60), sload(add(node, 3)))
                success := staticcall(gas(), 0x06, terms, 0x80, terms, 0x40)
                offset := add(offset, 0x20)
                if iszero(and(success, lt(offset, end))) {
                    break
                }
            }
        }
        key = BN254.G1Point(terms[0], terms[1]);
        if (!success) revert BN254.PointAdditionFailed(key, BN254.G1Point(terms[2], terms[3]));
        key = key.negate();
    }

    function _hash(bytes memory message) internal view returns (BN254.G2Point memory) {
        return HashToG2.hashToG2(message, Messages.tag(Messages.HASH_TO_G2));
    }

    function _point(BLSSignatureParams calldata signature) internal pure returns (BN254.G2Point memory) {
        return BN254.G2Point(signature.sigs0, signature.sigs1, signature.sigs2, signature.sigs3);
    }

    // ---------------------------------------------------------------------------------------------------- list of nodes

    /// @dev The key of `serviceNodeIDs`.
    function _blsKey(BN254.G1Point memory blsPubkey) internal pure returns (bytes memory) {
        return abi.encodePacked(blsPubkey.X, blsPubkey.Y);
    }

    /// @dev The caller has checked all of it, and updates the threshold afterwards.
    function _insertNode(
        BN254.G1Point memory blsPubkey,
        bytes memory blsKey,
        uint256 ed25519Pubkey,
        uint256 addedTimestamp,
        uint256 deposit,
        Contributor[] memory contributors
    ) internal returns (uint64 id) {
        id = nextServiceNodeID++;
        totalNodes++;
        _serviceNodes.pushBack(id);
        ServiceNode storage node = _serviceNodes[id];
        node.operator = contributors[0].staker.addr;
        node.blsPubkey = blsPubkey;
        node.addedTimestamp = addedTimestamp;
        node.deposit = deposit;
        node.ed25519Pubkey = ed25519Pubkey;
        for (uint256 i = 0; i < contributors.length; i++) node.contributors.push(contributors[i]);
        serviceNodeIDs[blsKey] = id;
        ed25519ToServiceNodeID[ed25519Pubkey] = id;
        _aggregatePubkey = _aggregatePubkey.add(blsPubkey);
    }

    function _removeNode(uint64 id) internal returns (uint256 deposit, BN254.G1Point memory blsPubkey) {
        _serviceNodes.unlink(id);
        ServiceNode storage node = _serviceNodes[id];
        deposit = node.deposit;
        blsPubkey = node.blsPubkey;
        delete serviceNodeIDs[_blsKey(blsPubkey)];
        delete ed25519ToServiceNodeID[node.ed25519Pubkey];
        delete _serviceNodes[id];

        uint256 total = totalNodes - 1;
        totalNodes = total;
        // no node, no key, whatever an older version has left there
        _aggregatePubkey = total == 0 ? BN254.G1Point(0, 0) : _aggregatePubkey.add(blsPubkey.negate());
        _updateNonSignerThreshold();
    }

    function _updateNonSignerThreshold() internal {
        blsNonSignerThreshold = Math.min(totalNodes / 3, blsNonSignerThresholdMax);
    }

    /// @inheritdoc IServiceNodeRewards
    function rederiveTotalNodesAndAggregatePubkey() external {
        BN254.G1Point memory key;
        uint256 total = 0;
        for (uint64 id = _serviceNodes[LIST_SENTINEL].next; id != LIST_SENTINEL; id = _serviceNodes[id].next) {
            key = key.add(_serviceNodes[id].blsPubkey);
            total++;
        }

        totalNodes = total;
        _aggregatePubkey = key;
        _updateNonSignerThreshold();
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
        currentClaimCycle = block.timestamp / newValue;
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
        _setLiquidationRatios(liquidator, pool, recipient);
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
        _setStakingRequirement(newRequirement);
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

    function _setStakingRequirement(uint256 newRequirement) internal {
        _requirePositive(newRequirement);
        stakingRequirement = newRequirement;
        emit StakingRequirementUpdated(newRequirement);
    }

    /// @dev All three at once, so that no pair of them is ever checked against an old one.
    function _setLiquidationRatios(uint256 liquidator, uint256 pool, uint256 recipient) internal {
        _requirePositive(recipient);
        // (liquidator + pool) * 3 <= recipient, without overflow
        uint256 most = recipient / 3;
        require(liquidator <= most && pool <= most - liquidator, LiquidatorPenaltyTooHigh());
        liquidatorRewardRatio = liquidator;
        poolShareOfLiquidationRatio = pool;
        recipientRatio = recipient;
        emit LiquidationRatiosUpdated(liquidator, pool, recipient);
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

    /// @inheritdoc IServiceNodeRewards
    function maxPermittedPubkeyAggregations() public view returns (uint256 result) {
        return
            Math.max(
                MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND,
                (totalNodes * MAX_PERMITTED_PUBKEY_AGGREGATIONS_PERCENT) / 100
            );
    }
}
