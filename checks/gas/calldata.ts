import { brotliCompressSync, constants } from "node:zlib";
import { getBytes } from "ethers";

/** What a transaction carries. On Arbitrum its sender pays for the compressed size. */
export interface Calldata {
  bytes: number;
  /** After brotli at level 1, with which the sequencer compresses. */
  brotli: number;
}

export function calldataOf(data: string): Calldata {
  const bytes = getBytes(data);
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  return { bytes: bytes.length, brotli: brotliCompressSync(bytes, options).length };
}

/** The calldata of each operation, the first of its kind that was sent. */
export class CalldataLog {
  readonly sizes: Record<string, Calldata> = {};

  record(operation: string, data: string): void {
    this.sizes[operation] ??= calldataOf(data);
  }
}
