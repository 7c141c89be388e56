/**
 * What is wrong:
 *
 * - `bt-encoding`: bytes that are no bt-encoding, or go beyond the reader's bounds
 * - `bt-value`: a value that bt-encoding cannot express
 * - `address`: text that is no address of an OxenMQ listener
 * - `key`: bytes that are no key of the kind
 * - `unavailable`: ZeroMQ cannot be loaded on this machine
 * - `closed`: the client or server was closed
 */
export type OmqErrorCode = "bt-encoding" | "bt-value" | "address" | "key" | "unavailable" | "closed";

/** What the omq room throws. Faults of the other side are no errors but {@link OmqFailure} results. */
export class OmqError extends Error {
  override name = "OmqError";
  readonly code: OmqErrorCode;

  constructor(code: OmqErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
