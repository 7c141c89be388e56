/** What signs: the only place of the node that uses its BLS secret. Injectable, so that a test can put a liar in its place. */
import { hashToG2, hexFromBytes, proveProofOfPossession, signHash, signatureToHex } from "../bls/index.ts";
import type { Hex, Signature, Tags } from "../bls/index.ts";
import type { NodeKeys } from "./keys.ts";

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

const CACHE_LIMIT = 2_048;

/**
 * A signer over the node's own key. The same message is signed once: a signature is deterministic, and asking again for the same
 * figure is what a crowd of claimers does.
 */
export function createSigner(keys: NodeKeys, tags: Tags, hashes: HashCache = new Map()): Signer {
  const signatures = new Map<string, Hex>();
  return {
    blsPubkey: keys.blsPubkey,
    sign(message) {
      const name = hexFromBytes(message);
      return remember(signatures, name, () => {
        const hash = remember(hashes, `${hexFromBytes(tags.hashToG2)}${name}`, () => hashToG2(message, tags.hashToG2));
        return signatureToHex(signHash(hash, keys.blsSecret));
      });
    },
    proveOwnership(operator) {
      return signatureToHex(proveProofOfPossession(tags, keys.blsSecret, operator, keys.ed25519Pubkey));
    },
  };
}

function remember<V>(cache: Map<string, V>, name: string, make: () => V): V {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const value = make();
  if (cache.size >= CACHE_LIMIT) {
    // The oldest entry goes: a Map iterates in order of insertion.
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(name, value);
  return value;
}
