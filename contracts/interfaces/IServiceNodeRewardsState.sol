// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {BN254} from "../libraries/BN254.sol";

/// @title What the stakes and rewards of the Session nodes are kept in: structs, events, errors and the getters of the state
/// @notice Apart from IServiceNodeRewards, because every contract that works on the state has all of it.
interface IServiceNodeRewardsState {
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
    /// @notice Lifetime rewards only go up: what was signed is not more than what is known. Of a batch: for no recipient.
    error RecipientRewardsTooLow();
    error ServiceNodeDoesntExist(uint64 serviceNodeID);
    /// @notice The timestamp of the signature is outside its window: older than `signatureExpiry`, further ahead than that, or
    /// from before the node's registration. Ask the nodes for a fresh one.
    error SignatureExpired(uint64 serviceNodeID, uint256 timestamp, uint256 currenttime);
    /// @notice An expiry longer than the minimum age would let a signature outlive the node it was made for.
    error SignatureExpiryTooLong(uint256 newExpiry, uint256 max);
    /// @notice A contributor of less than a quarter may not request the exit in the first 30 days.
    error SmallContributorLeaveTooEarly(uint64 serviceNodeID, address contributor);
    /// @notice The nodes that were added in this very block count as non-signers too, and together they are more than the threshold
    /// allows. Send it again in the next block (on Arbitrum: of Ethereum).
    error TooManyAdditionsInBlock(uint256 nonSigners, uint256 additions, uint256 threshold);
    /// @notice A contributor without a stake.
    error ZeroContribution(address contributor);

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

    /// @notice How many nodes may be added in one block: 2 % of the nodes, 20 at least.
    function maxPermittedPubkeyAggregations() external view returns (uint256 result);
}
