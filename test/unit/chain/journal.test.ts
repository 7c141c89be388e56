/** What an account remembers of its transactions, and what of it the chain brings back. */
import { expect } from "chai";
import type { Provider } from "ethers";
import { Wallet } from "ethers";
import type { Entry, EntryState } from "../../../src/chain/index.ts";
import { Journal, reopenIfOut } from "../../../src/chain/index.ts";
import { costOf } from "../../../src/chain/sending/pursue.ts";

const FROM = "0x4000000000000000000000000000000000000004";
const OTHER = "0x5000000000000000000000000000000000000005";
const hashOf = (nonce: number) => `0x${nonce.toString(16).padStart(64, "0")}`;

describe("chain/sending: the journal", () => {
  const journal = async (...entries: readonly [nonce: number, state: EntryState, more?: Partial<Entry>][]) => {
    const made = Journal.inMemory();
    for (const [nonce, state, more = {}] of entries) {
      const call = { to: OTHER, data: "0x", value: 0n, method: "pay", what: "pay", final: true };
      const entry = await made.begin({ ...call, from: FROM, nonce, command: "pay", ...more } as unknown as Entry, {
        hash: hashOf(nonce),
        raw: "0x00",
      });
      if (state !== "signed") await made.settle(entry, state);
    }
    return made;
  };

  it("has told what has ended, of one command", async () => {
    const one = await journal([0, "included"], [1, "failed"], [2, "signed"], [3, "included", { command: "exit" }]);
    await one.tell("pay");
    expect(one.all.map(({ told }) => told)).to.deep.equal([true, true, false, false]);
  });

  describe("opens what was given up and is out there", () => {
    const provider = (receipts: readonly number[], pool: readonly number[] = []) => {
      const among = (nonces: readonly number[]) => (hash: string) =>
        Promise.resolve(nonces.some((nonce) => hashOf(nonce) === hash) ? { hash } : null);
      return { getTransactionReceipt: among(receipts), getTransaction: among(pool) } as unknown as Provider;
    };
    const states = async (one: Journal, at: Provider) => {
      const back = await reopenIfOut(at, one, one.all);
      return [back.map(({ nonce }) => nonce), one.all.map(({ state }) => state)];
    };

    it("in a block or in a pool, and nothing else", async () => {
      const one = await journal([0, "refused"], [1, "refused"], [2, "refused"], [3, "replaced"]);
      expect(await states(one, provider([0, 3], [1]))).to.deep.equal([
        [0, 1],
        ["signed", "signed", "refused", "replaced"],
      ]);
    });

    it("within a day", async () => {
      const one = await journal([0, "refused"], [1, "refused"]);
      const [old, young] = one.all as [Entry, Entry];
      old.at -= 86_400_000 + 1_000;
      young.at -= 86_400_000 - 10_000;
      expect(await states(one, provider([0, 1]))).to.deep.equal([[1], ["refused", "signed"]]);
    });

    it("but for one whose nonce another of the account has used", async () => {
      const one = await journal(
        [0, "refused"],
        [0, "included"],
        [1, "refused"],
        [1, "failed"],
        [2, "refused"],
        [2, "included", { from: OTHER }],
      );
      expect((await states(one, provider([0, 1, 2])))[0]).to.deep.equal([2]);
    });
  });

  it("knows the most that its newest signature can cost, what it pays included", async () => {
    const wallet = new Wallet(`0x${"42".repeat(32)}`);
    const raw = await wallet.signTransaction({ to: OTHER, gasLimit: 21_000n, maxFeePerGas: 7n, value: 5n, type: 2 });
    const entry = {
      attempts: [
        { hash: hashOf(0), at: 0, raw: "0x" },
        { hash: hashOf(1), at: 0, raw },
      ],
    };
    expect(costOf(entry as unknown as Entry)).to.equal(147_005n);
    expect(costOf({ attempts: [{ hash: hashOf(0), at: 0 }] } as unknown as Entry)).to.equal(undefined);
  });
});
