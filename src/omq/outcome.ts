/**
 * Why a request brought no reply:
 *
 * - `refused`: nobody listens there; `unreachable`: its name is not known
 * - `handshake`: somebody listens, but does not hold the key of the address, or speaks no CURVE
 * - `reset`: the connection broke while it waited, as it does after a frame that is too large
 * - `timeout`: nothing came in time
 * - `too-large`: more bytes than the caller wants, or than a frame takes
 * - `unknown-command`, `forbidden`, `not-a-service-node`: the other side's own refusals
 * - `cancelled`: the caller gave up, or the client was closed
 */
export type OmqFailureReason =
  | "refused"
  | "unreachable"
  | "handshake"
  | "reset"
  | "timeout"
  | "too-large"
  | "unknown-command"
  | "forbidden"
  | "not-a-service-node"
  | "cancelled";

/** A request that failed. */
export interface OmqFailure {
  ok: false;
  reason: OmqFailureReason;
  /** A few words, printable: never trusted, only shown. */
  detail: string;
  /** Whether asking again may help. */
  transient: boolean;
}

/** A reply: its parts behind the tag, as they came. */
export interface OmqReply {
  ok: true;
  parts: readonly Uint8Array[];
}

/** What becomes of a request. */
export type OmqOutcome = OmqReply | OmqFailure;

const TRANSIENT: ReadonlySet<OmqFailureReason> = new Set(["refused", "handshake", "reset", "timeout"]);

export function failed(reason: OmqFailureReason, detail = "", transient = TRANSIENT.has(reason)): OmqFailure {
  return { ok: false, reason, detail, transient };
}

/**
 * Something that may end many requests at once. Not an AbortSignal: with thousands of listeners each removal from one is a search.
 */
export interface OmqStop {
  readonly stopped: boolean;
  /** Calls back once when it fires; gives back how to unsubscribe. */
  onStop(callback: () => void): () => void;
}
