// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {BN254} from "../libraries/BN254.sol";

/// @title The stakes and rewards of the Session nodes
///
/// Glossary.
/// * node: a Session node, known by a service node id (from 1), a BLS key (BN254, G1) and an Ed25519 key.
/// * operator: the first contributor of a node; the proof of possession is signed for this address.
/// * contributor: a staker of a node, with the address that receives the rewards of that stake (the beneficiary).
/// * aggregate public key: the sum of the BLS keys of all nodes.
/// * non-signers: the nodes that did not sign a message; their ids are the argument `ids` of every call that needs a network signature.
/// * network signature: the sum of the signers' signatures of one message. It is valid if and only if
///   e(P1, signature) * e(-signersKey, H(message)) == 1, with signersKey the aggregate public key less the non-signers' keys.
/// * lifetime rewards: all that a recipient has ever earned; what was claimed of it is counted apart. Both only grow.
///
/// Amounts are atomic SESH (9 decimals), times and durations are seconds, curve points are affine and big-endian.
/// A BLS signature is given as x.c0, x.c1, y.c0, y.c1 (c0 the real half): the pairing precompile wants the opposite order.
///
/// Trust: the contract believes what more than two thirds of the nodes signed. The owner can pause, set parameters and upgrade.
interface IServiceNodeRewards {
    // ------------------------------------------------------------------------------------------------------------ structs

    /// @notice A signature in G2: x.c0, x.c1, y.c0, y.c1.
    struct BLSSignatureParams {
        uint256 sigs0;
        uint256 sigs1;
        uint256 sigs2;
        uint256 sigs3;
    }

    /// @notice The node's Ed25519 key, the signature with it over the registration (checked by the nodes, not here), and the
    /// operator's fee in 1/10000.
    struct ServiceNodeParams {
        uint256 serviceNodePubkey;
        uint256 serviceNodeSignature1;
        uint256 serviceNodeSignature2;
        uint16 fee;
    }

    /// @notice Who stakes, and who receives the rewards of the stake. The stake itself comes back to `addr`.
    struct Staker {
        address addr;
        address beneficiary;
    }

    struct Contributor {
        Staker staker;
        uint256 stakedAmount;
    }

    struct ReservedContributor {
        address addr;
        uint256 amount;
    }

    /// @notice A node that is taken over before the contract starts.
    struct SeedServiceNode {
        BN254.G1Point blsPubkey;
        uint256 ed25519Pubkey;
        uint256 addedTimestamp;
        Contributor[] contributors;
    }

    /// @notice A node in the list. `leaveRequestTimestamp` is the first request (0 without one), the clock of the unsigned exit.
    struct ServiceNode {
        uint64 next;
        uint64 prev;
        address operator;
        BN254.G1Point blsPubkey;
        uint256 addedTimestamp;
        uint256 leaveRequestTimestamp;
        uint256 latestLeaveRequestTimestamp;
        uint256 deposit;
        Contributor[] contributors;
        uint256 ed25519Pubkey;
    }

    /// @notice Lifetime rewards and how much of them was paid out. Both only grow.
    struct Recipient {
        uint256 rewards;
        uint256 claimed;
    }

    /// @notice One entry of a batch: a recipient and the lifetime rewards that the network signed.
    struct RecipientRewards {
        address recipient;
        uint256 rewards;
    }

    /// @notice One entry of a batch of exits or liquidations: the node and the unix time in its signed message.
    struct Removal {
        BN254.G1Point blsPubkey;
        uint256 timestamp;
    }

    /// @notice A signed approval of the staking requirement for this contract (ERC-2612).
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    // ------------------------------------------------------------------------------------------------------------- events

    event NewSeededServiceNode(uint64 indexed serviceNodeID, BN254.G1Point blsPubkey, uint256 ed25519Pubkey);
    event NewServiceNodeV2(
        uint64 indexed serviceNodeID,
        address initiator,
        BN254.G1Point pubkey,
        ServiceNodeParams serviceNode,
        Contributor[] contributors
    );
    event ServiceNodeExitRequest(uint64 indexed serviceNodeID, address initiator, BN254.G1Point pubkey);
    /// @notice A node left. The nodes add `returnedAmount` to the lifetime rewards of its stakers.
    event ServiceNodeExit(
        uint64 indexed serviceNodeID,
        address initiator,
        uint256 returnedAmount,
        BN254.G1Point pubkey
    );
    /// @notice A node was removed for its failures. Followed by its ServiceNodeExit.
    event ServiceNodeLiquidated(uint64 indexed serviceNodeID, address initiator, BN254.G1Point pubkey);
    event RewardsBalanceUpdated(address indexed recipientAddress, uint256 amount, uint256 previousBalance);
    event RewardsClaimed(address indexed recipientAddress, uint256 amount);
    event BLSNonSignerThresholdMaxUpdated(uint256 newMax);
    event ClaimCycleUpdated(uint256 newValue);
    event ClaimThresholdUpdated(uint256 newThreshold);
    event LiquidationRatiosUpdated(uint256 liquidatorRatio, uint256 poolRatio, uint256 recipientRatio);
    event SignatureExpiryUpdated(uint256 newExpiry);
    event StakingRequirementUpdated(uint256 newRequirement);

