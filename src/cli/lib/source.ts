import { readNodeSet } from "../../chain/index.ts";
import { Collector, parseNodeUrls, readNodesFile } from "../../collect/index.ts";
import type { Collected, CollectEvent, CollectRequest, NodeEndpoint } from "../../collect/index.ts";
import { CliError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { SourceOptions } from "./options.ts";
import { startProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { Session } from "./session.ts";

/** The addresses of nodes that the options give; none when there is no such option. */
export async function readEndpoints(args: Pick<SourceOptions, "nodesFile" | "nodeUrls">): Promise<NodeEndpoint[]> {
  const lists = [
    args.nodesFile === undefined ? [] : await readNodesFile(args.nodesFile),
    args.nodeUrls === undefined ? [] : parseNodeUrls(args.nodeUrls),
  ];
  return lists.flat();
}

/** Where signatures come from. */
export interface Source {
  endpoints: readonly NodeEndpoint[];
  collector: Collector;
  /** Collects, with a progress bar. */
  collect(request: CollectRequest, what: string): Promise<Collected>;
  close(): Promise<void>;
}

/** Whether the options name a source at all. */
export function hasSource(args: SourceOptions): boolean {
  return args.nodesFile !== undefined || args.nodeUrls !== undefined || args.daemonUrl !== undefined;
}

/** @throws CliError `usage` when the options name no source */
export async function openSource(args: SourceOptions, session: Session, io: Io): Promise<Source> {
  if (!hasSource(args)) {
    throw new CliError("usage", "Nobody is there to sign.", "Give --nodes-file, --node-urls or --daemon-url.");
  }
  const endpoints = await readEndpoints(args);
  const collector = new Collector(
    {
      chainId: session.chainId,
      contract: session.rewardsAddress,
      timeoutMs: args.timeout,
      deadlineMs: args.deadline,
      ...(args.concurrency === undefined ? {} : { concurrency: args.concurrency }),
    },
    { nodes: endpoints, readSet: (previous) => readNodeSet(session.rewards, previous ? { previous } : {}) },
  );
  return {
    endpoints,
    collector,
    async collect(request, what) {
      let bar: Progress | undefined;
      const onEvent = ({ progress }: CollectEvent) => {
        bar ??= startProgress(io, what, progress.total);
        const failed = Object.values(progress.failed).reduce((sum, count) => sum + count, 0);
        const bad = progress.bad > 0 ? `, ${progress.bad} wrong` : "";
        bar.update(
          progress.answered + failed + progress.bad,
          `${progress.signers} of ${progress.required} needed, ${failed} failed${bad}`,
        );
      };
      try {
        return await collector.collect(request, { signal: io.signal, onEvent });
      } finally {
        bar?.stop();
      }
    },
    close: () => collector.close(),
  };
}
