import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import type { Tags } from "../bls/index.ts";
import { deriveTags } from "../bls/index.ts";
import type { NodeSet } from "../chain/nodeSet.ts";
import { EndpointError } from "../chain/transport/index.ts";
import type { OmqClient } from "../omq/index.ts";
import type { Identities } from "./bind.ts";
import { bindKeys } from "./bind.ts";
import { CollectionCancelled } from "./cancelled.ts";
import type { CollectedParts } from "./collected.ts";
import { Collected, requiredSigners, tooFew } from "./collected.ts";
import { CollectError } from "./errors.ts";
import type { CollectEvent } from "./events.ts";
import { EventStream } from "./events.ts";
import type { Failure } from "./failure.ts";
import { failure } from "./failure.ts";
import type { GatherOptions } from "./gather.ts";
import { gather, GATHER_DEFAULTS } from "./gather.ts";
import type { HeightChoice, ToldHeight } from "./heights.ts";
import { chooseHeights } from "./heights.ts";
import type { NodeEndpoint } from "./nodes.ts";
import { Offenders, OFFENCE_MS } from "./offenders.ts";
import { Replies } from "./replies.ts";
import type { CollectRequest, PreparedRequest } from "./request.ts";
import { isDeparture, prepareRequest } from "./request.ts";
import type { Question } from "./wire.ts";
import { isOmqNode, Wires } from "./wires.ts";

/** What a collector is bound to, and its tunables. */
export interface CollectorOptions extends GatherOptions {
  chainId: bigint | number;
  /** Address of the rewards contract. */
  contract: string;
  /** How long a node that answered wrongly is left out. Default 5 minutes. */
  offenceMs?: number;
  /** Attempts to read the node set from an endpoint that errs. Default 3. */
  chainAttempts?: number;
  /** How long one reading may take. Default 20,000 ms. */
  chainTimeoutMs?: number;
}

/** What a collector works with. */
export interface CollectorDependencies {
  /** Addresses to ask. Asked anew for each collection. */
  nodes: readonly NodeEndpoint[] | (() => readonly NodeEndpoint[] | Promise<readonly NodeEndpoint[]>);
  /** The contract's nodes at one pinned block; `previous` saves parsing keys again. */
  readSet: (previous?: NodeSet) => Promise<NodeSet>;
  /** A pool of one's own for HTTP; it is not closed then. */
  dispatcher?: Dispatcher;
  /** A client of one's own for OxenMQ; it is not closed then. */
  omq?: OmqClient;
  /**
   * Whom the contract has behind which X25519 key; asked when there are nodes over OxenMQ. Without it their BLS keys must come with
   * their addresses.
   */
  identities?: (set: NodeSet) => Promise<Identities>;
  /** Who tells the newest height where the nodes themselves cannot be asked: daemons, mostly. Never believed without the nodes. */
  heights?: () => Promise<readonly ToldHeight[]>;
}

/** One collection's own settings. */
export interface CollectOptions {
  /** Cancels the collection. */
  signal?: AbortSignal;
  /** Called for each event, while the collection waits. */
  onEvent?: (event: CollectEvent) => void;
  /**
   * Stop as soon as this many of the contract's nodes have signed (verified). Left out: wait for all until the deadline, since each
   * missing signer costs the transaction about 4,700 gas.
   */
  stopAt?: number;
}

/** A collection under way. */
export interface Collection {
  /** What happens, as it happens; ends with the collection. */
  events: AsyncIterable<CollectEvent>;
  /** Rejects with a {@link CollectError}. */
  result: Promise<Collected>;
}

/** How many heights below the first one are tried when nodes have it no more, or not yet: they keep five. */
const MAX_BELOW = 4;

/** For a source that does not end by itself; the transport gives up after a minute without an answer. */
const CHAIN_TIMEOUT_MS = 90_000;

