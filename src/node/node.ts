/** A node's life: created, started once, stopped once. */
import { pino } from "pino";
import type { Hex } from "../bls/index.ts";
import { assemble } from "./assemble.ts";
import type { Running } from "./assemble.ts";
import { chainClock, wallClock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeDependencies, NodeOptions } from "./options.ts";
import { PARAMS } from "./params.ts";
import type { Peer } from "./peers.ts";
import type { Council, PeerReport } from "./council/council.ts";
import type { Standing } from "./quorum/leases.ts";
import type { Certificate } from "./quorum/certificate.ts";
import type { NodeInfo } from "./server.ts";

/** A node that is started once and stopped once. */
export interface SessionNode {
  /** Reads the chain once, then listens, polls and tests its peers. @throws when the chain cannot be read or the port is taken */
  start(): Promise<void>;
  /** Stops listening (answers in progress are finished), polling and testing. May be called more than once. */
  stop(): Promise<void>;
  /** Base URL, once started. */
  readonly url: string;
  /** Base URL of the listener for the operator alone, if there is one. */
  readonly adminUrl: string | undefined;
  /** Address on OxenMQ, `curve://HOST:PORT/X25519HEX`, if it listens there, once started. */
  readonly omqUrl: string | undefined;
  readonly blsPubkey: Hex;
  readonly ed25519Pubkey: Hex;
  readonly x25519Pubkey: Hex;
  /** The ledger at the last synced block, once started. */
  readonly ledger: Ledger;
  /** What `GET /v1/info` answers, without a proof; once started. */
  info(): NodeInfo;
  /** Brings the view to the chain's newest block; resolves to its height. */
  sync(): Promise<number>;
  /** Lifetime rewards by this node's figure, opening balance included, in atomic SESH. */
  lifetimeRewards(recipient: string, height?: number | "latest"): Promise<bigint>;
  /** Replaces the seeds, also before the start. */
  setPeers(peers: readonly Peer[]): void;
  /** Tests all peers now, once. */
  testPeers(): Promise<void>;
  /** Everything that is due, now: announce, test, vote, pass on, ask. Tests all peers, or `tests` of them in turn. */
  tick(tests?: number): Promise<void>;
  /** Announces itself, if that is due, and passes on what is new: the part of a tick that tests nobody and does not vote. */
  announce(): Promise<void>;
  /** What the certificates that this node has say of its peers, and what it has seen itself. */
  peerReport(): PeerReport[];
  /** What the certificates that this node has say of a node, over all time. */
  standing(id: bigint): Standing;
  /** Certificates that this node has, by round. */
  certificates(): Certificate[];
  /** Votes that wait for others, at this node. */
  polls(): ReturnType<Council["polls"]>;
}

/**
 * Creates a node; nothing happens before `start()`.
 *
 * @example
 * ```ts
 * const node = createNode({ rpcUrl, contract, keys: nodeKeysFromSeed("1"), params: "devnet", clock: "chain" });
 * await node.start();
 * console.log(node.url); // http://127.0.0.1:34567
 * ```
 */
export function createNode(options: NodeOptions, dependencies: NodeDependencies = {}): SessionNode {
  const { keys } = options;
  const params = typeof options.params === "object" ? options.params : PARAMS[options.params ?? "mainnet"];
  const nettype = options.nettype ?? (typeof options.params === "object" ? "devnet" : (options.params ?? "mainnet"));
  const clock = dependencies.clock ?? (options.clock === "chain" ? chainClock() : wallClock());
  const logger = (dependencies.logger ?? pino({ level: "silent" })).child({ node: keys.ed25519Pubkey.slice(2, 10) });
  const stopping = new AbortController();
  const cleanup: (() => unknown)[] = [];

  let latestPeers: readonly Peer[] | undefined;
  let running: Running | undefined;
  let starting: Promise<void> | undefined;
  let ending: Promise<void> | undefined;
  const needRunning = (): Running => {
    if (running === undefined) throw new Error("the node is not running");
    return running;
  };

  /** Ends the parts, the last started first. One that cannot end must not keep the others running. */
  const end = async (): Promise<void> => {
    for (let stop = cleanup.pop(); stop !== undefined; stop = cleanup.pop()) {
      try {
        await stop();
      } catch (error) {
        logger.error({ err: error }, "a part did not stop");
      }
    }
  };

  const begin = async (): Promise<void> => {
    try {
      running = await assemble({
        options,
        dependencies,
        params,
        nettype,
        clock,
        logger,
        signal: stopping.signal,
        cleanup,
      });
    } catch (error) {
      await end();
      throw error;
    }
    if (latestPeers !== undefined) running.council.setSeeds(latestPeers);
    logger.info({ url: running.url, contract: options.contract }, "node started");
  };

  return {
    async start() {
      if (stopping.signal.aborted) throw new Error("a stopped node cannot be started again: create another");
      starting ??= begin();
      await starting;
    },
    async stop() {
      stopping.abort();
      await starting?.catch(() => undefined);
      running = undefined;
      await (ending ??= end());
    },
    get url() {
      return needRunning().url;
    },
    get adminUrl() {
      return needRunning().adminUrl;
    },
    get omqUrl() {
      return needRunning().omqUrl;
    },
    blsPubkey: dependencies.signer?.blsPubkey ?? keys.blsPubkey,
    ed25519Pubkey: keys.ed25519Pubkey,
    x25519Pubkey: keys.x25519Pubkey,
    get ledger() {
      return needRunning().view.ledger;
    },
    info: () => needRunning().info(),
    async sync() {
      const { view } = needRunning();
      await view.sync();
      return view.ledger.tip.height;
    },
    async lifetimeRewards(recipient, height = "latest") {
      const { view } = needRunning();
      if (height !== "latest" && height > view.ledger.tip.height) await view.sync();
      return (await needRunning().policy.lifetimeRewards(recipient.toLowerCase() as Hex, height)).amount;
    },
    setPeers(peers) {
      latestPeers = peers;
      running?.council.setSeeds(peers);
    },
    async testPeers() {
      await needRunning().monitor.test(Number.POSITIVE_INFINITY);
    },
    async tick(tests = Number.POSITIVE_INFINITY) {
      const { view, council } = needRunning();
      await view.sync();
      await council.tick(tests);
    },
    async announce() {
      const { view, council } = needRunning();
      await view.sync();
      await council.announce();
    },
    peerReport: () => needRunning().council.report(),
    standing: (id) => needRunning().council.standing(id),
    certificates: () => needRunning().council.set.between(0, Number.MAX_SAFE_INTEGER),
    polls: () => needRunning().council.polls(),
  };
}
