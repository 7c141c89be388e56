import { expect } from "chai";
import { network } from "hardhat";
import { eventNames, eventsOf } from "../../helpers/events.ts";
import { deployFamily, REQUIREMENT, SESH } from "../../helpers/family.ts";
import { registration, testNode } from "../../helpers/testNode.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture } = networkHelpers;

const ZERO = ethers.ZeroAddress;
const QUARTER = REQUIREMENT / 4n;
const PAY = "contributeFunds(uint256,address)";
const family = () => deployFamily(ethers);

/** The operator's and alice's quarters are in. */
async function open() {
  const all = await deployFamily(ethers);
  const contribution = await all.deployContribution();
  for (const account of [all.operator, all.alice]) await contribution.connect(account)[PAY](QUARTER, ZERO);
  return { ...all, contribution, address: String(contribution.target) };
}

describe("ServiceNodeContribution: as live", () => {
  describe("minimumContribution", () => {
    it("B4: before the operator's payment, what is not reserved over the slots that are not, rounded up", async () => {
      const { deployContribution, operator, alice, bob } = await loadFixture(family);
      const reserve = async (...amounts: bigint[]) => {
        const reserved = amounts.map((amount, i) => ({ addr: [operator, alice, bob][i]!.address, amount }));
        return (await deployContribution({ reserved })).minimumContribution();
      };
      expect(await reserve()).to.equal(QUARTER);
      // 18,750 SESH over nine, 8,750 over eight, 1,000 over seven
      expect(await reserve(QUARTER)).to.equal(2_083_333_333_334n);
      expect(await reserve(QUARTER, 10_000n * SESH)).to.equal(1_093_750_000_000n);
      expect(await reserve(QUARTER, 10_000n * SESH, 7_750n * SESH)).to.equal(142_857_142_858n);
      expect(await reserve(QUARTER, 3n * QUARTER)).to.equal(0n);
    });

    it("B4: it is the same when the operator has paid its reservation", async () => {
      const { deployContribution, operator } = await loadFixture(family);
      const contribution = await deployContribution({ reserved: [{ addr: operator.address, amount: QUARTER }] });
      const before = await contribution.minimumContribution();
      await contribution.connect(operator)[PAY](QUARTER, ZERO);
      expect(await contribution.minimumContribution()).to.equal(before);
    });
  });

  describe("contributeFunds", () => {
    it("B7: a top-up that names another beneficiary says so first", async () => {
      const { contribution, address, alice, bob } = await loadFixture(open);
      expect(await eventsOf(contribution.connect(alice)[PAY](5n, bob))).to.deep.equal([
        `UpdateStakerBeneficiary(${alice.address}, ${bob.address})`,
        `NewContribution(${alice.address}, ${bob.address}, 5)`,
        `Transfer(${alice.address}, ${address}, 5)`,
      ]);
      // the same, or none
      for (const beneficiary of [bob.address, ZERO])
        expect(await eventsOf(contribution.connect(alice)[PAY](6n, beneficiary))).to.deep.equal([
          `NewContribution(${alice.address}, ${bob.address}, 6)`,
          `Transfer(${alice.address}, ${address}, 6)`,
        ]);
    });

    it("B9: the payment that fills: Filled, NewContribution, transfer, Finalized", async () => {
      const { contribution, address, rewards, alice, bob } = await loadFixture(open);
      expect((await eventsOf(contribution.connect(alice)[PAY](2n * QUARTER, bob))).slice(0, 6)).to.deep.equal([
        `UpdateStakerBeneficiary(${alice.address}, ${bob.address})`,
        "Filled()",
        `NewContribution(${alice.address}, ${bob.address}, ${2n * QUARTER})`,
        `Transfer(${alice.address}, ${address}, ${2n * QUARTER})`,
        "Finalized()",
        `Approval(${address}, ${String(rewards.target)}, ${REQUIREMENT})`,
      ]);
    });

    it("B9: with the manual flag, and when the operator pays all", async () => {
      const { deployContribution, operator, alice } = await loadFixture(family);
      const manual = await deployContribution({ node: 2, manualFinalize: true });
      await manual.connect(operator)[PAY](QUARTER, ZERO);
      expect(await eventNames(manual.connect(alice)[PAY](3n * QUARTER, ZERO))).to.deep.equal([
        "Filled",
        "NewContribution",
        "Transfer",
      ]);
      const whole = await deployContribution({ node: 3 });
      expect((await eventNames(whole.connect(operator)[PAY](REQUIREMENT, ZERO))).slice(0, 5)).to.deep.equal([
        "OpenForPublicContribution",
        "Filled",
        "NewContribution",
        "Transfer",
        "Finalized",
      ]);
    });
  });

  describe("Factory.deploy", () => {
    it("B11: the reset's events, then the settings, the new contract last", async () => {
      const { factory, tags, operator, alice } = await loadFixture(family);
      const { key, proof, params } = registration(tags, testNode(1), operator.address, 250n);
      const reserved = [
        { addr: operator.address, amount: QUARTER },
        { addr: alice.address, amount: QUARTER },
      ];
      const args = [key, proof, params, reserved, true] as const;
      const address = await factory.connect(operator).deploy.staticCall(...args);
      expect(await eventsOf(factory.connect(operator).deploy(...args))).to.deep.equal([
        "UpdateReservedContributors([])",
        "Reset()",
        `UpdatePubkeys([${key.X}, ${key.Y}], ${testNode(1).ed25519})`,
        "UpdateFee(250)",
        `UpdateReservedContributors([[${operator.address}, ${QUARTER}], [${alice.address}, ${QUARTER}]])`,
        "UpdateManualFinalize(true)",
        `NewServiceNodeContributionContract(${address}, ${testNode(1).ed25519}, ${operator.address})`,
      ]);
    });
  });

  describe("H14: keys that were registered meanwhile", () => {
    /** Node 1 (or its identity with another BLS key) is registered from outside. */
    async function registered(node: ReturnType<typeof testNode>) {
      const all = await loadFixture(family);
      const { sesh, rewards, tags, bob } = all;
      const contribution = await all.deployContribution();
      await sesh.connect(bob).approve(rewards, REQUIREMENT);
      const { key, proof, params } = registration(tags, node, bob.address);
      await rewards.connect(bob).addBLSPublicKey(key, proof, params, []);
      return { ...all, contribution };
    }

    it("H14: stop the payment that opens the round, and no other", async () => {
      const { contribution, rewards, tags, operator, alice } = await registered(testNode(1));
      await expect(contribution.connect(operator)[PAY](QUARTER, ZERO))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyAlreadyExists")
        .withArgs(1n);
      const other = registration(tags, testNode(2), operator.address);
      await contribution.connect(operator).updatePubkeys(other.key, other.proof, testNode(2).ed25519, 1n, 2n);
      await contribution.connect(operator)[PAY](QUARTER, ZERO);
      await contribution.connect(alice)[PAY](QUARTER, ZERO);
    });

    it("H14: the Ed25519 key alone, too", async () => {
      const { contribution, rewards, operator } = await registered({ ...testNode(2), ed25519: testNode(1).ed25519 });
      await expect(contribution.connect(operator)[PAY](QUARTER, ZERO))
        .to.be.revertedWithCustomError(rewards, "Ed25519PubkeyAlreadyExists")
        .withArgs(1n);
    });

    it("H14: a round after finalisation does not open with the keys of the node that is registered", async () => {
      const { deployContribution, rewards, operator } = await loadFixture(family);
      const contribution = await deployContribution();
      await contribution.connect(operator)[PAY](REQUIREMENT, ZERO);
      await contribution.connect(operator).reset();
      await expect(contribution.connect(operator)[PAY](QUARTER, ZERO))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyAlreadyExists")
        .withArgs(1n);
    });
  });
});
