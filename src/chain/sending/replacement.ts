import type { Provider, TransactionResponse } from "ethers";
import { Transaction } from "ethers";
import type { Attempt } from "./journal.ts";

/** The transaction that took a nonce away from another. */
export interface Replacement {
  hash: string;
  block: number;
  /** `repriced`: the same with other fees; `cancelled`: an empty one to the account itself; `replaced`: something else. */
  reason: "repriced" | "cancelled" | "replaced";
}

/** How far back it is looked for: half a minute of Arbitrum's blocks would be 120. */
const BLOCKS = 2_048;

/**
 * Finds which transaction of an account used a nonce: the count of its transactions only grows, so the block is found by halving.
 *
 * @returns undefined when it is further back, or the endpoint has no state of back then: this is for the explanation only.
 */
export async function findReplacement(
  provider: Provider,
  from: string,
  nonce: number,
  attempts: readonly Attempt[],
): Promise<Replacement | undefined> {
  try {
    let high = await provider.getBlockNumber();
    let low = Math.max(0, high - BLOCKS);
    const used = async (block: number) => (await provider.getTransactionCount(from, block)) > nonce;
    if (await used(low)) return undefined;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (await used(middle)) high = middle;
      else low = middle;
    }
    const block = await provider.getBlock(high, true);
    const found = block?.prefetchedTransactions.find((tx) => tx.nonce === nonce && same(tx.from, from));
    if (!found) return undefined;
    return { hash: found.hash, block: high, reason: reasonOf(found, attempts) };
  } catch {
    // Old state is not kept everywhere; that it was replaced is certain without.
    return undefined;
  }
}

function reasonOf(found: TransactionResponse, attempts: readonly Attempt[]): Replacement["reason"] {
  const raw = attempts.find(({ raw: bytes, cancels }) => bytes !== undefined && !cancels)?.raw;
  const original = raw === undefined ? undefined : Transaction.from(raw);
  if (original && same(found.to, original.to) && found.data === original.data && found.value === original.value) {
    return "repriced";
  }
  return same(found.to, found.from) && found.data === "0x" && found.value === 0n ? "cancelled" : "replaced";
}

function same(a: string | null, b: string | null): boolean {
  return a?.toLowerCase() === b?.toLowerCase();
}
