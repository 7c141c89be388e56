import { G2, twistWords } from "./curve.ts";
import type { Signature } from "./curve.ts";
import { hashToG2 } from "./hashToG2.ts";
import { checkSecretKey, publicKeyOf } from "./keys.ts";
import type { SecretKey } from "./keys.ts";
import { proofOfPossessionMessage } from "./messages.ts";
import type { Ed25519PublicKey } from "./messages.ts";
import type { Tags } from "./tags.ts";
import { multiplyByWasm } from "./wasm/calls.ts";

/**
 * Signs a message: `sk * H(message)`.
 *
 * @param dst - The hashing tag of the contract, `tags.hashToG2`.
 */
export function sign(message: Uint8Array, secretKey: SecretKey, dst: Uint8Array): Signature {
  return signHash(hashToG2(message, dst), secretKey);
}

/** Signs a message that is hashed already. */
export function signHash(hash: Signature, secretKey: SecretKey): Signature {
  const scalar = checkSecretKey(secretKey);
  const words = hash.is0() ? undefined : multiplyByWasm(twistWords(hash), scalar);
  if (words === undefined || words.length === 0) return hash.multiply(scalar);
  const [xc0, xc1, yc0, yc1] = words as [bigint, bigint, bigint, bigint];
  return G2.fromAffine({ x: { c0: xc0, c1: xc1 }, y: { c0: yc0, c1: yc1 } });
}

/**
 * Proves possession of a secret key, bound to one operator and one node, so that it can be registered (a rogue key, chosen
 * to cancel the keys of others, has no such proof).
 *
 * @param operator - Address of the operator, contributor 0.
 */
export function proveProofOfPossession(
  tags: Tags,
  secretKey: SecretKey,
  operator: string,
  ed25519PublicKey: Ed25519PublicKey,
): Signature {
  const publicKey = publicKeyOf(secretKey);
  return sign(proofOfPossessionMessage(tags, { publicKey, operator, ed25519PublicKey }), secretKey, tags.hashToG2);
}
