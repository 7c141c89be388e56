import type { FailureReason } from "./failure.ts";
import type { OffenceReason } from "./offence.ts";

/** Where a collection stands; a snapshot comes with every event. */
export interface Progress {
  /** Addresses to ask, and asked so far. */
  total: number;
  asked: number;
  /** Usable replies. */
  answered: number;
  /** Addresses given up, by reason. */
  failed: Partial<Record<FailureReason, number>>;
  /** Addresses that gave a wrong answer. */
  bad: number;
  retries: number;
  /** Nodes of the contract behind the statement that most agree on. */
  signers: number;
  /** Nodes of the contract that must sign. */
  required: number;
  elapsedMs: number;
}

/** What happened in a collection, with where it stands. `id` is the contract's number of the node, if it holds the key; times in ms. */
export type CollectEvent = { progress: Progress } & (
  | { type: "started"; block: number; nodes: number }
  | { type: "asked"; url: string }
  | { type: "height"; height: number }
  | { type: "answered"; url: string; key: string; id: bigint | undefined; ms: number }
  | { type: "retrying"; url: string; reason: FailureReason; attempt: number; delayMs: number }
  | { type: "failed"; url: string; reason: FailureReason; detail: string }
  | { type: "bad"; url: string; key: string | undefined; reason: OffenceReason; detail: string }
  | { type: "verifying"; signers: number }
  | { type: "verified"; signers: number; ms: number }
);

/**
 * Turns callbacks into an async iterable that ends with the work. Nothing is lost while the reader is busy; the queue cannot
 * outgrow a few events for each node.
 */
export class EventStream<T> implements AsyncIterable<T> {
  readonly #queue: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(event: T): void {
    this.#queue.push(event);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      while (this.#queue.length > 0) yield this.#queue.shift() as T;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
