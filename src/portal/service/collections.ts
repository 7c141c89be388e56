import { CollectError } from "../../collect/index.ts";
import type { CollectRequest } from "../../collect/index.ts";
import type { CollectFailure, CollectProgress } from "../api/index.ts";
import { PortalError } from "./refusal.ts";
import type { NetworkSignature, Source } from "./sources.ts";

/** A signature, when it was made, and until when it is handed out. */
export interface Collection {
  signature: NetworkSignature;
  /** Unix seconds of this machine. */
  collectedAt: number;
  blockheight: number;
}

/** What the nodes said last, and of what. */
interface Kept {
  /** That they have nothing to sign is an answer too. */
  said: Collection | CollectError;
  /** Aggregate key of the contract that it was made against: another set, another signature. */
  setKey: string;
  /** Rewards: what was on record when they were asked, atomic SESH. */
  recorded: bigint;
  /** Seconds of the chain, until which it is handed out. */
  chainUntil: number;
  /** Unix ms of this machine: a chain that stands still, or is not seen, makes nothing young. */
  until: number;
}

interface Running {
  result: Promise<Collection>;
  progress: CollectProgress | undefined;
  listeners: Set<(progress: CollectProgress) => void>;
}

type Request =
  { kind: "reward"; recipient: string } | { kind: "exit" | "liquidate"; blsPubkey: string; ed25519Pubkey: string };

export interface CollectionsOptions {
  /** Collections that run at once; more are refused, with the seconds after which to come again. */
  most: number;
  /** How long rewards are handed out again: a round of the network, after which the figure is another; and by this machine's clock. */
  roundSeconds: number;
  rewardsMs: number;
  /** Before a departure's signature expires in the contract it is made anew. */
  marginSeconds: number;
}

export interface CollectionsDependencies {
  source: Source | undefined;
  /** The newest block, the contract's aggregate key and expiry of signatures at it. */
  chain: () => { block: number; timestamp: number; aggregatePubkey: string; signatureExpiry: number };
  /** What the contract has on record of a recipient (with 0x), atomic SESH. */
  recorded: (recipient: string) => bigint;
  /** Told of each one that ended. */
  onEnd?: (kind: string, outcome: "signed" | "failed", seconds: number) => void;
}

const MOST_KEPT = 5_000;

/**
 * Collections shared between visitors: whoever asks for what is being collected waits with the others, and what was collected is
 * handed out again while it is good.
 */
export class Collections {
  readonly #options: CollectionsOptions;
  readonly #deps: CollectionsDependencies;
  readonly #running = new Map<string, Running>();
  readonly #kept = new Map<string, Kept>();
  readonly #ending = new AbortController();
  /** Answered without asking the nodes. */
  shared = 0;

  constructor(options: CollectionsOptions, dependencies: CollectionsDependencies) {
    this.#options = options;
    this.#deps = dependencies;
  }

  get running(): number {
    return this.#running.size;
  }

  get available(): boolean {
    return this.#deps.source !== undefined;
  }

  /**
   * The network's signature on lifetime rewards (`recipient` with 0x) or on a departure.
   *
   * @param onProgress - Told of what is known at once, and of each step.
   * @throws PortalError `busy` when too many run, `no-source`; CollectError
   */
  get(request: Request, onProgress?: (progress: CollectProgress) => void, signal?: AbortSignal): Promise<Collection> {
    const name = request.kind === "reward" ? request.recipient.toLowerCase() : request.blsPubkey;
    const key = `${request.kind} ${name}`;
    const kept = this.#fresh(key, request);
    if (kept) {
      this.shared++;
      return kept instanceof CollectError ? Promise.reject(kept) : Promise.resolve(kept);
    }
    let running = this.#running.get(key);
    if (running) this.shared++;
    else running = this.#start(key, request);
    if (onProgress) {
      const { listeners } = running;
      listeners.add(onProgress);
      if (running.progress) onProgress(running.progress);
      const leave = () => listeners.delete(onProgress);
      signal?.addEventListener("abort", leave, { once: true });
      void running.result.finally(leave).catch(() => undefined);
    }
    return running.result;
  }

  /** What was collected for an address last, whatever became of it. */
  lastAmount(recipient: string): bigint | undefined {
    const said = this.#kept.get(`reward ${recipient.toLowerCase()}`)?.said;
    return said instanceof CollectError ? undefined : said?.signature.amount;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled([...this.#running.values()].map(({ result }) => result));
    await this.#deps.source?.close();
  }

  #fresh(key: string, request: Request): Kept["said"] | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    const { aggregatePubkey, timestamp } = this.#deps.chain();
    if (kept.setKey !== aggregatePubkey || timestamp >= kept.chainUntil || Date.now() >= kept.until) return undefined;
    const { said } = kept;
    const recorded = this.#recorded(request);
    // Nothing above the record of then: a reorganisation may have taken that back.
    if (said instanceof CollectError) return recorded < kept.recorded ? undefined : said;
    // Once it is used it pays nobody: who asks again has earned more meanwhile, or is told by the nodes that he has not. What was on
    // record when they signed it is no use of it: they have said that there is no more.
    const { amount } = said.signature;
    const used = amount !== undefined && kept.recorded < amount && amount <= recorded;
    return used ? undefined : said;
  }

  #recorded(request: Request): bigint {
    return request.kind === "reward" ? this.#deps.recorded(request.recipient) : 0n;
  }

