/**
 * Certificates: enough equal votes of a round's quorum, summed. Anybody who follows the chain verifies one with one pairing check.
 * Everything in a certificate comes from the wire and is doubted.
 */
import { z } from "zod";
import { bytesFromHex, hexFromBytes } from "../../bls/index.ts";
import type { Hex } from "../../bls/index.ts";
import { CHANGES, judgementKey, voteMessage } from "./messages.ts";
import type { Judgement, QuorumTags } from "./messages.ts";
import type { Quorums } from "./quorums.ts";
import type { VerifyAggregate } from "./signatures.ts";

/** A judgement with the sum of the votes for it. */
export interface Certificate extends Judgement {
  /** One bit for each place of the quorum, the first place the highest bit of the first byte: who voted. */
  readonly voters: Hex;
  /** Sum of their signatures: 128 bytes. */
  readonly signature: Hex;
}

/** One vote: a signature of the judgement by one place of the quorum. */
export interface Vote extends Judgement {
  /** Id of the voter. */
  readonly voter: bigint;
  readonly signature: Hex;
}

/** Why a certificate or a vote is not taken. */
export type Rejection =
  /** Of a round that the chain has not settled here, or not as one of its own: it may be right later. */
  | "unknown-round"
  /** The node was not on the network in that round, or not tested in it. */
  | "not-a-worker"
  /** Bits beyond the quorum, or too few of them. */
  | "too-few-votes"
  | "not-a-voter"
  | "bad-signature";

/** Whether a certificate holds: undefined when it does. */
export function rejectionOf(
  certificate: Certificate,
  quorums: Quorums,
  tags: QuorumTags,
  verifyAggregate: VerifyAggregate,
): Rejection | undefined {
  const checked = checkCertificate(certificate, quorums);
  if (typeof checked === "string") return checked;
  return verifyAggregate(checked, voteMessage(tags, certificate), certificate.signature) ? undefined : "bad-signature";
}

/** Everything but the signature: the keys of those who must have signed, or why it cannot hold. */
export function checkCertificate(certificate: Certificate, quorums: Quorums): Hex[] | Rejection {
  const quorum = quorums.of(certificate.round);
  if (quorum === undefined) return "unknown-round";
  if (!quorum.isWorker(certificate.worker)) return "not-a-worker";
  const places = placesOf(certificate.voters, quorum.voters.length);
  if (places === undefined) return "too-few-votes";
  const voters = places.map((place) => quorum.voters[place]);
  // A node has no voice in its own case; its signature would be in the sum, so its bit is an error and not just not counted.
  if (voters.some((voter) => voter === undefined || voter.node.id === certificate.worker)) return "not-a-voter";
  if (voters.length < quorum.threshold) return "too-few-votes";
  return voters.map((voter) => (voter as (typeof quorum.voters)[number]).node.blsPubkey);
}

/** Sets one bit for each place. */
export function bitsOf(places: Iterable<number>, voters: number): Hex {
  const bytes = new Uint8Array(Math.ceil(voters / 8));
  for (const place of places) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (0x80 >> (place & 7));
  return hexFromBytes(bytes);
}

/** The places whose bits are set; undefined for another length, or bits beyond the quorum. */
export function placesOf(bits: Hex, voters: number): number[] | undefined {
  if (bits.length !== 2 + 2 * Math.ceil(voters / 8)) return undefined;
  const bytes = bytesFromHex(bits);
  const places: number[] = [];
  for (let place = 0; place < 8 * bytes.length; place++) {
    if (((bytes[place >> 3] as number) & (0x80 >> (place & 7))) === 0) continue;
    if (place >= voters) return undefined;
    places.push(place);
  }
  return places;
}

/** So many bytes as they travel: lower-case hex with 0x. */
export const hexOf = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`))
    .transform((text) => text as Hex);

/** A node's id as it travels: a decimal string. */
export const idShape = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})$/)
  .transform(BigInt);

export const roundShape = z
  .number()
  .int()
  .positive()
  .max(2 ** 40);

/** Bits of a quorum as they travel. */
export const votersShape = z
  .string()
  .regex(/^0x([0-9a-f]{2}){1,32}$/)
  .transform((text) => text as Hex);

const judgement = { round: roundShape, worker: idShape, change: z.enum(CHANGES) };

/** A certificate as it travels. */
export const certificateShape = z.object({ ...judgement, voters: votersShape, signature: hexOf(128) });

/** A vote as it travels. */
export const voteShape = z.object({ ...judgement, voter: idShape, signature: hexOf(128) });

/** How many bits are set. */
export function votesOf(bits: Hex): number {
  return [...bytesFromHex(bits)].reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
}

/** The form in which certificates and votes travel and are kept: ids as decimal strings. */
export function toWire(item: Certificate | Vote): Record<string, unknown> {
  return {
    ...item,
    worker: item.worker.toString(),
    ...("voter" in item ? { voter: item.voter.toString() } : {}),
  };
}

export { judgementKey };
