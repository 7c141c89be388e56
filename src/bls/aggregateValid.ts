import { aggregatePublicKeys, aggregateSignatures } from "./aggregate.ts";
import { blame } from "./blame.ts";
import type { BlameOptions, BlameResult, SignatureEntry } from "./blame.ts";
import type { PublicKey, Signature } from "./curve.ts";
import { verifyHash } from "./verify.ts";

/** An aggregate that verifies. */
export interface ValidAggregate {
  /** Sum of the signers' keys. */
  readonly publicKey: PublicKey;
  /** Sum of the signers' signatures. */
  readonly signature: Signature;
  /** Indexes of the entries that are in the sums, ascending. */
  readonly signers: number[];
  /** Indexes of the entries that were found invalid, ascending; only looked for if the sum of all does not verify. */
  readonly offenders: number[];
}

/**
 * Adds up the signatures of one message and verifies the *sum*; only if that fails looks for the bad ones, and verifies the sum
 * of the rest again. A returned aggregate has always passed the same check as on-chain.
 *
 * Individual signatures need no subgroup check before (`{ subgroup: false }`): the contract, too, sees nothing but the sum, and
 * a sum in the subgroup that satisfies the pairing equation *is* the signers' signature, whatever its summands were. Entries
 * whose errors cancel exactly therefore do no harm together; leave one of them out and the other is found.
 *
 * @returns Undefined if no entry is valid.
 */
export function aggregateValid(
  hash: Signature,
  entries: readonly SignatureEntry[],
  options: BlameOptions = {},
): ValidAggregate | undefined {
  const pick = (places: readonly number[]) => places.map((i) => entries[i] as SignatureEntry);
  const search = (places: readonly number[]) => blame(hash, pick(places), options);
  return aggregateSums(hash, entries.length, sumsOf(entries), { pick, search });
}

/** The sums of a list of entries. */
export interface Sums {
  readonly publicKey: PublicKey;
  readonly signature: Signature;
}

/** Entries by their places in the list, in whatever form they are kept. */
export interface Entries {
  pick(places: readonly number[]): SignatureEntry[];
  search(places: readonly number[]): BlameResult;
}

/** {@link aggregateValid} where the sums of all entries are known already. */
export function aggregateSums(
  hash: Signature,
  size: number,
  { publicKey, signature }: Sums,
  entries: Entries,
): ValidAggregate | undefined {
  let signers = Array.from({ length: size }, (_, i) => i);
  const offenders: number[] = [];

  while (signers.length > 0) {
    if (verifyHash(publicKey, hash, signature)) {
      return { publicKey, signature, signers, offenders: offenders.sort((a, b) => a - b) };
    }

    const found = new Set(entries.search(signers).offenders);
    // An invalid sum has an invalid summand. If none is found, the sum itself is infinity: it cannot be used.
    if (found.size === 0) return undefined;
    const bad = signers.filter((_, place) => found.has(place));
    const wrong = sumsOf(entries.pick(bad));
    publicKey = publicKey.subtract(wrong.publicKey);
    signature = signature.subtract(wrong.signature);
    offenders.push(...bad);
    signers = signers.filter((_, place) => !found.has(place));
  }
  return undefined;
}

function sumsOf(entries: readonly SignatureEntry[]): Sums {
  return {
    publicKey: aggregatePublicKeys(entries.map((entry) => entry.publicKey)),
    signature: aggregateSignatures(entries.map((entry) => entry.signature)),
  };
}
