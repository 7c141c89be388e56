/** What signs: the only place of the node that uses its BLS secret. Injectable, so that a test can put a liar in its place. */
import { hashToG2, hexFromBytes, proveProofOfPossession, signHash, signatureToHex } from "../bls/index.ts";
import type { Hex, Signature, Tags } from "../bls/index.ts";
import type { NodeKeys } from "./keys.ts";

/** A node's BLS key, and what it does. */
export interface Signer {
  /** 64 bytes X || Y, 0x hex. */
  readonly blsPubkey: Hex;
  /** Signs one of the protocol's messages: 128 bytes, 0x hex. */
  sign(message: Uint8Array): Hex;
  /** The proof of possession that registers this node for `operator`: 128 bytes, 0x hex. */
  proveOwnership(operator: string): Hex;
}

/** Hash points by message: pure results, so that one process that runs many nodes may share one. */
export type HashCache = Map<string, Signature>;

const SIGNATURES_KEPT = 2_048;
/** A hash that was multiplied more than once carries a table of some hundred points. */
const HASHES_KEPT = 64;
/** Bits of a window: the table takes two multiplications to build, a multiplication with it a sixth of one without. */
const TABLE_WINDOW = 4;
/** Points that have their table: setting a window a second time would drop it. */
const tabled = new WeakSet<Signature>();

/**
 * A signer over the node's own key. The same message is signed once: a signature is deterministic, and asking again for the same
 * figure is what a crowd of claimers does.
 */
export function createSigner(keys: NodeKeys, tags: Tags, hashes: HashCache = new Map()): Signer {
  const signatures = new Map<string, Hex>();
  const domain = hexFromBytes(tags.hashToG2);

  const hashOf = (message: Uint8Array, name: string): Signature => {
    const known = hashes.get(domain + name);
    if (known !== undefined) {
      // The node's own repeats end in the cache of signatures: this is another node of the process, and more will follow.
      if (!tabled.has(known)) known.precompute(TABLE_WINDOW);
      tabled.add(known);
      return known;
    }
    const hash = hashToG2(message, tags.hashToG2);
    keep(hashes, domain + name, hash, HASHES_KEPT);
    return hash;
  };

  return {
    blsPubkey: keys.blsPubkey,
    sign(message) {
      const name = hexFromBytes(message);
      const known = signatures.get(name);
      if (known !== undefined) return known;
      const signature = signatureToHex(signHash(hashOf(message, name), keys.blsSecret));
      keep(signatures, name, signature, SIGNATURES_KEPT);
      return signature;
    },
    proveOwnership(operator) {
      return signatureToHex(proveProofOfPossession(tags, keys.blsSecret, operator, keys.ed25519Pubkey));
    },
  };
}

/** Adds to a cache; the oldest entry goes when it is full (a Map iterates in order of insertion). */
function keep<V>(cache: Map<string, V>, name: string, value: V, limit: number): void {
  const oldest = cache.size >= limit ? cache.keys().next() : undefined;
  if (oldest?.done === false) cache.delete(oldest.value);
  cache.set(name, value);
}
