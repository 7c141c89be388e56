import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, FIELD_ORDER, publicKeyToParams } from "../../../src/bls/index.ts";
import type { G1Params } from "../../../src/bls/index.ts";
import { DAY, deploySystem, update } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

/** Slots of ServiceNodeRewardsStorage. */
const TOTAL_NODES = 2n;
const NODES = 16n;
const IDS_BY_KEY = 18n;
const AGGREGATE_KEY = 19n;

describe("ServiceNodeRewards, keys that an older version let in", () => {
  async function fourNodes() {
    return deploySystem(connection, { seeds: 4 });
  }

  async function oneNode() {
    return deploySystem(connection, { seeds: 1 });
  }

  async function sevenNodes() {
    return deploySystem(connection, { seeds: 7 });
  }

  async function store({ rewards }: System, slot: bigint, word: bigint): Promise<void> {
    await networkHelpers.setStorageAt(rewards.target as string, slot, word);
  }

  function idSlot({ X, Y }: G1Params): bigint {
    return BigInt(ethers.solidityPackedKeccak256(["uint256", "uint256", "uint256"], [X, Y, IDS_BY_KEY]));
  }

  /** Gives a listed node another key, as if an older version had taken it. The aggregate key stays. */
  async function replaceKey(system: System, id: bigint, old: G1Params, key: G1Params): Promise<void> {
    const node = BigInt(ethers.solidityPackedKeccak256(["uint256", "uint256"], [id, NODES]));
    await store(system, node + 2n, key.X);
    await store(system, node + 3n, key.Y);
    await store(system, idSlot(old), 0n);
    await store(system, idSlot(key), id);
  }

  async function leave({ rewards, operator, stranger }: System, id: bigint) {
    await rewards.connect(operator).initiateExitBLSPublicKey(id);
    await networkHelpers.time.increase(30n * DAY);
    return rewards.connect(stranger).exitBLSPublicKeyAfterWaitTime(id);
  }

  async function expectSigners(system: System, signers: TestNode[]): Promise<void> {
    const { rewards, alice } = system;
    const key = await rewards.aggregatePubkey();
    const expected = publicKeyToParams(aggregatePublicKeys(signers.map(({ publicKey }) => publicKey)));
    expect({ X: key.X, Y: key.Y }).to.deep.equal(expected);
    await update({ ...system, nodes: signers }, alice.address, 1n);
  }

  /** Records the figure with a signature of all but the nodes of these ids. */
  async function updateWithout(
    { rewards, network: net, nodes }: System,
    recipient: string,
    amount: bigint,
    ids: readonly number[],
  ) {
    const signers = nodes.filter((_, index) => !ids.includes(index + 1));
    const tx = await rewards.updateRewardsBalance(recipient, amount, net.reward(recipient, amount, signers), [...ids]);
    return (await tx.wait())!;
  }

  const forms = [
    ["Y + p", ({ X, Y }: G1Params) => ({ X, Y: Y + FIELD_ORDER })],
    ["X + p", ({ X, Y }: G1Params) => ({ X: X + FIELD_ORDER, Y })],
    ["X + p, Y + 2 p", ({ X, Y }: G1Params) => ({ X: X + FIELD_ORDER, Y: Y + 2n * FIELD_ORDER })],
  ] as const;

  for (const [name, form] of forms) {
    it(`H2: a node with the key (${name}) among others leaves, and the others go on signing`, async () => {
      const system = await networkHelpers.loadFixture(fourNodes);
      const { rewards, nodes, stranger, requirement } = system;
      const { blsPubkey } = nodes[1]!;
      const key = form(blsPubkey);
      await replaceKey(system, 2n, blsPubkey, key);

      await expect(leave(system, 2n))
        .to.emit(rewards, "ServiceNodeExit")
        .withArgs(2n, stranger.address, requirement, [key.X, key.Y]);

      expect(await rewards.serviceNodeIDs(ethers.solidityPacked(["uint256", "uint256"], [key.X, key.Y]))).to.equal(0n);
      expect((await rewards.allServiceNodeIDs()).ids).to.deep.equal([1n, 3n, 4n]);
      await expectSigners(
        system,
        nodes.filter((_, index) => index !== 1),
      );
    });
  }

  for (const [name, form] of forms) {
    it(`H9: rederiving counts a node with the key (${name}) as the point that it stands for`, async () => {
      const system = await networkHelpers.loadFixture(fourNodes);
      const { rewards, nodes } = system;
      const { blsPubkey } = nodes[1]!;
      await replaceKey(system, 2n, blsPubkey, form(blsPubkey));
      await store(system, TOTAL_NODES, 9n);
      await store(system, AGGREGATE_KEY, 0n);
      await store(system, AGGREGATE_KEY + 1n, 0n);

      await rewards.rederiveTotalNodesAndAggregatePubkey();

      expect(await rewards.totalNodes()).to.equal(4n);
      await expectSigners(system, nodes);
    });

    it(`H2: the others sign without a node with the key (${name}), alone and beside another one that did not sign`, async () => {
      const system = await networkHelpers.loadFixture(sevenNodes);
      const { nodes, alice } = system;
      const { blsPubkey } = nodes[1]!;
      await replaceKey(system, 2n, blsPubkey, form(blsPubkey));

      for (const [amount, missing] of [
        [1n, [2]],
        [2n, [5, 2]],
        [3n, [2, 5]],
      ] as const) {
        const { gasUsed } = await updateWithout(system, alice.address, amount, missing);
        expect(gasUsed).to.be.lessThan(400_000n);
      }
    });
  }

  it("H2: the others sign without a node whose key is off the curve, as it is in no sum", async () => {
    const system = await networkHelpers.loadFixture(sevenNodes);
    const { rewards, nodes, alice, stranger } = system;
    await replaceKey(system, 2n, nodes[1]!.blsPubkey, { X: 7n, Y: 8n });
    // the aggregate key without it
    const rest = nodes.filter((_, index) => index !== 1);
    const { X, Y } = publicKeyToParams(aggregatePublicKeys(rest.map(({ publicKey }) => publicKey)));
    await store(system, AGGREGATE_KEY, X);
    await store(system, AGGREGATE_KEY + 1n, Y);

    const { gasUsed } = await updateWithout(system, alice.address, 1n, [2, 5]);

    expect(gasUsed).to.be.lessThan(400_000n);
    expect((await rewards.recipients(alice.address)).rewards).to.equal(1n);
    expect((await rewards.recipients(stranger.address)).rewards).to.equal(0n);
  });

  it("H2: what a key off the curve burns when its node leaves is little", async () => {
    const system = await networkHelpers.loadFixture(fourNodes);
    await replaceKey(system, 2n, system.nodes[1]!.blsPubkey, { X: 7n, Y: 8n });

    const { gasUsed } = (await (await leave(system, 2n)).wait())!;

    expect(gasUsed).to.be.lessThan(200_000n);
  });

  it("H2: the first node of all, whose key (Y + p) is the aggregate key, leaves", async () => {
    const system = await networkHelpers.loadFixture(oneNode);
    const { rewards, nodes } = system;
    const { X, Y } = nodes[0]!.blsPubkey;
    const key = { X, Y: Y + FIELD_ORDER };
    await replaceKey(system, 1n, { X, Y }, key);
    await store(system, AGGREGATE_KEY + 1n, key.Y);

    await leave(system, 1n);

    expect(await rewards.totalNodes()).to.equal(0n);
    expect(await rewards.aggregatePubkey()).to.deep.equal([0n, 0n]);
  });

  it("H2: a node whose key is off the curve leaves without a change of the aggregate key", async () => {
    const system = await networkHelpers.loadFixture(fourNodes);
    const { rewards, nodes } = system;
    const before = await rewards.aggregatePubkey();
    await replaceKey(system, 2n, nodes[1]!.blsPubkey, { X: 7n, Y: 8n });

    await leave(system, 2n);

    expect(await rewards.aggregatePubkey()).to.deep.equal(before);
    await rewards.rederiveTotalNodesAndAggregatePubkey();
    await expectSigners(
      system,
      nodes.filter((_, index) => index !== 1),
    );
  });
});
