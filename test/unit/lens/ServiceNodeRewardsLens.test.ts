import { expect } from "chai";
import { network } from "hardhat";
import { DAY, deploySystem, plain, REQUIREMENT, SESH_UNIT, update } from "../../helpers/staking.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const State = { none: 0n, active: 1n, exitRequested: 2n, removable: 3n };

describe("ServiceNodeRewardsLens", () => {
  async function twelveSeeds() {
    const system = await deploySystem(connection, { seeds: 12, rewards: "TestnetServiceNodeRewards" });
    const lens = await ethers.deployContract("ServiceNodeRewardsLens");
    const testnet = await ethers.getContractAt("TestnetServiceNodeRewards", system.rewards.target);
    return { ...system, lens, testnet };
  }

  it("overview gives the state and all parameters", async () => {
    const { lens, rewards, token, pool, owner } = await networkHelpers.loadFixture(twelveSeeds);

    expect(plain(await lens.overview(rewards))).to.deep.equal({
      owner: owner.address,
      started: true,
      paused: false,
      token: token.target,
      foundationPool: pool.target,
      totalNodes: 12n,
      nextServiceNodeID: 13n,
      aggregatePubkey: plain(await rewards.aggregatePubkey()),
      nonSignerThreshold: 4n,
      acceptsSignatures: true,
      stakingRequirement: REQUIREMENT,
      maxContributors: 10n,
      signatureExpiry: 600n,
      maxAdditionsPerBlock: 20n,
      claimThreshold: 1_000_000n * SESH_UNIT,
      claimCycle: 43_200n,
      liquidatorRewardRatio: 3n,
      poolShareOfLiquidationRatio: 17n,
      recipientRatio: 9980n,
    });
  });

  describe("claim", () => {
    it("follows the cycle's cap, the pause and the start", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { lens, rewards, alice } = system;
      await update(system, alice.address, 1000n);
      await rewards.setClaimThreshold(300n);
      const cycle = BigInt(await time.latest()) / 43_200n + 1n;
      await time.increaseTo(cycle * 43_200n);
      await rewards.connect(alice)["claimRewards(uint256)"](100n);
      const expected = {
        lifetime: 1000n,
        claimed: 100n,
        unclaimed: 900n,
        claimableNow: 200n,
        cycleRemaining: 200n,
        cycleEnds: (cycle + 1n) * 43_200n,
      };

      expect(plain(await lens.claim(rewards, alice))).to.deep.equal(expected);
      // that is what a claim pays, to the atom
      await expect(rewards.connect(alice)["claimRewards(uint256)"](201n))
        .to.be.revertedWithCustomError(rewards, "ClaimThresholdExceeded")
        .withArgs();
      await rewards.setClaimThreshold(50n);
      expect((await lens.claim(rewards, alice)).claimableNow).to.equal(0n);
      await rewards.setClaimThreshold(300n);
      await rewards.pause();
      expect((await lens.claim(rewards, alice)).claimableNow).to.equal(0n);
      await rewards.unpause();
      await time.increaseTo((cycle + 1n) * 43_200n);
      expect((await lens.claim(rewards, alice)).claimableNow).to.equal(300n);
      await rewards.setClaimThreshold(5000n);
      expect((await lens.claim(rewards, alice)).claimableNow).to.equal(900n);
    });
  });

  describe("nonSignerThreshold", () => {
    it("says whether signatures count at all", async () => {
      const { lens, rewards, testnet } = await networkHelpers.loadFixture(twelveSeeds);
      const accepted = async () => [...(await lens.nonSignerThreshold(rewards))];
      expect(await accepted()).to.deep.equal([4n, true]);

      await networkHelpers.setStorageAt(rewards.target as string, 22, 5);
      const pending = (await ethers.provider.getBlockNumber()) + 1;
      for (const height of [pending - 1, pending]) {
        await networkHelpers.setStorageAt(rewards.target as string, 21, height);
        // an eth_call runs in the newest or in the pending block
        const at = height === pending ? "pending" : "latest";
        const [, now] = await lens.nonSignerThreshold(rewards, { blockTag: at });
        const [, later] = await lens.nonSignerThreshold(rewards, { blockTag: at === "latest" ? "pending" : "latest" });
        expect([now, later]).to.include(false);
      }
      await networkHelpers.setStorageAt(rewards.target as string, 21, 1);
      await rewards.pause();
      expect(await accepted()).to.deep.equal([4n, false]);
      await rewards.unpause();
      await testnet.exitNodeBySNID([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect(await accepted()).to.deep.equal([0n, false]);
    });
  });

  describe("nodes", () => {
    it("knows where a node is in its life", async () => {
      const { lens, rewards, operator } = await networkHelpers.loadFixture(twelveSeeds);
      expect(await lens.nodeState(rewards, 0)).to.equal(State.none);
      expect(await lens.nodeState(rewards, 13)).to.equal(State.none);
      expect(await lens.nodeState(rewards, 5)).to.equal(State.active);

      await rewards.connect(operator).initiateExitBLSPublicKey(5);
      const requested = BigInt(await time.latest());
      expect(await lens.nodeState(rewards, 5)).to.equal(State.exitRequested);
      const [node] = await lens.nodesById(rewards, [5]);
      expect(node?.removableFrom).to.equal(requested + 30n * DAY);
      await time.increaseTo(requested + 30n * DAY - 1n);
      expect(await lens.nodeState(rewards, 5)).to.equal(State.exitRequested);
      await time.increaseTo(requested + 30n * DAY);
      expect(await lens.nodeState(rewards, 5)).to.equal(State.removable);
      await rewards.exitBLSPublicKeyAfterWaitTime(5);
      expect(await lens.nodeState(rewards, 5)).to.equal(State.none);
    });

    it("lists them in pages, along the list", async () => {
      const { lens, rewards, testnet, nodes } = await networkHelpers.loadFixture(twelveSeeds);
      await testnet.exitNodeBySNID([1, 5, 12]);

      const ids: bigint[] = [];
      const sizes: number[] = [];
      let first = 0n;
      do {
        const { page, next } = await lens.nodes(rewards, first, 4);
        for (const { id, state, node } of page) {
          ids.push(id);
          expect(state).to.equal(State.active);
          expect(plain(node.blsPubkey)).to.deep.equal(nodes[Number(id) - 1]?.blsPubkey);
        }
        sizes.push(page.length);
        first = next;
      } while (first !== 0n);

      expect(ids).to.deep.equal([2n, 3n, 4n, 6n, 7n, 8n, 9n, 10n, 11n]);
      expect(sizes).to.deep.equal([4, 4, 1]);
    });

    it("lists ids and keys alone, and ends short of the count", async () => {
      const { lens, rewards } = await networkHelpers.loadFixture(twelveSeeds);
      const all = await rewards.allServiceNodeIDs();

      const { ids, pubkeys, next } = await lens.keys(rewards, 0, 1000);
      expect([...ids]).to.deep.equal([...all.ids]);
      expect(pubkeys.map(plain)).to.deep.equal(all.pubkeys.map(plain));
      expect(next).to.equal(0n);
      expect([...(await lens.keys(rewards, 11, 5)).ids]).to.deep.equal([11n, 12n]);
    });

    it("does not begin a page at a node that has left", async () => {
      const { lens, rewards, testnet } = await networkHelpers.loadFixture(twelveSeeds);
      await testnet.exitNodeBySNID([5]);

      await expect(lens.nodes(rewards, 5, 4))
        .to.be.revertedWithCustomError(rewards, "ServiceNodeDoesntExist")
        .withArgs(5n);
    });
  });

  it("answers several questions in one call", async () => {
    const { lens, rewards, alice } = await networkHelpers.loadFixture(twelveSeeds);

    const answers = await lens.multicall.staticCall([
      lens.interface.encodeFunctionData("claim", [rewards.target as string, alice.address]),
      lens.interface.encodeFunctionData("nodeState", [rewards.target as string, 5n]),
    ]);

    expect(lens.interface.decodeFunctionResult("nodeState", answers[1] ?? "0x")[0]).to.equal(State.active);
  });
});
