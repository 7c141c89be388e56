// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {BN254} from "../libraries/BN254.sol";
import {IServiceNodeRewards} from "./IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "./IServiceNodeRewardsState.sol";

/// @title One node's crowd-funding
///
/// @notice Collects the stake of one node from several contributors and registers the node when it is full.
///
/// | status                 | means                  | what may happen                                                      |
/// | ---------------------- | ---------------------- | -------------------------------------------------------------------- |
/// | WaitForOperatorContrib | the books are empty    | operator changes keys, fee, reservations; the operator's first payment |
/// | OpenForPublicContrib   | the operator is in     | contributions, withdrawals, changes of beneficiary                   |
/// | WaitForFinalized       | exactly full           | finalize (operator), withdrawals (back to open), beneficiaries       |
/// | Finalized              | registered, funds gone | reset and rescue only                                                |
///
/// Amounts are atomic SESH (9 decimals), times are seconds.
interface IServiceNodeContribution {
    // ----------------------------------------------------------------------------------------------------------- types

    enum Status {
        WaitForOperatorContrib,
        OpenForPublicContrib,
        WaitForFinalized,
        Finalized
    }

    /// @notice A promise of room: `received` once the first payment of at least `amount` is in, false again after a withdrawal.
    struct ReservedContribution {
        uint96 amount;
        bool received;
    }

    /// @notice All that a page shows, in one call.
    struct Summary {
        Status status;
        bool manualFinalize;
        address operator;
        uint256 stakingRequirement;
        uint256 maxContributors;
        uint256 totalContribution;
        uint256 totalReservedContribution;
        /// What a newcomer must pay at least; 0 when there is no room for one
        uint256 minimumContribution;
        bytes32 paramsHash;
        BN254.G1Point blsPubkey;
        IServiceNodeRewardsState.ServiceNodeParams params;
        IServiceNodeRewardsState.Contributor[] contributors;
        IServiceNodeRewardsState.ReservedContributor[] reserved;
        /// Parallel to `reserved`
        bool[] received;
    }

    // ---------------------------------------------------------------------------------------------------------- events

    /// @notice Exactly full.
    event Filled();

    /// @notice The node is registered with ServiceNodeRewards and the stake has gone there.
    event Finalized();

    /// @param beneficiary Who receives the rewards of this contributor, after this payment
    event NewContribution(address indexed contributor, address beneficiary, uint256 amount);

    /// @notice The operator has paid; others may follow.
    event OpenForPublicContribution();

    /// @notice Everyone refunded (unless finalised), books and reservations empty. Also the second event of a new contract.
    event Reset();

    event UpdateFee(uint16 newFee);
    event UpdateManualFinalize(bool newValue);
    event UpdatePubkeys(BN254.G1Point newBLSPubkey, uint256 newEd25519Pubkey);
    event UpdateReservedContributors(IServiceNodeRewardsState.ReservedContributor[] newReservedContributors);

    /// @notice A contributor's rewards go to another address from now on.
    event UpdateStakerBeneficiary(address indexed staker, address newBeneficiary);

    /// @notice A contributor was refunded by its own withdrawal; a reset shows in the token's transfers.
    event WithdrawContribution(address indexed contributor, uint256 amount);

    // ---------------------------------------------------------------------------------------------------------- errors

    /// @notice A clone is initialised by the factory, once; the implementation behind the clones never.
    error AlreadyInitialized();

    /// @notice Beneficiaries change only while the contract is open or full.
    error BeneficiaryUpdatingDisabledNodeIsNotOpen(uint256 ed25519Pubkey);

    /// @notice There is no free slot to compute a minimum for.
    error CalcMinContributionGivenBadContribArgs(uint256 numContributors, uint256 maxNumContributors);

    error ContributeFundsNotPossible(Status status);

    error ContributionBelowMinAmount(uint256 contributed, uint256 min);

    /// @notice The first payment of a reserved contributor must cover the reservation.
    error ContributionBelowReservedAmount(uint256 contributed, uint256 reserved);

    /// @param totalContributed All payments, this one included
    /// @param totalReserved Reservations still open, without the payer's own
    error ContributionExceedsStakingRequirement(
        uint256 totalContributed,
        uint256 totalReserved,
        uint256 stakingRequirement
    );

