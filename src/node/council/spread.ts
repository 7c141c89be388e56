/** Where the others are, and passing on what is new: to a few of them, who pass it on in turn. */
import type { Announcement, AnnouncementBook } from "../announcements.ts";
import { PARCEL_LIMIT } from "../gossip.ts";
import type { Gossip, Parcel } from "../gossip.ts";
import type { LedgerNode } from "../ledgerTypes.ts";
import type { Peer } from "../peers.ts";
import type { Certificate } from "../quorum/certificate.ts";
import type { Attendance } from "../quorum/presence.ts";

/** Peers that news are passed on to. */
const FANOUT = 4;

export interface SpreadDependencies {
  readonly book: AnnouncementBook;
  readonly gossip: Gossip;
  /** Where this node says that it answers. */
  readonly urls: () => readonly string[];
  /** From 0 to below 1. */
  readonly random?: (() => number) | undefined;
}

export class Spread {
  readonly #deps: SpreadDependencies;
  #seeds: readonly Peer[] = [];
  #announcements: Announcement[] = [];
  #certificates: Certificate[] = [];
  #attendances: Attendance[] = [];

  constructor(dependencies: SpreadDependencies) {
    this.#deps = dependencies;
  }

  /** Addresses to learn all others from. */
  setSeeds(seeds: readonly Peer[]): void {
    this.#seeds = seeds;
  }

  /** Where a node answers: as it announced, else as the list of seeds says. */
  urlOf(node: LedgerNode): string | undefined {
    const announced = this.#deps.book.of(node.id)?.announcement.urls[0];
    return announced ?? this.#seeds.find((seed) => seed.ed25519Pubkey?.toLowerCase() === node.ed25519Pubkey)?.url;
  }

  /** Notes what is new, for the next {@link flush}. */
  add({ announcements, certificates, attendances }: Partial<Parcel>): void {
    this.#announcements.push(...(announcements ?? []));
    this.#certificates.push(...(certificates ?? []));
    this.#attendances.push(...(attendances ?? []));
  }

  /** Passes news on to a few peers. */
  async flush(): Promise<void> {
    const [announcements, certificates, attendances] = [this.#announcements, this.#certificates, this.#attendances];
    const most = Math.max(announcements.length, certificates.length, attendances.length);
    if (most === 0) return;
    this.#announcements = [];
    this.#certificates = [];
    this.#attendances = [];
    const urls = this.somePeers(FANOUT);
    for (let from = 0; from < most; from += PARCEL_LIMIT) {
      const until = from + PARCEL_LIMIT;
      const parcel = {
        announcements: announcements.slice(from, until),
        certificates: certificates.slice(from, until),
        attendances: attendances.slice(from, until),
      };
      await Promise.all(urls.map((url) => this.#deps.gossip.send(url, parcel)));
    }
  }

  /** Addresses of some others, drawn anew each time. */
  somePeers(count: number): string[] {
    const { book, random = Math.random, urls: ownUrls } = this.#deps;
    const own = new Set(ownUrls());
    const urls = new Set(this.#seeds.map(({ url }) => url));
    for (const { announcement } of book) if (announcement.urls[0] !== undefined) urls.add(announcement.urls[0]);
    const pool = [...urls].filter((url) => !own.has(url));
    const drawn: string[] = [];
    while (drawn.length < count && pool.length > 0) {
      drawn.push(...pool.splice(Math.floor(random() * pool.length), 1));
    }
    return drawn;
  }
}
