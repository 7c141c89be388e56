import { join } from "node:path";
import { formatDuration, formatTime, presetOfChain, readNodeSet } from "../../chain/index.ts";
import type { NodeSet } from "../../chain/index.ts";
import {
  bindKeys,
  CollectError,
  Collector,
  DAEMON_TIMEOUT_MS,
  daemonAt,
  DaemonClient,
  Directories,
  identityReader,
  isOmqNode,
  parseNodeUrls,
  readNodesFile,
  tellHeight,
} from "../../collect/index.ts";
import type {
  Collected,
  CollectEvent,
  CollectRequest,
  DirectoriesOptions,
  NodeEndpoint,
  ToldHeight,
} from "../../collect/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import type { SourceOptions } from "../terminal/options.ts";
import { remark } from "../terminal/output.ts";
import { showWait, startProgress } from "../terminal/progress.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Session } from "./session.ts";
import { fromCollected, fromDaemon } from "./signed.ts";
import type { Signed } from "./signed.ts";
import { stateDirectory } from "./state.ts";

/** The addresses of nodes that the options give; none when there is no such option. */
export async function readEndpoints(args: Pick<SourceOptions, "nodesFile" | "nodeUrls">): Promise<NodeEndpoint[]> {
  const lists = [
    args.nodesFile === undefined ? [] : await readNodesFile(args.nodesFile),
    args.nodeUrls === undefined ? [] : parseNodeUrls(args.nodeUrls),
  ];
  return lists.flat();
}

/** Where signatures come from: the nodes themselves, or a daemon that adds them up. */
export interface Source {
  /** Nodes to ask; empty for a daemon. */
  endpoints: readonly NodeEndpoint[];
  /** The same with the contract's keys, without those over OxenMQ that are no registered node's. */
  bound(set: NodeSet): Promise<readonly NodeEndpoint[]>;
  /**
   * Gets the network's signature, with a progress bar.
   *
   * @throws CollectError with the reasons counted, when too few sign
   */
  collect(request: CollectRequest, what: string): Promise<Signed>;
  close(): Promise<void>;
}

type SourceArgs = SourceOptions & { stateDir?: string | undefined };

/** The directories of the options; on a live network, where nothing else is named, those of the variable. */
export function directoryUrls(args: SourceOptions, session: Session, io: Io): string[] {
  const named = [args.directory, args.nodesFile, args.nodeUrls, args.daemonUrl].some((one) => one !== undefined);
  const live = presetOfChain(session.chainId)?.rewards === session.rewardsAddress;
  const text = args.directory ?? (named || !live ? "" : (io.env["SESSION_DIRECTORY"] ?? ""));
  return text.split(/[\s,]+/).filter((url) => url !== "");
}

/** Whether there is a source at all. */
export function hasSource(args: SourceOptions, session: Session, io: Io): boolean {
  const named = [args.nodesFile, args.nodeUrls, args.daemonUrl].some((one) => one !== undefined);
  return named || directoryUrls(args, session, io).length > 0;
}

/** Whether the nodes themselves are to be asked. */
export function hasNodes(args: SourceOptions, session: Session, io: Io): boolean {
  return args.nodesFile !== undefined || args.nodeUrls !== undefined || directoryUrls(args, session, io).length > 0;
}

/**
 * Opens the source of the options. Nodes go before a daemon: their single signatures can be kept and rebuilt.
 *
 * @throws CliError `usage` when the options name no source
 */
export async function openSource(args: SourceArgs, session: Session, io: Io): Promise<Source> {
  if (hasNodes(args, session, io)) return openNodes(args, session, io);
  if (args.daemonUrl !== undefined) return openDaemon(args.daemonUrl, args, session, io);
  throw new CliError(
    "usage",
    "Nobody is there to sign.",
    "Give --directory, --nodes-file, --node-urls or --daemon-url; docs/live-network.md tells how.",
  );
}

