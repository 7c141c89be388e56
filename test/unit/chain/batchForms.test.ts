import { expect } from "chai";
import { network } from "hardhat";
import { removalsForms, updateRewardsBalancesForms } from "../../../src/chain/calls.ts";
import { deploySystem } from "../../helpers/staking.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

describe("chain/calls, batches", function () {
  async function sixSeeds() {
    return deploySystem(connection, { seeds: 6 });
  }

  it("records many recipients in either form, of which the lean one has a third of the bytes", async function () {
    const { rewards, network: net, nodes } = await networkHelpers.loadFixture(sixSeeds);
    // in no order
    const entries = [7n, 3n, 5n].map((n) => ({ recipient: ethers.toBeHex(n, 20), amount: 100n + n }));
    const signature = net.rewards(
      entries.map(({ recipient, amount }) => ({ recipient, rewards: amount })),
      nodes.slice(1),
    );
    const forms = updateRewardsBalancesForms(
      String(rewards.target),
      entries,
      { signature, nonSigners: [1n] },
      net.tags,
    );
    const [sender] = await ethers.getSigners();
    const before = await networkHelpers.takeSnapshot();

    for (const { to, data, method } of [forms.withRoots, forms.lean]) {
      expect(method).to.equal("updateRewardsBalances");
      await sender!.sendTransaction({ to, data });
      for (const { recipient, amount } of entries)
        expect((await rewards.recipients(recipient)).rewards).to.equal(amount);
      await before.restore();
    }
    expect(forms.lean.data.length).to.be.lessThan(forms.withRoots.data.length);
  });

  for (const kind of ["exit", "liquidate"] as const) {
    it(`removes many nodes in either form: ${kind}`, async function () {
      const { rewards, network: net, nodes } = await networkHelpers.loadFixture(sixSeeds);
      const timestamp = BigInt(await networkHelpers.time.latest());
      const leaving = nodes.slice(2, 4);
      const signature =
        kind === "exit" ? net.exits(leaving, timestamp, nodes) : net.liquidations(leaving, timestamp, nodes);
      const entries = leaving.map(({ publicKey }) => ({ publicKey, timestamp }));
      const forms = removalsForms(String(rewards.target), kind, entries, { signature, nonSigners: [] }, net.tags);
      const [sender] = await ethers.getSigners();
      const before = await networkHelpers.takeSnapshot();

      for (const { to, data } of [forms.withRoots, forms.lean]) {
        await sender!.sendTransaction({ to, data });
        expect([...(await rewards.allServiceNodeIDs()).ids]).to.deep.equal([1n, 2n, 5n, 6n]);
        await before.restore();
      }
    });
  }
});
