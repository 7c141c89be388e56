import type { OmqAddress } from "./address.ts";
import type { Deadline } from "./deadline.ts";
import type { Part } from "./frames.ts";
import {
  byteLength,
  FORBIDDEN,
  FORBIDDEN_SN,
  NO_REPLY_TAG,
  NOT_A_SERVICE_NODE,
  REPLY,
  shown,
  UNKNOWN_COMMAND,
} from "./frames.ts";
import type { Hub } from "./hub.ts";
import type { OmqFailure, OmqFailureReason, OmqOutcome } from "./outcome.ts";
import { failed } from "./outcome.ts";

/** A request that waits. */
export interface Pending {
  readonly command: string;
  readonly parts: readonly Part[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Settles it; calls after the first do nothing. */
  readonly settle: (outcome: OmqOutcome) => void;
  deadline?: Deadline;
}

/** Messages that nobody waits for, since the last reply, before a connection counts as a flood: more than any honest one volunteers. */
const MAX_UNASKED = 1_000;

/** Parts of a reply: the protocol's own have two. A part may be empty, so that bytes alone bound no number of them. */
const MAX_PARTS = 64;

const REFUSALS: Readonly<Record<string, OmqFailureReason>> = {
  [FORBIDDEN]: "forbidden",
  [FORBIDDEN_SN]: "forbidden",
  [NOT_A_SERVICE_NODE]: "not-a-service-node",
};

/** One listener that is asked: its connection, as it stands, and the requests that wait for it. */
export class Peer {
  readonly address: OmqAddress;
  /** `waiting` for its turn, `connecting` (until CURVE is through), `up`. */
  state: "waiting" | "connecting" | "up" = "waiting";
  /** Whether this connection has begun: an earlier one's end may still be told. */
  tried = false;
  /** Whether TCP stands. */
  connected = false;
  hub: Hub | undefined;
  endpoint = "";
  /** Our name for the connection. */
  id = "";
  /** When something came from it last, ms of the process's clock. */
  heardAt = 0;
  readonly pending = new Map<string, Pending>();
  #unasked = 0;

  constructor(address: OmqAddress) {
    this.address = address;
  }

  send(tag: string, { command, parts }: Pending): void {
    this.hub?.send(this.id, [command, tag, ...parts]);
  }

  /**
   * Takes a message apart. What is not expected is ignored: commands, replies that come twice or to nobody's tag.
   *
   * @returns false when the connection is not worth keeping: it floods
   */
  receive(parts: readonly Buffer[]): boolean {
    this.heardAt = performance.now();
    const [word, second, third] = parts.slice(0, 3).map((part) => part.subarray(0, 256).toString("latin1"));
    const refusal = REFUSALS[word ?? ""];
    if (word === REPLY && second !== undefined) {
      if (this.#reply(second, parts)) return true;
    } else if (refusal !== undefined && second === REPLY && third !== undefined) {
      if (this.#settle(third, failed(refusal))) return true;
    } else if ((word === UNKNOWN_COMMAND || word === NO_REPLY_TAG) && second !== undefined) {
      if (this.#settleCommand(second, shown(parts[1] as Buffer))) return true;
    }
    return ++this.#unasked <= MAX_UNASKED;
  }

  /** Fails all that wait. */
  fail(failure: OmqFailure): void {
    for (const tag of [...this.pending.keys()]) this.#settle(tag, failure);
  }

  #reply(tag: string, parts: readonly Buffer[]): boolean {
    const pending = this.pending.get(tag);
    if (!pending) return false;
    if (parts.length - 2 > MAX_PARTS) return this.#settle(tag, failed("too-large", `over ${MAX_PARTS} parts`));
    const data = parts.slice(2);
    const tooLarge = byteLength(data) > pending.maxBytes;
    return this.#settle(
      tag,
      tooLarge ? failed("too-large", `over ${pending.maxBytes} bytes`) : { ok: true, parts: data },
    );
  }

  /** Such a refusal names no tag. Who does not know a command does not know it a second time either: all of them are meant. */
  #settleCommand(command: string, detail: string): boolean {
    let found = false;
    for (const [tag, pending] of this.pending) {
      if (pending.command === command) found = this.#settle(tag, failed("unknown-command", detail));
    }
    return found;
  }

  #settle(tag: string, outcome: OmqOutcome): boolean {
    const pending = this.pending.get(tag);
    if (!pending) return false;
    this.pending.delete(tag);
    if (outcome.ok) this.#unasked = 0;
    pending.settle(outcome);
    return true;
  }
}
