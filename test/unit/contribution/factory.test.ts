import { expect } from "chai";
import { network } from "hardhat";
import * as bls from "../../../src/bls/index.ts";
import { behindProxy, deployFamily, MAX_CONTRIBUTORS, REQUIREMENT, SESH } from "../../helpers/family.ts";
import { registration, testNode } from "../../helpers/testNode.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture } = networkHelpers;
const family = () => deployFamily(ethers);

describe("ServiceNodeContributionFactory", () => {
  describe("deploy", () => {
    it("makes a contribution with the caller as operator and what the rewards contract asks for", async () => {
      const { factory, rewards, sesh, tags, operator, alice } = await loadFixture(family);
      const { key, proof, params } = registration(tags, testNode(1), operator.address, 250n);
      const reserved = [
        { addr: operator.address, amount: 7_000n * SESH },
        { addr: alice.address, amount: 3_000n * SESH },
      ];
      const args = [key, proof, params, reserved, true] as const;
      const address = await factory.connect(operator).deploy.staticCall(...args);
      const deployment = factory.connect(operator).deploy(...args);
      await expect(deployment)
        .to.emit(factory, "NewServiceNodeContributionContract")
        .withArgs(address, testNode(1).ed25519, operator);

      const contribution = await ethers.getContractAt("ServiceNodeContribution", address);
      await expect(deployment).to.emit(contribution, "UpdatePubkeys").withArgs([key.X, key.Y], testNode(1).ed25519);
      await expect(deployment).to.emit(contribution, "UpdateFee").withArgs(250n);
      await expect(deployment).to.emit(contribution, "UpdateManualFinalize").withArgs(true);
      expect(await contribution.stakingRewardsContract()).to.equal(rewards);
      expect(await contribution.SESH()).to.equal(sesh);
      expect(await contribution.operator()).to.equal(operator);
      expect(await contribution.stakingRequirement()).to.equal(REQUIREMENT);
      expect(await contribution.maxContributors()).to.equal(MAX_CONTRIBUTORS);
      expect(await contribution.status()).to.equal(0n);
      expect(await contribution.manualFinalize()).to.equal(true);
      expect(await contribution.blsPubkey()).to.deep.equal([key.X, key.Y]);
      const signature = [proof.sigs0, proof.sigs1, proof.sigs2, proof.sigs3];
      expect(await contribution.blsSignature()).to.deep.equal(signature);
      expect(await contribution._blsSignature()).to.deep.equal(signature);
      const nodeParams = [testNode(1).ed25519, 1n, 2n, 250n];
      expect(await contribution.serviceNodeParams()).to.deep.equal(nodeParams);
      expect(await contribution._serviceNodeParams()).to.deep.equal(nodeParams);
      expect(await contribution.getReserved()).to.deep.equal([
        [operator.address, alice.address],
        [7_000n * SESH, 3_000n * SESH],
        [false, false],
      ]);
      expect(await contribution.reservedContributionsAddresses(1)).to.equal(alice);
      expect(await contribution.reservedContributions(alice)).to.deep.equal([3_000n * SESH, false]);
      expect(await contribution.MAX_FEE()).to.equal(10_000n);
      expect(await contribution.WITHDRAWAL_DELAY()).to.equal(86_400n);
    });

    it("owns what it made and nothing else", async () => {
      const { factory, deployContribution, alice } = await loadFixture(family);
      const contribution = await deployContribution();
      expect(await factory.owns(contribution)).to.equal(true);
      expect(await factory.deployedContracts(contribution)).to.equal(true);
      expect(await factory.owns(alice)).to.equal(false);
      expect(await factory.owns(await factory.contributionImplementation())).to.equal(false);
    });

    it("keeps contributions apart", async () => {
      const { deployContribution, alice } = await loadFixture(family);
      const first = await deployContribution();
      const second = await deployContribution({ operator: alice, node: 2, fee: 3n });
      expect(await second.operator()).to.equal(alice);
      expect(await second.getAddress()).to.not.equal(await first.getAddress());
      expect((await first.serviceNodeParams()).fee).to.equal(0n);
      expect((await second.serviceNodeParams()).fee).to.equal(3n);
    });

    it("stops while paused", async () => {
      const { factory, tags, operator, owner } = await loadFixture(family);
      await expect(factory.pause()).to.emit(factory, "Paused").withArgs(owner);
      const { key, proof, params } = registration(tags, testNode(1), operator.address);
      const deploy = () => factory.connect(operator).deploy(key, proof, params, [], false);
      await expect(deploy()).to.be.revertedWithCustomError(factory, "EnforcedPause");
      await factory.unpause();
      await deploy();
    });

    it("refuses a proof of possession that was signed for another operator", async () => {
      const { factory, rewards, tags, operator, alice } = await loadFixture(family);
      const { key, proof, params } = registration(tags, testNode(1), alice.address);
      await expect(factory.connect(operator).deploy(key, proof, params, [], false)).to.be.revertedWithCustomError(
        rewards,
        "InvalidBLSProofOfPossession",
      );
    });

    it("refuses a fee above 100 %", async () => {
      const { factory, deployContribution, tags, operator } = await loadFixture(family);
      const contribution = await deployContribution({ fee: 10_000n });
      const { key, proof, params } = registration(tags, testNode(1), operator.address, 10_001n);
      await expect(factory.connect(operator).deploy(key, proof, params, [], false))
        .to.be.revertedWithCustomError(contribution, "FeeExceedsPossibleValue")
        .withArgs(10_001n, 10_000n);
    });

    it("H14: refuses null and infinite keys, keys off the curve or not reduced", async () => {
      const { factory, rewards, tags, operator } = await loadFixture(family);
      const { key, proof, params } = registration(tags, testNode(1), operator.address);
      const deploy = (blsKey: bls.G1Params, ed25519: bigint) =>
        factory.connect(operator).deploy(blsKey, proof, { ...params, serviceNodePubkey: ed25519 }, [], false);
      const nullProof = { sigs0: 0n, sigs1: 0n, sigs2: 0n, sigs3: 0n };
      await expect(
        factory.connect(operator).deploy({ X: 0n, Y: 0n }, nullProof, params, [], false),
      ).to.be.revertedWithCustomError(rewards, "NullBLSPubkey");
      await expect(deploy(key, 0n)).to.be.revertedWithCustomError(rewards, "NullEd25519Pubkey");
      for (const bad of [
        { X: key.X, Y: key.Y + 1n },
        { X: key.X, Y: key.Y + bls.FIELD_ORDER },
      ])
        await expect(deploy(bad, testNode(1).ed25519))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSPubkey")
          .withArgs([bad.X, bad.Y]);
    });

    it("H14: refuses keys that are registered already", async () => {
      const { factory, rewards, sesh, tags, operator } = await loadFixture(family);
      const node = registration(tags, testNode(1), operator.address);
      await sesh.connect(operator).approve(rewards, REQUIREMENT);
      await rewards.connect(operator).addBLSPublicKey(node.key, node.proof, node.params, []);
      await expect(factory.connect(operator).deploy(node.key, node.proof, node.params, [], false))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyAlreadyExists")
        .withArgs(1n);
      const sameIdentity = { ...testNode(2), ed25519: testNode(1).ed25519 };
      const other = registration(tags, sameIdentity, operator.address);
      await expect(factory.connect(operator).deploy(other.key, other.proof, other.params, [], false))
        .to.be.revertedWithCustomError(rewards, "Ed25519PubkeyAlreadyExists")
        .withArgs(1n);
    });
  });

  describe("clones", () => {
    it("are initialised once, the implementation never", async () => {
      const { factory, deployContribution, tags, operator, alice } = await loadFixture(family);
      const contribution = await deployContribution();
      const implementation = contribution.attach(await factory.contributionImplementation()) as typeof contribution;
      const { key, proof, params } = registration(tags, testNode(2), operator.address);
      for (const target of [contribution, implementation])
        await expect(target.connect(alice).initialize(key, proof, params, [], false)).to.be.revertedWithCustomError(
          contribution,
          "AlreadyInitialized",
        );
    });
  });

  describe("ownership", () => {
    it("H10: the implementation cannot be initialised, the proxy once, neither with a zero address", async () => {
      const { factory, rewards, owner } = await loadFixture(family);
      const implementation = await ethers.deployContract("ServiceNodeContributionFactory");
      await expect(implementation.initialize(rewards)).to.be.revertedWithCustomError(factory, "InvalidInitialization");
      await expect(factory.initialize(rewards)).to.be.revertedWithCustomError(factory, "InvalidInitialization");
      await expect(behindProxy(ethers, implementation, owner, [ethers.ZeroAddress])).to.be.revertedWithCustomError(
        rewards,
        "NullAddress",
      );
    });

    it("H10: cannot be renounced", async () => {
      const { factory, owner, alice } = await loadFixture(family);
      await expect(factory.renounceOwnership())
        .to.be.revertedWithCustomError(factory, "OwnableInvalidOwner")
        .withArgs(ethers.ZeroAddress);
      await expect(factory.connect(alice).renounceOwnership())
        .to.be.revertedWithCustomError(factory, "OwnableUnauthorizedAccount")
        .withArgs(alice);
      expect(await factory.owner()).to.equal(owner);
    });

    it("pauses by the owner only, who hands over in two steps", async () => {
      const { factory, alice } = await loadFixture(family);
      for (const call of [() => factory.connect(alice).pause(), () => factory.connect(alice).unpause()])
        await expect(call()).to.be.revertedWithCustomError(factory, "OwnableUnauthorizedAccount").withArgs(alice);
      await factory.transferOwnership(alice);
      await factory.connect(alice).acceptOwnership();
      await factory.connect(alice).pause();
      expect(await factory.paused()).to.equal(true);
    });
  });

  it("is upgraded in place: the storage of a live proxy is kept and needs no migration", async () => {
    const { rewards, owner, operator, tags } = await loadFixture(family);
    const implementation = await ethers.deployContract("ServiceNodeContributionFactory");
    const proxy = await behindProxy(ethers, implementation, owner, [await rewards.getAddress()]);
    const before = "0x00000000000000000000000000000000000000aa";
    // deployedContracts[before] = true, in the slot of the live layout
    const slot = ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [before, 1n]));
    await networkHelpers.setStorageAt(await proxy.getAddress(), slot, 1n);
    expect(await ethers.provider.getStorage(proxy, 0)).to.equal(
      ethers.zeroPadValue((await rewards.getAddress()).toLowerCase(), 32),
    );

    const adminSlot = "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103";
    const admin = ethers.dataSlice(await ethers.provider.getStorage(proxy, adminSlot), 12);
    const proxyAdmin = await ethers.getContractAt("ProxyAdmin", admin);
    const next = await ethers.deployContract("ServiceNodeContributionFactory");
    await proxyAdmin.upgradeAndCall(proxy, next, "0x");

    expect(await proxy.owns(before)).to.equal(true);
    expect(await proxy.owner()).to.equal(owner);
    expect(await proxy.contributionImplementation()).to.equal(await next.contributionImplementation());
    const { key, proof, params } = registration(tags, testNode(1), operator.address);
    await proxy.connect(operator).deploy(key, proof, params, [], false);
  });
});
