/**
 * A network that lives: one chain, one ledger (it follows from the chain alone, so that all nodes have the same), and for each group of
 * nodes that hear one another a set of certificates. Votes, ballots, quorums, leases, figures and rights are the product's own code;
 * the network between the nodes, their clocks and their faults are this file's.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex } from "../../src/bls/index.ts";
import { hexFromBytes } from "../../src/bls/index.ts";
import type { LedgerEvent, LedgerNode, NodeParams } from "../../src/node/index.ts";
import { Ledger } from "../../src/node/index.ts";
import { rejectionOf } from "../../src/node/quorum/certificate.ts";
import type { Certificate, Vote } from "../../src/node/quorum/certificate.ts";
import { deriveQuorumTags, voteMessage } from "../../src/node/quorum/messages.ts";
import type { Change } from "../../src/node/quorum/messages.ts";
import type { Quorum } from "../../src/node/quorum/quorums.ts";
import { Quorums } from "../../src/node/quorum/quorums.ts";
import { Duties } from "../../src/node/quorum/duties.ts";
import { CertificateSet } from "../../src/node/quorum/set.ts";
import { Tally } from "../../src/node/quorum/tally.ts";
import { ballotOf, failureOf } from "../../src/node/quorum/voter.ts";
import type { Observation } from "../../src/node/quorum/voter.ts";
import { IdealSignatures } from "./ideal.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenarios.ts";
import { Traffic } from "./traffic.ts";

const START = 1_800_000_000;
const STAKE = 25_000_000_000_000n;
/** What the pool pays in two minutes with 40,000,000 SESH in it. */
const RATE = 22_983_257_229n;
/** The first voters of a quorum count its votes; as in the node. */
const COUNTERS = 8;
/** What a slow node hears, it hears so many rounds later. */
const SLOW_ROUNDS = 3;
/** How long the adversary keeps a certificate that only it has. */
const HIDDEN_ROUNDS = 3 * 720;

/** A voter whose clock is right. */
const NEUTRAL = { skew: 0 };

/** One node of the world. */
export interface Actor {
  readonly id: bigint;
  readonly index: number;
  readonly key: Hex;
  readonly adversary: boolean;
  readonly slow: boolean;
  /** Seconds that its clock is ahead. */
  readonly skew: number;
  /** Round of the hour in which it announces itself. */
  readonly phase: number;
  registeredAt: number;
  /** Since when its process watches, by its own clock. */
  startedAt: number;
  /** Round since which it does not answer; -1 while it does. */
  downSince: number;
  /** Round in which it comes back; for ever down without. */
  upAt: number;
  dead: boolean;
  /** Answers and announces itself, and never votes. */
  idle: boolean;
  /** When it told another address than before; null for never. */
  movedAt: number | null;
  /** Whether the contract has let it go. */
  gone: boolean;
  /** Which side of a partition it is on. */
  side: 0 | 1;
}

/** What one side of the network knows. */
class Side {
  readonly set: CertificateSet;
  readonly tally: Tally;
  readonly duties: Duties;
  /** Time of the newest announcement heard of a node, by that node's clock. */
  readonly heard: number[] = [];

  constructor(
    params: NodeParams,
    quorums: Quorums,
    tags: ReturnType<typeof deriveQuorumTags>,
    signatures: IdealSignatures,
    round: () => number,
  ) {
    this.set = new CertificateSet(params);
    this.duties = new Duties(params, quorums, 0);
    this.tally = new Tally({
      quorums,
      tags,
      signatures,
      voteRounds: params.voteRounds,
      round,
      isDecided: (judgement) => this.set.has(judgement),
    });
  }
}

export class World {
  readonly params: NodeParams;
  readonly scenario: Scenario;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly quorums: Quorums;
  readonly signatures = new IdealSignatures();
  readonly tags = deriveQuorumTags({ chainId: 42_161n, contract: "0xC2B9fC251aC068763EbDfdecc792E3352E351c00" });
  readonly actors: Actor[] = [];
  readonly traffic = new Traffic();
  readonly sides: [Side, Side];
  /** What slow nodes know. */
  readonly late: CertificateSet;
  /** The node that colluders are after. */
  readonly victim: number;
  round = 0;
  partitionedUntil = -1;
  #delayed: { certificate: Certificate; round: number }[] = [];
  #hidden: { certificate: Certificate; round: number }[] = [];
  readonly #hiddenTally: Tally;
  /** Nodes that somebody may have to judge: down, come back under a lease, or on the other side. */
  readonly #suspects = new Set<number>();
  #events: LedgerEvent[] = [];

