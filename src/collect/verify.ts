import type { PublicKey, Signature } from "../bls/index.ts";
import { aggregatePublicKeys, aggregateSignatures, verifyHash } from "../bls/index.ts";
import type { NodeSet } from "../chain/nodeSet.ts";
import type { OffenceReason } from "./reply.ts";

/** One reply: a signature that claims to be of a key. */
export interface Candidate {
  /** 0x and 128 lower-case hex digits. */
  key: string;
  url: string;
  signature: Signature;
}

export interface Verdict {
  /** One a key; their sum verifies. */
  good: Candidate[];
  bad: { candidate: Candidate; reason: OffenceReason }[];
}

/**
 * Separates right signatures from wrong ones, with one check when all are right.
 *
 * Several addresses may answer with one key (one of them poses as the other). A signature is unique, so at most one of them is
 * right; which one is decided by checking each for itself, never by who came first or by a sum, in which an accomplice could
 * cancel the impostor's error.
 */
export function verifyCandidates(
  candidates: readonly Candidate[],
  set: NodeSet,
  hash: Signature,
  onBlame?: (bad: number) => void,
): Verdict {
  const keyOf = (candidate: Candidate) => set.byKey.get(candidate.key)?.publicKey as PublicKey;
  const { singles, disputed } = partition(candidates);
  const bad: Candidate[] = [];
  for (const candidate of disputed) {
    if (verifyHash(keyOf(candidate), hash, candidate.signature)) singles.push(candidate);
    else bad.push(candidate);
  }
  if (singles.length > 0 && !checkSum(singles, keyOf, hash)) bad.push(...findWrong(singles, keyOf, hash));
  if (bad.length > 0) onBlame?.(bad.length);

  const wrong = new Set(bad);
  return {
    good: singles.filter((candidate) => !wrong.has(candidate)),
    bad: bad.map((candidate) => ({ candidate, reason: "bad-signature" })),
  };
}

/** One candidate a key where all agree (the same bytes from a second address are harmless), the rest apart. */
function partition(candidates: readonly Candidate[]): { singles: Candidate[]; disputed: Candidate[] } {
  const byKey = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const others = byKey.get(candidate.key);
    if (!others) byKey.set(candidate.key, [candidate]);
    else if (!others.some((other) => other.signature.equals(candidate.signature))) others.push(candidate);
  }
  const groups = [...byKey.values()];
  return {
    singles: groups.filter((group) => group.length === 1).flat(),
    disputed: groups.filter((group) => group.length > 1).flat(),
  };
}

function checkSum(candidates: readonly Candidate[], keyOf: (c: Candidate) => PublicKey, hash: Signature): boolean {
  return verifyHash(
    aggregatePublicKeys(candidates.map(keyOf)),
    hash,
    aggregateSignatures(candidates.map((candidate) => candidate.signature)),
  );
}

/** Bisects a list whose sum is known to fail. */
function findWrong(list: readonly Candidate[], keyOf: (c: Candidate) => PublicKey, hash: Signature): Candidate[] {
  if (list.length === 1) return [...list];
  const middle = list.length >> 1;
  return [list.slice(0, middle), list.slice(middle)].flatMap((half) =>
    checkSum(half, keyOf, hash) ? [] : findWrong(half, keyOf, hash),
  );
}
