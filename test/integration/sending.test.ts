/** Sending, followed to its end: lost answers, Ctrl-C, replacements, reorganisations and refusals, over Hardhat's own JSON-RPC. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Network, toQuantity } from "ethers";
import {
  approveCall,
  ChainError,
  claimRewardsCall,
  Journal,
  NODE_INTERFACE,
  reopenIfGone,
  resume,
  send,
  toBatch,
} from "../../src/chain/index.ts";
import { FaultProxy } from "../../checks/faults/proxy.ts";
import type { Call, Entry, SendOptions, SendRecord, Tick } from "../../src/chain/index.ts";
import { openJournalFile } from "../../src/chain/files/index.ts";
import type { ChaosSystem } from "../helpers/chaosSystem.ts";
import { RECIPIENT_KEY, startChaosSystem } from "../helpers/chaosSystem.ts";
import { SESH_UNIT } from "../helpers/staking.ts";
import type { SwallowingRpc } from "../helpers/swallowingRpc.ts";
import { startSwallowingRpc } from "../helpers/swallowingRpc.ts";
import { cli } from "../unit/cli/support/io.ts";

const SPENDER = "0x5e00000000000000000000000000000000000005";

describe("sending", function () {
  this.timeout(180_000);
  let world: ChaosSystem;
  let rpc: SwallowingRpc;
  let directory: string;
  let token: string;
  let allowance = 0n;
  const rpcSend = (method: string, ...params: unknown[]) => world.provider.send(method, params);
  const count = () => world.provider.getTransactionCount(world.recipient.address);
  /** A call that always succeeds, and never the same twice. */
  const call = () => approveCall(token, SPENDER, ++allowance);
  const options = (more: Partial<SendOptions> = {}): SendOptions => ({
    provider: world.provider,
    signer: world.recipient,
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
    world = await startChaosSystem({ seeds: 6 });
    rpc = await startSwallowingRpc(world.url);
    directory = await mkdtemp(join(tmpdir(), "sending-"));
    token = await world.system.token.getAddress();
  });
  afterEach(() => rpcSend("evm_setAutomine", true));
  after(async () => {
    await rpc.close();
    await world.stop();
    await rm(directory, { recursive: true });
  });

  describe("a transaction under way", () => {
    it("is replaced by another of the account: both are named, and it is no success", async () => {
      const { done, hashes } = await underWay();
      const nonce = await count();
      const fee = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
      const other = await world.recipient.sendTransaction({ to: SPENDER, value: 1n, nonce, ...fee });
      await rpcSend("evm_mine");
      const error = await failure(done);
      expect(error?.code).to.equal("replaced");
      expect(error?.message).to.include(`was replaced by ${other.hash} in block `).and.include(hashes[0]);
      expect(error?.details["by"]).to.include({ hash: other.hash, reason: "replaced" });
    });

    it("is cancelled by a wallet: that is said", async () => {
      const { done } = await underWay();
      const { address } = world.recipient;
      const fee = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
      const other = await world.recipient.sendTransaction({ to: address, nonce: await count(), ...fee });
      await rpcSend("evm_mine");
      expect((await failure(done))?.message).to.include(`was cancelled by ${other.hash}`);
    });

    it("is repriced by a wallet: the same with other fees is a success, under its own hash", async () => {
      const { done, wanted } = await underWay();
      const fee = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n };
      const { to, data } = wanted;
      const other = await world.recipient.sendTransaction({
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
      new Proxy(world.provider, {
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
      new Proxy(world.provider, {
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
      return world.recipient.sendTransaction({ to: SPENDER, value: 1n });
    };

    it("another machine's is neither joined by a second one nor replaced", async () => {
      const { hash, nonce } = await foreign();
      const journal = Journal.inMemory();
      const seen = await failure(send(call(), options({ journal })));
      const { address } = world.recipient;
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
      expect((await world.provider.getTransactionReceipt(hash))?.status).to.equal(1);
      await rpcSend("evm_setAutomine", true);
      expect((await send(call(), options({ journal }))).status).to.equal("included");
    });

    it("another machine's is replaced when its nonce is given", async () => {
      const { hash, nonce } = await foreign();
      const done = send(call(), options({ nonce, provider: holdsBack(), maxCost: 10n ** 18n }));
      const mined = setInterval(() => void rpcSend("evm_mine"), 200);
      expect((await done.finally(() => clearInterval(mined))).status).to.equal("included");
      expect(await world.provider.getTransactionReceipt(hash)).to.equal(null);
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

  describe("a transaction of an earlier run", () => {
    /** One that is signed, sent and left, with its journal. */
    async function left(validFor?: number, besides: Partial<Call> = {}) {
      const interruption = new AbortController();
      const journal = Journal.inMemory();
      const { timestamp = 0 } = (await world.provider.getBlock("latest")) ?? {};
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
      const { to, from, data, value } = (await world.provider.getTransaction(entry.hash ?? "")) ?? {};
      expect({ to, data, value }).to.deep.equal({ to: from, data: "0x", value: 0n });
      expect(entry.attempts.map(({ cancels }) => cancels)).to.deep.equal([undefined, true]);
      expect(entry.hash).not.to.equal(hashes[0]);
      expect([entry.state, await count()]).to.deep.equal(["replaced", nonce + 1]);
      await rpcSend("hardhat_setNextBlockBaseFeePerGas", toQuantity(10n ** 9n));
      await rpcSend("evm_mine");
    });

    it("that replicas in arrears do not show is not given up because a better one refuses it: it is in its state", async () => {
      const { address } = world.recipient;
      await (await world.system.token.transfer(address, 5n)).wait();
      const balance = await world.system.token.balanceOf(address);
      // Sent twice it is refused.
      const { interface: abi } = world.system.token;
      const what = { data: abi.encodeFunctionData("transfer", [SPENDER, balance]) };
      const { journal, entry, hashes } = await left(undefined, what);
      const [nonce, block] = [await count(), await world.provider.getBlockNumber()];
      await rpcSend("evm_mine");
      await rpcSend("evm_setAutomine", true);
      let lagging = 6;
      const provider = new Proxy(world.provider, {
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

    it("whose block was taken back is open again; one that is there, or long ago, is not", async () => {
      const journal = Journal.inMemory();
      const snapshot = await rpcSend("evm_snapshot");
      const { hash } = await send(call(), options({ journal }));
      expect(await reopenIfGone(world.provider, journal)).to.equal(undefined);
      await rpcSend("evm_revert", snapshot);
      const [entry] = journal.all as [Entry];
      const { at } = entry;
      entry.at = Date.now() - 3_600_000;
      expect(await reopenIfGone(world.provider, journal)).to.equal(undefined);
      entry.at = at;
      expect((await reopenIfGone(world.provider, journal))?.hash).to.equal(hash);
      expect(entry).to.include({ state: "signed", hash }).and.not.have.any.keys("block", "gasUsed", "cost");
      // The same bytes, once more.
      expect((await resume(entry, options({ journal }))).hash).to.equal(hash);
    });
  });

  describe("an endpoint that refuses", () => {
    it("the fees: they are raised with the same nonce, every signature in the journal", async () => {
      const nonce = await count();
      const path = join(directory, "fees.json");
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
      const block = await world.provider.getBlock("latest");
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

  describe("the command line", () => {
    const on = (url = rpc.url) => ["--network", "localhost", "--rpc", url, "--rewards-contract", world.contract];
    const nodes = () => ["--node-urls", world.nodes.map(({ url }) => url).join()];
    const state = (name: string) => ["--state-dir", join(directory, name)];
    const key = { env: { PRIVATE_KEY: RECIPIENT_KEY, SESSION_RPC_TIMEOUT: "1" } };
    const balance = () => world.system.token.balanceOf(world.recipient.address);
    const lifetime = (amount: bigint) => (world.chaos.amountOf = () => amount * SESH_UNIT);

    it("claims once though the answer was lost, and the second run says so", async () => {
      lifetime(100n);
      const [before, nonce] = [await balance(), await count()];
      const abort = new AbortController();
      rpc.arm(1, () => setTimeout(() => abort.abort(), 300));
      const claim = ["claim", ...nodes(), ...on(), ...state("lost"), "--broadcast"];
      const first = await cli(claim, { ...key, signal: abort.signal });
      expect(first.code, first.err).to.equal(130);
      const [, hash] = /sending (0x[0-9a-f]{64})/.exec(first.err) ?? [];
      expect(first.err).to.include(`Left while ${hash}`).and.include("The same command looks for it");
      // Everybody has earned a little more by now: the next claim would not be for nothing.
      lifetime(101n);
      const second = await cli(claim, key);
      expect(second.code, second.err).to.equal(0);
      expect(second.out).to.match(new RegExp(`An earlier run claimed 100 SESH: ${hash}, included in block \\d+\\.`));
      expect(await count()).to.equal(nonce + 1);
      expect((await balance()) - before).to.equal(100n * SESH_UNIT);
    });

    it("knows what it has seen included, whatever replica answers the next run", async () => {
      const args = ["claim", ...nodes(), ...state("lost"), "--json"];
      for (const offset of [0, 1, 2]) {
        const proxy = await new FaultProxy(rpc.url, { fault: "lagging", offset }).start();
        const env = { ...key.env, SESSION_RPC_BACKOFF: "0.01" };
        lifetime(100n);
        const ran = await cli([...args, ...on(proxy.url)], { env }).finally(() => proxy.stop());
        expect(ran.code, ran.err).to.equal(0);
        expect(ran.json()["status"], `from request ${offset} on`).to.equal("nothing-to-claim");
      }
    });

    it("sends the same bytes again when they were lost on the way", async () => {
      lifetime(200n);
      const nonce = await count();
      const abort = new AbortController();
      rpc.arm(1, () => setTimeout(() => abort.abort(), 100), "lose");
      const claim = ["claim", ...nodes(), ...on(), ...state("swallowed"), "--broadcast", "--json"];
      const first = await cli(claim, { ...key, signal: abort.signal });
      expect(first.code, first.err).to.equal(130);
      const { error } = first.json<{ error: { details: { hash: string } } }>();
      expect(await count()).to.equal(nonce);
      const second = await cli(claim, key);
      expect(second.code, second.err).to.equal(0);
      const { transactions, amount } = second.json<{ transactions: SendRecord[]; amount: string }>();
      expect(transactions.map(({ hash }) => hash)).to.deep.equal([error.details.hash]);
      expect(amount).to.equal(`${100n * SESH_UNIT}`);
      expect(await count()).to.equal(nonce + 1);
    });

    it("--replace raises the fees of what hangs", async () => {
      lifetime(300n);
      await rpcSend("evm_setAutomine", false);
      const claim = ["claim", ...nodes(), ...on(), ...state("stuck"), "--broadcast", "--wait", "0"];
      const first = await cli(claim, key);
      expect(first.code, first.err).to.equal(8);
      const again = await cli([...claim, "--replace"], key);
      expect(again.code, again.err).to.equal(8);
      const hashes = [...`${first.err}${again.err}`.matchAll(/sending (0x[0-9a-f]{64})/g)].map(([, hash]) => hash);
      expect(new Set(hashes).size).to.equal(2);
      await rpcSend("evm_mine");
      await rpcSend("evm_setAutomine", true);
      const last = await cli(claim, key);
      expect(last.out).to.include(`An earlier run claimed 100 SESH: ${hashes[1]}`);
    });

    it("asks on a terminal, and sends nothing without a yes", async () => {
      lifetime(400n);
      const nonce = await count();
      const claim = ["claim", ...nodes(), ...on(), ...state("asked"), "--broadcast"];
      const no = await cli(claim, { ...key, terminal: true, stdin: "n\n" });
      expect(no.code).to.equal(130);
      expect(no.err)
        .to.match(/Send it, at most 0\.\d{9} ETH\? \[y\/N\]/)
        .and.include("Nothing was sent.");
      expect(no.out).to.include("this claim pays").and.include("In all at most 0.");
      expect(await count()).to.equal(nonce);
      const yes = await cli(claim, { ...key, terminal: true, stdin: "y\n" });
      expect(yes.code, yes.err).to.equal(0);
      expect(yes.out).to.include("Claimed 100 SESH.");
      lifetime(500n);
      const unasked = await cli([...claim, "--yes"], { ...key, terminal: true });
      expect(unasked.code, unasked.err).to.equal(0);
      expect(unasked.err).not.to.include("[y/N]");
    });

    it("sends nothing below --min-amount", async () => {
      lifetime(501n);
      const claim = ["claim", ...nodes(), ...on(), ...state("least"), "--broadcast", "--min-amount", "100"];
      const nonce = await count();
      const ran = await cli(claim, key);
      expect(ran.code).to.equal(0);
      expect(ran.out).to.include("1 SESH can be claimed now, less than --min-amount 100: nothing was sent.");
      expect(await count()).to.equal(nonce);
    });

    it("claims every so often as a service, and stops on a signal", async () => {
      lifetime(700n);
      const abort = new AbortController();
      const claim = ["claim", ...nodes(), ...on(), ...state("service"), "--broadcast", "--every", "24h"];
      const running = cli(claim, { ...key, signal: abort.signal });
      const before = await balance();
      while ((await balance()) - before < 200n * SESH_UNIT) await new Promise((resolve) => setTimeout(resolve, 50));
      setTimeout(() => abort.abort(), 500);
      const ran = await running;
      expect(ran.code, ran.err).to.equal(0);
      expect(ran.err).to.include("next in 1 d");
    });

    it("goes on with a list where it stopped, and leaves out who gains too little", async () => {
      const people = [1, 2, 3, 4].map((n) => `0x${`${n}`.repeat(40)}`);
      const file = join(directory, "people.txt");
      await writeFile(file, people.join("\n"));
      world.chaos.amountOf = () => 10n * SESH_UNIT;
      const list = ["claim", "--file", file, "--batch-size", "2", ...nodes(), ...on(), ...state("list"), "--broadcast"];
      const abort = new AbortController();
      rpc.arm(2, () => setTimeout(() => abort.abort(), 300));
      const first = await cli(list, { ...key, signal: abort.signal });
      expect(first.code, first.err).to.equal(130);
      // A little more for everybody: recorded again it would cost a transaction each.
      world.chaos.amountOf = () => 10n * SESH_UNIT + 1n;
      const nonce = await count();
      const second = await cli([...list, "--json"], key);
      expect(second.code, second.err).to.equal(0);
      expect(await count()).to.equal(nonce);
      const { recipients } = second.json<{ recipients: { recipient: string; status: string }[] }>();
      expect(recipients.map(({ status }) => status)).to.deep.equal(Array(4).fill("done-before"));

      const third = await cli([...list, "--json", "--min-amount", "1"], key);
      const statuses = third.json<{ recipients: { status: string }[] }>().recipients.map(({ status }) => status);
      expect(statuses).to.deep.equal(Array(4).fill("below-minimum"));
      expect(await count()).to.equal(nonce);
    });

    it("counts the second transaction in the bound, and stays below it", async () => {
      const recipient = world.recipient.address;
      lifetime(900n);
      const dry = await cli(["claim", ...nodes(), ...on(), "--amount", "50", "--json"], key);
      const { atMost, transactions } = dry.json<{ atMost: string; transactions: { maxCost: string }[] }>();
      expect(transactions).to.have.length(2);
      expect(BigInt(atMost)).to.equal(transactions.reduce((sum, { maxCost }) => sum + BigInt(maxCost), 0n));
      const before = await world.provider.getBalance(recipient);
      const ran = await cli(["claim", ...nodes(), ...on(), "--amount", "50", "--broadcast", "--yes"], key);
      expect(ran.code, ran.err).to.equal(0);
      const spent = before - (await world.provider.getBalance(recipient));
      expect(spent > 0n && spent <= BigInt(atMost)).to.equal(true);
      const capped = await cli(["claim", ...nodes(), ...on(), "--max-cost", "0.000000001"], key);
      expect(capped.code).to.equal(6);
    });

    it("refuses calldata and broadcast together, and says until when calldata is good", async () => {
      const both = await cli(["exit", "2", ...on(), "--output", "calldata", "--broadcast"], key);
      expect(both.code).to.equal(2);
      expect(both.err).to.include("--output calldata writes transactions for others to send");
      const ran = await cli(["liquidate", "2", ...nodes(), ...on(), "--output", "calldata", "--from", SPENDER], {});
      expect(ran.code, ran.err).to.equal(0);
      const { meta, transactions } = ran.json<{
        meta: { validUntil: number; description: string };
        transactions: { data: string | null; contractMethod: { name: string }; contractInputsValues: object }[];
      }>();
      const block = await world.provider.getBlock("latest");
      expect(meta.validUntil - (block?.timestamp ?? 0)).to.be.within(590, 600);
      expect(meta.description).to.include("liquidate node 2; send it before ");
      expect(ran.err).to.include("valid until ");
      expect(transactions[0]?.contractMethod.name).to.equal("liquidateBLSPublicKeyWithSignature");
      expect(transactions[0]?.data).to.equal(null);
      expect(transactions[0]?.contractInputsValues).to.have.keys("blsPubkey", "timestamp", "blsSignature", "ids");
    });
  });

  it("includes Arbitrum's L1 gas in limit and bound", async () => {
    // What a node of Arbitrum answers: 100,000 gas for the data on L1.
    const code = "0x620186a05f5263098968006020526305f5e10060405260605ff3";
    await rpcSend("hardhat_setCode", NODE_INTERFACE, code);
    const { provider } = world;
    const plain = await send(call(), { provider, from: world.recipient.address });
    const { getNetwork } = provider;
    provider.getNetwork = () => Promise.resolve(new Network("arbitrum", 42_161n));
    const record = await send(call(), { provider, from: world.recipient.address }).finally(() => {
      provider.getNetwork = getNetwork;
    });
    expect(plain.l1Gas).to.equal(0n);
    expect(record.l1Gas).to.equal(100_000n);
    expect(record.gasLimit).to.equal((record.gasEstimate * 1_200n) / 1_000n + 100_000n);
    expect(record.maxCost).to.equal(record.gasLimit * record.maxFeePerGas);
  });

  it("keeps tuples in tuples as bytes for Safe, and everything else as names", () => {
    const batch = toBatch(42_161n, SPENDER, [claimRewardsCall(world.contract, 5n)]) as {
      transactions: { data: string | null; contractInputsValues: object }[];
      calldata: string[];
    };
    expect(batch.transactions[0]).to.deep.include({ data: null, contractInputsValues: { amount: "5" } });
    expect(batch.calldata[0]).to.equal(claimRewardsCall(world.contract, 5n).data);
  });
});
