/**
 * Why a request brought no usable reply:
 *
 * - `refused`, `unreachable`, `reset`, `timeout`: the network
 * - `too-large`: more bytes than any honest reply has
 * - `not-json`: garbage
 * - `malformed`, `stale`, `not-eligible`, `nothing-to-sign`, `height-not-available`: the node's own 400, 400, 403, 403, 410
 * - `http-error`: any other status
 * - `handshake`: somebody is at the address who does not hold its key (OxenMQ)
 * - `unknown-command`, `forbidden`, `not-a-service-node`: refusals of an OxenMQ listener
 * - `unknown-key`: not asked, since no registered node is known to be behind the address
 * - `cancelled`: the collection ended first
 */
export type FailureReason =
  | "refused"
  | "unreachable"
  | "reset"
  | "timeout"
  | "too-large"
  | "not-json"
  | "malformed"
  | "stale"
  | "not-eligible"
  | "nothing-to-sign"
  | "height-not-available"
  | "http-error"
  | "handshake"
  | "unknown-command"
  | "forbidden"
  | "not-a-service-node"
  | "unknown-key"
  | "cancelled";

/** A request that brought nothing. */
export interface Failure {
  ok: false;
  reason: FailureReason;
  /** A few words from the wire or the system, cut short: never trusted, only shown. */
  detail: string;
  /** Whether asking again may help. */
  transient: boolean;
}

/** A request that brought something; what it is worth is another question. */
export interface Success {
  ok: true;
  body: unknown;
}

/**
 * Something that may end many requests at once. Not an AbortSignal: with thousands of listeners each removal from one is a search.
 */
export interface Stop {
  readonly stopped: boolean;
  /** Calls back once when it fires; gives back how to unsubscribe. */
  onStop(callback: () => void): () => void;
}

export function failure(reason: FailureReason, detail: string, transient: boolean): Failure {
  return { ok: false, reason, detail, transient };
}

/** Printable ASCII only: what comes from the wire must not steer a terminal. */
export function shorten(text: string): string {
  return text
    .slice(0, 80)
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
}
