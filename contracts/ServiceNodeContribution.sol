// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ContributionBooks} from "./contribution/ContributionBooks.sol";
import {IServiceNodeContribution} from "./interfaces/IServiceNodeContribution.sol";
import {IServiceNodeRewards} from "./interfaces/IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "./interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "./libraries/BN254.sol";

/// @title ServiceNodeContribution
/// @notice The code behind the factory's clones: the rules. What they are kept in: ContributionBooks.
contract ServiceNodeContribution is ContributionBooks {
    using SafeERC20 for IERC20;

    /// @inheritdoc IServiceNodeContribution
    uint64 public constant WITHDRAWAL_DELAY = 1 days;

    /// @inheritdoc IServiceNodeContribution
    uint16 public constant MAX_FEE = 10_000;

    constructor() {
        // a key that is set marks an initialised contract; this one is only code
        _ed25519Pubkey = type(uint256).max;
    }

    /// @inheritdoc IServiceNodeContribution
    function initialize(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool manualFinalize_
    ) external {
        // the Ed25519 key is never null once set, hence a flag without a slot of its own
        if (_ed25519Pubkey != 0) revert AlreadyInitialized();

        _emitReset();
        _update(key, sig, params, reserved, manualFinalize_);
    }

    // ---------------------------------------------------------------------------------------------------- the operator

    function _onlyOperator(Birth memory birth) private view {
        if (msg.sender != birth.operator) revert OnlyOperatorIsAuthorised(msg.sender, birth.operator);
    }

    function _onlyOperatorBeforeFunding(Birth memory birth) private view {
        _onlyOperator(birth);
        Status current = _round.status;
        if (current != Status.WaitForOperatorContrib) revert RequireWaitForOperatorContribStatus(current);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateFee(uint16 fee) external {
        _onlyOperatorBeforeFunding(_birth());
        _updateFee(fee);
    }

    /// @inheritdoc IServiceNodeContribution
    function updatePubkeys(
        BN254.G1Point calldata newBLSPubkey,
        IServiceNodeRewardsState.BLSSignatureParams calldata newBLSSig,
        uint256 ed25519Pubkey,
        uint256 ed25519Sig0,
        uint256 ed25519Sig1
    ) external {
        Birth memory birth = _birth();
        _onlyOperatorBeforeFunding(birth);
        _updatePubkeys(birth, newBLSPubkey, newBLSSig, ed25519Pubkey, ed25519Sig0, ed25519Sig1);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateReservedContributors(IServiceNodeRewardsState.ReservedContributor[] calldata reserved) external {
        Birth memory birth = _birth();
        _onlyOperatorBeforeFunding(birth);
        _updateReservedContributors(birth, reserved);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateManualFinalize(bool value) external {
        _onlyOperator(_birth());
        _updateManualFinalize(value);
    }

    /// @inheritdoc IServiceNodeContribution
    function finalize() external {
        Birth memory birth = _birth();
        _onlyOperator(birth);
        Status current = _round.status;
        if (current != Status.WaitForFinalized) revert FinalizeNotPossible(current);
        _requireParentUnchanged(birth);

        _round.status = Status.Finalized;
        _finalize(birth);
    }

    /// @inheritdoc IServiceNodeContribution
    function reset() external {
        Birth memory birth = _birth();
        _onlyOperator(birth);
        _reset(birth);
    }

    /// @inheritdoc IServiceNodeContribution
    function resetUpdateAndContribute(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool _manualFinalize,
        address beneficiary,
        uint256 amount
    ) external {
        Birth memory birth = _birth();
        _onlyOperator(birth);

        // the refund comes first: it may be what the operator pays with
        _reset(birth);
        _update(key, sig, params, reserved, _manualFinalize);
        if (amount != 0) _contribute(amount, beneficiary);
    }

    /// @inheritdoc IServiceNodeContribution
    function rescueERC20(address tokenAddress) external {
        _onlyOperator(_birth());

        // in the two other statuses the balance belongs to the contributors
        Status current = _round.status;
        if (current != Status.WaitForOperatorContrib && current != Status.Finalized) revert RescueNotPossible(current);

        uint256 balance = IERC20(tokenAddress).balanceOf(address(this));
        if (balance == 0) revert RescueBalanceIsEmpty(tokenAddress);

        IERC20(tokenAddress).safeTransfer(msg.sender, balance);
    }

    // ---------------------------------------------------------------------------------------------------- contributors

    /// @inheritdoc IServiceNodeContribution
    function contributeFunds(uint256 amount, address beneficiary) external {
        _contribute(amount, beneficiary);
    }

    /// @inheritdoc IServiceNodeContribution
    function contributeFunds(uint256 amount, address beneficiary, bytes32 expectedParamsHash) external {
        _requireParams(expectedParamsHash);
        _contribute(amount, beneficiary);
    }

    /// @inheritdoc IServiceNodeContribution
    function contributeFundsWithPermit(
        uint256 amount,
        address beneficiary,
        bytes32 expectedParamsHash,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        _requireParams(expectedParamsHash);

        // Anyone may have submitted the permit before us, which leaves the allowance and spends the nonce. The transfer decides.
        IERC20Permit sesh = IERC20Permit(address(_birth().sesh));
        try sesh.permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}

        _contribute(amount, beneficiary);
    }

    /// @inheritdoc IServiceNodeContribution
    function withdrawContribution() external {
        Birth memory birth = _birth();
        if (msg.sender == birth.operator) {
            _reset(birth);
            return;
        }

        Details memory details = _details[msg.sender];
        Round memory round = _round;
        if (details.place == 0 || round.status == Status.Finalized) return;
        uint256 paidAt = details.paidAt;
        if (block.timestamp < paidAt + WITHDRAWAL_DELAY)
            revert WithdrawTooEarly(paidAt, block.timestamp, WITHDRAWAL_DELAY);

        uint256 amount = _removeContributor(round, details.place - 1);

        birth.sesh.safeTransfer(msg.sender, amount);

        emit WithdrawContribution(msg.sender, amount);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateBeneficiary(address newBeneficiary) external {
        Status current = _round.status;
        if (current != Status.OpenForPublicContrib && current != Status.WaitForFinalized)
            revert BeneficiaryUpdatingDisabledNodeIsNotOpen(_ed25519Pubkey);
        Details storage details = _details[msg.sender];
        if (details.place == 0) revert NonContributorUpdatedBeneficiary(msg.sender);

        if (newBeneficiary == address(0)) newBeneficiary = msg.sender;
        if (newBeneficiary == details.beneficiary) return;
        details.beneficiary = newBeneficiary;

        emit UpdateStakerBeneficiary(msg.sender, newBeneficiary);
    }

    // ------------------------------------------------------------------------------------------------------- paying in

    function _requireParams(bytes32 expected) private view {
        bytes32 actual = paramsHash();
        if (actual != expected) revert ParamsChanged(expected, actual);
    }

    /// The rewards contract would refuse the registration, so nobody should pay for it.
    function _requireParentUnchanged(Birth memory birth) private view {
        uint256 newMax = birth.rewards.maxContributors();
        if (newMax != birth.maxContributors)
            revert RewardsContractMaxContributorsChanged(birth.maxContributors, newMax);

        uint256 newRequirement = birth.rewards.stakingRequirement();
        if (newRequirement != birth.stakingRequirement)
            revert RewardsContractStakingRequirementChanged(birth.stakingRequirement, newRequirement);
    }

    function _requireUnregistered(IServiceNodeRewards rewards, BN254.G1Point memory key, uint256 ed25519) private view {
        uint64 id = rewards.serviceNodeIDs(abi.encodePacked(key.X, key.Y));
        if (id != 0) revert IServiceNodeRewardsState.BLSPubkeyAlreadyExists(id);
        id = rewards.ed25519ToServiceNodeID(ed25519);
        if (id != 0) revert IServiceNodeRewardsState.Ed25519PubkeyAlreadyExists(id);
    }

    function _contribute(uint256 amount, address beneficiary) private {
        Round memory round = _round;
        if (round.status != Status.WaitForOperatorContrib && round.status != Status.OpenForPublicContrib)
            revert ContributeFundsNotPossible(round.status);

        Birth memory birth = _birth();
        _requireParentUnchanged(birth);

        if (round.status == Status.WaitForOperatorContrib) {
            if (msg.sender != birth.operator) revert FirstContributionMustBeOperator(msg.sender, birth.operator);
            // a node may have been registered with these keys since they were set
            _requireUnregistered(birth.rewards, blsPubkey, _ed25519Pubkey);
            round.status = Status.OpenForPublicContrib;
            emit OpenForPublicContribution();
        }

        beneficiary = _enter(birth, round, amount, beneficiary);

        bool filled = round.total == birth.stakingRequirement;
        bool finalizing = filled && !manualFinalize;
        if (filled) {
            round.status = finalizing ? Status.Finalized : Status.WaitForFinalized;
            emit Filled();
        }
        _round = round;

        emit NewContribution(msg.sender, beneficiary, amount);

        // the approval to the rewards contract is worth nothing before the last payment is here
        birth.sesh.safeTransferFrom(msg.sender, address(this), amount);

        if (finalizing) _finalize(birth);
    }

    /// Checks the caller's payment and writes it into the books; the caller stores `round`.
    /// @return The caller's beneficiary after it
    function _enter(
        Birth memory birth,
        Round memory round,
        uint256 amount,
        address beneficiary
    ) private returns (address) {
        Details storage details = _details[msg.sender];
        uint256 place = details.place;
        bool newcomer = place == 0;
        if (newcomer) {
            uint256 reserved = _takeReservation(round);
            if (reserved == 0) {
                uint256 minimum = _minimumContribution(birth, round);
                if (amount < minimum) revert ContributionBelowMinAmount(amount, minimum);
            } else if (amount < reserved) revert ContributionBelowReservedAmount(amount, reserved);
        }
        if (amount == 0) revert ZeroContribution();

        uint256 paid = Math.saturatingAdd(round.total, amount);
        if (Math.saturatingAdd(paid, round.openAmount) > birth.stakingRequirement)
            revert ContributionExceedsStakingRequirement(paid, round.openAmount, birth.stakingRequirement);
        if (newcomer && round.contributors >= birth.maxContributors)
            revert MaxContributorsExceeded(birth.maxContributors);

        // neither can overflow: `paid` is at most the requirement, which has 96 bits
        round.total = uint96(paid);
        uint96 entered = uint96(amount);
        if (newcomer) {
            if (beneficiary == address(0)) beneficiary = msg.sender;
            _payments[round.contributors++] = Payment(msg.sender, entered);
            _details[msg.sender] = Details(beneficiary, uint40(block.timestamp), round.contributors);
            return beneficiary;
        }
        _payments[place - 1].amount += entered;
        details.paidAt = uint40(block.timestamp);
        address known = details.beneficiary;
        if (beneficiary == address(0) || beneficiary == known) return known;
        details.beneficiary = beneficiary;
        emit UpdateStakerBeneficiary(msg.sender, beneficiary);
        return beneficiary;
    }

    /// The status is written already.
    function _finalize(Birth memory birth) private {
        emit Finalized();

        birth.sesh.forceApprove(address(birth.rewards), birth.stakingRequirement);
        birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, serviceNodeParams(), _contributors());
    }

    // ------------------------------------------------------------------------------------------------------ paying out

    /// Empties the books before it refunds: a token that calls back finds nothing to take twice.
    function _reset(Birth memory birth) private {
        Round memory round = _round;
        IServiceNodeRewardsState.Contributor[] memory refunds = _contributors();
        for (uint256 i; i < refunds.length; ++i) {
            delete _payments[i];
            delete _details[refunds[i].staker.addr];
        }
        _clearReservations(round.reservations);
        delete _round;
        _round.fee = round.fee;

        if (round.status != Status.Finalized)
            for (uint256 i; i < refunds.length; ++i)
                birth.sesh.safeTransfer(refunds[i].staker.addr, refunds[i].stakedAmount);

        _emitReset();
    }

    function _emitReset() private {
        emit UpdateReservedContributors(new IServiceNodeRewardsState.ReservedContributor[](0));
        emit Reset();
    }

    // ----------------------------------------------------------------------------------------- keys, fee, reservations

    function _update(
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        IServiceNodeRewardsState.ServiceNodeParams calldata params,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved,
        bool manualFinalize_
    ) private {
        Birth memory birth = _birth();
        _updatePubkeys(
            birth,
            key,
            sig,
            params.serviceNodePubkey,
            params.serviceNodeSignature1,
            params.serviceNodeSignature2
        );
        _updateFee(params.fee);
        _updateReservedContributors(birth, reserved);
        _updateManualFinalize(manualFinalize_);
    }

    /// All that the rewards contract will ask of the keys when the node is full, asked before anyone pays.
    function _updatePubkeys(
        Birth memory birth,
        BN254.G1Point calldata key,
        IServiceNodeRewardsState.BLSSignatureParams calldata sig,
        uint256 ed25519Pubkey,
        uint256 ed25519Sig0,
        uint256 ed25519Sig1
    ) private {
        if (key.X == 0 && key.Y == 0) revert IServiceNodeRewardsState.NullBLSPubkey();
        if (ed25519Pubkey == 0) revert IServiceNodeRewardsState.NullEd25519Pubkey();
        _requireUnregistered(birth.rewards, key, ed25519Pubkey);
        birth.rewards.validateProofOfPossession(key, sig, birth.operator, ed25519Pubkey);

        blsPubkey = key;
        _blsSignature = sig;
        _ed25519Pubkey = ed25519Pubkey;
        _ed25519Signature1 = ed25519Sig0;
        _ed25519Signature2 = ed25519Sig1;

        emit UpdatePubkeys(key, ed25519Pubkey);
    }

    function _updateFee(uint16 fee) private {
        if (fee > MAX_FEE) revert FeeExceedsPossibleValue(fee, MAX_FEE);
        _round.fee = fee;
        emit UpdateFee(fee);
    }

    function _updateManualFinalize(bool value) private {
        manualFinalize = value;
        emit UpdateManualFinalize(value);
    }

    function _updateReservedContributors(
        Birth memory birth,
        IServiceNodeRewardsState.ReservedContributor[] calldata reserved
    ) private {
        if (reserved.length > birth.maxContributors)
            revert TooManyReservedContributors(reserved.length, birth.maxContributors);

        Round memory round = _round;
        _clearReservations(round.reservations);

        uint256 remaining = birth.stakingRequirement;
        for (uint256 i; i < reserved.length; ++i) {
            address addr = reserved[i].addr;
            uint256 amount = reserved[i].amount;

            if (i == 0 && addr != birth.operator) revert FirstReservedContributorMustBeOperator(i, birth.operator);
            if (addr == address(0)) revert ReservedContributorHasZeroAddress(i);
            if (_reservations[addr].amount != 0) revert DuplicateAddressInReservedContributor(i);
            uint256 minimum = calcMinimumContribution(remaining, i, birth.maxContributors);
            if (amount < minimum) revert ReservedContributionBelowMinAmount(i, amount, minimum);
            // after 100 % the minimum is 0, and a reservation of nothing is none
            if (amount > remaining || remaining == 0)
                revert ReservedContributionExceedsStakingRequirement(i, amount, remaining);

            remaining -= amount;
            // cannot overflow: at most the requirement, which has 96 bits
            _reservations[addr].amount = uint96(amount);
            _reservationAddresses[i] = addr;
        }
        round.reservations = uint8(reserved.length);
        round.openReservations = uint8(reserved.length);
        round.openAmount = uint96(birth.stakingRequirement - remaining);
        _round = round;

        emit UpdateReservedContributors(reserved);
    }

    // ----------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IServiceNodeContribution
    function paramsHash() public view returns (bytes32) {
        return keccak256(abi.encode(blsPubkey, serviceNodeParams(), _reserved()));
    }

    /// @inheritdoc IServiceNodeContribution
    function operatorContribution() external view returns (uint256 result) {
        return contributions(_birth().operator);
    }

    /// @inheritdoc IServiceNodeContribution
    function minimumContribution() external view returns (uint256 result) {
        return _minimumContribution(_birth(), _round);
    }

    function _minimumContribution(Birth memory birth, Round memory round) private pure returns (uint256) {
        // payments and open reservations together never exceed the requirement: every way in checks it
        uint256 remaining = birth.stakingRequirement - round.total - round.openAmount;
        uint256 taken = uint256(round.contributors) + round.openReservations;
        if (remaining == 0 && taken != 0) return 0;
        return calcMinimumContribution(remaining, taken, birth.maxContributors);
    }

    /// @inheritdoc IServiceNodeContribution
    function calcMinimumContribution(
        uint256 contributionRemaining,
        uint256 numContributors,
        uint256 maxNumContributors
    ) public pure returns (uint256 result) {
        if (numContributors >= maxNumContributors)
            revert CalcMinContributionGivenBadContribArgs(numContributors, maxNumContributors);

        if (numContributors == 0) return minimumOperatorContribution(contributionRemaining);
        return Math.ceilDiv(contributionRemaining, maxNumContributors - numContributors);
    }

    /// @inheritdoc IServiceNodeContribution
    function minimumOperatorContribution(uint256 _stakingRequirement) public pure returns (uint256 result) {
        return Math.ceilDiv(_stakingRequirement, 4);
    }

    /// @inheritdoc IServiceNodeContribution
    function summary() external view returns (Summary memory result) {
        Birth memory birth = _birth();
        Round memory round = _round;
        result.status = round.status;
        result.manualFinalize = manualFinalize;
        result.operator = birth.operator;
        result.stakingRequirement = birth.stakingRequirement;
        result.maxContributors = birth.maxContributors;
        result.totalContribution = round.total;
        result.totalReservedContribution = round.openAmount;
        if (uint256(round.contributors) + round.openReservations < birth.maxContributors)
            result.minimumContribution = _minimumContribution(birth, round);
        result.paramsHash = paramsHash();
        result.blsPubkey = blsPubkey;
        result.params = serviceNodeParams();
        result.contributors = _contributors();
        result.reserved = _reserved();
        result.received = new bool[](result.reserved.length);
        for (uint256 i; i < result.reserved.length; ++i)
            result.received[i] = _reservations[result.reserved[i].addr].received;
    }
}
