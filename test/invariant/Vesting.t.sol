// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {TokenVestingNoStaking} from "../../contracts/vesting/TokenVestingNoStaking.sol";
import {assertEq, assertLe, assertTrue} from "../helpers/Vm.sol";
import {System} from "./System.sol";
import {VestingHandler} from "./VestingHandler.t.sol";

/// @notice Locked tokens under a fuzzer of beneficiaries, revokers and thieves, from before the start to long after the end.
contract VestingInvariants {
    System private system;
    VestingHandler private handler;

    function setUp() public {
        system = new System();
        handler = new VestingHandler(system);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_vesting() external view {
        assertTrue(bytes(handler.broken()).length == 0, handler.broken());
        _checkStaking();
        _checkNoStaking(system.sesh());
        _checkNoStaking(handler.other());
    }

    function test_everyCallOfTheHandlerSucceeds() external {
        handler.idle(2 days);
        handler.register(2, 0);
        handler.contribute(0, 5_000e9, true);
        handler.contribute(0, 1e9, false);
        handler.updateBeneficiary(0);
        handler.withdraw(0, true);
        handler.initiateExit(1, 0);
        handler.exit(1);
        handler.updateRewards();
        handler.claim(0, 5, false);
        handler.claim(0, 0, true);
        handler.donate(5);
        for (uint256 i = 0; i < 10; i++) handler.idle(11 days);
        handler.release(0, 0);
        handler.deposit(1, 5);
        handler.revoke(8, 1);
        handler.revokeStaking(8, 1);
        handler.register(3, 1);
        for (uint256 i = 0; i < 20; i++) handler.idle(11 days);
        handler.releaseStaking(1, 0);
        handler.release(0, 1);
        this.invariant_vesting();
    }

    /// Every locked token is here, in a node, in the contribution, owed by the network, or released, and that only after the end
    function _checkStaking() private view {
        IERC20 sesh = system.sesh();
        ServiceNodeRewards rewards = system.rewards();
        address vesting = address(handler.staking());
        uint256 inNodes = 0;
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        for (uint256 i = 0; i < ids.length; i++) {
            IServiceNodeRewardsState.ServiceNode memory node = rewards.serviceNodes(ids[i]);
            if (node.operator == vesting) inNodes += node.deposit;
        }
        (uint256 earned, uint256 claimed) = rewards.recipients(vesting);
        assertLe(claimed, earned, "claimed");
        uint256 released = _paidOut(sesh) - _paidOutByNoStaking(sesh);
        assertEq(
            sesh.balanceOf(vesting) +
                inNodes +
                handler.contribution().contributions(vesting) +
                (handler.ghostReturned() - claimed) +
                released,
            handler.ghostLocked(),
            "locked tokens"
        );
        if (block.timestamp < handler.end()) assertEq(released, 0, "released before the end");
        assertEq(sesh.balanceOf(handler.NAMED()), 0, "only the stake was owed");
    }

    /// At most a fifth at the cliff and the rest in proportion, until a revocation; nothing is lost
    function _checkNoStaking(IERC20 token) private view {
        TokenVestingNoStaking vesting = handler.noStaking();
        uint256 released = vesting.released(address(token));
        uint256 total = handler.ghostDeposited(address(token));
        uint256 refunded = handler.ghostRefunded(address(token));
        assertEq(token.balanceOf(address(vesting)) + released + refunded, total, "deposits");

        // B18: after a revocation, when what was not vested has left, everything may go at once, what arrives later too
        uint256 most = vesting.isRevoked(address(token)) ? total - refunded : handler.mostVested(address(token));
        assertLe(released, most, "released too early");
    }

    /// What the parties have: they began with nothing
    function _paidOut(IERC20 token) private view returns (uint256) {
        return token.balanceOf(handler.BENEFICIARY()) + token.balanceOf(handler.REVOKER());
    }

    function _paidOutByNoStaking(IERC20 token) private view returns (uint256) {
        return handler.noStaking().released(address(token)) + handler.ghostRefunded(address(token));
    }
}
