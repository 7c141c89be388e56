/**
 * What one node's share was in every round, and sums of parts of it: the ledger's only per-round state. A round costs one entry,
 * whatever the number of nodes; what a contribution earned is summed up when it is asked for, once for all that have the same
 * fraction and fee, and from where the last sum ended.
 *
 * Exact: each round's part is floored for itself, as if it had been paid out then.
 */
import { FEE_DENOMINATOR } from "./params.ts";

/** A contribution's part of its node's share: `rest * numerator / denominator`, for the operator plus the fee. */
export interface Fraction {
  /** Operator's fee in 1/10,000 of the share. */
  readonly fee: number;
  readonly operator: boolean;
  /** Stake over deposit, in lowest terms. */
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Entries between two kept sums: finding any sum costs at most so many small divisions. */
const STRIDE = 1_024;
/** Sums kept by round and fraction, of bounds that are asked for again and again. */
const BOUNDS_KEPT = 4_096;

/** One fraction's sums so far. */
interface Sums {
  /** `kept[i]` is the sum over entries below `i * STRIDE`. */
  readonly kept: bigint[];
  /** Where the last walk ended: the sum over entries below `entry`. */
  cursor: { entry: number; sum: bigint };
  readonly bounds: Map<number, bigint>;
  readonly part: (share: bigint) => bigint;
  /** The same in doubles, where they are exact; NaN where they are not. */
  readonly fast: (share: number) => number;
}

/** What a round's blocks settled, as it is written to disk. */
export interface SharesSnapshot {
  readonly lasts: readonly number[];
  readonly shares: readonly string[];
  readonly heights: readonly number[];
}

/** The shares of all rounds, and their sums. */
export class Shares {
  /** Round before the first. */
  readonly #start: number;
  /** Last round of each entry; entries follow each other without a gap. */
  #lasts: number[] = [];
  #shares: bigint[] = [];
  #numbers: number[] = [];
  /** Height of the block that settled an entry. */
  #heights: number[] = [];
  /** Never shared between copies: what follows a copy may differ. */
  readonly #sums = new Map<string, Sums>();

  /** @param start - The last round that is not of interest: round 0 for a ledger that begins with its genesis. */
  constructor(start = 0) {
    this.#start = start;
  }

  /** Last settled round. */
  get round(): number {
    return this.#lasts.at(-1) ?? this.#start;
  }

  /** Entries: rounds, or runs of rounds that one block settled for one set of nodes. */
  get size(): number {
    return this.#lasts.length;
  }

  /** Settles the rounds from {@link round} + 1 to `last` with one share, in the block `height`. */
  append(last: number, share: bigint, height: number): void {
    this.#lasts.push(last);
    this.#shares.push(share);
    this.#numbers.push(share <= MAX_EXACT ? Number(share) : Number.NaN);
    this.#heights.push(height);
  }

