import { join } from "node:path";
import type { Logger } from "pino";
import { deriveTags, rewardMessage, exitMessage, hexFromBytes, liquidateMessage } from "../../bls/index.ts";
import { publicKeyFromHex, publicKeyToHex, signatureFromParams, signatureToHex } from "../../bls/index.ts";
import type { Tags } from "../../bls/index.ts";
import { readNodeSet } from "../../chain/index.ts";
import type { RewardsContract } from "../../chain/index.ts";
import {
  Collector,
  daemonAt,
  DaemonClient,
  Directories,
  identityReader,
  isOmqNode,
  parseNodeUrls,
  readNodesFile,
  requiredSigners,
  tellHeight,
} from "../../collect/index.ts";
import type {
  Collected,
  CollectEvent,
  CollectRequest,
  DaemonAggregate,
  NodeEndpoint,
  ToldHeight,
} from "../../collect/index.ts";
import { bare } from "../index/index.ts";
import type { CollectProgress } from "../api/index.ts";

/** Who signs. Nodes go before a daemon. */
export interface SourceOptions {
  nodesFile?: string | undefined;
  /** Comma-separated. */
  nodeUrls?: string | undefined;
  directories?: readonly string[] | undefined;
  /** Seconds that a kept list of nodes is used. */
  directoryAge?: number | undefined;
  daemonUrl?: string | undefined;
  /** Milliseconds for one node, and for a collection. */
  timeoutMs: number;
  deadlineMs: number;
  concurrency?: number | undefined;
  /** For lists that are kept between runs. */
  folder: string;
}

/** What the network signed, verified against the contract's own keys. Hex is lower case without 0x. */
export interface NetworkSignature {
  message: string;
  signature: string;
  aggregatePubkey: string;
  nonSigners: number[];
  nodes: number;
  /** Rewards only, atomic SESH. */
  amount: bigint | undefined;
  height: number;
  /** Departures only, unix seconds. */
  timestamp: number | undefined;
}

/** The way to the network's signatures. */
export interface Source {
  /** Nodes that speak HTTP, for questions that need no signature. */
  httpNodes(): Promise<string[]>;
  /** @throws CollectError */
  collect(
    request: CollectRequest,
    options: { signal: AbortSignal; onProgress: (progress: CollectProgress) => void },
  ): Promise<NetworkSignature>;
  close(): Promise<void>;
}

/** Undefined where the options name nobody. */
export function openSource(
  options: SourceOptions,
  contract: { chainId: bigint; address: string; rewards: RewardsContract },
  logger: Logger,
): Source | undefined {
  const { nodesFile, nodeUrls, directories = [], daemonUrl } = options;
  const tags = deriveTags({ chainId: contract.chainId, contract: contract.address });
  if (nodesFile !== undefined || nodeUrls !== undefined || directories.length > 0) {
    return fromNodes(options, contract, tags, logger);
  }
  return daemonUrl === undefined ? undefined : fromDaemon(daemonUrl, options, contract, tags);
}

function fromNodes(
  options: SourceOptions,
  { chainId, address, rewards }: { chainId: bigint; address: string; rewards: RewardsContract },
  tags: Tags,
  logger: Logger,
): Source {
  const { nodesFile, nodeUrls, directories: urls = [], daemonUrl, folder } = options;
  const directories =
    urls.length === 0
      ? undefined
      : new Directories({
          urls,
          folder,
          maxAgeSeconds: options.directoryAge,
          onTrouble: ({ error, ageSeconds }) => logger.warn({ reason: error.message, ageSeconds }, "a directory fails"),
        });
  const teller =
    daemonUrl === undefined ? undefined : { url: daemonUrl, transport: daemonAt(daemonUrl), timeoutMs: 15_000 };
  // Read anew for each collection: the service follows its file and its directories.
  const nodes = async (): Promise<NodeEndpoint[]> => [
    ...(nodesFile === undefined ? [] : await readNodesFile(nodesFile)),
    ...(nodeUrls === undefined ? [] : parseNodeUrls(nodeUrls)),
    ...((await directories?.nodes()) ?? []),
  ];
  const heights = async (): Promise<ToldHeight[]> => [
    ...((await directories?.heights()) ?? []),
    ...(teller ? [await tellHeight(teller)].filter((told) => told !== undefined) : []),
  ];
  const collector = new Collector(
    {
      chainId,
      contract: address,
      timeoutMs: options.timeoutMs,
      deadlineMs: options.deadlineMs,
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    },
    {
      nodes,
      readSet: (previous) => readNodeSet(rewards, previous ? { previous } : {}),
      identities: identityReader(rewards, join(folder, `identities-${chainId}-${address.toLowerCase()}.json`)),
      heights,
    },
  );
  return {
    httpNodes: async () => (await nodes()).filter((node) => !isOmqNode(node)).map(({ url }) => url),
    async collect(request, { signal, onProgress }) {
      let registered = 0;
      const onEvent = (event: CollectEvent) => {
        if (event.type === "started") registered = event.nodes;
        onProgress(toProgress(event.progress, registered));
      };
      const collected = await collector.collect(request, { signal, onEvent });
      return toSignature(tags, request, collected);
    },
    async close() {
      await Promise.all([collector.close(), directories?.close(), teller?.transport.close()]);
    },
  };
}

