/** The quorums of a chain, as the ledger knows it: who votes, who is tested, and what a certificate must hold. */
import type { Ledger, Member } from "../ledger.ts";
import { drawVoters, isWorker, roundWords } from "./draw.ts";
import type { EpochRound } from "./draw.ts";
import { quorumSize } from "./odds.ts";

/** What quorums are drawn from: a ledger, at whatever block it stands. */
export type QuorumChain = Pick<Ledger, "round" | "roundHash" | "members" | "member">;

/** One round's quorum. Drawn when it is looked at: most rounds have nobody to judge. */
export class Quorum {
  readonly round: number;
  readonly #hash: string;
  readonly #epoch: readonly EpochRound[];
  readonly #epochRounds: number;
  readonly #chain: QuorumChain;
  #drawn: { voters: readonly Member[]; places: ReadonlyMap<bigint, number>; threshold: number } | undefined;
  #members: Member[] | undefined;

  constructor(round: number, hash: string, epoch: readonly EpochRound[], epochRounds: number, chain: QuorumChain) {
    this.round = round;
    this.#hash = hash;
    this.#epoch = epoch;
    this.#epochRounds = epochRounds;
    this.#chain = chain;
  }

  /** In the order drawn: the places of votes and of the bits of a certificate. */
  get voters(): readonly Member[] {
    return this.#draw().voters;
  }

  /** Place by node id. */
  get places(): ReadonlyMap<bigint, number> {
    return this.#draw().places;
  }

  /** Equal votes, the worker's own not counted, that make a certificate. */
  get threshold(): number {
    return this.#draw().threshold;
  }

  /** Whether a node was on the network in this round and is tested in it. */
  isWorker(id: bigint): boolean {
    const member = this.#chain.member(id);
    return member !== undefined && isIn(member, this.round) && isWorker(id, this.#epoch, this.#epochRounds);
  }

  /** The nodes that are tested. */
  workers(): Member[] {
    return this.members.filter(({ node }) => isWorker(node.id, this.#epoch, this.#epochRounds));
  }

  /** The nodes of the round, by id. */
  get members(): readonly Member[] {
    return (this.#members ??= membersIn(this.#chain, this.round));
  }

  #draw() {
    if (this.#drawn !== undefined) return this.#drawn;
    const { voters: count, threshold } = quorumSize(this.members.length);
    const voters = drawVoters(this.members, count, this.#hash, this.round);
    const places = new Map(voters.map(({ node }, place) => [node.id, place]));
    this.#drawn = { voters, places, threshold };
    // Only the draw is kept: the list of a round is as long as the network.
    this.#members = undefined;
    return this.#drawn;
  }
}

const QUORUMS_KEPT = 256;
const WORDS_KEPT = 4_096;

/** The quorums of a chain. */
export class Quorums {
  readonly #chain: () => QuorumChain;
  readonly #epochRounds: number;
  /** By round and hash: a round that is taken back has another. */
  readonly #kept = new Map<string, Quorum>();
  readonly #words = new Map<string, readonly [number, number]>();

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
    const quorum = new Quorum(round, hash, this.#epochUpTo(round), this.#epochRounds, this.#chain());
    keep(this.#kept, name, quorum, QUORUMS_KEPT);
    return quorum;
  }

  /** The nodes of a round, by id. */
  membersIn(round: number): Member[] {
    return membersIn(this.#chain(), round);
  }

  #epochUpTo(round: number): EpochRound[] {
    const first = round - (round % this.#epochRounds);
    const rounds: EpochRound[] = [];
    for (let other = first; other <= round; other++) {
      const hash = this.#chain().roundHash(other);
      if (hash === undefined) continue;
      const name = `${other}/${hash}`;
      let words = this.#words.get(name);
      if (words === undefined) {
        words = roundWords(hash, other);
        keep(this.#words, name, words, WORDS_KEPT);
      }
      rounds.push({ place: other - first, words });
    }
    return rounds;
  }
}

function isIn({ active }: Member, round: number): boolean {
  return active.from <= round && round < active.until;
}

function membersIn(chain: QuorumChain, round: number): Member[] {
  const members: Member[] = [];
  let ascending = true;
  for (const member of chain.members()) {
    if (!isIn(member, round)) continue;
    const last = members.at(-1);
    if (last !== undefined && last.node.id > member.node.id) ascending = false;
    members.push(member);
  }
  return ascending ? members : members.sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
}

/** Adds to a cache; the oldest entry goes when it is full. */
function keep<V>(cache: Map<string, V>, name: string, value: V, limit: number): void {
  const oldest = cache.size >= limit ? cache.keys().next() : undefined;
  if (oldest?.done === false) cache.delete(oldest.value);
  cache.set(name, value);
}
