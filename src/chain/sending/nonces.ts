import type { Provider } from "ethers";
import { ChainError } from "../errors.ts";
import type { Entry, Journal } from "./journal.ts";

/**
 * The next free nonce of an account. Some endpoints hold back what waits in their pool, or count it on a replica in arrears: what the
 * newest block and the journal know counts too.
 *
 * @param journal - What this account has sent, as far as this machine knows.
 * @throws ChainError `under-way` while a transaction waits that the journal does not have: it may do the very same, and a second one
 * would do it twice
 */
export async function nextNonce(provider: Provider, from: string, journal: Journal | undefined): Promise<number> {
  const [pending, latest] = await Promise.all([
    provider.getTransactionCount(from, "pending"),
    provider.getTransactionCount(from, "latest"),
  ]);
  let next = Math.max(pending, latest);
  const entries = (journal?.all ?? []).filter((entry) => entry.from === from);
  for (let nonce = latest; journal !== undefined && nonce < pending; nonce++) {
    if (!entries.some((entry) => entry.nonce === nonce)) throw underWay(from, nonce, undefined);
  }
  for (const entry of entries) {
    if (entry.state !== "signed" || entry.nonce < next) continue;
    for (const { hash } of entry.attempts) {
      if ((await provider.getTransaction(hash)) !== null) next = Math.max(next, entry.nonce + 1);
    }
  }
  return next;
}

/** The pool has another transaction of this nonce, which is not to be replaced unasked. */
export function underWay(from: string, nonce: number, other: Entry | undefined, words?: string): ChainError {
  const which =
    other === undefined
      ? "by a transaction that is not included yet, and that this machine did not send"
      : `by ${other.hash ?? "a transaction"} (${other.what}), sent by an earlier run and not included yet`;
  const said = words === undefined ? "" : ` (${words})`;
  const text = `Nonce ${nonce} of ${from} is taken ${which}${said}: nothing was sent.`;
  return new ChainError("under-way", text, { from, nonce, hash: other?.hash });
}
