/** A running node whose endpoint goes over to another chain, begins a chain anew, falls far behind, or does not answer any more. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { publicKeyToParams } from "../../../src/bls/index.ts";
import { createNode, nodeKeysFromSeed } from "../../../src/node/index.ts";
import type { NodeParams, SessionNode } from "../../../src/node/index.ts";
import { PARAMS } from "../../../src/node/params.ts";
import { FakeChain, REWARDS } from "../../helpers/fakeChain.ts";

const STAKER = "0x1000000000000000000000000000000000000001";
const T0 = 1_700_000_000;
/** Nothing happens by itself. */
const PARAMETERS: NodeParams = {
  ...PARAMS.mainnet,
  ...{ payableAfterRounds: 1, confirmations: 0, pollMs: 3_600_000, testIntervalMs: 3_600_000, minSyncIntervalMs: 0 },
};

/** A chain with one node, and somebody's record at its first block. */
function chainWith(record: bigint, at = T0): FakeChain {
  const chain = new FakeChain(at);
  chain.record(STAKER, record);
  const keys = nodeKeysFromSeed("gone");
  const [key, ed25519] = [publicKeyToParams(keys.blsPublicKey), BigInt(keys.ed25519Pubkey)];
  const contributors = [{ staker: STAKER, beneficiary: STAKER, amount: 100n }];
  chain.mine(1, [{ kind: "seeded", node: { id: 1n, key, ed25519, contributors } }], { started: true, rate: 1000n });
  for (let round = 0; round < 8; round++) chain.mine(120);
  return chain;
}

describe("node: an endpoint that goes over to another chain, or away", () => {
  type Answer = (method: string, params: unknown[]) => unknown;
  let answer: Answer;
  let folder: string;
  let told: { level: number; msg: string }[];
  const running: SessionNode[] = [];

  const node = async (params = PARAMETERS, lookMs = 3_000): Promise<SessionNode> => {
    const provider = { send: async (method: string, asked: unknown[]) => answer(method, asked) };
    const keys = nodeKeysFromSeed("gone");
    const logger = pino({ level: "info" }, { write: (line) => told.push(JSON.parse(line) as (typeof told)[0]) });
    const made = createNode(
      { rpcUrl: "", contract: REWARDS, keys, params, stateDir: folder, limits: { lookMs } },
      { provider, logger },
    );
    running.push(made);
    await made.start();
    return made;
  };
  const reward = async (made: SessionNode) => {
    const body = JSON.stringify({ recipient: STAKER, height: "latest" });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${made.url}/v1/reward`, { method: "POST", headers, body });
    return { status: response.status, ...((await response.json()) as { amount?: string; height?: number }) };
  };
  const failure = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => expect.fail("it did not fail"),
      ({ message }: Error) => message,
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "node-gone-"));
    told = [];
  });
  afterEach(async () => {
    for (const made of running.splice(0)) await made.stop();
    await rm(folder, { recursive: true });
  });

  it("keeps its ledger while the endpoint serves another chain, or one without the contract", async () => {
    const chain = chainWith(7n);
    answer = (method, params) => chain.send(method, params);
    const made = await node();
    const before = await reward(made);
    expect([before.status, before.height]).to.deep.equal([200, 9]);

    const other = new FakeChain(T0 + 9_000);
    answer = (method, params) => (method === "eth_chainId" ? "0xa4ba" : other.send(method, params));
    expect(await failure(made.sync())).to.equal("the endpoint serves chain 42170, but 31337 was meant.");
    answer = (method, params) => (method === "eth_getCode" ? "0x" : other.send(method, params));
    expect(await failure(made.sync())).to.equal(
      "there is no contract at block 0, which the endpoint gives: the ledger stays",
    );
    expect(made.info()).to.include({ height: 9, nodes: 1 });

    answer = (method, params) => chain.send(method, params);
    await made.sync();
    expect(await reward(made)).to.deep.equal(before);
  });

  it("keeps its ledger while the endpoint is further behind than blocks are confirmed", async () => {
    const chain = chainWith(7n);
    answer = (method, params) => chain.send(method, params);
    const made = await node({ ...PARAMETERS, confirmations: 2 });
    const { blocks } = chain;
    chain.blocks = blocks.slice(0, 4);
    expect(await failure(made.sync())).to.equal(
      "the endpoint has fallen behind to block 1, the ledger is at 7 and stays",
    );
    expect(made.info().height).to.equal(7);
    chain.blocks = blocks;
    await made.sync();
  });

  it("takes what recipients had at first from the chain that was begun anew, running or started again", async () => {
    const [first, second] = [chainWith(7n), chainWith(5_000n, T0 + 10)];
    let chain = first;
    answer = (method, params) => chain.send(method, params);
    const made = await node();
    const [before] = [await reward(made)];
    chain = second;
    await made.sync();
    const after = await reward(made);
    expect(BigInt(after.amount ?? 0) - BigInt(before.amount ?? 0)).to.equal(4_993n);
    await made.stop();
    chain = first;
    expect(await reward(await node())).to.deep.equal(before);
  });

  it("does not let askers wait for an endpoint that does not answer", async () => {
    const chain = chainWith(7n);
    answer = (method, params) => chain.send(method, params);
    const made = await node({ ...PARAMETERS, maxStaleSeconds: 1 }, 50);
    const before = await reward(made);
    let release = (): void => undefined;
    const never = new Promise<void>((resolve) => (release = resolve));
    answer = (method, params) => never.then(() => chain.send(method, params));
    const begun = performance.now();
    expect(await reward(made)).to.deep.equal(before);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await reward(made)).status).to.equal(503);
    expect(performance.now() - begun).to.be.below(5_000);
    release();
    await made.sync();
    expect(await reward(made)).to.deep.equal(before);
  });

  it("says where it stands, and keeps its last checkpoint, while there is no ledger", async () => {
    const chain = chainWith(7n);
    let lies = false;
    answer = (method, params) => (lies && method === "eth_getLogs" ? [] : chain.send(method, params));
    const first = await node();
    await first.stop();
    const kept = await readFile(join(folder, "checkpoint.json"), "utf8");
    const made = await node();
    lies = true;
    chain.rewind(5);
    chain.mine(3_600 * 24 * 30);
    expect(await failure(made.sync())).to.match(/^at block 6 the contract holds 1 nodes and the ledger 0/);
    const info = (await (await fetch(`${made.url}/v1/info`)).json()) as object;
    expect(info).to.include({ chainId: 31_337, height: null, round: null, nodes: null });
    expect((await reward(made)).status).to.equal(503);
    await made.stop();
    const errors = new Set(told.filter(({ level }) => level >= 50).map(({ msg }) => msg));
    expect([...errors]).to.deep.equal(["the ledger does not fit the chain, it is read anew"]);
    expect(await readFile(join(folder, "checkpoint.json"), "utf8")).to.equal(kept);
  });
});
