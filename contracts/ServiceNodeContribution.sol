// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IServiceNodeContribution} from "./interfaces/IServiceNodeContribution.sol";
import {IServiceNodeRewards} from "./interfaces/IServiceNodeRewards.sol";
import {BN254} from "./libraries/BN254.sol";

/// @title ServiceNodeContribution
/// @notice The code behind the factory's clones. What is fixed at birth (rewards contract, token, operator, requirement, number of
/// contributors) lies behind the clone's code, not in storage.
contract ServiceNodeContribution is IServiceNodeContribution {
    using SafeERC20 for IERC20;

    /// @inheritdoc IServiceNodeContribution
    uint64 public constant WITHDRAWAL_DELAY = 1 days;

    /// @inheritdoc IServiceNodeContribution
    uint16 public constant MAX_FEE = 10_000;

    /// @inheritdoc IServiceNodeContribution
    Status public status;

    /// @inheritdoc IServiceNodeContribution
    bool public manualFinalize;

    /// @inheritdoc IServiceNodeContribution
    BN254.G1Point public blsPubkey;

    IServiceNodeRewards.BLSSignatureParams public _blsSignature;
    IServiceNodeRewards.ServiceNodeParams public _serviceNodeParams;

    /// @inheritdoc IServiceNodeContribution
    mapping(address stakerAddr => uint256 amount) public contributions;

    /// @inheritdoc IServiceNodeContribution
    mapping(address stakerAddr => uint256 amount) public contributionTimestamp;

    /// In order of the first payment: the operator, who must pay first and cannot leave alone, is always at 0
    IServiceNodeRewards.Staker[] public _contributorAddresses;

    /// @inheritdoc IServiceNodeContribution
    mapping(address stakerAddr => ReservedContribution) public reservedContributions;

    address[] public reservedContributionsAddresses;

    constructor() {
        // a key that is set marks an initialised contract; this one is only code
        _serviceNodeParams.serviceNodePubkey = type(uint256).max;
    }

    /// @inheritdoc IServiceNodeContribution
    function initialize(
        BN254.G1Point calldata key,
        IServiceNodeRewards.BLSSignatureParams calldata sig,
        IServiceNodeRewards.ServiceNodeParams calldata params,
        IServiceNodeRewards.ReservedContributor[] calldata reserved,
        bool manualFinalize_
    ) external {
        // the Ed25519 key is never null once set, hence a flag without a slot of its own
        if (_serviceNodeParams.serviceNodePubkey != 0) revert AlreadyInitialized();

        _update(key, sig, params, reserved, manualFinalize_);
    }

    // ------------------------------------------------------------------------------------------ what is fixed at birth

    struct Birth {
        IServiceNodeRewards rewards;
        IERC20 sesh;
        address operator;
        uint256 stakingRequirement;
        uint256 maxContributors;
    }

    function _birth() private view returns (Birth memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Birth));
    }

    /// @inheritdoc IServiceNodeContribution
    function stakingRewardsContract() external view returns (IServiceNodeRewards) {
        return _birth().rewards;
    }

    /// @inheritdoc IServiceNodeContribution
    function SESH() external view returns (IERC20) {
        return _birth().sesh;
    }

    /// @inheritdoc IServiceNodeContribution
    function operator() external view returns (address) {
        return _birth().operator;
    }

    /// @inheritdoc IServiceNodeContribution
    function stakingRequirement() external view returns (uint256) {
        return _birth().stakingRequirement;
    }

    /// @inheritdoc IServiceNodeContribution
    function maxContributors() external view returns (uint256) {
        return _birth().maxContributors;
    }

    // ---------------------------------------------------------------------------------------------------- the operator

    function _onlyOperator() private view {
        address operator_ = _birth().operator;
        if (msg.sender != operator_) revert OnlyOperatorIsAuthorised(msg.sender, operator_);
    }

    function _onlyOperatorBeforeFunding() private view {
        _onlyOperator();
        if (status != Status.WaitForOperatorContrib) revert RequireWaitForOperatorContribStatus(status);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateFee(uint16 fee) external {
        _onlyOperatorBeforeFunding();
        _updateFee(fee);
    }

    /// @inheritdoc IServiceNodeContribution
    function updatePubkeys(
        BN254.G1Point calldata newBLSPubkey,
        IServiceNodeRewards.BLSSignatureParams calldata newBLSSig,
        uint256 ed25519Pubkey,
        uint256 ed25519Sig0,
        uint256 ed25519Sig1
    ) external {
        _onlyOperatorBeforeFunding();
        _updatePubkeys(newBLSPubkey, newBLSSig, ed25519Pubkey, ed25519Sig0, ed25519Sig1);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateReservedContributors(IServiceNodeRewards.ReservedContributor[] calldata reserved) external {
        _onlyOperatorBeforeFunding();
        _updateReservedContributors(reserved);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateManualFinalize(bool value) external {
        _onlyOperator();
        _updateManualFinalize(value);
    }

    /// @inheritdoc IServiceNodeContribution
    function finalize() external {
        _onlyOperator();
        if (status != Status.WaitForFinalized) revert FinalizeNotPossible(status);

        Birth memory birth = _birth();
        _requireParentUnchanged(birth);

        _finalize(birth);
    }

    /// @inheritdoc IServiceNodeContribution
    function reset() external {
        _onlyOperator();
        _reset();
    }

    /// @inheritdoc IServiceNodeContribution
    function resetUpdateAndContribute(
        BN254.G1Point calldata key,
        IServiceNodeRewards.BLSSignatureParams calldata sig,
        IServiceNodeRewards.ServiceNodeParams calldata params,
        IServiceNodeRewards.ReservedContributor[] calldata reserved,
        bool _manualFinalize,
        address beneficiary,
        uint256 amount
    ) external {
        _onlyOperator();

        // the refund comes first: it may be what the operator pays with
        _reset();
        _update(key, sig, params, reserved, _manualFinalize);
        _contribute(amount, beneficiary);
    }

    /// @inheritdoc IServiceNodeContribution
    function rescueERC20(address tokenAddress) external {
        _onlyOperator();

        // in the two other statuses the balance belongs to the contributors
        if (status != Status.WaitForOperatorContrib && status != Status.Finalized) revert RescueNotPossible(status);

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
            _reset();
            return;
        }

        if (status == Status.Finalized) revert WithdrawNotPossible(status);
        uint256 amount = contributions[msg.sender];
        if (amount == 0) revert WithdrawNoContribution(msg.sender);
        uint256 paidAt = contributionTimestamp[msg.sender];
        if (block.timestamp < paidAt + WITHDRAWAL_DELAY)
            revert WithdrawTooEarly(paidAt, block.timestamp, WITHDRAWAL_DELAY);

        _removeContributor(msg.sender);
        status = Status.OpenForPublicContrib;

        emit WithdrawContribution(msg.sender, amount);

        birth.sesh.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IServiceNodeContribution
    function updateBeneficiary(address newBeneficiary) external {
        if (status != Status.OpenForPublicContrib && status != Status.WaitForFinalized)
            revert BeneficiaryUpdatingDisabledNodeIsNotOpen(_serviceNodeParams.serviceNodePubkey);
        if (contributions[msg.sender] == 0) revert NonContributorUpdatedBeneficiary(msg.sender);

        if (newBeneficiary == address(0)) newBeneficiary = msg.sender;
        _contributorAddresses[_indexOf(msg.sender)].beneficiary = newBeneficiary;

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

    function _contribute(uint256 amount, address beneficiary) private {
        Status before = status;
        if (before != Status.WaitForOperatorContrib && before != Status.OpenForPublicContrib)
            revert ContributeFundsNotPossible(before);

        Birth memory birth = _birth();
        _requireParentUnchanged(birth);

        if (before == Status.WaitForOperatorContrib && msg.sender != birth.operator)
            revert FirstContributionMustBeOperator(msg.sender, birth.operator);

        uint256 paid = Math.saturatingAdd(totalContribution(), amount);
        _requireRoom(birth, amount, paid);

        _enter(amount, beneficiary);
        if (before == Status.WaitForOperatorContrib) {
            status = Status.OpenForPublicContrib;
            emit OpenForPublicContribution();
        }
        emit NewContribution(msg.sender, _contributorAddresses[_indexOf(msg.sender)].beneficiary, amount);

        // the approval to the rewards contract is worth nothing before the last payment is here
        birth.sesh.safeTransferFrom(msg.sender, address(this), amount);

        if (paid == birth.stakingRequirement) {
            status = Status.WaitForFinalized;
            emit Filled();
            if (!manualFinalize) _finalize(birth);
        }
    }

    /// Minimum, total and slots, for a payment of `amount` by the caller that brings the total to `paid`.
    function _requireRoom(Birth memory birth, uint256 amount, uint256 paid) private view {
        (uint256 openAmount, uint256 openCount) = _openReservations();
        uint256 slots = _contributorAddresses.length + openCount;
        bool newcomer = contributions[msg.sender] == 0;

        if (newcomer && _isOpen(msg.sender)) {
            uint256 reserved = reservedContributions[msg.sender].amount;
            if (amount < reserved) revert ContributionBelowReservedAmount(amount, reserved);
            openAmount -= reserved;
        } else if (newcomer) {
            // without a free slot there is no minimum: the total or the slots refuse the payment below
            uint256 minimum = slots < birth.maxContributors ? minimumContribution() : 0;
            if (amount < minimum) revert ContributionBelowMinAmount(amount, minimum);
            ++slots;
        }
        if (amount == 0) revert ZeroContribution();

        if (Math.saturatingAdd(paid, openAmount) > birth.stakingRequirement)
            revert ContributionExceedsStakingRequirement(paid, openAmount, birth.stakingRequirement);
        if (slots > birth.maxContributors) revert MaxContributorsExceeded(birth.maxContributors);
    }

    /// Writes the caller's payment into the books.
    function _enter(uint256 amount, address beneficiary) private {
        if (contributions[msg.sender] == 0) {
            if (beneficiary == address(0)) beneficiary = msg.sender;
            _contributorAddresses.push(IServiceNodeRewards.Staker(msg.sender, beneficiary));
            if (_isOpen(msg.sender)) reservedContributions[msg.sender].received = true;
        } else if (beneficiary != address(0)) {
            _contributorAddresses[_indexOf(msg.sender)].beneficiary = beneficiary;
        }
        contributions[msg.sender] += amount;
        contributionTimestamp[msg.sender] = block.timestamp;
    }

    function _finalize(Birth memory birth) private {
        status = Status.Finalized;
        emit Finalized();

        birth.sesh.forceApprove(address(birth.rewards), birth.stakingRequirement);
        birth.rewards.addBLSPublicKey(blsPubkey, _blsSignature, _serviceNodeParams, _contributors());
    }

    // ------------------------------------------------------------------------------------------------------ paying out

    /// Closes the gap, so that the order of the first payments stays.
    function _removeContributor(address contributor) private {
        uint256 last = _contributorAddresses.length - 1;
        for (uint256 i = _indexOf(contributor); i < last; ++i) _contributorAddresses[i] = _contributorAddresses[i + 1];
        _contributorAddresses.pop();

        delete contributions[contributor];
        delete contributionTimestamp[contributor];
        reservedContributions[contributor].received = false;
    }

    function _reset() private {
        bool refund = status != Status.Finalized;
        IServiceNodeRewards.Contributor[] memory refunds = _contributors();

        for (uint256 i; i < refunds.length; ++i) {
            delete contributions[refunds[i].staker.addr];
            delete contributionTimestamp[refunds[i].staker.addr];
        }
        delete _contributorAddresses;
        _clearReservations();
        status = Status.WaitForOperatorContrib;

        emit Reset();

        // the books are empty by now: a token that calls back finds nothing to take twice
        if (!refund) return;
        IERC20 sesh = _birth().sesh;
        for (uint256 i; i < refunds.length; ++i) {
            emit WithdrawContribution(refunds[i].staker.addr, refunds[i].stakedAmount);
            sesh.safeTransfer(refunds[i].staker.addr, refunds[i].stakedAmount);
        }
    }

    // ----------------------------------------------------------------------------------------- keys, fee, reservations

    function _update(
        BN254.G1Point calldata key,
        IServiceNodeRewards.BLSSignatureParams calldata sig,
        IServiceNodeRewards.ServiceNodeParams calldata params,
        IServiceNodeRewards.ReservedContributor[] calldata reserved,
        bool manualFinalize_
    ) private {
        _updatePubkeys(key, sig, params.serviceNodePubkey, params.serviceNodeSignature1, params.serviceNodeSignature2);
        _updateFee(params.fee);
        _updateReservedContributors(reserved);
        _updateManualFinalize(manualFinalize_);
    }

    /// All that the rewards contract will ask of the keys when the node is full, asked before anyone pays.
    function _updatePubkeys(
        BN254.G1Point calldata key,
        IServiceNodeRewards.BLSSignatureParams calldata sig,
        uint256 ed25519Pubkey,
        uint256 ed25519Sig0,
        uint256 ed25519Sig1
    ) private {
        Birth memory birth = _birth();

        if (key.X == 0 && key.Y == 0) revert IServiceNodeRewards.NullBLSPubkey();
        if (ed25519Pubkey == 0) revert IServiceNodeRewards.NullEd25519Pubkey();
        uint64 id = birth.rewards.serviceNodeIDs(abi.encodePacked(key.X, key.Y));
        if (id != 0) revert IServiceNodeRewards.BLSPubkeyAlreadyExists(id);
        id = birth.rewards.ed25519ToServiceNodeID(ed25519Pubkey);
        if (id != 0) revert IServiceNodeRewards.Ed25519PubkeyAlreadyExists(id);
        birth.rewards.validateProofOfPossession(key, sig, birth.operator, ed25519Pubkey);

        blsPubkey = key;
        _blsSignature = sig;
        _serviceNodeParams.serviceNodePubkey = ed25519Pubkey;
        _serviceNodeParams.serviceNodeSignature1 = ed25519Sig0;
        _serviceNodeParams.serviceNodeSignature2 = ed25519Sig1;

        emit UpdatePubkeys(key, ed25519Pubkey);
    }

    function _updateFee(uint16 fee) private {
        if (fee > MAX_FEE) revert FeeExceedsPossibleValue(fee, MAX_FEE);
        _serviceNodeParams.fee = fee;
        emit UpdateFee(fee);
    }

    function _updateManualFinalize(bool value) private {
        manualFinalize = value;
        emit UpdateManualFinalize(value);
    }

    function _updateReservedContributors(IServiceNodeRewards.ReservedContributor[] calldata reserved) private {
        Birth memory birth = _birth();
        if (reserved.length > birth.maxContributors)
            revert TooManyReservedContributors(reserved.length, birth.maxContributors);

        _clearReservations();

        uint256 remaining = birth.stakingRequirement;
        for (uint256 i; i < reserved.length; ++i) {
            address addr = reserved[i].addr;
            uint256 amount = reserved[i].amount;

            if (i == 0 && addr != birth.operator) revert FirstReservedContributorMustBeOperator(i, birth.operator);
            if (addr == address(0)) revert ReservedContributorHasZeroAddress(i);
            if (reservedContributions[addr].amount != 0) revert DuplicateAddressInReservedContributor(i);
            uint256 minimum = calcMinimumContribution(remaining, i, birth.maxContributors);
            if (amount < minimum) revert ReservedContributionBelowMinAmount(i, amount, minimum);
            // after 100 % the minimum is 0, and a reservation of nothing is none
            if (amount > remaining || remaining == 0)
                revert ReservedContributionExceedsStakingRequirement(i, amount, remaining);

            remaining -= amount;
            reservedContributions[addr].amount = amount;
            reservedContributionsAddresses.push(addr);
        }

        emit UpdateReservedContributors(reserved);
    }

    function _clearReservations() private {
        for (uint256 i; i < reservedContributionsAddresses.length; ++i)
            delete reservedContributions[reservedContributionsAddresses[i]];
        delete reservedContributionsAddresses;
    }

    // ----------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IServiceNodeContribution
    function blsSignature() external view returns (IServiceNodeRewards.BLSSignatureParams memory) {
        return _blsSignature;
    }

    /// @inheritdoc IServiceNodeContribution
    function serviceNodeParams() external view returns (IServiceNodeRewards.ServiceNodeParams memory) {
        return _serviceNodeParams;
    }

    /// @inheritdoc IServiceNodeContribution
    function paramsHash() public view returns (bytes32) {
        return keccak256(abi.encode(blsPubkey, _serviceNodeParams, _reservations()));
    }

    /// @inheritdoc IServiceNodeContribution
    function contributorAddresses(uint256 index) external view returns (IServiceNodeRewards.Staker memory) {
        return _contributorAddresses[index];
    }

    /// @inheritdoc IServiceNodeContribution
    function contributorAddressesLength() external view returns (uint256 result) {
        return _contributorAddresses.length;
    }

    /// @inheritdoc IServiceNodeContribution
    function getContributions()
        external
        view
        returns (address[] memory addrs, address[] memory beneficiaries, uint256[] memory contribs)
    {
        uint256 length = _contributorAddresses.length;
        addrs = new address[](length);
        beneficiaries = new address[](length);
        contribs = new uint256[](length);
        for (uint256 i; i < length; ++i) {
            IServiceNodeRewards.Staker storage staker = _contributorAddresses[i];
            addrs[i] = staker.addr;
            beneficiaries[i] = staker.beneficiary;
            contribs[i] = contributions[staker.addr];
        }
    }

    /// @inheritdoc IServiceNodeContribution
    function getReserved()
        external
        view
        returns (address[] memory addrs, uint256[] memory contribs, bool[] memory received)
    {
        addrs = reservedContributionsAddresses;
        contribs = new uint256[](addrs.length);
        received = new bool[](addrs.length);
        for (uint256 i; i < addrs.length; ++i) {
            contribs[i] = reservedContributions[addrs[i]].amount;
            received[i] = reservedContributions[addrs[i]].received;
        }
    }

    /// @inheritdoc IServiceNodeContribution
    function totalContribution() public view returns (uint256 result) {
        for (uint256 i; i < _contributorAddresses.length; ++i) result += contributions[_contributorAddresses[i].addr];
    }

    /// @inheritdoc IServiceNodeContribution
    function totalReservedContribution() external view returns (uint256 result) {
        (result, ) = _openReservations();
    }

    /// @inheritdoc IServiceNodeContribution
    function operatorContribution() external view returns (uint256 result) {
        return contributions[_birth().operator];
    }

    /// @inheritdoc IServiceNodeContribution
    function minimumContribution() public view returns (uint256 result) {
        Birth memory birth = _birth();
        uint256 contributors = _contributorAddresses.length;
        uint256 remaining = birth.stakingRequirement - totalContribution();
        if (contributors == 0) return calcMinimumContribution(remaining, 0, birth.maxContributors);

        // payments and open reservations together never exceed the requirement: every way in checks it
        (uint256 openAmount, uint256 openCount) = _openReservations();
        remaining -= openAmount;
        if (remaining == 0) return 0;
        return calcMinimumContribution(remaining, contributors + openCount, birth.maxContributors);
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
        result.status = status;
        result.manualFinalize = manualFinalize;
        result.operator = birth.operator;
        result.stakingRequirement = birth.stakingRequirement;
        result.maxContributors = birth.maxContributors;
        result.totalContribution = totalContribution();
        uint256 openCount;
        (result.totalReservedContribution, openCount) = _openReservations();
        if (_contributorAddresses.length + openCount < birth.maxContributors)
            result.minimumContribution = minimumContribution();
        result.paramsHash = paramsHash();
        result.blsPubkey = blsPubkey;
        result.params = _serviceNodeParams;
        result.contributors = _contributors();
        result.reserved = _reservations();
        result.received = new bool[](result.reserved.length);
        for (uint256 i; i < result.reserved.length; ++i)
            result.received[i] = reservedContributions[result.reserved[i].addr].received;
    }

    // ------------------------------------------------------------------------------------------------------- internals

    /// Whether `contributor` has a reservation that it has not paid yet.
    function _isOpen(address contributor) private view returns (bool) {
        ReservedContribution storage reservation = reservedContributions[contributor];
        return reservation.amount != 0 && !reservation.received;
    }

    function _openReservations() private view returns (uint256 amount, uint256 count) {
        for (uint256 i; i < reservedContributionsAddresses.length; ++i) {
            address addr = reservedContributionsAddresses[i];
            if (!_isOpen(addr)) continue;
            amount += reservedContributions[addr].amount;
            ++count;
        }
    }

    /// The place of somebody who is known to be in the books.
    function _indexOf(address contributor) private view returns (uint256 i) {
        while (_contributorAddresses[i].addr != contributor) ++i;
    }

    function _contributors() private view returns (IServiceNodeRewards.Contributor[] memory result) {
        result = new IServiceNodeRewards.Contributor[](_contributorAddresses.length);
        for (uint256 i; i < result.length; ++i) {
            result[i].staker = _contributorAddresses[i];
            result[i].stakedAmount = contributions[result[i].staker.addr];
        }
    }

    function _reservations() private view returns (IServiceNodeRewards.ReservedContributor[] memory result) {
        result = new IServiceNodeRewards.ReservedContributor[](reservedContributionsAddresses.length);
        for (uint256 i; i < result.length; ++i) {
            address addr = reservedContributionsAddresses[i];
            result[i] = IServiceNodeRewards.ReservedContributor(addr, reservedContributions[addr].amount);
        }
    }
}
