import { bn254 } from "@noble/curves/bn254.js";
import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { BN_X } from "./constants.ts";
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

/** `[x]Q` by the seed of the curve, for any point of the twist. */
export function multiplyBySeed(point: Signature): Signature {
  return point.multiplyUnsafe(BN_X);
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
  const byX = multiplyBySeed(point);
  const psiX = psi(byX);
  const psi2X = psi(psiX);
  const left = byX.add(point).add(psiX).add(psi2X);
  return left.equals(psi(psi2X).double());
}

/**
 * Clears the cofactor: maps any point of the twist into G2 by `[x]Q + psi([3x]Q) + psi^2([x]Q) + psi^3(Q)`.
 * This is *not* multiplication by the cofactor, but it is linear, so a sum may be cleared once.
 * Source: Fuentes-Castaneda, Knapp, Rodriguez-Henriquez, "Faster hashing to G2", SAC 2011.
 */
export function clearCofactor(point: Signature): Signature {
  const byX = multiplyBySeed(point);
  const by3X = byX.double().add(byX);
  return byX
    .add(psi(by3X))
    .add(psi(psi(byX)))
    .add(psi(psi(psi(point))));
}
