/**
 * The signatures that quorums need, behind an interface: the simulation puts ideal ones in their place (a signature is a note that
 * says who signed what, and cannot be made by anybody else), which is what BLS signatures are to an adversary who cannot forge
 * them. Everything else of a quorum runs the same code.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import {
  aggregatePublicKeys,
  aggregateSignatures,
  aggregateValid,
  hashToG2,
  hexFromBytes,
  publicKeyFromHex,
  signatureFromHex,
  signatureToHex,
  verifyHash,
} from "../../bls/index.ts";
import type { Hex, PublicKey } from "../../bls/index.ts";

/** Whether the sum of the keys signed a message. False, never an error, for malformed input. */
export type VerifyAggregate = (keys: readonly Hex[], message: Uint8Array, signature: Hex) => boolean;

/** Signatures of one message, by key. */
export interface SignedBy {
  readonly key: Hex;
  readonly signature: Hex;
}

/** What came of adding up signatures: places in the list of those that are right, and their sum. */
export interface Counted {
  readonly valid: readonly number[];
  readonly signature: Hex;
}

/** What a quorum's signatures can do. */
export interface QuorumSignatures {
  readonly verifyAggregate: VerifyAggregate;
  /** The entries whose signature of the message is right, and the sum of these; one check when all are. */
  aggregate(message: Uint8Array, entries: readonly SignedBy[]): Counted | undefined;
}

/** Signatures that were found right in lists that were added up, and their sums, by the names of the lists. */
export type CountCache = Map<string, { readonly right: ReadonlySet<string>; readonly signature: Hex } | undefined>;

const KEYS_KEPT = 20_000;
const COUNTS_KEPT = 256;

/**
 * BLS signatures, hashed with the contract's tag.
 *
 * @param verified - Names of what was found right, which the nodes of one process may share.
 */
export function blsSignatures(dst: Uint8Array, verified?: Set<string>): QuorumSignatures {
  const keys = new Map<Hex, PublicKey>();
  const keyOf = (hex: Hex): PublicKey => {
    let key = keys.get(hex);
    if (key === undefined) {
      key = publicKeyFromHex(hex);
      if (keys.size >= KEYS_KEPT) keys.clear();
      keys.set(hex, key);
    }
    return key;
  };
  return {
    verifyAggregate(signers, message, signature) {
      const name =
        verified && `${hexFromBytes(keccak_256(utf8ToBytes(signers.join())))}${hexFromBytes(message)}${signature}`;
      if (name !== undefined && verified?.has(name)) return true;
      try {
        // The sum's membership in G2 is checked by verifyHash.
        const point = signatureFromHex(signature, { subgroup: false });
        const right = verifyHash(aggregatePublicKeys(signers.map(keyOf)), hashToG2(message, dst), point);
        if (right && name !== undefined) verified?.add(name);
        return right;
      } catch {
        return false;
      }
    },
    aggregate(message, entries) {
      const readable = entries.flatMap(({ key, signature }, index) => {
        try {
          return [{ index, publicKey: keyOf(key), signature: signatureFromHex(signature, { subgroup: false }) }];
        } catch {
          return [];
        }
      });
      const found = aggregateValid(hashToG2(message, dst), readable);
      if (found === undefined) return undefined;
      const valid = found.signers.map((i) => readable[i]?.index as number);
      return { valid, signature: signatureToHex(found.signature) };
    },
  };
}

/** The same, where the nodes of one process share what came of equal lists: each adds up the votes that all were sent. */
export function withSharedCounts(signatures: QuorumSignatures, counts: CountCache): QuorumSignatures {
  const nameOf = ({ key, signature }: SignedBy): string => key + signature;
  return {
    ...signatures,
    aggregate(message, entries) {
      const list = entries.map(nameOf).sort().join();
      const name = hexFromBytes(keccak_256(utf8ToBytes(list))) + hexFromBytes(message);
      if (!counts.has(name)) {
        const found = signatures.aggregate(message, entries);
        const right = new Set(found?.valid.map((index) => nameOf(entries[index] as SignedBy)));
        if (counts.size >= COUNTS_KEPT) counts.clear();
        counts.set(name, found && { right, signature: found.signature });
        return found;
      }
      const known = counts.get(name);
      return (
        known && {
          valid: [...entries.keys()].filter((index) => known.right.has(nameOf(entries[index] as SignedBy))),
          signature: known.signature,
        }
      );
    },
  };
}

/** Sum of signatures that are known to be right. */
export function sumSignatures(signatures: readonly Hex[]): Hex {
  return signatureToHex(aggregateSignatures(signatures.map((signature) => signatureFromHex(signature))));
}
