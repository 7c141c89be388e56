import type { PublicKey, Signature } from "./curve.ts";
import { addKeys, addSignatures, fromAffineG1, fromAffineG2, sumAffine, toAffineG1, toAffineG2 } from "./points.ts";

/** Sum of public keys; infinity for an empty list. */
export function aggregatePublicKeys(publicKeys: Iterable<PublicKey>): PublicKey {
  return fromAffineG1(sumAffine(addKeys, toAffineG1([...publicKeys])));
}

/**
 * Sum of signatures; infinity for an empty list. Linear also outside the subgroup of order r, so signatures decoded with
 * `{ subgroup: false }` may be added: `verifyHash` checks the sum.
 */
export function aggregateSignatures(signatures: Iterable<Signature>): Signature {
  return fromAffineG2(sumAffine(addSignatures, toAffineG2([...signatures])));
}

/** The total less the keys of the list: what the contract does with the non-signers. */
export function subtractPublicKeys(total: PublicKey, publicKeys: Iterable<PublicKey>): PublicKey {
  return total.add(aggregatePublicKeys(publicKeys).negate());
}