    // ------------------------------------------------------------------------------------------------------------- errors

    /// @notice The BLS key belongs to a node already. Use another key, or let that node leave first.
    error BLSPubkeyAlreadyExists(uint64 serviceNodeID);
    /// @notice No node has this BLS key: it never registered, or has left already.
    error BLSPubkeyDoesNotExist(BN254.G1Point pubkey);
    /// @notice Kept for compatibility; not raised here.
    error BLSPubkeyDoesNotMatch(uint64 serviceNodeID, BN254.G1Point pubkey);
    /// @notice Only somebody with a stake in the node may request its exit.
    error CallerNotContributor(uint64 serviceNodeID, address caller);
    /// @notice This claim cycle's cap, over all recipients, would be exceeded. Claim less, or in the next cycle.
    error ClaimThresholdExceeded();
    /// @notice Nodes are seeded only before the start.
    error ContractAlreadyStarted();
    error ContractNotStarted();
    /// @notice The contributions must sum up to the staking requirement exactly.
    error ContributionTotalMismatch(uint256 required, uint256 provided);
    error DeleteSentinelNodeNotAllowed();
    /// @notice One address contributes twice to a node. Add the two amounts up instead.
    error DuplicateContributor(address contributor);
    /// @notice A batch without entries.
    error EmptyBatch();
    /// @notice The Ed25519 key belongs to a node already.
    error Ed25519PubkeyAlreadyExists(uint64 serviceNodeID);
    /// @notice The node is younger than the minimum age of a signed exit.
    error ExitTooEarly(uint64 serviceNodeID, uint256 addedTimestamp, uint256 currenttime);
    /// @notice The operator's fee is above 100 % (in 1/10000).
    error FeeExceedsPossibleValue(uint16 fee, uint16 max);
    /// @notice More non-signers were listed than the threshold allows. Collect more signatures.
    error InsufficientBLSSignatures(uint256 numSigners, uint256 requiredSigners);
    /// @notice A seeded node needs a contributor at least.
    error InsufficientContributors();
    /// @notice Without nodes there is no network to sign anything.
    error InsufficientNodes();
    /// @notice The operator (the first contributor) must stake a quarter of the requirement at least.
    error InsufficientOperatorContribution(uint256 operatorStake);
    /// @notice The proof of possession does not fit key, operator, Ed25519 key, chain and contract.
    error InvalidBLSProofOfPossession();
    /// @notice The network signature does not fit the message and the signers; `aggPubkey` is the aggregate key of the signers
    /// as computed here. Compare it with the sum of the keys that signed: if they differ, the set of nodes has changed since.
    error InvalidBLSSignature(BN254.G1Point aggPubkey);
    /// @notice Nobody has requested the exit of this node, or it does not exist.
    error LeaveRequestNotInitiatedYet(uint64 serviceNodeID);
    /// @notice The request (or its repetition) is too fresh: come back at `endTimestamp`.
    error LeaveRequestTooEarly(uint64 serviceNodeID, uint256 endTimestamp, uint256 currTimestamp);
    /// @notice The liquidator's and the pool's share may not exceed a third of the recipient's.
    error LiquidatorPenaltyTooHigh();
    /// @notice More was asked for than is left to claim.
    error MaxClaimExceeded();
    error MaxContributorsExceeded();
    /// @notice Enough nodes were added in this block. Try the next one.
    error MaxPubkeyAggregationsExceeded();
    error NullAddress();
    error NullBLSPubkey();
    error NullEd25519Pubkey();
    /// @notice The value must be greater than zero.
    error PositiveNumberRequirement();
    /// @notice Kept for compatibility; not raised here.
    error RecipientAddressDoesNotMatch(address expectedRecipient, address providedRecipient, uint256 serviceNodeID);
    /// @notice The recipients of a batch must be in strictly ascending order, so that none is there twice, and not zero. The entry
    /// number `index` (from 0) breaks that.
    error RecipientNotAscending(uint256 index, address recipient);
    /// @notice Lifetime rewards only go up: what was signed is not more than what is known.
    error RecipientRewardsTooLow();
    /// @notice RecipientRewardsTooLow for the entry number `index` (from 0) of a batch.
    error RecipientRewardsTooLowAt(uint256 index, address recipient);
    error ServiceNodeDoesntExist(uint64 serviceNodeID);
    /// @notice The timestamp of the signature is outside its window: older than `signatureExpiry`, further ahead than that, or
    /// from before the node's registration. Ask the nodes for a fresh one.
    error SignatureExpired(uint64 serviceNodeID, uint256 timestamp, uint256 currenttime);
    /// @notice An expiry longer than the minimum age would let a signature outlive the node it was made for.
    error SignatureExpiryTooLong(uint256 newExpiry, uint256 max);
    /// @notice A contributor of less than a quarter may not request the exit in the first 30 days.
    error SmallContributorLeaveTooEarly(uint64 serviceNodeID, address contributor);
    /// @notice More than a third of the nodes were added in this very block; no network signature counts before the next one.
    error TooManyAdditionsInBlock(uint256 additions, uint256 totalNodes);
    /// @notice A contributor without a stake.
    error ZeroContribution(address contributor);

