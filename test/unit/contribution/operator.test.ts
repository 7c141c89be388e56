import { expect } from "chai";
import { network } from "hardhat";
import { eventsOf } from "../../helpers/events.ts";
import { deployFamily, REQUIREMENT, SESH } from "../../helpers/family.ts";
import { registration, testNode } from "../../helpers/testNode.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture } = networkHelpers;

const ZERO = ethers.ZeroAddress;
const QUARTER = REQUIREMENT / 4n;
const PAY = "contributeFunds(uint256,address)";

/** An empty contribution that finalises by hand. */
async function fresh() {
  const all = await deployFamily(ethers);
  const contribution = await all.deployContribution({ manualFinalize: true });
  return { ...all, contribution, byOperator: contribution.connect(all.operator) };
}

/** The operator, alice (rewards to carol) and bob in with a quarter each; alice's was reserved. */
async function open() {
  const all = await fresh();
  const { contribution, byOperator, operator, alice, bob, carol } = all;
  await byOperator.updateReservedContributors([
    { addr: operator, amount: QUARTER },
    { addr: alice, amount: 2_500n * SESH },
  ]);
  await byOperator[PAY](QUARTER, ZERO);
  await contribution.connect(alice)[PAY](QUARTER, carol);
  await contribution.connect(bob)[PAY](QUARTER, ZERO);
  return all;
}

async function full() {
  const all = await open();
  await all.byOperator[PAY](QUARTER, ZERO);
  return all;
}

async function finalized() {
  const all = await full();
  await all.byOperator.finalize();
  return all;
}

