import { G1, G2 } from "./curve.ts";
import type { PublicKey, Signature } from "./curve.ts";

/** Sum of public keys; infinity for an empty list. */
export function aggregatePublicKeys(publicKeys: Iterable<PublicKey>): PublicKey {
  let sum: PublicKey = G1.ZERO;
  for (const publicKey of publicKeys) sum = sum.add(publicKey);
  return sum;
}

/** Sum of signatures; infinity for an empty list. */
export function aggregateSignatures(signatures: Iterable<Signature>): Signature {
  let sum: Signature = G2.ZERO;
  for (const signature of signatures) sum = sum.add(signature);
  return sum;
}

/** The total less the keys of the list: what the contract does with the non-signers. */
export function subtractPublicKeys(total: PublicKey, publicKeys: Iterable<PublicKey>): PublicKey {
  return total.add(aggregatePublicKeys(publicKeys).negate());
}
