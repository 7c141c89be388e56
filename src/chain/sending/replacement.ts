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

/** Whose transaction used a nonce. */
export type Used =
  /** One of ours, in a block, or the same with other fees: it took effect or failed, as its receipt will tell. */
  | { kind: "own" }
  | { kind: "other"; by: Replacement }
  /** The endpoint does not show it: nothing follows from that, least of all that ours was replaced. */
  | { kind: "unknown" };

/** How far back it is looked for at first: half a minute of Arbitrum's blocks would be 120. */
const BLOCKS = 2_048;

/**
 * Tells whether a used nonce was used by us. That there is no receipt proves nothing: replicas lag, and endpoints forget receipts and
 * transactions sooner than blocks.
 */
export async function whoUsed(
  provider: Provider,
  { from, nonce, attempts }: { from: string; nonce: number; attempts: readonly Attempt[] },
): Promise<Used> {
  for (const { hash } of attempts) {
    const found = await provider.getTransaction(hash);
    if (found !== null && found.blockNumber !== null) return { kind: "own" };
  }
  const by = await findUser(provider, from, nonce, attempts);
  if (by === undefined) return { kind: "unknown" };
  if (attempts.some(({ hash }) => same(hash, by.hash))) return { kind: "own" };
  if (by.reason === "repriced" && (await provider.getTransactionReceipt(by.hash)) === null) return { kind: "own" };
  return { kind: "other", by };
}

/**
 * Finds which transaction of an account used a nonce: the count of its transactions only grows, so the block is found by halving.
 *
 * @returns undefined when the endpoint has no state of back then
 */
async function findUser(
  provider: Provider,
  from: string,
  nonce: number,
  attempts: readonly Attempt[],
): Promise<Replacement | undefined> {
  try {
    let high = await provider.getBlockNumber();
    let low = Math.max(0, high - BLOCKS);
    const used = async (block: number) => (await provider.getTransactionCount(from, block)) > nonce;
    while (low > 0 && (await used(low))) [high, low] = [low, Math.max(0, low - 2 * (high - low))];
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
    // Old state is not kept everywhere.
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
