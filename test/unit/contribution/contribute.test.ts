import { expect } from "chai";
import { network } from "hardhat";
import { deployFamily, MAX_CONTRIBUTORS, REQUIREMENT, SESH, signPermit } from "../../helpers/family.ts";
import { registration, testNode } from "../../helpers/testNode.ts";
import type { ContributionOptions } from "../../helpers/family.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture, time } = networkHelpers;

const ZERO = ethers.ZeroAddress;
const QUARTER = REQUIREMENT / 4n;
const family = () => deployFamily(ethers);

/** `maxContributors` has no setter: its slot in the layout of the live proxy. */
const MAX_CONTRIBUTORS_SLOT = 12;

/** A contribution contract; with `open`, the operator's quarter is in. */
async function contributionWith(options: ContributionOptions & { open?: boolean } = {}) {
  const all = await loadFixture(family);
  const contribution = await all.deployContribution(options);
  const pay = "contributeFunds(uint256,address)";
  const contribute = (by: typeof all.alice, amount: bigint, beneficiary = ZERO) =>
    contribution.connect(by)[pay](amount, beneficiary);
  if (options.open) await contribute(all.operator, QUARTER);
  return { ...all, contribution, contribute };
}

describe("ServiceNodeContribution: paying in", () => {
  describe("the first contribution", () => {
    it("is the operator's and opens the contract", async () => {
      const { contribution, contribute, sesh, operator, alice } = await contributionWith();
      await expect(contribute(alice, QUARTER))
        .to.be.revertedWithCustomError(contribution, "FirstContributionMustBeOperator")
        .withArgs(alice, operator);
      const payment = contribute(operator, QUARTER);
      await expect(payment).to.emit(contribution, "OpenForPublicContribution").withArgs();
      await expect(payment).to.emit(contribution, "NewContribution").withArgs(operator, operator, QUARTER);
      await expect(payment).to.changeTokenBalances(ethers, sesh, [operator, contribution], [-QUARTER, QUARTER]);
      expect(await contribution.status()).to.equal(1n);
      expect(await contribution.operatorContribution()).to.equal(QUARTER);
      expect(await contribution.contributions(operator)).to.equal(QUARTER);
      expect(await contribution.contributionTimestamp(operator)).to.equal(await time.latest());
      expect(await contribution.contributorAddressesLength()).to.equal(1n);
    });

    it("is a quarter at least, to the atom", async () => {
      const { contribution, contribute, operator } = await contributionWith();
      expect(await contribution.minimumContribution()).to.equal(QUARTER);
      await expect(contribute(operator, QUARTER - 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowMinAmount")
        .withArgs(QUARTER - 1n, QUARTER);
    });

    it("covers the operator's reservation", async () => {
      const { contribution, operator } = await (async () => {
        const all = await loadFixture(family);
        const reserved = [{ addr: all.operator.address, amount: 2n * QUARTER }];
        return { ...all, contribution: await all.deployContribution({ reserved }) };
      })();
      const pay = contribution.connect(operator)["contributeFunds(uint256,address)"];
      await expect(pay(2n * QUARTER - 1n, ZERO))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowReservedAmount")
        .withArgs(2n * QUARTER - 1n, 2n * QUARTER);
      await pay(2n * QUARTER, ZERO);
      expect(await contribution.reservedContributions(operator)).to.deep.equal([2n * QUARTER, true]);
    });
  });

  describe("a newcomer", () => {
    it("pays the rest over the free slots at least, rounded up", async () => {
      const { contribution, contribute, alice, bob } = await contributionWith({ open: true });
      // 18,750 SESH over nine slots: 2083.333333333...
      const minimum = 2_083_333_333_334n;
      expect(await contribution.minimumContribution()).to.equal(minimum);
      await expect(contribute(alice, minimum - 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowMinAmount")
        .withArgs(minimum - 1n, minimum);
      await expect(contribute(alice, minimum)).to.emit(contribution, "NewContribution").withArgs(alice, alice, minimum);
      const next = (3n * QUARTER - minimum + 7n) / 8n;
      expect(await contribution.minimumContribution()).to.equal(next);
      await expect(contribute(bob, next - 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowMinAmount")
        .withArgs(next - 1n, next);
    });

    it("names its beneficiary, or receives the rewards itself", async () => {
      const { contribution, contribute, operator, alice, bob, carol } = await contributionWith({ open: true });
      await expect(contribute(alice, QUARTER, carol.address))
        .to.emit(contribution, "NewContribution")
        .withArgs(alice, carol, QUARTER);
      await contribute(bob, QUARTER);
      expect(await contribution.getContributions()).to.deep.equal([
        [operator.address, alice.address, bob.address],
        [operator.address, carol.address, bob.address],
        [QUARTER, QUARTER, QUARTER],
      ]);
      expect(await contribution.contributorAddresses(1)).to.deep.equal([alice.address, carol.address]);
      expect(await contribution._contributorAddresses(1)).to.deep.equal([alice.address, carol.address]);
      expect(await contribution.totalContribution()).to.equal(3n * QUARTER);
    });

    it("never pays more than is missing", async () => {
      const { contribution, contribute, alice } = await contributionWith({ open: true });
      await expect(contribute(alice, 3n * QUARTER + 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(REQUIREMENT + 1n, 0n, REQUIREMENT);
      await expect(contribute(alice, ethers.MaxUint256))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(ethers.MaxUint256, 0n, REQUIREMENT);
    });

    it("fits into the slots: the tenth of ten must fill the node", async () => {
      const { contribution, contribute, rewards, others, alice, bob, carol, dave } = await contributionWith({
        open: true,
      });
      const crowd = [alice, bob, carol, dave, ...others].slice(0, 9);
      for (const [index, account] of crowd.entries()) {
        if (index === 8)
          expect(await contribution.minimumContribution()).to.equal(
            REQUIREMENT - (await contribution.totalContribution()),
          );
        await contribute(account, await contribution.minimumContribution());
      }
      expect(await contribution.status()).to.equal(3n);
      expect(await contribution.contributorAddressesLength()).to.equal(MAX_CONTRIBUTORS);
      expect((await rewards.serviceNodes(1)).contributors.length).to.equal(10);
    });
  });

  describe("a top-up", () => {
    it("is of any amount and restarts the withdrawal delay", async () => {
      const { contribution, contribute, operator, alice } = await contributionWith({ open: true });
      await contribute(alice, QUARTER);
      await time.increase(1_000);
      await contribute(alice, 1n);
      await contribute(operator, 2n);
      expect(await contribution.contributions(alice)).to.equal(QUARTER + 1n);
      expect(await contribution.contributions(operator)).to.equal(QUARTER + 2n);
      expect(await contribution.contributorAddressesLength()).to.equal(2n);
      const paidAt = BigInt(await time.latest()) - 1n;
      expect(await contribution.contributionTimestamp(alice)).to.equal(paidAt);
    });

    it("H12: keeps the beneficiary when none is named, and changes it when one is", async () => {
      const { contribution, contribute, alice, bob, carol } = await contributionWith({ open: true });
      await contribute(alice, QUARTER, carol.address);
      await expect(contribute(alice, 1n)).to.emit(contribution, "NewContribution").withArgs(alice, carol, 1n);
      expect((await contribution.contributorAddresses(1)).beneficiary).to.equal(carol);
      await contribute(alice, 1n, bob.address);
      expect((await contribution.contributorAddresses(1)).beneficiary).to.equal(bob);
    });

    it("H12: is not nothing", async () => {
      const { contribution, contribute, operator, alice } = await contributionWith({ open: true });
      await expect(contribute(operator, 0n)).to.be.revertedWithCustomError(contribution, "ZeroContribution");
      await expect(contribute(alice, 0n))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowMinAmount")
        .withArgs(0n, await contribution.minimumContribution());
    });
  });

  describe("reservations", () => {
    async function reservedForAlice(amount: bigint) {
      const all = await loadFixture(family);
      const reserved = [
        { addr: all.operator.address, amount: QUARTER },
        { addr: all.alice.address, amount },
      ];
      const contribution = await all.deployContribution({ reserved });
      const contribute = (by: typeof all.alice, value: bigint) =>
        contribution.connect(by)["contributeFunds(uint256,address)"](value, ZERO);
      await contribute(all.operator, QUARTER);
      return { ...all, contribution, contribute };
    }

    it("keep their room", async () => {
      const { contribution, contribute, alice, bob } = await reservedForAlice(QUARTER);
      expect(await contribution.totalReservedContribution()).to.equal(QUARTER);
      // half of the stake over eight slots
      expect(await contribution.minimumContribution()).to.equal((2n * QUARTER) / 8n);
      await expect(contribute(bob, 2n * QUARTER + 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(3n * QUARTER + 1n, QUARTER, REQUIREMENT);
      await contribute(bob, 2n * QUARTER);
      await contribute(alice, QUARTER);
      expect(await contribution.totalReservedContribution()).to.equal(0n);
      expect(await contribution.status()).to.equal(3n);
    });

    it("are covered by the first payment, which may be more", async () => {
      const { contribution, contribute, alice, bob } = await reservedForAlice(100n * SESH + 2_000n * SESH);
      await expect(contribute(alice, 2_100n * SESH - 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowReservedAmount")
        .withArgs(2_100n * SESH - 1n, 2_100n * SESH);
      await contribute(bob, 2_100n * SESH);
      // her own reservation is not counted twice
      await expect(contribute(alice, 3n * QUARTER - 2_100n * SESH + 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(REQUIREMENT + 1n, 0n, REQUIREMENT);
      await contribute(alice, 3_000n * SESH);
      expect(await contribution.reservedContributions(alice)).to.deep.equal([2_100n * SESH, true]);
      await contribute(alice, 1n);
    });

    it("keep their slot", async () => {
      const all = await loadFixture(family);
      const ten = [all.operator, all.alice, all.bob, all.carol, all.dave, ...all.others].slice(0, 10);
      const reserved = ten.map(({ address }, i) => ({ addr: address, amount: i === 0 ? QUARTER : 2_084n * SESH }));
      reserved[9]!.amount = 2_078n * SESH;
      const contribution = await all.deployContribution({ reserved });
      const pay = (by: typeof all.alice, amount: bigint) =>
        contribution.connect(by)["contributeFunds(uint256,address)"](amount, ZERO);
      await pay(all.operator, QUARTER);
      const stranger = all.others[10]!;
      expect(await contribution.minimumContribution()).to.equal(0n);
      await expect(pay(stranger, 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(QUARTER + 1n, 3n * QUARTER, REQUIREMENT);
    });
  });

  describe("H13: arithmetic", () => {
    it("H13: calcMinimumContribution divides by the free slots, or says that there is none", async () => {
      const { contribution } = await contributionWith();
      expect(await contribution.calcMinimumContribution(100n, 0n, 10n)).to.equal(25n);
      expect(await contribution.calcMinimumContribution(101n, 0n, 10n)).to.equal(26n);
      expect(await contribution.calcMinimumContribution(100n, 1n, 10n)).to.equal(12n);
      expect(await contribution.calcMinimumContribution(100n, 9n, 10n)).to.equal(100n);
      expect(await contribution.calcMinimumContribution(0n, 3n, 10n)).to.equal(0n);
      expect(await contribution.calcMinimumContribution(ethers.MaxUint256, 0n, 10n)).to.equal(2n ** 254n);
      for (const [taken, max] of [
        [10n, 10n],
        [11n, 10n],
        [0n, 0n],
        [ethers.MaxUint256, 10n],
      ] as const)
        await expect(contribution.calcMinimumContribution(1n, taken, max))
          .to.be.revertedWithCustomError(contribution, "CalcMinContributionGivenBadContribArgs")
          .withArgs(taken, max);
      expect(await contribution.minimumOperatorContribution(101n)).to.equal(26n);
      expect(await contribution.minimumOperatorContribution(ethers.MaxUint256)).to.equal(2n ** 254n);
    });

    it("H13: minimumContribution of a full pool is 0", async () => {
      const { contribution, contribute, alice } = await contributionWith({ open: true, manualFinalize: true });
      await contribute(alice, 3n * QUARTER);
      expect(await contribution.status()).to.equal(2n);
      expect(await contribution.minimumContribution()).to.equal(0n);
    });

    it("H13: minimumContribution of a fully reserved pool is 0", async () => {
      const { rewards, deployContribution, operator, alice, bob } = await loadFixture(family);
      await networkHelpers.setStorageAt(await rewards.getAddress(), MAX_CONTRIBUTORS_SLOT, 2n);
      const reserved = [
        { addr: operator.address, amount: QUARTER },
        { addr: alice.address, amount: 3n * QUARTER },
      ];
      const contribution = await deployContribution({ reserved });
      expect(await contribution.maxContributors()).to.equal(2n);
      const pay = (by: typeof alice, amount: bigint) =>
        contribution.connect(by)["contributeFunds(uint256,address)"](amount, ZERO);
      expect(await contribution.minimumContribution()).to.equal(0n);
      await pay(operator, QUARTER);
      expect(await contribution.minimumContribution()).to.equal(0n);
      expect((await contribution.summary()).minimumContribution).to.equal(0n);
      await expect(pay(bob, 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionExceedsStakingRequirement")
        .withArgs(QUARTER + 1n, 3n * QUARTER, REQUIREMENT);
    });

    it("H13: a newcomer for whom money but no slot is left gets the typed error", async () => {
      const { rewards, deployContribution, operator, alice, bob, carol } = await loadFixture(family);
      await networkHelpers.setStorageAt(await rewards.getAddress(), MAX_CONTRIBUTORS_SLOT, 3n);
      const reservation = REQUIREMENT / 2n;
      const reserved = [
        { addr: operator.address, amount: QUARTER },
        { addr: alice.address, amount: reservation },
      ];
      const contribution = await deployContribution({ reserved, manualFinalize: true });
      const pay = (by: typeof alice, amount: bigint) =>
        contribution.connect(by)["contributeFunds(uint256,address)"](amount, ZERO);
      await pay(operator, QUARTER);
      await pay(alice, reservation + QUARTER - 1n);
      await pay(bob, 1n);
      // alice leaves: her slot is reserved again, but only for a half
      await time.increase(86_400);
      await contribution.connect(alice).withdrawContribution();
      await expect(contribution.minimumContribution())
        .to.be.revertedWithCustomError(contribution, "CalcMinContributionGivenBadContribArgs")
        .withArgs(3n, 3n);
      expect((await contribution.summary()).minimumContribution).to.equal(0n);
      await expect(pay(carol, QUARTER - 1n))
        .to.be.revertedWithCustomError(contribution, "CalcMinContributionGivenBadContribArgs")
        .withArgs(3n, 3n);
      await pay(bob, QUARTER - 1n);
      await pay(alice, reservation);
      expect(await contribution.status()).to.equal(2n);
    });

    it("H13: names what changed in the rewards contract", async () => {
      const { contribution, contribute, rewards, alice } = await contributionWith({ open: true });
      await rewards.setStakingRequirement(REQUIREMENT - 1n);
      await expect(contribute(alice, QUARTER))
        .to.be.revertedWithCustomError(contribution, "RewardsContractStakingRequirementChanged")
        .withArgs(REQUIREMENT, REQUIREMENT - 1n);
      await networkHelpers.setStorageAt(await rewards.getAddress(), MAX_CONTRIBUTORS_SLOT, 9n);
      await expect(contribute(alice, QUARTER))
        .to.be.revertedWithCustomError(contribution, "RewardsContractMaxContributorsChanged")
        .withArgs(10n, 9n);
    });
  });

  describe("H11: what the contributor saw", () => {
    const pinned = "contributeFunds(uint256,address,bytes32)";

    it("H11: paramsHash covers keys, fee and reservations", async () => {
      const { contribution, operator } = await contributionWith();
      const hash = () => contribution.paramsHash();
      const { key, params } = { key: testNode(1).key, params: await contribution.serviceNodeParams() };
      const encoded = ethers.AbiCoder.defaultAbiCoder().encode(
        ["tuple(uint256,uint256)", "tuple(uint256,uint256,uint256,uint16)", "tuple(address,uint256)[]"],
        [[key.X, key.Y], [...params], []],
      );
      const seen = [await hash()];
      expect(seen[0]).to.equal(ethers.keccak256(encoded));
      await contribution.connect(operator).updateFee(1n);
      seen.push(await hash());
      await contribution.connect(operator).updateReservedContributors([{ addr: operator, amount: QUARTER }]);
      seen.push(await hash());
      await contribution.connect(operator).updateReservedContributors([{ addr: operator, amount: QUARTER + 1n }]);
      seen.push(await hash());
      expect(new Set(seen).size).to.equal(4);
      await contribution.connect(operator).updateManualFinalize(true);
      await contribution.connect(operator)["contributeFunds(uint256,address)"](QUARTER + 1n, ZERO);
      expect(await hash()).to.equal(seen[3]);
    });

    it("H11: a raised fee, another key or another reservation stops the contribution that follows", async () => {
      const { contribution, sesh, tags, operator, alice } = await contributionWith({ open: true });
      const seen = await contribution.paramsHash();
      const change = async (node: number, fee: bigint, reserved: { addr: string; amount: bigint }[]) => {
        const { key, proof, params } = registration(tags, testNode(node), operator.address, fee);
        await contribution
          .connect(operator)
          .resetUpdateAndContribute(key, proof, params, reserved, false, ZERO, QUARTER);
      };
      for (const [node, fee, reserved] of [
        [1, 10_000n, []],
        [2, 0n, []],
        [1, 0n, [{ addr: operator.address, amount: QUARTER }]],
      ] as const) {
        await change(node, fee, [...reserved]);
        const now = await contribution.paramsHash();
        expect(now).to.not.equal(seen);
        await expect(contribution.connect(alice)[pinned](3n * QUARTER, ZERO, seen))
          .to.be.revertedWithCustomError(contribution, "ParamsChanged")
          .withArgs(seen, now);
      }
      await change(1, 0n, []);
      await expect(contribution.connect(alice)[pinned](QUARTER, ZERO, seen)).to.changeTokenBalance(
        ethers,
        sesh,
        contribution,
        QUARTER,
      );
    });
  });

  describe("contributeFundsWithPermit", () => {
    async function permitted() {
      const all = await contributionWith({ open: true });
      const spender = await all.contribution.getAddress();
      await all.sesh.connect(all.alice).approve(spender, 0n);
      const deadline = BigInt(await time.latest()) + 3_600n;
      const signed = await signPermit(all.alice, all.sesh, { spender, value: QUARTER, deadline });
      const seen = await all.contribution.paramsHash();
      const contribute = (amount: bigint, hash = seen) =>
        all.contribution
          .connect(all.alice)
          .contributeFundsWithPermit(amount, all.bob, hash, deadline, signed.v, signed.r, signed.s);
      return { ...all, spender, deadline, signed, seen, contribute };
    }

    it("needs no approval", async () => {
      const { contribution, contribute, sesh, alice, bob } = await permitted();
      const payment = contribute(QUARTER);
      await expect(payment).to.emit(contribution, "NewContribution").withArgs(alice, bob, QUARTER);
      await expect(payment).to.changeTokenBalances(ethers, sesh, [alice, contribution], [-QUARTER, QUARTER]);
      expect(await sesh.allowance(alice, contribution)).to.equal(0n);
    });

    it("does not mind that somebody used the permit first", async () => {
      const { contribute, sesh, alice, dave, spender, deadline, signed } = await permitted();
      await sesh.connect(dave).permit(alice, spender, QUARTER, deadline, signed.v, signed.r, signed.s);
      await expect(contribute(QUARTER)).to.changeTokenBalance(ethers, sesh, alice, -QUARTER);
    });

    it("moves nothing on a permit for less", async () => {
      const { contribute, contribution, sesh } = await permitted();
      await expect(contribute(QUARTER + 1n))
        .to.be.revertedWithCustomError(sesh, "ERC20InsufficientAllowance")
        .withArgs(contribution, 0n, QUARTER + 1n);
    });

    it("H11: pins keys, fee and reservations as well", async () => {
      const { contribute, contribution, seen } = await permitted();
      await expect(contribute(QUARTER, ethers.ZeroHash))
        .to.be.revertedWithCustomError(contribution, "ParamsChanged")
        .withArgs(ethers.ZeroHash, seen);
    });
  });

  it("is over once the node is full", async () => {
    const { contribution, contribute, alice } = await contributionWith({ open: true, manualFinalize: true });
    await contribute(alice, 3n * QUARTER);
    await expect(contribute(alice, 1n))
      .to.be.revertedWithCustomError(contribution, "ContributeFundsNotPossible")
      .withArgs(2n);
  });
});
