import type { SignatureEntry, WireEntry } from "../../src/bls/index.ts";
import {
  aggregateValid,
  aggregateWire,
  bytesFromHex,
  publicKeyFromBytes,
  signatureFromBytes,
  verifyHash,
} from "../../src/bls/index.ts";
import type { SignedNetwork } from "./network.ts";

export function wireEntries(network: SignedNetwork, size: number): WireEntry[] {
  return network.signatureHexes.slice(0, size).map((signature, i) => ({
    signature: bytesFromHex(signature),
    publicKey: bytesFromHex(network.keyHexes[i] as string),
  }));
}

/** The good path: decode without subgroup checks, add up, verify the sum. */
export function verifyWire(entries: readonly WireEntry[], network: SignedNetwork): number {
  const result = aggregateWire(network.hash, entries);
  return result && result.offenders.length + result.malformed.length === 0 ? result.signers.length : 0;
}

/** The same with points that are decoded already. */
export function verifyParsed(entries: readonly SignatureEntry[], network: SignedNetwork): number {
  return count(entries, network);
}

/** What it is measured against: each signature verified for itself, with the same pairing and the message hashed once. */
export function oneByOneParsed(entries: readonly SignatureEntry[], network: SignedNetwork): number {
  return entries.filter(({ publicKey, signature }) => verifyHash(publicKey, network.hash, signature)).length;
}

export function oneByOneWire(entries: readonly WireEntry[], network: SignedNetwork): number {
  return oneByOneParsed(entries.map(parse), network);
}

export function parse({ signature, publicKey }: WireEntry): SignatureEntry {
  return { signature: signatureFromBytes(signature, { subgroup: false }), publicKey: publicKeyFromBytes(publicKey) };
}

/** Replaces `bad` of the signatures by those of other nodes, evenly spread but for a step that hides no pattern. */
export function spoil(
  entries: readonly SignatureEntry[],
  bad: number,
): { entries: SignatureEntry[]; offenders: number[] } {
  const size = entries.length;
  const offenders = Array.from({ length: bad }, (_, i) => (i * 691 + 17) % size).sort((a, b) => a - b);
  const wrong = new Set(offenders);
  return {
    entries: entries.map((entry, i) =>
      wrong.has(i) ? { ...entry, signature: (entries[(i * 7 + 13) % size] as SignatureEntry).signature } : entry,
    ),
    offenders,
  };
}

/** From the failing sum to the named offenders and the verified rest. */
export function blameAll(entries: readonly SignatureEntry[], network: SignedNetwork): number[] {
  return aggregateValid(network.hash, entries)?.offenders ?? [];
}

function count(entries: readonly SignatureEntry[], network: SignedNetwork): number {
  const result = aggregateValid(network.hash, entries);
  return result && result.offenders.length === 0 ? result.signers.length : 0;
}
