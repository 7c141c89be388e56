import type { Failure, Stop, Success } from "./failure.ts";
import type { NodeEndpoint } from "./nodes.ts";
import type { PreparedRequest } from "./request.ts";

/**
 * What a node says in its reply, whatever wire it came over: well-formed and an answer to what was asked, but nothing of it is
 * believed yet.
 */
export interface Claims {
  /** Key of the signer, 0x and 128 hex digits: what it says itself, or where the wire has no place for that, who it must be. */
  signer: string;
  /** In the order of the recipients; undefined for one that it signs nothing for. Empty for a departure. */
  amounts: readonly (bigint | undefined)[];
  /** One a message, raw or in hex; neither decoded nor verified. */
  signatures: readonly (string | Uint8Array)[];
  /** The messages that it says it signed, where the wire carries them. */
  messages?: readonly string[];
}

/** Limits of one request. */
export interface AskLimits {
  /** For connecting; and anew for the answer, to its last byte. */
  timeoutMs: number;
  stop?: Stop;
}

/** One question, as one wire asks it: how it travels, and what the answer must be. */
export interface Question {
  ask(endpoint: NodeEndpoint, limits: AskLimits): Promise<Success | Failure>;
  /** Requests that it makes of each node. */
  readonly requests: number;
  /** Nodes asked at once that the wire takes well. */
  readonly concurrency: number;
  /** @throws Offence for an answer that no honest node gives */
  read(body: unknown, endpoint: NodeEndpoint): Claims;
}

/** A way to reach nodes. */
export interface Wire {
  /** Loads what it needs. @throws CollectError `unavailable` */
  ready(): Promise<void>;
  /** Tells how many nodes are about to be asked in turn. */
  expect(nodes: number): void;
  /** The question for signatures. */
  signing(prepared: PreparedRequest): Question;
  close(): Promise<void>;
}
