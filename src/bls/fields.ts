import { bn254 } from "@noble/curves/bn254.js";
import { FIELD_ORDER } from "./constants.ts";
import type { Fp2Element } from "./fp2.ts";

/**
 * Fp and Fp2 for the long computations: sums over thousands of points, and pairings.
 *
 * Reduction modulo p is what costs in integers of any size (a product takes 0.1 us, its remainder 0.25 us), so here it is
 * late: elements are *signed* residues, not canonical unless said so. Products and remainders are between -p and p, sums and
 * differences of them a little more, which the next product reduces. `canonical` gives the value from 0 to p - 1 that leaves
 * this layer.
 */

const P = FIELD_ORDER;

/** What point arithmetic needs of a field. */
export interface Field<T> {
  readonly ONE: T;
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  sqr(a: T): T;
  /** `a b - c`, at the price of the product. */
  mulSub(a: T, b: T, c: T): T;
  /** Multiplicative inverse of a nonzero element. */
  inv(a: T): T;
  /** Whether a difference of two products or remainders is zero: it is then 0, p or -p. */
  isZero(a: T): boolean;
  /** The representative from 0 to p - 1, in each half. */
  canonical(a: T): T;
}

function canonicalFp(a: bigint): bigint {
  const residue = a % P;
  return residue < 0n ? residue + P : residue;
}

function isZeroFp(a: bigint): boolean {
  return a === 0n || a === P || a === -P;
}

/** Fp, lazily reduced. */
export const LazyFp: Field<bigint> = {
  ONE: 1n,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => (a * b) % P,
  sqr: (a) => (a * a) % P,
  inv: (a) => bn254.fields.Fp.inv(canonicalFp(a)),
  mulSub: (a, b, c) => (a * b - c) % P,
  isZero: isZeroFp,
  canonical: canonicalFp,
};

/** Fp2, lazily reduced. Four products beat Karatsuba's three: an addition of integers costs a third of a product. */
export const LazyFp2: Field<Fp2Element> = {
  ONE: { c0: 1n, c1: 0n },
  add: (a, b) => ({ c0: a.c0 + b.c0, c1: a.c1 + b.c1 }),
  sub: (a, b) => ({ c0: a.c0 - b.c0, c1: a.c1 - b.c1 }),
  mul: (a, b) => ({ c0: (a.c0 * b.c0 - a.c1 * b.c1) % P, c1: (a.c0 * b.c1 + a.c1 * b.c0) % P }),
  sqr: ({ c0, c1 }) => ({ c0: ((c0 + c1) * (c0 - c1)) % P, c1: (2n * c0 * c1) % P }),
  inv: ({ c0, c1 }) => {
    const factor = LazyFp.inv(c0 * c0 + c1 * c1);
    return { c0: (c0 * factor) % P, c1: (-c1 * factor) % P };
  },
  mulSub: (a, b, c) => ({
    c0: (a.c0 * b.c0 - a.c1 * b.c1 - c.c0) % P,
    c1: (a.c0 * b.c1 + a.c1 * b.c0 - c.c1) % P,
  }),
  isZero: ({ c0, c1 }) => isZeroFp(c0) && isZeroFp(c1),
  canonical: ({ c0, c1 }) => ({ c0: canonicalFp(c0), c1: canonicalFp(c1) }),
};

/**
 * Inverts many elements with one inversion (Montgomery's trick: 3 products an element).
 * Every element must be nonzero: a single zero would spoil the whole list.
 */
export function invertAll<T>(F: Field<T>, elements: readonly T[]): T[] {
  const prefixes: T[] = [];
  let product = F.ONE;
  for (const element of elements) {
    prefixes.push(product);
    product = F.mul(product, element);
  }
  const inverses = new Array<T>(elements.length);
  if (elements.length === 0) return inverses;

  let inverse = F.inv(product);
  for (let i = elements.length - 1; i >= 0; i--) {
    inverses[i] = F.mul(inverse, prefixes[i] as T);
    inverse = F.mul(inverse, elements[i] as T);
  }
  return inverses;
}

/** Signed digits (-1, 0, 1) of a positive integer, most significant first, no two neighbours nonzero, the leading 1 left out. */
export function signedDigits(value: bigint): number[] {
  const digits: number[] = [];
  for (let rest = value; rest > 1n; rest >>= 1n) {
    const digit = (rest & 1n) === 0n ? 0 : (rest & 3n) === 3n ? -1 : 1;
    digits.unshift(digit);
    rest -= BigInt(digit);
  }
  return digits;
}
