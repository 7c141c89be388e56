/** What a node has seen of the others, and what it says when it is drawn to vote. */
import type { Logger } from "pino";
import type { Hex } from "../../bls/index.ts";
import type { AnnouncementBook } from "../announcements.ts";
import type { Clock } from "../clock.ts";
import { PARCEL_LIMIT } from "../gossip.ts";
import type { Gossip } from "../gossip.ts";
import type { Ledger } from "../ledger.ts";
import type { LedgerNode } from "../ledgerTypes.ts";
import type { NodeParams } from "../params.ts";
import type { PeerMonitor } from "../peers.ts";
import type { Vote } from "../quorum/certificate.ts";
import { Duties } from "../quorum/duties.ts";
import { presenceMessage, voteMessage } from "../quorum/messages.ts";
import type { Judgement, QuorumTags } from "../quorum/messages.ts";
import { attendanceOf, PresenceCount } from "../quorum/presence.ts";
import type { Attendance, Presence } from "../quorum/presence.ts";
import type { Quorum, Quorums } from "../quorum/quorums.ts";
import type { QuorumSignatures } from "../quorum/signatures.ts";
import { Tally } from "../quorum/tally.ts";
import { ballotOf, failureOf } from "../quorum/voter.ts";
import type { Observation } from "../quorum/voter.ts";
import type { Certificates } from "./certificates.ts";

/** Voters that the others send their votes to: the first of the round's quorum. */
export const COUNTERS = 8;

export interface VotingDependencies {
  readonly params: NodeParams;
  readonly tags: QuorumTags;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: () => Ledger;
  readonly monitor: PeerMonitor;
  readonly book: AnnouncementBook;
  readonly gossip: Gossip;
  readonly quorums: Quorums;
  readonly certificates: Certificates;
  readonly signatures: QuorumSignatures;
  readonly signBls: (message: Uint8Array) => Hex;
  readonly urlOf: (node: LedgerNode) => string | undefined;
  /** This node, if the contract holds it. */
  readonly self: () => LedgerNode | undefined;
  /** Told of attendances that name somebody new. */
  readonly onAttendance: (attendance: Attendance) => void;
}

export class Voting {
  readonly #deps: VotingDependencies;
  readonly #tally: Tally;
  readonly #count: PresenceCount;
  readonly #duties: Duties;
  readonly #startedAt: number;
  /** Last round that this node has judged, or that was drawn before it watched. */
  #judged: number;

