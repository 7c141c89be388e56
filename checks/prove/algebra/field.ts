/** Fp2 in numbers, for the constants. */
import { inverseOf, modulo } from "./polynomial.ts";
import { P } from "../machine/term.ts";

export interface Fp2 {
  readonly c0: bigint;
  readonly c1: bigint;
}

export function fp2(c0: bigint, c1 = 0n): Fp2 {
  return { c0: modulo(c0), c1: modulo(c1) };
}

export function times(a: Fp2, b: Fp2): Fp2 {
  return fp2(a.c0 * b.c0 - a.c1 * b.c1, a.c0 * b.c1 + a.c1 * b.c0);
}

export function plus(a: Fp2, b: Fp2): Fp2 {
  return fp2(a.c0 + b.c0, a.c1 + b.c1);
}

export function conjugate({ c0, c1 }: Fp2): Fp2 {
  return fp2(c0, -c1);
}

export function inverse({ c0, c1 }: Fp2): Fp2 {
  const norm = inverseOf(c0 * c0 + c1 * c1);
  return fp2(c0 * norm, -c1 * norm);
}

export function power(base: Fp2, exponent: bigint): Fp2 {
  let result = fp2(1n);
  for (let square = base; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = times(result, square);
    square = times(square, square);
  }
  return result;
}

export function same(a: Fp2, b: Fp2): boolean {
  return a.c0 === b.c0 && a.c1 === b.c1;
}

export const U = 4965661367192848881n;

/** The order of G1 and G2. */
export const R = 36n * U ** 4n + 36n * U ** 3n + 18n * U ** 2n + 6n * U + 1n;

const XI = fp2(9n, 1n);

/** y^2 = x^3 + B. */
export const B = times(fp2(3n), inverse(XI));

/** psi(x, y) = (conj(x) PSI_X, conj(y) PSI_Y). */
export const PSI_X = power(XI, (P - 1n) / 3n);
export const PSI_Y = power(XI, (P - 1n) / 2n);

/** psi^2(x, y) = (OMEGA x, -y): in Fp. */
export const OMEGA = times(conjugate(PSI_X), PSI_X);
