import { randomBytes } from "@noble/hashes/utils.js";
import { isInSubgroup, subgroupDefect } from "./curve.ts";
import type { PublicKey, Signature } from "./curve.ts";
import { multiplyEach, multiScalar, placeWeightedTree, sumTree } from "./multiscalar.ts";
import { isOne } from "./pairing.ts";
import { encode, plainRoom, wasmRoom } from "./room.ts";
import type { Encoded, Points, Room } from "./room.ts";
import { canonicalKey, conjugate12, equal12, multiply, ONE, productOfPowers, squareCyclotomic } from "./tower.ts";
import type { Fp12Element } from "./tower.ts";

/**
 * Who signed wrongly, when the sum of many signatures of one message does not verify.
 *
 * The *value* of a group of entries is `e(P1, sum of sig) e(-sum of pk, H)`: the product of the values of its members, and
 * one if all of them signed. Four things keep the number of pairings small (about 50 for 20 offenders among 1,500, where plain
 * bisection takes some 270, 210 where one half is inferred, and one by one 1,500):
 *
 * - *Inference*: values multiply, so of two halves only one is computed, the other is a quotient.
 * - *Exponent test*: weighting each member by its place in the group gives a second value. If a single member with value v is
 *   wrong, the two are v and v^weight, and the place is found by a search for an exponent: no further bisection. (Idea: Law,
 *   Matt, "Finding invalid signatures in pairing-based batches", 2007.)
 * - *Shared sums*: all group sums come from one tree, in affine coordinates with shared inversions, and in WebAssembly where there is
 *   any (room.ts).
 * - *Certificate*: what bisection and exponents suggest is not believed. Errors of colluding members may cancel in a group, or be
 *   shaped so that the exponent points at an honest one. So in the end every entry gets a random 64-bit weight w, and the
 *   value of the weighted sum must equal the product of v^w over the offenders. With weights drawn after the entries are
 *   fixed, this holds (up to a chance of 2^-64) only if every other entry is valid by itself and each offender's value is
 *   right, hence not one. While it does not hold, each suspect is verified alone, and what is left is multiplied by random weights,
 *   after which nothing cancels, and searched again.
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
  /** Gives so many bytes. Default: the system's. */
  readonly randomBytes?: (length: number) => Uint8Array;
}

/** Bytes of the weights of the certificate: a chance of 2^-64 to be fooled. */
const CERTIFICATE_BYTES = 8;

/**
 * Bytes of the weights of another search: a chance of 2^-16 that two errors still cancel, which the certificate notices. Each
 * byte costs eight doublings and four additions an entry.
 */
const SEARCH_BYTES = 2;

/** Searches before entries are verified one by one; never seen to take more than two. */
const MAX_SEARCHES = 8;

/**
 * Bits a level of the weights of places: place `b0 + 2 b1 + 4 b2 ...` weighs `b0 + 8 b1 + 64 b2 ...`. With plain places, two members
 * with the *same* error point at the place halfway. With digits 0 and 1 to base 8 no place is the mean of up to seven others.
 */
const PLACE_BITS = 3;

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
  const points = {
    publicKeys: entries.map((entry) => entry.publicKey),
    signatures: entries.map((entry) => entry.signature),
  };
  return blameIn(
    hash,
    entries.length,
    () => encode(points),
    () => points,
    options,
  );
}

/**
 * {@link blame} of entries in the one form or the other, whichever the search can use.
 *
 * @param encoded - Keys and signatures that are known to be points of the curves.
 */
export function blameIn(
  hash: Signature,
  size: number,
  encoded: () => Encoded,
  points: () => Points,
  options: BlameOptions = {},
): BlameResult {
  if (hash.is0()) return { offenders: Array.from({ length: size }, (_, i) => i), pairings: 0 };
  const random = options.randomBytes ?? randomBytes;
  const wasm = wasmRoom(hash, encoded());
  return wasm ? searchIn(wasm, random) : searchIn(plainRoom(hash, points()), random);
}

/** The search in one room; a test has it in both. */
export function searchIn<K, S>(room: Room<K, S>, random: (length: number) => Uint8Array): BlameResult {
  const search = new Search(room, random);
  search.excludeInfinity();
  search.excludeStrays();
  return { offenders: search.run(), pairings: search.pairings };
}

class Search<K, S> {
  readonly #room: Room<K, S>;
  readonly #randomBytes: (length: number) => Uint8Array;
  /** Entries still under examination; those excluded are infinity in both lists. */
  readonly #signatures: (S | undefined)[];
  readonly #publicKeys: (K | undefined)[];
  readonly #excluded = new Set<number>();
  pairings = 0;

  constructor(room: Room<K, S>, random: (length: number) => Uint8Array) {
    this.#room = room;
    this.#randomBytes = random;
    this.#signatures = [...room.signatures];
    this.#publicKeys = [...room.keys];
  }

