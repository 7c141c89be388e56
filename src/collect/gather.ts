import { Deadline } from "../omq/index.ts";
import type { Failure, Stop } from "./failure.ts";
import type { NodeEndpoint } from "./nodes.ts";
import type { Question } from "./wire.ts";

/** How many are asked at a time, how long and how often. */
export interface GatherOptions {
  /**
   * One request: for connecting, and anew for the answer, to its last byte. Default 5,000 ms, as the live network gives. Of this and of
   * `deadlineMs` no time counts in which this process could not have heard anybody.
   */
  timeoutMs?: number;
  /**
   * Everything, retries included. Default 12,000 ms, time for two full requests and their pauses; beyond 2,000 nodes 6 ms for each,
   * since then they are asked in waves; and 0.2 ms for each request, of which a batch over OxenMQ makes one a recipient and node.
   */
  deadlineMs?: number;
  /** Nodes asked at once over each wire. Default 500 over HTTP, 2,000 over OxenMQ, where one costs no socket of its own. */
  concurrency?: number;
  /** Further attempts after a transient failure. Default 2. */
  retries?: number;
  /** Addresses that are asked once and not again, whatever `retries` says. */
  once?: ReadonlySet<string>;
  /** Pause before the first of them, doubled each time; the actual one is drawn from half of it to all of it. Default 200 ms. */
  retryDelayMs?: number;
  /** Source of jitter, 0 to 1. */
  random?: () => number;
}

/** The defaults of {@link GatherOptions} that do not depend on the number of nodes; times in ms. */
export const GATHER_DEFAULTS = {
  timeoutMs: 5_000,
  retries: 2,
  retryDelayMs: 200,
} as const;

/** The default deadline for so many nodes and so many requests of them all, ms. */
export function defaultDeadline(nodes: number, requests: number = nodes): number {
  return Math.max(12_000, 6 * nodes, 0.2 * requests);
}

/** What becomes of each address. Handlers run one at a time; one that throws ends the gathering with its error. */
export interface GatherHandlers {
  asked(endpoint: NodeEndpoint): void;
  answered(endpoint: NodeEndpoint, body: unknown, ms: number): void;
  retrying(endpoint: NodeEndpoint, failure: Failure, attempt: number, delayMs: number): void;
  failed(endpoint: NodeEndpoint, failure: Failure): void;
}

/** Endpoints that are asked over one wire. */
export interface Lane {
  endpoints: readonly NodeEndpoint[];
  ask: Question["ask"];
  /** How many are asked at once, unless the options say otherwise. */
  concurrency: number;
  /** Requests that each of them gets. Default 1. */
  requests?: number;
}

/**
 * Asks every endpoint the same thing. Bodies are handed on as they come and not kept. Ends when all have answered or are given up,
 * at the deadline, or when `signal` fires; whatever is in flight then is dropped and reported as failed.
 */
export async function gather(
  lanes: readonly Lane[],
  options: GatherOptions & { signal?: AbortSignal },
  handlers: GatherHandlers,
): Promise<void> {
  const { timeoutMs, deadlineMs, retries, retryDelayMs, random } = {
    ...GATHER_DEFAULTS,
    deadlineMs: defaultDeadline(
      lanes.reduce((sum, { endpoints }) => sum + endpoints.length, 0),
      lanes.reduce((sum, { endpoints, requests = 1 }) => sum + endpoints.length * requests, 0),
    ),
    random: Math.random,
    ...defined(options),
  };
  const stop = new GatherStop(options.signal, deadlineMs);

  /** A handler threw: nobody is told of anything any more. */
  let broken = false;

  const askOne = async (ask: Question["ask"], endpoint: NodeEndpoint): Promise<void> => {
    handlers.asked(endpoint);
    const most = options.once?.has(endpoint.url) ? 0 : retries;
    for (let attempt = 0; ; attempt++) {
      const started = performance.now();
      const limit = Math.max(1, Math.min(timeoutMs, stop.left));
      const result = await ask(endpoint, { timeoutMs: limit, stop });
      if (broken) return;
      const now = performance.now();
      if (result.ok) return handlers.answered(endpoint, result.body, now - started);

      const delayMs = retryDelayMs * 2 ** attempt * (0.5 + random() / 2);
      const worthIt = result.transient && attempt < most && delayMs < stop.left && !stop.stopped;
      if (!worthIt) return handlers.failed(endpoint, stop.deadlinePassed ? asTimeout(result) : result);
      handlers.retrying(endpoint, result, attempt + 1, delayMs);
      await stop.pause(delayMs);
    }
  };

  const askAll = ({ endpoints, ask, concurrency }: Lane): Promise<void>[] => {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < endpoints.length && !broken) await askOne(ask, endpoints[next++] as NodeEndpoint);
    };
    return Array.from({ length: Math.min(options.concurrency ?? concurrency, endpoints.length) }, worker);
  };
  try {
    await Promise.all(lanes.flatMap(askAll));
  } catch (error) {
    broken = true;
    stop.end();
    throw error;
  } finally {
    stop.dispose();
  }
}

/** Cut off by the deadline, not by the caller: to whoever reads the list, the node was too slow. */
function asTimeout(failure: Failure): Failure {
  return failure.reason === "cancelled" ? { ...failure, reason: "timeout", detail: "deadline" } : failure;
}

/** The end of a gathering, from the caller or from the clock. */
class GatherStop implements Stop {
  stopped = false;
  deadlinePassed = false;
  readonly #callbacks = new Set<() => void>();
  readonly #deadline: Deadline;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.end();

  constructor(signal: AbortSignal | undefined, deadlineMs: number) {
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#deadline = new Deadline(deadlineMs, () => {
      this.deadlinePassed = true;
      this.end();
    });
    if (signal?.aborted) this.end();
  }

  /** Ms until the deadline. */
  get left(): number {
    return this.#deadline.left;
  }

  onStop(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  async pause(ms: number): Promise<void> {
    if (this.stopped) return;
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>((resolvePromise) => {
      resolve = resolvePromise;
    });
    const timer = setTimeout(resolve, ms);
    const unsubscribe = this.onStop(resolve);
    await promise;
    clearTimeout(timer);
    unsubscribe();
  }

  dispose(): void {
    this.#deadline.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  end(): void {
    this.stopped = true;
    for (const callback of [...this.#callbacks]) callback();
  }
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
