// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {BN254} from "../libraries/BN254.sol";
import {IServiceNodeRewardsState} from "./IServiceNodeRewardsState.sol";

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
interface IServiceNodeRewards is IServiceNodeRewardsState {
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
    /// by one set of signers. A key that is no longer listed is passed over: it counts for the signature alone, which holds if that node
    /// was no signer, and must be collected anew if it was. If none is listed: `BLSPubkeyDoesNotExist` of the first.
    /// @param roots The square roots of hashing the messages to G2, or none, as `updateRewardsBalances`
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
    /// messages by one set of signers. An entry that raises nothing counts for the signature alone; if no entry raises anything, it
    /// reverts with `RecipientRewardsTooLow`.
    /// @param entries Who and how much, the addresses strictly ascending
    /// @param blsSignature The sum of the network's signatures of all the messages
    /// @param ids The non-signers: of no message their signature is in the sum
    /// @param roots The square roots that hashing the messages to G2 takes, for each entry in turn the words that
    /// `HashToG2.accumulate` describes. They follow from the messages; each is checked by squaring it, which is cheaper than taking it.
    /// None at all: they are taken here, for more gas and a third of the calldata
    function updateRewardsBalances(
        RecipientRewards[] calldata entries,
        BLSSignatureParams calldata blsSignature,
        uint64[] calldata ids,
        uint256[] calldata roots
    ) external;

    /// @notice updateRewardsBalance for the caller, and claimRewards of all that is left to claim then. If as much is recorded already,
    /// whoever sent it first, only the latter.
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

    /// @notice The length of a claim cycle. A fresh one starts at once, with the whole threshold.
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

    /// @notice A node; all zero if there is none (id 0 is the sentinel of the list).
    function serviceNodes(uint64 serviceNodeID) external view returns (ServiceNode memory);

    /// @notice All nodes in order of registration.
    function allServiceNodeIDs() external view returns (uint64[] memory ids, BN254.G1Point[] memory pubkeys);

    /// @notice The sum of the BLS keys of all nodes.
    function aggregatePubkey() external view returns (BN254.G1Point memory);
}
