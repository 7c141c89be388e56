// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {RewardRatePool} from "../../contracts/RewardRatePool.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeRewards} from "../../contracts/interfaces/IServiceNodeRewards.sol";
import {BN254} from "../../contracts/libraries/BN254.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {bound, vm} from "../helpers/Vm.sol";
import {System} from "./System.sol";

/// @notice What people, nodes and thieves do to the rewards contract, with books of its own (`ghost...`) by the rules of the
/// protocol. A call that the contract refuses reverts as a whole and leaves no trace in the books.
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
    }

    // ------------------------------------------------------------------------------------------------------- registration

    function register(uint256 keySeed, uint256 operatorSeed, uint256 parts) external {
        uint256 index = keySeed % system.KEYS();
        address operator = system.actor(operatorSeed);
        uint256 requirement = rewards.stakingRequirement();
        parts = bound(parts, 0, 3);
        IServiceNodeRewards.Contributor[] memory contributors = new IServiceNodeRewards.Contributor[](parts);
        for (uint256 i = 0; i < parts; i++) {
            address addr = system.actor(operatorSeed + i);
            contributors[i].staker = IServiceNodeRewards.Staker(addr, addr);
            contributors[i].stakedAmount = i == 0 ? requirement - (parts - 1) * (requirement / 4) : requirement / 4;
        }
        BN254.G1Point memory key = system.key(index);
        IServiceNodeRewards.BLSSignatureParams memory proof = system.proofOfPossession(index, operator);
        IServiceNodeRewards.ServiceNodeParams memory params = system.params(index, 0);

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
        address actor = system.actor(actorSeed);
        vm.prank(actor);
        rewards.initiateExitBLSPublicKey(id);
    }

    function exitAfterWait(uint256 nodeSeed, bool wait) external {
        uint64 id = _node(nodeSeed);
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
        uint256 timestamp = block.timestamp - bound(age, 0, 11 minutes);
        BN254.G1Point memory key = system.key(ghostKeyOf[id]);
        IServiceNodeRewards.BLSSignatureParams memory signature = system.signExit(
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
        IServiceNodeRewards.BLSSignatureParams memory signature = system.signLiquidation(
            _faulty(signers, fault),
            key,
            block.timestamp
        );
        uint256 deposit = rewards.serviceNodes(id).deposit;
        address liquidator = system.actor(liquidatorSeed);
        uint256 before = sesh.balanceOf(liquidator);

        vm.prank(liquidator);
        rewards.liquidateBLSPublicKeyWithSignature(key, block.timestamp, signature, ids);

        _signedOnlyBy(signers, fault, ids);
        _removed(id);
        // 3 / 17 / 9980: the liquidator's share rounded down, the pool's rounded up
        uint256 liquidatorShare = (deposit * 3) / 10_000;
        uint256 poolShare = (deposit * 17 + 9_999) / 10_000;
        ghostBalance -= liquidatorShare + poolShare;
        if (sesh.balanceOf(liquidator) != before + liquidatorShare) _break("liquidator's share");
    }

    // ----------------------------------------------------------------------------------------------------------- rewards

    function updateRewards(uint256 recipientSeed, uint256 amount, uint256 nonSignerSeed, uint256 fault) external {
        _later(fault, 12);
        address recipient = system.actor(recipientSeed);
        (uint64[] memory ids, int256 signers) = _signers(nonSignerSeed);
        // around the lifetime rewards so far, more often above
        uint256 known = ghostRewards[recipient];
        uint256 total = known + bound(amount, 0, 5_000e9);
        total = total > 100 ? total - 100 : 0;
        IServiceNodeRewards.BLSSignatureParams memory signature = system.signReward(
            _faulty(signers, fault),
            recipient,
            total
        );
        rewards.updateRewardsBalance(recipient, total, signature, ids);
        _signedOnlyBy(signers, fault, ids);
        if (total <= known) _break("rewards went down");
        ghostRewards[recipient] = total;
    }

    /// Without any node's consent: the point at infinity, alone or with everybody named as a non-signer
    function forgeRewards(uint256 recipientSeed, uint256 amount, uint256 listed) external {
        (uint64[] memory all, ) = rewards.allServiceNodeIDs();
        uint64[] memory ids = new uint64[](bound(listed, 0, all.length));
        for (uint256 i = 0; i < ids.length; i++) ids[i] = all[i];
        rewards.updateRewardsBalance(
            system.actor(recipientSeed),
            amount,
            IServiceNodeRewards.BLSSignatureParams(0, 0, 0, 0),
            ids
        );
        _break("forged rewards");
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

    function payout() external {
        uint256 balance = sesh.balanceOf(address(pool));
        uint256 expected = (balance * 151 * (block.timestamp - pool.lastPaidOutTime())) / (1000 * 365 days);
        if (expected > balance) expected = balance;
        try pool.payoutReleased() {
            ghostBalance += expected;
        } catch {
            _break("the pool's payout reverts");
        }
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
        what = bound(what, 0, 4);
        if (what == 0) rewards.setClaimCycle(bound(value, 1 hours, 7 days));
        else if (what == 1) rewards.setClaimThreshold(bound(value, 1_000e9, 1_000_000e9));
        else if (what == 2) rewards.setBLSNonSignerThresholdMax(bound(value, 1, 10));
        else if (what == 3) rewards.setSignatureExpiry(bound(value, 1 minutes, 2 hours));
        else rewards.setStakingRequirement(bound(value, 20_000e9, 30_000e9));
        vm.stopPrank();
    }

    // --------------------------------------------------------------------------------------------------------- internals

    function _node(uint256 seed) private view returns (uint64) {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        return ids[seed % ids.length];
    }

    /// Some non-signers, up to one more than allowed, and the secret of everybody else
    function _signers(uint256 seed) private view returns (uint64[] memory ids, int256 signers) {
        (uint64[] memory all, ) = rewards.allServiceNodeIDs();
        signers = ghostSecret;
        uint256 count = seed % (all.length / 3 + 2);
        if (count > all.length) count = all.length;
        ids = new uint64[](count);
        for (uint256 i = 0; i < count; i++) {
            ids[i] = all[(seed / 7 + i) % all.length];
            signers -= system.secret(ghostKeyOf[ids[i]]);
        }
    }

    /// Mostly not in the block of the last registration, and not of a node that is too young
    function _later(uint256 seed, uint256 time) private {
        if (seed % 16 < 2) return;
        vm.warp(block.timestamp + time);
        vm.roll(block.number + 1);
    }

    /// One in eight signatures is by somebody else
    function _faulty(int256 signers, uint256 fault) private pure returns (int256) {
        return fault % 8 == 0 ? signers + 1 + int256((fault / 8) % 5) : signers;
    }

    function _signedOnlyBy(int256 signers, uint256 fault, uint64[] memory ids) private {
        if (fault % 8 == 0) _break("accepted a wrong signature");
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
