/** The quorums of a chain, as the ledger knows it: who votes, who is tested, and what a certificate must hold. */
import type { Ledger, Member } from "../ledger.ts";
import { drawVoters, isWorker, roundWords } from "./draw.ts";
import type { EpochRound } from "./draw.ts";
import { quorumSize } from "./odds.ts";

/** One round's quorum. */
export interface Quorum {
  readonly round: number;
  /** In the order drawn: the places of votes and of the bits of a certificate. */
  readonly voters: readonly Member[];
  /** Place by node id. */
  readonly places: ReadonlyMap<bigint, number>;
  /** Equal votes, the worker's own not counted, that make a certificate. */
  readonly threshold: number;
  /** Whether a node is tested in this round. */
  isWorker(id: bigint): boolean;
  /** The nodes that are tested. */
  workers(): Member[];
}

/** What quorums are drawn from: a ledger, at whatever block it stands. */
export type QuorumChain = Pick<Ledger, "round" | "roundHash" | "members">;

const QUORUMS_KEPT = 512;

export class Quorums {
  readonly #chain: () => QuorumChain;
  readonly #epochRounds: number;
  /** By round and hash: a round that is taken back has another. */
  readonly #kept = new Map<string, Quorum>();

  constructor(chain: () => QuorumChain, epochRounds: number) {
    this.#chain = chain;
    this.#epochRounds = epochRounds;
  }

  /** The quorum of a round; undefined for a round that has none (yet): not settled, or one of several that a block settled at once. */
  of(round: number): Quorum | undefined {
    const hash = this.#chain().roundHash(round);
    if (hash === undefined) return undefined;
    const name = `${round}/${hash}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const quorum = this.#draw(round, hash);
    if (this.#kept.size >= QUORUMS_KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(name, quorum);
    return quorum;
  }

  /** The nodes of a round, by id. */
  membersIn(round: number): Member[] {
    const members: Member[] = [];
    for (const member of this.#chain().members()) {
      const { from, until } = member.active;
      if (from <= round && round < until) members.push(member);
    }
    return members.sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
  }

  #draw(round: number, hash: string): Quorum {
    const members = this.membersIn(round);
    const size = quorumSize(members.length);
    const voters = drawVoters(members, size.voters, hash, round);
    const epoch = this.#epochUpTo(round);
    const worker = (id: bigint): boolean => isWorker(id, epoch, this.#epochRounds);
    let workers: Member[] | undefined;
    return {
      round,
      voters,
      places: new Map(voters.map(({ node }, place) => [node.id, place])),
      threshold: size.threshold,
      isWorker: (id) => worker(id),
      workers: () => (workers ??= members.filter(({ node }) => worker(node.id))),
    };
  }

  #epochUpTo(round: number): EpochRound[] {
    const first = round - (round % this.#epochRounds);
    const rounds: EpochRound[] = [];
    for (let other = first; other <= round; other++) {
      const hash = this.#chain().roundHash(other);
      if (hash !== undefined) rounds.push({ place: other - first, words: roundWords(hash, other) });
    }
    return rounds;
  }
}
