import { bn254 } from "@noble/curves/bn254.js";
import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { BN_X } from "./constants.ts";
import { LazyFp2, signedDigits } from "./fields.ts";
import { clearCofactorByWasm, isInSubgroupByWasm } from "./wasm/calls.ts";
import type { TwistWords } from "./wasm/calls.ts";
import { conjugate, FROBENIUS_X, FROBENIUS_Y, Fp2 } from "./fp2.ts";
import type { Fp2Element } from "./fp2.ts";

/** A point of G1: a public key, or a sum of them. Opaque; see the codec for its encodings. */
export type PublicKey = WeierstrassPoint<bigint>;

/** A point of the twist: a signature, the hash of a message, or a sum of these. Opaque; see the codec. */
export type Signature = WeierstrassPoint<Fp2Element>;

/** Constructor of points of G1, `y^2 = x^3 + 3` over Fp. */
export const G1 = bn254.G1.Point;

/** Constructor of points of the twist, `y^2 = x^3 + 3/(9 + i)` over Fp2. G2 is its subgroup of order r. */
export const G2 = bn254.G2.Point;

/**
 * The untwist-Frobenius-twist endomorphism of the twist,
 * `psi(x, y) = (conj(x) (9 + i)^((p - 1)/3), conj(y) (9 + i)^((p - 1)/2))`.
 * On G2 it multiplies by p modulo r; elsewhere it is no scalar.
 *
 * Written for projective coordinates, x = X/Z and y = Y/Z, hence the conjugate of Z.
 */
export function psi(point: Signature): Signature {
  return new G2(Fp2.mul(conjugate(point.X), FROBENIUS_X), Fp2.mul(conjugate(point.Y), FROBENIUS_Y), conjugate(point.Z));
}

const SEED_DIGITS = signedDigits(BN_X);

/**
 * `[x]Q` by the seed of the curve, for any point of the twist.
 *
 * In Jacobian coordinates, with a mixed addition that is wrong where both points are equal or opposite: then Z becomes zero,
 * and from there stays zero. A final Z != 0 thus proves that no such case was met; otherwise (points of tiny order, that only
 * an attacker makes) the slow complete formulas decide.
 */
export function multiplyBySeed(point: Signature): Signature {
  if (point.is0()) return point;
  const { add, sub, mul, sqr, isZero, canonical } = LazyFp2;
  const { x, y } = point.toAffine();
  const negativeY = Fp2.neg(y);

  let [X, Y, Z]: Fp2Element[] = [x, y, Fp2.ONE] as const;
  for (const digit of SEED_DIGITS) {
    // A = X^2, B = Y^2, C = B^2, D = 2((X + B)^2 - A - C), E = 3A
    const A = sqr(X);
    const B = sqr(Y);
    const C = sqr(B);
    const halfD = sub(sub(sqr(add(X, B)), A), C);
    const D = add(halfD, halfD);
    const E = add(add(A, A), A);
    const YZ = mul(Y, Z);
    X = sub(sqr(E), add(D, D));
    Y = sub(mul(E, sub(D, X)), { c0: 8n * C.c0, c1: 8n * C.c1 });
    Z = add(YZ, YZ);
    if (digit === 0) continue;

    const ZZ = sqr(Z);
    const H = sub(mul(x, ZZ), X);
    const R = sub(mul(mul(digit > 0 ? y : negativeY, Z), ZZ), Y);
    const HH = sqr(H);
    const HHH = mul(H, HH);
    const V = mul(X, HH);
    X = sub(sub(sqr(R), HHH), add(V, V));
    Y = sub(mul(R, sub(V, X)), mul(Y, HHH));
    Z = mul(Z, H);
  }
  if (isZero(Z)) return point.multiplyUnsafe(BN_X);
  // From Jacobian, x = X/Z^2, to homogeneous coordinates, x = X/Z.
  return new G2(canonical(mul(X, Z)), canonical(Y), canonical(mul(Z, sqr(Z))));
}

/**
 * Tells whether a point of the twist lies in G2, the subgroup of order r, with one multiplication by the 63-bit seed
 * instead of one by the 254-bit r:
 *
 * `Q in G2 <=> [x + 1]Q + psi([x]Q) + psi^2([x]Q) == psi^3([2x]Q)`
 *
 * Reduced by `psi^2 = [t] psi - [p]` the difference of both sides is an endomorphism whose degree has with the order of
 * the twist no common factor but r (a test recomputes this), so its kernel over Fp2 is G2 exactly. Source: El Housni,
 * Guillevic, Piellard, "Co-factor clearing and subgroup membership testing on pairing-friendly curves", eprint 2022/352.
 */
export function isInSubgroup(point: Signature): boolean {
  if (point.is0()) return true;
  return isInSubgroupByWasm(twistWords(point)) ?? subgroupDefect(point).is0();
}

/** Affine coordinates of a finite point of the twist, as the WebAssembly module takes them. */
export function twistWords(point: Signature): TwistWords {
  const { x, y } = point.toAffine();
  return [x.c0, x.c1, y.c0, y.c1];
}

/** The difference of both sides of the criterion in {@link isInSubgroup}: linear, and infinity exactly on the subgroup. */
export function subgroupDefect(point: Signature): Signature {
  const byX = multiplyBySeed(point);
  const psiX = psi(byX);
  const psi2X = psi(psiX);
  return byX.add(point).add(psiX).add(psi2X).subtract(psi(psi2X).double());
}

/**
 * Clears the cofactor: maps any point of the twist into G2 by `[x]Q + psi([3x]Q) + psi^2([x]Q) + psi^3(Q)`.
 * This is *not* multiplication by the cofactor, but it is linear, so a sum may be cleared once.
 * Source: Fuentes-Castaneda, Knapp, Rodriguez-Henriquez, "Faster hashing to G2", SAC 2011.
 */
export function clearCofactor(point: Signature): Signature {
  if (point.is0()) return point;
  const words = clearCofactorByWasm(twistWords(point));
  if (words === undefined) return clearCofactorPlain(point);
  return words.length === 0 ? G2.ZERO : fromJacobian(words);
}

/** From Jacobian coordinates of the twist, x = X/Z^2, real halves first, to homogeneous ones, x = X/Z. */
export function fromJacobian(words: readonly bigint[]): Signature {
  const [X, Y, Z] = [0, 2, 4].map((at) => ({ c0: words[at] as bigint, c1: words[at + 1] as bigint })) as [
    Fp2Element,
    Fp2Element,
    Fp2Element,
  ];
  return new G2(Fp2.mul(X, Z), Y, Fp2.mul(Z, Fp2.sqr(Z)));
}

/** {@link clearCofactor} in BigInt: what WebAssembly is held against, and what serves without it. */
export function clearCofactorPlain(point: Signature): Signature {
  const byX = multiplyBySeed(point);
  const by3X = byX.double().add(byX);
  return byX
    .add(psi(by3X))
    .add(psi(psi(byX)))
    .add(psi(psi(psi(point))));
}
