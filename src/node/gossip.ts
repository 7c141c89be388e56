/** How nodes pass things on: HTTP with bounds. What comes back is parsed by whoever asked. Nothing here rejects. */
import { z } from "zod";
import { Agent, request } from "undici";
import { announcementShape, announcementToWire } from "./announcements.ts";
import type { Announcement } from "./announcements.ts";
import { archiveShape } from "./quorum/archive.ts";
import type { Archive } from "./quorum/archive.ts";
import { certificateShape, toWire, voteShape } from "./quorum/certificate.ts";
import type { Certificate, Vote } from "./quorum/certificate.ts";
import { attendanceShape, presenceShape, presenceToWire } from "./quorum/presence.ts";
import type { Attendance, Presence } from "./quorum/presence.ts";

/** What one node tells another. */
export interface Parcel {
  readonly announcements: readonly Announcement[];
  readonly votes: readonly Vote[];
  readonly certificates: readonly Certificate[];
  readonly presences: readonly Presence[];
  readonly attendances: readonly Attendance[];
}

/** A parcel with nothing in it. */
export const EMPTY_PARCEL: Parcel = {
  announcements: [],
  votes: [],
  certificates: [],
  presences: [],
  attendances: [],
};

/** Most of each kind in one parcel. */
export const PARCEL_LIMIT = 50;
/** Certificates in one page of history. */
export const PAGE_LIMIT = 500;

/** A parcel as it travels. */
export const parcelShape = z.object({
  announcements: z.array(announcementShape).max(PARCEL_LIMIT).default([]),
  votes: z.array(voteShape).max(PARCEL_LIMIT).default([]),
  certificates: z.array(certificateShape).max(PARCEL_LIMIT).default([]),
  presences: z.array(presenceShape).max(PARCEL_LIMIT).default([]),
  attendances: z.array(attendanceShape).max(PARCEL_LIMIT).default([]),
});

const days = z.object({
  days: z.array(z.object({ day: z.number().int().nonnegative(), digest: z.string(), count: z.number() })).max(10_000),
});
const page = z.object({ certificates: z.array(certificateShape).max(PAGE_LIMIT), next: z.number().int().nullable() });
const announcements = z.object({ announcements: z.array(announcementShape).max(20_000) });
const archives = z.object({ archives: z.array(archiveShape).max(10_000) });
const archiveVote = z.object({
  digest: z.string().regex(/^0x[0-9a-f]{64}$/),
  signature: z.string().regex(/^0x[0-9a-f]{256}$/),
});

/** What a node asks its peers. Undefined where a peer does not give a good answer. */
export interface Gossip {
  /** Tells a peer. @returns whether it took the parcel */
  send(url: string, parcel: Partial<Parcel>): Promise<boolean>;
  /** Announcements that came to a peer since then, in unix seconds. */
  announcements(url: string, since: number): Promise<Announcement[] | undefined>;
  /** Days of which a peer has certificates, with its digests. */
  days(url: string): Promise<{ day: number; digest: string }[] | undefined>;
  /** A peer's certificates of the rounds from `from` to below `until`. */
  certificates(url: string, from: number, until: number): Promise<Certificate[] | undefined>;
  /** Archives that a peer has. */
  archives(url: string): Promise<Archive[] | undefined>;
  /** A peer's own digest of a day that is over, signed. */
  archiveVote(url: string, day: number): Promise<{ digest: string; signature: string } | undefined>;
  /** Ends the connections. */
  close(): Promise<void>;
  /** Bytes sent and received, bodies only. */
  readonly bytes: number;
}

const MAX_REPLY_BYTES = 16 * 1024 * 1024;

/** Gossip over HTTP. */
export function httpGossip(timeoutMs: number): Gossip {
  const agent = new Agent({
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    maxResponseSize: MAX_REPLY_BYTES,
  });
  let bytes = 0;

  const ask = async <T>(base: string, path: string, shape: z.ZodType<T>, body?: unknown): Promise<T | undefined> => {
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const response = await request(base.replace(/\/+$/, "") + path, {
        dispatcher: agent,
        signal: AbortSignal.timeout(timeoutMs),
        method: text === undefined ? "GET" : "POST",
        ...(text === undefined ? {} : { body: text, headers: { "content-type": "application/json" } }),
      });
      const reply = await response.body.text();
      bytes += reply.length + (text?.length ?? 0);
      if (response.statusCode !== 200) return undefined;
      return shape.parse(JSON.parse(reply));
    } catch {
      return undefined;
    }
  };

  return {
    async send(url, parcel) {
      const { announcements: said, votes, certificates, presences, attendances } = { ...EMPTY_PARCEL, ...parcel };
      // What is empty is left out: JSON does not write what is undefined.
      const some = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items);
      const body = {
        announcements: some(said.map(announcementToWire)),
        votes: some(votes.map(toWire)),
        certificates: some(certificates.map(toWire)),
        presences: some(presences.map(presenceToWire)),
        attendances: some(attendances),
      };
      return (await ask(url, "/v1/gossip", z.object({ ok: z.literal(true) }), body)) !== undefined;
    },
    async announcements(url, since) {
      return (await ask(url, `/v1/announcements?since=${Math.max(0, since)}`, announcements))?.announcements;
    },
    async days(url) {
      return (await ask(url, "/v1/certificates/days", days))?.days;
    },
    async certificates(url, from, until) {
      const all: Certificate[] = [];
      for (let next: number | null = from; next !== null && next < until;) {
        const reply: z.output<typeof page> | undefined = await ask(
          url,
          `/v1/certificates?from=${next}&until=${until}`,
          page,
        );
        if (reply === undefined) return undefined;
        all.push(...reply.certificates);
        if (reply.next !== null && reply.next <= next) return undefined;
        next = reply.next;
      }
      return all;
    },
    async archives(url) {
      return (await ask(url, "/v1/archives", archives))?.archives;
    },
    archiveVote: (url, day) => ask(url, "/v1/archive", archiveVote, { day }),
    close: () => agent.destroy(),
    get bytes() {
      return bytes;
    },
  };
}
