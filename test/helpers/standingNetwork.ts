/**
 * A network of real nodes on one machine: real signatures, real HTTP, a chain in memory and a clock that is set. Nodes can be cut off
 * from the others, and go silent.
 */
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { NodeKeys, NodeOptions, NodeParams, SessionNode } from "../../src/node/index.ts";
import { httpGossip } from "../../src/node/gossip.ts";
import type { Gossip } from "../../src/node/gossip.ts";
import { httpPeerTest } from "../../src/node/peers.ts";
import { FakeChain, REWARDS } from "./fakeChain.ts";
import type { FakeEvent, FakeNode } from "./fakeChain.ts";

export const T0 = 1_700_000_000;
const ROUND = 120;

/** A day of the network in half an hour of rounds, so that a test lives through all of it. */
export const SHORT: NodeParams = {
  ...PARAMS.mainnet,
  payableAfterRounds: 0,
  confirmations: 0,
  minSyncIntervalMs: 0,
  pollMs: 600_000,
  testIntervalMs: 600_000,
  historyBlocks: 100_000,
  announceSeconds: 2 * ROUND,
  proofValidity: 5 * ROUND,
  unreachableAfter: 3 * ROUND,
  dutyRounds: 4,
  dutiesJudged: 3,
  dutiesMissable: 1,
  epochRounds: 3,
  lagRounds: 2,
  leaseRounds: 8,
  voteRounds: 8,
  initialCredit: 20,
  creditPerDay: 4,
  maxCredit: 40,
  dayRounds: 30,
};

export interface StandingNode {
  readonly keys: NodeKeys;
  readonly id: bigint;
  readonly registered: FakeNode;
  readonly staker: string;
  running: SessionNode | undefined;
}

export class StandingNetwork {
  readonly chain = new FakeChain(T0);
  readonly clock = manualClock(T0);
  readonly nodes: StandingNode[];
  readonly params: NodeParams;
  /** Ids that hear nobody, and whom nobody hears. */
  readonly cut = new Set<bigint>();
  /** Ids that never say that they are there when they are drawn. */
  readonly absent = new Set<bigint>();
  /** Ids whose votes reach nobody: colluders, who vote as they like by other ways. */
  readonly mute = new Set<bigint>();
  readonly #verified = new Set<string>();
  readonly #urls = new Map<string, bigint>();

  constructor(count: number, params: NodeParams = SHORT) {
    this.params = params;
    this.nodes = Array.from({ length: count }, (_, index) => {
      const keys = nodeKeysFromSeed(`standing ${index}`);
      const { x, y } = keys.blsPublicKey.toAffine();
      const id = BigInt(index + 1);
      const staker = `0x${(0xa000 + index).toString(16).padStart(40, "0")}`;
      const contributors = [{ staker, beneficiary: staker, amount: 25_000n }];
      const registered = { id, key: { X: x, Y: y }, ed25519: BigInt(keys.ed25519Pubkey), contributors };
      return { keys, id, registered, staker, running: undefined };
    });
    this.chain.mine(
      0,
      this.nodes.map(({ registered: node }) => ({ kind: "seeded", node })),
      { started: true, rate: 1_000_000n },
    );
  }

  node(id: bigint): StandingNode {
    return this.nodes[Number(id) - 1] as StandingNode;
  }

  get running(): SessionNode[] {
    return this.nodes.flatMap(({ running }) => (running === undefined ? [] : [running]));
  }

  /** Starts a node; it knows two addresses of others. */
  async start(id: bigint, options: Partial<NodeOptions> = {}): Promise<SessionNode> {
    const node = this.node(id);
    const seeds = this.running.slice(0, 2).map(({ url }) => ({ url }));
    const test = httpPeerTest({ chainId: 31_337n, contract: REWARDS, timeoutMs: 2_000 });
    // hours of all nodes' requests come from one address within a second of the limiters' clock
    const limits = { requestsPerSecond: 100_000, requestBurst: 100_000, totalRequestsPerSecond: 100_000 };
    const running = createNode(
      { rpcUrl: "", contract: REWARDS, keys: node.keys, params: this.params, peers: seeds, limits, ...options },
      {
        provider: this.chain,
        clock: this.clock,
        verifiedCache: this.#verified,
        peerTest: async (peer, of) => !this.#isCut(id, of.id) && test.test(peer, of),
        gossip: this.#gossipOf(id),
      },
    );
    await running.start();
    this.#urls.set(running.url, id);
    node.running = running;
    return running;
  }

  /** Ends a node's process. */
  async stop(id: bigint): Promise<void> {
    await this.node(id).running?.stop();
    this.node(id).running = undefined;
  }

  /** Lets rounds pass, all nodes doing what is due in each. */
  async pass(rounds: number, events: FakeEvent[] = []): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      this.chain.mine(ROUND, round === 0 ? events : []);
      this.clock.set(this.chain.tip.timestamp);
      for (const node of this.running) await node.tick();
    }
  }

  /** What each running node says that somebody has earned. */
  async figures(staker: string): Promise<bigint[]> {
    return Promise.all(this.running.map((node) => node.lifetimeRewards(staker)));
  }

  /** The statuses of all running nodes' answers. */
  async ask(path: string, body: unknown): Promise<number[]> {
    return Promise.all(
      this.running.map(async ({ url }) => {
        const headers = { "content-type": "application/json" };
        const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
        await response.text();
        return response.status;
      }),
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map(({ id }) => this.stop(id)));
  }

  #isCut(a: bigint, b: bigint): boolean {
    return this.cut.has(a) !== this.cut.has(b) || (this.cut.has(a) && a !== b);
  }

  #gossipOf(id: bigint): Gossip {
    const real = httpGossip(2_000);
    const open = (url: string): boolean => !this.#isCut(id, this.#urls.get(url) ?? id);
    return {
      send: async (url, parcel) =>
        open(url) &&
        real.send(url, {
          ...parcel,
          ...(this.mute.has(id) ? { votes: [] } : {}),
          ...(this.absent.has(id) ? { presences: [], attendances: [] } : {}),
        }),
      announcements: async (url, since) => (open(url) ? real.announcements(url, since) : undefined),
      days: async (url) => (open(url) ? real.days(url) : undefined),
      certificates: async (url, from, until) => (open(url) ? real.certificates(url, from, until) : undefined),
      archives: async (url) => (open(url) ? real.archives(url) : undefined),
      archiveVote: async (url, day) => (open(url) ? real.archiveVote(url, day) : undefined),
      close: () => real.close(),
      get bytes() {
        return real.bytes;
      },
    };
  }
}
