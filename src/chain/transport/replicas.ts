/**
 * Behind one address there are often several replicas, and some are in arrears. Most of their wrong answers are no errors: a block
 * that is not there (null), logs that are missing, a state that is old. Here is what shows them up.
 */

import { faultOfLogs } from "./logs.ts";

/** A block that is known to exist and is not there after so many tries was taken back. */
const BELIEVED_AFTER = 3;

/** Reads of the state; their last parameter (of `eth_getStorageAt` the third) is the block. */
const STATE = new Set([
  "eth_call",
  "eth_estimateGas",
  "eth_getBalance",
  "eth_getTransactionCount",
  "eth_getCode",
  "eth_getStorageAt",
]);

/** A question that goes beside another, in the same request and so to the same replica. */
export interface Witness {
  method: string;
  params: unknown[];
  /** Why the other's answer is not to be believed; `counted` tells how often it was asked before. */
  fault: (result: unknown, counted: number) => string | undefined;
}

/** Questions after one transaction: null where the replica does not have it. */
const OF_ONE = new Set(["eth_getTransactionReceipt", "eth_getTransactionByHash"]);

/** What is known of the chain's height, from all answers. */
export class Replicas {
  /** Greatest block number that any answer has shown. */
  #seen = 0;
  /** Greatest block number of a receipt: the newest state is not older than what was sent from here. */
  #floor = 0;
  /** Transactions that were seen in a block. */
  readonly #included = new Set<string>();
  /** Transactions that may well not be there: sent from here just now, or not found before. */
  readonly #open = new Set<string>();

  /** The chain is known to have this block: nothing older is the newest. */
  notBefore(block: number): void {
    this.#seen = Math.max(this.#seen, block);
    this.#floor = Math.max(this.#floor, block);
  }

  /** A transaction goes out: that it is not there yet says nothing about the replica. */
  sending(hash: string): void {
    this.#open.add(hash.toLowerCase());
  }

  /**
   * What to ask beside a call. A replica in arrears answers for logs of blocks that it does not have with an empty list, and for the
   * newest state with an older one: neither is an error. Beside logs goes the header of their last block; once a transaction of ours
   * was seen included, the height of the replica beside each read of the newest state.
   */
  witness(method: string, params: readonly unknown[]): Witness | undefined {
    if (method === "eth_getLogs") {
      const { toBlock } = (params[0] ?? {}) as { toBlock?: unknown };
      if (typeof toBlock !== "string" || !toBlock.startsWith("0x")) return undefined;
      const fault = (result: unknown) => (result === null ? `it does not know block ${Number(toBlock)}` : undefined);
      return { method: "eth_getBlockByNumber", params: [toBlock, false], fault };
    }
    const floor = this.#floor;
    if (floor === 0 || !STATE.has(method) || !isTag(params[method === "eth_getStorageAt" ? 2 : 1])) return undefined;
    const fault = (result: unknown, counted: number): string | undefined => {
      const newest = Number(result);
      if (newest >= floor) return undefined;
      if (counted < BELIEVED_AFTER) return `its newest block is ${newest}, ${floor} was seen before`;
      this.#lower(newest);
      return undefined;
    };
    return { method: "eth_blockNumber", params: [], fault };
  }

  /**
   * Why an answer may be that of a replica in arrears: a block or a transaction known to exist is not there, the newest block is older
   * than one seen. `last` says that it is not asked once more: what is only unlikely is believed then.
   */
  doubt(
    method: string,
    params: readonly unknown[],
    result: unknown,
    counted: number,
    last: boolean,
  ): string | undefined {
    if (method === "eth_getLogs") return faultOfLogs(params[0], result);
    if (OF_ONE.has(method)) return this.#doubtOne(method, String(params[0]).toLowerCase(), result, counted, last);
    const shown = numberIn(method, params, result);
    if (shown === undefined) {
      if (result !== null) return undefined;
      if (method === "eth_getBlockByHash") return counted < 2 ? "it does not know the block" : undefined;
      if (method !== "eth_getBlockByNumber" || !/^0x[0-9a-f]+$/i.test(String(params[0]))) return undefined;
      const asked = Number(params[0]);
      if (asked > this.#seen) return undefined;
      // The block may have been taken back: after a few times the answer stands.
      if (counted < BELIEVED_AFTER) return `it does not know block ${asked}`;
      this.#lower(asked - 1);
      return undefined;
    }
    if (shown < this.#seen && isNewest(method, params)) {
      if (counted < 2) return `its newest block is ${shown}, ${this.#seen} was seen before`;
      this.#lower(shown);
    }
    this.#seen = Math.max(this.#seen, shown);
    return undefined;
  }

  /** A transaction that was in a block is not there; or one is not found that somebody had a reason to ask for. */
  #doubtOne(method: string, hash: string, result: unknown, counted: number, last: boolean): string | undefined {
    if (result !== null) {
      const block = Number((result as { blockNumber?: unknown } | undefined)?.blockNumber ?? Number.NaN);
      if (Number.isNaN(block)) return undefined;
      this.#included.add(hash);
      if (method === "eth_getTransactionReceipt" && block > this.#floor) this.#floor = block;
      return undefined;
    }
    if (this.#included.has(hash)) {
      if (counted < BELIEVED_AFTER) return "it does not know a transaction that was in a block before";
      this.#included.delete(hash);
    }
    if (this.#open.has(hash)) return undefined;
    if (counted < 2 && !last) return "it does not know the transaction";
    this.#open.add(hash);
    return undefined;
  }

  #lower(height: number): void {
    this.#seen = height;
    this.#floor = Math.min(this.#floor, height);
  }
}

/** The number of the block that an answer shows to exist. */
function numberIn(method: string, params: readonly unknown[], result: unknown): number | undefined {
  if (method === "eth_blockNumber") return typeof result === "string" ? Number(result) : undefined;
  if (method !== "eth_getBlockByNumber" && method !== "eth_getBlockByHash") return undefined;
  if (params[0] === "pending") return undefined;
  const { number } = (result ?? {}) as { number?: unknown };
  return typeof number === "string" ? Number(number) : undefined;
}

function isTag(block: unknown): boolean {
  return block === undefined || block === "latest" || block === "pending";
}

function isNewest(method: string, params: readonly unknown[]): boolean {
  return method === "eth_blockNumber" || (method === "eth_getBlockByNumber" && params[0] === "latest");
}
