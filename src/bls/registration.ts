import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { publicKeyFromParams } from "./codec.ts";
import type { G1Params } from "./codec.ts";
import { G1 } from "./curve.ts";
import type { PublicKey } from "./curve.ts";
import { bytesFromHex, integerFromBytes, wordFromInteger } from "./hex.ts";
import { ed25519Bytes, registrationMessage } from "./messages.ts";
import type { Ed25519PublicKey } from "./messages.ts";

/** An Ed25519 signature: 64 bytes, the same in hex, or its two halves as big-endian integers (the form of the contracts). */
export type Ed25519Signature = string | Uint8Array | readonly [bigint, bigint];

/**
 * Signs a node's registration with its identity key.
 *
 * @param seed - The 32-byte seed of the Ed25519 key.
 * @returns 64 bytes over the 96 of {@link registrationMessage}.
 */
export function signRegistration(seed: Uint8Array, publicKey: PublicKey): Uint8Array {
  return ed25519.sign(registrationMessage(ed25519.getPublicKey(seed), publicKey), seed);
}

/**
 * Tells whether the identity key has signed its registration with this BLS key. Every node of a network must decide this alike, so
 * it is done here, by one library, with the strict rule of RFC 8032 (no key of small order, no non-canonical encoding) on every
 * platform.
 *
 * @returns False, never an error, for a malformed key or signature.
 */
export function verifyRegistration(
  ed25519PublicKey: Ed25519PublicKey,
  publicKey: PublicKey | G1Params,
  signature: Ed25519Signature,
): boolean {
  try {
    const point = publicKey instanceof G1 ? publicKey : publicKeyFromParams(publicKey);
    const message = registrationMessage(ed25519PublicKey, point);
    return ed25519.verify(signatureBytes(signature), message, ed25519Bytes(ed25519PublicKey), { zip215: false });
  } catch {
    return false;
  }
}

/** The signature's halves, as the contracts take them (`serviceNodeSignature1`, `serviceNodeSignature2`). */
export function ed25519SignatureToParams(
  signature: Exclude<Ed25519Signature, readonly [bigint, bigint]>,
): [bigint, bigint] {
  const bytes = signatureBytes(signature);
  return [integerFromBytes(bytes.subarray(0, 32)), integerFromBytes(bytes.subarray(32))];
}

function signatureBytes(signature: Ed25519Signature): Uint8Array {
  if (typeof signature === "string") return bytesFromHex(signature, "Ed25519 signature", 64);
  if (signature instanceof Uint8Array) return signature;
  const [first, second] = signature;
  return concatBytes(wordFromInteger(first, "signature"), wordFromInteger(second, "signature"));
}
