/**
 * Archives: what makes a long history quick to verify. Once a day is over, and everything that it decided has long taken effect, each
 * node signs the digest of the certificates that *it* has verified of that day, its own and never the asker's. Where more than two
 * thirds of the nodes signed the same digest, their sum is proof that every certificate under it was verified by most nodes: a
 * newcomer checks one signature instead of a day's. An archive excludes nothing: a certificate that is not under it is verified
 * by itself, so that archives are a shortcut and no rule.
 *
 * Why not by arithmetic alone: each certificate signs a message of its own, and each message costs a hash to the curve and its lines
 * of the Miller loop, more than half of a single check, however many are multiplied into one pairing.
 */
import { z } from "zod";
import type { Hex } from "../../bls/index.ts";
import { placesOf } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { archiveMessage } from "./messages.ts";
import type { QuorumTags } from "./messages.ts";
import type { Quorums } from "./quorums.ts";
import { digestOf } from "./set.ts";
import type { VerifyAggregate } from "./signatures.ts";

/** More than two thirds of the nodes on one day's certificates. */
export interface Archive {
  readonly day: number;
  readonly digest: Hex;
  /** One bit for each node of the day's last round, by id: who signed. */
  readonly signers: Hex;
  readonly signature: Hex;
}

/** The round whose nodes sign a day's archive: its last one that has a quorum of its own. */
export function archiveRound(day: number, dayRounds: number, hasRound: (round: number) => boolean): number | undefined {
  for (let round = (day + 1) * dayRounds - 1; round >= day * dayRounds && round > 0; round--) {
    if (hasRound(round)) return round;
  }
  return undefined;
}

/** How many of so many nodes must sign: more than two thirds. */
export function archiveThreshold(nodes: number): number {
  return Math.floor((2 * nodes) / 3) + 1;
}

/** Whether an archive holds. */
export function verifyArchive(
  archive: Archive,
  quorums: Quorums,
  round: number,
  tags: QuorumTags,
  verifyAggregate: VerifyAggregate,
): boolean {
  const members = quorums.membersIn(round);
  const places = placesOf(archive.signers, members.length);
  if (places === undefined || places.length < archiveThreshold(members.length)) return false;
  const keys = places.map((place) => members[place]?.node.blsPubkey as Hex);
  return verifyAggregate(keys, archiveMessage(tags, archive.day, archive.digest), archive.signature);
}

/** Of a history, what archives vouch for and what is left to verify one by one. */
export function sortByArchives(
  certificates: readonly Certificate[],
  archives: readonly Archive[],
  dayOf: (round: number) => number,
  holds: (archive: Archive) => boolean,
): { vouched: Certificate[]; left: Certificate[] } {
  const byDay = new Map<number, Certificate[]>();
  for (const certificate of certificates) {
    const day = dayOf(certificate.round);
    byDay.set(day, [...(byDay.get(day) ?? []), certificate]);
  }
  const vouched: Certificate[] = [];
  const left: Certificate[] = [];
  for (const [day, list] of byDay) {
    const digest = digestOf(list);
    const archive = archives.find((candidate) => candidate.day === day && candidate.digest === digest);
    (archive !== undefined && holds(archive) ? vouched : left).push(...list);
  }
  return { vouched, left };
}

export const archiveShape = z.object({
  day: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 32),
  digest: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .transform((text) => text as Hex),
  signers: z
    .string()
    .regex(/^0x([0-9a-f]{2}){1,2048}$/)
    .transform((text) => text as Hex),
  signature: z
    .string()
    .regex(/^0x[0-9a-f]{256}$/)
    .transform((text) => text as Hex),
});