describe("ServiceNodeContribution: the operator", () => {
  describe("who, and when", () => {
    it("nobody else may do any of it", async () => {
      const { contribution, tags, operator, alice } = await loadFixture(fresh);
      const stranger = contribution.connect(alice);
      const { key, proof, params } = registration(tags, testNode(2), operator.address);
      for (const call of [
        () => stranger.updateFee(1n),
        () => stranger.updatePubkeys(key, proof, 1n, 2n, 3n),
        () => stranger.updateReservedContributors([]),
        () => stranger.updateManualFinalize(true),
        () => stranger.finalize(),
        () => stranger.reset(),
        () => stranger.resetUpdateAndContribute(key, proof, params, [], true, ZERO, QUARTER),
        () => stranger.rescueERC20(ZERO),
      ])
        await expect(call())
          .to.be.revertedWithCustomError(contribution, "OnlyOperatorIsAuthorised")
          .withArgs(alice, operator);
    });

    it("keys, fee and reservations are fixed from the first payment until a reset", async () => {
      for (const [fixture, status] of [
        [open, 1n],
        [full, 2n],
        [finalized, 3n],
      ] as const) {
        const { contribution, byOperator, tags, operator } = await loadFixture(fixture);
        expect(await contribution.status()).to.equal(status);
        const { key, proof } = registration(tags, testNode(2), operator.address);
        for (const call of [
          () => byOperator.updateFee(1n),
          () => byOperator.updatePubkeys(key, proof, testNode(2).ed25519, 2n, 3n),
          () => byOperator.updateReservedContributors([]),
        ])
          await expect(call())
            .to.be.revertedWithCustomError(contribution, "RequireWaitForOperatorContribStatus")
            .withArgs(status);
      }
    });
  });

  describe("updateFee", () => {
    it("takes up to 100 %", async () => {
      const { contribution, byOperator } = await loadFixture(fresh);
      await expect(byOperator.updateFee(10_000n)).to.emit(contribution, "UpdateFee").withArgs(10_000n);
      expect((await contribution.serviceNodeParams()).fee).to.equal(10_000n);
      await expect(byOperator.updateFee(10_001n))
        .to.be.revertedWithCustomError(contribution, "FeeExceedsPossibleValue")
        .withArgs(10_001n, 10_000n);
    });
  });

  describe("updatePubkeys", () => {
    it("replaces both keys and keeps the fee", async () => {
      const { contribution, byOperator, tags, operator } = await loadFixture(fresh);
      await byOperator.updateFee(77n);
      const { key, proof } = registration(tags, testNode(2), operator.address);
      await expect(byOperator.updatePubkeys(key, proof, testNode(2).ed25519, 5n, 6n))
        .to.emit(contribution, "UpdatePubkeys")
        .withArgs([key.X, key.Y], testNode(2).ed25519);
      expect(await contribution.blsPubkey()).to.deep.equal([key.X, key.Y]);
      expect(await contribution.blsSignature()).to.deep.equal([proof.sigs0, proof.sigs1, proof.sigs2, proof.sigs3]);
      expect(await contribution.serviceNodeParams()).to.deep.equal([testNode(2).ed25519, 5n, 6n, 77n]);
    });

    it("checks the proof of possession for the operator and this Ed25519 key", async () => {
      const { byOperator, rewards, tags, operator, alice } = await loadFixture(fresh);
      const forAlice = registration(tags, testNode(2), alice.address);
      await expect(
        byOperator.updatePubkeys(forAlice.key, forAlice.proof, testNode(2).ed25519, 5n, 6n),
      ).to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession");
      const { key, proof } = registration(tags, testNode(2), operator.address);
      await expect(byOperator.updatePubkeys(key, proof, testNode(3).ed25519, 5n, 6n)).to.be.revertedWithCustomError(
        rewards,
        "InvalidBLSProofOfPossession",
      );
    });

    it("H14: refuses null and registered keys", async () => {
      const { byOperator, rewards, sesh, tags, operator } = await loadFixture(fresh);
      const node = registration(tags, testNode(2), operator.address);
      await sesh.connect(operator).approve(rewards, REQUIREMENT);
      await rewards.connect(operator).addBLSPublicKey(node.key, node.proof, node.params, []);
      await expect(byOperator.updatePubkeys(node.key, node.proof, testNode(2).ed25519, 5n, 6n))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyAlreadyExists")
        .withArgs(1n);
      await expect(byOperator.updatePubkeys({ X: 0n, Y: 0n }, node.proof, 1n, 5n, 6n)).to.be.revertedWithCustomError(
        rewards,
        "NullBLSPubkey",
      );
      await expect(byOperator.updatePubkeys(testNode(3).key, node.proof, 0n, 5n, 6n)).to.be.revertedWithCustomError(
        rewards,
        "NullEd25519Pubkey",
      );
    });
  });

  describe("updateReservedContributors", () => {
    it("replaces the list, and clears it", async () => {
      const { contribution, byOperator, operator, alice, bob } = await loadFixture(fresh);
      const first = [
        { addr: operator.address, amount: QUARTER },
        { addr: alice.address, amount: QUARTER },
      ];
      await expect(byOperator.updateReservedContributors(first))
        .to.emit(contribution, "UpdateReservedContributors")
        .withArgs(first.map(({ addr, amount }) => [addr, amount]));
      expect(await contribution.totalReservedContribution()).to.equal(2n * QUARTER);
      await byOperator.updateReservedContributors([
        { addr: operator, amount: 2n * QUARTER },
        { addr: bob, amount: QUARTER },
      ]);
      expect(await contribution.getReserved()).to.deep.equal([
        [operator.address, bob.address],
        [2n * QUARTER, QUARTER],
        [false, false],
      ]);
      expect(await contribution.reservedContributions(alice)).to.deep.equal([0n, false]);
      await byOperator.updateReservedContributors([]);
      expect(await contribution.totalReservedContribution()).to.equal(0n);
      expect(await contribution.reservedContributions(operator)).to.deep.equal([0n, false]);
    });

    it("takes exact minima: a quarter, then the rest over the free slots", async () => {
      const { contribution, byOperator, operator, alice, bob } = await loadFixture(fresh);
      const second = (3n * QUARTER + 8n) / 9n;
      const third = (3n * QUARTER - second + 7n) / 8n;
      const list = (amounts: bigint[]) =>
        [operator, alice, bob].slice(0, amounts.length).map((addr, i) => ({ addr, amount: amounts[i] ?? 0n }));
      await byOperator.updateReservedContributors(list([QUARTER, second, third]));
      for (const [amounts, index, minimum] of [
        [[QUARTER - 1n], 0n, QUARTER],
        [[QUARTER, second - 1n], 1n, second],
        [[QUARTER, second, third - 1n], 2n, third],
      ] as const)
        await expect(byOperator.updateReservedContributors(list([...amounts])))
          .to.be.revertedWithCustomError(contribution, "ReservedContributionBelowMinAmount")
          .withArgs(index, minimum - 1n, minimum);
    });

    it("refuses another first, a zero address, a duplicate and too many", async () => {
      const { contribution, byOperator, operator, alice, others } = await loadFixture(fresh);
      const of = (...addrs: (string | typeof alice)[]) => addrs.map((addr) => ({ addr, amount: QUARTER }));
      await expect(byOperator.updateReservedContributors(of(alice, operator)))
        .to.be.revertedWithCustomError(contribution, "FirstReservedContributorMustBeOperator")
        .withArgs(0n, operator);
      await expect(byOperator.updateReservedContributors(of(operator, ZERO)))
        .to.be.revertedWithCustomError(contribution, "ReservedContributorHasZeroAddress")
        .withArgs(1n);
      await expect(byOperator.updateReservedContributors(of(operator, alice, operator)))
        .to.be.revertedWithCustomError(contribution, "DuplicateAddressInReservedContributor")
        .withArgs(2n);
      await expect(byOperator.updateReservedContributors(of(operator, ...others.slice(0, 10))))
        .to.be.revertedWithCustomError(contribution, "TooManyReservedContributors")
        .withArgs(11n, 10n);
    });

    it("refuses more than the requirement", async () => {
      const { contribution, byOperator, operator, alice } = await loadFixture(fresh);
      await expect(
        byOperator.updateReservedContributors([
          { addr: operator, amount: QUARTER },
          { addr: alice, amount: 3n * QUARTER + 1n },
        ]),
      )
        .to.be.revertedWithCustomError(contribution, "ReservedContributionExceedsStakingRequirement")
        .withArgs(1n, 3n * QUARTER + 1n, 3n * QUARTER);
      await expect(byOperator.updateReservedContributors([{ addr: operator, amount: ethers.MaxUint256 }]))
        .to.be.revertedWithCustomError(contribution, "ReservedContributionExceedsStakingRequirement")
        .withArgs(0n, ethers.MaxUint256, REQUIREMENT);
    });

    it("H13: a reservation after 100 % gets the typed error, of nothing too", async () => {
      const { contribution, byOperator, operator, alice } = await loadFixture(fresh);
      for (const amount of [0n, 1n])
        await expect(
          byOperator.updateReservedContributors([
            { addr: operator, amount: REQUIREMENT },
            { addr: alice, amount },
          ]),
        )
          .to.be.revertedWithCustomError(contribution, "ReservedContributionExceedsStakingRequirement")
          .withArgs(1n, amount, 0n);
    });
  });

  describe("updateManualFinalize", () => {
    it("switches, in every status", async () => {
      const { contribution, byOperator } = await loadFixture(open);
      await expect(byOperator.updateManualFinalize(false))
        .to.emit(contribution, "UpdateManualFinalize")
        .withArgs(false);
      expect(await contribution.manualFinalize()).to.equal(false);
      await expect(byOperator[PAY](QUARTER, ZERO)).to.emit(contribution, "Finalized").withArgs();
    });
  });

  describe("reset", () => {
    async function expectEmpty({ contribution, alice, bob, operator }: Awaited<ReturnType<typeof fresh>>) {
      expect(await contribution.status()).to.equal(0n);
      expect(await contribution.contributorAddressesLength()).to.equal(0n);
      expect(await contribution.totalContribution()).to.equal(0n);
      expect(await contribution.totalReservedContribution()).to.equal(0n);
      expect(await contribution.getReserved()).to.deep.equal([[], [], []]);
      for (const account of [operator, alice, bob]) {
        expect(await contribution.contributions(account)).to.equal(0n);
        expect(await contribution.contributionTimestamp(account)).to.equal(0n);
        expect(await contribution.reservedContributions(account)).to.deep.equal([0n, false]);
      }
    }

    it("B8: the transfers, then the empty reservations and Reset; no WithdrawContribution", async () => {
      for (const method of ["reset", "withdrawContribution"] as const) {
        const { contribution, byOperator, operator, alice, bob } = await loadFixture(full);
        expect(await eventsOf(byOperator[method]())).to.deep.equal([
          ...[
            [operator, 2n * QUARTER],
            [alice, QUARTER],
            [bob, QUARTER],
          ].map(
            ([to, amount]) => `Transfer(${String(contribution.target)}, ${(to as typeof alice).address}, ${amount})`,
          ),
          "UpdateReservedContributors([])",
          "Reset()",
        ]);
      }
      const { byOperator } = await loadFixture(finalized);
      expect(await eventsOf(byOperator.reset())).to.deep.equal(["UpdateReservedContributors([])", "Reset()"]);
    });

    it("refunds everyone and empties the books, open or full", async () => {
      for (const [fixture, operatorPaid] of [
        [open, QUARTER],
        [full, 2n * QUARTER],
      ] as const) {
        const all = await loadFixture(fixture);
        const { contribution, byOperator, sesh, operator, alice, bob, carol } = all;
        const reset = byOperator.reset();
        await expect(reset).to.emit(contribution, "Reset").withArgs();
        await expect(reset).to.changeTokenBalances(
          ethers,
          sesh,
          [contribution, operator, alice, bob, carol],
          [-(operatorPaid + 2n * QUARTER), operatorPaid, QUARTER, QUARTER, 0n],
        );
        await expectEmpty(all);
      }
    });

    it("is also the operator's withdrawal, without delay", async () => {
      const all = await loadFixture(open);
      const withdrawal = all.byOperator.withdrawContribution();
      await expect(withdrawal).to.emit(all.contribution, "Reset").withArgs();
      await expect(withdrawal).to.changeTokenBalances(
        ethers,
        all.sesh,
        [all.operator, all.alice, all.bob],
        [QUARTER, QUARTER, QUARTER],
      );
      await expectEmpty(all);
    });

    it("refunds nothing after finalisation", async () => {
      const all = await loadFixture(finalized);
      const { contribution, byOperator, sesh, operator, alice, bob } = all;
      // money that is not the contributors': it must stay
      await sesh.transfer(contribution, REQUIREMENT);
      await expect(byOperator.reset()).to.changeTokenBalances(
        ethers,
        sesh,
        [contribution, operator, alice, bob],
        [0n, 0n, 0n, 0n],
      );
      await expectEmpty(all);
    });

    it("leaves the contract ready for another node", async () => {
      const { contribution, byOperator, rewards, tags, operator, alice } = await loadFixture(finalized);
      await byOperator.reset();
      const { key, proof } = registration(tags, testNode(2), operator.address);
      await byOperator.updatePubkeys(key, proof, testNode(2).ed25519, 1n, 2n);
      await byOperator.updateManualFinalize(false);
      await byOperator[PAY](QUARTER, ZERO);
      await contribution.connect(alice)[PAY](3n * QUARTER, ZERO);
      expect(await rewards.totalNodes()).to.equal(2n);
    });

    it("H14: a token that calls back in the middle of the refunds takes nothing twice", async () => {
      const { contribution, byOperator, operator, alice, tags, rewards, factory } = await loadFixture(fresh);
      const evil = await ethers.deployContract("ReentrantTokenMock");
      // the same family around the evil token: designatedToken lies at offset 1 of slot 0
      const word = ethers.concat([new Uint8Array(11), await evil.getAddress(), "0x01"]);
      await networkHelpers.setStorageAt(await rewards.getAddress(), 0, word);
      expect(await rewards.designatedToken()).to.equal(evil);
      const puppet = await ethers.deployContract("PuppetMock");
      const { key, proof, params } = registration(tags, testNode(2), await puppet.getAddress());
      const deploy = factory.interface.encodeFunctionData("deploy", [key, proof, params, [], true]);
      await puppet.call(factory, deploy);
      const [event] = await factory.queryFilter(factory.filters.NewServiceNodeContributionContract(), -1);
      const target = contribution.attach(event!.args.contributorContract) as typeof contribution;
      await evil.mint(puppet, QUARTER);
      await evil.mint(alice, QUARTER);
      await puppet.call(target, target.interface.encodeFunctionData(PAY, [QUARTER, ZERO]));
      await target.connect(alice)[PAY](QUARTER, ZERO);

      // the first refund calls the operator, which resets once more
      const reset = target.interface.encodeFunctionData("reset");
      await evil.callOnTransfer(
        puppet,
        puppet.interface.encodeFunctionData("call", [await target.getAddress(), reset]),
      );
      await puppet.call(target, reset);
      expect(await evil.balanceOf(puppet)).to.equal(QUARTER);
      expect(await evil.balanceOf(alice)).to.equal(QUARTER);
      expect(await evil.balanceOf(target)).to.equal(0n);
      expect(await byOperator.operator()).to.equal(operator);
    });
  });

  describe("resetUpdateAndContribute", () => {
    it("does all of it in one call, paying with the refund", async () => {
      const { contribution, byOperator, sesh, tags, operator, alice, bob, dave } = await loadFixture(open);
      const { key, proof, params } = registration(tags, testNode(2), operator.address, 30n);
      await sesh.connect(operator).transfer(dave, await sesh.balanceOf(operator));
      const reserved = [
        { addr: operator.address, amount: QUARTER },
        { addr: bob.address, amount: QUARTER },
      ];
      const call = byOperator.resetUpdateAndContribute(key, proof, params, reserved, false, dave, QUARTER);
      await expect(call).to.emit(contribution, "Reset").withArgs();
      await expect(call).to.emit(contribution, "UpdatePubkeys").withArgs([key.X, key.Y], testNode(2).ed25519);
      await expect(call).to.emit(contribution, "UpdateFee").withArgs(30n);
      await expect(call).to.emit(contribution, "UpdateManualFinalize").withArgs(false);
      await expect(call)
        .to.emit(contribution, "UpdateReservedContributors")
        .withArgs(reserved.map(({ addr, amount }) => [addr, amount]));
      await expect(call).to.emit(contribution, "NewContribution").withArgs(operator, dave, QUARTER);
      await expect(call).to.changeTokenBalances(ethers, sesh, [operator, alice, bob], [0n, QUARTER, QUARTER]);
      expect(await contribution.status()).to.equal(1n);
      expect(await contribution.manualFinalize()).to.equal(false);
      expect(await contribution.getContributions()).to.deep.equal([[operator.address], [dave.address], [QUARTER]]);
      expect(await contribution.totalReservedContribution()).to.equal(QUARTER);
    });

    it("B8: its events in order", async () => {
      const { contribution, byOperator, tags, operator, alice, bob } = await loadFixture(open);
      const { key, proof, params } = registration(tags, testNode(2), operator.address, 30n);
      const address = String(contribution.target);
      const call = byOperator.resetUpdateAndContribute(key, proof, params, [], false, ZERO, QUARTER);
      expect(await eventsOf(call)).to.deep.equal([
        ...[operator, alice, bob].map((to) => `Transfer(${address}, ${to.address}, ${QUARTER})`),
        "UpdateReservedContributors([])",
        "Reset()",
        `UpdatePubkeys([${key.X}, ${key.Y}], ${testNode(2).ed25519})`,
        "UpdateFee(30)",
        "UpdateReservedContributors([])",
        "UpdateManualFinalize(false)",
        "OpenForPublicContribution()",
        `NewContribution(${operator.address}, ${operator.address}, ${QUARTER})`,
        `Transfer(${operator.address}, ${address}, ${QUARTER})`,
      ]);
    });

    it("B2: an amount of 0 resets and updates, and is no payment", async () => {
      const { contribution, byOperator, sesh, tags, operator, alice, bob } = await loadFixture(open);
      const { key, proof, params } = registration(tags, testNode(2), operator.address, 30n);
      const call = byOperator.resetUpdateAndContribute(key, proof, params, [], false, bob, 0n);
      await expect(call).to.changeTokenBalances(
        ethers,
        sesh,
        [contribution, operator, alice, bob],
        [-3n * QUARTER, QUARTER, QUARTER, QUARTER],
      );
      expect((await eventsOf(call)).slice(-2)).to.deep.equal([
        "UpdateReservedContributors([])",
        "UpdateManualFinalize(false)",
      ]);
      expect(await contribution.status()).to.equal(0n);
      expect(await contribution.contributorAddressesLength()).to.equal(0n);
      expect((await contribution.serviceNodeParams()).fee).to.equal(30n);
      expect(await contribution.blsPubkey()).to.deep.equal([key.X, key.Y]);
      await byOperator[PAY](QUARTER, ZERO);
    });

    it("needs the same of the payment as any first one", async () => {
      const { contribution, byOperator, tags, operator } = await loadFixture(fresh);
      const { key, proof, params } = registration(tags, testNode(2), operator.address);
      await expect(byOperator.resetUpdateAndContribute(key, proof, params, [], false, ZERO, QUARTER - 1n))
        .to.be.revertedWithCustomError(contribution, "ContributionBelowMinAmount")
        .withArgs(QUARTER - 1n, QUARTER);
    });

    it("after finalisation refuses the key that is registered now", async () => {
      const { byOperator, rewards, tags, operator } = await loadFixture(finalized);
      const { key, proof, params } = registration(tags, testNode(1), operator.address);
      await expect(byOperator.resetUpdateAndContribute(key, proof, params, [], false, ZERO, QUARTER))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyAlreadyExists")
        .withArgs(1n);
    });
  });

  describe("rescueERC20", () => {
    it("never touches the contributors' money: open or full it is refused for every token", async () => {
      for (const [fixture, status] of [
        [open, 1n],
        [full, 2n],
      ] as const) {
        const { contribution, byOperator, sesh } = await loadFixture(fixture);
        const other = await ethers.deployContract("TokenMock", ["other"]);
        await other.mint(contribution, 5n);
        for (const token of [sesh, other])
          await expect(byOperator.rescueERC20(token))
            .to.be.revertedWithCustomError(contribution, "RescueNotPossible")
            .withArgs(status);
      }
    });

    it("takes out what was sent by mistake, empty or finalised", async () => {
      for (const fixture of [fresh, finalized]) {
        const { contribution, byOperator, sesh, operator } = await loadFixture(fixture);
        await expect(byOperator.rescueERC20(sesh))
          .to.be.revertedWithCustomError(contribution, "RescueBalanceIsEmpty")
          .withArgs(sesh);
        await sesh.transfer(contribution, 5n);
        await expect(byOperator.rescueERC20(sesh)).to.changeTokenBalances(
          ethers,
          sesh,
          [contribution, operator],
          [-5n, 5n],
        );
      }
    });

    it("leaves what came by mistake alone in a withdrawal", async () => {
      const { contribution, byOperator, sesh, operator } = await loadFixture(open);
      await sesh.transfer(contribution, 5n);
      await byOperator.reset();
      expect(await sesh.balanceOf(contribution)).to.equal(5n);
      await expect(byOperator.rescueERC20(sesh)).to.changeTokenBalance(ethers, sesh, operator, 5n);
    });
  });
});
