import { expect } from "chai";
import { network } from "hardhat";
import { deploySystem, HOUR, SESH_UNIT } from "../../helpers/staking.ts";

const connection = await network.create();
const { networkHelpers } = connection;

describe("ServiceNodeRewards", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  describe("setters", () => {
    const setters = [
      ["setBLSNonSignerThresholdMax", "blsNonSignerThresholdMax", "BLSNonSignerThresholdMaxUpdated", 7n],
      ["setClaimCycle", "claimCycle", "ClaimCycleUpdated", 3600n],
      ["setClaimThreshold", "claimThreshold", "ClaimThresholdUpdated", 5n * SESH_UNIT],
      ["setSignatureExpiry", "signatureExpiry", "SignatureExpiryUpdated", 2n * HOUR],
      ["setStakingRequirement", "stakingRequirement", "StakingRequirementUpdated", 20_000n * SESH_UNIT],
    ] as const;

    for (const [setter, getter, event, value] of setters) {
      it(`${setter} is the owner's, not zero, and reported`, async () => {
        const { rewards, alice } = await networkHelpers.loadFixture(twelveSeeds);

        await expect(rewards.connect(alice)[setter](value))
          .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
          .withArgs(alice.address);
        await expect(rewards[setter](0n))
          .to.be.revertedWithCustomError(rewards, "PositiveNumberRequirement")
          .withArgs();

        await expect(rewards[setter](value)).to.emit(rewards, event).withArgs(value);
        expect(await rewards[getter]()).to.equal(value);
      });
    }

    it("setLiquidationRatios sets all three at once, or none", async () => {
      const { rewards, alice } = await networkHelpers.loadFixture(twelveSeeds);
      const ratios = async () => [
        await rewards.liquidatorRewardRatio(),
        await rewards.poolShareOfLiquidationRatio(),
        await rewards.recipientRatio(),
      ];

      await expect(rewards.connect(alice).setLiquidationRatios(1, 2, 9))
        .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
        .withArgs(alice.address);
      await expect(rewards.setLiquidationRatios(0, 0, 0))
        .to.be.revertedWithCustomError(rewards, "PositiveNumberRequirement")
        .withArgs();
      const huge = 2n ** 256n - 1n;
      for (const [liquidator, pool, recipient] of [
        [1n, 2n, 8n],
        [3n, 1n, 11n],
        [huge, huge, huge],
        [huge / 3n, 1n, huge],
      ] as const) {
        await expect(rewards.setLiquidationRatios(liquidator, pool, recipient))
          .to.be.revertedWithCustomError(rewards, "LiquidatorPenaltyTooHigh")
          .withArgs();
      }
      expect(await ratios()).to.deep.equal([3n, 17n, 9980n]);

      // far from the old ones in every part: valid only if checked together
      await expect(rewards.setLiquidationRatios(30_000, 1, 90_003))
        .to.emit(rewards, "LiquidationRatiosUpdated")
        .withArgs(30_000n, 1n, 90_003n);
      expect(await ratios()).to.deep.equal([30_000n, 1n, 90_003n]);
      await rewards.setLiquidationRatios(1, 2, 9);
      expect(await ratios()).to.deep.equal([1n, 2n, 9n]);
    });
  });

  describe("pause", () => {
    it("is the owner's", async () => {
      const { rewards, owner, alice } = await networkHelpers.loadFixture(twelveSeeds);
      for (const call of ["pause", "unpause"] as const) {
        await expect(rewards.connect(alice)[call]())
          .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
          .withArgs(alice.address);
      }
      await expect(rewards.unpause()).to.be.revertedWithCustomError(rewards, "ExpectedPause").withArgs();

      await expect(rewards.pause()).to.emit(rewards, "Paused").withArgs(owner.address);
      await expect(rewards.pause()).to.be.revertedWithCustomError(rewards, "EnforcedPause").withArgs();
      await expect(rewards.unpause()).to.emit(rewards, "Unpaused").withArgs(owner.address);
    });
  });

  describe("ownership", () => {
    it("passes in two steps", async () => {
      const { rewards, owner, alice, bob } = await networkHelpers.loadFixture(twelveSeeds);
      await expect(rewards.transferOwnership(alice.address))
        .to.emit(rewards, "OwnershipTransferStarted")
        .withArgs(owner.address, alice.address);
      expect(await rewards.owner()).to.equal(owner.address);
      expect(await rewards.pendingOwner()).to.equal(alice.address);
      await expect(rewards.connect(bob).acceptOwnership())
        .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
        .withArgs(bob.address);

      await expect(rewards.connect(alice).acceptOwnership())
        .to.emit(rewards, "OwnershipTransferred")
        .withArgs(owner.address, alice.address);
    });
  });
});
