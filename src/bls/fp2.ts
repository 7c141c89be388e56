import { bn254 } from "@noble/curves/bn254.js";
import { FIELD_ORDER } from "./constants.ts";

/** An element `c0 + c1 i` of Fp2 = Fp[i]/(i^2 + 1); c0 is the real, c1 the imaginary half. */
export interface Fp2Element {
  readonly c0: bigint;
  readonly c1: bigint;
}

/** The prime field. */
export const Fp = bn254.fields.Fp;

/** The quadratic extension, for everything but square roots: take those from {@link sqrtFp2}. */
export const Fp2 = bn254.fields.Fp2;

/** Coefficient of the twist, `3 / (9 + i)`. */
export const TWIST_B: Fp2Element = {
  c0: 0x2b149d40ceb8aaae81be18991be06ac3b5b4c5e559dbefa33267e6dc24a138e5n,
  c1: 0x9713b03af0fed4cd2cafadeed8fdf4a74fa084e52d1852e4a2bd0685c315d2n,
};

/** `(9 + i)^((p - 1)/3)`, by which the endomorphism psi multiplies the conjugate of x. */
export const FROBENIUS_X: Fp2Element = {
  c0: 0x2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553dn,
  c1: 0x16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2n,
};

/** `(9 + i)^((p - 1)/2)`, by which the endomorphism psi multiplies the conjugate of y. */
export const FROBENIUS_Y: Fp2Element = {
  c0: 0x63cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135an,
  c1: 0x7c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3n,
};

/** `c0 - c1 i`: the Frobenius map of Fp2. */
export function conjugate({ c0, c1 }: Fp2Element): Fp2Element {
  return { c0, c1: Fp.neg(c1) };
}

const TWO_INVERSE = (FIELD_ORDER + 1n) / 2n;
const SQRT_EXPONENT = (FIELD_ORDER + 1n) / 4n;

/**
 * Square root in Fp as `a^((p + 1)/4)`, p being 3 modulo 4; of the two roots this is the one that is itself a square.
 *
 * @returns The root, or undefined if `a` is not a square.
 */
export function sqrtFp(a: bigint): bigint | undefined {
  const root = Fp.pow(a, SQRT_EXPONENT);
  return Fp.eql(Fp.sqr(root), a) ? root : undefined;
}

/**
 * Square root in Fp2 by the complex method, with exactly the choice of root that the contracts make; a general-purpose
 * library may pick the other one.
 *
 * With `n = sqrt(c0^2 + c1^2)` and `t = (c0 + n)/2`, or `t = (c0 - n)/2` if that is not a square, the root is
 * `sqrt(t) + c1/(2 sqrt(t)) i`.
 *
 * @returns The root, or undefined if there is none or one of its halves is zero. The latter happens exactly when `c1` is
 * zero, since `c1` is twice the product of both halves.
 */
export function sqrtFp2(a: Fp2Element): Fp2Element | undefined {
  if (a.c1 === 0n) return undefined;

  const norm = sqrtFp(Fp.add(Fp.sqr(a.c0), Fp.sqr(a.c1)));
  if (norm === undefined) return undefined;

  const real = sqrtFp(Fp.mul(Fp.add(a.c0, norm), TWO_INVERSE)) ?? sqrtFp(Fp.mul(Fp.sub(a.c0, norm), TWO_INVERSE));
  // The product of both candidates is -(c1/2)^2, and -1 is not a square: exactly one of them is, and neither is zero.
  if (real === undefined) return undefined;

  return { c0: real, c1: Fp.div(a.c1, Fp.add(real, real)) };
}
