/**
 * Plain reads made at the same moment, at the same block, as one `eth_call`: through Multicall3 where the chain has it, else through
 * the same code lent for the length of the call (state override), else one by one. A page of a thousand nodes is then a handful of
 * calls. A single read that fails inside is asked again by itself: why it failed is not inferred.
 */
import { Words, wordOf } from "../words.ts";
import { CALL_BUNDLE_CODE } from "./callBundleCode.ts";
import { EndpointError } from "./endpointError.ts";
import { Limit } from "./limit.ts";

/** Multicall3 on every chain that has it. */
export const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11";

/** Selector of `aggregate3((address target, bool allowFailure, bytes callData)[])`. */
const AGGREGATE3 = "0x82ad56cb";

/**
 * Reads in one call, to begin with. A node of the rewards contract costs 60,000 to 100,000 gas to read; endpoints compute 50 million
 * at least (geth's and nitro's default), local chains 30.
 */
const READS = 250;
/** Bytes of calldata beyond which a read goes by itself. */
const LONG = 4_096;

interface Read {
  readonly params: readonly unknown[];
  readonly target: string;
  readonly data: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Ask = (params: readonly unknown[]) => Promise<unknown>;

/**
 * Arbitrum's NodeInterface and its sister: answered by the node itself where a call is addressed to them, and empty addresses to code
 * that runs on the chain.
 */
const NO_CODE_OF_THEIR_OWN = /^0x0{38}c[89]$/i;

const ADDRESS = /^0x[0-9a-f]{40}$/i;
const CALLDATA = /^0x(?:[0-9a-f]{2})*$/i;

/** How the code is reached. */
type Way = "deployed" | "lent";

/** Chains that are known to have Multicall3: there it is the first way to try, elsewhere the last. */
const CHAINS = new Set([1n, 11_155_111n, 42_161n, 421_614n]);

export class Aggregator {
  readonly #ask: Ask;
  readonly #size = new Limit(READS);
  #waiting = new Map<string, Read[]>();
  /** Ways still worth a try, the best first; found out by the first group. */
  #ways: Way[] = ["lent", "deployed"];

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Tells the chain, once it is known. */
  on(chainId: bigint): void {
    if (CHAINS.has(chainId)) this.#ways = ["deployed", "lent"];
  }

  /** Whether a call is a plain read: no sender, no value, no gas limit, no override, a block. */
  takes(params: readonly unknown[]): boolean {
    if (params.length !== 2 || this.#ways.length === 0) return false;
    const call = params[0] as Record<string, unknown> | null;
    if (typeof call !== "object" || call === null) return false;
    const { to, data, ...rest } = call;
    return (
      Object.keys(rest).length === 0 &&
      typeof to === "string" &&
      ADDRESS.test(to) &&
      !NO_CODE_OF_THEIR_OWN.test(to) &&
      typeof data === "string" &&
      data.length < LONG * 2 &&
      CALLDATA.test(data)
    );
  }

  call(params: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { to, data } = params[0] as { to: string; data: string };
      const block = JSON.stringify(params[1]);
      const group = this.#waiting.get(block) ?? [];
      group.push({ params, target: to, data, resolve, reject });
      this.#waiting.set(block, group);
      if (group.length === 1 && this.#waiting.size === 1) setTimeout(() => this.#flush(), 0);
    });
  }

  #flush(): void {
    const groups = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (const reads of groups) this.#cut(reads);
  }

  #cut(reads: readonly Read[]): void {
    for (let at = 0; at < reads.length; at += this.#size.size) void this.#run(reads.slice(at, at + this.#size.size));
  }

  async #run(reads: readonly Read[]): Promise<void> {
    const [way] = this.#ways;
    if (reads.length === 1 || way === undefined) {
      for (const read of reads) this.#single(read);
      return;
    }
    const request = { to: MULTICALL3, data: encodeReads(reads) };
    const lent = way === "lent" ? [{ [MULTICALL3]: { code: CALL_BUNDLE_CODE } }] : [];
    let answer: unknown;
    try {
      answer = await this.#ask([request, reads[0]?.params[1], ...lent]);
    } catch (error) {
      this.#failed(reads, way, error);
      return;
    }
    const results = decodeReads(answer, reads.length);
    if (results === undefined) {
      // No code there at that block, or an endpoint that overlooks the override.
      this.#fallBack(way);
      void this.#run(reads);
      return;
    }
    this.#size.take(reads.length);
    for (const [i, read] of reads.entries()) {
      const result = results[i];
      if (result?.success) read.resolve(result.returnData);
      else this.#single(read);
    }
  }

  #failed(reads: readonly Read[], way: Way, error: unknown): void {
    const trouble = error instanceof EndpointError ? error : undefined;
    const passing =
      trouble !== undefined && !["too-large", "refused", "unsupported", "timeout"].includes(trouble.trouble);
    if (passing) {
      for (const read of reads) read.reject(error);
      return;
    }
    const overrideRefused = trouble !== undefined && (trouble.trouble === "unsupported" || trouble.rpcCode === -32602);
    if (way === "lent" && overrideRefused) this.#fallBack(way);
    // Reverted as a whole, or more than the endpoint computes: fewer at once.
    else this.#size.refuse(reads.length);
    const half = Math.ceil(reads.length / 2);
    void this.#run(reads.slice(0, half));
    if (half < reads.length) void this.#run(reads.slice(half));
  }

  #fallBack(from: Way): void {
    if (this.#ways[0] === from) this.#ways.shift();
  }

  #single({ params, resolve, reject }: Read): void {
    this.#ask(params).then(resolve, reject);
  }
}

/** Calldata of `aggregate3`, in which each read may fail. */
export function encodeReads(reads: readonly { readonly target: string; readonly data: string }[]): string {
  const heads: string[] = [];
  const tails: string[] = [];
  let at = 32 * reads.length;
  for (const { target, data } of reads) {
    const digits = data.slice(2);
    const padded = digits.padEnd(64 * Math.ceil(digits.length / 64), "0");
    // target, allowFailure, offset of callData, its length, callData
    const tail = wordOf(BigInt(target)) + wordOf(1) + wordOf(96) + wordOf(digits.length / 2) + padded;
    heads.push(wordOf(at));
    tails.push(tail);
    at += tail.length / 2;
  }
  return AGGREGATE3 + wordOf(32) + wordOf(reads.length) + heads.join("") + tails.join("");
}

/** What `aggregate3` answers, `(bool success, bytes returnData)[]`; undefined where it is something else. */
export function decodeReads(answer: unknown, count: number): { success: boolean; returnData: string }[] | undefined {
  if (typeof answer !== "string" || answer === "0x") return undefined;
  try {
    const words = new Words(answer);
    const results = words.items(words.number(0)).map((at) => ({
      success: words.uint(at) !== 0n,
      returnData: words.bytes(at + words.number(at + 32)),
    }));
    return results.length === count ? results : undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Something else lies at the address.
    return undefined;
  }
}
