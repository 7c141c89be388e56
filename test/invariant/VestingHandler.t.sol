// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ServiceNodeContribution} from "../../contracts/ServiceNodeContribution.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeContribution} from "../../contracts/interfaces/IServiceNodeContribution.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../../contracts/libraries/BN254.sol";
import {TokenMock} from "../../contracts/mocks/TokenMock.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {TokenVestingNoStaking} from "../../contracts/vesting/TokenVestingNoStaking.sol";
import {TokenVestingStaking} from "../../contracts/vesting/TokenVestingStaking.sol";
import {bound, vm} from "../helpers/Vm.sol";
import {System} from "./System.sol";

/// @notice What beneficiaries, revokers and thieves do to locked tokens, staked and not, over their whole life. The parties start
/// without a token, so that all they ever have was released. A refused call leaves no trace in the books.
contract VestingHandler {
    System public system;
    ServiceNodeRewards public rewards;
    SESH public sesh;
    ServiceNodeContribution public contribution;
    TokenVestingStaking public staking;
    TokenVestingNoStaking public noStaking;
    TokenMock public other;

    address public constant BENEFICIARY = address(0xBE4E);
    address public constant REVOKER = address(0x4E70);
    /// Receives the rewards of what is staked
    address public constant NAMED = address(0x4A3ED);
    uint256 public constant LOCKED = 80_000e9;

    uint256 public start;
    uint256 public cliff;
    uint256 public end;

    /// Stake of the vesting contract that left its nodes: what the network owes it
    uint256 public ghostReturned;
    /// All that ever came into the staking contract beside its own stakes, and all that ever came into the other, by token
    uint256 public ghostLocked;
    mapping(address => uint256) public ghostDeposited;
    mapping(address => uint256) public ghostRefunded;
    /// The first thing that should never have happened; empty if none did
    string public broken;

    constructor(System system_) {
        system = system_;
        rewards = system_.rewards();
        sesh = system_.sesh();
        other = new TokenMock("other");
        start = block.timestamp + 1 days;
        cliff = start + 100 days;
        end = start + 200 days;
        staking = new TokenVestingStaking(
            BENEFICIARY,
            REVOKER,
            start,
            end,
            false,
            address(rewards),
            address(system_.factory()),
            address(sesh)
        );
        noStaking = new TokenVestingNoStaking(BENEFICIARY, REVOKER, cliff, end, false);
        address owner = system_.OWNER();
        vm.prank(owner);
        sesh.transfer(address(staking), LOCKED);
        ghostLocked = LOCKED;
        deposit(0, 9_000e9);
        deposit(1, 777);

        // a node of somebody else's that stays and signs, and a contribution that is open
        _registerOutsider();
        _deployContribution();
    }

    // ----------------------------------------------------------------------------------------------------------- staking

    function register(uint256 keySeed, uint256 callerSeed) external {
        // the first two keys belong to the others
        uint256 index = bound(keySeed, 2, system.KEYS() - 1);
        BN254.G1Point memory key = system.key(index);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(index, address(staking));
        IServiceNodeRewardsState.ServiceNodeParams memory params = system.params(index, 0);
        address caller = _caller(callerSeed);
        vm.prank(caller);
        staking.addBLSPublicKey(key, proof, params, NAMED);
        _usedRight(caller);
    }

    function contribute(uint256 callerSeed, uint256 amount, bool pinned) external {
        uint256 missing = contribution.stakingRequirement() - contribution.totalContribution();
        // never the last payment: the contribution stays open
        amount = bound(amount, 0, missing - 1);
        bytes32 seen = contribution.paramsHash();
        address caller = _caller(callerSeed);
        vm.prank(caller);
        if (pinned) staking.contributeFunds(address(contribution), amount, NAMED, seen);
        else staking.contributeFunds(address(contribution), amount, NAMED);
        _usedRight(caller);
    }

    function contributeToStranger(uint256 callerSeed, address target, uint256 amount) external {
        require(!system.factory().owns(target));
        address caller = _caller(callerSeed);
        vm.prank(caller);
        try staking.contributeFunds(target, bound(amount, 0, LOCKED), NAMED) {
            _break("contributed to a contract that the factory does not own");
        } catch {}
    }

    function withdraw(uint256 callerSeed, bool wait) external {
        if (wait) vm.warp(block.timestamp + 1 days);
        address caller = _caller(callerSeed);
        vm.prank(caller);
        staking.withdrawContribution(address(contribution));
        _usedRight(caller);
    }

    function updateBeneficiary(uint256 callerSeed) external {
        address caller = _caller(callerSeed);
        vm.prank(caller);
        staking.updateBeneficiary(address(contribution), NAMED);
        _usedRight(caller);
    }

    function initiateExit(uint256 nodeSeed, uint256 callerSeed) external {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        uint64 id = ids[nodeSeed % ids.length];
        address caller = _caller(callerSeed);
        vm.prank(caller);
        staking.initiateExitBLSPublicKey(id);
        _usedRight(caller);
    }

    function exit(uint256 nodeSeed) external {
        (uint64[] memory ids, ) = rewards.allServiceNodeIDs();
        uint64 id = ids[nodeSeed % ids.length];
        IServiceNodeRewardsState.ServiceNode memory node = rewards.serviceNodes(id);
        require(node.leaveRequestTimestamp != 0);
        if (block.timestamp < node.leaveRequestTimestamp + 30 days) vm.warp(node.leaveRequestTimestamp + 30 days);
        rewards.exitBLSPublicKeyAfterWaitTime(id);
        if (node.operator == address(staking)) ghostReturned += node.deposit;
    }

    /// The network signs for the contract what has returned, and no more
    function updateRewards() external {
        vm.roll(block.number + 1);
        (uint64[] memory ids, BN254.G1Point[] memory keys) = rewards.allServiceNodeIDs();
        int256 signers = 0;
        for (uint256 i = 0; i < ids.length; i++) {
            for (uint256 k = 0; k < system.KEYS(); k++) {
                // the first two keys differ in Y alone
                BN254.G1Point memory key = system.key(k);
                if (key.X == keys[i].X && key.Y == keys[i].Y) signers += system.secret(k);
            }
        }
        IServiceNodeRewardsState.BLSSignatureParams memory signature = system.signReward(
            signers,
            address(staking),
            ghostReturned
        );
        rewards.updateRewardsBalance(address(staking), ghostReturned, signature, new uint64[](0));
    }

    function claim(uint256 callerSeed, uint256 amount, bool all) external {
        address caller = _caller(callerSeed);
        (uint256 earned, uint256 claimed) = rewards.recipients(address(staking));
        amount = bound(amount, 0, earned - claimed + 1);
        vm.prank(caller);
        if (all) staking.claimRewards();
        else staking.claimRewards(amount);
        _usedRight(caller);
    }

    // ---------------------------------------------------------------------------------------------- release, revocation

    function releaseStaking(uint256 callerSeed, uint256 tokenSeed) external {
        address caller = _caller(callerSeed);
        address token = _token(tokenSeed);
        vm.prank(caller);
        staking.release(token);
        _usedRight(caller);
        if (block.timestamp < end) _break("released before the end");
    }

    function revokeStaking(uint256 callerSeed, uint256 tokenSeed) external {
        require(callerSeed % 8 == 0);
        address caller = _caller(callerSeed / 8);
        // B1: who revoked before may call again, and from the end on is paid
        bool again = staking.revoked();
        vm.prank(caller);
        staking.revoke(_token(tokenSeed));
        if (caller != REVOKER) _break("a stranger revoked");
        if (block.timestamp >= end && !again) _break("revoked after the end");
    }

    function release(uint256 callerSeed, uint256 tokenSeed) external {
        address caller = _caller(callerSeed);
        vm.prank(caller);
        noStaking.release(_token(tokenSeed));
        if (caller != BENEFICIARY) _break("a stranger released");
    }

    function revoke(uint256 callerSeed, uint256 tokenSeed) external {
        require(callerSeed % 8 == 0);
        address caller = _caller(callerSeed / 8);
        address token = _token(tokenSeed);
        uint256 before = TokenMock(token).balanceOf(address(noStaking));
        vm.prank(caller);
        noStaking.revoke(token);
        ghostRefunded[token] += before - TokenMock(token).balanceOf(address(noStaking));
        if (caller != REVOKER) _break("a stranger revoked");
        if (ghostDeposited[token] - ghostRefunded[token] != mostVested(token))
            _break("kept other than what was vested");
    }

    /// What the schedule gives of all that was ever deposited, by now.
    function mostVested(address token) public view returns (uint256) {
        uint256 total = ghostDeposited[token];
        if (block.timestamp < cliff) return 0;
        if (block.timestamp >= end) return total;
        return total / 5 + ((total - total / 5) * (block.timestamp - cliff)) / (end - cliff);
    }

    function deposit(uint256 tokenSeed, uint256 amount) public {
        amount = bound(amount, 1, 10_000e9);
        address token = _token(tokenSeed);
        address owner = system.OWNER();
        if (token == address(other)) {
            other.mint(address(noStaking), amount);
        } else {
            vm.prank(owner);
            sesh.transfer(address(noStaking), amount);
        }
        ghostDeposited[token] += amount;
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 1, 1_000e9);
        address owner = system.OWNER();
        vm.prank(owner);
        sesh.transfer(address(staking), amount);
        ghostLocked += amount;
    }

    function idle(uint256 time) external {
        // sometimes for months, so that most lives reach their end
        vm.warp(block.timestamp + (time % 4 == 3 ? bound(time, 60 days, 90 days) : bound(time, 1, 12 days)));
        vm.roll(block.number + 1);
    }

    // --------------------------------------------------------------------------------------------------------- internals

    /// Mostly one of the two parties
    function _caller(uint256 seed) private view returns (address) {
        if (seed % 8 == 7) return system.actor(seed);
        return seed % 2 == 0 ? BENEFICIARY : REVOKER;
    }

    /// The contract allowed it: the caller must hold the rights
    function _usedRight(address caller) private {
        if (caller != (staking.revoked() ? REVOKER : BENEFICIARY)) _break("rights in the wrong hands");
        if (block.timestamp < start) _break("rights before the start");
    }

    function _token(uint256 seed) private view returns (address) {
        return seed % 2 == 0 ? address(sesh) : address(other);
    }

    function _registerOutsider() private {
        address outsider = system.actor(0);
        BN254.G1Point memory key = system.key(0);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(0, outsider);
        IServiceNodeRewardsState.ServiceNodeParams memory params = system.params(0, 0);
        vm.prank(outsider);
        rewards.addBLSPublicKey(key, proof, params, new IServiceNodeRewardsState.Contributor[](0));
    }

    function _deployContribution() private {
        address operator = system.actor(1);
        BN254.G1Point memory key = system.key(1);
        IServiceNodeRewardsState.BLSSignatureParams memory proof = system.proofOfPossession(1, operator);
        IServiceNodeRewardsState.ServiceNodeParams memory params = system.params(1, 0);
        vm.startPrank(operator);
        contribution = ServiceNodeContribution(
            system.factory().deploy(key, proof, params, new IServiceNodeRewardsState.ReservedContributor[](0), true)
        );
        sesh.approve(address(contribution), type(uint256).max);
        contribution.contributeFunds(7_000e9, address(0));
        vm.stopPrank();
    }

    function _break(string memory what) private {
        if (bytes(broken).length == 0) broken = what;
    }
}