  /** Seconds of the chain that a departure's signature is handed out. */
  #lifetime(): number {
    return Math.max(0, this.#deps.chain().signatureExpiry - this.#options.marginSeconds);
  }

  #start(key: string, request: Request): Running {
    const { source } = this.#deps;
    if (!source) {
      throw new PortalError(
        503,
        "no-source",
        "This service knows no nodes and no daemon: it cannot collect signatures.",
      );
    }
    if (this.#running.size >= this.#options.most) {
      throw new PortalError(503, "busy", "Too many collections are under way; ask again in a few seconds.", {
        retryAfter: 5,
      });
    }
    const running: Running = { progress: undefined, listeners: new Set(), result: Promise.resolve(undefined as never) };
    running.result = this.#collect(key, request, source, running);
    this.#running.set(key, running);
    // Visitors read the rejection; one that nobody waits for any more must not end the process.
    running.result.catch(() => undefined);
    return running;
  }

  async #collect(key: string, request: Request, source: Source, running: Running): Promise<Collection> {
    const started = performance.now();
    const { timestamp, aggregatePubkey: setKey } = this.#deps.chain();
    const recorded = this.#recorded(request);
    const full: CollectRequest = request.kind === "reward" ? request : { ...request, timestamp };
    const keep = (said: Kept["said"]) => {
      const seconds = request.kind === "reward" ? this.#options.roundSeconds : this.#lifetime();
      const ms = request.kind === "reward" ? this.#options.rewardsMs : 1_000 * seconds;
      const since = (said instanceof CollectError ? undefined : said.signature.timestamp) ?? timestamp;
      this.#keep(key, { said, setKey, recorded, chainUntil: since + seconds, until: Date.now() + ms });
    };
    const done = (outcome: "signed" | "failed") =>
      this.#deps.onEnd?.(request.kind, outcome, (performance.now() - started) / 1_000);
    try {
      const signature = await source.collect(full, {
        signal: this.#ending.signal,
        onProgress: (progress) => {
          running.progress = progress;
          for (const listener of running.listeners) listener(progress);
        },
      });
      const said = { signature, collectedAt: Math.floor(Date.now() / 1_000), blockheight: signature.height };
      keep(said);
      done("signed");
      return said;
    } catch (error) {
      if (error instanceof CollectError && error.code === "nothing-to-sign") keep(error);
      done("failed");
      throw error;
    } finally {
      this.#running.delete(key);
    }
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    // The oldest goes first.
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(old);
    }
  }
}

/** A collection's failure for people: what it was, and what to do. */
export function toFailure(error: unknown): { status: number; failure: CollectFailure; retryAfter: number | undefined } {
  if (error instanceof PortalError) {
    const failure = { code: error.code, error: error.message, signed: null, needed: null };
    return { status: error.status, failure, retryAfter: error.retryAfter };
  }
  if (!(error instanceof CollectError)) throw error;
  const { details } = error;
  const count = (name: string) => (typeof details[name] === "number" ? details[name] : null);
  const [signed, needed] = [count("signers"), count("required")];
  const reasons = ((details["nonSigners"] ?? []) as { reason: string }[]).map(({ reason }) => reason);
  const refusals = reasons.filter((reason) => reason === "not-eligible").length;
  const make = (status: number, code: string, sentence: string, retryAfter?: number) => ({
    status,
    retryAfter,
    failure: { code, error: sentence, signed, needed },
  });
  // Over OxenMQ one refusal means both.
  if (error.code === "unavailable" && count("height") !== null) {
    return make(
      504,
      error.code,
      "No node has rewards of this address at the network's newest height: either it has earned none yet, or this service was told a wrong height; try again in some minutes.",
      30,
    );
  }
  switch (error.code) {
    case "nothing-to-sign":
      return make(
        409,
        "nothing-to-sign",
        "The contract has all of these rewards on record already: claim them without a new signature.",
      );
    case "too-few-signers":
      if (2 * refusals > reasons.length) {
        return make(
          403,
          "not-eligible",
          "The network does not agree to this yet: see the node's state for when it will.",
        );
      }
      return make(
        504,
        "too-few-signers",
        `Too few nodes signed (${signed ?? 0} of ${needed ?? "?"} needed); try again in some minutes.`,
        30,
      );
    case "no-nodes":
      return make(503, "no-nodes", "No address of a node is known to this service at the moment; try again later.", 60);
    case "cancelled":
      return make(503, "stopping", "The service is being restarted; ask again in a minute.", 30);
    case "bad-request":
      return make(400, "bad-request", error.message);
    default:
      return make(504, error.code, "The network gave no usable answer in time; try again in some minutes.", 30);
  }
}
