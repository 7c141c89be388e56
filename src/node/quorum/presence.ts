/**
 * Presences: signatures of voters that they were there in a round, and their sums. All sign the same message, so that any number of
 * them is verified with one pairing check; a sum that names somebody new is passed on, others are not.
 */
import { z } from "zod";
import type { Hex } from "../../bls/index.ts";
import { bitsOf, hexOf, idShape, placesOf, roundShape, votersShape } from "./certificate.ts";
import { presenceMessage } from "./messages.ts";
import type { QuorumTags } from "./messages.ts";
import type { Quorums } from "./quorums.ts";
import type { QuorumSignatures } from "./signatures.ts";

/** One voter's. */
export interface Presence {
  readonly round: number;
  /** Id of the voter. */
  readonly voter: bigint;
  /** 128 bytes. */
  readonly signature: Hex;
}

/** The sum of a round's. */
export interface Attendance {
  readonly round: number;
  /** One bit for each place of the quorum, as in a certificate. */
  readonly voters: Hex;
  /** Sum of their signatures: 128 bytes. */
  readonly signature: Hex;
}

/** Different signatures kept for one place: anybody may write one under another's name. */
const SIGNATURES_PER_PLACE = 3;

/** Collects the presences of the rounds that this node counts, and sums them up. */
export class PresenceCount {
  readonly #quorums: Quorums;
  readonly #tags: QuorumTags;
  readonly #signatures: QuorumSignatures;
  /** Signatures by round and place. */
  readonly #rounds = new Map<number, Map<number, Hex[]>>();

  constructor(quorums: Quorums, tags: QuorumTags, signatures: QuorumSignatures) {
    this.#quorums = quorums;
    this.#tags = tags;
    this.#signatures = signatures;
  }

  /** Takes one of the rounds from `oldest` on. */
  add({ round, voter, signature }: Presence, oldest: number): void {
    const place = round < oldest ? undefined : this.#quorums.of(round)?.places.get(voter);
    if (place === undefined) return;
    let places = this.#rounds.get(round);
    if (places === undefined) this.#rounds.set(round, (places = new Map()));
    const list = places.get(place) ?? [];
    if (list.length < SIGNATURES_PER_PLACE && !list.includes(signature)) places.set(place, [...list, signature]);
  }

  /** The sums of the rounds before `round`, each once. */
  *collect(round: number): IterableIterator<Attendance> {
    for (const [of, places] of this.#rounds) {
      if (of >= round) continue;
      this.#rounds.delete(of);
      const quorum = this.#quorums.of(of);
      if (quorum === undefined) continue;
      const message = presenceMessage(this.#tags, of);
      const entries = [...places].flatMap(([place, list]) => {
        const key = quorum.voters[place]?.node.blsPubkey as Hex;
        // Of several for one place one is right at most.
        const right =
          list.length === 1
            ? list
            : list.filter((signature) => this.#signatures.verifyAggregate([key], message, signature)).slice(0, 1);
        return right.map((signature) => ({ place, key, signature }));
      });
      const sum = this.#signatures.aggregate(message, entries);
      if (sum === undefined) continue;
      const there = sum.valid.map((index) => entries[index]?.place as number);
      yield { round: of, voters: bitsOf(there, quorum.voters.length), signature: sum.signature };
    }
  }
}

/**
 * The ids that an attendance proves to have been there.
 *
 * @param isNews - Whether an id is not known to have been there; a sum that names nobody new is not looked at any further.
 */
export function attendanceOf(
  attendance: Attendance,
  quorums: Quorums,
  tags: QuorumTags,
  { verifyAggregate }: QuorumSignatures,
  isNews: (id: bigint) => boolean,
): bigint[] {
  const quorum = quorums.of(attendance.round);
  if (quorum === undefined) return [];
  const voters = (placesOf(attendance.voters, quorum.voters.length) ?? []).flatMap(
    (place) => quorum.voters[place]?.node ?? [],
  );
  if (!voters.some(({ id }) => isNews(id))) return [];
  const keys = voters.map(({ blsPubkey }) => blsPubkey);
  const right = verifyAggregate(keys, presenceMessage(tags, attendance.round), attendance.signature);
  return right ? voters.map(({ id }) => id) : [];
}

/** A presence as it travels. */
export const presenceShape = z.object({ round: roundShape, voter: idShape, signature: hexOf(128) });

/** An attendance as it travels. */
export const attendanceShape = z.object({ round: roundShape, voters: votersShape, signature: hexOf(128) });

/** The form in which a presence travels: ids as decimal strings. */
export function presenceToWire(presence: Presence): Record<string, unknown> {
  return { ...presence, voter: presence.voter.toString() };
}
