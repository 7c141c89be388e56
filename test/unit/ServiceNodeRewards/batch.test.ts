import { expect } from "chai";
import { network } from "hardhat";
import { eventsOf } from "../../helpers/events.ts";
import { deploySystem, SESH_UNIT, update } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

interface Entry {
  recipient: string;
  rewards: bigint;
}

/** Recipients 0x…0a00, 0x…0a01, … with 100, 101, … atomic SESH. */
function entries(count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    recipient: ethers.getAddress(ethers.toBeHex(0xa00 + i, 20)),
    rewards: 100n + BigInt(i),
  }));
}

describe("ServiceNodeRewards", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  function updateAll(system: System, list: Entry[], signed = list, nonSigners = 0) {
    const signature = system.network.rewards(signed, system.nodes.slice(nonSigners));
    const ids = Array.from({ length: nonSigners }, (_, i) => i + 1);
    return system.rewards.updateRewardsBalances(
      list,
      signature,
      ids,
      system.network.roots(system.network.rewardMessages(list)),
    );
  }

  describe("updateRewardsBalances", () => {
    it("raises all of them with one signature, without a third of the nodes", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const list = entries(5);
      await update(system, list[3]!.recipient, 7n);

      const batch = updateAll(system, list, list, 4);

      for (const [index, { recipient, rewards: amount }] of list.entries()) {
        await expect(batch)
          .to.emit(rewards, "RewardsBalanceUpdated")
          .withArgs(recipient, amount, index === 3 ? 7n : 0n);
        expect((await rewards.recipients(recipient)).rewards).to.equal(amount);
      }
    });

    it("takes a batch of one with the signature of the single call", async () => {
      const { rewards, network: net, nodes } = await networkHelpers.loadFixture(twelveSeeds);
      const [entry] = entries(1) as [Entry];

      await rewards.updateRewardsBalances(
        [entry],
        net.reward(entry.recipient, entry.rewards, nodes),
        [],
        net.roots(net.rewardMessages([entry])),
      );

      expect((await rewards.recipients(entry.recipient)).rewards).to.equal(entry.rewards);
    });

    it("takes the very entries that were signed, all of them and no more", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const list = entries(3);
      const { X, Y } = await rewards.aggregatePubkey();
      const swapped = list.map((entry, i) => ({ ...entry, rewards: list[(i + 1) % 3]!.rewards }));
      const shifted = [{ ...list[0]!, rewards: 99n }, { ...list[1]!, rewards: 102n }, list[2]!];

      for (const other of [list.slice(0, 2), entries(4), swapped, shifted]) {
        await expect(updateAll(system, other, list))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
          .withArgs([X, Y]);
      }
      for (const { recipient } of list) expect((await rewards.recipients(recipient)).rewards).to.equal(0n);
    });

    it("does not take signatures of different signers for different entries", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, network: net, nodes } = system;
      const [first, second] = entries(2) as [Entry, Entry];
      const { aggregateSignatures, signatureFromParams, signatureToParams } = await import("../../../src/bls/index.ts");
      const sum = signatureToParams(
        aggregateSignatures([
          signatureFromParams(net.reward(first.recipient, first.rewards, nodes)),
          signatureFromParams(net.reward(second.recipient, second.rewards, nodes.slice(1))),
        ]),
      );

      for (const ids of [[], [1]]) {
        await expect(
          rewards.updateRewardsBalances([first, second], sum, ids, net.roots(net.rewardMessages([first, second]))),
        ).to.be.revertedWithCustomError(rewards, "InvalidBLSSignature");
      }
    });

    it("names the entry that is out of order, twice there, or zero", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const [a, b, c] = entries(3) as [Entry, Entry, Entry];
      const zero = { recipient: ethers.ZeroAddress, rewards: 5n };

      for (const [list, index] of [
        [[a, c, b], 2],
        [[a, b, { ...b, rewards: 999n }, c], 2],
        [[b, a], 1],
        [[zero, a], 0],
      ] as const) {
        await expect(rewards.updateRewardsBalances([...list], system.network.rewards([a], system.nodes), [], []))
          .to.be.revertedWithCustomError(rewards, "RecipientNotAscending")
          .withArgs(index, list[index]!.recipient);
      }
    });

    it("H22: raises the entries that go up, whoever has sent the others before", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const list = entries(4);
      await update(system, list[1]!.recipient, 101n);
      await update(system, list[3]!.recipient, 5_000n);

      expect(await eventsOf(updateAll(system, list))).to.deep.equal([
        `RewardsBalanceUpdated(${list[0]!.recipient}, 100, 0)`,
        `RewardsBalanceUpdated(${list[2]!.recipient}, 102, 0)`,
      ]);
      const recorded = await Promise.all(list.map(({ recipient }) => rewards.recipients(recipient)));
      expect(recorded.map((recipient) => recipient.rewards)).to.deep.equal([100n, 101n, 102n, 5_000n]);
    });

    it("H22: reverts when it raises nothing", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const list = entries(3);
      await updateAll(system, list);

      await expect(updateAll(system, list)).to.be.revertedWithCustomError(rewards, "RecipientRewardsTooLow").withArgs();
    });

    it("H22: an entry that raises nothing must be signed all the same", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const list = entries(3);
      await update(system, list[1]!.recipient, 101n);
      const { X, Y } = await rewards.aggregatePubkey();

      await expect(updateAll(system, list, [list[0]!, list[2]!]))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
        .withArgs([X, Y]);
    });

    it("H23: takes the roots itself when none are sent", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, network: net, nodes } = system;
      // enough for tries that fail, and for roots of either sign
      const list = entries(24);

      await rewards.updateRewardsBalances(list, net.rewards(list, nodes), [], []);

      const recorded = await Promise.all(list.map(({ recipient }) => rewards.recipients(recipient)));
      expect(recorded.map((recipient) => recipient.rewards)).to.deep.equal(list.map((entry) => entry.rewards));
      const other = list.map((entry) => ({ ...entry, rewards: entry.rewards + 1n }));
      await expect(
        rewards.updateRewardsBalances(other, net.rewards(list, nodes), [], []),
      ).to.be.revertedWithCustomError(rewards, "InvalidBLSSignature");
    });

    it("takes no other roots than those of the messages", async () => {
      const { rewards, network: net, nodes } = await networkHelpers.loadFixture(twelveSeeds);
      const list = entries(3);
      const signature = net.rewards(list, nodes);
      const roots = net.roots(net.rewardMessages(list));

      for (const wrong of [roots.slice(0, 1), roots.slice(0, -1), roots.toReversed(), roots.map((root) => root ^ 1n)]) {
        await expect(rewards.updateRewardsBalances(list, signature, [], wrong)).to.be.revertedWithCustomError(
          rewards,
          "WrongRoot",
        );
      }
      await expect(rewards.updateRewardsBalances(list, signature, [], [...roots, 7n])).to.emit(
        rewards,
        "RewardsBalanceUpdated",
      );
    });

    it("obeys the rules of every network signature", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards } = system;
      const list = entries(2);

      await expect(rewards.updateRewardsBalances([], system.network.rewards(list, system.nodes), [], []))
        .to.be.revertedWithCustomError(rewards, "EmptyBatch")
        .withArgs();
      await expect(updateAll(system, list, list, 5))
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(7n, 8n);
      await networkHelpers.setStorageAt(rewards.target as string, 21, (await ethers.provider.getBlockNumber()) + 1);
      await networkHelpers.setStorageAt(rewards.target as string, 22, 5);
      await expect(updateAll(system, list))
        .to.be.revertedWithCustomError(rewards, "TooManyAdditionsInBlock")
        .withArgs(0n, 5n, 4n);
      await rewards.pause();
      await expect(updateAll(system, list)).to.be.revertedWithCustomError(rewards, "EnforcedPause").withArgs();
      const unstarted = await deploySystem(connection, { seeds: 12, started: false });
      await expect(updateAll(unstarted, list))
        .to.be.revertedWithCustomError(unstarted.rewards, "ContractNotStarted")
        .withArgs();
    });
  });

  describe("updateRewardsBalanceAndClaim", () => {
    function updateAndClaim(system: System, amount: bigint) {
      const { rewards, network: net, nodes, alice } = system;
      return rewards.connect(alice).updateRewardsBalanceAndClaim(amount, net.reward(alice.address, amount, nodes), []);
    }

    it("updates and pays the caller all that is left", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, alice } = system;
      await update(system, alice.address, 10n);
      await rewards.connect(alice)["claimRewards(uint256)"](4n);

      const both = updateAndClaim(system, 100n);

      await expect(both)
        .to.emit(rewards, "RewardsBalanceUpdated")
        .withArgs(alice.address, 100n, 10n)
        .to.emit(rewards, "RewardsClaimed")
        .withArgs(alice.address, 96n);
      await expect(both).to.changeTokenBalances(ethers, token, [rewards, alice], [-96n, 96n]);
      expect([...(await rewards.recipients(alice.address))]).to.deep.equal([100n, 100n]);
    });

    it("H22: claims what is recorded when a stranger was first with the figure, or with a higher one", async () => {
      for (const recorded of [100n, 130n]) {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { alice } = system;
        await update(system, alice.address, recorded);

        expect(await eventsOf(updateAndClaim(system, 100n))).to.deep.equal([
          `RewardsClaimed(${alice.address}, ${recorded})`,
          `Transfer(${String(system.rewards.target)}, ${alice.address}, ${recorded})`,
        ]);
      }
    });

    it("keeps the rules of both", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob, network: net, nodes } = system;
      await update(system, alice.address, 10n);

      await expect(updateAndClaim(system, 1_000_000n * SESH_UNIT + 1n))
        .to.be.revertedWithCustomError(rewards, "ClaimThresholdExceeded")
        .withArgs();
      await expect(
        rewards.connect(bob).updateRewardsBalanceAndClaim(100n, net.reward(alice.address, 100n, nodes), []),
      ).to.be.revertedWithCustomError(rewards, "InvalidBLSSignature");
      await expect(
        rewards
          .connect(alice)
          .updateRewardsBalanceAndClaim(100n, net.reward(alice.address, 100n, nodes), [1, 2, 3, 4, 5]),
      )
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(7n, 8n);
      await rewards.pause();
      await expect(updateAndClaim(system, 100n)).to.be.revertedWithCustomError(rewards, "EnforcedPause").withArgs();
    });
  });
});