    // -------------------------------------------------------------------------------------------------------------- nodes

    /// @notice Takes over nodes before the start; only the owner. The keys must be valid and new, the contributors' stakes sum up to the
    /// staking requirement. The addedTimestamp is kept as given. The nodes' deposit must be transferred apart.
    function seedPublicKeyList(SeedServiceNode[] calldata nodes) external;

    /// @notice Opens the contract for everybody; only the owner.
    function start() external;

    /// @notice Registers a node and takes the staking requirement from the caller (approve it first).
    /// @param blsPubkey The node's BLS key
    /// @param blsSignature Its proof of possession, signed for the operator: the first contributor, or the caller if there is none
    /// @param serviceNodeParams The node's Ed25519 key, its signature and the operator's fee
    /// @param contributors Empty: the caller stakes alone. Otherwise the stakes, the operator's first and a quarter at least
    function addBLSPublicKey(
        BN254.G1Point calldata blsPubkey,
        BLSSignatureParams calldata blsSignature,
        ServiceNodeParams calldata serviceNodeParams,
        Contributor[] calldata contributors
    ) external;

    /// @notice addBLSPublicKey with a signed approval in place of the call to approve. An approval that was used already, by whoever
    /// saw it on its way here, does not hinder: the allowance counts.
    function addBLSPublicKeyWithPermit(
        BN254.G1Point calldata blsPubkey,
        BLSSignatureParams calldata blsSignature,
        ServiceNodeParams calldata serviceNodeParams,
        Contributor[] calldata contributors,
        Permit calldata permit
    ) external;

    /// @notice Requests a node's exit; any of its contributors. The first request starts the clock of the unsigned exit, further
    /// ones (an hour apart at least) only emit the event again.
    function initiateExitBLSPublicKey(uint64 serviceNodeID) external;

