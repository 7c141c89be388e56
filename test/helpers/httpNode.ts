/** A node over HTTP beside a chain in memory, anew for each test: what the tests of its doors share. */
import { expect } from "chai";
import { deriveTags } from "../../src/bls/index.ts";
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { NodeDependencies, NodeOptions, NodeParams, SessionNode } from "../../src/node/index.ts";
import { FakeChain, REWARDS } from "./fakeChain.ts";
import type { FakeNode } from "./fakeChain.ts";

export const T0 = 1_700_000_000;
export const STAKER = "0x1000000000000000000000000000000000000001";
export const NOBODY = "0x1000000000000000000000000000000000000009";
export const TAGS = deriveTags({ chainId: 31_337, contract: REWARDS });
export const KEYS = nodeKeysFromSeed("node");

export const PARAMETERS: NodeParams = {
  ...PARAMS.mainnet,
  payableAfterRounds: 0,
  confirmations: 0,
  historyBlocks: 10,
  minSyncIntervalMs: 0,
  pollMs: 60_000,
};
export const { unlockDelay, exitSigningWindow } = PARAMETERS;

function registered(id: bigint, seed: string): FakeNode {
  const keys = nodeKeysFromSeed(seed);
  const { x, y } = keys.blsPublicKey.toAffine();
  return {
    id,
    key: { X: x, Y: y },
    ed25519: BigInt(keys.ed25519Pubkey),
    contributors: [{ staker: STAKER, beneficiary: STAKER, amount: 25_000n }],
  };
}

export const PEER = registered(1n, "peer");
export const PEER_KEY = nodeKeysFromSeed("peer").blsPubkey;

/** The node of a test, its chain and its clock; the hooks that make and end them. */
export class HttpNode {
  chain = new FakeChain(T0);
  readonly clock = manualClock(T0);
  node!: SessionNode;
  readonly #started: SessionNode[] = [];

  /** Starts another beside the test's own, on the chain as it is now. */
  async start(options: Partial<NodeOptions> = {}, dependencies: NodeDependencies = {}): Promise<SessionNode> {
    const created = createNode(
      { rpcUrl: "", contract: REWARDS, keys: KEYS, params: PARAMETERS, ...options },
      { provider: this.chain, clock: this.clock, ...dependencies },
    );
    this.#started.push(created);
    await created.start();
    return created;
  }

  async post(path: string, body: unknown, base = this.node.url) {
    const response = await fetch(base + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      body: JSON.parse(text) as { [name: string]: unknown } & { signature: string },
    };
  }

  async expectRefusal(path: string, body: unknown, status: number, error: string): Promise<void> {
    const reply = await this.post(path, body);
    expect(reply.status, reply.text).to.equal(status);
    expect(reply.body.error).to.equal(error);
    expect(reply.body.message).to.be.a("string");
  }

  /** To be called in a suite: a chain with one peer, two rounds on, and a node for each test. */
  register(): this {
    beforeEach(async () => {
      this.chain = new FakeChain(T0);
      this.chain.mine(0, [{ kind: "seeded", node: PEER }], { started: true, rate: 1000n });
      this.chain.mine(120);
      this.chain.mine(120);
      this.clock.set(this.chain.tip.timestamp);
      this.node = await this.start();
    });
    afterEach(async () => {
      await Promise.all(this.#started.splice(0).map((created) => created.stop()));
    });
    return this;
  }
}
