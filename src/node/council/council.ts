/**
 * A node's part in the network's judgement: it announces itself, tests its peers, votes when it is drawn, counts votes when it is to
 * count them, passes certificates on, and asks its peers for what it has missed. What it believes of a node follows from the set of
 * certificates alone.
 */
import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import type { Hex } from "../../bls/index.ts";
import { announce, verifyAnnouncement } from "../announcements.ts";
import type { Announcement, AnnouncementBook } from "../announcements.ts";
import type { Clock } from "../clock.ts";
import type { Gossip, Parcel } from "../gossip.ts";
import type { Ledger } from "../ledger.ts";
import type { LedgerNode, Rounds } from "../ledgerTypes.ts";
import type { NodeParams } from "../params.ts";
import type { Peer, PeerMonitor } from "../peers.ts";
import type { Archive } from "../quorum/archive.ts";
import { stateIn } from "../quorum/leases.ts";
import type { Standing, StandingState } from "../quorum/leases.ts";
import type { QuorumTags } from "../quorum/messages.ts";
import { Quorums } from "../quorum/quorums.ts";
import type { CertificateSet } from "../quorum/set.ts";
import type { QuorumSignatures } from "../quorum/signatures.ts";
import type { Store, Stored } from "../store.ts";
import { Archives } from "./archives.ts";
import { Certificates } from "./certificates.ts";
import { Spread } from "./spread.ts";
import { Voting } from "./voting.ts";

/** How often a node asks two peers for what it has missed, between two announcements of its own. */
const ASKS_BETWEEN_ANNOUNCEMENTS = 4;
/** Peers that are asked for it. */
const ASKED = 2;

export interface CouncilOptions {
  readonly params: NodeParams;
  readonly tags: QuorumTags;
  readonly ed25519Pubkey: Hex;
  readonly blsPubkey: Hex;
  readonly version: string;
}

export interface CouncilDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: () => Ledger;
  readonly monitor: PeerMonitor;
  readonly book: AnnouncementBook;
  readonly gossip: Gossip;
  readonly signatures: QuorumSignatures;
  readonly signBls: (message: Uint8Array) => Hex;
  readonly signEd25519: (message: Uint8Array) => Uint8Array;
  readonly store: Store | undefined;
  /** Where this node says that it answers. */
  readonly urls: () => readonly string[];
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** What a node thinks of another. Times in unix seconds, null for never. */
export interface PeerReport {
  readonly id: bigint;
  readonly blsPubkey: Hex;
  /** By certificates alone. */
  readonly state: StandingState;
  /** Last good test of this node's own. */
  readonly lastSeen: number | null;
  /** Time of its newest announcement. */
  readonly announcedAt: number | null;
  /** Whether this node, drawn as a voter, would vote against it now. */
  readonly failing: boolean;
  readonly deregisteredAt: number | null;
}

export class Council {
  readonly #options: CouncilOptions;
  readonly #deps: CouncilDependencies;
  readonly #certificates: Certificates;
  readonly #spread: Spread;
  readonly #voting: Voting;
  readonly #archives: Archives;
  #announcedAt = 0;
  #askedAt = 0;
  #running: Promise<void> | undefined;

