import { concatBytes } from "@noble/hashes/utils.js";
import { WORD_BYTES } from "./constants.ts";
import type { PublicKey } from "./curve.ts";
import { publicKeyToBytes } from "./codec.ts";
import { BlsError } from "./errors.ts";
import { addressBytes, bytesFromHex, wordFromInteger } from "./hex.ts";
import type { Tags } from "./tags.ts";

/** An Ed25519 public key: 32 bytes, the same in hex, or read as one big-endian integer (the form of the contracts). */
export type Ed25519PublicKey = bigint | string | Uint8Array;

/** What a proof of possession states: this BLS key belongs to that operator and that node. */
export interface ProofOfPossession {
  readonly publicKey: PublicKey;
  /** Address of the operator, contributor 0. */
  readonly operator: string;
  readonly ed25519PublicKey: Ed25519PublicKey;
}

/** Lifetime rewards of one recipient, in atomic SESH. */
export interface Reward {
  readonly recipient: string;
  readonly amount: bigint;
}

/** A node that leaves, and when the network agreed, in seconds since 1970. */
export interface Departure {
  /** BLS key of the node that leaves, not of the signer. */
  readonly publicKey: PublicKey;
  readonly timestamp: bigint | number;
}

export function ed25519Bytes(key: Ed25519PublicKey): Uint8Array {
  if (typeof key === "bigint") return wordFromInteger(key, "ed25519PublicKey");
  if (typeof key === "string") return bytesFromHex(key, "ed25519PublicKey", WORD_BYTES);
  if (key.length !== WORD_BYTES) {
    throw new BlsError("length", `ed25519PublicKey has ${key.length} bytes, expected ${WORD_BYTES}`, {
      length: key.length,
    });
  }
  return key;
}

/** `popTag || pk.X || pk.Y || operator (20) || Ed25519 public key (32)`: 148 bytes. */
export function proofOfPossessionMessage(tags: Tags, proof: ProofOfPossession): Uint8Array {
  return concatBytes(
    tags.proofOfPossession,
    publicKeyToBytes(proof.publicKey),
    addressBytes(proof.operator, "operator"),
    ed25519Bytes(proof.ed25519PublicKey),
  );
}

/** `rewardTag || recipient (20) || lifetime rewards (32, atomic SESH)`: 84 bytes. */
export function rewardMessage(tags: Tags, { recipient, amount }: Reward): Uint8Array {
  return concatBytes(tags.reward, addressBytes(recipient, "recipient"), wordFromInteger(amount, "amount"));
}

/** `exitTag || pk.X || pk.Y || unix timestamp (32)`: 128 bytes. */
export function exitMessage(tags: Tags, departure: Departure): Uint8Array {
  return departureMessage(tags.exit, departure);
}

/** `liquidateTag || pk.X || pk.Y || unix timestamp (32)`: 128 bytes. */
export function liquidateMessage(tags: Tags, departure: Departure): Uint8Array {
  return departureMessage(tags.liquidate, departure);
}

/**
 * `Ed25519 public key (32) || pk.X || pk.Y`: 96 bytes, what a node's *Ed25519* key signs at its registration
 * (`serviceNodeSignature1 || serviceNodeSignature2`). It names neither chain nor contract, as on the live network: the proof of
 * possession beside it does.
 */
export function registrationMessage(ed25519PublicKey: Ed25519PublicKey, publicKey: PublicKey): Uint8Array {
  return concatBytes(ed25519Bytes(ed25519PublicKey), publicKeyToBytes(publicKey));
}

function departureMessage(tag: Uint8Array, { publicKey, timestamp }: Departure): Uint8Array {
  return concatBytes(tag, publicKeyToBytes(publicKey), wordFromInteger(timestamp, "timestamp"));
}
