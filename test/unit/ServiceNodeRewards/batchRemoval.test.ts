import { anyValue } from "@nomicfoundation/hardhat-ethers-chai-matchers/withArgs";
import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, publicKeyToParams } from "../../../src/bls/index.ts";
import { eventsOf } from "../../helpers/events.ts";
import { deploySystem, plain, point, register, REQUIREMENT } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import { NULL_SIGNATURE, testNode } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const KINDS = [
  ["exitBLSPublicKeysWithSignature", "exits", "exitMessages"],
  ["liquidateBLSPublicKeysWithSignature", "liquidations", "liquidationMessages"],
] as const;

describe("ServiceNodeRewards", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  async function now(): Promise<bigint> {
    return BigInt(await time.latest());
  }

  function removals(leaving: readonly TestNode[], timestamp: bigint) {
    return leaving.map(({ blsPubkey }) => ({ blsPubkey, timestamp }));
  }

  async function remaining({ rewards }: System): Promise<bigint[]> {
    return [...(await rewards.allServiceNodeIDs()).ids];
  }

  describe("exitBLSPublicKeysWithSignature", () => {
    it("removes all of them, non-signers among them, and pays nothing now", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, stranger, nodes, network: net } = system;
      const leaving = [nodes[4]!, nodes[0]!, nodes[11]!];
      const timestamp = await now();
      // node 1 leaves and did not sign
      const signature = net.exits(leaving, timestamp, nodes.slice(2));

      const exits = rewards
        .connect(stranger)
        .exitBLSPublicKeysWithSignature(
          removals(leaving, timestamp),
          signature,
          [1, 2],
          net.roots(net.exitMessages(leaving, timestamp)),
        );

      for (const [id, node] of [
        [5n, leaving[0]!],
        [1n, leaving[1]!],
        [12n, leaving[2]!],
      ] as const) {
        await expect(exits)
          .to.emit(rewards, "ServiceNodeExit")
          .withArgs(id, stranger.address, REQUIREMENT, point(node));
      }
      await expect(exits).to.changeTokenBalances(ethers, token, [rewards, stranger], [0n, 0n]);
      expect(await remaining(system)).to.deep.equal([2n, 3n, 4n, 6n, 7n, 8n, 9n, 10n, 11n]);
      const left = nodes.filter((node) => !leaving.includes(node));
      expect(plain(await rewards.aggregatePubkey())).to.deep.equal(
        publicKeyToParams(aggregatePublicKeys(left.map(({ publicKey }) => publicKey))),
      );
    });
  });

  describe("liquidateBLSPublicKeysWithSignature", () => {
    it("removes all of them and pays the sum of the shares, each rounded by itself", async () => {
      const system = await deploySystem(connection, { seeds: 12, requirement: 1_000_001n });
      const { rewards, token, pool, stranger, nodes, network: net } = system;
      // of each: 1000001 * 5 / 1013 = 4935.8... down, * 7 / 1013 = 6910.1... up
      await rewards.setLiquidationRatios(5, 7, 1001);
      const leaving = nodes.slice(3, 6);
      const timestamp = await now();
      const signature = net.liquidations(leaving, timestamp, nodes);

      const call = rewards
        .connect(stranger)
        .liquidateBLSPublicKeysWithSignature(
          removals(leaving, timestamp),
          signature,
          [],
          net.roots(net.liquidationMessages(leaving, timestamp)),
        );

      await expect(call).to.changeTokenBalances(
        ethers,
        token,
        [stranger, pool, rewards],
        [3n * 4935n, 3n * 6911n, -3n * (4935n + 6911n)],
      );
      for (const [index, node] of leaving.entries()) {
        await expect(call)
          .to.emit(rewards, "ServiceNodeLiquidated")
          .withArgs(BigInt(index + 4), stranger.address, point(node))
          .to.emit(rewards, "ServiceNodeExit")
          .withArgs(BigInt(index + 4), stranger.address, 1_000_001n - 4935n - 6911n, point(node));
      }
      expect(await rewards.totalNodes()).to.equal(9n);
    });
  });

  for (const [entry, kind, messages] of KINDS) {
    describe(`${entry}, the rules`, () => {
      it("takes the very list that was signed, for this kind", async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, nodes, network: net } = system;
        const timestamp = await now();
        const signed = nodes.slice(0, 2);
        const { X, Y } = await rewards.aggregatePubkey();
        const other = kind === "exits" ? "liquidations" : "exits";

        for (const [list, signature] of [
          [signed, net[other](signed, timestamp, nodes)],
          [nodes.slice(0, 1), net[kind](signed, timestamp, nodes)],
          [nodes.slice(0, 3), net[kind](signed, timestamp, nodes)],
          [nodes.slice(1, 3), net[kind](signed, timestamp, nodes)],
        ] as const) {
          const roots = net.roots(net[messages](list, timestamp));
          await expect(rewards[entry](removals(list, timestamp), signature, [], roots))
            .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
            .withArgs([X, Y]);
        }
        expect(await rewards.totalNodes()).to.equal(12n);
      });

      it("names the bad node and removes none", async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, alice, nodes, network: net } = system;
        const young = testNode(100);
        await register(system, young, alice);
        const added = await now();
        const unknown = testNode(101);
        const [first] = nodes as [TestNode];
        const list = (node: TestNode, timestamp: bigint) => [
          { blsPubkey: first.blsPubkey, timestamp: added },
          { blsPubkey: node.blsPubkey, timestamp },
        ];
        const roots = net.roots(net[messages]([first], added));

        // of a list without any node, the first
        await expect(rewards[entry](removals([unknown, testNode(102)], added), NULL_SIGNATURE, [], []))
          .to.be.revertedWithCustomError(rewards, "BLSPubkeyDoesNotExist")
          .withArgs(point(unknown));
        await time.setNextBlockTimestamp(added + 10n);
        await expect(rewards[entry](list(nodes[1]!, added - 591n), NULL_SIGNATURE, [], roots))
          .to.be.revertedWithCustomError(rewards, "SignatureExpired")
          .withArgs(2n, added - 591n, added + 10n);
        await time.setNextBlockTimestamp(added + 20n);
        await expect(rewards[entry](list(young, added), NULL_SIGNATURE, [], roots))
          .to.be.revertedWithCustomError(rewards, "ExitTooEarly")
          .withArgs(13n, added, added + 20n);
        expect(await rewards.totalNodes()).to.equal(13n);
      });

      it("H22: passes over a node that somebody has removed before, where the signature still holds", async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, stranger, nodes, network: net } = system;
        const single = kind === "exits" ? "exit" : "liquidate";
        const timestamp = await now();
        const leaving = [nodes[0]!, nodes[1]!, nodes[4]!];
        // nodes 1 and 2 did not sign, 5 did
        const signers = nodes.slice(2);
        const signature = net[kind](leaving, timestamp, signers);
        const roots = net.roots(net[messages](leaving, timestamp));
        const alone = (node: TestNode) =>
          rewards[`${single}BLSPublicKeyWithSignature`](
            node.blsPubkey,
            timestamp,
            net[single](node, timestamp, signers),
            [1, 2],
          );
        const batch = () => rewards.connect(stranger)[entry](removals(leaving, timestamp), signature, [1, 2], roots);

        await alone(nodes[0]!);
        const before = await networkHelpers.takeSnapshot();
        const removed = batch();
        for (const id of [2, 5])
          await expect(removed)
            .to.emit(rewards, "ServiceNodeExit")
            .withArgs(id, stranger.address, anyValue, point(nodes[id - 1]!));
        const events = await eventsOf(removed);
        expect(events.filter((event) => event.startsWith("ServiceNodeExit(")).length).to.equal(2);
        expect(await remaining(system)).to.deep.equal([3n, 4n, 6n, 7n, 8n, 9n, 10n, 11n, 12n]);

        // where the removed one was a signer, its key is no longer in the sum: the client collects anew
        await before.restore();
        await alone(nodes[4]!);
        await expect(batch()).to.be.revertedWithCustomError(rewards, "InvalidBLSSignature");
      });

      it("H23: works without roots, at a higher price", async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, nodes, network: net } = system;
        const timestamp = await now();
        const leaving = nodes.slice(0, 6);
        const signature = net[kind](leaving, timestamp, nodes);
        await rewards[entry](removals(leaving, timestamp), signature, [], []);
        expect(await rewards.totalNodes()).to.equal(6n);
      });

      it("does not remove a node twice", async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, nodes, network: net } = system;
        const timestamp = await now();
        const node = nodes[0]!;
        const signed = [timestamp, timestamp - 1n].flatMap((at) => net[messages]([node], at));
        const signature = net.signAll(signed, nodes);
        const twice = [...removals([node], timestamp), ...removals([node], timestamp - 1n)];

        await expect(rewards[entry](twice, signature, [], net.roots(signed)))
          .to.be.revertedWithCustomError(rewards, "ServiceNodeDoesntExist")
          .withArgs(1n);
      });

      it("obeys the rules of every network signature", async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, nodes } = system;
        const list = removals(nodes.slice(0, 2), await now());

        await expect(rewards[entry]([], NULL_SIGNATURE, [], []))
          .to.be.revertedWithCustomError(rewards, "EmptyBatch")
          .withArgs();
        await expect(rewards[entry](list, NULL_SIGNATURE, [1, 2, 3, 4, 5], []))
          .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
          .withArgs(7n, 8n);
        await rewards.pause();
        await expect(rewards[entry](list, NULL_SIGNATURE, [], []))
          .to.be.revertedWithCustomError(rewards, "EnforcedPause")
          .withArgs();
      });
    });
  }
});