  constructor(params: NodeParams, scenario: Scenario, random: Random, nodes: number) {
    this.params = params;
    this.scenario = scenario;
    this.random = random;
    this.ledger = new Ledger({
      params,
      genesis: { height: 0, hash: hashOf(`${scenario.name} genesis`), timestamp: START },
      historyBlocks: 100_000,
    });
    this.quorums = new Quorums(() => this.ledger, params.epochRounds);
    const side = (): Side => new Side(params, this.quorums, this.tags, this.signatures, () => this.round);
    this.sides = [side(), side()];
    this.#hiddenTally = side().tally;
    this.late = new CertificateSet(params);
    // A third, less those who may be down at a time: the contract itself bears no more than a third without a signature.
    const adversaries = scenario.adversary === "none" ? 0 : Math.floor(nodes / 3) - Math.ceil(nodes / 40);
    for (let i = 0; i < nodes; i++) this.#makeActor(i < adversaries);
    this.victim = adversaries;
    const seeded = this.actors.map((actor): LedgerEvent => ({ kind: "added", node: nodeOf(actor, START - 5_000_000) }));
    this.ledger.apply({ height: 1, hash: hashOf("seeds"), timestamp: START, events: seeded });
    for (const actor of this.actors) actor.startedAt = START - 4 * 3_600;
  }

  get time(): number {
    return START + this.round * this.params.roundSeconds;
  }

