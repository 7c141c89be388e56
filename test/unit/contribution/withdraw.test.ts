import { expect } from "chai";
import { network } from "hardhat";
import { eventsOf } from "../../helpers/events.ts";
import { deployFamily, REQUIREMENT } from "../../helpers/family.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture, time } = networkHelpers;

const ZERO = ethers.ZeroAddress;
const QUARTER = REQUIREMENT / 4n;
const DAY = 86_400n;
const PAY = "contributeFunds(uint256,address)";

/** The operator, alice (reserved, rewards to dave), bob and carol with a quarter each: full, to be finalised by hand. */
async function full() {
  const all = await deployFamily(ethers);
  const { operator, alice, bob, carol, dave } = all;
  const contribution = await all.deployContribution({
    manualFinalize: true,
    reserved: [
      { addr: operator.address, amount: QUARTER },
      { addr: alice.address, amount: QUARTER - 7n },
    ],
  });
  const paidAt = new Map<string, bigint>();
  for (const account of [operator, alice, bob, carol]) {
    await contribution.connect(account)[PAY](QUARTER, account === alice ? dave : ZERO);
    paidAt.set(account.address, BigInt(await time.latest()));
  }
  return { ...all, contribution, paidAt: (account: typeof alice) => paidAt.get(account.address) ?? 0n };
}

