// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Panic} from "@openzeppelin/contracts/utils/Panic.sol";

import {IServiceNodeContribution} from "../interfaces/IServiceNodeContribution.sol";
import {IServiceNodeRewards} from "../interfaces/IServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../libraries/BN254.sol";
import {ContributionClone} from "./ContributionClone.sol";

/// @title What a contribution contract keeps, and how it is read
/// @notice A contributor takes two slots, and every sum is kept in the one slot of the round: a payment reads no other contributor's.
/// What is fixed at birth lies behind the clone's code, not in storage.
abstract contract ContributionBooks is IServiceNodeContribution {
    // --------------------------------------------------------------------------------------------------------- storage

    /// @dev One slot, slot 0, of which ContributionClone.yul knows status and fee: updateFee reads and writes both.
    struct Round {
        Status status;
        uint16 fee;
        uint8 contributors;
        uint8 reservations;
        /// Reservations that are not paid yet, and their sum
        uint8 openReservations;
        uint96 openAmount;
        uint96 total;
    }

    /// @dev One slot.
    struct Payment {
        address staker;
        uint96 amount;
    }

    /// @dev One slot. `place` is the number of the payment plus 1; 0 for somebody who is not in the books.
    struct Details {
        address beneficiary;
        uint40 paidAt;
        uint8 place;
    }

    Round internal _round;

    /// Slot 1, which `false` clears; ContributionClone.yul writes it
    /// @inheritdoc IServiceNodeContribution
    bool public manualFinalize;

    /// @inheritdoc IServiceNodeContribution
    BN254.G1Point public blsPubkey;

    IServiceNodeRewardsState.BLSSignatureParams public _blsSignature;
    uint256 internal _ed25519Pubkey;
    uint256 internal _ed25519Signature1;
    uint256 internal _ed25519Signature2;

    /// The operator, who must pay first and cannot leave alone, is always at 0
    mapping(uint256 index => Payment) internal _payments;
    mapping(address staker => Details) internal _details;
    mapping(address staker => ReservedContribution) internal _reservations;
    mapping(uint256 index => address staker) internal _reservationAddresses;

    // ------------------------------------------------------------------------------------------ what is fixed at birth

    struct Birth {
        IServiceNodeRewards rewards;
        IERC20 sesh;
        address operator;
        uint256 stakingRequirement;
        uint256 maxContributors;
    }

    /// @dev What the factory put behind the code of this clone, packed: rewards (20 bytes), sesh (20), operator (20),
    /// stakingRequirement (12), maxContributors (1).
    function _birth() internal view returns (Birth memory birth) {
        uint256 codeSize = ContributionClone.CODE_SIZE;
        assembly ("memory-safe") {
            // 73 bytes behind the free memory pointer, from behind the clone's own code
            let free := mload(0x40)
            extcodecopy(address(), free, codeSize, 73)
            mstore(birth, shr(96, mload(free)))
            mstore(add(birth, 0x20), shr(96, mload(add(free, 20))))
            mstore(add(birth, 0x40), shr(96, mload(add(free, 40))))
            mstore(add(birth, 0x60), shr(160, mload(add(free, 60))))
            mstore(add(birth, 0x80), byte(0, mload(add(free, 72))))
        }
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

    // --------------------------------------------------------------------------------------------------------- changes

    /// @dev Takes the caller's open reservation out of `round`, which the caller stores.
    /// @return amount 0 without one
    function _takeReservation(Round memory round) internal returns (uint256 amount) {
        if (round.openReservations == 0) return 0;
        ReservedContribution storage reservation = _reservations[msg.sender];
        // somebody who is not in the books has not paid for it
        amount = reservation.amount;
        if (amount == 0) return 0;
        reservation.received = true;
        --round.openReservations;
        round.openAmount -= uint96(amount);
    }

    /// @dev Takes the caller, contributor number `index`, out of the books and stores `round`. The last contributor takes the place.
    function _removeContributor(Round memory round, uint256 index) internal returns (uint256) {
        uint96 amount = _payments[index].amount;
        uint256 last = --round.contributors;
        if (index != last) {
            Payment memory moved = _payments[last];
            _payments[index] = moved;
            _details[moved.staker].place = uint8(index + 1);
        }
        delete _payments[last];
        delete _details[msg.sender];

        if (round.reservations != 0) {
            ReservedContribution storage reservation = _reservations[msg.sender];
            uint96 reserved = reservation.amount;
            if (reserved != 0) {
                reservation.received = false;
                ++round.openReservations;
                round.openAmount += reserved;
            }
        }
        round.total -= amount;
        round.status = Status.OpenForPublicContrib;
        _round = round;
        return amount;
    }

    function _clearReservations(uint256 count) internal {
        for (uint256 i; i < count; ++i) {
            delete _reservations[_reservationAddresses[i]];
            delete _reservationAddresses[i];
        }
    }

    // ----------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IServiceNodeContribution
    function status() external view returns (Status) {
        return _round.status;
    }

    /// @inheritdoc IServiceNodeContribution
    function blsSignature() external view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        return _blsSignature;
    }

    /// @inheritdoc IServiceNodeContribution
    function serviceNodeParams() public view returns (IServiceNodeRewardsState.ServiceNodeParams memory) {
        return
            IServiceNodeRewardsState.ServiceNodeParams(
                _ed25519Pubkey,
                _ed25519Signature1,
                _ed25519Signature2,
                _round.fee
            );
    }

    /// @notice `serviceNodeParams`, not as a struct.
    function _serviceNodeParams()
        external
        view
        returns (uint256 serviceNodePubkey, uint256 serviceNodeSignature1, uint256 serviceNodeSignature2, uint16 fee)
    {
        return (_ed25519Pubkey, _ed25519Signature1, _ed25519Signature2, _round.fee);
    }

    /// @inheritdoc IServiceNodeContribution
    function contributions(address stakerAddr) public view returns (uint256 amount) {
        uint256 place = _details[stakerAddr].place;
        return place == 0 ? 0 : _payments[place - 1].amount;
    }

    /// @inheritdoc IServiceNodeContribution
    function contributionTimestamp(address stakerAddr) external view returns (uint256 amount) {
        return _details[stakerAddr].paidAt;
    }

    /// @inheritdoc IServiceNodeContribution
    function reservedContributions(address stakerAddr) external view returns (uint256 amount, bool received) {
        ReservedContribution storage reservation = _reservations[stakerAddr];
        return (reservation.amount, reservation.received);
    }

    /// @notice The address of a reservation, in their order.
    function reservedContributionsAddresses(uint256) external view returns (address) {
        uint256 index = _onlyArgument();
        _requireIndex(index, _round.reservations);
        return _reservationAddresses[index];
    }

    /// @notice `contributorAddresses`, not as a struct.
    function _contributorAddresses(uint256) external view returns (address addr, address beneficiary) {
        IServiceNodeRewardsState.Staker memory staker = contributorAddresses(_onlyArgument());
        return (staker.addr, staker.beneficiary);
    }

    /// @dev The argument of a getter that has no name in the deployed ABI.
    function _onlyArgument() private pure returns (uint256) {
        return abi.decode(msg.data[4:], (uint256));
    }

    /// @inheritdoc IServiceNodeContribution
    function contributorAddresses(uint256 index) public view returns (IServiceNodeRewardsState.Staker memory) {
        _requireIndex(index, _round.contributors);
        address staker = _payments[index].staker;
        return IServiceNodeRewardsState.Staker(staker, _details[staker].beneficiary);
    }

    /// @dev As of an array.
    function _requireIndex(uint256 index, uint256 length) private pure {
        if (index >= length) Panic.panic(Panic.ARRAY_OUT_OF_BOUNDS);
    }

    /// @inheritdoc IServiceNodeContribution
    function contributorAddressesLength() external view returns (uint256 result) {
        return _round.contributors;
    }

    /// @inheritdoc IServiceNodeContribution
    function getContributions()
        external
        view
        returns (address[] memory addrs, address[] memory beneficiaries, uint256[] memory contribs)
    {
        IServiceNodeRewardsState.Contributor[] memory all = _contributors();
        addrs = new address[](all.length);
        beneficiaries = new address[](all.length);
        contribs = new uint256[](all.length);
        for (uint256 i; i < all.length; ++i) {
            addrs[i] = all[i].staker.addr;
            beneficiaries[i] = all[i].staker.beneficiary;
            contribs[i] = all[i].stakedAmount;
        }
    }

    /// @inheritdoc IServiceNodeContribution
    function getReserved()
        external
        view
        returns (address[] memory addrs, uint256[] memory contribs, bool[] memory received)
    {
        IServiceNodeRewardsState.ReservedContributor[] memory all = _reserved();
        addrs = new address[](all.length);
        contribs = new uint256[](all.length);
        received = new bool[](all.length);
        for (uint256 i; i < all.length; ++i) {
            addrs[i] = all[i].addr;
            contribs[i] = all[i].amount;
            received[i] = _reservations[addrs[i]].received;
        }
    }

    /// @inheritdoc IServiceNodeContribution
    function totalContribution() external view returns (uint256 result) {
        return _round.total;
    }

    /// @inheritdoc IServiceNodeContribution
    function totalReservedContribution() external view returns (uint256 result) {
        return _round.openAmount;
    }

    function _contributors() internal view returns (IServiceNodeRewardsState.Contributor[] memory result) {
        result = new IServiceNodeRewardsState.Contributor[](_round.contributors);
        for (uint256 i; i < result.length; ++i) {
            Payment memory payment = _payments[i];
            result[i].staker = IServiceNodeRewardsState.Staker(payment.staker, _details[payment.staker].beneficiary);
            result[i].stakedAmount = payment.amount;
        }
    }

    function _reserved() internal view returns (IServiceNodeRewardsState.ReservedContributor[] memory result) {
        result = new IServiceNodeRewardsState.ReservedContributor[](_round.reservations);
        for (uint256 i; i < result.length; ++i) {
            address addr = _reservationAddresses[i];
            result[i] = IServiceNodeRewardsState.ReservedContributor(addr, _reservations[addr].amount);
        }
    }
}
