import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, publicKeyToParams } from "../../../src/bls/index.ts";
import { deploySystem, SESH_UNIT, update } from "../../helpers/staking.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

describe("ServiceNodeRewards", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  /** alice has 3,000,000 SESH of lifetime rewards, and a claim cycle has just begun. */
  async function withRewards() {
    const system = await twelveSeeds();
    const { token, owner, rewards, alice } = system;
    await token.connect(owner).transfer(rewards, 10_000_000n * SESH_UNIT);
    await update(system, alice.address, 3_000_000n * SESH_UNIT);
    const cycle = await rewards.claimCycle();
    await time.increaseTo((BigInt(await time.latest()) / cycle + 1n) * cycle);
    return system;
  }

  describe("updateRewardsBalance", () => {
    it("raises lifetime rewards, from anybody, and moves no token", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, alice } = system;

      const first = update(system, alice.address, 5n);
      await expect(first).to.emit(rewards, "RewardsBalanceUpdated").withArgs(alice.address, 5n, 0n);
      await expect(first).to.changeTokenBalances(ethers, token, [rewards, alice], [0n, 0n]);

      await expect(update(system, alice.address, 6n))
        .to.emit(rewards, "RewardsBalanceUpdated")
        .withArgs(alice.address, 6n, 5n);
      expect([...(await rewards.recipients(alice.address))]).to.deep.equal([6n, 0n]);
    });

    it("goes only upwards", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      await update(system, alice.address, 5n);

      for (const amount of [5n, 4n]) {
        await expect(update(system, alice.address, amount))
          .to.be.revertedWithCustomError(rewards, "RecipientRewardsTooLow")
          .withArgs();
      }
    });

    it("is not for address 0", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);

      await expect(update(system, ethers.ZeroAddress, 5n))
        .to.be.revertedWithCustomError(system.rewards, "NullAddress")
        .withArgs();
    });

    it("does without a third of the nodes, not without one more", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;

      await expect(update(system, alice.address, 5n, 5))
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(7n, 8n);
      await update(system, alice.address, 5n, 4);
      await update(system, alice.address, 6n, 1);
    });

    it("reports the key of the signers, not its negation, when the signature does not fit", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, network: net, nodes } = system;
      const signature = net.reward(alice.address, 5n, nodes.slice(2));
      const keyOf = (from: number) => {
        const { X, Y } = publicKeyToParams(aggregatePublicKeys(nodes.slice(from).map(({ publicKey }) => publicKey)));
        return [X, Y];
      };

      for (const [amount, ids, from] of [
        [6n, [1, 2], 2],
        [5n, [], 0],
        [5n, [1], 1],
        [5n, [1, 2, 3], 3],
      ] as const) {
        await expect(rewards.updateRewardsBalance(alice.address, amount, signature, [...ids]))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
          .withArgs(keyOf(from));
      }
    });

    it("does not take another recipient's signature", async () => {
      const { rewards, network: net, nodes, alice, bob } = await networkHelpers.loadFixture(twelveSeeds);

      await expect(
        rewards.updateRewardsBalance(bob.address, 5n, net.reward(alice.address, 5n, nodes), []),
      ).to.be.revertedWithCustomError(rewards, "InvalidBLSSignature");
    });

    it("checks in order: pause, signer count, address, upwards, signature", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, network: net, nodes } = system;
      await update(system, alice.address, 5n);
      const wrong = net.reward(alice.address, 77n, nodes);
      const tooMany = [1, 2, 3, 4, 5];

      await expect(rewards.updateRewardsBalance(ethers.ZeroAddress, 0n, wrong, tooMany))
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(7n, 8n);
      await expect(rewards.updateRewardsBalance(ethers.ZeroAddress, 0n, wrong, []))
        .to.be.revertedWithCustomError(rewards, "NullAddress")
        .withArgs();
      await expect(rewards.updateRewardsBalance(alice.address, 5n, wrong, []))
        .to.be.revertedWithCustomError(rewards, "RecipientRewardsTooLow")
        .withArgs();
      await rewards.pause();
      await expect(rewards.updateRewardsBalance(ethers.ZeroAddress, 0n, wrong, tooMany))
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
    });
  });

  describe("claimRewards", () => {
    it("pays all that is left to claim", async () => {
      const system = await networkHelpers.loadFixture(withRewards);
      const { rewards, token, alice } = system;
      await rewards.setClaimThreshold(5_000_000n * SESH_UNIT);
      await rewards.connect(alice)["claimRewards(uint256)"](1n);

      const claim = rewards.connect(alice)["claimRewards()"]();

      const rest = 3_000_000n * SESH_UNIT - 1n;
      await expect(claim).to.emit(rewards, "RewardsClaimed").withArgs(alice.address, rest);
      await expect(claim).to.changeTokenBalances(ethers, token, [rewards, alice], [-rest, rest]);
      expect((await rewards.recipients(alice.address)).claimed).to.equal(3_000_000n * SESH_UNIT);
      // nothing is left: nothing is paid
      await expect(rewards.connect(alice)["claimRewards()"]()).to.changeTokenBalances(ethers, token, [alice], [0n]);
    });

    it("pays a part", async () => {
      const { rewards, token, alice } = await networkHelpers.loadFixture(withRewards);

      const claim = rewards.connect(alice)["claimRewards(uint256)"](7n);

      await expect(claim).to.emit(rewards, "RewardsClaimed").withArgs(alice.address, 7n);
      await expect(claim).to.changeTokenBalances(ethers, token, [rewards, alice], [-7n, 7n]);
      expect([...(await rewards.recipients(alice.address))]).to.deep.equal([3_000_000n * SESH_UNIT, 7n]);
    });

    it("pays no more than is left, to nobody else", async () => {
      const { rewards, alice, bob } = await networkHelpers.loadFixture(withRewards);
      await rewards.connect(alice)["claimRewards(uint256)"](100n);

      await expect(rewards.connect(alice)["claimRewards(uint256)"](3_000_000n * SESH_UNIT - 99n))
        .to.be.revertedWithCustomError(rewards, "MaxClaimExceeded")
        .withArgs();
      await expect(rewards.connect(bob)["claimRewards(uint256)"](1n))
        .to.be.revertedWithCustomError(rewards, "MaxClaimExceeded")
        .withArgs();
    });

    it("keeps the cap of a cycle, over all recipients, and starts anew in the next", async () => {
      const system = await networkHelpers.loadFixture(withRewards);
      const { rewards, alice, bob } = system;
      await update(system, bob.address, 1_000_000n * SESH_UNIT);
      const cap = await rewards.claimThreshold();
      const begin = BigInt(await time.latest());
      const cycle = begin / 43_200n;

      await expect(rewards.connect(alice)["claimRewards()"]())
        .to.be.revertedWithCustomError(rewards, "ClaimThresholdExceeded")
        .withArgs();
      await rewards.connect(alice)["claimRewards(uint256)"](cap - 5n);
      await expect(rewards.connect(bob)["claimRewards(uint256)"](6n))
        .to.be.revertedWithCustomError(rewards, "ClaimThresholdExceeded")
        .withArgs();
      await rewards.connect(bob)["claimRewards(uint256)"](5n);
      expect(await rewards.currentClaimTotal()).to.equal(cap);
      expect(await rewards.currentClaimCycle()).to.equal(cycle);

      await time.setNextBlockTimestamp((cycle + 1n) * 43_200n - 1n);
      await expect(rewards.connect(bob)["claimRewards(uint256)"](1n))
        .to.be.revertedWithCustomError(rewards, "ClaimThresholdExceeded")
        .withArgs();
      await time.setNextBlockTimestamp((cycle + 1n) * 43_200n);
      await rewards.connect(bob)["claimRewards(uint256)"](1n);
      expect(await rewards.currentClaimTotal()).to.equal(1n);
      expect(await rewards.currentClaimCycle()).to.equal(cycle + 1n);
    });
  });
});
