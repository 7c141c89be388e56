// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IServiceNodeRewardsState} from "./interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "./libraries/BN254.sol";

/// @title Every slot of ServiceNodeRewards, in the order of the deployed contract
/// @notice New variables go after the last one. The OpenZeppelin bases keep theirs in ERC-7201 namespaces.
// solhint-disable-next-line max-states-count
abstract contract ServiceNodeRewardsStorage is IServiceNodeRewardsState {
    /* slot 0, byte 0 */
    /// @inheritdoc IServiceNodeRewardsState
    bool public isStarted;
    /* slot 0, bytes 1 - 20 */
    /// @inheritdoc IServiceNodeRewardsState
    IERC20 public designatedToken;
    /* slot 1, bytes 0 - 19 */
    /// @inheritdoc IServiceNodeRewardsState
    IERC20 public foundationPool;
    /* slot 1, bytes 20 - 27 */
    /// @inheritdoc IServiceNodeRewardsState
    uint64 public nextServiceNodeID;
    /* slot 2 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public totalNodes;
    /* slot 3 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public blsNonSignerThreshold;
    /* slot 4 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public blsNonSignerThresholdMax;
    /* slot 5 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public signatureExpiry;
    /* slot 6 */
    /// @inheritdoc IServiceNodeRewardsState
    bytes32 public proofOfPossessionTag;
    /* slot 7 */
    /// @inheritdoc IServiceNodeRewardsState
    bytes32 public rewardTag;
    /* slot 8 */
    /// @inheritdoc IServiceNodeRewardsState
    bytes32 public exitTag;
    /* slot 9 */
    /// @inheritdoc IServiceNodeRewardsState
    bytes32 public liquidateTag;
    /* slot 10 */
    /// @inheritdoc IServiceNodeRewardsState
    bytes32 public hashToG2Tag;
    /* slot 11 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public stakingRequirement;
    /* slot 12 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public maxContributors;
    /* slot 13 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public liquidatorRewardRatio;
    /* slot 14 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public poolShareOfLiquidationRatio;
    /* slot 15 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public recipientRatio;
    /* slot 16; a node takes 10: (next 8 bytes, prev 8 bytes), operator, X, Y, added, leave, latest leave, deposit, contributors, Ed25519 */
    mapping(uint64 serviceNodeID => ServiceNode) internal _serviceNodes;
    /* slot 17; a recipient takes 2: rewards, claimed */
    /// @inheritdoc IServiceNodeRewardsState
    mapping(address => Recipient) public recipients;
    /* slot 18; key: the 64 bytes X || Y */
    /// @inheritdoc IServiceNodeRewardsState
    mapping(bytes blsPubkey => uint64 serviceNodeID) public serviceNodeIDs;
    /* slots 19 and 20 */
    BN254.G1Point internal _aggregatePubkey;
    /* slot 21 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public lastHeightPubkeyWasAggregated;
    /* slot 22 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public numPubkeyAggregationsForHeight;
    /* slot 23 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public claimThreshold;
    /* slot 24 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public claimCycle;
    /* slot 25 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public currentClaimTotal;
    /* slot 26 */
    /// @inheritdoc IServiceNodeRewardsState
    uint256 public currentClaimCycle;
    /* slot 27 */
    /// @inheritdoc IServiceNodeRewardsState
    mapping(uint256 ed25519Pubkey => uint64 serviceNodeID) public ed25519ToServiceNodeID;
}
