import { randomBytes } from "@noble/hashes/utils.js";
import { isInSubgroup, subgroupDefect } from "./curve.ts";
import type { PublicKey, Signature } from "./curve.ts";
import { LazyFp, LazyFp2 } from "./fields.ts";
import { multiplyEach, multiScalar, placeWeightedTree, sumTree } from "./multiscalar.ts";
import { checkValue, isOne } from "./pairing.ts";
import type { Lines } from "./pairing.ts";
import { fromAffineG2, toAffineG1, toAffineG2 } from "./points.ts";
import type { AffineG1, AffineG2 } from "./points.ts";
import { canonicalKey, conjugate12, equal12, multiply, ONE, productOfPowers, squareCyclotomic } from "./tower.ts";
import type { Fp12Element } from "./tower.ts";
import { hashLines, verifyHash } from "./verify.ts";

/**
 * Who signed wrongly, when the sum of many signatures of one message does not verify.
 *
 * The *value* of a group of entries is `e(P1, sum of sig) e(-sum of pk, H)`: the product of the values of its members, and
 * one if all of them signed. Four things keep the number of pairings small (about 50 for 20 offenders among 1,500, where plain
 * bisection takes 165 and one by one 1,500):
 *
 * - *Inference*: values multiply, so of two halves only one is computed, the other is a quotient.
 * - *Exponent test*: weighting each member by its place k in the group gives a second value. If a single member with value v is
 *   wrong, the two are v and v^k, and k is found by a search for a small exponent: no further bisection. (Idea: Law, Matt,
 *   "Finding invalid signatures in pairing-based batches", 2007.)
 * - *Shared sums*: all group sums come from one tree, in affine coordinates with shared inversions.
 * - *Certificate*: what bisection and exponents suggest is not believed. Errors of colluding members may cancel in a group, or be
 *   shaped so that the exponent points at an honest one. So at the end every entry gets a random 64-bit weight w, and the
 *   value of the weighted sum must equal the product of v^w over the offenders. With weights drawn after the entries are
 *   fixed, this holds (up to a chance of 2^-64) only if every other entry is valid by itself and each offender's value is
 *   right, hence not one. If it fails somebody cheats in concert, and the search runs again on entries that are multiplied by
 *   random weights first, where nothing cancels; then each suspect is verified alone before it is named.
 *
 * Pairings need points of order r. A sum that has not is split along `subgroupDefect`, which is linear too.
 */

/** One signature and the key it should belong to. Signatures may be decoded with `{ subgroup: false }`. */
export interface SignatureEntry {
  readonly publicKey: PublicKey;
  readonly signature: Signature;
}

/** Outcome of {@link blame}. */
export interface BlameResult {
  /** Indexes of the entries that are invalid by themselves, ascending. */
  readonly offenders: number[];
  /** Pairing products that it took. */
  readonly pairings: number;
}

/** Source of randomness, for tests that need to repeat themselves. */
export interface BlameOptions {
  readonly randomBytes?: (length: number) => Uint8Array;
}

/** Bytes of a random weight: a chance of 2^-64 to be fooled. */
const WEIGHT_BYTES = 8;

interface Suspect {
  readonly index: number;
  /** The value of the entry alone, if the search was not misled. */
  readonly value: Fp12Element;
}

interface Group {
  readonly index: number;
  readonly value: Fp12Element;
  /** Value with each member weighted by its place. */
  readonly weighted: Fp12Element;
}

/**
 * Finds every entry whose signature is invalid by itself.
 *
 * Pure and deterministic but for the weights. To use several cores, give each a part of the list: parts are independent.
 *
 * @param hash - The hash of the message, see `hashToG2`.
 */
export function blame(hash: Signature, entries: readonly SignatureEntry[], options: BlameOptions = {}): BlameResult {
  if (hash.is0()) return { offenders: entries.map((_, i) => i), pairings: 0 };

  const search = new Search(hash, entries, options.randomBytes ?? randomBytes);
  search.excludeInfinity();
  search.excludeStrays();
  return { offenders: search.run(), pairings: search.pairings };
}

class Search {
  readonly #entries: readonly SignatureEntry[];
  readonly #hash: Signature;
  readonly #lines: Lines;
  readonly #randomBytes: (length: number) => Uint8Array;
  /** Entries still under examination; those excluded are infinity in both lists. */
  readonly #signatures: AffineG2[];
  readonly #publicKeys: AffineG1[];
  readonly #excluded = new Set<number>();
  pairings = 0;

  constructor(hash: Signature, entries: readonly SignatureEntry[], random: (length: number) => Uint8Array) {
    this.#entries = entries;
    this.#hash = hash;
    this.#lines = hashLines(hash);
    this.#randomBytes = random;
    this.#signatures = toAffineG2(entries.map((entry) => entry.signature));
    this.#publicKeys = toAffineG1(entries.map((entry) => entry.publicKey));
  }

