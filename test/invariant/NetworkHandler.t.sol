// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {RewardRatePool} from "../../contracts/RewardRatePool.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../../contracts/libraries/BN254.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {BlsSigner} from "../helpers/BlsSigner.sol";
import {bound, vm} from "../helpers/Vm.sol";
import {System} from "./System.sol";

/// @notice What people, nodes and thieves do to the rewards contract, with books of its own (`ghost...`) by the rules of the
/// protocol. A call that the contract refuses reverts as a whole and leaves no trace in the books, unless it is one that must be refused.
contract NetworkHandler {
    // Not immutable: the fuzzer recognises contracts by their code, which immutables would change
    System public system;
    ServiceNodeRewards public rewards;
    RewardRatePool public pool;
    SESH public sesh;

    /// The sum of the secret keys of all listed nodes
    int256 public ghostSecret;
    uint256 public ghostNodes;
    /// Registrations in the block of the last one
    uint256 public ghostAdditions;
    uint256 public ghostAdditionBlock;
    /// What the rewards contract must hold
    uint256 public ghostBalance;
    /// What the pool must hold
    uint256 public ghostPool;
    mapping(address => uint256) public ghostRewards;
    mapping(address => uint256) public ghostClaimed;
    mapping(uint64 => uint256) public ghostKeyOf;
    mapping(uint256 => uint64) public ghostIdOf;
    /// The first thing that should never have happened; empty if none did
    string public broken;

    constructor(System system_) {
        system = system_;
        rewards = system_.rewards();
        pool = system_.pool();
        sesh = system_.sesh();
        ghostPool = sesh.balanceOf(address(pool));
    }

    // ------------------------------------------------------------------------------------------------------- registration

    /// Up to four nodes, so that the network grows faster than it shrinks
    function register(uint256 keySeed, uint256 operatorSeed, uint256 parts) external {
        uint256 keys = system.KEYS();
        _register(keySeed % keys, operatorSeed, bound(parts, 0, 3));
        for (uint256 i = 1; i <= (keySeed / keys) % 4; i++) {
            uint256 index = (keySeed + i) % keys;
            if (ghostIdOf[index] == 0) _register(index, operatorSeed + i, bound(parts + i, 0, 3));
        }
    }

    function _register(uint256 index, uint256 operatorSeed, uint256 parts) private {
        address operator = system.actor(operatorSeed);
        uint256 requirement = rewards.stakingRequirement();
        IServiceNodeRewardsState.Contributor[] memory contributors = new IServiceNodeRewardsState.Contributor[](parts);
        for (uint256 i = 0; i < parts; i++) {
            address addr = system.actor(operatorSeed + i);
            contributors[i].staker = IServiceNodeRewardsState.Staker(addr, addr);
            contributors[i].stakedAmount = i == 0 ? requirement - (parts - 1) * (requirement / 4) : requirement / 4;
        }
        BN254.G1Point memory key = system.key(index);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(index, operator);
        IServiceNodeRewardsState.ServiceNodeParams memory params = system.params(index, 0);

        vm.prank(operator);
        rewards.addBLSPublicKey(key, proof, params, contributors);

        uint64 id = rewards.nextServiceNodeID() - 1;
        ghostIdOf[index] = id;
        ghostKeyOf[id] = index;
        ghostSecret += system.secret(index);
        ghostNodes++;
        ghostAdditions = ghostAdditionBlock == block.number ? ghostAdditions + 1 : 1;
        ghostAdditionBlock = block.number;
        ghostBalance += requirement;
    }

    // ------------------------------------------------------------------------------------------------- exit, liquidation

    function initiateExit(uint256 nodeSeed, uint256 actorSeed) external {
        uint64 id = _node(nodeSeed);
        // mostly its operator
        address actor = actorSeed % 4 == 0 ? system.actor(actorSeed) : rewards.serviceNodes(id).operator;
        vm.prank(actor);
        rewards.initiateExitBLSPublicKey(id);
    }

    function exitAfterWait(uint256 nodeSeed, bool wait) external {
        uint64 id = _requested(nodeSeed);
        if (wait) vm.warp(block.timestamp + 30 days);
        uint256 requested = rewards.serviceNodes(id).leaveRequestTimestamp;
        rewards.exitBLSPublicKeyAfterWaitTime(id);
        if (requested == 0 || block.timestamp < requested + 30 days) _break("unsigned exit before 30 days");
        _removed(id);
    }

    function exitSigned(uint256 nodeSeed, uint256 nonSignerSeed, uint256 age, uint256 fault) external {
        _later(fault, 2 hours);
        uint64 id = _node(nodeSeed);
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        // from as far ahead as behind, and a minute beyond
        uint256 expiry = rewards.signatureExpiry();
        uint256 timestamp = block.timestamp + expiry - bound(age, 0, 2 * expiry + 1 minutes);
        BN254.G1Point memory key = system.key(ghostKeyOf[id]);
        IServiceNodeRewardsState.BLSSignatureParams memory signature = system.signExit(
            _faulty(signers, fault),
            key,
            timestamp
        );
        rewards.exitBLSPublicKeyWithSignature(key, timestamp, signature, ids);
        _signedOnlyBy(signers, fault, ids);
        _removed(id);
    }

    function liquidate(uint256 nodeSeed, uint256 nonSignerSeed, uint256 liquidatorSeed, uint256 fault) external {
        _later(fault, 2 hours);
        uint64 id = _node(nodeSeed);
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        BN254.G1Point memory key = system.key(ghostKeyOf[id]);
        IServiceNodeRewardsState.BLSSignatureParams memory signature = system.signLiquidation(
            _faulty(signers, fault),
            key,
            block.timestamp
        );
        (uint256 liquidatorShare, uint256 poolShare) = _shares(id);
        address liquidator = system.actor(liquidatorSeed);
        uint256 before = sesh.balanceOf(liquidator);

        vm.prank(liquidator);
        rewards.liquidateBLSPublicKeyWithSignature(key, block.timestamp, signature, ids);

        _signedOnlyBy(signers, fault, ids);
        _removed(id);
        _paidShares(liquidatorShare, poolShare);
        if (sesh.balanceOf(liquidator) != before + liquidatorShare) _break("liquidator's share");
    }

    /// One signature for up to three nodes, which exit or are liquidated
    function removeMany(uint256 nodeSeed, uint256 nonSignerSeed, bool liquidation, uint256 fault) external {
        _later(fault, 2 hours);
        uint64[] memory leaving = _nodes(nodeSeed);
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        (
            IServiceNodeRewardsState.Removal[] memory removals,
            IServiceNodeRewardsState.BLSSignatureParams memory signature,
            uint256[] memory roots
        ) = _signRemovals(leaving, _faulty(signers, fault), liquidation);
        for (uint256 i = 0; liquidation && i < leaving.length; i++) {
            (uint256 liquidatorShare, uint256 poolShare) = _shares(leaving[i]);
            _paidShares(liquidatorShare, poolShare);
        }

        if (liquidation) rewards.liquidateBLSPublicKeysWithSignature(removals, signature, ids, roots);
        else rewards.exitBLSPublicKeysWithSignature(removals, signature, ids, roots);

        _signedOnlyBy(signers, fault, ids);
        for (uint256 i = 0; i < leaving.length; i++) _removed(leaving[i]);
    }

    /// The exit signature of a node, made ahead or not, is sent again as soon as a node with the same key is old enough
    function liveTwice(uint256 nodeSeed, uint256 operatorSeed, uint256 ahead) external {
        _later(1, 2 hours);
        uint64 id = _node(nodeSeed);
        uint256 index = ghostKeyOf[id];
        uint256 timestamp = block.timestamp + bound(ahead, 0, rewards.signatureExpiry());
        BN254.G1Point memory key = system.key(index);
        IServiceNodeRewardsState.BLSSignatureParams memory signature = system.signExit(ghostSecret, key, timestamp);
        rewards.exitBLSPublicKeyWithSignature(key, timestamp, signature, new uint64[](0));
        _removed(id);
        _register(index, operatorSeed, 0);

        vm.warp(block.timestamp + 2 hours);
        vm.roll(block.number + 1);
        try rewards.exitBLSPublicKeyWithSignature(key, timestamp, signature, new uint64[](0)) {
            _break("an exit signature worked twice");
        } catch {}
    }

    function _signRemovals(
        uint64[] memory leaving,
        int256 signers,
        bool liquidation
    )
        private
        view
        returns (
            IServiceNodeRewardsState.Removal[] memory removals,
            IServiceNodeRewardsState.BLSSignatureParams memory signature,
            uint256[] memory roots
        )
    {
        removals = new IServiceNodeRewardsState.Removal[](leaving.length);
        bytes[] memory messages = new bytes[](leaving.length);
        for (uint256 i = 0; i < leaving.length; i++) {
            BN254.G1Point memory key = system.key(ghostKeyOf[leaving[i]]);
            removals[i] = IServiceNodeRewardsState.Removal(key, block.timestamp);
            messages[i] = system.removalMessage(liquidation ? "LIQUIDATE" : "EXIT", key, block.timestamp);
            signature = BlsSigner.add(
                signature,
                liquidation
                    ? system.signLiquidation(signers, key, block.timestamp)
                    : system.signExit(signers, key, block.timestamp)
            );
        }
        roots = system.roots(messages);
    }

    /// The liquidator's share rounded down, the pool's rounded up
    function _shares(uint64 id) private view returns (uint256 liquidatorShare, uint256 poolShare) {
        uint256 deposit = rewards.serviceNodes(id).deposit;
        uint256 poolRatio = rewards.poolShareOfLiquidationRatio();
        uint256 sum = rewards.liquidatorRewardRatio() + poolRatio + rewards.recipientRatio();
        liquidatorShare = (deposit * rewards.liquidatorRewardRatio()) / sum;
        poolShare = (deposit * poolRatio + sum - 1) / sum;
    }

    function _paidShares(uint256 liquidatorShare, uint256 poolShare) private {
        ghostBalance -= liquidatorShare + poolShare;
        ghostPool += poolShare;
    }

    // ----------------------------------------------------------------------------------------------------------- rewards

    function updateRewards(uint256 recipientSeed, uint256 amount, uint256 nonSignerSeed, uint256 fault) external {
        _later(fault, 12);
        address recipient = system.actor(recipientSeed);
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        uint256 total = _total(recipient, amount);
        IServiceNodeRewardsState.BLSSignatureParams memory signature = system.signReward(
            _faulty(signers, fault),
            recipient,
            total
        );
        rewards.updateRewardsBalance(recipient, total, signature, ids);
        _signedOnlyBy(signers, fault, ids);
        _updated(recipient, total);
    }

    function updateAndClaim(uint256 recipientSeed, uint256 amount, uint256 nonSignerSeed, uint256 fault) external {
        _later(fault, 12);
        address recipient = system.actor(recipientSeed);
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        uint256 total = _total(recipient, amount);
        IServiceNodeRewardsState.BLSSignatureParams memory signature = system.signReward(
            _faulty(signers, fault),
            recipient,
            total
        );
        vm.prank(recipient);
        rewards.updateRewardsBalanceAndClaim(total, signature, ids);
        // what is recorded is claimed without a signature
        if (total > ghostRewards[recipient]) {
            _signedOnlyBy(signers, fault, ids);
            _updated(recipient, total);
        }
        _claimed(recipient, ghostRewards[recipient] - ghostClaimed[recipient]);
    }

    /// One signature for up to three recipients
    function updateMany(uint256 recipientSeed, uint256 amount, uint256 nonSignerSeed, uint256 fault) external {
        _later(fault, 12);
        uint256 first = recipientSeed % system.ACTORS();
        uint256 count = bound(amount, 1, system.ACTORS() - first);
        if (count > 3) count = 3;
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        IServiceNodeRewardsState.RecipientRewards[] memory entries = new IServiceNodeRewardsState.RecipientRewards[](
            count
        );
        IServiceNodeRewardsState.BLSSignatureParams memory signature;
        bytes[] memory messages = new bytes[](count);
        for (uint256 i = 0; i < count; i++) {
            address recipient = system.actor(first + i);
            entries[i] = IServiceNodeRewardsState.RecipientRewards(recipient, _total(recipient, amount));
            signature = BlsSigner.add(
                signature,
                system.signReward(_faulty(signers, fault), recipient, entries[i].rewards)
            );
            messages[i] = system.rewardMessage(recipient, entries[i].rewards);
        }
        uint256[] memory roots;
        if (amount % 2 == 0) roots = system.roots(messages);
        rewards.updateRewardsBalances(entries, signature, ids, roots);
        _signedOnlyBy(signers, fault, ids);
        bool raised = false;
        for (uint256 i = 0; i < count; i++) {
            if (entries[i].rewards <= ghostRewards[entries[i].recipient]) continue;
            _updated(entries[i].recipient, entries[i].rewards);
            raised = true;
        }
        if (!raised) _break("a batch that raised nothing");
    }

    /// Around the lifetime rewards so far, more often above
    function _total(address recipient, uint256 amount) private view returns (uint256) {
        uint256 total = ghostRewards[recipient] + bound(amount, 0, 5_000e9);
        return total > 100 ? total - 100 : 0;
    }

    function _updated(address recipient, uint256 total) private {
        if (total <= ghostRewards[recipient]) _break("rewards went down");
        ghostRewards[recipient] = total;
    }

    /// Without any node's consent: the point at infinity, alone or with everybody named as a non-signer
    function forgeRewards(uint256 recipientSeed, uint256 amount, uint256 listed) external {
        (uint64[] memory all, ) = rewards.allServiceNodeIDs();
        uint64[] memory ids = new uint64[](bound(listed, 0, all.length));
        for (uint256 i = 0; i < ids.length; i++) ids[i] = all[i];
        try
            rewards.updateRewardsBalance(
                system.actor(recipientSeed),
                amount,
                IServiceNodeRewardsState.BLSSignatureParams(0, 0, 0, 0),
                ids
            )
        {
            _break("forged rewards");
        } catch {}
    }

    function claim(uint256 recipientSeed, uint256 amount) external {
        address recipient = system.actor(recipientSeed);
        uint256 open = ghostRewards[recipient] - ghostClaimed[recipient];
        // one in eight tries to have more
        amount = bound(amount, 0, open + open / 8);
        vm.prank(recipient);
        rewards.claimRewards(amount);
        _claimed(recipient, amount);
    }

    function claimAll(uint256 recipientSeed) external {
        address recipient = system.actor(recipientSeed);
        vm.prank(recipient);
        rewards.claimRewards();
        _claimed(recipient, ghostRewards[recipient] - ghostClaimed[recipient]);
    }

    function _claimed(address recipient, uint256 amount) private {
        ghostClaimed[recipient] += amount;
        ghostBalance -= amount;
        if (ghostClaimed[recipient] > ghostRewards[recipient]) _break("claimed more than the rewards");
    }

    // ------------------------------------------------------------------------------------------------- pool, time, owner

    function payout(uint256 wait) external {
        // after seven years more has accrued than there is
        if (wait % 16 == 0) vm.warp(block.timestamp + 7 * 365 days);
        uint256 balance = sesh.balanceOf(address(pool));
        uint256 expected = (balance * 151 * (block.timestamp - pool.lastPaidOutTime())) / (1000 * 365 days);
        if (expected > balance) expected = balance;
        try pool.payoutReleased() {
            ghostBalance += expected;
            ghostPool -= expected;
        } catch {
            _break("the pool's payout reverts");
        }
    }

    function fundPool(uint256 amount) external {
        amount = bound(amount, 1, 1_000_000e9);
        address owner = system.OWNER();
        vm.prank(owner);
        sesh.transfer(address(pool), amount);
        ghostPool += amount;
    }

    function idle(uint256 time, uint256 blocks) external {
        vm.warp(block.timestamp + bound(time, 1, 3 days));
        vm.roll(block.number + bound(blocks, 0, 3));
    }

    function nextBlock() external {
        vm.warp(block.timestamp + 12);
        vm.roll(block.number + 1);
    }

    function rederive() external {
        rewards.rederiveTotalNodesAndAggregatePubkey();
    }

    function govern(uint256 what, uint256 value) external {
        address owner = system.OWNER();
        vm.startPrank(owner);
        what = bound(what, 0, 5);
        if (what == 0) rewards.setClaimCycle(bound(value, 1 hours, 7 days));
        else if (what == 1) rewards.setClaimThreshold(bound(value, 1_000e9, 1_000_000e9));
        else if (what == 2) rewards.setBLSNonSignerThresholdMax(bound(value, 1, 10));
        else if (what == 3) rewards.setSignatureExpiry(bound(value, 1 minutes, 2 hours));
        else if (what == 4) rewards.setStakingRequirement(bound(value, 20_000e9, 30_000e9));
        else rewards.setLiquidationRatios(value % 100, (value / 100) % 100, bound(value, 600, 10_000));
        vm.stopPrank();
    }

    function whilePaused(uint256 recipientSeed, uint256 nodeSeed) external {
        address owner = system.OWNER();
        address recipient = system.actor(recipientSeed);
        uint64 id = _node(nodeSeed);
        vm.prank(owner);
        rewards.pause();

        vm.prank(recipient);
        try rewards.claimRewards() {
            _break("claimed while paused");
        } catch {}
        vm.prank(recipient);
        try rewards.claimRewards(0) {
            _break("claimed an amount while paused");
        } catch {}
        vm.warp(block.timestamp + 30 days);
        try rewards.exitBLSPublicKeyAfterWaitTime(id) {
            _break("left while paused");
        } catch {}

        vm.prank(owner);
        rewards.unpause();
    }

    /// The token may leave by an upgrade, but not by one to an implementation that does not send it
    function upgrade() external {
        system.upgradeRewards();
    }

    // --------------------------------------------------------------------------------------------------------- internals

    function _node(uint256 seed) private view returns (uint64) {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        return ids[seed % ids.length];
    }

    /// The next one that wants to leave, if any does
    function _requested(uint256 seed) private view returns (uint64) {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        for (uint256 i = 0; i < ids.length; i++) {
            uint64 id = ids[((seed % ids.length) + i) % ids.length];
            if (rewards.serviceNodes(id).leaveRequestTimestamp != 0) return id;
        }
        return _node(seed);
    }

    /// Up to three that follow one another
    function _nodes(uint256 seed) private view returns (uint64[] memory some) {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        uint256 count = 1 + (seed % 3);
        some = new uint64[](count < ids.length ? count : ids.length);
        for (uint256 i = 0; i < some.length; i++) some[i] = ids[(seed / 3 + i) % ids.length];
    }

    /// Some non-signers, seldom one more than allowed, and the secret of everybody else
    function _signers(uint256 seed) private view returns (uint64[] memory ids, int256 signers) {
        (uint64[] memory all, ) = rewards.allServiceNodeIDs();
        signers = ghostSecret;
        uint256 count =
            seed % 8 == 7 ? rewards.blsNonSignerThreshold() + 1 : seed % (rewards.blsNonSignerThreshold() + 1);
        if (count > all.length) count = all.length;
        ids = new uint64[](count);
        for (uint256 i = 0; i < count; i++) {
            ids[i] = all[(seed / 7 + i) % all.length];
            signers -= system.secret(ghostKeyOf[ids[i]]);
        }
    }

    /// Mostly not in the block of the last registration, and not of a node that is too young
    function _later(uint256 seed, uint256 time) private {
        if (seed % 16 == 5 || seed % 16 == 6) return;
        vm.warp(block.timestamp + time);
        vm.roll(block.number + 1);
    }

    /// One in eight signatures is by somebody else
    function _faulty(int256 signers, uint256 fault) private pure returns (int256) {
        return fault % 8 == 7 ? signers + 1 + int256((fault / 8) % 5) : signers;
    }

    function _signedOnlyBy(int256 signers, uint256 fault, uint64[] memory ids) private {
        if (fault % 8 == 7) _break("accepted a wrong signature");
        if (signers == 0) _break("accepted a signature at infinity");
        if (ids.length > ghostNodes / 3) _break("accepted too many non-signers");
        if (ghostAdditionBlock == block.number && ghostAdditions * 3 > ghostNodes)
            _break("accepted a signature in a block of additions");
    }

    function _removed(uint64 id) private {
        uint256 index = ghostKeyOf[id];
        ghostSecret -= system.secret(index);
        ghostNodes--;
        delete ghostIdOf[index];
    }

    function _break(string memory what) private {
        if (bytes(broken).length == 0) broken = what;
    }
}