function fromDaemon(
  url: string,
  { deadlineMs }: SourceOptions,
  { chainId, address, rewards }: { chainId: bigint; address: string; rewards: RewardsContract },
  tags: Tags,
): Source {
  const client = new DaemonClient(
    { url, chainId, contract: address, timeoutMs: deadlineMs },
    { readSet: () => readNodeSet(rewards) },
  );
  return {
    httpNodes: () => Promise.resolve([]),
    async collect(request, { signal, onProgress }) {
      // The daemon asks by itself and tells nothing meanwhile.
      const set = await readNodeSet(rewards);
      const nodes = set.nodes.length;
      const needed = requiredSigners(set);
      onProgress({ of: nodes, asked: nodes, signed: 0, needed, refused: 0, silent: 0, nodes });
      if (request.kind === "rewards") throw new RangeError("a daemon signs for one recipient at a time");
      const aggregate =
        request.kind === "reward"
          ? await client.rewards(request.recipient, undefined, { signal })
          : await client.departure(request.kind, request, { signal });
      const signed = aggregate.set.nodes.length - aggregate.nonSignerIds.length;
      onProgress({ of: nodes, asked: nodes, signed, needed, refused: 0, silent: nodes - signed, nodes });
      return toSignature(tags, request, aggregate);
    },
    close: () => client.close(),
  };
}

function toProgress(progress: CollectEvent["progress"], nodes: number): CollectProgress {
  const refusing = new Set([
    "not-eligible",
    "nothing-to-sign",
    "stale",
    "malformed",
    "height-not-available",
    "forbidden",
  ]);
  let refused = progress.bad;
  let silent = 0;
  for (const [reason, count] of Object.entries(progress.failed)) {
    if (refusing.has(reason)) refused += count;
    else silent += count;
  }
  return {
    of: progress.total,
    asked: progress.asked,
    signed: progress.signers,
    needed: progress.required,
    refused,
    silent,
    nodes,
  };
}

/** A collection, or the aggregate of a daemon, which says for which time it signed a departure. */
function toSignature(tags: Tags, request: CollectRequest, aggregate: Collected | DaemonAggregate): NetworkSignature {
  const amount = aggregate.rewards[0]?.amount;
  let message: Uint8Array;
  let timestamp: number | undefined;
  if (request.kind === "exit" || request.kind === "liquidate") {
    timestamp = ("timestamp" in aggregate ? aggregate.timestamp : undefined) ?? request.timestamp;
    const build = request.kind === "exit" ? exitMessage : liquidateMessage;
    message = build(tags, { publicKey: publicKeyFromHex(request.blsPubkey), timestamp });
  } else if (request.kind === "reward")
    message = rewardMessage(tags, { recipient: request.recipient, amount: amount ?? 0n });
  else throw new RangeError("one recipient at a time");
  return {
    message: bare(hexFromBytes(message)),
    signature: bare(signatureToHex(signatureFromParams(aggregate.signature, { subgroup: false }))),
    aggregatePubkey: bare(publicKeyToHex(aggregate.aggregatePublicKey)),
    nonSigners: aggregate.nonSignerIds.map(Number),
    nodes: aggregate.set.nodes.length,
    amount,
    height: aggregate.height ?? aggregate.set.block,
    timestamp,
  };
}