    error DuplicateAddressInReservedContributor(uint256 index);
    error FeeExceedsPossibleValue(uint16 fee, uint16 max);
    error FinalizeNotPossible(Status status);
    error FirstContributionMustBeOperator(address contributor, address operator);
    error FirstReservedContributorMustBeOperator(uint256 index, address operator);

    error MaxContributorsExceeded(uint256 maxContributors);

    error NonContributorUpdatedBeneficiary(address nonContributorAddr);
    error OnlyOperatorIsAuthorised(address addr, address operator);

    /// @notice Keys, fee or reservations are not those that the contributor agreed to; see `paramsHash`.
    error ParamsChanged(bytes32 expected, bytes32 actual);

    error RequireWaitForOperatorContribStatus(Status status);
    error RescueBalanceIsEmpty(address token);
    error RescueNotPossible(Status status);
    error ReservedContributionBelowMinAmount(uint256 index, uint256 contributed, uint256 min);

    /// @param remaining What the reservations before this one leave of the requirement
    error ReservedContributionExceedsStakingRequirement(uint256 index, uint256 contributed, uint256 remaining);

    error ReservedContributorHasZeroAddress(uint256 index);

    /// @notice The rewards contract asks for another number than this contract was made for: withdraw, or reset and deploy anew.
    error RewardsContractMaxContributorsChanged(uint256 oldMax, uint256 newMax);

    /// @notice The rewards contract asks for another stake than this contract was made for: withdraw, or reset and deploy anew.
    error RewardsContractStakingRequirementChanged(uint256 oldRequirement, uint256 newRequirement);

    error TooManyReservedContributors(uint256 length, uint256 max);

    /// @param contribTime The caller's last payment
    error WithdrawTooEarly(uint256 contribTime, uint256 blockTime, uint256 delayRequired);

    error ZeroContribution();

    // ---------------------------------------------------------------------------------------------------- the operator

    /// @notice Called by the factory in the transaction that makes the clone. Arguments as of `Factory.deploy`.
    function initialize(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool manualFinalize
    ) external;

    /// @notice Operator, first status: a new fee in 1/10000 of the rewards.
    function updateFee(uint16 fee) external;

    /// @notice Operator, first status: new keys. The proof of possession must be signed for the operator, and neither key may be
    /// null or registered.
    /// @param ed25519Sig0 The two halves of the Ed25519 signature over the registration, checked by the nodes, not here
    function updatePubkeys(
        BN254.G1Point calldata newBLSPubkey,
        IServiceNodeRewardsState.BLSSignatureParams calldata newBLSSig,
        uint256 ed25519Pubkey,
        uint256 ed25519Sig0,
        uint256 ed25519Sig1
    ) external;

    /// @notice Operator, first status: replaces all reservations. The first is the operator's own; each is at least the minimum at
    /// its place and all together at most the requirement. An empty list removes them.
    function updateReservedContributors(IServiceNodeRewardsState.ReservedContributor[] calldata reserved) external;

    /// @notice Operator: whether the payment that fills the contract leaves the registration to `finalize`.
    function updateManualFinalize(bool value) external;

    /// @notice Operator: registers the node once exactly full.
    function finalize() external;

    /// @notice Operator: refunds everyone (unless finalised), empties books and reservations, returns to the first status.
    function reset() external;

    /// @notice Operator: reset, new keys, fee, reservations and manual flag, and the operator's payment, in one call. An `amount` of
    /// 0 is no payment.
    function resetUpdateAndContribute(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool _manualFinalize,
        address beneficiary,
        uint256 amount
    ) external;

    /// @notice Operator: takes out tokens that were sent here by mistake, only while no contributor's money is here.
    function rescueERC20(address tokenAddress) external;

    // ---------------------------------------------------------------------------------------------------- contributors

    /// @notice Pays `amount` in, by allowance. The first payment must be the operator's, and its keys must not have been registered
    /// meanwhile; the one that fills the contract exactly registers the node in the same call unless `manualFinalize`.
    ///
    /// Events: `OpenForPublicContribution` (the first), `UpdateStakerBeneficiary` (a top-up that names another), `Filled` (the last),
    /// `NewContribution`, the token's transfer, `Finalized`.
    /// The operator can change keys, fee and reservations (after a reset) in front of this call: tools use the overload that pins
    /// them.
    /// @param beneficiary Who receives the contributor's rewards. Zero means the payer on the first payment, no change afterwards
    function contributeFunds(uint256 amount, address beneficiary) external;

