/**
 * Counts votes until there are enough for a certificate. Votes come from the wire: a vote of somebody else's name costs nothing to
 * write, so that up to a few different ones are kept for each place, and the sum decides.
 */
import { bitsOf, judgementKey } from "./certificate.ts";
import type { Certificate, Rejection, Vote } from "./certificate.ts";
import { voteMessage } from "./messages.ts";
import type { Judgement, QuorumTags } from "./messages.ts";
import type { Quorum, Quorums } from "./quorums.ts";
import type { QuorumSignatures } from "./signatures.ts";
import type { Hex } from "../../bls/index.ts";

/** Different signatures kept for one place: one of them may be right. */
const SIGNATURES_PER_PLACE = 3;

export interface TallyOptions {
  readonly quorums: Quorums;
  readonly tags: QuorumTags;
  readonly signatures: QuorumSignatures;
  /** Votes count for so many rounds. */
  readonly voteRounds: number;
  /** Last settled round. */
  readonly round: () => number;
  /** Whether a judgement has its certificate already. */
  readonly isDecided: (judgement: Judgement) => boolean;
}

interface Poll {
  readonly judgement: Judgement;
  readonly quorum: Quorum;
  readonly votes: Map<number, Hex[]>;
  /** Signatures that were looked at by themselves and are right, with their places. */
  readonly right: Set<string>;
  /** Places whose votes verified, at the last count. */
  tried: number;
}

export class Tally {
  readonly #options: TallyOptions;
  readonly #polls = new Map<string, Poll>();
  /** Places that gave a wrong vote, by round: their others are looked at one by one, or each would spoil a sum, and cost a search. */
  readonly #wrong = new Map<number, Set<number>>();

  constructor(options: TallyOptions) {
    this.#options = options;
  }

  /** Judgements with votes, and how many of how many needed. */
  *standing(): IterableIterator<Judgement & { votes: number; needed: number; voters: number }> {
    for (const { judgement, votes, quorum } of this.#polls.values()) {
      yield { ...judgement, votes: votes.size, needed: quorum.threshold, voters: quorum.voters.length };
    }
  }

  /** Takes a vote; gives the certificate when it is the one that makes it, or why the vote is not taken. */
  add(vote: Vote): Certificate | Rejection | undefined {
    const { quorums, round, voteRounds, isDecided } = this.#options;
    if (vote.round <= round() - voteRounds) return "unknown-round";
    if (isDecided(vote)) return undefined;
    const quorum = quorums.of(vote.round);
    if (quorum === undefined) return "unknown-round";
    const place = quorum.places.get(vote.voter);
    if (place === undefined || vote.voter === vote.worker) return "not-a-voter";
    const key = judgementKey(vote);
    let poll = this.#polls.get(key);
    if (poll === undefined) {
      if (!quorum.isWorker(vote.worker)) return "not-a-worker";
      const judgement = { round: vote.round, worker: vote.worker, change: vote.change };
      poll = { judgement, quorum, votes: new Map(), right: new Set(), tried: 0 };
      this.#polls.set(key, poll);
    }
    const signatures = poll.votes.get(place) ?? [];
    if (signatures.includes(vote.signature) || signatures.length >= SIGNATURES_PER_PLACE) return undefined;
    poll.votes.set(place, [...signatures, vote.signature]);
    return poll.votes.size >= quorum.threshold && poll.votes.size > poll.tried ? this.#count(key, poll) : undefined;
  }

  /** Forgets votes that do not count any more, and what is decided. */
  prune(): void {
    const { round, voteRounds, isDecided } = this.#options;
    for (const [key, { judgement }] of this.#polls) {
      if (judgement.round <= round() - voteRounds || isDecided(judgement)) this.#polls.delete(key);
    }
    for (const of of this.#wrong.keys()) if (of <= round() - voteRounds) this.#wrong.delete(of);
  }

  #count(key: string, poll: Poll): Certificate | undefined {
    const { tags, signatures } = this.#options;
    const { judgement, quorum, votes } = poll;
    const message = voteMessage(tags, judgement);
    // Of several signatures for one place at most one is right, and two wrong ones may cancel each other's error in a sum.
    const wrong = this.#wrong.get(judgement.round) ?? new Set();
    for (const [place, list] of votes) {
      if (list.length === 1 && !wrong.has(place)) continue;
      const key = quorum.voters[place]?.node.blsPubkey as Hex;
      const right = list.filter((signature) => {
        const name = `${place} ${signature}`;
        if (!poll.right.has(name) && signatures.verifyAggregate([key], message, signature)) poll.right.add(name);
        return poll.right.has(name);
      });
      if (right.length > 0) votes.set(place, right);
      else votes.delete(place);
    }
    if (votes.size < quorum.threshold) {
      poll.tried = votes.size;
      return undefined;
    }
    const entries = [...votes].flatMap(([place, list]) =>
      list.map((signature) => ({ place, signature, key: quorum.voters[place]?.node.blsPubkey as Hex })),
    );
    const found = signatures.aggregate(message, entries);
    const places = (found?.valid ?? []).map((index) => entries[index]?.place as number);
    if (places.length < entries.length) {
      for (const { place } of entries) if (!places.includes(place)) wrong.add(place);
      this.#wrong.set(judgement.round, wrong);
    }
    if (found === undefined || places.length < quorum.threshold) {
      // What is wrong is dropped, so that a right vote for the place may still come.
      for (const [place, list] of votes) {
        const right = list.filter((signature) =>
          (found?.valid ?? []).some((i) => entries[i]?.place === place && entries[i]?.signature === signature),
        );
        if (right.length === 0) votes.delete(place);
        else votes.set(place, right);
      }
      poll.tried = votes.size;
      return undefined;
    }
    this.#polls.delete(key);
    return { ...judgement, voters: bitsOf(places, quorum.voters.length), signature: found.signature };
  }
}