async function openNodes(args: SourceArgs, session: Session, io: Io): Promise<Source> {
  const folder = stateDirectory(args.stateDir, io.env);
  const urls = directoryUrls(args, session, io);
  const onTrouble: DirectoriesOptions["onTrouble"] = ({ source, error, ageSeconds }) => {
    const instead =
      ageSeconds === undefined ? "It is left out" : `Its list of ${formatDuration(ageSeconds)} ago is used`;
    remark(io, `Directory ${source}: ${error.message} ${instead}.`);
  };
  const directories =
    urls.length === 0 ? undefined : new Directories({ urls, folder, maxAgeSeconds: args.directoryAge, onTrouble });
  const teller =
    args.daemonUrl === undefined
      ? undefined
      : { url: args.daemonUrl, transport: daemonAt(args.daemonUrl), timeoutMs: 15_000 };
  const heights = async (): Promise<ToldHeight[]> => [
    ...((await directories?.heights()) ?? []),
    ...(teller ? [await tellHeight(teller)].filter((told) => told !== undefined) : []),
  ];
  const nodes = async (): Promise<NodeEndpoint[]> => [
    ...(await readEndpoints(args)),
    ...((await directories?.nodes()) ?? []),
  ];
  const contract = session.rewardsAddress.toLowerCase();
  const identities = identityReader(session.rewards, join(folder, `identities-${session.chainId}-${contract}.json`));
  const collector = new Collector(
    {
      chainId: session.chainId,
      contract: session.rewardsAddress,
      timeoutMs: args.timeout * 1_000,
      deadlineMs: (args.deadline ?? NODES_DEADLINE) * 1_000,
      ...(args.concurrency === undefined ? {} : { concurrency: args.concurrency }),
    },
    {
      // Read anew for each collection: a service follows its file, and its directories.
      nodes,
      readSet: (previous) => readNodeSet(session.rewards, previous ? { previous } : {}),
      identities,
      heights,
    },
  );
  const close = async (): Promise<void> => {
    await Promise.all([collector.close(), directories?.close(), teller?.transport.close()]);
  };
  try {
    const endpoints = await nodes();
    if (endpoints.length === 0 && args.nodesFile !== undefined) {
      throw new CliError(
        "usage",
        `${args.nodesFile} lists no node.`,
        "Give the list of this contract's nodes, or --directory.",
      );
    }
    return {
      endpoints,
      bound: async (set) =>
        bindKeys(endpoints, set, endpoints.some(isOmqNode) ? await identities(set) : undefined).endpoints,
      collect: async (request, what) => {
        const asked = atHeight(request, args.height);
        return fromCollected(await collectWithProgress(collector, asked, args.stopAt, what, io));
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The request at the height of the options, where it has none. */
function atHeight(request: CollectRequest, height: number | undefined): CollectRequest {
  const forRewards = request.kind === "reward" || request.kind === "rewards";
  return height !== undefined && forRewards ? { height, ...request } : request;
}

/** Seconds for a collection from the nodes. */
const NODES_DEADLINE = 20;

function openDaemon(url: string, args: SourceOptions, session: Session, io: Io): Source {
  const seconds = args.deadline ?? DAEMON_TIMEOUT_MS / 1_000;
  const client = new DaemonClient(
    { url, chainId: session.chainId, contract: session.rewardsAddress, timeoutMs: seconds * 1_000 },
    { readSet: () => readNodeSet(session.rewards) },
  );
  const options = { signal: io.signal };
  const ask = (request: CollectRequest) => {
    if (request.kind === "reward") return client.rewards(request.recipient, args.height, options);
    if (request.kind !== "rewards") return client.departure(request.kind, request, options);
    throw new CliError("usage", "A daemon signs for one recipient at a time.", "Give --batch-size 1, or --nodes-file.");
  };
  const askShown = (request: CollectRequest) => showWait(io, "the daemon asks the nodes", seconds, () => ask(request));
  return {
    endpoints: [],
    bound: () => Promise.resolve([]),
    collect: async (request) => fromDaemon(await askShown(request), () => askShown(request)),
    close: () => client.close(),
  };
}

async function collectWithProgress(
  collector: Collector,
  request: CollectRequest,
  stopAt: number | undefined,
  what: string,
  io: Io,
): Promise<Collected> {
  let bar: Progress | undefined;
  /** What the nodes say, by reason: the same words from all of them, mostly. */
  const words = new Map<string, string>();
  let asked: CollectEvent["progress"] | undefined;
  const onEvent = (event: CollectEvent) => {
    if (event.type === "failed" || event.type === "bad") words.set(event.reason, event.detail);
    const { progress } = event;
    asked = progress;
    bar ??= startProgress(io, what, progress.total);
    const failed = Object.values(progress.failed).reduce((sum, count) => sum + count, 0);
    const bad = progress.bad > 0 ? `, ${progress.bad} wrong` : "";
    bar.update(
      progress.answered + failed + progress.bad,
      `${progress.signers} of ${progress.required} needed, ${failed} failed${bad}`,
    );
  };
  try {
    return await collector.collect(request, {
      signal: io.signal,
      onEvent,
      ...(stopAt === undefined ? {} : { stopAt }),
    });
  } catch (error) {
    throw error instanceof CollectError && error.code === "too-few-signers" ? withReasons(error, words, asked) : error;
  } finally {
    bar?.stop();
  }
}

/** Why nodes did not sign, and how many for each reason, the most frequent first. */
export function countReasons(silent: readonly { reason: string }[]): [reason: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { reason } of silent) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function withReasons(
  error: CollectError,
  words: ReadonlyMap<string, string>,
  asked: CollectEvent["progress"] | undefined,
): CollectError {
  const silent = (error.details["nonSigners"] ?? []) as { reason: string }[];
  const reasons = countReasons(silent);
  const tell = ([reason, count]: [string, number]) => {
    const said = words.get(reason);
    return `${count} ${reason}${said ? ` ("${withDates(said)}")` : ""}`;
  };
  const main = reasons[0]?.[0] ?? "";
  let message = error.message;
  if (reasons.length > 0) message += ` Not signed: ${reasons.map(tell).join(", ")}.`;
  // Whose node an address is, nobody knows before it has answered: its failure is then told by itself.
  const failed = Object.entries(asked?.failed ?? {});
  if (asked && main === "no-answer" && failed.length > 0)
    message += ` Of ${asked.total} addresses: ${failed.map(tell).join(", ")}.`;
  return new CollectError(
    error.code,
    message,
    { ...error.details, fix: FIXES[main] ?? "Check the list of nodes: `network` pings them all." },
    error,
  );
}

/** Unix seconds of this century, as nodes write them, as dates. */
function withDates(words: string): string {
  return words.replace(/\b[12]\d{9}\b/g, (seconds) => formatTime(BigInt(seconds)));
}

const FIXES: Readonly<Record<string, string>> = {
  "not-eligible": "The network does not agree (yet): its words above say why.",
  stale: "The nodes' clocks and the chain's differ: check that the endpoint is in step.",
  timeout: "Give the nodes more time: --timeout and --deadline.",
  "no-answer": "The list of nodes is incomplete: --nodes-file must hold the nodes of this contract.",
};
