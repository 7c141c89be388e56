/**
 * The three keys of a node: Ed25519 (its identity), X25519 (its address on the OxenMQ wire; it follows from the identity) and BLS (what
 * it signs for the contract with). Secrets stay in these objects: they are never logged and appear in no error.
 */
import { createPrivateKey, createPublicKey, randomBytes, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  generateSecretKey,
  hexFromBytes,
  importSecretKey,
  publicKeyOf,
  publicKeyToHex,
  secretKeyToBytes,
} from "../bls/index.ts";
import type { Hex, PublicKey, SecretKey } from "../bls/index.ts";
import { curveKeysFromEd25519 } from "../omq/index.ts";

/** The three keys of a node, secrets included. */
export interface NodeKeys {
  /** 32-byte seed of the Ed25519 key. */
  readonly ed25519Seed: Uint8Array;
  /** 32 bytes, 0x hex. */
  readonly ed25519Pubkey: Hex;
  readonly x25519Secret: Uint8Array;
  /** 32 bytes, 0x hex. */
  readonly x25519Pubkey: Hex;
  readonly blsSecret: SecretKey;
  readonly blsPublicKey: PublicKey;
  /** 64 bytes X || Y, 0x hex. */
  readonly blsPubkey: Hex;
}

/** The secrets alone, 32 bytes each: the Ed25519 seed, from which X25519 follows, and the BLS secret, big-endian. */
export interface NodeSecrets {
  readonly ed25519: Uint8Array;
  readonly bls: Uint8Array;
}

/** New keys from the system's secure randomness. */
export function generateNodeKeys(): NodeKeys {
  return nodeKeysFrom({
    ed25519: Uint8Array.from(randomBytes(32)),
    bls: secretKeyToBytes(generateSecretKey()),
  });
}

/**
 * Keys that follow from a seed: `keccak256(name || seed)` for each. For test networks and tests: such keys are as secret as the
 * seed.
 */
export function nodeKeysFromSeed(seed: string | Uint8Array): NodeKeys {
  const bytes = typeof seed === "string" ? utf8ToBytes(seed) : seed;
  const derive = (name: string): Uint8Array => keccak_256(concatBytes(utf8ToBytes(name), bytes));
  return nodeKeysFrom({ ed25519: derive("ed25519"), bls: derive("bls") });
}

/** Keys from their secrets. A BLS secret above the group order is reduced. */
export function nodeKeysFrom(secrets: NodeSecrets): NodeKeys {
  const blsSecret = importSecretKey(secrets.bls);
  const blsPublicKey = publicKeyOf(blsSecret);
  const curve = curveKeysFromEd25519(secrets.ed25519);
  return {
    ed25519Seed: secrets.ed25519,
    ed25519Pubkey: hexFromBytes(ed25519.getPublicKey(secrets.ed25519)),
    x25519Secret: curve.secretKey,
    x25519Pubkey: hexFromBytes(curve.publicKey),
    blsSecret,
    blsPublicKey,
    blsPubkey: publicKeyToHex(blsPublicKey),
  };
}

/** The secrets of a set of keys, for the key file. */
export function secretsOf(keys: NodeKeys): NodeSecrets {
  return { ed25519: keys.ed25519Seed, bls: secretKeyToBytes(keys.blsSecret) };
}

// Node's own Ed25519 is used where speed matters (every test of a peer signs once and verifies once). It wants DER, of which these
// are the fixed heads (RFC 8410).
const PKCS8_HEAD = Uint8Array.from(Buffer.from("302e020100300506032b657004220420", "hex"));
const SPKI_HEAD = Uint8Array.from(Buffer.from("302a300506032b6570032100", "hex"));

/** A function that signs with an Ed25519 key: 64 bytes. */
export function ed25519Signer(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key: KeyObject = createPrivateKey({
    key: Buffer.from(concatBytes(PKCS8_HEAD, seed)),
    format: "der",
    type: "pkcs8",
  });
  return (message) => Uint8Array.from(nodeSign(null, message, key));
}

const KEYS_KEPT = 4_096;
/** Public keys as `node:crypto` takes them, by their bytes: peers are few, and making one costs a third of what verifying does. */
const publicKeys = new Map<string, KeyObject>();

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  const name = hexFromBytes(publicKey);
  let key = publicKeys.get(name);
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.from(concatBytes(SPKI_HEAD, publicKey)), format: "der", type: "spki" });
    if (publicKeys.size >= KEYS_KEPT) publicKeys.clear();
    publicKeys.set(name, key);
  }
  return key;
}

/** Whether `signature` is an Ed25519 signature of `message` by a 32-byte public key; false, never an error, for malformed input. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return nodeVerify(null, message, publicKeyObject(publicKey), signature);
  } catch {
    return false;
  }
}
