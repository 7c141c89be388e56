import type { Signature } from "../bls/index.ts";
import { aggregateWire, blame, bytesFromHex, publicKeyFromBytes, signatureFromBytes } from "../bls/index.ts";
import type { OffenceReason } from "./offence.ts";

/** One reply: a signature that claims to be of a key. */
export interface Candidate {
  /** 0x and 128 lower-case hex digits. */
  key: string;
  url: string;
  /** 128 bytes: well-formed and on the twist, of unknown order. */
  signature: Uint8Array;
}

export interface Verdict {
  /** One a key; their sum verifies. */
  good: Candidate[];
  /** That sum; nothing when nobody is good. */
  signature: Signature | undefined;
  bad: { candidate: Candidate; reason: OffenceReason }[];
}

/**
 * Separates right signatures from wrong ones, with one check when all are right.
 *
 * Several addresses may answer with one key (one of them poses as the other). A signature is unique, so at most one of them is
 * right; which one is decided by checking each for itself, never by who came first or by a sum, in which an accomplice could
 * cancel the impostor's error.
 */
export function verifyCandidates(candidates: readonly Candidate[], hash: Signature): Verdict {
  const { singles, disputed } = partition(candidates);
  const bad: Candidate[] = [];
  if (disputed.length > 0) {
    const wrong = new Set(blame(hash, disputed.map(decode)).offenders);
    disputed.forEach((candidate, i) => (wrong.has(i) ? bad : singles).push(candidate));
  }
  const aggregate = aggregateWire(
    hash,
    singles.map(({ key, signature }) => ({ publicKey: bytesFromHex(key), signature })),
  );
  const wrong = aggregate ? [...aggregate.offenders, ...aggregate.malformed.map(({ index }) => index)] : singles.keys();
  for (const i of wrong) bad.push(singles[i] as Candidate);

  return {
    good: (aggregate?.signers ?? []).map((i) => singles[i] as Candidate),
    signature: aggregate?.signature,
    bad: bad.map((candidate) => ({ candidate, reason: "bad-signature" })),
  };
}

/** One candidate a key where all agree (the same bytes from a second address are harmless), the rest apart. */
function partition(candidates: readonly Candidate[]): { singles: Candidate[]; disputed: Candidate[] } {
  const byKey = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const others = byKey.get(candidate.key);
    if (!others) byKey.set(candidate.key, [candidate]);
    else if (!others.some((other) => sameBytes(other.signature, candidate.signature))) others.push(candidate);
  }
  const groups = [...byKey.values()];
  return {
    singles: groups.filter((group) => group.length === 1).flat(),
    disputed: groups.filter((group) => group.length > 1).flat(),
  };
}

function decode({ key, signature }: Candidate) {
  return {
    publicKey: publicKeyFromBytes(bytesFromHex(key)),
    signature: signatureFromBytes(signature, { subgroup: false }),
  };
}

/** A point has one encoding. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
