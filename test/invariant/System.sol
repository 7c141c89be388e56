// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

import {RewardRatePool} from "../../contracts/RewardRatePool.sol";
import {ServiceNodeContributionFactory} from "../../contracts/ServiceNodeContributionFactory.sol";
import {ServiceNodeRewards} from "../../contracts/ServiceNodeRewards.sol";
import {IServiceNodeRewardsState} from "../../contracts/interfaces/IServiceNodeRewardsState.sol";
import {BN254} from "../../contracts/libraries/BN254.sol";
import {SESH} from "../../contracts/token/SESH.sol";
import {BlsSigner} from "../helpers/BlsSigner.sol";
import {HashRoots} from "../helpers/HashRoots.sol";
import {vm} from "../helpers/Vm.sol";

/// @notice The whole family as it is deployed, with the people and keys of the fuzzer.
contract System {
    uint256 public constant REQUIREMENT = 25_000e9;
    uint256 public constant MAX_CONTRIBUTORS = 10;
    uint256 public constant SUPPLY = 240_000_000e9;
    uint256 public constant ACTORS = 6;
    uint256 public constant KEYS = 12;

    SESH public sesh;
    RewardRatePool public pool;
    ServiceNodeRewards public rewards;
    ServiceNodeContributionFactory public factory;
    /// Not the one that the proxy points to
    address public spareImplementation;

    /// Holds what nobody else holds, and owns all contracts
    address public constant OWNER = address(0xA11);

    constructor() {
        vm.warp(1_800_000_000);
        vm.roll(1_000);
        vm.startPrank(OWNER);
        sesh = new SESH(SUPPLY, OWNER, address(0xBEEF), address(0xBEEF));
        pool = RewardRatePool(
            _proxy(address(new RewardRatePool()), abi.encodeCall(RewardRatePool.initialize, (OWNER, address(sesh))))
        );
        rewards = ServiceNodeRewards(
            _proxy(
                address(new ServiceNodeRewards()),
                abi.encodeCall(
                    ServiceNodeRewards.initialize,
                    (address(sesh), address(pool), REQUIREMENT, MAX_CONTRIBUTORS, 3, 17, 9980)
                )
            )
        );
        factory = ServiceNodeContributionFactory(
            _proxy(
                address(new ServiceNodeContributionFactory()),
                abi.encodeCall(ServiceNodeContributionFactory.initialize, (address(rewards)))
            )
        );
        spareImplementation = address(new ServiceNodeRewards());
        pool.setBeneficiary(address(rewards));
        sesh.transfer(address(pool), 40_000_000e9);
        rewards.start();
        for (uint256 i = 0; i < ACTORS; i++) sesh.transfer(actor(i), 1_000_000e9);
        vm.stopPrank();
        for (uint256 i = 0; i < ACTORS; i++) {
            vm.prank(actor(i));
            sesh.approve(address(rewards), type(uint256).max);
        }
    }

    function _proxy(address implementation, bytes memory data) private returns (address) {
        return address(new TransparentUpgradeableProxy(implementation, OWNER, data));
    }

    /// @notice Points the proxy of the rewards contract to the other implementation.
    function upgradeRewards() external {
        address admin = address(uint160(uint256(vm.load(address(rewards), ERC1967Utils.ADMIN_SLOT))));
        address next = spareImplementation;
        spareImplementation = address(uint160(uint256(vm.load(address(rewards), ERC1967Utils.IMPLEMENTATION_SLOT))));
        vm.prank(OWNER);
        ProxyAdmin(admin).upgradeAndCall(ITransparentUpgradeableProxy(address(rewards)), next, "");
    }

    // -------------------------------------------------------------------------------------------------- people and keys

    function actor(uint256 seed) public pure returns (address) {
        return address(uint160(0xAC7000 + (seed % ACTORS)));
    }

    /// @notice 5, -5, 7, 9, 11, ...: the first two cancel in the aggregate.
    function secret(uint256 seed) public pure returns (int256) {
        int256 i = int256(seed % KEYS);
        return i == 1 ? -5 : 5 + 2 * i;
    }

    function key(uint256 seed) public view returns (BN254.G1Point memory) {
        return BlsSigner.publicKey(secret(seed));
    }

    function ed25519(uint256 seed) public pure returns (uint256) {
        return 0xED25519000 + (seed % KEYS);
    }

    function params(uint256 seed, uint16 fee) public pure returns (IServiceNodeRewardsState.ServiceNodeParams memory) {
        return IServiceNodeRewardsState.ServiceNodeParams(ed25519(seed), 1, 2, fee);
    }

    // ------------------------------------------------------------------- signatures, messages as the protocol packs them

    function proofOfPossession(
        uint256 seed,
        address operator
    ) public view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        BN254.G1Point memory pk = key(seed);
        return
            BlsSigner.sign(
                secret(seed),
                abi.encodePacked(_tag("POP"), pk.X, pk.Y, operator, ed25519(seed)),
                _hashTag()
            );
    }

    function signReward(
        int256 signers,
        address recipient,
        uint256 amount
    ) public view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        return BlsSigner.sign(signers, rewardMessage(recipient, amount), _hashTag());
    }

    function rewardMessage(address recipient, uint256 amount) public view returns (bytes memory) {
        return abi.encodePacked(_tag("REWARD"), recipient, amount);
    }

    function signExit(
        int256 signers,
        BN254.G1Point memory pk,
        uint256 timestamp
    ) public view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        return BlsSigner.sign(signers, removalMessage("EXIT", pk, timestamp), _hashTag());
    }

    function signLiquidation(
        int256 signers,
        BN254.G1Point memory pk,
        uint256 timestamp
    ) public view returns (IServiceNodeRewardsState.BLSSignatureParams memory) {
        return BlsSigner.sign(signers, removalMessage("LIQUIDATE", pk, timestamp), _hashTag());
    }

    /// @param kind EXIT or LIQUIDATE
    function removalMessage(
        string memory kind,
        BN254.G1Point memory pk,
        uint256 timestamp
    ) public view returns (bytes memory) {
        return abi.encodePacked(_tag(kind), pk.X, pk.Y, timestamp);
    }

    /// @notice What the batch entries want beside one signature of all the messages
    function roots(bytes[] memory messages) public view returns (uint256[] memory) {
        return HashRoots.take(messages, _hashTag());
    }

    function _tag(string memory name) private view returns (bytes32) {
        return keccak256(abi.encodePacked("BLS_SIG_TRYANDINCREMENT_", name, block.chainid, address(rewards)));
    }

    function _hashTag() private view returns (bytes32) {
        return keccak256(abi.encodePacked("BLS_SIG_HASH_TO_FIELD_TAG", block.chainid, address(rewards)));
    }
}
