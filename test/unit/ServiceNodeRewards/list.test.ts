import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, publicKeyToParams } from "../../../src/bls/index.ts";
import { deploySystem, plain, register } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import { testNode } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

describe("ServiceNodeRewards", () => {
  /** The test-network variant: its owner removes nodes by id, without signatures. */
  async function fiveSeeds() {
    const system = await deploySystem(connection, { seeds: 5, rewards: "TestnetServiceNodeRewards" });
    const testnet = await ethers.getContractAt("TestnetServiceNodeRewards", system.rewards.target);
    return { ...system, testnet };
  }

  /** Everything that must hold of the list, for these nodes under these ids in this order. */
  async function expectList({ rewards }: System, listed: [id: bigint, node: TestNode][]): Promise<void> {
    const ids = listed.map(([id]) => id);
    const all = await rewards.allServiceNodeIDs();
    expect([...all.ids]).to.deep.equal(ids);
    expect(all.pubkeys.map(plain)).to.deep.equal(listed.map(([, { blsPubkey }]) => blsPubkey));
    expect(await rewards.totalNodes()).to.equal(BigInt(listed.length));
    expect(await rewards.blsNonSignerThreshold()).to.equal(BigInt(Math.floor(listed.length / 3)));
    const ring = [0n, ...ids, 0n];
    for (const [index, id] of ring.slice(0, -1).entries()) {
      const { next } = await rewards.serviceNodes(id);
      expect(next).to.equal(ring[index + 1]);
      expect((await rewards.serviceNodes(next)).prev).to.equal(id);
    }
    for (const [id, { blsPubkey, ed25519Pubkey }] of listed) {
      const key = ethers.solidityPacked(["uint256", "uint256"], [blsPubkey.X, blsPubkey.Y]);
      expect(await rewards.serviceNodeIDs(key)).to.equal(id);
      expect(await rewards.ed25519ToServiceNodeID(ed25519Pubkey)).to.equal(id);
    }
    expect(plain(await rewards.aggregatePubkey())).to.deep.equal(
      publicKeyToParams(aggregatePublicKeys(listed.map(([, { publicKey }]) => publicKey))),
    );
  }

  describe("the list of nodes", () => {
    it("loses its first, middle, last and only node, and grows at the end", async () => {
      const system = await networkHelpers.loadFixture(fiveSeeds);
      const { testnet, alice, nodes } = system;
      const at = (id: number): [bigint, TestNode] => [BigInt(id), nodes[id - 1]!];
      await expectList(system, [1, 2, 3, 4, 5].map(at));

      await testnet.exitNodeBySNID([1]);
      await expectList(system, [2, 3, 4, 5].map(at));
      await testnet.exitNodeBySNID([3]);
      await expectList(system, [2, 4, 5].map(at));
      await testnet.exitNodeBySNID([5]);
      await expectList(system, [2, 4].map(at));
      const newcomer = testNode(50);
      await register(system, newcomer, alice);
      await expectList(system, [at(2), at(4), [6n, newcomer]]);
      await testnet.exitNodeBySNID([4, 6, 2]);
      await expectList(system, []);
      await register(system, newcomer, alice);
      await expectList(system, [[7n, newcomer]]);
    });

    it("knows neither its sentinel nor strangers as nodes", async () => {
      const { testnet } = await networkHelpers.loadFixture(fiveSeeds);

      await expect(testnet.exitNodeBySNID([0]))
        .to.be.revertedWithCustomError(testnet, "DeleteSentinelNodeNotAllowed")
        .withArgs();
      await testnet.exitNodeBySNID([3]);
      for (const id of [3n, 6n]) {
        await expect(testnet.exitNodeBySNID([id]))
          .to.be.revertedWithCustomError(testnet, "ServiceNodeDoesntExist")
          .withArgs(id);
      }
      await testnet.exitNodeBySNID([1, 2, 4, 5]);
      await expect(testnet.exitNodeBySNID([1]))
        .to.be.revertedWithCustomError(testnet, "ServiceNodeDoesntExist")
        .withArgs(1n);
    });
  });

  describe("rederiveTotalNodesAndAggregatePubkey", () => {
    it("recomputes both, and the threshold, for anybody", async () => {
      const system = await networkHelpers.loadFixture(fiveSeeds);
      const { rewards, stranger, nodes } = system;
      for (const slot of [2, 3, 19, 20]) await networkHelpers.setStorageAt(rewards.target as string, slot, 99n);

      await rewards.connect(stranger).rederiveTotalNodesAndAggregatePubkey();

      await expectList(
        system,
        nodes.map((node, index) => [BigInt(index + 1), node]),
      );
    });
  });

  describe("test networks", () => {
    it("let the owner, and nobody else, request exits and remove nodes", async () => {
      const { testnet, owner, operator, alice, requirement, nodes } = await networkHelpers.loadFixture(fiveSeeds);
      for (const call of ["requestExitNodeBySNID", "exitNodeBySNID"] as const) {
        await expect(testnet.connect(alice)[call]([2]))
          .to.be.revertedWithCustomError(testnet, "OwnableUnauthorizedAccount")
          .withArgs(alice.address);
      }
      const key = [nodes[1]!.blsPubkey.X, nodes[1]!.blsPubkey.Y];

      await expect(testnet.requestExitNodeBySNID([2, 4]))
        .to.emit(testnet, "ServiceNodeExitRequest")
        .withArgs(2n, operator.address, key);
      expect((await testnet.serviceNodes(4)).leaveRequestTimestamp).to.equal(await networkHelpers.time.latest());
      await expect(testnet.exitNodeBySNID([2]))
        .to.emit(testnet, "ServiceNodeExit")
        .withArgs(2n, owner.address, requirement, key);
      await expect(testnet.requestExitNodeBySNID([2]))
        .to.be.revertedWithCustomError(testnet, "ServiceNodeDoesntExist")
        .withArgs(2n);
    });
  });

  describe("the local devnet", () => {
    async function devnet() {
      return deploySystem(connection, { seeds: 5, rewards: "LocalDevnetServiceNodeRewards" });
    }

    it("lets a node leave at any age", async () => {
      const system = await networkHelpers.loadFixture(devnet);
      const { rewards, alice, network: net, nodes } = system;
      const node = testNode(50);
      await register(system, node, alice);
      const timestamp = await networkHelpers.time.latest();

      await rewards.exitBLSPublicKeyWithSignature(
        node.blsPubkey,
        timestamp,
        net.exit(node, timestamp, [...nodes, node]),
        [],
      );

      expect(await rewards.totalNodes()).to.equal(5n);
    });

    it("still caps the expiry of signatures", async () => {
      const { rewards } = await networkHelpers.loadFixture(devnet);

      await rewards.setSignatureExpiry(7200);
      await expect(rewards.setSignatureExpiry(7201))
        .to.be.revertedWithCustomError(rewards, "SignatureExpiryTooLong")
        .withArgs(7201n, 7200n);
    });
  });
});
