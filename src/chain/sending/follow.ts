import type { Provider, TransactionReceipt } from "ethers";
import { pause } from "../transport/pause.ts";
import { newestBlock } from "./fees.ts";
import type { Attempt } from "./journal.ts";
import { plainWords, readRefusal } from "./refusals.ts";
import type { SendAnswer } from "./refusals.ts";
import { whoUsed } from "./replacement.ts";
import type { Replacement } from "./replacement.ts";

/** What is seen of a transaction while it is waited for. */
export interface Tick {
  /**
   * - `waiting`: the endpoint knows it
   * - `unanswered`: the endpoint has not said that it took it
   * - `included`: in a block, waiting for more on top
   * - `reorganised`: it was in a block that is no part of the chain any more
   * - `resent`: the endpoint had lost it, and got the same bytes again
   */
  state: "waiting" | "unanswered" | "included" | "reorganised" | "resent";
  hash: string;
  seconds: number;
  confirmations: number;
  wanted: number;
}

/** What {@link follow} needs to know of a transaction to wait for it. */
export interface FollowOptions {
  provider: Provider;
  from: string;
  nonce: number;
  /** All signatures of this nonce, newest last. */
  attempts: readonly Attempt[];
  /** What the endpoint said when the newest was sent. */
  answer: SendAnswer;
  confirmations: number;
  timeoutMs: number;
  /** How long an endpoint may do nothing but fail. */
  troubleMs?: number | undefined;
  pollMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Unix seconds; bytes that come too late are not sent again. */
  validUntil?: number | undefined;
  /** Told of each look. */
  onTick?: ((tick: Tick) => void) | undefined;
}

/** How it ended. */
export type Followed =
  | { kind: "included"; receipt: TransactionReceipt }
  | { kind: "replaced"; by: Replacement }
  | { kind: "refused"; answer: Extract<SendAnswer, { kind: "refused" }> }
  /** Its nonce is used, and there is no receipt: by itself (`own`), or by what the endpoint does not show. */
  | { kind: "unproven"; own: boolean }
  /** Never included in time, and the contract would refuse it now. */
  | { kind: "expired" }
  /**
   * Not included within the time limit. `known`: whether the endpoint has it; `taken`: whether it said so when it was sent last;
   * `said`: whether it answered, and would not take it.
   */
  | { kind: "pending"; known: boolean; taken: boolean; said: boolean; words: string | undefined }
  /** The signal fired. */
  | { kind: "left" };

/** Looks in a row with the nonce used and no receipt, until it is looked who used it: replicas lag behind each other. */
const USED_LOOKS = 3;
/** Looks in a row without the transaction, until the same bytes are sent again. */
const UNKNOWN_LOOKS = 3;

/** How long an endpoint may do nothing but fail, ms. */
const TROUBLE_MS = 60_000;
/** How long a transaction is offered that the endpoint neither takes nor refuses, ms. */
const UNANSWERED_MS = 45_000;

/** Follows a transaction to its end. Trouble of the endpoint is waited out; never throws for it. */
export async function follow(options: FollowOptions): Promise<Followed> {
  const { provider, attempts, confirmations: wanted, signal } = options;
  const pollMs = options.pollMs ?? pollingInterval(provider);
  const started = Date.now();
  const watch = new Watch(options);
  for (;;) {
    if (signal?.aborted) return { kind: "left" };
    const end = await watch.look();
    if (end) return end;
    const { hash = "" } = attempts.at(-1) ?? {};
    const seconds = Math.floor((Date.now() - started) / 1_000);
    options.onTick?.({ state: watch.state, hash, seconds, confirmations: watch.confirmations, wanted });
    const inTrouble = watch.troubleFor() >= (options.troubleMs ?? TROUBLE_MS);
    const unanswered = !watch.known && watch.state === "unanswered" && Date.now() - started >= UNANSWERED_MS;
    if (Date.now() - started >= options.timeoutMs || inTrouble || unanswered) {
      if (watch.used !== undefined) return { kind: "unproven", own: watch.used === "own" };
      const { known, taken, said, words } = watch;
      return { kind: "pending", known, taken, said, words };
    }
    await pause(pollMs, signal);
  }
}

