/** Assembles a node from its parts. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { getAddress, JsonRpcProvider } from "ethers";
import { pino } from "pino";
import type { Logger } from "pino";
import { deriveTags, hexFromBytes } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import { createAggregator } from "./aggregate.ts";
import { ChainView } from "./chainView.ts";
import { chainClock, wallClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { createContracts, readPoolAddress } from "./contracts.ts";
import type { Aggregate } from "./jsonRpc.ts";
import { ed25519Signer } from "./keys.ts";
import type { NodeKeys } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import { createOpenings } from "./openings.ts";
import { consensusParams, PARAMS } from "./params.ts";
import type { NetworkName, NodeParams } from "./params.ts";
import { httpPeerTest, PeerMonitor } from "./peers.ts";
import type { Peer, PeerReport, PeerTest } from "./peers.ts";
import { createPolicy, Refusal } from "./policy.ts";
import type { PolicyView } from "./policy.ts";
import { proveUptime } from "./proof.ts";
import { createProvider, readChainId, Rpc } from "./rpc.ts";
import type { RpcSender } from "./rpc.ts";
import { createServer } from "./server.ts";
import type { NodeInfo } from "./server.ts";
import { createSigner } from "./signer.ts";
import type { HashCache, Signer } from "./signer.ts";

export const NODE_VERSION = "0.1.0";

export interface NodeOptions {
  /** JSON-RPC endpoint of the chain that holds the contracts. It is trusted: run your own. */
  readonly rpcUrl: string;
  /** Address of the ServiceNodeRewards proxy. */
  readonly contract: string;
  readonly keys: NodeKeys;
  /** A preset's name or a full set of parameters. Default `mainnet`. */
  readonly params?: NetworkName | NodeParams;
  /** What `get_info` calls the network. Default: the preset's name, or "devnet" for a set of parameters. */
  readonly nettype?: string;
  /** Checked against the endpoint. */
  readonly chainId?: bigint | number;
  /** Address of the RewardRatePool. Default: the contract's `foundationPool()`. */
  readonly pool?: string;
  /** Height that the ledger starts from, the same for all nodes of the network. Default 0. */
  readonly genesisHeight?: number;
  /** Lifetime rewards already earned when the ledger begins, by recipient; the contract's own record applies where greater. */
  readonly openingRewards?: Readonly<Record<string, bigint>>;
  /** Operator fees by Ed25519 key, for nodes whose registration precedes the ledger or that were seeded. Default 0. */
  readonly fees?: Readonly<Record<string, number>>;
  /** Addresses of the other nodes; without any, peers are not tested. */
  readonly peers?: readonly Peer[];
  /** "wall" for the machine's clock, "chain" for local chains whose time is moved by hand. Default "wall". */
  readonly clock?: "wall" | "chain";
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Recipients in one batch request. Default 200. */
  readonly maxBatch?: number;
}

/** Everything that can be replaced: what a test or an unusual deployment brings along. */
export interface NodeDependencies {
  readonly provider?: RpcSender;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly signer?: Signer;
  /** Hash points shared by the nodes of one process. */
  readonly hashCache?: HashCache;
  readonly peerTest?: PeerTest;
  /** For the aggregating JSON-RPC methods. Default: a collector over the known peers, where the provider is ethers' own. */
  readonly aggregate?: Aggregate;
}

