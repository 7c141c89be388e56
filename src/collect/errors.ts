/**
 * Why there is no aggregate:
 *
 * - `too-few-signers`: after leaving out the dead and the wrong, fewer than the contract requires agree
 * - `nothing-to-sign`: so many nodes say that the contract has what they would sign on record that nobody can claim more
 * - `no-nodes`: the contract has no node, or no address of a node is known
 * - `cancelled`: the caller gave up
 * - `bad-request`: the request itself makes no sense (bad address, empty list, bad key)
 * - `bad-reply`: an aggregate of somebody else's (the daemon) does not verify
 * - `unavailable`: the source of it cannot be reached or refuses
 */
export type CollectErrorCode =
  "too-few-signers" | "nothing-to-sign" | "no-nodes" | "cancelled" | "bad-request" | "bad-reply" | "unavailable";

/** What the collect room throws. */
export class CollectError extends Error {
  override name = "CollectError";
  readonly code: CollectErrorCode;
  /** Particulars, printable as JSON by `toJson` of the chain room. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: CollectErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}