  constructor(options: CouncilOptions, dependencies: CouncilDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    const { params, tags } = options;
    const quorums = new Quorums(dependencies.ledger, params.epochRounds);
    const spread = new Spread(dependencies);
    const shared = { ...dependencies, params, tags, quorums };
    const onNews = spread.add.bind(spread);
    const certificates = new Certificates({ ...shared, onNews: (news) => onNews({ certificates: news }) });
    const parts = { ...shared, certificates, urlOf: spread.urlOf.bind(spread), self: () => this.#self() };
    this.#spread = spread;
    this.#certificates = certificates;
    this.#voting = new Voting({ ...parts, onAttendance: (attendance) => onNews({ attendances: [attendance] }) });
    this.#archives = new Archives(parts);
  }

  // ── What follows from the set ────────────────────────────────────────────────────────────────────────────────────────────

  /** The certificates that this node has. */
  get set(): CertificateSet {
    return this.#certificates.set;
  }

  /** Rounds in which a node earns nothing. */
  readonly unpaid = (node: LedgerNode): readonly Rounds[] => this.standing(node.id).unpaid;

  /** Time of a node's deregistration, if that has come at the tip; else null. Leases outlive an unlock, a judgement does not. */
  deregisteredAt(node: LedgerNode): number | null {
    const ledger = this.#deps.ledger();
    const { deregistered } = this.standing(node.id);
    if (deregistered === null || deregistered > ledger.round) return null;
    const left = ledger.member(node.id)?.active.until ?? Number.POSITIVE_INFINITY;
    return deregistered < left ? ledger.timeOf(deregistered) : null;
  }

  /** A node's standing by its id, over all time as far as the set goes. */
  standing(id: bigint): Standing {
    return this.set.standing({ id, activeFrom: this.#deps.ledger().member(id)?.active.from ?? 0 });
  }

  /** What this node thinks of all others. */
  report(): PeerReport[] {
    const { monitor, book, ledger } = this.#deps;
    return monitor.testable().map((node) => ({
      id: node.id,
      blsPubkey: node.blsPubkey,
      state: stateIn(this.standing(node.id), ledger().round),
      lastSeen: monitor.of(node.id).lastSeen,
      announcedAt: book.of(node.id)?.announcement.timestamp ?? null,
      failing: this.#voting.isFailing(node),
      deregisteredAt: this.deregisteredAt(node),
    }));
  }

  /** Votes that wait for others. */
  polls(): ReturnType<Voting["polls"]> {
    return this.#voting.polls();
  }

  /** Archives known, by day. */
  get archives(): Archive[] {
    return this.#archives.all;
  }

  /** This node's own digest of a day that is over, signed; undefined while something of it may still come. */
  archiveVote(day: number): { digest: Hex; signature: Hex } | undefined {
    return this.#archives.vote(day);
  }

  // ── What comes in ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Addresses to learn all others from. */
  setSeeds(seeds: readonly Peer[]): void {
    this.#spread.setSeeds(seeds);
  }

  /** Where a node answers: as it announced, else as the list of seeds says. */
  urlOf(node: LedgerNode): string | undefined {
    return this.#spread.urlOf(node);
  }

  /** Takes a parcel from a peer; what is new in it is passed on with the next {@link flush}. */
  receive({ announcements, votes, certificates, presences, attendances }: Parcel): void {
    for (const announcement of announcements) this.#takeAnnouncement(announcement);
    this.#certificates.take(certificates);
    for (const vote of votes) this.#voting.takeVote(vote);
    for (const presence of presences) this.#voting.takePresence(presence);
    for (const attendance of attendances) this.#voting.takeAttendance(attendance);
  }

  #takeAnnouncement(announcement: Announcement): void {
    const { book, clock, signatures } = this.#deps;
    const { params, tags } = this.#options;
    const node = this.#held(announcement.id);
    if (node === undefined || !node.signed || !book.isNews(announcement)) return;
    const now = clock.now();
    // One from the future would keep all later ones out.
    if (announcement.timestamp > now + Math.max(params.clockTolerance, params.proofValidity)) return;
    if (!verifyAnnouncement(announcement, node, tags, signatures.verifyAggregate)) return;
    book.add(announcement, now);
    this.#spread.add({ announcements: [announcement] });
  }

  /** Takes in what was on disk. Signatures were verified when it was written, but for what was written under other rules. */
  restore(stored: Stored): void {
    const { book, clock, logger } = this.#deps;
    this.#certificates.restore(stored.certificates);
    this.#archives.restore(stored.archives);
    const { certificates, archives } = stored.ofOtherRules;
    if (certificates.length > 0) {
      this.#archives.takeHistory(certificates, archives);
      logger.info({ kept: this.set.size, of: certificates.length }, "certificates of other rules verified anew");
    }
    const now = clock.now();
    for (const announcement of stored.announcements) {
      if (this.#held(announcement.id)) book.add(announcement, Math.min(now, announcement.timestamp));
    }
  }

  // ── What it does by itself ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Everything that is due: announce, test, vote, pass on, ask. Calls during a running one share it. */
  tick(tests = this.#options.params.testsPerTick): Promise<void> {
    this.#running ??= this.#tick(tests).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Announces this node, if that is due, and passes on what is new; tests nobody and does not vote. */
  async announce(): Promise<void> {
    this.#certificates.followChain();
    this.#announce();
    await this.flush();
  }

  async #tick(tests: number): Promise<void> {
    const { monitor, clock } = this.#deps;
    await this.announce();
    await monitor.test(tests);
    await this.#voting.judge();
    const now = clock.now();
    const pause = this.#options.params.announceSeconds / ASKS_BETWEEN_ANNOUNCEMENTS;
    if (now - this.#askedAt >= pause) {
      // What came to a peer since this node asked last, and a little before: most of it has come here by itself.
      const since = this.#askedAt === 0 ? 0 : this.#askedAt - Math.ceil(pause / 2);
      this.#askedAt = now;
      // The addresses of those that have left are nobody's to pass news on to.
      this.#deps.book.keep((id) => this.#held(id) !== undefined);
      await this.ask(since);
      await this.#archives.make();
    }
    await this.flush();
    this.#voting.prune();
  }

  /** A node that the contract holds. */
  #held(id: bigint): LedgerNode | undefined {
    const ledger = this.#deps.ledger();
    const node = ledger.member(id)?.node;
    return node !== undefined && ledger.nodeByKey(node.blsPubkey)?.id === id ? node : undefined;
  }

  /** This node, if the contract holds it. */
  #self(): LedgerNode | undefined {
    const node = this.#deps.ledger().nodeByKey(this.#options.blsPubkey);
    return node?.ed25519Pubkey === this.#options.ed25519Pubkey && node.signed ? node : undefined;
  }

  #announce(): void {
    const { clock, ledger, book, signEd25519, signBls, urls } = this.#deps;
    const { params, tags, version } = this.#options;
    const self = this.#self();
    const now = clock.now();
    const answers = urls();
    if (self === undefined || answers.length === 0 || now - this.#announcedAt < params.announceSeconds) return;
    const body = { id: self.id, urls: answers, version, timestamp: now, height: ledger().tip.height };
    const announcement = announce(body, self, tags, signEd25519, signBls);
    if (!book.add(announcement, now)) return;
    this.#announcedAt = now;
    this.#spread.add({ announcements: [announcement] });
  }

  /** Passes news on to a few peers. */
  flush(): Promise<void> {
    return this.#spread.flush();
  }

  /** Asks some peers for what this node has missed. */
  async ask(since: number): Promise<void> {
    for (const url of this.#spread.somePeers(ASKED)) {
      const announcements = await this.#deps.gossip.announcements(url, since);
      for (const announcement of announcements ?? []) {
        this.#takeAnnouncement(announcement);
        // Two signatures are milliseconds, a network's are seconds: others are answered in between.
        await setImmediate();
      }
      await this.#archives.ask(url);
    }
  }
}
