import { expect } from "chai";
import { network } from "hardhat";
import { deploySystem, HOUR, register } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import { testNode } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { time } = networkHelpers;

/** The youngest age at which a node may leave by signature. */
const MINIMUM_AGE = 2n * HOUR;
const leaver: TestNode = testNode(100);

describe("ServiceNodeRewards, a signature on the next life of its node", () => {
  /** Three nodes, and a fourth that is old enough to leave and may come back. */
  async function fourNodes() {
    const system = await deploySystem(connection, { seeds: 3 });
    await register(system, leaver, system.alice);
    await time.increase(3n * HOUR);
    return system;
  }

  type Call = "exit" | "exits" | "liquidate" | "liquidations";

  /** Signs once for `timestamp`; the same bytes go out with every call. */
  function signed({ rewards, bob, nodes, network: net }: System, call: Call, timestamp: bigint) {
    const signers = [...nodes, leaver];
    const { blsPubkey } = leaver;
    const from = rewards.connect(bob);
    const one = (call === "exit" ? net.exit : net.liquidate).call(net, leaver, timestamp, signers);
    if (call === "exit") return () => from.exitBLSPublicKeyWithSignature(blsPubkey, timestamp, one, []);
    if (call === "liquidate") return () => from.liquidateBLSPublicKeyWithSignature(blsPubkey, timestamp, one, []);
    const removals = [{ blsPubkey, timestamp }];
    if (call === "exits") {
      const signature = net.exits([leaver], timestamp, signers);
      const roots = net.roots(net.exitMessages([leaver], timestamp));
      return () => from.exitBLSPublicKeysWithSignature(removals, signature, [], roots);
    }
    const signature = net.liquidations([leaver], timestamp, signers);
    const roots = net.roots(net.liquidationMessages([leaver], timestamp));
    return () => from.liquidateBLSPublicKeysWithSignature(removals, signature, [], roots);
  }

  /** Sends what was made the first of `aheads` ahead that the contract takes. */
  async function sendAhead(system: System, call: Call, aheads: bigint[]) {
    for (const ahead of aheads) {
      const used = BigInt(await time.latest()) + 10n;
      const timestamp = used + ahead;
      const send = signed(system, call, timestamp);
      await time.setNextBlockTimestamp(used);
      const taken = await send().then(
        () => true,
        () => false,
      );
      if (taken) return { used, timestamp, send };
    }
    throw new Error("the contract took none of them");
  }

  /** How far ahead of its use the contract takes a signature, at this expiry. */
  function longestAhead(expiry: bigint): bigint {
    const ahead = MINIMUM_AGE - expiry - 1n;
    if (ahead > expiry) return expiry;
    return ahead > 0n ? ahead : 0n;
  }

  const expiries = [600n, HOUR, HOUR + HOUR / 2n, MINIMUM_AGE - 1n, MINIMUM_AGE];
  const calls = ["exit", "exits", "liquidate", "liquidations"] as const;

  for (const expiry of expiries) {
    for (const call of calls) {
      it(`H7: ${call} made as far ahead as expiry ${expiry} allows works once, and never again on the same key`, async () => {
        const system = await networkHelpers.loadFixture(fourNodes);
        const { rewards, alice } = system;
        await rewards.setSignatureExpiry(expiry);
        const { used, timestamp, send } = await sendAhead(system, call, [expiry, longestAhead(expiry)]);
        expect(await rewards.totalNodes()).to.equal(3n);
        const added = used + 1n;
        await time.setNextBlockTimestamp(added);
        await register(system, leaver, alice);
        const id = 5n;
        expect(await rewards.totalNodes()).to.equal(4n);

        // too young as long as the signature is in its window, and out of the window once old enough
        if (timestamp >= added) {
          const last = timestamp + expiry < added + MINIMUM_AGE ? timestamp + expiry : added + MINIMUM_AGE - 1n;
          await time.setNextBlockTimestamp(last);
          await expect(send()).to.be.revertedWithCustomError(rewards, "ExitTooEarly").withArgs(id, added, last);
        }
        const earliest = added + MINIMUM_AGE;
        await time.setNextBlockTimestamp(earliest);
        await expect(send())
          .to.be.revertedWithCustomError(rewards, "SignatureExpired")
          .withArgs(id, timestamp, earliest);
        expect(await rewards.totalNodes()).to.equal(4n);
      });
    }
  }

  it("H7: one second further ahead, which could work twice, does not work once", async () => {
    const system = await networkHelpers.loadFixture(fourNodes);
    const { rewards } = system;
    for (const expiry of expiries) {
      await rewards.setSignatureExpiry(expiry);
      const used = BigInt(await time.latest()) + 10n;
      const timestamp = used + longestAhead(expiry) + 1n;
      const send = signed(system, "exit", timestamp);

      await time.setNextBlockTimestamp(used);
      await expect(send()).to.be.revertedWithCustomError(rewards, "SignatureExpired").withArgs(4n, timestamp, used);
    }
  });
});
