import { expect } from "chai";
import { network } from "hardhat";
import { contributor, DAY, deploySystem, HOUR, plain, point, register, REQUIREMENT } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import { testNode } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const GONE = {
  next: 0n,
  prev: 0n,
  operator: ethers.ZeroAddress,
  blsPubkey: { X: 0n, Y: 0n },
  addedTimestamp: 0n,
  leaveRequestTimestamp: 0n,
  latestLeaveRequestTimestamp: 0n,
  deposit: 0n,
  contributors: [],
  ed25519Pubkey: 0n,
};

describe("ServiceNodeRewards", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  /** Node 13 of alice (a quarter), bob (an atom less than a quarter) and carol. */
  async function withSharedNode() {
    const system = await twelveSeeds();
    const { alice, bob, carol } = system;
    const quarter = REQUIREMENT / 4n;
    const node = testNode(100);
    await register(system, node, alice, {
      contributors: [
        contributor(alice.address, quarter),
        contributor(bob.address, quarter - 1n),
        contributor(carol.address, 2n * quarter + 1n),
      ],
    });
    const added = BigInt(await time.latest());
    return { ...system, node, added };
  }

  async function now(): Promise<bigint> {
    return BigInt(await time.latest());
  }

  /** Signs with all nodes, at the time of the newest block. */
  async function exitNow(system: System, node: TestNode, signers = system.nodes) {
    const timestamp = await now();
    return [node.blsPubkey, timestamp, system.network.exit(node, timestamp, signers), [] as bigint[]] as const;
  }

  describe("initiateExitBLSPublicKey", () => {
    it("starts the clock once; repeats, an hour apart, re-emit", async () => {
      const system = await networkHelpers.loadFixture(withSharedNode);
      const { rewards, alice, carol, node } = system;

      await expect(rewards.connect(alice).initiateExitBLSPublicKey(13))
        .to.emit(rewards, "ServiceNodeExitRequest")
        .withArgs(13n, alice.address, point(node));
      const first = await now();
      expect((await rewards.serviceNodes(13)).leaveRequestTimestamp).to.equal(first);
      expect((await rewards.serviceNodes(13)).latestLeaveRequestTimestamp).to.equal(first);

      await time.setNextBlockTimestamp(first + HOUR - 1n);
      await expect(rewards.connect(carol).initiateExitBLSPublicKey(13))
        .to.be.revertedWithCustomError(rewards, "LeaveRequestTooEarly")
        .withArgs(13n, first + HOUR, first + HOUR - 1n);
      await time.setNextBlockTimestamp(first + HOUR);
      await expect(rewards.connect(carol).initiateExitBLSPublicKey(13))
        .to.emit(rewards, "ServiceNodeExitRequest")
        .withArgs(13n, carol.address, point(node));
      const stored = await rewards.serviceNodes(13);
      expect(stored.leaveRequestTimestamp).to.equal(first);
      expect(stored.latestLeaveRequestTimestamp).to.equal(first + HOUR);

      // the hour counts from the latest request
      await time.setNextBlockTimestamp(first + 2n * HOUR - 1n);
      await expect(rewards.connect(carol).initiateExitBLSPublicKey(13))
        .to.be.revertedWithCustomError(rewards, "LeaveRequestTooEarly")
        .withArgs(13n, first + 2n * HOUR, first + 2n * HOUR - 1n);
    });

    it("is a contributor's, not a stranger's, nor for a node that is not there", async () => {
      const { rewards, operator, stranger } = await networkHelpers.loadFixture(withSharedNode);

      for (const [id, caller] of [
        [13n, stranger],
        [13n, operator],
        [14n, operator],
        [0n, operator],
      ] as const) {
        await expect(rewards.connect(caller).initiateExitBLSPublicKey(id))
          .to.be.revertedWithCustomError(rewards, "CallerNotContributor")
          .withArgs(id, caller.address);
      }
    });

    it("lets a contributor of less than a quarter wait 30 days, to the second", async () => {
      const { rewards, alice, bob, added } = await networkHelpers.loadFixture(withSharedNode);

      await time.setNextBlockTimestamp(added + 30n * DAY - 1n);
      await expect(rewards.connect(bob).initiateExitBLSPublicKey(13))
        .to.be.revertedWithCustomError(rewards, "SmallContributorLeaveTooEarly")
        .withArgs(13n, bob.address);
      const early = await networkHelpers.takeSnapshot();
      await rewards.connect(alice).initiateExitBLSPublicKey(13);
      await early.restore();
      await time.setNextBlockTimestamp(added + 30n * DAY);
      await rewards.connect(bob).initiateExitBLSPublicKey(13);
    });

    it("stops while paused", async () => {
      const { rewards, alice } = await networkHelpers.loadFixture(withSharedNode);
      await rewards.pause();

      await expect(rewards.connect(alice).initiateExitBLSPublicKey(13))
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
    });
  });

  describe("exitBLSPublicKeyAfterWaitTime", () => {
    it("removes the node 30 days after the first request, for anybody", async () => {
      const { rewards, token, operator, stranger, nodes } = await networkHelpers.loadFixture(twelveSeeds);
      await expect(rewards.exitBLSPublicKeyAfterWaitTime(5))
        .to.be.revertedWithCustomError(rewards, "LeaveRequestNotInitiatedYet")
        .withArgs(5n);
      await rewards.connect(operator).initiateExitBLSPublicKey(5);
      const first = await now();
      await time.increase(DAY);
      await rewards.connect(operator).initiateExitBLSPublicKey(5);

      await time.setNextBlockTimestamp(first + 30n * DAY - 1n);
      await expect(rewards.exitBLSPublicKeyAfterWaitTime(5))
        .to.be.revertedWithCustomError(rewards, "LeaveRequestTooEarly")
        .withArgs(5n, first + 30n * DAY, first + 30n * DAY - 1n);
      await time.setNextBlockTimestamp(first + 30n * DAY);
      const exit = rewards.connect(stranger).exitBLSPublicKeyAfterWaitTime(5);

      await expect(exit)
        .to.emit(rewards, "ServiceNodeExit")
        .withArgs(5n, stranger.address, REQUIREMENT, point(nodes[4]!));
      await expect(exit).to.changeTokenBalances(ethers, token, [rewards, operator, stranger], [0n, 0n, 0n]);
      expect(plain(await rewards.serviceNodes(5))).to.deep.equal(GONE);
      expect(await rewards.totalNodes()).to.equal(11n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(3n);
      await expect(rewards.exitBLSPublicKeyAfterWaitTime(5))
        .to.be.revertedWithCustomError(rewards, "LeaveRequestNotInitiatedYet")
        .withArgs(5n);
    });

    it("stops while paused", async () => {
      const { rewards } = await networkHelpers.loadFixture(twelveSeeds);
      await rewards.pause();

      await expect(rewards.exitBLSPublicKeyAfterWaitTime(1))
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
    });
  });

  describe("exitBLSPublicKeyWithSignature", () => {
    it("removes the node for anybody and pays nothing now", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, operator, stranger, nodes } = system;
      const node = nodes[11]!;

      const exit = rewards.connect(stranger).exitBLSPublicKeyWithSignature(...(await exitNow(system, node)));

      await expect(exit).to.emit(rewards, "ServiceNodeExit").withArgs(12n, stranger.address, REQUIREMENT, point(node));
      await expect(exit).to.changeTokenBalances(ethers, token, [rewards, operator, stranger], [0n, 0n, 0n]);
      expect(plain(await rewards.serviceNodes(12))).to.deep.equal(GONE);
      expect(await rewards.ed25519ToServiceNodeID(node.ed25519Pubkey)).to.equal(0n);
      expect(await rewards.serviceNodeIDs(ethers.solidityPacked(["uint256", "uint256"], point(node)))).to.equal(0n);
    });

    it("does not take the signature of another kind, node or time", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, network: net, nodes } = system;
      const [node, other] = [nodes[0]!, nodes[1]!];
      const timestamp = await now();
      const all = plain(await rewards.aggregatePubkey()) as { X: bigint; Y: bigint };

      for (const signature of [
        net.liquidate(node, timestamp, nodes),
        net.exit(other, timestamp, nodes),
        net.exit(node, timestamp - 1n, nodes),
      ]) {
        await expect(rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, timestamp, signature, []))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
          .withArgs([all.X, all.Y]);
      }
    });

    it("checks in order: signer count, key, expiry, age, signature", async () => {
      const system = await networkHelpers.loadFixture(withSharedNode);
      const { rewards, network: net, nodes, node, added } = system;
      const unknown = testNode(101);
      const wrong = net.exit(unknown, 0, nodes);
      const threshold = [1n, 2n, 3n, 4n, 5n];

      await expect(rewards.exitBLSPublicKeyWithSignature(unknown.blsPubkey, 0, wrong, threshold))
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(8n, 9n);
      await expect(rewards.exitBLSPublicKeyWithSignature(unknown.blsPubkey, 0, wrong, []))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyDoesNotExist")
        .withArgs(point(unknown));
      await time.setNextBlockTimestamp(added + 700n);
      await expect(rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, added + 99n, wrong, []))
        .to.be.revertedWithCustomError(rewards, "SignatureExpired")
        .withArgs(13n, added + 99n, added + 700n);
      await time.setNextBlockTimestamp(added + 701n);
      await expect(rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, added + 101n, wrong, []))
        .to.be.revertedWithCustomError(rewards, "ExitTooEarly")
        .withArgs(13n, added, added + 701n);
    });

    it("opens two hours after the registration, to the second", async () => {
      const system = await networkHelpers.loadFixture(withSharedNode);
      const { rewards, network: net, nodes, node, added } = system;
      const timestamp = added + 2n * HOUR - 10n;
      const signature = net.exit(node, timestamp, [...nodes, node]);

      await time.setNextBlockTimestamp(added + 2n * HOUR - 1n);
      await expect(rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, timestamp, signature, []))
        .to.be.revertedWithCustomError(rewards, "ExitTooEarly")
        .withArgs(13n, added, added + 2n * HOUR - 1n);
      await time.setNextBlockTimestamp(added + 2n * HOUR);
      await rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, timestamp, signature, []);
    });

    it("takes a signature until signatureExpiry has passed, to the second", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const args = await exitNow(system, system.nodes[0]!);
      const [, timestamp] = args;

      await time.setNextBlockTimestamp(timestamp + 601n);
      await expect(rewards.exitBLSPublicKeyWithSignature(...args))
        .to.be.revertedWithCustomError(rewards, "SignatureExpired")
        .withArgs(1n, timestamp, timestamp + 601n);
      const again = await exitNow(system, system.nodes[0]!);
      await time.setNextBlockTimestamp(again[1] + 600n);
      await rewards.exitBLSPublicKeyWithSignature(...again);
    });

    it("works without the signatures of a third of the nodes", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, nodes } = system;
      const [blsPubkey, timestamp, signature] = await exitNow(system, nodes[0]!, nodes.slice(4));

      await rewards.exitBLSPublicKeyWithSignature(blsPubkey, timestamp, signature, [4n, 2n, 1n, 3n]);

      expect(await rewards.totalNodes()).to.equal(11n);
    });

    it("stops while paused", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      await system.rewards.pause();

      await expect(system.rewards.exitBLSPublicKeyWithSignature(...(await exitNow(system, system.nodes[0]!))))
        .to.be.revertedWithCustomError(system.rewards, "EnforcedPause")
        .withArgs();
    });
  });

  describe("liquidateBLSPublicKeyWithSignature", () => {
    async function liquidation(system: System, node: TestNode) {
      const timestamp = await now();
      return [
        node.blsPubkey,
        timestamp,
        system.network.liquidate(node, timestamp, system.nodes),
        [] as bigint[],
      ] as const;
    }

    it("splits the deposit 3 / 17 / 9980: 7.5 and 42.5 of 25,000 SESH", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, pool, stranger, nodes } = system;
      const node = nodes[6]!;
      const [toLiquidator, toPool] = [7_500_000_000n, 42_500_000_000n];

      const call = rewards.connect(stranger).liquidateBLSPublicKeyWithSignature(...(await liquidation(system, node)));

      await expect(call).to.changeTokenBalances(
        ethers,
        token,
        [rewards, stranger, pool],
        [-toLiquidator - toPool, toLiquidator, toPool],
      );
      await expect(call)
        .to.emit(rewards, "ServiceNodeLiquidated")
        .withArgs(7n, stranger.address, point(node))
        .to.emit(rewards, "ServiceNodeExit")
        .withArgs(7n, stranger.address, REQUIREMENT - toLiquidator - toPool, point(node));
      const receipt = await (await call).wait();
      const names = receipt?.logs
        .filter(({ address }) => address === rewards.target)
        .map((log) => rewards.interface.parseLog(log)?.name);
      expect(names).to.deep.equal(["ServiceNodeLiquidated", "ServiceNodeExit"]);
      expect(plain(await rewards.serviceNodes(7))).to.deep.equal(GONE);
    });

    it("rounds the liquidator's share down, the pool's up, and returns the rest", async () => {
      const system = await deploySystem(connection, { seeds: 12, requirement: 1_000_001n });
      const { rewards, token, pool, stranger, nodes } = system;
      await rewards.setLiquidationRatios(5, 7, 1001);
      // 1000001 * 5 / 1013 = 4935.8..., * 7 / 1013 = 6910.1...
      const [toLiquidator, toPool] = [4935n, 6911n];

      const call = rewards
        .connect(stranger)
        .liquidateBLSPublicKeyWithSignature(...(await liquidation(system, nodes[0]!)));

      await expect(call).to.changeTokenBalances(ethers, token, [stranger, pool], [toLiquidator, toPool]);
      await expect(call)
        .to.emit(rewards, "ServiceNodeExit")
        .withArgs(1n, stranger.address, 1_000_001n - toLiquidator - toPool, point(nodes[0]!));
    });

    it("does not take an exit signature", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const all = plain(await rewards.aggregatePubkey()) as { X: bigint; Y: bigint };

      await expect(rewards.liquidateBLSPublicKeyWithSignature(...(await exitNow(system, system.nodes[0]!))))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
        .withArgs([all.X, all.Y]);
    });

    it("obeys the rules of an exit: pause, signer count, key, expiry, age", async () => {
      const system = await networkHelpers.loadFixture(withSharedNode);
      const { rewards, node, added, network: net, nodes } = system;
      const unknown = testNode(101);
      const wrong = net.exit(unknown, 0, nodes);

      await expect(rewards.liquidateBLSPublicKeyWithSignature(unknown.blsPubkey, 0, wrong, [1, 2, 3, 4, 5]))
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(8n, 9n);
      await expect(rewards.liquidateBLSPublicKeyWithSignature(unknown.blsPubkey, 0, wrong, []))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyDoesNotExist")
        .withArgs(point(unknown));
      await time.setNextBlockTimestamp(added + 701n);
      await expect(rewards.liquidateBLSPublicKeyWithSignature(node.blsPubkey, added + 100n, wrong, []))
        .to.be.revertedWithCustomError(rewards, "SignatureExpired")
        .withArgs(13n, added + 100n, added + 701n);
      await time.setNextBlockTimestamp(added + 702n);
      await expect(rewards.liquidateBLSPublicKeyWithSignature(node.blsPubkey, added + 102n, wrong, []))
        .to.be.revertedWithCustomError(rewards, "ExitTooEarly")
        .withArgs(13n, added, added + 702n);
      await rewards.pause();
      await expect(rewards.liquidateBLSPublicKeyWithSignature(node.blsPubkey, added, wrong, []))
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
    });
  });
});
