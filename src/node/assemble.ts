/** Puts the parts of a node together and starts them. What was started is noted, so that it ends in any case. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { JsonRpcProvider } from "ethers";
import type { Logger } from "pino";
import { deriveTags, hexFromBytes } from "../bls/index.ts";
import type { Hex } from "../bls/index.ts";
import { parseAddress } from "../chain/index.ts";
import { checkChainId, connect } from "../chain/networks.ts";
import { EndpointError } from "../chain/transport/index.ts";
import { createAggregator } from "./aggregate.ts";
import { ChainView } from "./chainView.ts";
import type { Clock } from "./clock.ts";
import type { JsonRpcDependencies } from "./jsonRpc.ts";
import { Concurrency, DEFAULT_LIMITS, FairQueue, RequestLimiter } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { createContracts, readPoolAddress } from "./contracts.ts";
import { ed25519Signer } from "./keys.ts";
import { localFetch } from "./localFetch.ts";
import { openOmqDoors } from "./omqDoor.ts";
import { createOpenings } from "./openings.ts";
import type { Openings } from "./openings.ts";
import type { NodeDependencies, NodeOptions } from "./options.ts";
import { consensusParams, RULES_VERSION } from "./params.ts";
import type { NodeParams } from "./params.ts";
import { httpPeerTest, PeerMonitor } from "./peers.ts";
import { createPolicy, Refusal } from "./policy.ts";
import type { Policy, PolicyView } from "./policy.ts";
import { interruptibleSleep, poll } from "./polling.ts";
import { blsSignatures, withSharedCounts } from "./quorum/signatures.ts";
import { stateIn } from "./quorum/leases.ts";
import { deriveQuorumTags } from "./quorum/messages.ts";
import { AnnouncementBook, mayBeAnnounced } from "./announcements.ts";
import { Council } from "./council/council.ts";
import { httpGossip } from "./gossip.ts";
import { Ledger } from "./ledger.ts";
import { Store } from "./store.ts";
import type { Stored } from "./store.ts";
import { proveUptime } from "./proof.ts";
import { Rpc } from "./rpc.ts";
import type { RpcSender } from "./rpc.ts";
import { createAdminServer, createServer } from "./server.ts";
import { announcedOmq } from "./serviceNodes.ts";
import type { NodeInfo } from "./server.ts";
import { createSigner } from "./signer.ts";

/** The version that `GET /v1/info` and `get_info` tell. */
export const NODE_VERSION = "0.1.0";

/** What the node was given, with its defaults filled in. */
export interface Assembly {
  readonly options: NodeOptions;
  readonly dependencies: NodeDependencies;
  readonly params: NodeParams;
  readonly nettype: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Fires when the node stops. */
  readonly signal: AbortSignal;
  /** What ends each started part; to be called in reverse order, also when starting failed half way. */
  readonly cleanup: (() => unknown)[];
}

/** The running parts. */
export interface Running {
  readonly url: string;
  /** Of the listener for the operator alone, if there is one. */
  readonly adminUrl: string | undefined;
  /** Address on OxenMQ, with the X25519 key. */
  readonly omqUrl: string | undefined;
  readonly view: ChainView;
  readonly council: Council;
  readonly monitor: PeerMonitor;
  readonly policy: Policy;
  readonly info: () => NodeInfo;
}

