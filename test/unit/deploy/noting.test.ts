import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { keccak256, Wallet } from "ethers";
import type { Chain } from "../../../deploy/lib/execute.ts";
import { noting } from "../../../deploy/lib/resume.ts";

/** What an endpoint answers to the bytes of a deployment's transaction, and what is made of it. */
describe("deploy/lib/resume: a transaction that is signed here", () => {
  const wallet = new Wallet(`0x${"42".repeat(32)}`);
  const call = { nonce: "0x3", gas: "0x5208", maxFeePerGas: "0x2", maxPriorityFeePerGas: "0x1", to: wallet.address };
  let journal: string;
  let sent: string[];
  let known: unknown;
  /** The only transaction that the endpoint knows, where it knows but one. */
  let shows: string | undefined;

  beforeEach(() => {
    journal = mkdtempSync(join(tmpdir(), "noting-"));
    sent = [];
    known = null;
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
    const chain = noting({ provider: { request } } as unknown as Chain, wallet, 31_337, journal);
    return chain.provider.request({ method: "eth_sendTransaction", params: [call] }) as Promise<unknown>;
  };
  const internal = (): Error => Object.assign(new Error("internal error"), { code: -32_603 });
  const hash = (): string => keccak256(sent[0] ?? "0x");

  it("is offered again, the same bytes, where the endpoint neither takes nor refuses it", async () => {
    expect(await send([internal(), internal(), "ok"])).to.equal(hash());
    expect([sent.length, new Set(sent).size]).to.deep.equal([3, 1]);
    expect(readFileSync(join(journal, "signed.jsonl"), "utf8").trim().split("\n")).to.have.length(1);
  });

  it("is found where only the answer was lost", async () => {
    known = { blockNumber: null };
    expect(await send([internal()])).to.equal(hash());
    expect(sent).to.have.length(1);
  });

  it("is told by its hash in the end", async () => {
    const error = await send(Array.from({ length: 9 }, internal)).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).to.equal(
      `${hash()} (nonce 3) may have been sent (internal error): run the same command again, it looks for it.`,
    );
    expect([sent.length, new Set(sent).size]).to.deep.equal([4, 1]);
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
});
