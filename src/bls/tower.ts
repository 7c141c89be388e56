import { bn254 } from "@noble/curves/bn254.js";
import { FIELD_ORDER } from "./constants.ts";
import type { Fp2Element } from "./fp2.ts";

/**
 * The tower `Fp6 = Fp2[v]/(v^3 - (9 + i))`, `Fp12 = Fp6[w]/(w^2 - v)` for pairings, with one reduction a coefficient: the
 * products behind it are added up unreduced ("wide"). Elements are signed residues of absolute value below p (see
 * fields.ts); shapes are noble's, whose functions do here what is rare (inversion, Frobenius) and are the oracle in the tests.
 */

const P = FIELD_ORDER;

/** `c0 + c1 v + c2 v^2`. */
export interface Fp6Element {
  readonly c0: Fp2Element;
  readonly c1: Fp2Element;
  readonly c2: Fp2Element;
}

/** `c0 + c1 w`. */
export interface Fp12Element {
  readonly c0: Fp6Element;
  readonly c1: Fp6Element;
}

const Fp12 = bn254.fields.Fp12;

export const ONE: Fp12Element = Fp12.ONE;

const add2 = (a: Fp2Element, b: Fp2Element): Fp2Element => ({ c0: a.c0 + b.c0, c1: a.c1 + b.c1 });
const sub2 = (a: Fp2Element, b: Fp2Element): Fp2Element => ({ c0: a.c0 - b.c0, c1: a.c1 - b.c1 });
const neg2 = (a: Fp2Element): Fp2Element => ({ c0: -a.c0, c1: -a.c1 });
const reduce2 = (a: Fp2Element): Fp2Element => ({ c0: a.c0 % P, c1: a.c1 % P });

/** `a b`, not reduced. */
export const wide2 = (a: Fp2Element, b: Fp2Element): Fp2Element => ({
  c0: a.c0 * b.c0 - a.c1 * b.c1,
  c1: a.c0 * b.c1 + a.c1 * b.c0,
});

/** `(9 + i) a`. */
export const timesXi = ({ c0, c1 }: Fp2Element): Fp2Element => ({ c0: 9n * c0 - c1, c1: 9n * c1 + c0 });

const add6 = (a: Fp6Element, b: Fp6Element): Fp6Element => ({
  c0: add2(a.c0, b.c0),
  c1: add2(a.c1, b.c1),
  c2: add2(a.c2, b.c2),
});

const neg6 = (a: Fp6Element): Fp6Element => ({ c0: neg2(a.c0), c1: neg2(a.c1), c2: neg2(a.c2) });

/** `v a`, from v^3 = 9 + i. */
const timesV = (a: Fp6Element): Fp6Element => ({ c0: timesXi(a.c2), c1: a.c0, c2: a.c1 });

const reduce6 = (a: Fp6Element): Fp6Element => ({ c0: reduce2(a.c0), c1: reduce2(a.c1), c2: reduce2(a.c2) });

/** `a b`, not reduced; Karatsuba, six products. */
function wide6(a: Fp6Element, b: Fp6Element): Fp6Element {
  const t0 = wide2(a.c0, b.c0);
  const t1 = wide2(a.c1, b.c1);
  const t2 = wide2(a.c2, b.c2);
  const t12 = wide2(add2(a.c1, a.c2), add2(b.c1, b.c2));
  const t01 = wide2(add2(a.c0, a.c1), add2(b.c0, b.c1));
  const t02 = wide2(add2(a.c0, a.c2), add2(b.c0, b.c2));
  return {
    c0: add2(t0, timesXi(sub2(sub2(t12, t1), t2))),
    c1: add2(sub2(sub2(t01, t0), t1), timesXi(t2)),
    c2: add2(sub2(sub2(t02, t0), t2), t1),
  };
}

/** `a b`. */
export function multiply(a: Fp12Element, b: Fp12Element): Fp12Element {
  const t0 = wide6(a.c0, b.c0);
  const t1 = wide6(a.c1, b.c1);
  const cross = wide6(add6(a.c0, a.c1), add6(b.c0, b.c1));
  return { c0: reduce6(add6(t0, timesV(t1))), c1: reduce6(add6(cross, neg6(add6(t0, t1)))) };
}

