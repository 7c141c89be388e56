import type { TransactionReceipt } from "ethers";
import type { Entry, Journal } from "./journal.ts";

/** Writes the receipt of an entry down; that of an empty transaction which took its place is no success. */
export async function included(
  entry: Entry,
  receipt: TransactionReceipt,
  journal: Journal,
): Promise<TransactionReceipt> {
  const cancelled = entry.attempts.some(({ hash, cancels }) => cancels && hash === receipt.hash);
  await journal.settle(entry, cancelled ? "replaced" : receipt.status === 1 ? "included" : "failed", {
    hash: receipt.hash,
    block: receipt.blockNumber,
    blockHash: receipt.blockHash,
    gasUsed: receipt.gasUsed.toString(),
    cost: (receipt.gasUsed * receipt.gasPrice).toString(),
    ...(receipt.contractAddress === null ? {} : { contract: receipt.contractAddress }),
  });
  return receipt;
}
