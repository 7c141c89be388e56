/** Sending, followed to its end: lost answers, Ctrl-C, replacements, reorganisations and refusals, over Hardhat's own JSON-RPC. */
import { join } from "node:path";
import { expect } from "chai";
import { Network, toQuantity } from "ethers";
import {
  approveCall,
  ChainError,
  claimRewardsCall,
  Journal,
  NODE_INTERFACE,
  reopenAllGone,
  reopenIfGone,
  resume,
  send,
  toBatch,
} from "../../src/chain/index.ts";
import type { Call, Entry, SendOptions, Tick } from "../../src/chain/index.ts";
import { openJournalFile } from "../../src/chain/files/index.ts";
import { sendingLab } from "../helpers/sendingLab.ts";

const SPENDER = "0x5e00000000000000000000000000000000000005";

describe("sending", function () {
  this.timeout(180_000);
  const lab = sendingLab();
  const { rpcSend, count } = lab;
  let token: string;
  let allowance = 0n;
  /** A call that always succeeds, and never the same twice. */
  const call = () => approveCall(token, SPENDER, ++allowance);
  const options = (more: Partial<SendOptions> = {}): SendOptions => ({
    provider: lab.world.provider,
    signer: lab.world.recipient,
    broadcast: true,
    pollMs: 20,
    ...more,
  });
  /** Starts a send with mining off, and gives its hash once it is signed and in the pool. */
  async function underWay(more: Partial<SendOptions> = {}, besides: Partial<Call> = {}) {
    await rpcSend("evm_setAutomine", false);
    const ticks: Tick["state"][] = [];
    const hashes: string[] = [];
    const wanted = { ...call(), ...besides };
    let known = () => {};
    const waiting = new Promise<void>((resolve) => (known = resolve));
    const done = send(wanted, {
      ...options(more),
      onProgress(step, record, tick) {
        if (step === "signed") hashes.push(record.hash ?? "");
        if (tick && ticks.at(-1) !== tick.state) ticks.push(tick.state);
        if (tick?.state === "waiting") known();
      },
    });
    done.catch(() => undefined);
    await waiting;
    return { done, ticks, hashes, wanted };
  }
  const failure = async (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string; details: Record<string, unknown> },
    );

  before(async () => {
    token = await lab.world.system.token.getAddress();
  });

  describe("a transaction under way", () => {
    it("is replaced by another of the account: both are named, and it is no success", async () => {
      const { done, hashes } = await underWay();
      const nonce = await count();
      const fee = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
      const other = await lab.world.recipient.sendTransaction({ to: SPENDER, value: 1n, nonce, ...fee });
      await rpcSend("evm_mine");
      const error = await failure(done);
      expect(error?.code).to.equal("replaced");
      expect(error?.message).to.include(`was replaced by ${other.hash} in block `).and.include(hashes[0]);
      expect(error?.details["by"]).to.include({ hash: other.hash, reason: "replaced" });
    });

    it("is cancelled by a wallet: that is said", async () => {
      const { done } = await underWay();
      const { address } = lab.world.recipient;
      const fee = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
      const other = await lab.world.recipient.sendTransaction({ to: address, nonce: await count(), ...fee });
      await rpcSend("evm_mine");
      expect((await failure(done))?.message).to.include(`was cancelled by ${other.hash}`);
    });

    it("is repriced by a wallet: the same with other fees is a success, under its own hash", async () => {
      const { done, wanted } = await underWay();
      const fee = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
      const { to, data } = wanted;
      const other = await lab.world.recipient.sendTransaction({
        to,
        data,
        nonce: await count(),
        gasLimit: 100_000,
        ...fee,
      });
      await rpcSend("evm_mine");
      expect((await done).hash).to.equal(other.hash);
    });

    /** An endpoint that does not give what these methods ask for, so many times. */
    const without = (names: readonly string[], times = Infinity): SendOptions["provider"] =>
      new Proxy(lab.world.provider, {
        get(target, name) {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== "function") return found;
          return (...args: unknown[]): unknown => {
            if (name === "getTransactionCount" && names.includes("state") && typeof args[1] === "number") {
              return Promise.reject(new Error("missing trie node"));
            }
            if (names.includes(String(name)) && times-- > 0) return Promise.resolve(null);
            return (found as (...args: unknown[]) => unknown).apply(target, args);
          };
        },
      });

    it("is in a block whose receipt comes late: it is not taken for replaced", async () => {
      const provider = without(["getTransactionReceipt"], 12);
      const record = await send(call(), options({ provider }));
      expect(record.status).to.equal("included");
    });

    for (const [what, hidden, code, words] of [
      [
        "its receipt",
        ["getTransactionReceipt"],
        "no-receipt",
        "is in a block, but the endpoint does not give its receipt.",
      ],
      [
        "its receipt nor itself, but its block",
        ["getTransactionReceipt", "getTransaction"],
        "no-receipt",
        "is in a block, but the endpoint does not give its receipt.",
      ],
      [
        "anything of it",
        ["getTransactionReceipt", "getTransaction", "state"],
        "end-unknown",
        "is used, and the endpoint shows neither it nor what else used it: it may have taken effect.",
      ],
    ] as const) {
      it(`is in a block, and the endpoint never gives ${what}: it is not taken for replaced, nor sent again`, async () => {
        const provider = without(hidden);
        const journal = Journal.inMemory();
        const before = await count();
        const error = await failure(send(call(), options({ provider, journal, timeoutMs: 300 })));
        expect([error?.code, journal.all[0]?.state]).to.deep.equal([code, "signed"]);
        expect(error?.message).to.include(words);
        const [entry] = journal.open;
        const again = await failure(resume(entry as Entry, options({ provider, journal, timeoutMs: 300 })));
        expect([again?.code, entry?.state, await count()]).to.deep.equal([code, "signed", before + 1]);
        expect(await reopenIfGone(provider, journal)).to.equal(undefined);
        // Another endpoint has it.
        expect((await resume(entry as Entry, options({ journal }))).status).to.equal("included");
        expect(await reopenIfGone(provider, journal)).to.equal(undefined);
        expect(entry?.state).to.equal("included");
      });
    }

    it("is sent, and the disk is full by then: its hash is told, and the next run goes on from the journal", async () => {
      let saved: Entry[] = [];
      let room = 2;
      const store = () => ({
        place: "disk",
        load: () => Promise.resolve(structuredClone(saved)),
        save(entries: readonly Entry[]) {
          if (room-- <= 0) return Promise.reject(new ChainError("state-file", "Cannot write disk: ENOSPC."));
          saved = structuredClone([...entries]);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
      const before = await count();
      room = 0;
      const unsent = await failure(send(call(), options({ journal: await Journal.open(store()) })));
      expect([unsent?.code, await count()]).to.deep.equal(["state-file", before]);
      room = 1;
      const sent = await failure(send(call(), options({ journal: await Journal.open(store()) })));
      expect([sent?.code, await count()]).to.deep.equal(["unrecorded", before + 1]);
      expect(sent?.message).to.include(`${saved[0]?.hash} (`).and.include("was sent").and.include("ENOSPC");
      room = 9;
      const journal = await Journal.open(store());
      expect((await resume(journal.open[0] as Entry, options({ journal }))).status).to.equal("included");
      expect([saved[0]?.state, await count()]).to.deep.equal(["included", before + 1]);
    });

    it("has the gas limit that is given, tried as it is, where the endpoint estimates nothing", async () => {
      const provider = without(["estimateGas"]);
      const record = await send(call(), options({ provider, gasLimit: 90_000n }));
      expect([record.status, record.gasEstimate, record.gasLimit]).to.deep.equal(["included", 90_000n, 90_000n]);
      const before = await count();
      for (const [gasLimit, words] of [
        [20_000n, "A gas limit of 20000 is less than the 21"],
        [24_000n, "A gas limit of 24000 does not suffice to "],
      ] as const) {
        const error = await failure(send(call(), options({ provider, gasLimit })));
        expect([error?.code, error?.message.slice(0, words.length)]).to.deep.equal(["gas-limit", words]);
      }
      expect(await count()).to.equal(before);
    });

    it("is dropped from the pool: the same bytes are sent again", async () => {
      const { done, ticks, hashes } = await underWay();
      await rpcSend("hardhat_dropTransaction", hashes[0]);
      const mined = setInterval(() => void rpcSend("evm_mine"), 400);
      const record = await done.finally(() => clearInterval(mined));
      expect(record.hash).to.equal(hashes[0]);
      expect(hashes).to.have.length(1);
      expect(ticks).to.include("resent");
    });

    it("is in a block that is taken back: that is seen, and it is sent again", async () => {
      const snapshot = await rpcSend("evm_snapshot");
      const { done, ticks, hashes } = await underWay({ confirmations: 3 });
      await rpcSend("evm_mine");
      while (!ticks.includes("included")) await new Promise((resolve) => setTimeout(resolve, 10));
      await rpcSend("evm_revert", snapshot);
      while (!ticks.includes("reorganised")) await new Promise((resolve) => setTimeout(resolve, 10));
      await rpcSend("evm_setAutomine", false);
      const mined = setInterval(() => void rpcSend("evm_mine"), 300);
      const record = await done.finally(() => clearInterval(mined));
      expect(record.hash).to.equal(hashes[0]);
      expect(ticks.join()).to.match(/included,reorganised,.*included/);
    });

    it("is left by the signal with its hash, and found by the next run", async () => {
      const interruption = new AbortController();
      const journal = Journal.inMemory();
      const { done, hashes } = await underWay({ signal: interruption.signal, journal });
      interruption.abort();
      const error = await failure(done);
      expect(error?.code).to.equal("left");
      expect(error?.details["hash"]).to.equal(hashes[0]);
      expect(journal.open.map(({ hash }) => hash)).to.deep.equal(hashes);
      await rpcSend("evm_mine");
    });
  });

  describe("an endpoint that does not show what waits in its pool", () => {
    /** Answers in the place of the endpoint's; undefined leaves it to the endpoint. */
    const answering = (answer: (name: string, args: unknown[]) => unknown): SendOptions["provider"] =>
      new Proxy(lab.world.provider, {
        get(target, name) {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== "function") return found;
          return async (...args: unknown[]): Promise<unknown> =>
            (await answer(String(name), args)) ?? (found as (...args: unknown[]) => unknown).apply(target, args);
        },
      });
    const isPending = (name: string, args: unknown[]) => name === "getTransactionCount" && args[1] === "pending";
    /** The count of pending transactions is that of the newest block. */
    const holdsBack = () => answering((name, args) => (isPending(name, args) ? count() : undefined));
    /** A transaction that another machine has sent. */
    const foreign = async () => {
      await rpcSend("evm_setAutomine", false);
      return lab.world.recipient.sendTransaction({ to: SPENDER, value: 1n });
    };

    it("another machine's is neither joined by a second one nor replaced", async () => {
      const { hash, nonce } = await foreign();
      const journal = Journal.inMemory();
      const seen = await failure(send(call(), options({ journal })));
      const { address } = lab.world.recipient;
      const why = "is taken by a transaction that is not included yet, and that this machine did not send";
      expect([seen?.code, seen?.message]).to.deep.equal([
        "under-way",
        `Nonce ${nonce} of ${address} ${why}: nothing was sent.`,
      ]);
      // Not even where the fees may grow as much as they like.
      const hidden = await failure(send(call(), options({ journal, provider: holdsBack(), maxCost: 10n ** 18n })));
      expect(hidden?.code).to.equal("under-way");
      expect(hidden?.message).to.match(
        new RegExp(`^Nonce ${nonce} of ${address} ${why} \\(Replacement transaction underpriced`),
      );
      expect(journal.all.map(({ state }) => state)).to.deep.equal(["refused"]);
      await rpcSend("evm_mine");
      expect((await lab.world.provider.getTransactionReceipt(hash))?.status).to.equal(1);
      await rpcSend("evm_setAutomine", true);
      expect((await send(call(), options({ journal }))).status).to.equal("included");
    });

    it("another machine's is replaced when its nonce is given", async () => {
      const { hash, nonce } = await foreign();
      const done = send(call(), options({ nonce, provider: holdsBack(), maxCost: 10n ** 18n }));
      const mined = setInterval(() => void rpcSend("evm_mine"), 200);
      expect((await done.finally(() => clearInterval(mined))).status).to.equal("included");
      expect(await lab.world.provider.getTransactionReceipt(hash)).to.equal(null);
    });

    it("an earlier run's is named, and not replaced by another command's", async () => {
      await rpcSend("evm_setAutomine", false);
      const journal = Journal.inMemory();
      const hides = answering((name, args) =>
        isPending(name, args) ? count() : name === "getTransaction" ? Promise.resolve(false) : undefined,
      );
      const provider = new Proxy(hides, {
        get: (target, name) =>
          name === "getTransaction" ? () => Promise.resolve(null) : (Reflect.get(target, name) as unknown),
      });
      const first = await failure(send(call(), options({ journal, provider, timeoutMs: 300 })));
      const [entry] = journal.all as [Entry];
      expect([first?.code, first?.message]).to.deep.equal([
        "not-included",
        `${entry.hash} was taken by the endpoint, which shows it neither in its pool nor in a block.`,
      ]);
      const other = await failure(send(call(), options({ journal, provider, maxCost: 10n ** 18n })));
      expect(other?.code).to.equal("under-way");
      expect(other?.message).to.include(`is taken by ${entry.hash} (${entry.what}), sent by an earlier run`);
      await rpcSend("evm_mine");
      expect((await resume(entry, options({ journal, provider }))).hash).to.equal(entry.hash);
    });

    it("or counts it on a replica in arrears: the newest block's count is the least", async () => {
      const nonce = await count();
      const provider = answering((name, args) => (isPending(name, args) ? nonce - 1 : undefined));
      expect((await send(call(), options({ provider }))).nonce).to.equal(nonce);
    });
  });

  it("sends nothing whose signature expires while somebody is asked", async () => {
    const journal = Journal.inMemory();
    const [before, block] = [await count(), await lab.world.provider.getBlock("latest")];
    const validUntil = (block?.timestamp ?? 0) + 60;
    const asked = send(
      { ...call(), validUntil },
      {
        ...options({ journal }),
        async confirm() {
          await rpcSend("evm_increaseTime", 3_600);
          await rpcSend("evm_mine");
        },
      },
    );
    const error = await failure(asked);
    expect([error?.code, journal.all, await count()]).to.deep.equal(["expired", [], before]);
    expect(error?.message).to.match(/^The signature to .+ has expired meanwhile: nothing was sent\.$/);
  });

  describe("a transaction of an earlier run", () => {
    /** One that is signed, sent and left, with its journal. */
    async function left(validFor?: number, besides: Partial<Call> = {}) {
      const interruption = new AbortController();
      const journal = Journal.inMemory();
      const { timestamp = 0 } = (await lab.world.provider.getBlock("latest")) ?? {};
      const more = { ...besides, ...(validFor === undefined ? {} : { validUntil: timestamp + validFor }) };
      const { done, hashes } = await underWay({ signal: interruption.signal, journal }, more);
      interruption.abort();
      await failure(done);
      return { journal, hashes, entry: journal.all[0] as Entry };
    }

    it("that would fail by now is not hurried along: an empty one takes its place", async () => {
      const nonce = await count();
      const { journal, entry, hashes } = await left(60);
      // A block that leaves it out: it is dear, and an hour later.
      await rpcSend("hardhat_setNextBlockBaseFeePerGas", toQuantity(10n ** 12n));
      await rpcSend("evm_increaseTime", 3_600);
      await rpcSend("evm_mine");
      const mined = setInterval(() => void rpcSend("evm_mine"), 200);
      const error = await failure(
        resume(entry, options({ journal, maxCost: 10n ** 18n }), { replace: true }).finally(() => clearInterval(mined)),
      );
      expect(error?.code).to.equal("given-up");
      expect(error?.message).to.equal(
        `The transaction to ${entry.what} would have failed by now; ${entry.hash}, an empty one, took its place.`,
      );
      const { to, from, data, value } = (await lab.world.provider.getTransaction(entry.hash ?? "")) ?? {};
      expect({ to, data, value }).to.deep.equal({ to: from, data: "0x", value: 0n });
      expect(entry.attempts.map(({ cancels }) => cancels)).to.deep.equal([undefined, true]);
      expect(entry.hash).not.to.equal(hashes[0]);
      expect([entry.state, await count()]).to.deep.equal(["replaced", nonce + 1]);
      await rpcSend("hardhat_setNextBlockBaseFeePerGas", toQuantity(10n ** 9n));
      await rpcSend("evm_mine");
    });

    it("that replicas in arrears do not show is not given up because a better one refuses it: it is in its state", async () => {
      const { address } = lab.world.recipient;
      await (await lab.world.system.token.transfer(address, 5n)).wait();
      const balance = await lab.world.system.token.balanceOf(address);
      // Sent twice it is refused.
      const { interface: abi } = lab.world.system.token;
      const what = { data: abi.encodeFunctionData("transfer", [SPENDER, balance]) };
      const { journal, entry, hashes } = await left(undefined, what);
      const [nonce, block] = [await count(), await lab.world.provider.getBlockNumber()];
      await rpcSend("evm_mine");
      await rpcSend("evm_setAutomine", true);
      let lagging = 6;
      const provider = new Proxy(lab.world.provider, {
        get(target, name) {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== "function") return found;
          const old = { getTransactionReceipt: null, getTransaction: null, getTransactionCount: nonce }[String(name)];
          return (...args: unknown[]): unknown => {
            const isOld = old !== undefined && lagging > 0 && !(typeof args[1] === "number" && args[1] > block);
            if (isOld) lagging--;
            return isOld ? Promise.resolve(old) : (found as (...args: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      expect((await resume(entry, options({ journal, provider }))).hash).to.equal(hashes[0]);
      expect(entry.state).to.equal("included");
    });

    it("that a replica refuses and another one has in its pool is on its way, and nothing is done anew", async () => {
      const { journal, entry, hashes } = await left();
      let unseen = 2;
      const provider = new Proxy(lab.world.provider, {
        get(target, name) {
          if (name === "getTransaction" && unseen-- > 0) return () => Promise.resolve(null);
          if (name === "broadcastTransaction") {
            return () => Promise.reject(Object.assign(new Error("exceeds block gas limit"), { code: -32_000 }));
          }
          const found = Reflect.get(target, name) as unknown;
          return typeof found === "function" ? (found as (...args: unknown[]) => unknown).bind(target) : found;
        },
      });
      const error = await failure(resume(entry, options({ journal, provider })));
      expect(error?.code).to.equal("not-included");
      expect(error?.message).to.include(hashes[0]).and.include("exceeds block gas limit");
      expect(entry.state).to.equal("signed");
      await rpcSend("evm_mine");
      expect((await resume(entry, options({ journal }))).hash).to.equal(hashes[0]);
    });

    it("is open again with those before it that were taken back too", async () => {
      const journal = Journal.inMemory();
      const snapshot = await rpcSend("evm_snapshot");
      for (const _ of [1, 2]) await send(call(), options({ journal }));
      await rpcSend("evm_revert", snapshot);
      const back = await reopenAllGone(lab.world.provider, journal);
      expect(back.map(({ nonce }) => nonce)).to.deep.equal(journal.all.map(({ nonce }) => nonce).reverse());
      expect(journal.open).to.have.length(2);
      for (const entry of journal.open) await resume(entry, options({ journal }));
    });

    it("whose block was taken back is open again; one that is there, or long ago, is not", async () => {
      const journal = Journal.inMemory();
      const snapshot = await rpcSend("evm_snapshot");
      const { hash } = await send(call(), options({ journal }));
      expect(await reopenIfGone(lab.world.provider, journal)).to.equal(undefined);
      await rpcSend("evm_revert", snapshot);
      const [entry] = journal.all as [Entry];
      const { at } = entry;
      entry.at = Date.now() - 3_600_000;
      expect(await reopenIfGone(lab.world.provider, journal)).to.equal(undefined);
      entry.at = at;
      expect((await reopenIfGone(lab.world.provider, journal))?.hash).to.equal(hash);
      expect(entry).to.include({ state: "signed", hash }).and.not.have.any.keys("block", "gasUsed", "cost");
      // The same bytes, once more.
      expect((await resume(entry, options({ journal }))).hash).to.equal(hash);
    });
  });

  describe("an endpoint that refuses", () => {
    it("the fees: they are raised with the same nonce, every signature in the journal", async () => {
      const nonce = await count();
      const path = join(lab.directory, "fees.json");
      const journal = await Journal.open(await openJournalFile(path, "a test"));
      // The base fee climbs between the look at it and the sending.
      const signed: string[] = [];
      const record = await send(call(), {
        ...options({ journal }),
        onProgress(step, { hash }) {
          if (step === "signed") signed.push(hash ?? "");
        },
        async confirm({ maxFeePerGas }) {
          await rpcSend("hardhat_setNextBlockBaseFeePerGas", toQuantity(maxFeePerGas * 3n));
          await rpcSend("evm_mine");
        },
        maxCost: 10n ** 17n,
      });
      expect(record.status).to.equal("included");
      expect(record.nonce).to.equal(nonce);
      expect(signed.length).to.be.greaterThan(1);
      const [entry] = journal.all;
      expect(entry?.attempts.map(({ hash }) => hash)).to.deep.equal(signed);
      expect(entry?.hash).to.equal(record.hash);
      await journal.close();
    });

    it("the fees, over the cap: given up, nothing is left open", async () => {
      const journal = Journal.inMemory();
      const block = await lab.world.provider.getBlock("latest");
      const cap = (block?.baseFeePerGas ?? 0n) * 2n + 10n ** 10n;
      const before = await count();
      const error = await failure(
        send(call(), {
          ...options({ journal, maxFeePerGas: cap }),
          async confirm() {
            await rpcSend("hardhat_setNextBlockBaseFeePerGas", toQuantity(cap * 3n));
            await rpcSend("evm_mine");
          },
        }),
      );
      expect(error?.code).to.equal("fee-cap");
      expect(error?.message).to.match(/^The endpoint wants higher fees than were offered \(.+\)\. /);
      expect(journal.open).to.deep.equal([]);
      expect(journal.all.map(({ state }) => state)).to.deep.equal(["refused"]);
      expect(await count()).to.equal(before);
      await rpcSend("hardhat_setNextBlockBaseFeePerGas", toQuantity(10n ** 9n));
      await rpcSend("evm_mine");
    });
  });

  it("includes Arbitrum's L1 gas in limit and bound", async () => {
    // What a node of Arbitrum answers: 100,000 gas for the data on L1.
    const code = "0x620186a05f5263098968006020526305f5e10060405260605ff3";
    await rpcSend("hardhat_setCode", NODE_INTERFACE, code);
    const { provider } = lab.world;
    const plain = await send(call(), { provider, from: lab.world.recipient.address });
    const { getNetwork } = provider;
    provider.getNetwork = () => Promise.resolve(new Network("arbitrum", 42_161n));
    const record = await send(call(), { provider, from: lab.world.recipient.address }).finally(() => {
      provider.getNetwork = getNetwork;
    });
    expect(plain.l1Gas).to.equal(0n);
    expect(record.l1Gas).to.equal(100_000n);
    expect(record.gasLimit).to.equal((record.gasEstimate * 1_200n) / 1_000n + 100_000n);
    expect(record.maxCost).to.equal(record.gasLimit * record.maxFeePerGas);
  });

  it("keeps tuples in tuples as bytes for Safe, and everything else as names", () => {
    const batch = toBatch(42_161n, SPENDER, [claimRewardsCall(lab.world.contract, 5n)]) as {
      transactions: { data: string | null; contractInputsValues: object }[];
      calldata: string[];
    };
    expect(batch.transactions[0]).to.deep.include({ data: null, contractInputsValues: { amount: "5" } });
    expect(batch.calldata[0]).to.equal(claimRewardsCall(lab.world.contract, 5n).data);
  });
});