  /** Last round that was settled by the end of block `height`. */
  roundAt(height: number): number {
    const entry = upperBound(this.#heights, height) - 1;
    return entry < 0 ? this.#start : (this.#lasts[entry] as number);
  }

  /** Height of the block that settled a round; undefined for one that is not settled. */
  heightOf(round: number): number | undefined {
    return round <= this.#start || round > this.round ? undefined : this.#heights[this.#entryOf(round)];
  }

  /** Sum of a fraction's parts over the rounds from `from` to below `until`, as far as they are settled. */
  sum(fraction: Fraction, from: number, until: number): bigint {
    const first = Math.max(from, this.#start + 1);
    const end = Math.min(until, this.round + 1);
    if (first >= end) return 0n;
    const sums = this.#sumsOf(fraction);
    return this.#below(sums, end) - (first === this.#start + 1 ? 0n : this.#below(sums, first));
  }

  /** An independent copy; sums are found anew. */
  clone(): Shares {
    const copy = new Shares(this.#start);
    copy.#lasts = this.#lasts.slice();
    copy.#shares = this.#shares.slice();
    copy.#numbers = this.#numbers.slice();
    copy.#heights = this.#heights.slice();
    return copy;
  }

  /** The shares as plain JSON. */
  snapshot(): SharesSnapshot {
    return { lasts: this.#lasts, shares: this.#shares.map(String), heights: this.#heights };
  }

  static restore(start: number, { lasts, shares, heights }: SharesSnapshot): Shares {
    const restored = new Shares(start);
    for (const [index, last] of lasts.entries()) {
      restored.append(last, BigInt(shares[index] as string), heights[index] as number);
    }
    return restored;
  }

  // ── Sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sum over all rounds below `round`, which is settled or the next one. */
  #below(sums: Sums, round: number): bigint {
    const known = sums.bounds.get(round);
    if (known !== undefined) return known;
    const entry = this.#entryOf(round);
    let sum = this.#upTo(sums, entry);
    const first = this.#firstOf(entry);
    if (round > first) sum += sums.part(this.#shares[entry] as bigint) * BigInt(round - first);
    // The newest bound moves on with every round, those of nodes and leases are asked for again.
    if (round <= this.round) {
      if (sums.bounds.size >= BOUNDS_KEPT) sums.bounds.clear();
      sums.bounds.set(round, sum);
    }
    return sum;
  }

  /** Sum over the entries below one. */
  #upTo(sums: Sums, entry: number): bigint {
    const { kept, cursor } = sums;
    const stride = Math.floor(entry / STRIDE);
    while (kept.length <= stride) {
      const from = (kept.length - 1) * STRIDE;
      kept.push((kept.at(-1) as bigint) + this.#walk(sums, from, from + STRIDE));
    }
    const base = stride * STRIDE;
    const start = cursor.entry >= base && cursor.entry <= entry ? cursor : { entry: base, sum: kept[stride] as bigint };
    const sum = start.sum + this.#walk(sums, start.entry, entry);
    sums.cursor = { entry, sum };
    return sum;
  }

  /** Sum over the entries from `from` to below `to`, at most STRIDE of them. */
  #walk(sums: Sums, from: number, to: number): bigint {
    const { part, fast } = sums;
    let exact = 0n;
    let rough = 0;
    for (let entry = from; entry < to; entry++) {
      const rounds = (this.#lasts[entry] as number) - (entry === 0 ? this.#start : (this.#lasts[entry - 1] as number));
      const value = fast(this.#numbers[entry] as number) * rounds;
      // False for NaN too. Below 2^43 a thousand of them add up exactly.
      if (value < MAX_SUMMAND) rough += value;
      else exact += part(this.#shares[entry] as bigint) * BigInt(rounds);
    }
    return exact + BigInt(rough);
  }

  #sumsOf(fraction: Fraction): Sums {
    const { fee, operator, numerator, denominator } = fraction;
    const name = `${operator ? "o" : "c"}/${fee}/${numerator}/${denominator}`;
    let sums = this.#sums.get(name);
    if (sums === undefined) {
      sums = { kept: [0n], cursor: { entry: 0, sum: 0n }, bounds: new Map(), ...partOf(fraction) };
      this.#sums.set(name, sums);
    }
    return sums;
  }

  /** The entry that a round belongs to; the number of entries for the round after the last. */
  #entryOf(round: number): number {
    return upperBound(this.#lasts, round - 1);
  }

  #firstOf(entry: number): number {
    return (entry === 0 ? this.#start : (this.#lasts[entry - 1] as number)) + 1;
  }
}

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const MAX_SUMMAND = 2 ** 43;

/** The part of one share, exactly, in big integers and, while every product stays below 2^53, in doubles. */
function partOf({ fee, operator, numerator, denominator }: Fraction): Pick<Sums, "part" | "fast"> {
  const feePart = (share: bigint): bigint => (share * BigInt(fee)) / FEE_DENOMINATOR;
  const part = (share: bigint): bigint => {
    const paid = feePart(share);
    return (operator ? paid : 0n) + ((share - paid) * numerator) / denominator;
  };
  const units = Number(FEE_DENOMINATOR);
  if (denominator > MAX_EXACT) return { part, fast: () => Number.NaN };
  const [n, d] = [Number(numerator), Number(denominator)];
  const largest = Math.floor(Number.MAX_SAFE_INTEGER / Math.max(n, units));
  return {
    part,
    fast(share) {
      // The quotient of integers below 2^53 is rounded, but never up to the next integer: its floor is right.
      if (!(share <= largest)) return Number.NaN;
      const paid = Math.floor((share * fee) / units);
      return (operator ? paid : 0) + Math.floor(((share - paid) * n) / d);
    },
  };
}

/** Stake over deposit in lowest terms: those who hold the same part share one sum. */
export function fractionOf(stake: bigint, deposit: bigint, fee: number, operator: boolean): Fraction {
  let [a, b] = [stake, deposit];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n
    ? { fee, operator, numerator: 0n, denominator: 1n }
    : { fee, operator, numerator: stake / a, denominator: deposit / a };
}

/** Number of elements that are <= value, in a sorted array. */
function upperBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
