// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IServiceNodeRewards} from "./interfaces/IServiceNodeRewards.sol";
import {BN254} from "./libraries/BN254.sol";

/// @title Every slot of ServiceNodeRewards, in the order of the deployed contract
/// @notice New variables go after the last one. The OpenZeppelin bases keep theirs in ERC-7201 namespaces.
// solhint-disable-next-line max-states-count
abstract contract ServiceNodeRewardsStorage is IServiceNodeRewards {
    /* slot 0, byte 0 */
    /// @inheritdoc IServiceNodeRewards
    bool public isStarted;
    /* slot 0, bytes 1 - 20 */
    /// @inheritdoc IServiceNodeRewards
    IERC20 public designatedToken;
    /* slot 1, bytes 0 - 19 */
    /// @inheritdoc IServiceNodeRewards
    IERC20 public foundationPool;
    /* slot 1, bytes 20 - 27 */
    /// @inheritdoc IServiceNodeRewards
    uint64 public nextServiceNodeID;
    /* slot 2 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public totalNodes;
    /* slot 3 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public blsNonSignerThreshold;
    /* slot 4 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public blsNonSignerThresholdMax;
    /* slot 5 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public signatureExpiry;
    /* slot 6 */
    /// @inheritdoc IServiceNodeRewards
    bytes32 public proofOfPossessionTag;
    /* slot 7 */
    /// @inheritdoc IServiceNodeRewards
    bytes32 public rewardTag;
    /* slot 8 */
    /// @inheritdoc IServiceNodeRewards
    bytes32 public exitTag;
    /* slot 9 */
    /// @inheritdoc IServiceNodeRewards
    bytes32 public liquidateTag;
    /* slot 10 */
    /// @inheritdoc IServiceNodeRewards
    bytes32 public hashToG2Tag;
    /* slot 11 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public stakingRequirement;
    /* slot 12 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public maxContributors;
    /* slot 13 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public liquidatorRewardRatio;
    /* slot 14 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public poolShareOfLiquidationRatio;
    /* slot 15 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public recipientRatio;
    /* slot 16; a node takes 10: (next 8 bytes, prev 8 bytes), operator, X, Y, added, leave, latest leave, deposit, contributors, Ed25519 */
    mapping(uint64 serviceNodeID => ServiceNode) internal _serviceNodes;
    /* slot 17; a recipient takes 2: rewards, claimed */
    /// @inheritdoc IServiceNodeRewards
    mapping(address => Recipient) public recipients;
    /* slot 18; key: the 64 bytes X || Y */
    /// @inheritdoc IServiceNodeRewards
    mapping(bytes blsPubkey => uint64 serviceNodeID) public serviceNodeIDs;
    /* slots 19 and 20 */
    BN254.G1Point internal _aggregatePubkey;
    /* slot 21 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public lastHeightPubkeyWasAggregated;
    /* slot 22 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public numPubkeyAggregationsForHeight;
    /* slot 23 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public claimThreshold;
    /* slot 24 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public claimCycle;
    /* slot 25 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public currentClaimTotal;
    /* slot 26 */
    /// @inheritdoc IServiceNodeRewards
    uint256 public currentClaimCycle;
    /* slot 27 */
    /// @inheritdoc IServiceNodeRewards
    mapping(uint256 ed25519Pubkey => uint64 serviceNodeID) public ed25519ToServiceNodeID;
}
