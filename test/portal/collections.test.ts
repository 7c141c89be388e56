import { expect } from "chai";
import { Collections } from "../../src/portal/service/collections.ts";
import type { NetworkSignature, Source } from "../../src/portal/service/sources.ts";

describe("collections that visitors share", function () {
  const recipient = "0x00000000000000000000000000000000000000AA";
  const signature: NetworkSignature = {
    message: "",
    signature: "",
    aggregatePubkey: "",
    nonSigners: [],
    nodes: 3,
    amount: 10n,
    height: 1,
    timestamp: undefined,
  };

  /** What counts is how often the nodes are asked, so that nobody has to sign. */
  function shared(): { collections: Collections; asked: () => number; record: (amount: bigint) => void } {
    let asked = 0;
    let recorded = 0n;
    const source: Source = {
      httpNodes: async () => [],
      collect: async () => {
        asked++;
        return signature;
      },
      close: async () => undefined,
    };
    const collections = new Collections(
      { most: 4, rewardsMs: 60_000, marginSeconds: 120 },
      {
        source,
        chain: () => ({ block: 1, timestamp: 1, aggregatePubkey: "key", signatureExpiry: 600 }),
        recorded: (of) => (of === recipient ? recorded : 0n),
      },
    );
    return { collections, asked: () => asked, record: (amount) => void (recorded = amount) };
  }

  it("hand a signature on rewards out again while the contract has less on record", async function () {
    const { collections, asked, record } = shared();
    for (const amount of [0n, 9n]) {
      record(amount);
      await collections.get({ kind: "reward", recipient });
    }
    expect([asked(), collections.shared]).to.deep.equal([1, 1]);
  });

  it("ask anew once it has been used: who has claimed and earned more would be told that there is nothing", async function () {
    const { collections, asked, record } = shared();
    await collections.get({ kind: "reward", recipient });
    record(10n);
    await collections.get({ kind: "reward", recipient });
    expect([asked(), collections.shared]).to.deep.equal([2, 0]);
  });
});
