import { bn254 } from "@noble/curves/bn254.js";
import { GROUP_ORDER, WORD_BYTES } from "./constants.ts";
import { G1 } from "./curve.ts";
import type { PublicKey } from "./curve.ts";
import { BlsError } from "./errors.ts";
import { bytesFromHex, integerFromBytes, wordFromInteger } from "./hex.ts";

/** A secret key: an integer from 1 to r - 1. Keep it out of logs, errors and arguments. */
export type SecretKey = bigint;

/** Draws a secret key from the system's secure randomness, uniform up to a bias below 2^-128. */
export function generateSecretKey(): SecretKey {
  return integerFromBytes(bn254.utils.randomSecretKey());
}

/**
 * Reads a secret key: 32 bytes, big-endian. It may exceed the group order and is then reduced, as the nodes do.
 *
 * @throws {@link BlsError} `length` or `hex`; `scalar` if it is zero modulo r. No error carries the key.
 */
export function importSecretKey(key: string | Uint8Array): SecretKey {
  const bytes = typeof key === "string" ? bytesFromHex(key, "secret key", WORD_BYTES) : key;
  if (bytes.length !== WORD_BYTES) {
    throw new BlsError("length", `secret key has ${bytes.length} bytes, expected ${WORD_BYTES}`, {
      length: bytes.length,
    });
  }
  const scalar = integerFromBytes(bytes) % GROUP_ORDER;
  if (scalar === 0n) throw new BlsError("scalar", "secret key is zero modulo the group order");
  return scalar;
}

/** Gives a secret key as 32 bytes, big-endian. */
export function secretKeyToBytes(secretKey: SecretKey): Uint8Array {
  return wordFromInteger(checkSecretKey(secretKey), "secret key");
}

/** The public key `sk * (1, 2)`. */
export function publicKeyOf(secretKey: SecretKey): PublicKey {
  return G1.BASE.multiply(checkSecretKey(secretKey));
}

/**
 * Passes a secret key through if it is one.
 *
 * @throws {@link BlsError} `scalar` unless 0 < key < r; the message does not carry the key.
 */
export function checkSecretKey(secretKey: SecretKey): SecretKey {
  if (typeof secretKey !== "bigint" || secretKey <= 0n || secretKey >= GROUP_ORDER) {
    throw new BlsError("scalar", "secret key is not an integer from 1 to r - 1");
  }
  return secretKey;
}