    /// @notice As `contributeFunds`, reverting with `ParamsChanged` if keys, fee or reservations are not those that were seen.
    /// @param expectedParamsHash `paramsHash()` as the contributor saw it
    function contributeFunds(uint256 amount, address beneficiary, bytes32 expectedParamsHash) external;

    /// @notice As above, with a signed ERC-2612 permit for `amount` in the place of an approval. A permit that was used already does
    /// not matter as long as the allowance is there.
    function contributeFundsWithPermit(
        uint256 amount,
        address beneficiary,
        bytes32 expectedParamsHash,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Refunds the caller, 24 h after its last payment; its reservation is open again and the last contributor takes its place.
    /// Does nothing for somebody who has not paid, and after finalisation. The operator's withdrawal is `reset`.
    function withdrawContribution() external;

    /// @notice Changes who receives the caller's rewards; no event if it is the same. Zero means the caller.
    function updateBeneficiary(address newBeneficiary) external;

    // ----------------------------------------------------------------------------------------------------------- views

    /// @notice The highest fee, 1/10000.
    function MAX_FEE() external view returns (uint16);

    /// @notice Seconds between a contributor's last payment and its withdrawal.
    function WITHDRAWAL_DELAY() external view returns (uint64);

    function SESH() external view returns (IERC20);
    function stakingRewardsContract() external view returns (IServiceNodeRewards);
    function operator() external view returns (address);
    function stakingRequirement() external view returns (uint256);
    function maxContributors() external view returns (uint256);
    function status() external view returns (Status);
    function manualFinalize() external view returns (bool);

    function blsPubkey() external view returns (uint256 X, uint256 Y);
    function blsSignature() external view returns (IServiceNodeRewardsState.BLSSignatureParams memory);
    function serviceNodeParams() external view returns (IServiceNodeRewardsState.ServiceNodeParams memory);

    /// @notice What a contributor agrees to: `keccak256(abi.encode(blsPubkey, serviceNodeParams, reserved))` with `reserved` as
    /// `(address addr, uint256 amount)[]` in their order, paid or not.
    function paramsHash() external view returns (bytes32);

    function contributions(address stakerAddr) external view returns (uint256 amount);

    /// @notice Time of the last payment.
    function contributionTimestamp(address stakerAddr) external view returns (uint256 amount);

    /// @notice The operator first, then the contributors in order of their first payment, but for those that took the place of one who
    /// withdrew. This is the order of the registration.
    function contributorAddresses(uint256 index) external view returns (IServiceNodeRewardsState.Staker memory);

    function contributorAddressesLength() external view returns (uint256 result);

    /// @notice The books, in the order of `contributorAddresses`.
    function getContributions()
        external
        view
        returns (address[] memory addrs, address[] memory beneficiaries, uint256[] memory contribs);

    /// @notice The reservations, in their order; `received` tells those that are paid.
    function getReserved()
        external
        view
        returns (address[] memory addrs, uint256[] memory contribs, bool[] memory received);

    function reservedContributions(address stakerAddr) external view returns (uint256 amount, bool received);

    function totalContribution() external view returns (uint256 result);

    /// @notice The sum of the open reservations.
    function totalReservedContribution() external view returns (uint256 result);

    function operatorContribution() external view returns (uint256 result);

    /// @notice What a newcomer without reservation must pay at least: the operator's quarter while nobody has paid or reserved, else
    /// what is neither paid nor reserved over the slots that are neither taken nor reserved, rounded up. 0 when all is paid or reserved.
    /// Reverts with `CalcMinContributionGivenBadContribArgs` when something is left but no slot.
    function minimumContribution() external view returns (uint256 result);

    /// @notice `contributionRemaining` over the free slots, rounded up; with no contributor yet, the operator's quarter.
    function calcMinimumContribution(
        uint256 contributionRemaining,
        uint256 numContributors,
        uint256 maxNumContributors
    ) external pure returns (uint256 result);

    /// @notice A quarter, rounded up.
    function minimumOperatorContribution(uint256 _stakingRequirement) external pure returns (uint256 result);

    /// @notice Everything above, in one call.
    function summary() external view returns (Summary memory result);
}
