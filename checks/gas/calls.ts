import { brotliCompressSync, constants } from "node:zlib";
import { getBytes } from "ethers";
import type { TransactionResponse } from "ethers";

/** What a transaction carries and leaves behind, beside its gas. */
export interface CallSize {
  /** Of the calldata. */
  bytes: number;
  /** The calldata after brotli at level 1, with which the sequencer of Arbitrum compresses: its sender pays for that. */
  brotli: number;
  /** Storage slots that were zero and no longer are. */
  newSlots: number;
}

interface Trace {
  structLogs: readonly { op: string; gasCost: number }[];
}

/** What EIP-2200 asks for a slot that becomes non-zero; nothing else that a store does costs as much. */
const NEW_SLOT_GAS = 20_000;

/** The sizes of each operation, the first of its kind that was sent. */
export class CallLog {
  readonly sizes: Record<string, CallSize> = {};

  /** Of a transaction that is mined, before its block is undone. */
  async record(operation: string, sent: TransactionResponse): Promise<void> {
    if (operation in this.sizes) return;
    const data = getBytes(sent.data);
    const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
    this.sizes[operation] = {
      bytes: data.length,
      brotli: brotliCompressSync(data, options).length,
      newSlots: await newSlots(sent),
    };
  }
}

async function newSlots(sent: TransactionResponse): Promise<number> {
  const provider = sent.provider as unknown as { send(method: string, params: unknown[]): Promise<unknown> };
  const quiet = { disableStorage: true, disableMemory: true, disableStack: true };
  const { structLogs } = (await provider.send("debug_traceTransaction", [sent.hash, quiet])) as Trace;
  return structLogs.filter(({ op, gasCost }) => op === "SSTORE" && gasCost >= NEW_SLOT_GAS).length;
}
