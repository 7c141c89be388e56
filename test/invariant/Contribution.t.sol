// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ServiceNodeContribution} from "../../contracts/ServiceNodeContribution.sol";
import {IServiceNodeContribution} from "../../contracts/interfaces/IServiceNodeContribution.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {assertEq, assertLe, assertTrue, vm} from "../helpers/Vm.sol";
import {ContributionHandler} from "./ContributionHandler.t.sol";
import {System} from "./System.sol";

/// @notice Contribution contracts under a fuzzer of operators, contributors and thieves.
contract ContributionInvariants {
    System private system;
    SESH private sesh;
    ContributionHandler private handler;

    function setUp() public {
        system = new System();
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
        _checkExit();
    }

    function test_everyCallOfTheHandlerSucceeds() external {
        handler.donate(0, 2, 5e9);
        handler.rescue(0, 1);
        handler.update(0, 1, 0, 100);
        handler.update(0, 1, 1, 3);
        handler.update(0, 1, 2, 1);
        handler.nextBlock(5);
        handler.contribute(0, 0, 0, 2, true);
        handler.contribute(0, 2, 7_000e9, 3, false);
        handler.updateBeneficiary(0, 2, address(7));
        handler.withdraw(0, 2, true);
        handler.reset(0, 1);
        handler.resetUpdateAndContribute(0, 5, 0, 7_000e9);
        handler.contribute(0, 3, 0, 4, true);
        assertTrue(handler.contributions(0).status() == IServiceNodeContribution.Status.Finalized, "finalised");
        handler.contribute(1, 1, 0, 2, true);
        handler.contribute(1, 2, 0, 2, true);
        handler.contribute(1, 3, 0, 2, true);
        handler.contribute(1, 4, 0, 4, true);
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

    /// There is a way out for the money of one contributor, a day later, whatever the rewards contract says; nothing of this call
    /// stays
    function _checkExit() private {
        uint256 count = handler.contributionsLength();
        ServiceNodeContribution target = handler.contributions(block.timestamp % count);
        if (target.status() == IServiceNodeContribution.Status.Finalized) return;
        address actor = system.actor(block.timestamp / 7);
        uint256 paid = target.contributions(actor);
        if (paid == 0) return;

        vm.warp(block.timestamp + 1 days);
        uint256 before = sesh.balanceOf(actor);
        vm.prank(actor);
        target.withdrawContribution();
        assertEq(sesh.balanceOf(actor), before + paid, "a way out");
    }
}
