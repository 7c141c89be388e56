/**
 * Receipts of all clients and gateways: some leave out fields that nobody needs, some one that everything hangs on. A receipt that
 * does not say how the transaction ended is no receipt, and one without a block is that of a transaction still waiting.
 */
import { toQuantity } from "ethers";

type Fields = Readonly<Record<string, unknown>>;

/** What ethers asks for and nothing here depends on, for receipts that come without it. */
const OPTIONAL: Fields = {
  logsBloom: `0x${"00".repeat(256)}`,
  transactionIndex: "0x0",
  cumulativeGasUsed: "0x0",
  contractAddress: null,
  type: "0x0",
};

/** The receipt with all its fields; null for one without a block. Anything else is left as it is. */
export function completeReceipt(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  const receipt = result as Fields;
  if ((receipt["blockNumber"] ?? null) === null) return null;
  const given = Object.entries(receipt).filter(([, value]) => value !== undefined && value !== null);
  const { status } = receipt;
  const ended = typeof status === "boolean" ? { status: toQuantity(status ? 1 : 0) } : {};
  return { ...OPTIONAL, ...Object.fromEntries(given), ...ended };
}

/** Why a receipt says too little, to follow "its answer"; undefined when it says enough. */
export function faultOfReceipt(result: unknown): string | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const { status, gasUsed, logs, transactionHash, blockHash } = result as Fields;
  if (!isQuantity(status) || Number(status) > 1) return "is a receipt that does not say whether the transaction failed";
  if (!isQuantity(gasUsed)) return "is a receipt without the gas that was used";
  if (!Array.isArray(logs)) return "is a receipt without its logs";
  if (typeof transactionHash !== "string" || typeof blockHash !== "string")
    return "is a receipt that names no transaction or no block";
  for (const log of logs as unknown[]) {
    const { transactionHash: of, blockHash: at } = (log ?? {}) as Fields;
    if (isAnother(of, transactionHash) || isAnother(at, blockHash))
      return "is a receipt with a log of another transaction";
  }
  return undefined;
}

function isAnother(given: unknown, own: string): boolean {
  return typeof given === "string" && given.toLowerCase() !== own.toLowerCase();
}

function isQuantity(value: unknown): boolean {
  return (typeof value === "string" && /^0x[0-9a-f]+$/i.test(value)) || Number.isSafeInteger(value);
}