  #makeActor(adversary: boolean): Actor {
    const { random, scenario } = this;
    const index = this.actors.length;
    const actor: Actor = {
      id: BigInt(index + 1),
      index,
      key: hexFromBytes(
        Uint8Array.from([...keccak_256(utf8ToBytes(`x${index}`)), ...keccak_256(utf8ToBytes(`y${index}`))]),
      ),
      adversary,
      slow: !adversary && random.chance(scenario.slow),
      skew: scenario.skew === 0 ? 0 : Math.round((2 * random.next() - 1) * scenario.skew),
      phase: random.below(30),
      registeredAt: this.time,
      startedAt: this.time,
      downSince: -1,
      upAt: Number.POSITIVE_INFINITY,
      dead: false,
      idle: false,
      movedAt: null,
      gone: false,
      side: 0,
    };
    this.actors.push(actor);
    for (const side of this.sides ?? []) side.heard[index] = START - 60 * random.below(60);
    return actor;
  }

  // ── What happens to nodes ────────────────────────────────────────────────────────────────────────────────────────────────

  /** A new node, registered in the next block. */
  register(): void {
    const actor = this.#makeActor(false);
    for (const side of this.sides) side.heard[actor.index] = 0;
    this.#events.push({ kind: "added", node: nodeOf(actor, this.time + this.params.roundSeconds) });
    actor.registeredAt = this.time + this.params.roundSeconds;
  }

  emit(event: LedgerEvent): void {
    this.#events.push(event);
    if (event.kind === "exited") (this.actors[Number(event.id) - 1] as Actor).gone = true;
  }

  /** The contract's entry of a node, while it holds it. */
  nodeOf(actor: Actor): LedgerNode | undefined {
    return actor.gone ? undefined : this.ledger.member(actor.id)?.node;
  }

  /** A node tells another address from now on. */
  move(actor: Actor): void {
    actor.movedAt = this.time;
    this.#suspects.add(actor.index);
  }

  /** A node votes no more. */
  idle(actor: Actor): void {
    actor.idle = true;
    this.#suspects.add(actor.index);
  }

  down(actor: Actor, rounds: number): void {
    if (actor.downSince >= 0) return;
    actor.downSince = this.round;
    actor.upAt = this.round + rounds;
    this.#suspects.add(actor.index);
  }

  /** Splits the network: those chosen hear only one another. */
  partition(chosen: readonly Actor[], rounds: number): void {
    this.partitionedUntil = this.round + rounds;
    for (const actor of chosen) {
      actor.side = 1;
      this.#suspects.add(actor.index);
    }
    this.sides[1].heard.splice(0, Number.POSITIVE_INFINITY, ...this.sides[0].heard);
    for (const certificate of this.sides[0].set) this.sides[1].set.add(certificate);
  }

  get isPartitioned(): boolean {
    return this.partitionedUntil > this.round;
  }

  /** Ends a partition. @returns how many rounds pass until all know what either side knew */
  #heal(): number {
    const [first, second] = this.sides;
    const fromSecond = [...second.set].filter((certificate) => !first.set.has(certificate));
    const fromFirst = [...first.set].filter((certificate) => !second.set.has(certificate));
    const rounds =
      fromFirst.length + fromSecond.length === 0 ? 0 : this.#spread(fromFirst.length > 0, fromSecond.length > 0);
    for (const certificate of fromSecond) first.set.add(certificate);
    for (const certificate of fromFirst) this.#soonLate(certificate);
    for (const actor of this.actors) {
      if (actor.side === 1)
        first.heard[actor.index] = Math.max(first.heard[actor.index] ?? 0, second.heard[actor.index] ?? 0);
      actor.side = 0;
      this.#suspects.add(actor.index);
    }
    return rounds;
  }

  /**
   * How long it takes until everybody has what each side had: a node asks two peers every quarter of an hour, and passes on at once
   * what is new to it to four.
   */
  #spread(first: boolean, second: boolean): number {
    const all = (first ? 1 : 0) | (second ? 2 : 0);
    const live = this.actors.filter((actor) => actor.downSince < 0 && !actor.adversary);
    const has = live.map(({ side }) => (side === 0 ? 1 : 2) & all);
    for (let round = 1; ; round++) {
      const news: number[] = [];
      const tell = (to: number, what: number): void => {
        if ((has[to]! | what) === has[to]) return;
        has[to]! |= what;
        news.push(to);
      };
      for (let i = round % 7; i < live.length; i += 7) {
        for (let ask = 0; ask < 2; ask++) tell(i, has[this.random.below(live.length)]!);
      }
      // Twelve ticks a round: what is new goes on, and on.
      for (let wave = 0; wave < 12 && news.length > 0; wave++) {
        for (const from of news.splice(0)) for (let i = 0; i < 4; i++) tell(this.random.below(live.length), has[from]!);
      }
      if (has.every((what) => what === all)) return round;
    }
  }

  // ── A round ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The longest that parts of the network differed because of what this round brought, in rounds. */
  step(): number {
    this.round++;
    const { round } = this;
    this.ledger.apply({
      height: round + 1,
      hash: hashOf(`${this.scenario.name} ${round} ${this.random.next()}`),
      timestamp: this.time,
      events: this.#events,
      rewardRate: RATE,
    });
    this.#events = [];
    let differed = 0;
    if (round === this.partitionedUntil) differed = this.#heal();
    this.#wake();
    this.#announce();
    this.#attend();
    this.#judge();
    differed = Math.max(differed, this.#reveal());
    for (const { certificate } of this.#delayed.filter((entry) => entry.round <= round)) this.late.add(certificate);
    this.#delayed = this.#delayed.filter((entry) => entry.round > round);
    if (this.scenario.slow > 0 && this.#delayed.length > 0) differed = Math.max(differed, SLOW_ROUNDS);
    if (round % 30 === 0) {
      for (const side of this.sides) side.tally.prune();
      this.#hiddenTally.prune();
      if (round % 720 === 0) this.signatures.forget(this.#hidden.map(({ certificate }) => certificate.signature));
      this.traffic.hour(this.actors.filter((actor) => actor.downSince < 0).length);
    }
    return differed;
  }

  #wake(): void {
    for (const index of this.#suspects) {
      const actor = this.actors[index] as Actor;
      if (actor.downSince >= 0 && actor.upAt <= this.round) {
        actor.downSince = -1;
        actor.upAt = Number.POSITIVE_INFINITY;
        actor.startedAt = this.time + actor.skew;
        this.#hear(actor);
      }
      const isWell =
        actor.downSince < 0 &&
        !actor.idle &&
        !this.isPartitioned &&
        !this.#hasMoved(actor, this.sides[0].set) &&
        !this.sides[0].set.isUnderLease(actor.id, this.round);
      if (isWell || actor.gone) this.#suspects.delete(index);
    }
  }

  #announce(): void {
    const phase = this.round % 30;
    for (const actor of this.actors) if (actor.phase === phase && actor.downSince < 0) this.#hear(actor);
  }

  #hear(actor: Actor): void {
    this.traffic.announcements++;
    const timestamp = this.time + actor.skew;
    this.sides[actor.side].heard[actor.index] = timestamp;
    if (!this.isPartitioned) this.sides[1 - actor.side]!.heard[actor.index] = timestamp;
  }

  /** Those who are drawn say that they are there, once in a window; the adversary's nodes do, too. */
  #attend(): void {
    const quorum = this.quorums.of(this.round);
    if (quorum === undefined) return;
    const voters = quorum.voters.map(({ node }) => this.actors[Number(node.id) - 1] as Actor);
    for (const which of this.isPartitioned ? ([0, 1] as const) : ([0] as const)) {
      const side = this.sides[which];
      const there = voters.filter((actor) => actor.downSince < 0 && actor.side === which && !actor.idle);
      const news = there.filter(({ id }) => !side.duties.wasPresent(id, this.round)).map(({ id }) => id);
      this.traffic.presences += news.length;
      const isCounted = this.#isCounted(quorum, which);
      for (const told of this.isPartitioned ? [side] : this.sides) if (isCounted) told.duties.note(this.round, news);
    }
    for (const which of [0, 1] as const) {
      const { set, duties } = this.sides[which];
      duties.close(this.round, (id) => {
        const actor = this.actors[Number(id) - 1] as Actor;
        if (!this.isPartitioned && !this.#suspects.has(actor.index)) return false;
        const seen = this.#observe(actor, NEUTRAL, which, set);
        return seen.unreachableSince !== null || failureOf(seen, this.time, this.params) !== undefined;
      });
    }
  }

  /** Whether an honest node on a side counts what a round's voters say. */
  #isCounted(quorum: Quorum, which: 0 | 1): boolean {
    const counters = quorum.voters.slice(0, COUNTERS).map(({ node }) => this.actors[Number(node.id) - 1] as Actor);
    return counters.some((actor) => actor.downSince < 0 && actor.side === which && !actor.adversary);
  }

  #hasMoved({ id, movedAt }: Actor, set: CertificateSet): boolean {
    if (movedAt === null || this.time - movedAt > this.params.proofValidity) return false;
    return !set.hasMovedSince(id, this.ledger.roundAt(movedAt));
  }

  #judge(): void {
    const { adversary } = this.scenario;
    const quorum = this.quorums.of(this.round);
    if (quorum === undefined) return;
    const tested = [...this.#suspects].filter((index) => quorum.isWorker((this.actors[index] as Actor).id));
    const targets = new Set<number>(tested);
    if (adversary === "collude") {
      const victim = this.actors[this.victim] as Actor;
      if (quorum.isWorker(victim.id)) targets.add(victim.index);
    }
    if (adversary === "equivocate" || adversary === "random") {
      for (let i = 0; i < 3; i++) {
        const index = this.random.below(this.actors.length);
        if (quorum.isWorker((this.actors[index] as Actor).id)) targets.add(index);
      }
    }
    if (targets.size === 0) return;
    const workers = [...targets].map((index) => this.actors[index] as Actor);
    for (const side of this.isPartitioned ? ([0, 1] as const) : ([0] as const)) this.#voteOn(side, workers, quorum);
  }

  #voteOn(which: 0 | 1, workers: readonly Actor[], quorum: Quorum): void {
    const side = this.sides[which];
    const voters = quorum.voters
      .map(({ node }) => this.actors[Number(node.id) - 1] as Actor)
      .filter((actor) => actor.downSince < 0 && actor.side === which && !actor.idle);
    const counted = this.#isCounted(quorum, which);
    const tally = counted ? side.tally : this.#hiddenTally;
    const others = this.#othersOf(which);

    const messages = new Map<string, Uint8Array>();
    const cast = (voter: Actor, worker: Actor, change: Change): void => {
      if (voter === worker) return;
      this.traffic.votes++;
      const judgement = { round: this.round, worker: worker.id, change };
      const name = `${worker.index}${change}`;
      let message = messages.get(name);
      if (message === undefined) messages.set(name, (message = voteMessage(this.tags, judgement)));
      const signature = this.signatures.sign([voter.key], message);
      const vote: Vote = { ...judgement, voter: voter.id, signature };
      const made = tally.add(vote);
      if (typeof made !== "object") return;
      if (counted) this.#publish(side, made);
      else this.#hidden.push({ certificate: made, round: this.round + HIDDEN_ROUNDS });
    };

    for (const voter of voters) {
      if (voter.adversary) this.#plot(voter, workers, cast);
      else {
        const set = voter.slow ? this.late : side.set;
        const view = {
          now: this.time + voter.skew,
          startedAt: voter.startedAt,
          workers: workers
            .filter((worker) => worker !== voter)
            .map((worker) => this.#observe(worker, voter, which, set)),
          others,
        };
        this.traffic.tests += view.workers.length;
        const { votes } = ballotOf(view, this.params);
        for (const { worker, change } of votes) cast(voter, this.actors[Number(worker) - 1] as Actor, change);
      }
    }
  }

  #plot(voter: Actor, workers: readonly Actor[], cast: (voter: Actor, worker: Actor, change: Change) => void): void {
    const { adversary } = this.scenario;
    for (const worker of workers) {
      if (adversary === "equivocate") {
        cast(voter, worker, "decommission");
        cast(voter, worker, "recommission");
      } else if (adversary === "random") {
        if (this.random.chance(0.7)) cast(voter, worker, this.random.chance(0.5) ? "decommission" : "recommission");
      } else if (adversary === "collude" && worker.index === this.victim) {
        cast(voter, worker, "decommission");
      }
    }
  }

  #observe(worker: Actor, voter: Pick<Actor, "skew">, which: 0 | 1, set: CertificateSet): Observation {
    const timestamp = this.sides[which].heard[worker.index] ?? 0;
    const cutOff = worker.side !== which;
    const since = cutOff ? Math.max(0, this.round - this.#partitionAge()) : worker.downSince;
    const unreachable = cutOff || worker.downSince >= 0;
    return {
      id: worker.id,
      registeredAt: worker.registeredAt,
      announced: timestamp === 0 ? undefined : { timestamp, skew: Math.max(0, worker.skew - voter.skew), blockAge: 0 },
      unreachableSince: unreachable ? START + since * this.params.roundSeconds + voter.skew : null,
      ...this.#standingOf(worker, which, set),
      moved: this.#hasMoved(worker, set),
    };
  }

  #standingOf(worker: Actor, which: 0 | 1, set: CertificateSet) {
    const activeFrom = this.ledger.member(worker.id)?.active.from ?? 0;
    const { deregistered } = set.standing({ id: worker.id, activeFrom });
    const underLease = set.isUnderLease(worker.id, this.round);
    return {
      underLease,
      idle: this.sides[which].duties.isIdle(worker.id, underLease),
      deregistered: deregistered !== null && deregistered <= this.round,
    };
  }

  #partitionBegan = 0;
  #partitionAge(): number {
    return this.round - this.#partitionBegan;
  }

  /** Notes when a partition began. */
  beginPartition(chosen: readonly Actor[], rounds: number): void {
    this.#partitionBegan = this.round;
    this.partition(chosen, rounds);
  }

  /** Of the nodes under no lease, as one side sees them: how many fail. */
  #othersOf(which: 0 | 1): { failing: number; of: number } {
    const { set } = this.sides[which];
    let failing = 0;
    let leased = 0;
    const suspects = this.isPartitioned ? this.actors.map(({ index }) => index) : this.#suspects;
    for (const index of suspects) {
      const actor = this.actors[index] as Actor;
      if (this.nodeOf(actor) === undefined) continue;
      const seen = this.#observe(actor, NEUTRAL, which, set);
      if (seen.underLease || seen.deregistered) leased++;
      else if (failureOf(seen, this.time, this.params) !== undefined) failing++;
    }
    return { failing, of: this.ledger.nodeCount - leased };
  }

  #publish(side: Side, certificate: Certificate): void {
    const rejection = rejectionOf(certificate, this.quorums, this.tags, this.signatures.verifyAggregate);
    if (rejection !== undefined) throw new Error(`a certificate that was just made is refused: ${rejection}`);
    if (!side.set.add(certificate)) return;
    this.traffic.certificates++;
    if (side === this.sides[0]) this.#soonLate(certificate);
    this.#suspects.add(Number(certificate.worker) - 1);
  }

  #soonLate(certificate: Certificate): void {
    this.#delayed.push({ certificate, round: this.round + SLOW_ROUNDS });
  }

  /** The adversary shows what it has kept, to some: those pass it on. */
  #reveal(): number {
    const due = this.#hidden.filter(({ round }) => round <= this.round);
    if (due.length === 0) return 0;
    this.#hidden = this.#hidden.filter(({ round }) => round > this.round);
    let news = 0;
    for (const { certificate } of due) {
      if (this.sides[0].set.has(certificate)) continue;
      news++;
      this.#publish(this.sides[0], certificate);
    }
    return news > 0 ? 1 : 0;
  }
}

/** The node as the ledger has it: alone with its stake, rewards to an address of its own. */
function nodeOf(actor: Actor, addedAt: number): LedgerNode {
  const staker = stakerOf(actor);
  return {
    id: actor.id,
    blsPubkey: actor.key,
    ed25519Pubkey: `0x${actor.id.toString(16).padStart(64, "0")}`,
    fee: 0,
    contributors: [{ staker, beneficiary: staker, amount: STAKE }],
    deposit: STAKE,
    addedAt,
    leaveRequestedAt: null,
    signed: true,
    liquidated: false,
  };
}

export function stakerOf(actor: Pick<Actor, "id">): string {
  return `0x${actor.id.toString(16).padStart(40, "0")}`;
}

export const DEPOSIT = STAKE;

function hashOf(text: string): Hex {
  return hexFromBytes(keccak_256(utf8ToBytes(text)));
}
