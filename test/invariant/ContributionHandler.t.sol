// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ServiceNodeContribution} from "../../contracts/ServiceNodeContribution.sol";
import {ServiceNodeContributionFactory} from "../../contracts/ServiceNodeContributionFactory.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeContribution} from "../../contracts/interfaces/IServiceNodeContribution.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../../contracts/libraries/BN254.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {bound, vm} from "../helpers/Vm.sol";
import {System} from "./System.sol";

/// @notice What operators, contributors and thieves do to contribution contracts. A refused call leaves no trace in the books.
contract ContributionHandler {
    System public system;
    ServiceNodeRewards public rewards;
    ServiceNodeContributionFactory public factory;
    SESH public sesh;

    ServiceNodeContribution[] public contributions;
    /// What was sent to a contribution outside its books
    mapping(address => uint256) public ghostDonated;
    /// The node that a contribution last became
    mapping(address => uint64) public ghostNodeOf;
    /// What the rewards contract must hold: it pays nothing here
    uint256 public ghostStaked;
    /// The first thing that should never have happened; empty if none did
    string public broken;

    uint256 private constant MAX_CONTRACTS = 3;

    constructor(System system_) {
        system = system_;
        rewards = system_.rewards();
        factory = system_.factory();
        sesh = system_.sesh();
    }

    function contributionsLength() external view returns (uint256) {
        return contributions.length;
    }

    // --------------------------------------------------------------------------------------------------------- operators

    function deploy(uint256 keySeed, uint256 operatorSeed, uint256 reservedSeed, bool manual) external {
        require(contributions.length < MAX_CONTRACTS);
        address operator = system.actor(operatorSeed);
        BN254.G1Point memory key = system.key(keySeed);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(keySeed, operator);
        IServiceNodeRewardsState.ServiceNodeParams memory params = system.params(
            keySeed,
            uint16(reservedSeed % 10_001)
        );
        IServiceNodeRewardsState.ReservedContributor[] memory reserved = _reservations(operator, reservedSeed);

        vm.prank(operator);
        address made = factory.deploy(key, proof, params, reserved, manual);

        if (!factory.owns(made)) _break("the factory does not own what it made");
        contributions.push(ServiceNodeContribution(made));
        for (uint256 i = 0; i < system.ACTORS(); i++) {
            address actor = system.actor(i);
            vm.prank(actor);
            sesh.approve(made, type(uint256).max);
        }
    }

    function update(uint256 seed, uint256 callerSeed, uint256 what, uint256 value) external {
        ServiceNodeContribution target = _contribution(seed);
        address caller = _operatorOrThief(target, callerSeed);
        IServiceNodeRewardsState.ReservedContributor[] memory reserved = _reservations(target.operator(), value);
        IServiceNodeContribution.Status status = target.status();
        what = bound(what, 0, 3);
        if (what == 3) return _updateKeys(target, caller, value, status);
        vm.prank(caller);
        if (what == 0) target.updateFee(uint16(bound(value, 0, 10_100)));
        else if (what == 1) target.updateReservedContributors(reserved);
        else target.updateManualFinalize(value % 2 == 0);
        if (what < 2 && status != IServiceNodeContribution.Status.WaitForOperatorContrib)
            _break("terms changed while money is in");
        if (caller != target.operator()) _break("a stranger changed the terms");
    }

    function _updateKeys(
        ServiceNodeContribution target,
        address caller,
        uint256 keySeed,
        IServiceNodeContribution.Status status
    ) private {
        BN254.G1Point memory key = system.key(keySeed);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(keySeed, target.operator());
        uint256 ed25519 = system.ed25519(keySeed);
        vm.prank(caller);
        target.updatePubkeys(key, proof, ed25519, 1, 2);
        if (status != IServiceNodeContribution.Status.WaitForOperatorContrib) _break("keys changed while money is in");
        if (caller != target.operator()) _break("a stranger changed the keys");
    }

    function finalize(uint256 seed, uint256 callerSeed) external {
        ServiceNodeContribution target = _full(seed);
        address caller = _operatorOrThief(target, callerSeed);
        vm.prank(caller);
        target.finalize();
        if (caller != target.operator()) _break("a stranger finalised");
        _registered(target);
    }

    function reset(uint256 seed, uint256 callerSeed) external {
        ServiceNodeContribution target = _contribution(seed);
        // mostly a thief: contributions are to live for a while
        address caller = callerSeed % 4 == 1 ? target.operator() : system.actor(callerSeed);
        bool refund = target.status() != IServiceNodeContribution.Status.Finalized;
        uint256 actors = system.ACTORS();
        uint256[] memory expected = new uint256[](actors);
        for (uint256 i = 0; i < actors; i++) {
            address actor = system.actor(i);
            expected[i] = sesh.balanceOf(actor) + (refund ? target.contributions(actor) : 0);
        }

        vm.prank(caller);
        target.reset();

        if (caller != target.operator()) _break("a stranger reset");
        for (uint256 i = 0; i < actors; i++)
            if (sesh.balanceOf(system.actor(i)) != expected[i]) _break("a reset refunded wrongly");
    }

    function resetUpdateAndContribute(uint256 seed, uint256 keySeed, uint256 reservedSeed, uint256 amount) external {
        ServiceNodeContribution target = _contribution(seed);
        BN254.G1Point memory key = system.key(keySeed);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(keySeed, target.operator());
        IServiceNodeRewardsState.ServiceNodeParams memory params = system.params(
            keySeed,
            uint16(reservedSeed % 10_001)
        );
        IServiceNodeRewardsState.ReservedContributor[] memory reserved = _reservations(target.operator(), reservedSeed);
        amount = bound(amount, target.stakingRequirement() / 4, target.stakingRequirement() / 2);
        vm.prank(target.operator());
        target.resetUpdateAndContribute(key, proof, params, reserved, keySeed % 2 == 0, address(0), amount);
        if (target.operatorContribution() != amount) _break("resetUpdateAndContribute booked another amount");
    }

    function rescue(uint256 seed, uint256 callerSeed) external {
        ServiceNodeContribution target = _contribution(seed);
        address caller = _operatorOrThief(target, callerSeed);
        uint256 before = sesh.balanceOf(caller);
        vm.prank(caller);
        target.rescueERC20(address(sesh));
        if (caller != target.operator()) _break("a stranger rescued");
        if (sesh.balanceOf(caller) != before + ghostDonated[address(target)]) _break("rescued what is not a donation");
        ghostDonated[address(target)] = 0;
    }

    // ------------------------------------------------------------------------------------------------------ contributors

    function contribute(uint256 seed, uint256 actorSeed, uint256 amount, uint256 kind, bool pinned) external {
        ServiceNodeContribution target = _contribution(seed);
        // nothing opens without the operator: it comes first
        bool first = target.status() == IServiceNodeContribution.Status.WaitForOperatorContrib && kind % 8 != 0;
        address actor = first ? target.operator() : system.actor(actorSeed);
        uint256 missing = target.stakingRequirement() - target.totalContribution();
        if (kind % 8 == 0) amount = missing;
        else if (kind % 8 == 1) amount = missing - target.totalReservedContribution();
        else if (kind % 8 < 4) (amount, ) = target.reservedContributions(actor);
        else if (kind % 8 == 4) amount = bound(amount, 0, missing + 1);
        else amount = target.minimumContribution() + (amount % (missing / 8 + 1));
        if (amount == 0 && kind % 16 != 0) amount = target.minimumContribution();
        uint256 before = target.contributions(actor);
        bytes32 seen = target.paramsHash();

        vm.prank(actor);
        // a permit that is no good, and an approval that is
        if (pinned && kind % 3 == 0) target.contributeFundsWithPermit(amount, address(0), seen, 0, 0, 0, 0);
        else if (pinned) target.contributeFunds(amount, address(0), seen);
        else target.contributeFunds(amount, address(uint160(kind)));

        if (amount == 0) _break("a contribution of nothing");
        if (target.contributions(actor) != before + amount) _break("a contribution was not booked");
        if (target.status() == IServiceNodeContribution.Status.Finalized) _registered(target);
    }

    function contributeToWhatChanged(uint256 seed, uint256 actorSeed, uint256 amount, bytes32 seen) external {
        ServiceNodeContribution target = _contribution(seed);
        address actor = system.actor(actorSeed);
        require(seen != target.paramsHash());
        vm.prank(actor);
        try target.contributeFunds(amount, address(0), seen) {
            _break("contributed to terms that were not seen");
        } catch {}
    }

    function withdraw(uint256 seed, uint256 actorSeed, bool wait) external {
        ServiceNodeContribution target = _contribution(seed);
        address actor = _contributor(target, actorSeed);
        require(actor != target.operator());
        if (wait) vm.warp(block.timestamp + 1 days);
        uint256 paid = target.contributions(actor);
        uint256 paidAt = target.contributionTimestamp(actor);
        (uint256 reserved, ) = target.reservedContributions(actor);
        uint256 before = sesh.balanceOf(actor);
        bool finalized = target.status() == IServiceNodeContribution.Status.Finalized;

        vm.prank(actor);
        target.withdrawContribution();

        if (finalized || paid == 0) {
            if (sesh.balanceOf(actor) != before) _break("a withdrawal of nothing paid something");
            return;
        }
        if (block.timestamp < paidAt + 1 days) _break("withdrawn within 24 h");
        if (sesh.balanceOf(actor) != before + paid) _break("withdrew another amount than was paid");
        (uint256 reservedAfter, bool received) = target.reservedContributions(actor);
        if (reservedAfter != reserved || received) _break("a withdrawal lost its reservation");
    }

    function updateBeneficiary(uint256 seed, uint256 actorSeed, address beneficiary) external {
        ServiceNodeContribution target = _contribution(seed);
        address actor = _contributor(target, actorSeed);
        vm.prank(actor);
        target.updateBeneficiary(beneficiary);
        if (target.contributions(actor) == 0) _break("a stranger has a beneficiary");
    }

    function donate(uint256 seed, uint256 actorSeed, uint256 amount) external {
        ServiceNodeContribution target = _contribution(seed);
        address actor = system.actor(actorSeed);
        amount = bound(amount, 1, 1_000e9);
        vm.prank(actor);
        sesh.transfer(address(target), amount);
        ghostDonated[address(target)] += amount;
    }

    // --------------------------------------------------------------------------------------- the world around, and time

    /// A registered node leaves, so that its keys may come back
    function leave(uint256 nodeSeed) external {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        uint64 id = ids[nodeSeed % ids.length];
        address operator = rewards.serviceNodes(id).operator;
        vm.prank(operator);
        rewards.initiateExitBLSPublicKey(id);
        vm.warp(block.timestamp + 30 days);
        vm.roll(block.number + 1);
        rewards.exitBLSPublicKeyAfterWaitTime(id);
        // what a network of one would sign for the leavers, out of the pool's pocket
        address owner = system.OWNER();
        for (uint256 i = 0; i < system.ACTORS(); i++) {
            address actor = system.actor(i);
            if (sesh.balanceOf(actor) >= 100_000e9) continue;
            vm.prank(owner);
            sesh.transfer(actor, 500_000e9);
        }
    }

    function changeRequirement(uint256 value) external {
        address owner = system.OWNER();
        // mostly what the contracts were made for
        uint256 requirement = value % 4 == 0 ? bound(value, 20_000e9, 30_000e9) : system.REQUIREMENT();
        vm.prank(owner);
        rewards.setStakingRequirement(requirement);
    }

    function nextBlock(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 1 days));
        vm.roll(block.number + 1);
    }

    // --------------------------------------------------------------------------------------------------------- internals

    function _contribution(uint256 seed) private view returns (ServiceNodeContribution) {
        return contributions[seed % contributions.length];
    }

    /// The next one that waits for its operator, if any does
    function _full(uint256 seed) private view returns (ServiceNodeContribution target) {
        for (uint256 i = 0; i < contributions.length; i++) {
            target = _contribution((seed % contributions.length) + i);
            if (target.status() == IServiceNodeContribution.Status.WaitForFinalized) return target;
        }
    }

    /// Who joined last but a few, or one in four times somebody
    function _contributor(ServiceNodeContribution target, uint256 seed) private view returns (address) {
        uint256 length = target.contributorAddressesLength();
        if (seed % 4 == 0 || length == 0) return system.actor(seed / 4);
        return target.contributorAddresses(length - 1 - ((seed / 4) % ((length + 1) / 2))).addr;
    }

    /// The operator, or one in four times somebody
    function _operatorOrThief(ServiceNodeContribution target, uint256 seed) private view returns (address) {
        return seed % 4 == 0 ? system.actor(seed / 4) : target.operator();
    }

    /// The operator with a quarter or more and up to three others, sometimes more than fits
    function _reservations(
        address operator,
        uint256 seed
    ) private view returns (IServiceNodeRewardsState.ReservedContributor[] memory reserved) {
        uint256 count = seed % 5;
        uint256 requirement = rewards.stakingRequirement();
        reserved = new IServiceNodeRewardsState.ReservedContributor[](count);
        for (uint256 i = 0; i < count; i++) {
            reserved[i].addr = system.actor(uint160(operator) - uint160(system.actor(0)) + i);
            reserved[i].amount = bound(seed / (7 + i), requirement / 4, requirement / 3);
        }
    }

    /// Registered by the operator, with the whole stake gone
    function _registered(ServiceNodeContribution target) private {
        if (target.status() != IServiceNodeContribution.Status.Finalized) _break("not finalised");
        (uint256 x, uint256 y) = target.blsPubkey();
        uint64 id = rewards.serviceNodeIDs(abi.encodePacked(x, y));
        if (id == 0) _break("finalised without a node");
        if (rewards.serviceNodes(id).operator != target.operator()) _break("another operator than the operator");
        ghostNodeOf[address(target)] = id;
        ghostStaked += target.stakingRequirement();
    }

    function _break(string memory what) private {
        if (bytes(broken).length == 0) broken = what;
    }
}