export async function assemble(assembly: Assembly): Promise<Running> {
  const { options, dependencies, params, nettype, clock, logger, signal, cleanup } = assembly;
  const { keys, openingRewards = {}, genesisHeight = 0 } = options;
  const contract = parseAddress(options.contract, "contract");
  for (const announced of options.announce ?? []) {
    if (!mayBeAnnounced(announced)) {
      throw new Error(
        "announce: it is no http:// or https:// URL, without user and query: nobody could reach this node",
      );
    }
  }
  const signEd25519 = ed25519Signer(keys.ed25519Seed);

  const { chainId, sender } = await reach(assembly);
  if (dependencies.provider === undefined) cleanup.push(() => sender.destroy?.());
  const rpc = new Rpc(sender, { signal });
  const latest = await rpc.header("latest");
  if (genesisHeight > latest.height) {
    throw new Error(
      `the ledger is to begin at block ${genesisHeight}, and the chain is at block ${latest.height}: check --genesis-height`,
    );
  }
  const pool = parseAddress(options.pool ?? (await readPoolAddress(rpc, contract, latest.hash)), "pool");
  const fees = lowerKeys(options.fees ?? {});
  const brought = lowerKeys(openingRewards);
  const rules = fingerprint({
    version: RULES_VERSION,
    ...consensusParams(params),
    genesis: genesisHeight,
    chainId: `${chainId}`,
    contract,
    fees: sorted(fees),
    openingRewards: sorted(brought),
  });
  const contracts = createContracts({ rpc, rewards: contract, pool, fees });

  const store = options.stateDir === undefined ? undefined : new Store(options.stateDir, rules, logger);
  const stored = await store?.load();
  if (store !== undefined) cleanup.push(() => store.close());
  const view = new ChainView(
    { params, contract, genesisHeight, restored: restoreLedger(stored, params, logger) },
    {
      rpc,
      contracts,
      logger,
      onHeader: (header) => clock.observe?.(header.timestamp),
      requireChain: async () => checkChainId(await rpc.chainId(), chainId, "the endpoint"),
    },
  );
  try {
    await view.sync();
  } catch (error) {
    throw withoutHistory(error, genesisHeight) ?? error;
  }
  const ledger = (): Ledger => view.ledger;

  const openings = await createOpenings(
    contracts,
    () => view.ledger.genesis.hash,
    brought,
    (recipient) => view.ledger.knows(recipient),
    stored?.ledger?.genesis.hash === view.ledger.genesis.hash ? stored.openings : undefined,
  );

  const tags = deriveTags({ chainId, contract });
  const quorumTags = deriveQuorumTags({ chainId, contract });
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const signer = dependencies.signer ?? createSigner(keys, tags, dependencies.hashCache);
  const http = httpPeerTest({ chainId, contract, timeoutMs: params.testTimeoutMs });
  cleanup.push(() => http.close());
  const gossip = dependencies.gossip ?? httpGossip(params.testTimeoutMs);
  cleanup.push(() => gossip.close());

  let ownUrl = "";
  let ownOmqUrl = "";
  const ownUrls = (): readonly string[] => {
    const http = options.announce ?? (ownUrl === "" ? [] : [ownUrl]);
    return [...http, ...announcedOmq(http, ownOmqUrl)];
  };
  const signatures = blsSignatures(tags.hashToG2, dependencies.verifiedCache);
  const book = new AnnouncementBook();
  const monitor = new PeerMonitor({
    params,
    clock,
    test: dependencies.peerTest ?? http.test,
    ledger: () => (view.ready ? view.ledger : undefined),
    ed25519Pubkey: keys.ed25519Pubkey,
    urlOf: (node) => council.urlOf(node),
  });
  const council: Council = new Council(
    {
      params,
      tags: quorumTags,
      ed25519Pubkey: keys.ed25519Pubkey,
      blsPubkey: signer.blsPubkey,
      version: NODE_VERSION,
    },
    {
      clock,
      logger,
      ledger,
      monitor,
      book,
      gossip,
      signatures:
        dependencies.countCache === undefined ? signatures : withSharedCounts(signatures, dependencies.countCache),
      signBls: (message) => signer.sign(message),
      signEd25519,
      store,
      urls: () => ownUrls(),
    },
  );
  if (stored !== undefined) council.restore(stored);
  council.setSeeds(options.peers ?? []);
  const policyView = viewOf(view, openings, params, limits, council);
  const queue = new FairQueue(limits);
  const policy = createPolicy({ params, tags, signer, clock, view: policyView, queue });

  const aggregator =
    dependencies.aggregate === undefined && sender instanceof JsonRpcProvider
      ? createAggregator({
          provider: sender,
          chainId,
          contract,
          endpoints: () =>
            [...view.ledger.nodes()].flatMap((node) => {
              const url = node.ed25519Pubkey === keys.ed25519Pubkey ? ownUrl : council.urlOf(node);
              return url === undefined ? [] : [{ url, blsPubkey: node.blsPubkey }];
            }),
        })
      : undefined;
  if (aggregator !== undefined) cleanup.push(() => aggregator.close());

  const info = (): NodeInfo => ({
    version: NODE_VERSION,
    chainId: Number(chainId),
    contract,
    blsPubkey: signer.blsPubkey,
    ed25519Pubkey: keys.ed25519Pubkey,
    x25519Pubkey: keys.x25519Pubkey,
    ...standOf(view),
    rules,
  });
  const identity = { chainId, contract, ed25519Pubkey: keys.ed25519Pubkey, blsPubkey: signer.blsPubkey };
  const operators = new Set(
    (options.operators ?? []).map((operator) => parseAddress(operator, "operators").toLowerCase()),
  );
  const jsonRpc: JsonRpcDependencies = {
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
    presences: {
      urlsOf: (node) =>
        node.ed25519Pubkey === keys.ed25519Pubkey ? ownUrls() : (book.of(node.id)?.announcement.urls ?? []),
      isActive: (node) => stateIn(council.standing(node.id), view.ledger.round) === "active",
    },
    mayRegister: (operator) => operators.has(operator),
    aggregations: new Concurrency(limits.aggregationsPerAddress),
  };
  const app = createServer({
    policy,
    logger,
    blsPubkey: signer.blsPubkey,
    info,
    prove: (challenge) => proveUptime({ ...identity, challenge, timestamp: clock.now() }, signEd25519),
    jsonRpc,
    maxBatch: options.maxBatch ?? 200,
    requests: new RequestLimiter(limits),
    council,
    book,
    queue,
  });
  cleanup.push(() => app.close());
  let adminUrl: string | undefined;
  if (options.adminPort !== undefined) {
    const admin = createAdminServer({ logger, jsonRpc: { ...jsonRpc, mayRegister: () => true } });
    cleanup.push(() => admin.close());
    adminUrl = await admin.listen({ host: "127.0.0.1", port: options.adminPort });
  }
  const url = await app.listen({ host: options.host ?? "127.0.0.1", port: options.port ?? 0 });
  ownUrl = url;

  const { door, socket } = await openOmqDoors(
    {
      listen: options.omqPort === undefined ? undefined : omqListen(options.host ?? "127.0.0.1", options.omqPort),
      socket: options.socket,
    },
    keys,
    { policy, jsonRpc, requests: new RequestLimiter(limits), logger },
  );
  cleanup.push(() => Promise.all([door?.stop(), socket?.stop()]));
  const omqUrl = door && `${door.url.replace(/^tcp:/, "curve:")}/${keys.x25519Pubkey.slice(2)}`;
  ownOmqUrl = omqUrl ?? "";

  const polling = poll(view, params.pollMs, signal, logger);
  cleanup.push(() => polling);
  // While the ledger is read anew there is none to keep: the last one stays.
  const checkpoint = (): Promise<void> | undefined =>
    view.ready ? store?.checkpoint(view.ledger.snapshot(), openings.snapshot(), book.since(0)) : undefined;
  const tick = async (): Promise<void> => (view.ready ? council.tick() : undefined);
  const ticking = keepTicking(tick, params, signal, logger, checkpoint);
  cleanup.push(async () => {
    await ticking;
    await checkpoint();
  });
  return { url, adminUrl, omqUrl, view, council, monitor, policy, info };
}

