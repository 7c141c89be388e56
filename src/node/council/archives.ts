/** Archives of days that are over: signing them, making them, and taking a history by them from a peer. */
import { setImmediate } from "node:timers/promises";
import type { Hex } from "../../bls/index.ts";
import type { Gossip } from "../gossip.ts";
import type { Ledger, Member } from "../ledger.ts";
import type { LedgerNode } from "../ledgerTypes.ts";
import type { NodeParams } from "../params.ts";
import { archiveRound, archiveThreshold, sortByArchives, verifyArchive } from "../quorum/archive.ts";
import type { Archive } from "../quorum/archive.ts";
import { bitsOf } from "../quorum/certificate.ts";
import type { Certificate } from "../quorum/certificate.ts";
import { archiveMessage } from "../quorum/messages.ts";
import type { QuorumTags } from "../quorum/messages.ts";
import type { Quorums } from "../quorum/quorums.ts";
import type { QuorumSignatures } from "../quorum/signatures.ts";
import type { Store } from "../store.ts";
import type { Certificates } from "./certificates.ts";
import { COUNTERS } from "./voting.ts";

/** Days whose archive is still made: an older one that nobody made is left to one by one. */
const DAYS_LOOKED_BACK = 8;
/** Archives are worth a request when so many days are missing. */
const DAYS_WORTH_ARCHIVES = 3;
/** Nodes asked for their signature at a time. */
const ASKED_AT_ONCE = 50;

export interface ArchivesDependencies {
  readonly params: NodeParams;
  readonly tags: QuorumTags;
  readonly ledger: () => Ledger;
  readonly quorums: Quorums;
  readonly certificates: Certificates;
  readonly signatures: QuorumSignatures;
  readonly gossip: Gossip;
  readonly signBls: (message: Uint8Array) => Hex;
  readonly store: Store | undefined;
  readonly urlOf: (node: LedgerNode) => string | undefined;
  /** This node, if the contract holds it. */
  readonly self: () => LedgerNode | undefined;
}

export class Archives {
  readonly #deps: ArchivesDependencies;
  readonly #known = new Map<number, Archive>();

  constructor(dependencies: ArchivesDependencies) {
    this.#deps = dependencies;
  }

  /** Archives known, by day. */
  get all(): Archive[] {
    return [...this.#known.values()].sort((a, b) => a.day - b.day);
  }

  restore(archives: readonly Archive[]): void {
    for (const archive of archives) this.#known.set(archive.day, archive);
  }

  /** This node's own digest of a day that is over, signed; undefined while something of it may still come. */
  vote(day: number): { digest: Hex; signature: Hex } | undefined {
    const { tags, certificates, signBls } = this.#deps;
    if (!this.#isOver(day)) return undefined;
    const digest = certificates.set.digest(day);
    return { digest, signature: signBls(archiveMessage(tags, day, digest)) };
  }

  #isOver(day: number): boolean {
    const { dayRounds, voteRounds, lagRounds } = this.#deps.params;
    return this.#deps.ledger().round >= (day + 1) * dayRounds + voteRounds + lagRounds;
  }

  /** Takes from a peer what this node has missed, by the days whose digests differ. */
  async ask(url: string): Promise<void> {
    const { gossip, params, certificates } = this.#deps;
    const { set } = certificates;
    const days = (await gossip.days(url)) ?? [];
    const missing = days.filter(({ day, digest }) => set.digest(day) !== digest);
    const archives = missing.length >= DAYS_WORTH_ARCHIVES ? ((await gossip.archives(url)) ?? []) : [];
    for (const { day } of missing) {
      const list = await gossip.certificates(url, day * params.dayRounds, (day + 1) * params.dayRounds);
      if (list === undefined) continue;
      const { vouched, left } = this.#sort(list, archives);
      certificates.takeVouched(vouched);
      for (const certificate of left) {
        certificates.take([certificate]);
        // A day may be hundreds of signatures: others are answered in between.
        await setImmediate();
      }
    }
  }

  /** Takes certificates that nobody here has verified: by the archives that hold, and one by one what is under none. */
  takeHistory(list: readonly Certificate[], archives: readonly Archive[]): void {
    const { certificates } = this.#deps;
    const { vouched, left } = this.#sort(list, archives);
    certificates.takeVouched(vouched);
    certificates.take(left);
  }

  #sort(list: readonly Certificate[], archives: readonly Archive[]) {
    const { set } = this.#deps.certificates;
    return sortByArchives(
      list,
      archives,
      (round) => set.dayOf(round),
      (archive) => this.#holds(archive),
    );
  }

  #holds(archive: Archive): boolean {
    const { quorums, tags, signatures } = this.#deps;
    const round = this.#roundOf(archive.day);
    if (round === undefined) return false;
    const good = verifyArchive(archive, quorums, round, tags, signatures.verifyAggregate);
    if (good) this.#keep(archive);
    return good;
  }

  /** Makes the archives of days that are over, when this node is one of the first of the day's last quorum. */
  async make(): Promise<void> {
    const { quorums, certificates, self } = this.#deps;
    const id = self()?.id;
    if (id === undefined) return;
    for (const day of certificates.set.days.slice(-DAYS_LOOKED_BACK)) {
      if (this.#known.has(day) || !this.#isOver(day)) continue;
      const round = this.#roundOf(day);
      const quorum = round === undefined ? undefined : quorums.of(round);
      if (quorum?.voters.slice(0, COUNTERS).some(({ node }) => node.id === id)) await this.#collect(day);
    }
  }

  async #collect(day: number): Promise<void> {
    const { quorums, tags, gossip, signatures, urlOf, self } = this.#deps;
    const round = this.#roundOf(day);
    const own = this.vote(day);
    if (round === undefined || own === undefined) return;
    const ownId = self()?.id;
    const members = quorums.membersIn(round);
    const entries: { place: number; key: Hex; signature: Hex }[] = [];
    const askOne = async ({ node }: Member, place: number): Promise<void> => {
      const url = urlOf(node);
      const asked = url === undefined ? undefined : gossip.archiveVote(url, day);
      const vote = node.id === ownId ? own : await asked;
      if (vote?.digest === own.digest) entries.push({ place, key: node.blsPubkey, signature: vote.signature as Hex });
    };
    for (let from = 0; from < members.length; from += ASKED_AT_ONCE) {
      await Promise.all(members.slice(from, from + ASKED_AT_ONCE).map((member, i) => askOne(member, from + i)));
    }
    if (entries.length < archiveThreshold(members.length)) return;
    const sum = signatures.aggregate(archiveMessage(tags, day, own.digest), entries);
    if (sum === undefined || sum.valid.length < archiveThreshold(members.length)) return;
    const places = sum.valid.map((index) => entries[index]?.place as number);
    this.#keep({ day, digest: own.digest, signers: bitsOf(places, members.length), signature: sum.signature });
  }

  #keep(archive: Archive): void {
    if (this.#known.has(archive.day)) return;
    this.#known.set(archive.day, archive);
    void this.#deps.store?.addArchive(archive);
  }

  #roundOf(day: number): number | undefined {
    const ledger = this.#deps.ledger();
    return archiveRound(day, this.#deps.params.dayRounds, (round) => ledger.roundHash(round) !== undefined);
  }
}
