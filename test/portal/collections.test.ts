import { expect } from "chai";
import { CollectError } from "../../src/collect/index.ts";
import { Collections } from "../../src/portal/service/collections.ts";
import type { NetworkSignature, Source } from "../../src/portal/service/sources.ts";

describe("collections that visitors share", function () {
  const recipient = "0x00000000000000000000000000000000000000AA";
  const ROUND = 120;

  /** What counts is how often the nodes are asked, so that nobody has to sign. */
  class Shared {
    asked = 0;
    recorded = 0n;
    amount = 10n;
    timestamp = 1_000;
    aggregatePubkey = "key";
    refusal: CollectError | undefined;
    /** The record and the chain's clock move while the nodes are asked. */
    meanwhile: () => void = () => undefined;
    readonly collections: Collections;

    constructor(rewardsMs = 60_000) {
      const source: Source = {
        httpNodes: async () => [],
        collect: async (request) => {
          this.asked++;
          this.meanwhile();
          if (this.refusal) throw this.refusal;
          return this.#signature(request.kind === "exit" ? request.timestamp : undefined);
        },
        close: async () => undefined,
      };
      this.collections = new Collections(
        { most: 4, roundSeconds: ROUND, rewardsMs, marginSeconds: 120 },
        {
          source,
          chain: () => ({
            block: 1,
            timestamp: this.timestamp,
            aggregatePubkey: this.aggregatePubkey,
            signatureExpiry: 600,
          }),
          recorded: (of) => (of === recipient ? this.recorded : 0n),
        },
      );
    }

    #signature(timestamp: number | undefined): NetworkSignature {
      const { amount } = this;
      const rest = { message: "", signature: "", aggregatePubkey: "", nonSigners: [], nodes: 3, height: 1 };
      return { ...rest, amount: timestamp === undefined ? amount : undefined, timestamp };
    }

    /** What one visitor is given. */
    async reward(): Promise<bigint | undefined> {
      return (await this.collections.get({ kind: "reward", recipient })).signature.amount;
    }

    exit() {
      return this.collections.get({ kind: "exit", blsPubkey: "0xaa", ed25519Pubkey: "0xbb" });
    }

    get counts(): [asked: number, shared: number] {
      return [this.asked, this.collections.shared];
    }
  }

  const nothing = new CollectError("nothing-to-sign", "The network would sign no more.", {});
  const reason = (asked: Promise<unknown>) => asked.catch((error: unknown) => error);

  it("hand a signature on rewards out again while the contract has less on record", async function () {
    const shared = new Shared();
    for (const amount of [0n, 9n]) {
      shared.recorded = amount;
      await shared.reward();
    }
    expect(shared.counts).to.deep.equal([1, 1]);
  });

  it("ask anew once it has been used: who has claimed and earned more would be told that there is nothing", async function () {
    const shared = new Shared();
    await shared.reward();
    shared.recorded = 10n;
    shared.amount = 12n;
    expect(await shared.reward()).to.equal(12n);
    expect(shared.counts).to.deep.equal([2, 0]);
  });

  it("ask anew when it was used while the nodes were asked", async function () {
    const shared = new Shared();
    shared.meanwhile = () => void (shared.recorded = 10n);
    await shared.reward();
    await shared.reward();
    expect(shared.counts).to.deep.equal([2, 0]);
    // by then the nodes knew of it
    await shared.reward();
    expect(shared.counts).to.deep.equal([2, 1]);
  });

  for (const amount of [10n, 9n]) {
    it(`share a signature on ${amount} where 10 were on record when it was made: nobody can have the nodes asked on and on`, async function () {
      const shared = new Shared();
      shared.recorded = 10n;
      shared.amount = amount;
      for (let i = 0; i < 3; i++) expect(await shared.reward()).to.equal(amount);
      expect(shared.counts).to.deep.equal([1, 2]);
    });
  }

  it("hand it out again when a reorganisation has taken its use back", async function () {
    const shared = new Shared();
    await shared.reward();
    for (const amount of [10n, 0n]) {
      shared.recorded = amount;
      if (amount === 0n) await shared.reward();
    }
    expect(shared.counts).to.deep.equal([1, 1]);
  });

  it("share it for a round of the chain's time", async function () {
    const shared = new Shared();
    await shared.reward();
    shared.timestamp += ROUND - 1;
    await shared.reward();
    expect(shared.counts).to.deep.equal([1, 1]);
    shared.timestamp++;
    await shared.reward();
    expect(shared.counts).to.deep.equal([2, 1]);
  });

  it("count a round from when the nodes were asked, not from when they answered", async function () {
    const shared = new Shared();
    shared.meanwhile = () => void (shared.timestamp += ROUND);
    await shared.reward();
    await shared.reward();
    expect(shared.counts).to.deep.equal([2, 0]);
  });

  it("share nothing that is old by this machine's clock, though the chain stands still", async function () {
    const shared = new Shared(0);
    await shared.reward();
    await shared.reward();
    expect(shared.counts).to.deep.equal([2, 0]);
  });

  it("share nothing that was signed by another set of nodes", async function () {
    const shared = new Shared();
    await shared.reward();
    shared.aggregatePubkey = "other";
    await shared.reward();
    expect(shared.counts).to.deep.equal([2, 0]);
  });

  it("share the answer that there is nothing to sign, for a round, and while the record stands", async function () {
    const shared = new Shared();
    shared.recorded = 10n;
    shared.refusal = nothing;
    for (let i = 0; i < 3; i++) expect(await reason(shared.reward())).to.equal(nothing);
    expect(shared.counts).to.deep.equal([1, 2]);
    expect(shared.collections.lastAmount(recipient)).to.equal(undefined);

    shared.timestamp += ROUND;
    expect(await reason(shared.reward())).to.equal(nothing);
    expect(shared.asked).to.equal(2);

    shared.recorded = 9n;
    shared.refusal = undefined;
    expect(await shared.reward()).to.equal(10n);
    expect(shared.counts).to.deep.equal([3, 2]);
    expect(shared.collections.lastAmount(recipient)).to.equal(10n);
  });

  it("share no failure of any other kind", async function () {
    const shared = new Shared();
    shared.refusal = new CollectError("too-few-signers", "Too few.", {});
    for (let i = 0; i < 2; i++) expect(await reason(shared.reward())).to.equal(shared.refusal);
    expect(shared.counts).to.deep.equal([2, 0]);
  });

  it("share a departure until shortly before the contract refuses it, whatever a round is", async function () {
    const shared = new Shared();
    await shared.exit();
    shared.timestamp += 479;
    await shared.exit();
    expect(shared.counts).to.deep.equal([1, 1]);
    shared.timestamp++;
    await shared.exit();
    expect(shared.counts).to.deep.equal([2, 1]);
  });
});