  constructor(dependencies: VotingDependencies) {
    this.#deps = dependencies;
    const { params, tags, quorums, signatures, certificates, ledger, clock } = dependencies;
    this.#tally = new Tally({
      quorums,
      tags,
      signatures,
      voteRounds: params.voteRounds,
      round: () => ledger().round,
      isDecided: (judgement) => certificates.set.has(judgement),
    });
    this.#count = new PresenceCount(quorums, tags, signatures);
    this.#judged = ledger().round;
    this.#duties = new Duties(params, quorums, this.#judged);
    this.#startedAt = clock.now();
  }

  /** Votes that wait for others. */
  polls(): (Judgement & { votes: number; needed: number; voters: number })[] {
    return [...this.#tally.standing()];
  }

  takeVote(vote: Vote): void {
    const made = this.#tally.add(vote);
    if (typeof made === "object") this.#deps.certificates.adopt([made]);
  }

  takePresence(presence: Presence): void {
    const { params, ledger } = this.#deps;
    this.#count.add(presence, ledger().round - params.lagRounds);
  }

  takeAttendance(attendance: Attendance): void {
    const { params, quorums, tags, signatures, ledger, onAttendance } = this.#deps;
    const { round } = attendance;
    if (round <= ledger().round - params.dutyRounds - params.lagRounds) return;
    const isNews = (id: bigint): boolean => !this.#duties.wasPresent(id, round);
    const ids = attendanceOf(attendance, quorums, tags, signatures, isNews);
    if (ids.length === 0) return;
    this.#duties.note(round, ids);
    onAttendance(attendance);
  }

  /** Forgets what does not count any more. */
  prune(): void {
    this.#tally.prune();
  }

  /** Whether this node, drawn as a voter, would vote against another now. */
  isFailing(node: LedgerNode): boolean {
    const { clock, params } = this.#deps;
    const seen = this.observe(node);
    return failureOf(seen, clock.now(), params) !== undefined || seen.idle;
  }

  /** What this node has seen of another. */
  observe(node: LedgerNode): Observation {
    const { monitor, ledger, certificates } = this.#deps;
    const { round } = ledger();
    const { deregistered } = this.#standing(node);
    const underLease = certificates.set.isUnderLease(node.id, round);
    return {
      id: node.id,
      registeredAt: node.addedAt,
      announced: this.#announced(node),
      unreachableSince: monitor.of(node.id).unreachableSince,
      underLease,
      idle: this.#duties.isIdle(node.id, underLease),
      moved: this.#hasMoved(node),
      deregistered: deregistered !== null && deregistered <= round,
    };
  }

  #standing({ id }: LedgerNode) {
    const activeFrom = this.#deps.ledger().member(id)?.active.from ?? 0;
    return this.#deps.certificates.set.standing({ id, activeFrom });
  }

  #announced({ id }: LedgerNode): Observation["announced"] {
    const { book, ledger, params } = this.#deps;
    const heard = book.of(id);
    if (heard === undefined) return undefined;
    const { announcement, receivedAt } = heard;
    const chain = ledger();
    // How old the announced block was: to the round, by the heights that settled rounds.
    const behind = Math.ceil(params.heightTolerance / chain.params.roundSeconds);
    const least = chain.heightOfRound(chain.roundAt(announcement.timestamp) - behind);
    return {
      timestamp: announcement.timestamp,
      skew: Math.max(0, announcement.timestamp - receivedAt),
      blockAge: least !== undefined && announcement.height < least ? Number.POSITIVE_INFINITY : 0,
    };
  }

  /** Two addresses within a day, while quorums are still drawn for it and none has said so. */
  #hasMoved({ id }: LedgerNode): boolean {
    const { book, clock, ledger, params, certificates } = this.#deps;
    const { movedAt = null, beforeAt = null } = book.of(id) ?? {};
    if (movedAt === null || beforeAt === null || movedAt - beforeAt >= params.addressSeconds) return false;
    const isNews = clock.now() - movedAt <= params.proofValidity;
    return isNews && !certificates.set.hasMovedSince(id, ledger().roundAt(movedAt));
  }

  /** Votes in the newest round, if it is this node's turn. */
  async judge(): Promise<void> {
    const { ledger, quorums, self: ownNode } = this.#deps;
    const { round } = ledger();
    if (round <= this.#judged) return;
    this.#judged = round;
    for (const attendance of this.#count.collect(round)) this.takeAttendance(attendance);
    this.#closeDuties(round);
    const quorum = quorums.of(round);
    const self = ownNode();
    if (quorum === undefined || self === undefined || !quorum.places.has(self.id)) return;
    const votes = await this.#vote(quorum, self);
    const presences = this.#duties.wasPresent(self.id, round) ? [] : [this.#presence(round, self)];
    await this.#deliver(votes, presences, quorum, self);
  }

  #closeDuties(round: number): void {
    const { clock, ledger, params, monitor } = this.#deps;
    const now = clock.now();
    this.#duties.close(round, (id) => {
      const node = ledger().member(id)?.node;
      return (
        node === undefined ||
        monitor.of(id).unreachableSince !== null ||
        failureOf(this.observe(node), now, params) !== undefined
      );
    });
    this.#duties.keep((id) => ledger().member(id) !== undefined);
  }

  #presence(round: number, { id }: LedgerNode): Presence {
    const { tags, signBls } = this.#deps;
    return { round, voter: id, signature: signBls(presenceMessage(tags, round)) };
  }

  async #vote(quorum: Quorum, self: LedgerNode): Promise<Vote[]> {
    const { params, tags, clock, logger, monitor, certificates, signBls } = this.#deps;
    const { round } = quorum;
    const workers = quorum.workers().filter(({ node }) => node.id !== self.id);
    await monitor.testNodes(workers.map(({ node }) => node));
    const now = clock.now();
    const others = monitor
      .testable()
      .filter(({ id }) => !certificates.set.isUnderLease(id, round))
      .map((node) => this.observe(node))
      .filter(({ deregistered }) => !deregistered);
    const failing = others.filter((seen) => failureOf(seen, now, params) !== undefined).length;
    const ballot = ballotOf(
      {
        now,
        startedAt: this.#startedAt,
        workers: workers.map(({ node }) => this.observe(node)),
        others: { failing, of: others.length },
      },
      params,
    );
    if (ballot.abstains !== undefined) {
      logger.warn({ round, why: ballot.abstains }, "drawn as a voter, and abstaining");
    }
    return ballot.votes.map(({ worker, change, because }) => {
      logger.info({ round, worker: `${worker}`, change, because }, "voting");
      const judgement = { round, worker, change };
      return { ...judgement, voter: self.id, signature: signBls(voteMessage(tags, judgement)) };
    });
  }

  /** What a voter says goes to the first of the quorum, who count it. */
  async #deliver(votes: readonly Vote[], presences: readonly Presence[], quorum: Quorum, self: LedgerNode) {
    if (votes.length + presences.length === 0) return;
    const counters = quorum.voters.slice(0, COUNTERS).map(({ node }) => node);
    if (counters.some(({ id }) => id === self.id)) {
      for (const vote of votes) this.takeVote(vote);
      for (const presence of presences) this.takePresence(presence);
    }
    const send = async (url: string | undefined): Promise<void> => {
      for (let from = 0; url !== undefined && from < Math.max(votes.length, 1); from += PARCEL_LIMIT) {
        const parcel = { votes: votes.slice(from, from + PARCEL_LIMIT), presences: from === 0 ? presences : [] };
        await this.#deps.gossip.send(url, parcel);
      }
    };
    await Promise.all(counters.filter(({ id }) => id !== self.id).map((node) => send(this.#deps.urlOf(node))));
  }
}