/** Where the ledger stands, if there is one. */
function standOf(view: ChainView): Pick<NodeInfo, "height" | "oldestHeight" | "timestamp" | "round" | "nodes"> {
  if (!view.ready) return { height: null, oldestHeight: null, timestamp: null, round: null, nodes: null };
  const { tip, oldestHeight, round, nodeCount } = view.ledger;
  return { height: tip.height, oldestHeight, timestamp: tip.timestamp, round, nodes: nodeCount };
}

function omqListen(host: string, port: number): string {
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Ticks until the signal fires, and writes a checkpoint now and then. Never rejects. */
async function keepTicking(
  tick: () => Promise<void>,
  params: NodeParams,
  signal: AbortSignal,
  logger: Logger,
  checkpoint: () => Promise<void> | undefined,
): Promise<void> {
  let written = performance.now();
  while (!signal.aborted) {
    await interruptibleSleep(params.testIntervalMs, signal);
    if (signal.aborted) return;
    try {
      await tick();
    } catch (error) {
      logger.error({ err: error }, "a tick failed");
    }
    if (performance.now() - written < CHECKPOINT_MS) continue;
    written = performance.now();
    await checkpoint();
  }
}

/** Between two checkpoints on disk: what a killed process has to read from the chain again. */
const CHECKPOINT_MS = 10 * 60_000;

function restoreLedger(stored: Stored | undefined, params: NodeParams, logger: Logger): Ledger | undefined {
  if (stored?.ledger === undefined) return undefined;
  try {
    return Ledger.restore(params, params.historyBlocks, stored.ledger);
  } catch (error) {
    logger.warn({ err: error }, "the ledger on disk cannot be read: it is computed anew");
    return undefined;
  }
}

const sorted = (record: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort();

/** A height so little ahead of the tip may exist already: a few seconds of the fastest chains. */
const MAX_AHEAD_BLOCKS = 64;
/** Looks at the chain that such heights may cause, at most one in so many milliseconds. */
const HINT_MS = 200;

/** Waits for a look that may take longer than anybody waits; it goes on by itself. @returns why there is no outcome, if so */
async function withoutHanging(look: Promise<void>, ms: number): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<unknown>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`the chain did not answer within ${ms} ms`)), ms);
  });
  const outcome = look.then(
    () => undefined,
    (error: unknown) => error ?? new Error("the look failed"),
  );
  const failed = await Promise.race([outcome, late]);
  clearTimeout(timer);
  return failed;
}