  #exclude(index: number): void {
    this.#excluded.add(index);
    this.#signatures[index] = undefined;
    this.#publicKeys[index] = undefined;
  }

  /** Infinity signs for nobody, although its value is one. */
  excludeInfinity(): void {
    this.#entries.forEach((_, i) => {
      if (this.#signatures[i] === undefined || this.#publicKeys[i] === undefined) this.#exclude(i);
    });
  }

  /** Excludes signatures outside the subgroup, except such as cancel each other: those the certificate meets. */
  excludeStrays(): void {
    if (this.#signatures.length === 0) return;
    const tree = sumTree(LazyFp2, this.#signatures);
    const defect = (level: number, index: number): Signature => subgroupDefect(fromAffineG2(tree[level]?.[index]));

    const visit = (level: number, index: number, known: Signature): void => {
      if (known.is0()) return;
      if (level === 0) return this.#exclude(index);
      const left = defect(level - 1, 2 * index);
      visit(level - 1, 2 * index, left);
      visit(level - 1, 2 * index + 1, known.subtract(left));
    };
    const root = tree.length - 1;
    visit(root, 0, defect(root, 0));
  }

  run(): number[] {
    const random = (): Uint8Array[] => this.#entries.map(() => this.#randomBytes(WEIGHT_BYTES));

    let suspects = this.#locate(this.#signatures, this.#publicKeys);
    let verdict = this.#certify(suspects, random());
    if (verdict === "strays") {
      this.#signatures.forEach((point, i) => {
        if (point !== undefined && !isInSubgroup(fromAffineG2(point))) this.#exclude(i);
      });
      suspects = this.#locate(this.#signatures, this.#publicKeys);
      verdict = this.#certify(suspects, random());
    }
    if (verdict !== "exact") {
      const weights = random();
      suspects = this.#locate(
        multiplyEach(LazyFp2, this.#signatures, weights),
        multiplyEach(LazyFp, this.#publicKeys, weights),
      ).filter(({ index }) => !this.#isValid(index));
    }
    return [...this.#excluded, ...suspects.map(({ index }) => index)].sort((a, b) => a - b);
  }

  #isValid(index: number): boolean {
    const entry = this.#entries[index] as SignatureEntry;
    this.pairings++;
    return verifyHash(entry.publicKey, this.#hash, entry.signature);
  }

  #value(signature: AffineG2, publicKey: AffineG1): Fp12Element {
    this.pairings++;
    return checkValue(signature, publicKey, this.#lines);
  }

  /** Tells whether the suspects are exactly the invalid entries, and their values right. */
  #certify(suspects: readonly Suspect[], weights: readonly Uint8Array[]): "exact" | "strays" | "wrong" {
    const signature = multiScalar(LazyFp2, this.#signatures, weights);
    if (!isInSubgroup(fromAffineG2(signature))) return "strays";

    const expected = productOfPowers(
      suspects.map(({ value }) => value),
      suspects.map(({ index }) => weights[index] as Uint8Array),
    );
    const actual = this.#value(signature, multiScalar(LazyFp, this.#publicKeys, weights));
    return equal12(actual, expected) ? "exact" : "wrong";
  }

  /** Searches level by level from the root, through groups whose value is not one. */
  #locate(signatures: readonly AffineG2[], publicKeys: readonly AffineG1[]): Suspect[] {
    if (signatures.length === 0) return [];
    const [s, k] = [sumTree(LazyFp2, signatures), sumTree(LazyFp, publicKeys)];
    const [ws, wk] = [placeWeightedTree(LazyFp2, s), placeWeightedTree(LazyFp, k)];
    const valueAt = (level: number, i: number): Fp12Element => this.#value(s[level]?.[i], k[level]?.[i]);
    const weightedAt = (level: number, i: number): Fp12Element => this.#value(ws[level]?.[i], wk[level]?.[i]);

    const found: Suspect[] = [];
    const visit = (level: number, { index, value, weighted }: Group): void => {
      const place = level === 0 ? 0 : findExponent(value, weighted, 2 ** level);
      const suspect = index * 2 ** level + (place ?? 0);
      if (place !== undefined && suspect < signatures.length) {
        found.push({ index: suspect, value });
        return;
      }

      const [left, right] = [2 * index, 2 * index + 1];
      if (right >= (s[level - 1]?.length ?? 0)) return visit(level - 1, { index: left, value, weighted });

      const leftValue = valueAt(level - 1, left);
      const rightValue = multiply(value, conjugate12(leftValue));
      const [leftBad, rightBad] = [!isOne(leftValue), !isOne(rightValue)];
      // W = W(left) W(right) right^(2^(level - 1)). A half whose value is one is taken to be innocent; the certificate tells.
      let shift = rightValue;
      for (let i = 1; i < level; i++) shift = squareCyclotomic(shift);
      const halves = multiply(weighted, conjugate12(shift));
      const leftWeighted = !leftBad ? ONE : rightBad ? weightedAt(level - 1, left) : halves;
      const rightWeighted = multiply(halves, conjugate12(leftWeighted));
      if (leftBad) visit(level - 1, { index: left, value: leftValue, weighted: leftWeighted });
      if (rightBad) visit(level - 1, { index: right, value: rightValue, weighted: rightWeighted });
    };

    const root = s.length - 1;
    const value = valueAt(root, 0);
    if (!isOne(value)) visit(root, { index: 0, value, weighted: weightedAt(root, 0) });
    return found;
  }
}

/** Finds k from 0 to `limit - 1` with `base^k == power`, by baby steps and giant steps, or nothing. */
function findExponent(base: Fp12Element, power: Fp12Element, limit: number): number | undefined {
  const steps = Math.ceil(Math.sqrt(limit));
  const babies = new Map<bigint, number>();
  let baby = ONE;
  for (let k = 0; k < steps; k++) {
    babies.set(canonicalKey(baby), k);
    baby = multiply(baby, base);
  }
  const giant = conjugate12(baby);
  let rest = power;
  for (let k = 0; k < limit; k += steps) {
    const small = babies.get(canonicalKey(rest));
    if (small !== undefined) return k + small < limit ? k + small : undefined;
    rest = multiply(rest, giant);
  }
  return undefined;
}
