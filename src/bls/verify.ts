import { isInSubgroup } from "./curve.ts";
import type { PublicKey, Signature } from "./curve.ts";
import { hashToG2, sumHashes } from "./hashToG2.ts";
import { isOne, PreparedHash } from "./pairing.ts";

/** Hashes seen before: one message is verified against many keys. Weak, so that nothing outlives its point. */
const preparedHashes = new WeakMap<Signature, PreparedHash>();

/** A hash, which is not infinity, made ready for the pairing. */
export function prepareHash(hash: Signature): PreparedHash {
  let prepared = preparedHashes.get(hash);
  if (prepared === undefined) {
    prepared = new PreparedHash(hash.toAffine());
    preparedHashes.set(hash, prepared);
  }
  return prepared;
}

/**
 * Verifies a signature, or an aggregate of signatures under the sum of their keys: `e(P1, sig) * e(-pk, H(message)) == 1`.
 *
 * @param dst - The hashing tag of the contract, `tags.hashToG2`.
 * @returns False also when key or signature is infinity, or the signature lies outside G2.
 */
export function verify(publicKey: PublicKey, message: Uint8Array, signature: Signature, dst: Uint8Array): boolean {
  return verifyHash(publicKey, hashToG2(message, dst), signature);
}

/**
 * Verifies a signature over a message that is hashed already. The signature's membership in G2 is checked here, so a sum of
 * signatures that were decoded with `{ subgroup: false }` may be given.
 */
export function verifyHash(publicKey: PublicKey, hash: Signature, signature: Signature): boolean {
  // e(infinity, H) == e(P1, infinity) == 1: without this, nobody's signature would be anybody's.
  if (publicKey.is0() || signature.is0() || hash.is0()) return false;
  if (!isInSubgroup(signature)) return false;

  return isOne(prepareHash(hash).value(signature.toAffine(), publicKey.toAffine()));
}

/**
 * Verifies one aggregate signature over several messages that the same signers signed:
 * `e(P1, sum of sk * H_j) == e(pk, sum of H_j)`.
 *
 * @param publicKey - The signers' aggregate key.
 * @returns False for an empty list.
 */
export function verifyBatch(
  publicKey: PublicKey,
  messages: readonly Uint8Array[],
  signature: Signature,
  dst: Uint8Array,
): boolean {
  if (messages.length === 0) return false;
  return verifyHash(publicKey, sumHashes(messages, dst), signature);
}