/**
 * Collects aggregate signatures from the nodes of one contract. Keeps connections and offenders between collections; close it.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #deps: CollectorDependencies;
  readonly #tags: Tags;
  readonly #wires: Wires;
  /** Keys proven at an address by a right signature: puts later silence to an id. */
  readonly #keyAt = new Map<string, string>();
  readonly offenders: Offenders;
  /** Where nobody listened at any attempt of the last collection: asked again, but once. */
  readonly #dead = new Set<string>();
  #set: NodeSet | undefined;

  constructor(options: CollectorOptions, dependencies: CollectorDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#tags = deriveTags(options);
    this.#wires = new Wires(dependencies);
    this.offenders = new Offenders(options.offenceMs ?? OFFENCE_MS);
  }

  /** Starts a collection; its events can be iterated while it runs. */
  start(request: CollectRequest, options: CollectOptions = {}): Collection {
    const events = new EventStream<CollectEvent>();
    const onEvent = (event: CollectEvent) => {
      events.push(event);
      options.onEvent?.(event);
    };
    const result = this.#run(request, { ...options, onEvent }).finally(() => events.end());
    // Whoever only iterates the events must not bring the process down by a rejection that the caller reads later.
    result.catch(() => undefined);
    return { events, result };
  }

  /**
   * Collects one aggregate.
   *
   * @throws CollectError
   */
  collect(request: CollectRequest, options: CollectOptions = {}): Promise<Collected> {
    return this.#run(request, options);
  }

  /** Reads the contract's set anew and rebuilds the aggregate for it if it changed; for use right before submission. */
  async refresh(collected: Collected): Promise<Collected> {
    const set = await this.readSet();
    return collected.rebuildIfChanged(set);
  }

  /** The contract's set, read with patience: an endpoint that errs or is not of one piece is asked again. */
  async readSet(signal?: AbortSignal): Promise<NodeSet> {
    const attempts = this.#options.chainAttempts ?? 3;
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) throw cancelled();
      try {
        this.#set = await within(
          this.#options.chainTimeoutMs ?? CHAIN_TIMEOUT_MS,
          this.#deps.readSet(this.#set),
          signal,
        );
        return this.#set;
      } catch (cause) {
        if (signal?.aborted) throw cancelled();
        // The transport has asked often enough, and these are the endpoint's own words.
        if (cause instanceof EndpointError) throw cause;
        if (attempt >= attempts) {
          throw new CollectError("unavailable", `The node set cannot be read: ${(cause as Error).message}`, {}, cause);
        }
        await sleep(250 * 2 ** attempt * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {}).catch(
          () => undefined,
        );
      }
    }
  }

  /** Closes the connections; a dispatcher or client that was given stays open. Collections under way fail. */
  async close(): Promise<void> {
    await this.#wires.close();
  }

  async #run(request: CollectRequest, options: CollectOptions): Promise<Collected> {
    const { signal } = options;
    if (signal?.aborted) throw cancelled();
    const asked = await this.#endpoints();
    await Promise.all(this.#wires.split(asked).map(({ wire }) => wire.ready()));
    const [set, heights] = await Promise.all([this.readSet(signal), this.#heights(request, asked, signal)]);
    if (signal?.aborted) throw cancelled();
    if (set.nodes.length === 0) throw new CollectError("no-nodes", "The contract has no node: nobody can sign.");
    const identities = asked.some(isOmqNode) ? await this.#deps.identities?.(set) : undefined;

    let refusal: CollectError | undefined;
    for (const { height, sources } of heights) {
      for (let below = 0; below <= Math.min(MAX_BELOW, height ?? 0); below++) {
        const at = height === undefined ? undefined : height - below;
        const round = await this.#round(request, asked, options, { set, height: at, identities });
        if (round.collected) return round.collected;
        refusal = round.refusal;
        if (!round.behind) throw refusal;
      }
      if (sources.length > 0) refusal = heightRefused(height as number, sources, refusal as CollectError);
    }
    throw refusal as CollectError;
  }

  /** Asks everybody once, for one height. */
  async #round(
    request: CollectRequest,
    asked: readonly NodeEndpoint[],
    options: CollectOptions,
    { set, height, identities }: { set: NodeSet; height: number | undefined; identities: Identities | undefined },
  ): Promise<{ collected?: Collected; refusal?: CollectError; behind: boolean }> {
    const prepared = prepareRequest(height === undefined || isDeparture(request) ? request : { ...request, height });
    const bound = bindKeys(asked, set, identities);
    const { endpoints, skipped } = this.#withoutOffenders(bound.endpoints, set);
    const replies = new Replies({
      prepared,
      tags: this.#tags,
      set,
      total: endpoints.length,
      onEvent: options.onEvent,
      keyAt: (endpoint) => endpoint.blsPubkey?.toLowerCase() ?? this.#keyAt.get(endpoint.url),
    });
    replies.unaddressed(bound.endpoints);
    for (const endpoint of skipped) replies.silent(endpoint, "remembered-offender");
    replies.started();
    for (const endpoint of bound.unknown) replies.failed(endpoint, UNKNOWN_KEY);
    if (height !== undefined) replies.emit({ type: "height", height });

    const { collected, behind } = await this.#gather(prepared, endpoints, replies, options, { set, height });
    if (!(collected instanceof Collected)) return { refusal: collected, behind };
    for (const { url, key } of replies.addressesOf(collected.statement.id, collected.signers)) {
      if (key === undefined) this.#keyAt.delete(url);
      else this.#keyAt.set(url, key);
    }
    return { collected, behind: false };
  }

  async #gather(
    prepared: PreparedRequest,
    endpoints: readonly NodeEndpoint[],
    replies: Replies,
    options: CollectOptions,
    agreed: { set: NodeSet; height: number | undefined },
  ): Promise<{ collected: Collected | CollectError; behind: boolean }> {
    const enough = new AbortController();
    const stopped = options.signal ? AbortSignal.any([options.signal, enough.signal]) : enough.signal;
    let early: Collected | undefined;
    const tryEarly = () => {
      if (options.stopAt === undefined || early || replies.bestCount() < options.stopAt) return;
      const collected = this.#evaluate(prepared, replies, agreed);
      if (collected instanceof Collected && collected.signers.length >= options.stopAt) {
        early = collected;
        replies.stopWaiting();
        enough.abort();
      }
    };
    // So many without the height, and those that have it are too few. Over HTTP a node looks at the chain anew when it is asked again.
    const without = new Set<string>();
    const tolerated = agreed.set.nodes.length - requiredSigners(agreed.set);
    const lacks = (endpoint: NodeEndpoint, { reason }: Failure) => {
      if (reason !== "height-not-available" || agreed.height === undefined) return;
      if (without.add(endpoint.url).size > tolerated) enough.abort();
    };
    const lanes = this.#wires.split(endpoints).map((lane) => {
      lane.wire.expect(lane.endpoints.length);
      const question = lane.wire.signing(prepared);
      return { ...lane, question, concurrency: question.concurrency, requests: question.requests };
    });
    const questionFor = new Map(lanes.flatMap(({ endpoints: all, question }) => all.map((one) => [one, question])));
    await gather(
      lanes.map(({ question, ...lane }) => ({ ...lane, ask: (endpoint, limits) => question.ask(endpoint, limits) })),
      { ...this.#options, signal: stopped, once: new Set(this.#dead) },
      {
        asked: (endpoint) => replies.asked(endpoint),
        answered: (endpoint, body, ms) => {
          this.#dead.delete(endpoint.url);
          const read = () => (questionFor.get(endpoint) as Question).read(body, endpoint);
          if (replies.answered(endpoint, read, ms)) tryEarly();
        },
        retrying: (endpoint, failure, attempt, delayMs) => {
          replies.retrying(endpoint, failure, attempt, delayMs);
          if (isOmqNode(endpoint)) lacks(endpoint, failure);
        },
        failed: (endpoint, failure) => {
          replies.failed(endpoint, failure);
          if (failure.reason === "refused" || failure.reason === "unreachable") this.#dead.add(endpoint.url);
          else this.#dead.delete(endpoint.url);
          lacks(endpoint, failure);
        },
      },
    );
    // Once more even after an early stop: the reasons of the nodes that were not awaited are complete only now. And when cancelled:
    // what is enough already need not be asked for again.
    const collected = this.#evaluate(prepared, replies, agreed);
    for (const url of replies.offenders()) this.offenders.add(url);
    if (options.signal?.aborted) throw cancelled(collected instanceof Collected ? collected : undefined);
    return { collected, behind: without.size > tolerated };
  }

  /** The statement with most signers first; the first that verifies with enough of them is the network's. */
  #evaluate(
    prepared: PreparedRequest,
    replies: Replies,
    { set, height }: { set: NodeSet; height: number | undefined },
  ): Collected | CollectError {
    const parts = { prepared, tags: this.#tags, contract: this.#options.contract, height, set };
    let refusal: CollectError | undefined;
    for (const { statement, candidates } of replies.groups()) {
      const whole: CollectedParts = {
        ...parts,
        statement,
        candidates,
        badNodes: replies.badNodes,
        silence: replies.silence(statement.id),
      };
      // A group that is too small cannot become larger by verifying it.
      const known = replies.knownKeys(candidates);
      if (known.size < requiredSigners(set)) {
        refusal ??= tooFew(known, whole, replies.badNodes);
        break;
      }
      try {
        const collected = replies.timed(candidates.length, () => Collected.verify(whole));
        replies.adopt(collected.badNodes);
        return collected;
      } catch (error) {
        if (!(error instanceof CollectError)) throw error;
        replies.adopt(error.details["badNodes"] as Collected["badNodes"]);
        refusal ??= error;
      }
    }
    const few = tooFew(new Set(), { set, silence: replies.silence(undefined) }, replies.badNodes);
    const agreeing = replies.failures("nothing-to-sign");
    if (agreeing >= requiredSigners(set)) {
      return new CollectError("nothing-to-sign", "The network would sign no more than the contract has on record.", {
        ...few.details,
        signers: agreeing,
      });
    }
    return refusal ?? few;
  }

  async #endpoints(): Promise<readonly NodeEndpoint[]> {
    const { nodes } = this.#deps;
    const endpoints = typeof nodes === "function" ? await nodes() : nodes;
    if (endpoints.length === 0) throw new CollectError("no-nodes", "No address of a node is known.");
    return [...new Map(endpoints.map((endpoint) => [endpoint.url, endpoint])).values()];
  }

  #withoutOffenders(all: readonly NodeEndpoint[], set: NodeSet) {
    const endpoints = all.filter((endpoint) => !this.offenders.has(endpoint.url));
    // Leaving them out must not be what makes it fail.
    if (endpoints.length < requiredSigners(set)) return { endpoints: all, skipped: [] };
    return { endpoints, skipped: all.filter((endpoint) => this.offenders.has(endpoint.url)) };
  }

  #heights(
    request: CollectRequest,
    endpoints: readonly NodeEndpoint[],
    signal: AbortSignal | undefined,
  ): Promise<HeightChoice[]> {
    const timeoutMs = Math.min(2_000, this.#options.timeoutMs ?? GATHER_DEFAULTS.timeoutMs);
    const healthy = endpoints.filter((endpoint) => !this.offenders.has(endpoint.url));
    const asked = healthy.length > 0 ? healthy : endpoints;
    return chooseHeights(request, asked, this.#wires, this.#deps.heights, { timeoutMs, signal });
  }
}

const UNKNOWN_KEY = failure("unknown-key", "no registered node has the key of this address", false);

function heightRefused(height: number, sources: readonly string[], cause: CollectError): CollectError {
  return new CollectError(
    "unavailable",
    `The nodes have no rewards of height ${height}, nor of the ${MAX_BELOW} before it, which ${sources.join(" and ")} told: ` +
      "it lies, is out of date or is on another network. Or the address has no rewards at all.",
    { ...cause.details, height, sources },
    cause,
  );
}

/**
 * One collection with a collector of its own.
 *
 * @example
 * const collected = await collect({ kind: "reward", recipient }, { chainId, contract }, { nodes, readSet });
 * const { to, data } = collected.call();
 */
export async function collect(
  request: CollectRequest,
  options: CollectorOptions & CollectOptions,
  dependencies: CollectorDependencies,
): Promise<Collected> {
  const collector = new Collector(options, dependencies);
  try {
    return await collector.collect(request, options);
  } finally {
    await collector.close();
  }
}

function cancelled(collected?: Collected): CollectError {
  return new CollectionCancelled(collected);
}

/** The result, unless it takes too long or the caller gives up; what comes later is dropped. */
async function within<T>(ms: number, work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  const onAbort = () => reject(cancelled());
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
