// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {RewardRatePool} from "../../contracts/RewardRatePool.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../../contracts/libraries/BN254.sol";
import {BlsSigner} from "../helpers/BlsSigner.sol";
import {assertEq, assertLe, assertTrue} from "../helpers/Vm.sol";
import {NetworkHandler} from "./NetworkHandler.t.sol";
import {System} from "./System.sol";

/// @notice The rewards contract under a fuzzer that registers, exits, liquidates, signs, forges, claims and governs.
contract NetworkInvariants {
    System private system;
    ServiceNodeRewards private rewards;
    NetworkHandler private handler;

    function setUp() public {
        system = new System();
        rewards = system.rewards();
        handler = new NetworkHandler(system);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_network() external view {
        assertTrue(bytes(handler.broken()).length == 0, handler.broken());
        _checkList();
        _checkMaps();
        _checkMoney();
    }

    /// The handler's calls do what they are for: a fuzzer that is refused everywhere finds nothing
    function test_everyCallOfTheHandlerSucceeds() external {
        for (uint256 i = 0; i < 8; i++) {
            handler.register(i, i, i % 4);
            if (i % 2 == 1) handler.nextBlock();
        }
        assertEq(rewards.totalNodes(), 8, "registered");
        handler.payout(1);
        handler.fundPool(7);
        handler.updateRewards(0, 4_000e9, 1, 1);
        handler.claim(0, 1_000e9);
        handler.claimAll(0);
        assertEq(handler.ghostClaimed(system.actor(0)), 4_000e9 - 100, "claimed");
        handler.updateAndClaim(1, 3_000e9, 1, 1);
        handler.updateMany(0, 4_000e9 + 2, 1, 1);
        assertEq(handler.ghostClaimed(system.actor(1)), 3_000e9 - 100, "updated and claimed");
        handler.idle(2 hours, 1);
        handler.exitSigned(0, 0, 1 minutes, 1);
        handler.liquidate(0, 1, 3, 1);
        handler.initiateExit(0, 2);
        handler.exitAfterWait(0, true);
        assertEq(rewards.totalNodes(), 5, "left");
        handler.liveTwice(0, 3, 0);
        assertEq(rewards.totalNodes(), 5, "left and came back");
        handler.removeMany(1, 0, false, 1);
        handler.removeMany(1, 0, true, 1);
        assertEq(rewards.totalNodes(), 1, "left together");
        handler.whilePaused(0, 0);
        handler.upgrade();
        handler.rederive();
        for (uint256 i = 0; i < 6; i++) handler.govern(i, i);
        handler.payout(0);
        assertEq(handler.ghostPool(), 0, "the pool paid all it had");
        this.invariant_network();
    }

    /// Forward = backward = totalNodes; the aggregate key is the sum of the listed keys, which is that of the secrets; each
    /// node's stakes sum up to its deposit
    function _checkList() private view {
        uint64 previous = 0;
        uint256 count = 0;
        BN254.G1Point memory sum;
        for (uint64 id = rewards.serviceNodes(0).next; id != 0;) {
            IServiceNodeRewardsState.ServiceNode memory node = rewards.serviceNodes(id);
            assertEq(node.prev, previous, "list backward");
            assertTrue(id > previous, "list in order of registration");
            sum = BN254.add(sum, node.blsPubkey);
            assertEq(rewards.serviceNodeIDs(abi.encodePacked(node.blsPubkey.X, node.blsPubkey.Y)), id, "BLS key map");
            assertEq(rewards.ed25519ToServiceNodeID(node.ed25519Pubkey), id, "Ed25519 key map");
            assertEq(node.ed25519Pubkey, system.ed25519(handler.ghostKeyOf(id)), "Ed25519 key");
            uint256 stakes = 0;
            for (uint256 i = 0; i < node.contributors.length; i++) stakes += node.contributors[i].stakedAmount;
            assertEq(stakes, node.deposit, "stakes of a node");
            assertEq(node.contributors[0].staker.addr, node.operator, "operator");
            previous = id;
            id = node.next;
            count++;
        }
        assertEq(rewards.serviceNodes(0).prev, previous, "list ends at its tail");
        assertEq(rewards.totalNodes(), count, "totalNodes");
        assertEq(count, handler.ghostNodes(), "number of nodes");
        uint256 max = rewards.blsNonSignerThresholdMax();
        assertEq(rewards.blsNonSignerThreshold(), count / 3 < max ? count / 3 : max, "non-signer threshold");

        BN254.G1Point memory aggregate = rewards.aggregatePubkey();
        assertEq(aggregate.X, sum.X, "aggregate key, X");
        assertEq(aggregate.Y, sum.Y, "aggregate key, Y");
        BN254.G1Point memory known = BlsSigner.publicKey(handler.ghostSecret());
        assertEq(aggregate.X, known.X, "aggregate key by secrets, X");
        assertEq(aggregate.Y, known.Y, "aggregate key by secrets, Y");
    }

    /// The maps hold the keys of listed nodes and no others
    function _checkMaps() private view {
        for (uint256 i = 0; i < system.KEYS(); i++) {
            BN254.G1Point memory key = system.key(i);
            uint64 id = handler.ghostIdOf(i);
            assertEq(rewards.serviceNodeIDs(abi.encodePacked(key.X, key.Y)), id, "BLS key map of all keys");
            assertEq(rewards.ed25519ToServiceNodeID(system.ed25519(i)), id, "Ed25519 key map of all keys");
        }
    }

    /// Claimed <= rewards for everybody, both as known; the token left by claims and liquidation shares only; the pool pays what is
    /// due, at most what it has
    function _checkMoney() private view {
        for (uint256 i = 0; i < system.ACTORS(); i++) {
            address actor = system.actor(i);
            (uint256 earned, uint256 claimed) = rewards.recipients(actor);
            assertLe(claimed, earned, "claimed");
            assertEq(earned, handler.ghostRewards(actor), "rewards");
            assertEq(claimed, handler.ghostClaimed(actor), "claimed as known");
        }
        assertEq(system.sesh().balanceOf(address(rewards)), handler.ghostBalance(), "balance of the rewards contract");

        RewardRatePool pool = system.pool();
        uint256 balance = system.sesh().balanceOf(address(pool));
        assertEq(balance, handler.ghostPool(), "balance of the pool");
        assertLe(pool.calculateReleasedAmount() - pool.totalPaidOut(), balance, "payout");
        assertLe(pool.rewardRate(), balance, "payout of a round");
    }
}
