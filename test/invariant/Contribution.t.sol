// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ServiceNodeContribution} from "../../contracts/ServiceNodeContribution.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeContribution} from "../../contracts/interfaces/IServiceNodeContribution.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {assertEq, assertLe, assertTrue, vm} from "../helpers/Vm.sol";
import {ContributionHandler} from "./ContributionHandler.t.sol";
import {System} from "./System.sol";

/// @notice Contribution contracts under a fuzzer of operators, contributors and thieves.
contract ContributionInvariants {
    System private system;
    ServiceNodeRewards private rewards;
    SESH private sesh;
    ContributionHandler private handler;

    function setUp() public {
        system = new System();
        rewards = system.rewards();
        sesh = system.sesh();
        handler = new ContributionHandler(system);
        // a fuzzer that starts without a contract wastes its first calls
        handler.deploy(0, 0, 0, false);
        handler.deploy(3, 1, 3, true);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_contributions() external {
        assertTrue(bytes(handler.broken()).length == 0, handler.broken());
        for (uint256 i = 0; i < handler.contributionsLength(); i++) _check(handler.contributions(i));
        assertEq(sesh.balanceOf(address(rewards)), handler.ghostStaked(), "balance of the rewards contract");
        _checkExit();
    }

    function test_everyCallOfTheHandlerSucceeds() external {
        handler.donate(0, 2, 5e9);
        handler.rescue(0, 1);
        handler.update(0, 1, 0, 100);
        handler.update(0, 1, 1, 3);
        handler.update(0, 1, 2, 1);
        handler.update(0, 1, 3, 4);
        handler.nextBlock(5);
        handler.contribute(0, 0, 0, 2, true);
        handler.contribute(0, 2, 7_000e9, 3, false);
        handler.updateBeneficiary(0, 2, address(7));
        handler.withdraw(0, 2, true);
        handler.reset(0, 1);
        handler.resetUpdateAndContribute(0, 5, 0, 7_000e9);
        handler.contribute(0, 3, 0, 8, true);
        assertTrue(handler.contributions(0).status() == IServiceNodeContribution.Status.Finalized, "finalised");
        handler.contribute(1, 1, 0, 2, true);
        handler.contribute(1, 2, 0, 2, true);
        handler.contribute(1, 3, 0, 2, true);
        handler.contribute(1, 4, 0, 8, true);
        handler.finalize(1, 1);
        handler.leave(0);
        handler.deploy(7, 2, 0, false);
        handler.changeRequirement(5);
        this.invariant_contributions();
    }

    function _check(ServiceNodeContribution target) private view {
        IServiceNodeContribution.Status status = target.status();
        uint256 books = 0;
        uint256 contributors = 0;
        for (uint256 i = 0; i < system.ACTORS(); i++) {
            uint256 paid = target.contributions(system.actor(i));
            books += paid;
            if (paid != 0) contributors++;
        }
        assertEq(target.totalContribution(), books, "the total is the sum of the books");
        assertEq(target.contributorAddressesLength(), contributors, "everybody in the books is listed once");

        // held = the books until finalised, then nothing
        bool finalized = status == IServiceNodeContribution.Status.Finalized;
        uint256 held = sesh.balanceOf(address(target)) - handler.ghostDonated(address(target));
        assertEq(held, finalized ? 0 : books, "held");

        uint256 requirement = target.stakingRequirement();
        if (status == IServiceNodeContribution.Status.WaitForOperatorContrib) {
            assertEq(books, 0, "empty");
        } else {
            assertEq(target.contributorAddresses(0).addr, target.operator(), "the operator comes first");
            assertLe(requirement / 4, target.operatorContribution(), "a quarter is the operator's");
            if (status == IServiceNodeContribution.Status.OpenForPublicContrib)
                assertLe(books + 1, requirement, "open");
            else assertEq(books, requirement, "full");
        }
        _checkReservations(target, books, contributors);
    }

    /// What is paid and what is reserved fit together, in money and in slots
    function _checkReservations(ServiceNodeContribution target, uint256 books, uint256 contributors) private view {
        (address[] memory addrs, uint256[] memory amounts, bool[] memory received) = target.getReserved();
        uint256 open = 0;
        for (uint256 i = 0; i < addrs.length; i++) {
            assertTrue(received[i] == (target.contributions(addrs[i]) != 0), "received = paid");
            if (received[i]) continue;
            open += amounts[i];
            contributors++;
        }
        assertEq(target.totalReservedContribution(), open, "open reservations");
        assertLe(books + open, target.stakingRequirement(), "paid and reserved");
        assertLe(contributors, target.maxContributors(), "slots");
    }

    /// There is a way out for the money of one contributor of one contract, whatever the rest of the family does; nothing of this
    /// call stays
    function _checkExit() private {
        ServiceNodeContribution target = handler.contributions(block.timestamp % handler.contributionsLength());
        uint256 length = target.contributorAddressesLength();
        if (length == 0) return;
        address contributor = target.contributorAddresses((block.timestamp / 7) % length).addr;

        if (target.status() == IServiceNodeContribution.Status.Finalized) _checkNode(target, contributor);
        else _checkWithdrawal(target, contributor);
    }

    /// A day later, by a withdrawal
    function _checkWithdrawal(ServiceNodeContribution target, address contributor) private {
        uint256 paid = target.contributions(contributor);
        uint256 before = sesh.balanceOf(contributor);
        address owner = system.OWNER();
        vm.startPrank(owner);
        rewards.pause();
        system.factory().pause();
        vm.stopPrank();

        vm.warp(block.timestamp + 1 days);
        vm.prank(contributor);
        target.withdrawContribution();
        assertEq(sesh.balanceOf(contributor), before + paid, "a way out");
    }

    /// 60 days later, by the node: the network pays what the node's contributors are written down with
    function _checkNode(ServiceNodeContribution target, address contributor) private {
        uint64 id = handler.ghostNodeOf(address(target));
        IServiceNodeRewardsState.ServiceNode memory node = rewards.serviceNodes(id);
        // the node has left already
        if (node.deposit == 0) return;

        uint256 stake = 0;
        for (uint256 i = 0; i < node.contributors.length; i++) {
            if (node.contributors[i].staker.addr == contributor) stake += node.contributors[i].stakedAmount;
        }
        assertEq(stake, target.contributions(contributor), "a contributor's part of the node");
        vm.warp(block.timestamp + 30 days);
        vm.prank(contributor);
        rewards.initiateExitBLSPublicKey(id);
        vm.warp(block.timestamp + 30 days);
        rewards.exitBLSPublicKeyAfterWaitTime(id);
        assertEq(rewards.serviceNodes(id).deposit, 0, "a way out of the node");
    }
}