    /// @notice Removes a node with the network's consent; anybody. Its stake is paid back through rewards.
    /// @param blsPubkey The key of the node that leaves
    /// @param timestamp The unix time in the signed message
    /// @param blsSignature The network's signature of the exit message
    /// @param ids The non-signers
    function exitBLSPublicKeyWithSignature(
        BN254.G1Point calldata blsPubkey,
        uint256 timestamp,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external;

    /// @notice Removes a node 30 days after its first exit request, without any signature; anybody.
    function exitBLSPublicKeyAfterWaitTime(uint64 serviceNodeID) external;

    /// @notice Removes a failed node with the network's consent; anybody. The caller and the pool receive their shares of its deposit.
    function liquidateBLSPublicKeyWithSignature(
        BN254.G1Point calldata blsPubkey,
        uint256 timestamp,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external;

    /// @notice exitBLSPublicKeyWithSignature for many nodes with one signature: the sum of the signatures of all their exit messages
    /// by one set of signers. One bad entry reverts the whole; its error names the node.
    /// @param roots The square roots of hashing the messages to G2, as `updateRewardsBalances`
    function exitBLSPublicKeysWithSignature(
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external;

    /// @notice liquidateBLSPublicKeyWithSignature for many nodes with one signature, as exitBLSPublicKeysWithSignature.
    function liquidateBLSPublicKeysWithSignature(
        Removal[] calldata removals,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external;

    /// @notice Reverts unless the signature proves possession of the BLS key for `caller` as operator and this Ed25519 key.
    /// It changes nothing; not `view` because the deployed ABI is not.
    function validateProofOfPossession(
        BN254.G1Point calldata blsPubkey,
        BLSSignatureParams calldata blsSignature,
        address caller,
        uint256 serviceNodePubkey
    ) external;

    // ------------------------------------------------------------------------------------------------------------ rewards

    /// @notice Raises a recipient's lifetime rewards to what the network signed; anybody.
    /// @param recipientAddress Whose rewards
    /// @param recipientRewards The lifetime rewards in the signed message, more than known so far
    /// @param blsSignature The network's signature of the reward message
    /// @param ids The non-signers
    function updateRewardsBalance(
        address recipientAddress,
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external;

    /// @notice updateRewardsBalance for many recipients with one signature: the sum of the signatures of all their reward
    /// messages by one set of signers.
    /// @param entries Who and how much, the addresses strictly ascending; one bad entry reverts the whole, with its number
    /// @param blsSignature The sum of the network's signatures of all the messages
    /// @param ids The non-signers: of no message their signature is in the sum
    /// @param roots The square roots that hashing the messages to G2 takes, for each entry in turn the words that
    /// `HashToG2.accumulate` describes. They follow from the messages; each is checked by squaring it, which is cheaper than taking it
    function updateRewardsBalances(
        RecipientRewards[] calldata entries,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external;

    /// @notice updateRewardsBalance for the caller, and claimRewards of all that is left to claim then.
    function updateRewardsBalanceAndClaim(
        uint256 recipientRewards,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids
    ) external;

    /// @notice Pays the caller all that is left to claim.
    function claimRewards() external;

    /// @notice Pays the caller `amount` of what is left to claim.
    function claimRewards(uint256 amount) external;

    // --------------------------------------------------------------------------------------------------------- governance

    /// @notice The most non-signers whatever the number of nodes.
    function setBLSNonSignerThresholdMax(uint256 newMax) external;

    /// @notice The length of a claim cycle. A fresh one starts at once.
    function setClaimCycle(uint256 newValue) external;

    /// @notice What all recipients together may claim in a cycle.
    function setClaimThreshold(uint256 newMax) external;

    /// @notice How a liquidated deposit is split. (liquidator + pool) * 3 <= recipient.
    function setLiquidationRatios(uint256 liquidator, uint256 pool, uint256 recipient) external;

    /// @notice How far from now the timestamp of an exit or liquidation may be; at most the minimum age of an exit.
    function setSignatureExpiry(uint256 newExpiry) external;

    /// @notice The deposit of nodes to be registered.
    function setStakingRequirement(uint256 newRequirement) external;

    /// @notice Recomputes totalNodes, the aggregate key and the threshold from the list; anybody.
    function rederiveTotalNodesAndAggregatePubkey() external;

    function pause() external;

    function unpause() external;

    // -------------------------------------------------------------------------------------------------------------- views

    function isStarted() external view returns (bool);
    function designatedToken() external view returns (IERC20);
    function foundationPool() external view returns (IERC20);
    function nextServiceNodeID() external view returns (uint64);
    function totalNodes() external view returns (uint256);
    function blsNonSignerThreshold() external view returns (uint256);
    function blsNonSignerThresholdMax() external view returns (uint256);
    function signatureExpiry() external view returns (uint256);
    function proofOfPossessionTag() external view returns (bytes32);
    function rewardTag() external view returns (bytes32);
    function exitTag() external view returns (bytes32);
    function liquidateTag() external view returns (bytes32);
    function hashToG2Tag() external view returns (bytes32);
    function stakingRequirement() external view returns (uint256);
    function maxContributors() external view returns (uint256);
    function liquidatorRewardRatio() external view returns (uint256);
    function poolShareOfLiquidationRatio() external view returns (uint256);
    function recipientRatio() external view returns (uint256);
    function recipients(address recipient) external view returns (uint256 rewards, uint256 claimed);
    function lastHeightPubkeyWasAggregated() external view returns (uint256);
    function numPubkeyAggregationsForHeight() external view returns (uint256);
    function claimThreshold() external view returns (uint256);
    function claimCycle() external view returns (uint256);
    function currentClaimTotal() external view returns (uint256);
    function currentClaimCycle() external view returns (uint256);

    /// @notice The node with this BLS key (the 64 bytes X || Y), 0 without one.
    function serviceNodeIDs(bytes calldata blsPubkey) external view returns (uint64 serviceNodeID);

    /// @notice The node with this Ed25519 key, 0 without one.
    function ed25519ToServiceNodeID(uint256 ed25519Pubkey) external view returns (uint64 serviceNodeID);

    /// @notice A node; all zero if there is none (id 0 is the sentinel of the list).
    function serviceNodes(uint64 serviceNodeID) external view returns (ServiceNode memory);

    /// @notice All nodes in order of registration.
    function allServiceNodeIDs() external view returns (uint64[] memory ids, BN254.G1Point[] memory pubkeys);

    /// @notice The sum of the BLS keys of all nodes.
    function aggregatePubkey() external view returns (BN254.G1Point memory);

    /// @notice How many nodes may be added in one block: 2 % of the nodes, 20 at least.
    function maxPermittedPubkeyAggregations() external view returns (uint256 result);
}
