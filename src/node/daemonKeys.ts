/**
 * Secret keys as the live daemon keeps them in its folder: `key_bls` (32 bytes) and `key_ed25519` (64 bytes, seed and public key), each
 * raw or in hex, with or without 0x and a newline.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { KeyFileError } from "./keyFile.ts";

/** One of them. The secret is 32 bytes: big-endian for BLS, the seed for Ed25519. */
export interface DaemonKey {
  readonly kind: "bls" | "ed25519";
  readonly secret: Uint8Array;
}

/**
 * Reads a secret out of the bytes of such a file; undefined for bytes that are none.
 *
 * @throws KeyFileError for an Ed25519 key whose two halves do not belong together
 */
export function parseDaemonKey(bytes: Uint8Array): DaemonKey | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  // A raw key of 64 bytes that are all hex digits by chance comes once in 10^77 keys.
  const digits = /^(?:0x)?([0-9a-fA-F]{64}|[0-9a-fA-F]{128})\r?\n?$/.exec(text)?.[1];
  const raw = digits === undefined ? bytes : Uint8Array.from(Buffer.from(digits, "hex"));
  if (raw.length === 32) return { kind: "bls", secret: Uint8Array.from(raw) };
  if (raw.length !== 64) return undefined;
  const secret = Uint8Array.from(raw.subarray(0, 32));
  if (Buffer.compare(ed25519.getPublicKey(secret), raw.subarray(32)) !== 0) {
    throw new KeyFileError("its second half is not the public key of the first: it is damaged, or no Ed25519 key");
  }
  return { kind: "ed25519", secret };
}

/** Reads one such file. @throws KeyFileError when it cannot be read or is none */
export async function readDaemonKey(path: string): Promise<DaemonKey> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new KeyFileError(`cannot read ${path}`, { cause });
  }
  let key: DaemonKey | undefined;
  try {
    key = parseDaemonKey(bytes);
  } catch (error) {
    throw new KeyFileError(`${path}: ${(error as Error).message}`);
  }
  if (key) return key;
  throw new KeyFileError(`${path} is no key of a daemon: it holds neither 32 nor 64 bytes, raw or in hex`);
}

/** Names of the files in a daemon's folder. */
export const DAEMON_KEY_FILES = { bls: "key_bls", ed25519: "key_ed25519" } as const;

/**
 * Reads both from a daemon's folder.
 *
 * @throws KeyFileError when one is missing or is not of its kind
 */
export async function readDaemonFolder(folder: string): Promise<{ bls: Uint8Array; ed25519: Uint8Array }> {
  const [bls, identity] = await Promise.all(
    [DAEMON_KEY_FILES.bls, DAEMON_KEY_FILES.ed25519].map((name) => readDaemonKey(join(folder, name))),
  );
  if (bls?.kind !== "bls" || identity?.kind !== "ed25519") {
    throw new KeyFileError(`${folder}: key_bls is not 32 bytes, or key_ed25519 not 64`);
  }
  return { bls: bls.secret, ed25519: identity.secret };
}