  #exclude(index: number): void {
    this.#excluded.add(index);
    this.#signatures[index] = undefined;
    this.#publicKeys[index] = undefined;
  }

  /** Infinity signs for nobody, although its value is one. */
  excludeInfinity(): void {
    this.#signatures.forEach((_, i) => {
      if (this.#signatures[i] === undefined || this.#publicKeys[i] === undefined) this.#exclude(i);
    });
  }

  /** Excludes signatures outside the subgroup, except such as cancel each other: those the certificate meets. */
  excludeStrays(): void {
    if (this.#signatures.length === 0) return;
    this.#room.temporarily(() => this.#excludeStrays());
  }

  #excludeStrays(): void {
    const tree = sumTree(this.#room.addSignatures, this.#signatures);
    const defect = (level: number, index: number): Signature =>
      subgroupDefect(this.#room.signature(tree[level]?.[index]));

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
    let certificate = this.#certificate();
    if (certificate === undefined) {
      // Strays that cancelled each other.
      this.#signatures.forEach((point, i) => {
        if (point !== undefined && !isInSubgroup(this.#room.signature(point))) this.#exclude(i);
      });
      certificate = this.#certificate() as Certificate;
    }

    let offenders = this.#locate(this.#signatures, this.#publicKeys);
    if (!confirms(certificate, offenders)) {
      let suspects = offenders;
      offenders = [];
      for (let round = 0; ; round++) {
        for (const { index } of suspects) {
          const value = this.#value(this.#signatures[index], this.#publicKeys[index]);
          if (isOne(value)) continue;
          offenders.push({ index, value });
          this.#exclude(index);
        }
        if (round === MAX_SEARCHES || confirms(certificate, offenders)) break;

        const weights = this.#weights(SEARCH_BYTES);
        suspects =
          round === MAX_SEARCHES - 1
            ? this.#signatures
                .map((_, index) => ({ index, value: ONE }))
                .filter(({ index }) => !this.#excluded.has(index))
            : this.#locate(
                multiplyEach(this.#room.addSignatures, this.#signatures, weights),
                multiplyEach(this.#room.addKeys, this.#publicKeys, weights),
              );
      }
    }
    return [...new Set([...this.#excluded, ...offenders.map(({ index }) => index)])].sort((a, b) => a - b);
  }

  #weights(bytes: number): Uint8Array[] {
    return this.#signatures.map(() => this.#randomBytes(bytes));
  }

  #value(signature: S | undefined, publicKey: K | undefined): Fp12Element {
    this.pairings++;
    return this.#room.value(signature, publicKey);
  }

  /** Draws weights and computes the value that they give; undefined if the weighted sum is outside the subgroup. */
  #certificate(): Certificate | undefined {
    const weights = this.#weights(CERTIFICATE_BYTES);
    return this.#room.temporarily(() => {
      const signature = multiScalar(this.#room.addSignatures, this.#signatures, weights);
      if (!isInSubgroup(this.#room.signature(signature))) return undefined;
      return { weights, value: this.#value(signature, multiScalar(this.#room.addKeys, this.#publicKeys, weights)) };
    });
  }

  /** Searches from the root through groups whose value is not one. */
  #locate(signatures: readonly (S | undefined)[], publicKeys: readonly (K | undefined)[]): Suspect[] {
    if (signatures.length === 0) return [];
    const { addKeys, addSignatures } = this.#room;
    const [s, k] = [sumTree(addSignatures, signatures), sumTree(addKeys, publicKeys)];
    const [ws, wk] = [placeWeightedTree(addSignatures, s, PLACE_BITS), placeWeightedTree(addKeys, k, PLACE_BITS)];
    const valueAt = (level: number, i: number): Fp12Element => this.#value(s[level]?.[i], k[level]?.[i]);
    const weightedAt = (level: number, i: number): Fp12Element => this.#value(ws[level]?.[i], wk[level]?.[i]);

    const found: Suspect[] = [];
    const visit = (level: number, { index, value, weighted }: Group): void => {
      const place = level === 0 ? 0 : findPlace(value, weighted, level);
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
      // W = W(left) W(right) right^(8^(level - 1)). A half whose value is one is taken to be innocent; the certificate tells.
      let shift = rightValue;
      for (let i = 0; i < PLACE_BITS * (level - 1); i++) shift = squareCyclotomic(shift);
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

interface Certificate {
  readonly weights: readonly Uint8Array[];
  readonly value: Fp12Element;
}

/** Tells whether the offenders are exactly the invalid entries, and their values right. */
function confirms({ weights, value }: Certificate, offenders: readonly Suspect[]): boolean {
  const expected = productOfPowers(
    offenders.map((offender) => offender.value),
    offenders.map(({ index }) => weights[index] as Uint8Array),
  );
  return equal12(value, expected);
}

/**
 * Finds the place in a group of `2^level` with `value^weight(place) == weighted`, or nothing: all products of the powers for
 * the low bits of the place on one side, for the high bits on the other (meet in the middle).
 */
function findPlace(value: Fp12Element, weighted: Fp12Element, level: number): number | undefined {
  const powers: Fp12Element[] = [];
  let power = value;
  for (let bit = 0; bit < level; bit++) {
    powers.push(power);
    for (let i = 0; i < PLACE_BITS; i++) power = squareCyclotomic(power);
  }
  const half = level >> 1;
  const low = new Map(subsetProducts(powers.slice(0, half)).map((product, place) => [canonicalKey(product), place]));
  for (const [place, product] of subsetProducts(powers.slice(half)).entries()) {
    const found = low.get(canonicalKey(multiply(weighted, conjugate12(product))));
    if (found !== undefined) return (place << half) + found;
  }
  return undefined;
}

/** Products of all subsets, the subset being the bits of the index. */
function subsetProducts(elements: readonly Fp12Element[]): Fp12Element[] {
  const products = [ONE];
  for (const element of elements) products.push(...products.map((product) => multiply(product, element)));
  return products;
}
