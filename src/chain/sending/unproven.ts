import { ChainError } from "../errors.ts";
import type { Entry } from "./journal.ts";

/** The nonce is used, and the endpoint shows no receipt: it may have taken effect, and is not done again. */
export function unprovenError({ hash, what, nonce, from }: Entry, own: boolean): ChainError {
  const text = own
    ? `${hash} (${what}) is in a block, but the endpoint does not give its receipt.`
    : `The nonce ${nonce} of ${hash} (${what}) is used, and the endpoint shows neither it nor what else used it: it may have taken effect.`;
  return new ChainError(own ? "no-receipt" : "end-unknown", text, { hash, what, nonce, from });
}
