import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { randomBytes } from "@noble/hashes/utils.js";
import { OmqError } from "./errors.ts";

/** An X25519 key pair, 32 bytes each: what CURVE authenticates and encrypts with. */
export interface CurveKeys {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A pair of one's own from the system's randomness: all that a client needs. */
export function generateCurveKeys(): CurveKeys {
  return curveKeysFrom(randomBytes(32));
}

/** The pair of a secret. */
export function curveKeysFrom(secretKey: Uint8Array): CurveKeys {
  return { secretKey, publicKey: x25519.getPublicKey(secretKey) };
}

/** The pair that follows from a node's Ed25519 seed (32 bytes): the birational map between the curves (RFC 7748, 4.1). */
export function curveKeysFromEd25519(seed: Uint8Array): CurveKeys {
  return curveKeysFrom(ed25519.utils.toMontgomerySecret(seed));
}

/**
 * The X25519 key that follows from an Ed25519 public key, 32 bytes each.
 *
 * @throws OmqError `key` for bytes that are no point of the curve
 */
export function x25519FromEd25519(publicKey: Uint8Array): Uint8Array {
  try {
    return ed25519.utils.toMontgomery(publicKey);
  } catch (cause) {
    throw new OmqError("key", "the Ed25519 key is no point of the curve", cause);
  }
}

const P = 2n ** 255n - 19n;

/**
 * Whether an X25519 key is the one that follows from an Ed25519 key, 32 bytes each: u (1 - y) = 1 + y. A hundred times cheaper than to
 * derive it, since it is not looked at whether the Ed25519 key is a point: of one that is none, nobody holds the secret.
 */
export function isX25519Of(key: Uint8Array, publicKey: Uint8Array): boolean {
  const u = littleEndian(key);
  const y = littleEndian(publicKey) & (2n ** 255n - 1n);
  return u < P && y < P && y !== 1n && (u * (P + 1n - y) - (1n + y)) % P === 0n;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

const Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** The text form in which ZeroMQ takes keys (RFC 32/Z85): five characters for each four bytes. */
export function z85Encode(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const word = view.getUint32(at);
    for (let divisor = 85 ** 4; divisor >= 1; divisor /= 85) text += Z85[Math.floor(word / divisor) % 85];
  }
  return text;
}