export interface SessionNode {
  /** Reads the chain once, then listens, polls and tests its peers. @throws when the chain cannot be read or the port is taken */
  start(): Promise<void>;
  /** Stops listening (answers in progress are finished), polling and testing. May be called more than once. */
  stop(): Promise<void>;
  /** Base URL, once started. */
  readonly url: string;
  readonly blsPubkey: Hex;
  readonly ed25519Pubkey: Hex;
  readonly x25519Pubkey: Hex;
  /** The ledger at the last synced block, once started. */
  readonly ledger: Ledger;
  info(): NodeInfo;
  /** Brings the view to the chain's newest block; resolves to its height. */
  sync(): Promise<number>;
  /** Lifetime rewards by this node's figure, opening balance included, in atomic SESH. */
  lifetimeRewards(recipient: string, height?: number | "latest"): Promise<bigint>;
  setPeers(peers: readonly Peer[]): void;
  /** Tests all peers now, once. */
  testPeers(): Promise<void>;
  /** What this node thinks of its peers. */
  peerReport(): PeerReport[];
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
  const { keys, openingRewards = {}, genesisHeight = 0 } = options;
  const params = typeof options.params === "object" ? options.params : PARAMS[options.params ?? "mainnet"];
  const nettype = options.nettype ?? (typeof options.params === "object" ? "devnet" : (options.params ?? "mainnet"));
  const contract = getAddress(options.contract);
  const clock = dependencies.clock ?? (options.clock === "chain" ? chainClock() : wallClock());
  const logger = (dependencies.logger ?? pino({ level: "silent" })).child({ node: keys.ed25519Pubkey.slice(2, 10) });
  const signEd25519 = ed25519Signer(keys.ed25519Seed);
  const stopping = new AbortController();

  let running: Running | undefined;
  let starting: Promise<void> | undefined;
  const needRunning = (): Running => {
    if (running === undefined) throw new Error("the node is not running");
    return running;
  };

  async function assemble(): Promise<Running> {
    const chainId = await resolveChainId(options, dependencies.provider);
    const sender = dependencies.provider ?? createProvider(options.rpcUrl, chainId);
    const rpc = new Rpc(sender, { signal: stopping.signal });
    const latest = await rpc.header("latest");
    const pool = getAddress(options.pool ?? (await readPoolAddress(rpc, contract, latest.hash)));
    const contracts = createContracts({ rpc, rewards: contract, pool, fees: lowerKeys(options.fees ?? {}) });

    const view = new ChainView(
      { params, contract, genesisHeight },
      { rpc, contracts, logger, onHeader: (header) => clock.observe?.(header.timestamp) },
    );
    await view.sync();

    const openings = await createOpenings(contracts, view.ledger.genesis.hash, lowerKeys(openingRewards));
    const policyView: PolicyView = {
      get ledger() {
        return view.ledger;
      },
      async refresh(height) {
        if (height !== "latest" && view.ledger.tip.height >= height) return;
        if (height === "latest" && view.ageMs < params.minSyncIntervalMs) return;
        try {
          await view.sync();
        } catch (cause) {
          // An explicit height is either there or answered with 410; "latest" may be a little old, not very old.
          if (height === "latest" && view.ageMs > params.maxStaleSeconds * 1_000) {
            throw new Refusal("unavailable", "the chain cannot be read at the moment", { cause });
          }
        }
      },
      openingRewards: (recipient) => openings.of(recipient),
      deregisteredAt(blsPubkey) {
        const node = view.ledger.nodeByKey(blsPubkey);
        return node === undefined ? null : peers.deregisteredAt(node.id);
      },
    };

    const tags = deriveTags({ chainId, contract });
    const signer = dependencies.signer ?? createSigner(keys, tags, dependencies.hashCache);
    const policy = createPolicy({ params, tags, signer, clock, view: policyView });
    const http = httpPeerTest({ chainId, contract, timeoutMs: params.testTimeoutMs });
    const peers = new PeerMonitor({
      params,
      clock,
      logger,
      test: dependencies.peerTest ?? http.test,
      ledger: () => (view.ready ? view.ledger : undefined),
      ed25519Pubkey: keys.ed25519Pubkey,
    });
    peers.setPeers(peerList);

    let ownUrl = "";
    const aggregator =
      dependencies.aggregate === undefined && sender instanceof JsonRpcProvider
        ? createAggregator({
            provider: sender,
            chainId,
            contract,
            endpoints: () => peers.endpoints({ url: ownUrl, ed25519Pubkey: keys.ed25519Pubkey }),
          })
        : undefined;

    const rules = fingerprint({
      ...consensusParams(params),
      genesis: genesisHeight,
      chainId: chainId.toString(),
      contract,
    });
    const info = (): NodeInfo => ({
      version: NODE_VERSION,
      chainId: Number(chainId),
      contract,
      blsPubkey: signer.blsPubkey,
      ed25519Pubkey: keys.ed25519Pubkey,
      x25519Pubkey: keys.x25519Pubkey,
      height: view.ledger.tip.height,
      oldestHeight: view.ledger.oldestHeight,
      timestamp: view.ledger.tip.timestamp,
      round: view.ledger.round,
      nodes: view.ledger.nodeCount,
      rules,
    });
    const app = createServer({
      policy,
      logger,
      blsPubkey: signer.blsPubkey,
      info,
      prove: (challenge) =>
        proveUptime(
          {
            chainId,
            contract,
            ed25519Pubkey: keys.ed25519Pubkey,
            blsPubkey: signer.blsPubkey,
            challenge,
            timestamp: clock.now(),
          },
          signEd25519,
        ),
      jsonRpc: {
        params,
        tags,
        signer,
        signEd25519,
        ed25519Pubkey: keys.ed25519Pubkey,
        clock,
        view: policyView,
        logger,
        nettype,
        version: NODE_VERSION,
        policy,
        aggregate: dependencies.aggregate ?? aggregator?.aggregate,
      },
      maxBatch: options.maxBatch ?? 200,
    });
    const url = await app.listen({ host: options.host ?? "127.0.0.1", port: options.port ?? 0 });

    ownUrl = url;

    const polling = poll(view);
    peers.start();
    return {
      url,
      view,
      peers,
      policy,
      info,
      async close() {
        await Promise.all([app.close(), peers.stop()]);
        await Promise.all([polling, aggregator?.close()]);
        await http.close();
        if (dependencies.provider === undefined) sender.destroy?.();
      },
    };
  }

