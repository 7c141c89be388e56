import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { keccak256, Wallet } from "ethers";
import type { Provider } from "ethers";
import { journalTransactions } from "../../../deploy/lib/execute.ts";
import type { Chain } from "../../../deploy/lib/execute.ts";
import { mend, noting } from "../../../deploy/lib/resume.ts";

/** What an endpoint answers to the bytes of a deployment's transaction, and what is made of it. */
describe("deploy/lib/resume: a transaction that is signed here", () => {
  const wallet = new Wallet(`0x${"42".repeat(32)}`);
  const call = { nonce: "0x3", gas: "0x5208", maxFeePerGas: "0x2", maxPriorityFeePerGas: "0x1", to: wallet.address };
  let journal: string;
  let sent: string[];
  let known: unknown;
  /** Transactions of the account in the chain. */
  let used: number;
  let chain: Chain;
  /** The only transaction that the endpoint knows, where it knows but one. */
  let shows: string | undefined;

  beforeEach(() => {
    journal = mkdtempSync(join(tmpdir(), "noting-"));
    sent = [];
    known = null;
    used = 0;
    shows = undefined;
    call.maxFeePerGas = "0x2";
  });
  afterEach(() => rmSync(journal, { recursive: true }));

  const send = (answers: (Error | "ok")[]): Promise<unknown> => {
    const request = ({ method, params = [] }: { method: string; params?: unknown[] }): Promise<unknown> => {
      if (method === "eth_getTransactionByHash") return Promise.resolve(params[0] === shows ? {} : known);
      sent.push(String(params[0]));
      const answer = answers.shift() ?? "ok";
      return answer === "ok" ? Promise.resolve(keccak256(String(params[0]))) : Promise.reject(answer);
    };
    chain = noting({ provider: { request } } as unknown as Chain, provider, wallet, 31_337, journal, 1);
    return chain.provider.request({ method: "eth_sendTransaction", params: [call] }) as Promise<unknown>;
  };
  /** An endpoint that shows no block. */
  const provider = {
    getTransactionCount: () => Promise.resolve(used),
    getTransaction: (asked: string) => Promise.resolve(asked === shows ? { blockNumber: 1 } : null),
    getBlockNumber: () => Promise.reject(new Error("no state")),
  } as unknown as Provider;
  const internal = (): Error => Object.assign(new Error("internal error"), { code: -32_603 });
  const hash = (): string => keccak256(sent[0] ?? "0x");

  it("is found where only the answer was lost", async () => {
    known = { blockNumber: null };
    expect(await send([internal()])).to.equal(hash());
    expect(sent).to.have.length(1);
  });

  it("is told by its hash in the end", async () => {
    const error = await send([internal()]).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).to.equal(
      `${hash()} (nonce 3) may have been sent (internal error): run the same command again, it looks for it.`,
    );
    expect(sent).to.have.length(1);
    expect(readFileSync(join(journal, "signed.jsonl"), "utf8").trim().split("\n")).to.have.length(1);
    expect(error).to.have.property("code", "not-included");
  });

  it("that was to take the place of one that is included by then is that one", async () => {
    const first = await send(["ok"]);
    call.maxFeePerGas = "0x5";
    shows = String(first);
    const used = Object.assign(new Error("nonce too low"), { code: -32_000 });
    expect(await send([used])).to.equal(first);
    expect(new Set(sent).size).to.equal(2);
  });

  it("is not offered again once it is refused", async () => {
    const refusal = Object.assign(new Error("insufficient funds for gas"), { code: -32_000 });
    const error = await send([refusal]).catch((reason: unknown) => reason as Error);
    expect([(error as Error).message, sent.length]).to.deep.equal(["insufficient funds for gas", 1]);
  });

  it("is written down in lines of its own, whatever a full disk left of the last one", async () => {
    writeFileSync(join(journal, "signed.jsonl"), '{"nonce":3,"hash":"0x11","raw":"0x');
    expect(await send(["ok"])).to.equal(hash());
    const lines = readFileSync(join(journal, "signed.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { hash: string }).hash)).to.deep.equal([hash()]);
  });

  it("is not there for Ignition while its nonce is free, or another's", async () => {
    await send(["ok"]);
    const look = () => chain.provider.request({ method: "eth_getTransactionByHash", params: [hash()] });
    expect(await look()).to.equal(null);
    known = { blockNumber: "0x1" };
    used = 4;
    expect(await look()).to.equal(known);
  });

  it("is not taken for replaced when its nonce is used and nothing shows by what", async () => {
    await send(["ok"]);
    used = 4;
    const look = chain.provider.request({ method: "eth_getTransactionByHash", params: [hash()] });
    const error = await look.catch((reason: unknown) => reason as Error);
    expect(error).to.include({ name: "ChainError", code: "end-unknown" });
    expect((error as Error).message).to.equal(
      `Nonce 3 of ${wallet.address} is used, and the endpoint does not show whether by ${hash()}: ` +
        "look at the chain, and run the same command again, with another endpoint (--rpc) if it stays so.",
    );
  });

  it("is not there, and no riddle, when it is there with other fees", async () => {
    await send(["ok"]);
    const first = hash();
    call.maxFeePerGas = "0x5";
    await send(["ok"]);
    used = 4;
    shows = keccak256(sent[1] ?? "0x");
    expect(await chain.provider.request({ method: "eth_getTransactionByHash", params: [first] })).to.equal(null);
  });
});

describe("deploy/lib/resume: a journal that was cut", () => {
  const [first, second] = ["0x11", "0x22"];
  const futureId = "Staking#pool";
  const sentAs = (hash: string) => ({
    type: "TRANSACTION_SEND",
    futureId,
    networkInteractionId: 1,
    nonce: 7,
    transaction: { hash, fees: { maxFeePerGas: { _kind: "bigint", value: "9" } } },
  });
  const prepared = { type: "TRANSACTION_PREPARE_SEND", futureId, networkInteractionId: 1, nonce: 7 };
  const raised = { type: "ONCHAIN_INTERACTION_BUMP_FEES", futureId, networkInteractionId: 1 };
  const timedOut = { type: "ONCHAIN_INTERACTION_TIMEOUT", futureId, networkInteractionId: 1 };

  it("goes on from journals whose last line was cut: what it tells of was not done yet", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mend-"));
    try {
      const confirmed = { type: "TRANSACTION_CONFIRM", futureId, hash: first };
      writeFileSync(
        join(folder, "journal.jsonl"),
        `\n${JSON.stringify(confirmed)}\n{"type":"TRANSACTION_CONFIRM","futureId":"St`,
      );
      writeFileSync(
        join(folder, "signed.jsonl"),
        `${JSON.stringify({ nonce: 7, hash: first, raw: "0x" })}\n{"nonce":8,"ha`,
      );
      expect([...journalTransactions(folder)]).to.deep.equal([[futureId, first]]);
      await mend({ provider: { request: () => Promise.resolve(null) }, fast: true }, {} as Provider, "0x", folder);
      expect(readFileSync(join(folder, "journal.jsonl"), "utf8").trim()).to.equal(JSON.stringify(confirmed));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const [name, journal, shown, mended] of [
    ["given up waiting for", [prepared, sentAs(first), timedOut], first, [prepared, sentAs(first)]],
    [
      "cut before higher fees were signed",
      [prepared, sentAs(first), raised, prepared],
      first,
      [prepared, sentAs(first), raised],
    ],
    [
      "cut after higher fees were sent",
      [prepared, sentAs(first), raised, prepared],
      second,
      [prepared, sentAs(first), raised, prepared, sentAs(second)],
    ],
  ] as const) {
    it(`goes on from a transaction that was ${name}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "mend-"));
      try {
        const lines = (messages: readonly object[]) => messages.map((message) => JSON.stringify(message)).join("\n");
        writeFileSync(join(folder, "journal.jsonl"), `\n${lines(journal)}\n`);
        const signed = [first, second].map((hash) => ({ nonce: 7, hash, raw: "0x" }));
        writeFileSync(join(folder, "signed.jsonl"), lines(signed));
        const provider = {
          getTransactionCount: () => Promise.resolve(8),
          getTransaction: (hash: string) => Promise.resolve(hash === shown ? { hash } : null),
        } as unknown as Provider;
        await mend({ provider: { request: () => Promise.resolve(null) }, fast: true }, provider, "0x", folder);
        expect(readFileSync(join(folder, "journal.jsonl"), "utf8").trim()).to.equal(lines(mended));
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
