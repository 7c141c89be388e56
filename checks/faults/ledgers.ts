/** Two nodes' ledgers, each fed through an endpoint with faults, on one generated history: they must agree to the atom. */
import { Interface } from "ethers";
import { pino } from "pino";
import { ed25519SignatureToParams, publicKeyToParams, signRegistration } from "../../src/bls/index.ts";
import { connect, MULTICALL3 } from "../../src/chain/index.ts";
import { ChainView } from "../../src/node/chainView.ts";
import { createContracts } from "../../src/node/contracts.ts";
import { nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { NodeParams } from "../../src/node/index.ts";
import { Rpc } from "../../src/node/rpc.ts";
import { FakeChain, POOL, REWARDS } from "../../test/helpers/fakeChain.ts";
import type { FakeEvent, FakeNode } from "../../test/helpers/fakeChain.ts";
import type { JsonServer } from "../../test/helpers/jsonServer.ts";
import { serveJson } from "../../test/helpers/jsonServer.ts";
import type { Fault } from "./proxy.ts";
import { FaultProxy } from "./proxy.ts";
import type { Cell } from "./table.ts";

const PARAMETERS: NodeParams = { ...PARAMS.mainnet, payableAfterRounds: 3, confirmations: 0, logRange: 2_000 };
const ROUND = PARAMETERS.roundSeconds;
const bundle = new Interface([
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[] results)",
]);

/** The chain in memory over HTTP, with state overrides for the bundle of calls. */
function serve(chain: FakeChain): Promise<JsonServer> {
  const answer = async ({
    id,
    method,
    params,
  }: {
    id: unknown;
    method: string;
    params: unknown[];
  }): Promise<object> => {
    try {
      return { jsonrpc: "2.0", id, result: await execute(chain, method, params) };
    } catch (error) {
      const { code = -32_000, message, data } = error as { code?: unknown; message: string; data?: unknown };
      return { jsonrpc: "2.0", id, error: { code: typeof code === "number" ? code : -32_000, message, data } };
    }
  };
  return serveJson((body) =>
    Array.isArray(body) ? Promise.all((body as never[]).map(answer)) : answer(body as never),
  );
}

async function execute(chain: FakeChain, method: string, params: unknown[]): Promise<unknown> {
  const [call, block, lent] = params as [{ to?: string; data?: string }, { blockHash?: string }, unknown];
  if (method === "eth_blockNumber") return `0x${chain.tip.number.toString(16)}`;
  if (method !== "eth_call" || call.to !== MULTICALL3) return chain.send(method, params);
  if (lent === undefined) return "0x";
  const [calls] = bundle.decodeFunctionData("aggregate3", call.data ?? "0x") as unknown as [
    { target: string; callData: string }[],
  ];
  const results: [boolean, unknown][] = [];
  for (const { target, callData } of calls) {
    results.push([true, await chain.send("eth_call", [{ to: target.toLowerCase(), data: callData }, block])]);
  }
  return bundle.encodeFunctionResult("aggregate3", [results]);
}

/** History that is the same in every run: nodes come, ask to leave, leave, are liquidated; the rate moves; rounds are missed. */
class Story {
  readonly chain = new FakeChain(1_700_000_000);
  #state = 0x5e55;
  #nextId = 1n;
  #held: FakeNode[] = [];

