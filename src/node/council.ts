/**
 * A node's part in the network's judgement: it announces itself, tests its peers, votes when it is drawn, counts votes when it is to
 * count them, passes certificates on, and asks its peers for what it has missed. What it believes of a node follows from the set of
 * certificates alone.
 */
import type { Logger } from "pino";
import type { Hex } from "../bls/index.ts";
import { announce, verifyAnnouncement } from "./announcements.ts";
import type { Announcement, AnnouncementBook } from "./announcements.ts";
import type { Clock } from "./clock.ts";
import { PARCEL_LIMIT } from "./gossip.ts";
import type { Gossip, Parcel } from "./gossip.ts";
import type { Ledger, Member } from "./ledger.ts";
import type { LedgerNode, Rounds } from "./ledgerTypes.ts";
import type { NodeParams } from "./params.ts";
import type { Peer, PeerMonitor } from "./peers.ts";
import { archiveRound, archiveThreshold, sortByArchives, verifyArchive } from "./quorum/archive.ts";
import type { Archive } from "./quorum/archive.ts";
import { bitsOf, checkCertificate, rejectionOf } from "./quorum/certificate.ts";
import type { Certificate, Vote } from "./quorum/certificate.ts";
import { stateIn } from "./quorum/leases.ts";
import type { Standing, StandingState } from "./quorum/leases.ts";
import { archiveMessage, voteMessage } from "./quorum/messages.ts";
import type { Judgement, QuorumTags } from "./quorum/messages.ts";
import { Quorums } from "./quorum/quorums.ts";
import type { Quorum } from "./quorum/quorums.ts";
import { CertificateSet } from "./quorum/set.ts";
import type { QuorumSignatures } from "./quorum/signatures.ts";
import { Tally } from "./quorum/tally.ts";
import { ballotOf, failureOf } from "./quorum/voter.ts";
import type { Observation } from "./quorum/voter.ts";
import type { Store, Stored } from "./store.ts";

