import { expect } from "chai";
import { toBeHex } from "ethers";
import { artifacts, network } from "hardhat";
import {
  chooseForm,
  formText,
  NODE_INTERFACE,
  ROOTS_SAVE_PER_ENTRY,
  updateRewardsBalancesForms,
} from "../../../src/chain/index.ts";
import { deploySystem } from "../../helpers/staking.ts";

// Arbitrum One by its chain id, and by what answers at the NodeInterface's address
const connection = await network.create({ network: "hardhat", override: { chainId: 42_161 } });
const { ethers, networkHelpers } = connection;

const PEOPLE = 8;

describe("the form of a batch", () => {
  async function batchOfEight() {
    const system = await deploySystem(connection, { seeds: 12 });
    const { rewards, network: net, nodes } = system;
    const entries = Array.from({ length: PEOPLE }, (_, i) => ({
      recipient: toBeHex(BigInt(i + 1) << 140n, 20),
      amount: 1_000_000_000n + BigInt(i),
    }));
    const signature = net.rewards(
      entries.map(({ recipient, amount }) => ({ recipient, rewards: amount })),
      nodes,
    );
    const forms = updateRewardsBalancesForms(String(rewards.target), entries, { signature, nonSigners: [] }, net.tags);
    return { ...system, entries, forms };
  }

  /** L2 gas that a byte costs for L1. */
  async function placeNodeInterface(price: bigint): Promise<void> {
    const { deployedBytecode } = await artifacts.readArtifact("NodeInterfaceMock");
    await networkHelpers.setCode(NODE_INTERFACE, deployedBytecode);
    await networkHelpers.setStorageAt(NODE_INTERFACE, 0n, price);
  }

  it("has roots where nobody asks for L1 data", async () => {
    const { forms, owner } = await networkHelpers.loadFixture(batchOfEight);

    const choice = await chooseForm(ethers.provider, forms, PEOPLE, owner.address);

    expect(choice).to.deep.equal({ form: "roots", reason: "no-l1-data", call: forms.withRoots });
    expect(formText(choice)).to.equal("with roots: this chain asks nothing for L1 data");
  });

  it("has roots where their bytes cost less for L1 than they save, none where they cost more, and goes through", async () => {
    for (const [price, form, reason] of [
      [20n, "roots", "roots-cheaper"],
      [2_000n, "lean", "lean-cheaper"],
    ] as const) {
      const { forms, owner, rewards, entries } = await networkHelpers.loadFixture(batchOfEight);
      await placeNodeInterface(price);

      const choice = await chooseForm(ethers.provider, forms, PEOPLE, owner.address);

      expect([choice.form, choice.reason, choice.measured]).to.deep.equal([form, reason, false]);
      expect(choice.call).to.equal(form === "lean" ? forms.lean : forms.withRoots);
      const nonZero = (data: string) => BigInt(ethers.getBytes(data).filter((byte) => byte !== 0).length);
      expect(choice.l1Extra).to.equal(price * (nonZero(forms.withRoots.data) - nonZero(forms.lean.data)));
      // what it said of the execution is what the two take
      const gas = [];
      for (const { to, data } of [forms.withRoots, forms.lean]) {
        const snapshot = await networkHelpers.takeSnapshot();
        gas.push((await (await owner.sendTransaction({ to, data })).wait())!.gasUsed);
        await snapshot.restore();
      }
      const saved = gas[1]! - gas[0]!;
      expect(choice.executionSaved! > (saved * 9n) / 10n && choice.executionSaved! < (saved * 11n) / 10n).to.equal(
        true,
      );
      await owner.sendTransaction({ to: choice.call.to, data: choice.call.data });
      expect((await rewards.recipients(entries[3]!.recipient)).rewards).to.equal(entries[3]!.amount);
      expect(formText(choice)).to.match(
        form === "lean"
          ? /^without roots: their bytes would cost [\d,]+ gas for L1 data now and save [\d,]+ gas$/
          : /^with roots: they save [\d,]+ gas and their bytes cost [\d,]+ gas for L1 data now$/,
      );
    }
  });

  it("turns at the price at which both cost the same", async () => {
    const { forms, owner } = await networkHelpers.loadFixture(batchOfEight);
    await placeNodeInterface(1n);
    const { executionSaved = 0n, l1Extra = 0n } = await chooseForm(ethers.provider, forms, PEOPLE, owner.address);
    const turn = executionSaved / l1Extra;

    for (const [price, form] of [
      [turn - 2n, "roots"],
      [turn + 2n, "lean"],
    ] as const) {
      await placeNodeInterface(price);
      expect((await chooseForm(ethers.provider, forms, PEOPLE, owner.address)).form).to.equal(form);
    }
  });

  it("goes by the measured mean where the chain does not estimate the two", async () => {
    const { forms, rewards, owner } = await networkHelpers.loadFixture(batchOfEight);
    await placeNodeInterface(20n);
    await rewards.pause();

    const choice = await chooseForm(ethers.provider, forms, PEOPLE, owner.address);

    expect([choice.form, choice.measured]).to.deep.equal(["roots", true]);
    expect(choice.executionSaved).to.equal(ROOTS_SAVE_PER_ENTRY * BigInt(PEOPLE));
    expect(formText(choice)).to.include("gas (measured mean)");
  });
});