class Watch {
  state: Tick["state"];
  confirmations = 0;
  known: boolean;
  taken: boolean;
  words: string | undefined;
  said: boolean;
  /** Who used the nonce, where no receipt says it. */
  used: "own" | "unknown" | undefined;
  readonly #options: FollowOptions;
  #seen: string | undefined;
  #used = 0;
  #unknown: number;
  #troubleSince: number | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
    const { answer } = options;
    this.known = this.taken = answer.kind === "known";
    this.words = answer.kind === "known" ? undefined : answer.words;
    this.said = answer.kind === "unclear" && answer.said;
    this.state = this.known ? "waiting" : "unanswered";
    // Without an answer the first look that does not find it sends it again.
    this.#unknown = this.known ? 0 : UNKNOWN_LOOKS - 1;
  }

  troubleFor(): number {
    return this.#troubleSince === undefined ? 0 : Date.now() - this.#troubleSince;
  }

  async look(): Promise<Followed | undefined> {
    try {
      const end = await this.#look();
      this.#troubleSince = undefined;
      return end;
    } catch (error) {
      this.words = plainWords(error);
      this.said = false;
      this.#troubleSince ??= Date.now();
      return undefined;
    }
  }

  async #look(): Promise<Followed | undefined> {
    const { provider, from, nonce, attempts, confirmations: wanted } = this.#options;
    const receipt = await findReceipt(provider, attempts);
    if (receipt) {
      if (this.#seen !== undefined && this.#seen !== receipt.blockHash) this.state = "reorganised";
      else this.state = "included";
      this.#seen = receipt.blockHash;
      const head = wanted > 1 ? await provider.getBlockNumber() : receipt.blockNumber;
      this.confirmations = Math.max(1, head - receipt.blockNumber + 1);
      return this.confirmations >= wanted ? { kind: "included", receipt } : undefined;
    }
    this.confirmations = 0;
    if (this.#seen !== undefined) {
      this.#seen = undefined;
      this.state = "reorganised";
      return undefined;
    }
    if ((await provider.getTransactionCount(from, "latest")) > nonce) {
      if (++this.#used < USED_LOOKS) return undefined;
      this.#used = 0;
      const user = await whoUsed(provider, { from, nonce, attempts });
      if (user.kind === "other") return { kind: "replaced", by: user.by };
      this.used = user.kind;
      return undefined;
    }
    this.#used = 0;
    this.used = undefined;
    return this.#lookInPool();
  }

  async #lookInPool(): Promise<Followed | undefined> {
    const { provider, attempts, validUntil } = this.#options;
    for (const { hash } of [...attempts].reverse()) {
      if ((await provider.getTransaction(hash)) === null) continue;
      this.known = true;
      this.words = undefined;
      this.said = false;
      this.#unknown = 0;
      if (this.state !== "resent") this.state = "waiting";
      return undefined;
    }
    this.known = false;
    if (++this.#unknown < UNKNOWN_LOOKS) return undefined;
    this.#unknown = 0;
    const raw = attempts.at(-1)?.raw;
    if (raw === undefined) return undefined;
    if (validUntil !== undefined && (await chainSeconds(provider)) >= validUntil) return { kind: "expired" };
    const answer = await broadcast(provider, raw);
    if (answer.kind === "refused" && answer.why !== "nonce-used") return { kind: "refused", answer };
    this.taken = answer.kind === "known";
    this.words = this.taken ? undefined : (answer as { words: string }).words;
    this.said = answer.kind === "unclear" && answer.said;
    this.state = this.taken ? "resent" : "unanswered";
    return undefined;
  }
}

/** The receipt of whichever signature was included. */
export async function findReceipt(
  provider: Provider,
  attempts: readonly Attempt[],
): Promise<TransactionReceipt | undefined> {
  for (const { hash } of [...attempts].reverse()) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt) return receipt;
  }
  return undefined;
}

/** Hands signed bytes to the endpoint; says what its answer means, and never throws. */
export async function broadcast(provider: Provider, raw: string): Promise<SendAnswer> {
  try {
    await provider.broadcastTransaction(raw);
    return { kind: "known" };
  } catch (error) {
    return readRefusal(error);
  }
}

/** Time of the newest block, unix seconds. @throws ChainError `unknown-block`: no time is not the beginning of time */
export async function chainSeconds(provider: Provider): Promise<number> {
  return (await newestBlock(provider)).timestamp;
}

function pollingInterval(provider: Provider): number {
  const { pollingInterval: given } = provider as { pollingInterval?: unknown };
  return typeof given === "number" ? given : 1_000;
}