/** Voters that the others send their votes to: the first of the round's quorum. */
const COUNTERS = 8;
/** How often a node asks two peers for what it has missed, between two announcements of its own. */
const ASKS_BETWEEN_ANNOUNCEMENTS = 4;
/** Peers that news are passed on to. */
const FANOUT = 4;

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
  readonly #quorums: Quorums;
  readonly #tally: Tally;
  readonly #archives = new Map<number, Archive>();
  /** Certificates of rounds that the chain has not reached here. */
  #waiting = new Map<string, Certificate>();
  /** Hashes of the rounds of recent certificates: the chain may take a round back. */
  readonly #hashes = new Map<number, string>();
  readonly #startedAt: number;
  #seeds: readonly Peer[] = [];
  #judged: number;
  #announcedAt = 0;
  #askedAt = 0;
  #running: Promise<void> | undefined;
  #outgoing: { announcements: Announcement[]; certificates: Certificate[] } = { announcements: [], certificates: [] };
  readonly set: CertificateSet;

  constructor(options: CouncilOptions, dependencies: CouncilDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    const { params, tags } = options;
    const { ledger, signatures, clock } = dependencies;
    this.set = new CertificateSet(params);
    this.#quorums = new Quorums(ledger, params.epochRounds);
    this.#tally = new Tally({
      quorums: this.#quorums,
      tags,
      signatures,
      voteRounds: params.voteRounds,
      round: () => ledger().round,
      isDecided: (judgement) => this.set.has(judgement),
    });
    this.#startedAt = clock.now();
    // What was drawn before this node watched is not for it to judge.
    this.#judged = ledger().round;
  }

  // ── What follows from the set ────────────────────────────────────────────────────────────────────────────────────────────

  /** Rounds in which a node earns nothing. */
  readonly unpaid = (node: LedgerNode): readonly Rounds[] => this.#standing(node).unpaid;

  /** Time of a node's deregistration, if that has come at the tip; else null. */
  deregisteredAt(node: LedgerNode): number | null {
    const ledger = this.#deps.ledger();
    const { deregistered } = this.#standing(node);
    return deregistered === null || deregistered > ledger.round ? null : ledger.timeOf(deregistered);
  }

  #standing(node: LedgerNode): Standing {
    return this.standing(node.id);
  }

  /** A node's standing by its id, over all time as far as the set goes. */
  standing(id: bigint): Standing {
    return this.set.standing({ id, activeFrom: this.#deps.ledger().member(id)?.active.from ?? 0 });
  }

  /** What this node thinks of all others. */
  report(): PeerReport[] {
    const { monitor, book, clock, ledger } = this.#deps;
    const { params } = this.#options;
    return monitor.testable().map((node) => ({
      id: node.id,
      blsPubkey: node.blsPubkey,
      state: stateIn(this.#standing(node), ledger().round),
      lastSeen: monitor.of(node.id).lastSeen,
      announcedAt: book.of(node.id)?.announcement.timestamp ?? null,
      failing: failureOf(this.#observe(node), clock.now(), params) !== undefined,
      deregisteredAt: this.deregisteredAt(node),
    }));
  }

  /** Votes that wait for others. */
  polls(): (Judgement & { votes: number; needed: number; voters: number })[] {
    return [...this.#tally.standing()];
  }

  /** Archives known, by day. */
  get archives(): Archive[] {
    return [...this.#archives.values()].sort((a, b) => a.day - b.day);
  }

  /** This node's own digest of a day that is over, signed; undefined while something of it may still come. */
  archiveVote(day: number): { digest: Hex; signature: Hex } | undefined {
    const { params, tags } = this.#options;
    if (!this.#isOver(day)) return undefined;
    const digest = this.set.digest(day);
    void params;
    return { digest, signature: this.#deps.signBls(archiveMessage(tags, day, digest)) };
  }

  #isOver(day: number): boolean {
    const { dayRounds, voteRounds, lagRounds } = this.#options.params;
    return this.#deps.ledger().round >= (day + 1) * dayRounds + voteRounds + lagRounds;
  }

  // ── What comes in ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Addresses to learn all others from. */
  setSeeds(seeds: readonly Peer[]): void {
    this.#seeds = seeds;
  }

  /** Where a node answers: as it announced, else as the list of seeds says. */
  urlOf(node: LedgerNode): string | undefined {
    const announced = this.#deps.book.of(node.id)?.announcement.urls[0];
    return announced ?? this.#seeds.find((seed) => seed.ed25519Pubkey?.toLowerCase() === node.ed25519Pubkey)?.url;
  }

  /** Takes a parcel from a peer; what is new in it is passed on with the next {@link flush}. */
  receive({ announcements, votes, certificates }: Parcel): void {
    for (const announcement of announcements) this.#takeAnnouncement(announcement);
    this.takeCertificates(certificates);
    for (const vote of votes) this.#takeVote(vote);
  }

  #takeAnnouncement(announcement: Announcement): void {
    const { book, clock, ledger, signatures } = this.#deps;
    const { params, tags } = this.#options;
    const member = ledger().member(announcement.id);
    if (member === undefined || !member.node.signed || !book.isNews(announcement)) return;
    const now = clock.now();
    // One from the future would keep all later ones out.
    if (announcement.timestamp > now + Math.max(params.clockTolerance, params.proofValidity)) return;
    if (!verifyAnnouncement(announcement, member.node, tags, signatures.verifyAggregate)) return;
    book.add(announcement, now);
    this.#outgoing.announcements.push(announcement);
  }

  #takeVote(vote: Vote): void {
    const made = this.#tally.add(vote);
    if (typeof made === "object") this.#adopt([made]);
  }

  /** Takes certificates from whomever; those that hold are kept, and passed on. @returns how many were new */
  takeCertificates(certificates: readonly Certificate[]): number {
    const { signatures } = this.#deps;
    const good: Certificate[] = [];
    for (const certificate of certificates) {
      if (this.set.has(certificate)) continue;
      const rejection = rejectionOf(certificate, this.#quorums, this.#options.tags, signatures.verifyAggregate);
      if (rejection === undefined) good.push(certificate);
      else if (rejection === "unknown-round") this.#wait(certificate);
    }
    return this.#adopt(good);
  }

  /** A round may be right that this node's chain has not reached; not one from far ahead. */
  #wait(certificate: Certificate): void {
    const { round } = this.#deps.ledger();
    if (certificate.round <= round || certificate.round > round + 10 || this.#waiting.size >= 1_000) return;
    this.#waiting.set(`${certificate.round}/${certificate.worker}/${certificate.change}`, certificate);
  }

  #adopt(certificates: readonly Certificate[], vouched = false): number {
    const { ledger, logger, store } = this.#deps;
    const news = certificates.filter((certificate) => this.set.add(certificate));
    for (const { round, worker, change, voters } of news) {
      const hash = ledger().roundHash(round);
      if (hash !== undefined) this.#hashes.set(round, hash);
      if (!vouched) {
        const votes = [...voters.slice(2)].reduce((sum, digit) => sum + bitCount(digit), 0);
        logger.info({ round, worker: `${worker}`, change, votes }, "certificate");
      }
    }
    void store?.addCertificates(news);
    if (!vouched) this.#outgoing.certificates.push(...news);
    return news.length;
  }

  // ── What it does by itself ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Everything that is due: announce, test, vote, pass on, ask. Calls during a running one share it. */
  tick(tests = this.#options.params.testsPerTick): Promise<void> {
    this.#running ??= this.#tick(tests).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #tick(tests: number): Promise<void> {
    const { monitor, clock } = this.#deps;
    this.#followChain();
    this.#announce();
    await this.flush();
    await monitor.test(tests);
    await this.judge();
    const now = clock.now();
    const pause = this.#options.params.announceSeconds / ASKS_BETWEEN_ANNOUNCEMENTS;
    if (now - this.#askedAt >= pause) {
      // What came to a peer since this node asked last, and a little before: most of it has come here by itself.
      const since = this.#askedAt === 0 ? 0 : this.#askedAt - Math.ceil(pause / 2);
      this.#askedAt = now;
      await this.ask(since);
      await this.#makeArchives();
    }
    await this.flush();
    this.#tally.prune();
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
    this.#outgoing.announcements.push(announcement);
  }

  /** Votes in the newest round, if it is this node's turn. */
  async judge(): Promise<void> {
    const { clock, logger, ledger, monitor } = this.#deps;
    const { params, tags } = this.#options;
    const { round } = ledger();
    if (round <= this.#judged) return;
    this.#judged = round;
    const quorum = this.#quorums.of(round);
    const self = this.#self();
    if (quorum === undefined || self === undefined || !quorum.places.has(self.id)) return;

    const workers = quorum.workers().filter(({ node }) => node.id !== self.id);
    await monitor.testNodes(workers.map(({ node }) => node));
    const now = clock.now();
    const others = monitor.testable().filter(({ id }) => !this.set.isUnderLease(id, round));
    const failing = others.filter((node) => failureOf(this.#observe(node), now, params) !== undefined).length;
    const ballot = ballotOf(
      {
        now,
        startedAt: this.#startedAt,
        workers: workers.map(({ node }) => this.#observe(node)),
        others: { failing, of: others.length },
      },
      params,
    );
    if (ballot.abstains !== undefined) {
      logger.warn({ round, why: ballot.abstains }, "drawn as a voter, and abstaining");
      return;
    }
    const votes = ballot.votes.map(({ worker, change, because }): Vote => {
      logger.info({ round, worker: `${worker}`, change, because }, "voting");
      const judgement = { round, worker, change };
      return { ...judgement, voter: self.id, signature: this.#deps.signBls(voteMessage(tags, judgement)) };
    });
    await this.#deliver(votes, quorum, self);
  }

  #observe(node: LedgerNode): Observation {
    const { book, monitor, ledger } = this.#deps;
    const heard = book.of(node.id);
    const chain = ledger();
    // How old the announced block was: to the round, by the heights that settled rounds.
    const roundThen = heard === undefined ? 0 : chain.roundAt(heard.announcement.timestamp);
    const heightThen = chain.heightOfRound(
      roundThen - Math.ceil(this.#options.params.heightTolerance / chain.params.roundSeconds),
    );
    return {
      id: node.id,
      registeredAt: node.addedAt,
      announced:
        heard === undefined
          ? undefined
          : {
              timestamp: heard.announcement.timestamp,
              skew:
                heard.announcement.timestamp - heard.receivedAt > 0
                  ? heard.announcement.timestamp - heard.receivedAt
                  : 0,
              blockAge:
                heightThen !== undefined && heard.announcement.height < heightThen ? Number.POSITIVE_INFINITY : 0,
            },
      unreachableSince: monitor.of(node.id).unreachableSince,
      underLease: this.set.isUnderLease(node.id, chain.round),
    };
  }

  /** Votes go to the first of the quorum, who count them. */
  async #deliver(votes: readonly Vote[], quorum: Quorum, self: LedgerNode): Promise<void> {
    if (votes.length === 0) return;
    const counters = quorum.voters.slice(0, COUNTERS);
    if (counters.some(({ node }) => node.id === self.id)) for (const vote of votes) this.#takeVote(vote);
    const urls = counters.filter(({ node }) => node.id !== self.id).map(({ node }) => this.urlOf(node));
    const send = async (url: string | undefined): Promise<void> => {
      for (let from = 0; url !== undefined && from < votes.length; from += PARCEL_LIMIT) {
        await this.#deps.gossip.send(url, { votes: votes.slice(from, from + PARCEL_LIMIT) });
      }
    };
    await Promise.all(urls.map(send));
  }

  /** Passes news on to a few peers. */
  async flush(): Promise<void> {
    const { announcements, certificates } = this.#outgoing;
    if (announcements.length + certificates.length === 0) return;
    this.#outgoing = { announcements: [], certificates: [] };
    const urls = this.#somePeers(FANOUT);
    const parcels = Math.ceil(Math.max(announcements.length, certificates.length) / PARCEL_LIMIT);
    for (let index = 0; index < parcels; index++) {
      const slice = [index * PARCEL_LIMIT, (index + 1) * PARCEL_LIMIT] as const;
      const parcel = { announcements: announcements.slice(...slice), certificates: certificates.slice(...slice) };
      await Promise.all(urls.map((url) => this.#deps.gossip.send(url, parcel)));
    }
  }

  /** Asks two peers for what this node has missed. */
  async ask(since: number): Promise<void> {
    for (const url of this.#somePeers(2)) {
      const announcements = await this.#deps.gossip.announcements(url, since);
      for (const announcement of announcements ?? []) this.#takeAnnouncement(announcement);
      await this.#askForCertificates(url);
    }
  }

  async #askForCertificates(url: string): Promise<void> {
    const { gossip, signatures } = this.#deps;
    const { params, tags } = this.#options;
    const days = (await gossip.days(url)) ?? [];
    const missing = days.filter(({ day, digest }) => this.set.digest(day) !== digest);
    if (missing.length === 0) return;
    const archives = missing.length > 2 ? ((await gossip.archives(url)) ?? []) : [];
    const holds = (archive: Archive): boolean => {
      const round = this.#archiveRound(archive.day);
      if (round === undefined) return false;
      const good = verifyArchive(archive, this.#quorums, round, tags, signatures.verifyAggregate);
      if (good) this.#keepArchive(archive);
      return good;
    };
    for (const { day } of missing) {
      const list = await gossip.certificates(url, day * params.dayRounds, (day + 1) * params.dayRounds);
      if (list === undefined) continue;
      const { vouched, left } = sortByArchives(list, archives, (round) => this.set.dayOf(round), holds);
      // The nodes that signed the archive have verified the signatures; what the chain says of them is looked at here.
      this.#adopt(
        vouched.filter((certificate) => typeof checkCertificate(certificate, this.#quorums) !== "string"),
        true,
      );
      this.takeCertificates(left);
    }
  }

  /** Makes the archives of days that are over, when this node is the first of the day's last quorum that is asked. */
  async #makeArchives(): Promise<void> {
    const self = this.#self();
    if (self === undefined) return;
    for (const day of this.set.days.slice(-8)) {
      if (this.#archives.has(day) || !this.#isOver(day)) continue;
      const round = this.#archiveRound(day);
      const quorum = round === undefined ? undefined : this.#quorums.of(round);
      if (quorum?.voters.slice(0, COUNTERS).some(({ node }) => node.id === self.id)) await this.#collectArchive(day);
    }
  }

  async #collectArchive(day: number): Promise<void> {
    const round = this.#archiveRound(day);
    const own = this.archiveVote(day);
    if (round === undefined || own === undefined) return;
    const members = this.#quorums.membersIn(round);
    const message = archiveMessage(this.#options.tags, day, own.digest);
    const entries: { place: number; key: Hex; signature: Hex }[] = [];
    const askOne = async ({ node }: Member, place: number): Promise<void> => {
      const url = this.urlOf(node);
      const vote =
        node.blsPubkey === this.#options.blsPubkey
          ? own
          : url === undefined
            ? undefined
            : await this.#deps.gossip.archiveVote(url, day);
      if (vote?.digest === own.digest) entries.push({ place, key: node.blsPubkey, signature: vote.signature as Hex });
    };
    for (let from = 0; from < members.length; from += 50) {
      await Promise.all(members.slice(from, from + 50).map((member, i) => askOne(member, from + i)));
    }
    if (entries.length < archiveThreshold(members.length)) return;
    const sum = this.#deps.signatures.aggregate(message, entries);
    if (sum === undefined || sum.valid.length < archiveThreshold(members.length)) return;
    const places = sum.valid.map((index) => entries[index]?.place as number);
    this.#keepArchive({ day, digest: own.digest, signers: bitsOf(places, members.length), signature: sum.signature });
  }

  #keepArchive(archive: Archive): void {
    if (this.#archives.has(archive.day)) return;
    this.#archives.set(archive.day, archive);
    void this.#deps.store?.addArchive(archive);
  }

  #archiveRound(day: number): number | undefined {
    const ledger = this.#deps.ledger();
    return archiveRound(day, this.#options.params.dayRounds, (round) => ledger.roundHash(round) !== undefined);
  }

  /** Takes out certificates of rounds that the chain took back, and takes in those of rounds that have come. */
  #followChain(): void {
    const ledger = this.#deps.ledger();
    for (const [round, hash] of this.#hashes) {
      if (ledger.roundHash(round) === hash) {
        if (round < ledger.round - 2 * this.#options.params.voteRounds) this.#hashes.delete(round);
        continue;
      }
      this.#hashes.delete(round);
      const stale = this.set.between(round, round + 1);
      this.set.remove((certificate) => certificate.round === round);
      for (const certificate of stale)
        this.#waiting.set(`${round}/${certificate.worker}/${certificate.change}`, certificate);
    }
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.takeCertificates(waiting);
  }

  /** Takes in what was on disk. Its signatures were verified when it was written. */
  restore(stored: Stored): void {
    for (const certificate of stored.certificates) {
      if (typeof checkCertificate(certificate, this.#quorums) === "string") continue;
      this.set.add(certificate);
    }
    for (const archive of stored.archives) this.#archives.set(archive.day, archive);
    const now = this.#deps.clock.now();
    for (const announcement of stored.announcements) {
      if (this.#deps.ledger().member(announcement.id) !== undefined) {
        this.#deps.book.add(announcement, Math.min(now, announcement.timestamp));
      }
    }
  }

  #somePeers(count: number): string[] {
    const { book, random = Math.random } = this.#deps;
    const own = new Set(this.#deps.urls());
    const urls = new Set([...this.#seeds.map(({ url }) => url)]);
    for (const { announcement } of book) if (announcement.urls[0] !== undefined) urls.add(announcement.urls[0]);
    const pool = [...urls].filter((url) => !own.has(url));
    const drawn: string[] = [];
    while (drawn.length < count && pool.length > 0) {
      drawn.push(...pool.splice(Math.floor(random() * pool.length), 1));
    }
    return drawn;
  }
}

function bitCount(digit: string): number {
  const value = Number.parseInt(digit, 16);
  return (value & 1) + ((value >> 1) & 1) + ((value >> 2) & 1) + (value >> 3);
}