/** `a^2`, by `(a0 + a1)(a0 + v a1) - (1 + v) a0 a1` and `2 a0 a1`. */
export function square({ c0, c1 }: Fp12Element): Fp12Element {
  const t = wide6(c0, c1);
  const s = wide6(add6(c0, c1), add6(c0, timesV(c1)));
  return { c0: reduce6(add6(s, neg6(add6(t, timesV(t))))), c1: reduce6(add6(t, t)) };
}

/** The conjugate over Fp6, `c0 - c1 w`: the inverse of an element of norm 1, hence of every value of a pairing. */
export function conjugate12({ c0, c1 }: Fp12Element): Fp12Element {
  return { c0, c1: neg6(c1) };
}

/** `(a + b s)^2` in Fp4 = Fp2[s]/(s^2 - (9 + i)), not reduced: `[a^2 + (9 + i) b^2, 2ab]`. */
function wideSquare4(a: Fp2Element, b: Fp2Element): [Fp2Element, Fp2Element] {
  const aa = { c0: (a.c0 + a.c1) * (a.c0 - a.c1), c1: 2n * a.c0 * a.c1 };
  const bb = { c0: (b.c0 + b.c1) * (b.c0 - b.c1), c1: 2n * b.c0 * b.c1 };
  const ab = wide2(a, b);
  return [add2(aa, timesXi(bb)), add2(ab, ab)];
}

/** `3 t - 2 a`, reduced. */
const threeMinusTwo = (t: Fp2Element, a: Fp2Element): Fp2Element => ({
  c0: (3n * t.c0 - 2n * a.c0) % P,
  c1: (3n * t.c1 - 2n * a.c1) % P,
});

/** `3 t + 2 a`, reduced. */
const threePlusTwo = (t: Fp2Element, a: Fp2Element): Fp2Element => ({
  c0: (3n * t.c0 + 2n * a.c0) % P,
  c1: (3n * t.c1 + 2n * a.c1) % P,
});

/**
 * `a^2` for an element of the cyclotomic subgroup, as three squares in Fp4.
 * Source: Granger, Scott, "Faster squaring in the cyclotomic subgroup of sixth degree extensions", PKC 2010.
 */
export function squareCyclotomic({ c0, c1 }: Fp12Element): Fp12Element {
  const [t0, t1] = wideSquare4(c0.c0, c1.c1);
  const [t2, t3] = wideSquare4(c1.c0, c0.c2);
  const [t4, t5] = wideSquare4(c0.c1, c1.c2);
  return {
    c0: { c0: threeMinusTwo(t0, c0.c0), c1: threeMinusTwo(t2, c0.c1), c2: threeMinusTwo(t4, c0.c2) },
    c1: { c0: threePlusTwo(timesXi(t5), c1.c0), c1: threePlusTwo(t1, c1.c1), c2: threePlusTwo(t3, c1.c2) },
  };
}

/** `a^(p^power)`. */
export function frobenius(a: Fp12Element, power: number): Fp12Element {
  return Fp12.frobeniusMap(a, power);
}

/** `a^-1`. */
export function invert(a: Fp12Element): Fp12Element {
  return Fp12.inv(a);
}

const equal2 = (a: Fp2Element, b: Fp2Element): boolean => (a.c0 - b.c0) % P === 0n && (a.c1 - b.c1) % P === 0n;
const equal6 = (a: Fp6Element, b: Fp6Element): boolean =>
  equal2(a.c0, b.c0) && equal2(a.c1, b.c1) && equal2(a.c2, b.c2);

/** Whether two elements are the same, whatever residues represent them. */
export function equal12(a: Fp12Element, b: Fp12Element): boolean {
  return equal6(a.c0, b.c0) && equal6(a.c1, b.c1);
}

/** A coordinate that tells elements apart, as canonical integer: different keys, different elements. */
export function canonicalKey(a: Fp12Element): bigint {
  const residue = a.c1.c1.c0 % P;
  return residue < 0n ? residue + P : residue;
}

/**
 * Product of `a_i^(e_i)` over elements of the cyclotomic subgroup, all sharing the squares; one for empty lists.
 *
 * @param exponents - All of the same number of bytes, little-endian.
 */
export function productOfPowers(elements: readonly Fp12Element[], exponents: readonly Uint8Array[]): Fp12Element {
  let result = ONE;
  for (let bit = 8 * (exponents[0]?.length ?? 0) - 1; bit >= 0; bit--) {
    result = squareCyclotomic(result);
    elements.forEach((element, i) => {
      if ((((exponents[i]?.[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1) result = multiply(result, element);
    });
  }
  return result;
}