  /** Looks at the chain every `pollMs`, slower while it fails, until the node stops. */
  async function poll(view: ChainView): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const pause = Math.min(params.pollMs * 2 ** failures, Math.max(params.pollMs, 60_000));
      await interruptibleSleep(pause, stopping.signal);
      if (stopping.signal.aborted) return;
      // Somebody asked meanwhile: this look is not needed.
      if (view.ageMs < params.pollMs / 2) continue;
      try {
        await view.sync();
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures = Math.min(failures + 1, 10);
        logger.warn({ err: error, failures }, "the chain cannot be read");
      }
    }
  }

  let peerList = options.peers ?? [];

  return {
    async start() {
      if (stopping.signal.aborted) throw new Error("a stopped node cannot be started again: create another");
      starting ??= assemble().then((parts) => {
        running = parts;
        logger.info({ url: parts.url, contract }, "node started");
      });
      await starting;
    },
    async stop() {
      stopping.abort();
      await starting?.catch(() => undefined);
      const parts = running;
      running = undefined;
      await parts?.close();
    },
    get url() {
      return needRunning().url;
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
      return (await needRunning().policy.lifetimeRewards(recipient.toLowerCase() as Hex, height)).amount;
    },
    setPeers(peers) {
      peerList = peers;
      running?.peers.setPeers(peers);
    },
    async testPeers() {
      await needRunning().peers.testAll();
    },
    peerReport: () => needRunning().peers.report(),
  };
}

interface Running {
  readonly url: string;
  readonly view: ChainView;
  readonly peers: PeerMonitor;
  readonly policy: ReturnType<typeof createPolicy>;
  readonly info: () => NodeInfo;
  readonly close: () => Promise<void>;
}

async function resolveChainId(options: NodeOptions, provider: RpcSender | undefined): Promise<bigint> {
  const actual = provider === undefined ? await readChainId(options.rpcUrl) : await new Rpc(provider).chainId();
  if (options.chainId !== undefined && BigInt(options.chainId) !== actual) {
    throw new Error(`the endpoint serves chain ${actual}, not ${options.chainId}`);
  }
  return actual;
}

function lowerKeys<V>(record: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));
}

function fingerprint(value: unknown): Hex {
  return hexFromBytes(keccak_256(utf8ToBytes(JSON.stringify(value))));
}

function interruptibleSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