  constructor() {
    const seeds = Array.from({ length: 8 }, () => ({ kind: "seeded", node: this.#node() }) as const);
    this.chain.mine(1, seeds, { started: true, rate: 1_000_003n });
  }

  /** Goes on for so many rounds. */
  tell(rounds: number): void {
    for (let round = 0; round < rounds;) {
      const gap = this.#chance(40) ? 1 + this.#below(5) : 1;
      const rate = this.#chance(4) ? { rate: 1_000_000n + BigInt(this.#below(1_000_000)) } : {};
      this.chain.mine(gap * ROUND, this.#events(), rate);
      if (this.#chance(10)) this.chain.mine(1 + this.#below(ROUND / 4), this.#events());
      round += gap;
    }
  }

  #events(): FakeEvent[] {
    if (this.#chance(60) || this.#held.length < 3) {
      const node = this.#node();
      return [{ kind: "added", node }];
    }
    const node = this.#held[this.#below(this.#held.length)] as FakeNode;
    if (this.#chance(80)) return [{ kind: "exitRequest", node }];
    if (this.#chance(120)) {
      this.#held = this.#held.filter((other) => other !== node);
      const returned = node.contributors.reduce((sum, { amount }) => sum + amount, 0n);
      return [{ kind: this.#chance(3) ? "liquidation" : "exit", node, returned }];
    }
    return [];
  }

  #node(): FakeNode {
    const id = this.#nextId++;
    const keys = nodeKeysFromSeed(`history ${id}`);
    const people = 1 + this.#below(4);
    const node: FakeNode = {
      id,
      key: publicKeyToParams(keys.blsPublicKey),
      ed25519: BigInt(keys.ed25519Pubkey),
      signature: ed25519SignatureToParams(signRegistration(keys.ed25519Seed, keys.blsPublicKey)),
      fee: this.#below(2_000),
      contributors: Array.from({ length: people }, (_, i) => {
        const staker = `0x${(BigInt(this.#below(40)) + 4_096n).toString(16).padStart(40, "0")}`;
        return { staker, beneficiary: staker, amount: BigInt(1_000 + this.#below(9_000) + i) };
      }),
    };
    this.#held.push(node);
    return node;
  }

  /** One in so many. */
  #chance(of: number): boolean {
    return this.#below(of) === 0;
  }

  /** mulberry32 */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
}

async function viewThrough(url: string): Promise<{ view: ChainView; close(): void }> {
  const { provider } = await connect(url, 31_337n, { backoffMs: 2, timeoutMs: 400 });
  const rpc = new Rpc(provider);
  const contracts = createContracts({ rpc, rewards: REWARDS, pool: POOL });
  const dependencies = { rpc, contracts, logger: pino({ level: "silent" }) };
  const view = new ChainView({ params: PARAMETERS, contract: REWARDS, genesisHeight: 0 }, dependencies);
  return { view, close: () => provider.destroy() };
}

/** Looks until the view stands at the chain's end: a look that fails is made again, as a node does. */
async function catchUp(view: ChainView, chain: FakeChain): Promise<number> {
  for (let failed = 0; failed < 20; failed++) {
    const error = await view.sync().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined && view.ledger.tip.height === chain.tip.number) return failed;
  }
  throw new Error("twenty looks failed");
}

/** Feeds two ledgers through endpoints with a fault, and one directly, for so many rounds in some steps. */
export async function agreement(fault: Fault, rounds: number, steps = 10): Promise<Cell> {
  const story = new Story();
  const server = await serve(story.chain);
  const proxies = await Promise.all([0, 1].map((offset) => new FaultProxy(server.url, { fault, offset }).start()));
  const views = await Promise.all([...proxies.map(({ url }) => url), server.url].map(viewThrough));
  let why = "";
  try {
    for (let step = 0; step < steps && why === ""; step++) {
      story.tell(rounds / steps);
      await Promise.all(views.map(({ view }) => catchUp(view, story.chain)));
      why = differences(views.map(({ view }) => view));
    }
    if (why === "" && proxies.some(({ faults }) => faults === 0) && fault !== "small-ranges") why = "no fault happened";
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  } finally {
    for (const { close } of views) close();
    await Promise.all([...proxies.map((proxy) => proxy.stop()), server.close()]);
  }
  return { name: `two ledgers, ${rounds} rounds`, fault, why };
}

function differences(views: readonly ChainView[]): string {
  const [first, ...others] = views.map(({ ledger }) => ledger);
  if (first === undefined) return "no ledger";
  const { height } = first.tip;
  const people = new Set([first, ...others].flatMap((ledger) => [...ledger.recipients()]));
  for (const person of people) {
    const amounts = [first, ...others].map((ledger) => ledger.rewardsAt(person, height));
    if (new Set(amounts).size > 1) return `${person} has ${amounts.join(", ")} at block ${height}`;
  }
  return people.size > 0 && first.rewardsCredited > 0n ? "" : "nobody earned anything";
}