/** The view as the policy sees it: brought up to date before each answer. */
function viewOf(
  view: ChainView,
  openings: Openings,
  params: NodeParams,
  { lookMs }: Limits,
  council: Council,
): PolicyView {
  return {
    get ledger() {
      if (!view.ready) throw new Refusal("unavailable", "the chain is being read anew");
      return view.ledger;
    },
    async refresh(height) {
      if (height !== "latest") {
        // A height is there or it is not: whoever invents one must not make the node read. One that may just have come is a reason
        // to look soon, once for all who ask; they are answered now.
        const ahead = height - view.ledger.tip.height;
        if (ahead <= 0 || ahead > MAX_AHEAD_BLOCKS || view.ageMs < Math.max(params.minSyncIntervalMs, HINT_MS)) return;
        view.sync().catch(() => undefined);
        return;
      }
      if (view.ageMs < params.minSyncIntervalMs) return;
      const failed = await withoutHanging(view.sync(), lookMs);
      // "latest" may be a little old, not very old.
      if (failed !== undefined && view.ageMs > params.maxStaleSeconds * 1_000) {
        throw new Refusal("unavailable", "the chain cannot be read at the moment", { cause: failed });
      }
    },
    unpaid: council.unpaid,
    opening: (recipient) => openings.of(recipient),
    deregisteredAt(blsPubkey) {
      const node = view.ledger.nodeByKey(blsPubkey);
      return node === undefined ? null : council.deregisteredAt(node);
    },
  };
}

/** The way to the chain: the one that was brought along, or the transport over the endpoints that the options name. */
async function reach({
  options,
  dependencies,
  params,
  logger,
  signal,
}: Assembly): Promise<{ chainId: bigint; sender: RpcSender }> {
  const expected = options.chainId === undefined ? undefined : BigInt(options.chainId);
  if (dependencies.provider === undefined) {
    const { provider, chainId } = await connect(options.rpcUrl, expected, {
      logRange: params.logRange,
      fetch: localFetch,
      ...options.transport,
      signal,
      onRetry: (event) => logger.debug(event, "asking the chain again"),
    });
    return { chainId, sender: provider };
  }
  const chainId = await new Rpc(dependencies.provider).chainId();
  checkChainId(chainId, expected, "the endpoint");
  return { chainId, sender: dependencies.provider };
}

/** An endpoint that does not keep what a ledger is made of, by name. */
function withoutHistory(error: unknown, genesisHeight: number): Error | undefined {
  if (!(error instanceof EndpointError) || error.trouble !== "missing-state") return undefined;
  return new Error(
    `${error.host} does not keep the history that the ledger is made of, from block ${genesisHeight} on ("${error.words}"): ` +
      "give an archive endpoint. A ledger with gaps would sign wrong figures.",
    { cause: error },
  );
}

function lowerKeys<V>(record: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));
}

function fingerprint(value: unknown): Hex {
  return hexFromBytes(keccak_256(utf8ToBytes(JSON.stringify(value))));
}