describe("ServiceNodeContribution: taking out", () => {
  describe("withdrawContribution", () => {
    it("refunds the payer 24 h after its last payment, to the second", async () => {
      const { contribution, sesh, alice, dave, paidAt } = await loadFixture(full);
      const early = paidAt(alice) + DAY - 1n;
      await time.setNextBlockTimestamp(early);
      await expect(contribution.connect(alice).withdrawContribution())
        .to.be.revertedWithCustomError(contribution, "WithdrawTooEarly")
        .withArgs(paidAt(alice), early, DAY);
      await time.setNextBlockTimestamp(early + 1n);
      const withdrawal = contribution.connect(alice).withdrawContribution();
      await expect(withdrawal).to.emit(contribution, "WithdrawContribution").withArgs(alice, QUARTER);
      await expect(withdrawal).to.changeTokenBalances(
        ethers,
        sesh,
        [contribution, alice, dave],
        [-QUARTER, QUARTER, 0n],
      );
      expect(await contribution.contributions(alice)).to.equal(0n);
      expect(await contribution.contributionTimestamp(alice)).to.equal(0n);
    });

    it("counts from the last payment", async () => {
      const { contribution, deployContribution, operator, alice } = await loadFixture(full);
      const other = await deployContribution({ node: 2 });
      await other.connect(operator)[PAY](QUARTER, ZERO);
      await other.connect(alice)[PAY](QUARTER, ZERO);
      await time.increase(DAY);
      await other.connect(alice)[PAY](1n, ZERO);
      const last = BigInt(await time.latest());
      await time.setNextBlockTimestamp(last + 1n);
      await expect(other.connect(alice).withdrawContribution())
        .to.be.revertedWithCustomError(contribution, "WithdrawTooEarly")
        .withArgs(last, last + 1n, DAY);
    });

    it("reopens a full contract", async () => {
      const { contribution, sesh, operator, alice, bob, carol, dave } = await loadFixture(full);
      await time.increase(DAY);
      await contribution.connect(bob).withdrawContribution();
      expect(await contribution.status()).to.equal(1n);
      expect(await contribution.getContributions()).to.deep.equal([
        [operator.address, alice.address, carol.address],
        [operator.address, dave.address, carol.address],
        [QUARTER, QUARTER, QUARTER],
      ]);
      expect(await sesh.balanceOf(contribution)).to.equal(3n * QUARTER);
      await contribution.connect(bob)[PAY](QUARTER, ZERO);
      expect((await contribution.getContributions()).addrs).to.deep.equal(
        [operator, alice, carol, bob].map(({ address }) => address),
      );
      expect(await contribution.status()).to.equal(2n);
    });

    it("B16: the last takes the gap, in the registration too", async () => {
      const { contribution, rewards, operator, alice, bob, carol, dave } = await loadFixture(full);
      await time.increase(DAY);
      await contribution.connect(alice).withdrawContribution();
      expect(await contribution.getContributions()).to.deep.equal([
        [operator.address, carol.address, bob.address],
        [operator.address, carol.address, bob.address],
        [QUARTER, QUARTER, QUARTER],
      ]);
      // whoever took the gap is found there, and the last one leaves without a gap
      await contribution.connect(carol).updateBeneficiary(dave);
      await contribution.connect(bob).withdrawContribution();
      await contribution.connect(alice)[PAY](2n * QUARTER, ZERO);
      await contribution.connect(operator).finalize();
      expect((await rewards.serviceNodes(1)).contributors).to.deep.equal([
        [[operator.address, operator.address], QUARTER],
        [[carol.address, dave.address], QUARTER],
        [[alice.address, alice.address], 2n * QUARTER],
      ]);
    });

    it("B16: who was moved into a gap leaves from there, with the money that is theirs", async () => {
      const { contribution, operator, alice, bob, carol } = await loadFixture(full);
      await time.increase(DAY);
      await contribution.connect(alice).withdrawContribution();
      await contribution.connect(carol).withdrawContribution();
      expect(await contribution.getContributions()).to.deep.equal([
        [operator.address, bob.address],
        [operator.address, bob.address],
        [QUARTER, QUARTER],
      ]);
      await contribution.connect(bob).withdrawContribution();
      expect(await contribution.getContributions()).to.deep.equal([[operator.address], [operator.address], [QUARTER]]);
    });

    it("opens the reservation again", async () => {
      const { contribution, alice, dave } = await loadFixture(full);
      await time.increase(DAY);
      await contribution.connect(alice).withdrawContribution();
      expect(await contribution.reservedContributions(alice)).to.deep.equal([QUARTER - 7n, false]);
      expect(await contribution.totalReservedContribution()).to.equal(QUARTER - 7n);
      // nobody may take her place
      await expect(contribution.connect(dave)[PAY](8n, ZERO))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(3n * QUARTER + 8n, QUARTER - 7n, REQUIREMENT);
      await expect(contribution.connect(alice)[PAY](QUARTER - 8n, ZERO))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowReservedAmount")
        .withArgs(QUARTER - 8n, QUARTER - 7n);
      await contribution.connect(alice)[PAY](QUARTER, ZERO);
      expect(await contribution.status()).to.equal(2n);
    });

    it("B15: does nothing for who has paid nothing, and nothing twice", async () => {
      const { contribution, alice, dave } = await loadFixture(full);
      await time.increase(DAY);
      await contribution.connect(alice).withdrawContribution();
      for (const account of [alice, dave])
        expect(await eventsOf(contribution.connect(account).withdrawContribution())).to.deep.equal([]);
      expect(await contribution.totalContribution()).to.equal(3n * QUARTER);
      expect(await contribution.status()).to.equal(1n);
    });

    it("B15: does nothing after finalisation, at once and a day later, also when tokens are there", async () => {
      const { contribution, sesh, operator, alice } = await loadFixture(full);
      await contribution.connect(operator).finalize();
      await sesh.transfer(contribution, REQUIREMENT);
      for (let i = 0; i < 2; i++) {
        expect(await eventsOf(contribution.connect(alice).withdrawContribution())).to.deep.equal([]);
        await time.increase(DAY);
      }
      expect(await contribution.contributions(alice)).to.equal(QUARTER);
      expect(await contribution.status()).to.equal(3n);
      expect(await sesh.balanceOf(contribution)).to.equal(REQUIREMENT);
    });

    it("B10: the transfer comes before the event", async () => {
      const { contribution, alice } = await loadFixture(full);
      await time.increase(DAY);
      expect(await eventsOf(contribution.connect(alice).withdrawContribution())).to.deep.equal([
        `Transfer(${String(contribution.target)}, ${alice.address}, ${QUARTER})`,
        `WithdrawContribution(${alice.address}, ${QUARTER})`,
      ]);
    });

    it("goes on when the rewards contract has changed its requirement, or is paused", async () => {
      const { contribution, rewards, factory, sesh, alice, bob } = await loadFixture(full);
      await time.increase(DAY);
      await rewards.setStakingRequirement(REQUIREMENT * 2n);
      await rewards.pause();
      await factory.pause();
      await expect(contribution.connect(alice).withdrawContribution()).to.changeTokenBalance(
        ethers,
        sesh,
        alice,
        QUARTER,
      );
      await expect(contribution.connect(bob).withdrawContribution()).to.changeTokenBalance(ethers, sesh, bob, QUARTER);
    });
  });

  describe("updateBeneficiary", () => {
    it("B12: says nothing when it changes nothing", async () => {
      const { contribution, alice, bob, dave } = await loadFixture(full);
      expect(await eventsOf(contribution.connect(alice).updateBeneficiary(dave))).to.deep.equal([]);
      expect(await eventsOf(contribution.connect(bob).updateBeneficiary(ZERO))).to.deep.equal([]);
      expect(await eventsOf(contribution.connect(bob).updateBeneficiary(dave))).to.deep.equal([
        `UpdateStakerBeneficiary(${bob.address}, ${dave.address})`,
      ]);
    });

    it("changes the caller's, open or full; zero is the caller itself", async () => {
      const { contribution, alice, bob } = await loadFixture(full);
      await expect(contribution.connect(alice).updateBeneficiary(bob))
        .to.emit(contribution, "UpdateStakerBeneficiary")
        .withArgs(alice, bob);
      expect(await contribution.contributorAddresses(1)).to.deep.equal([alice.address, bob.address]);
      await time.increase(DAY);
      await contribution.connect(bob).withdrawContribution();
      await expect(contribution.connect(alice).updateBeneficiary(ZERO))
        .to.emit(contribution, "UpdateStakerBeneficiary")
        .withArgs(alice, alice);
      expect(await contribution.contributorAddresses(1)).to.deep.equal([alice.address, alice.address]);
    });

    it("is for contributors", async () => {
      const { contribution, dave } = await loadFixture(full);
      await expect(contribution.connect(dave).updateBeneficiary(dave))
        .to.be.revertedWithCustomError(contribution, "NonContributorUpdatedBeneficiary")
        .withArgs(dave);
    });

    it("is not possible before the first payment and after finalisation", async () => {
      const { contribution, operator, alice } = await loadFixture(full);
      const { serviceNodePubkey } = await contribution.serviceNodeParams();
      await contribution.connect(operator).finalize();
      await expect(contribution.connect(alice).updateBeneficiary(alice))
        .to.be.revertedWithCustomError(contribution, "BeneficiaryUpdatingDisabledNodeIsNotOpen")
        .withArgs(serviceNodePubkey);
      await contribution.connect(operator).reset();
      await expect(contribution.connect(operator).updateBeneficiary(alice))
        .to.be.revertedWithCustomError(contribution, "BeneficiaryUpdatingDisabledNodeIsNotOpen")
        .withArgs(serviceNodePubkey);
    });
  });
});
