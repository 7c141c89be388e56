import { toWire } from "../../src/node/quorum/certificate.ts";
import { announcementToWire } from "../../src/node/announcements.ts";

const signature = `0x${"ab".repeat(128)}` as const;
const certificate = {
  round: 40_000,
  worker: 1_400n,
  change: "decommission",
  voters: `0x${"ff".repeat(13)}`,
  signature,
} as const;
const announcement = {
  id: 1_400n,
  urls: ["https://node-1400.example.org:22021"],
  version: "0.1.0",
  timestamp: 1_800_000_000,
  height: 400_000_000,
  ed25519Signature: `0x${"ab".repeat(64)}`,
  blsSignature: signature,
} as const;

/** Bytes of a request's and an answer's heads over HTTP/1.1, kept alive. */
const HEADS = 350;
const bytes = (value: unknown): number => JSON.stringify(value).length;

/** Bytes of what nodes send one another, heads included; the forms are those of the wire. */
const BYTES = {
  certificate: bytes(toWire(certificate)),
  vote: bytes(toWire({ round: 1, worker: 1_400n, change: "decommission", voter: 1_400n, signature })),
  announcement: bytes(announcementToWire(announcement)),
  /** `GET /v1/info?challenge=`, and the answer with its proof. */
  test: HEADS + 80 + 900,
  parcel: HEADS,
} as const;

const FANOUT = 4;
const COUNTERS = 8;
/** Each node tests ten others every ten seconds. */
const TESTS_PER_HOUR = 3_600;
/** Four times an hour a node asks two peers for twenty minutes of announcements and the digests of ninety days. */
const ASKS_PER_HOUR = 8;

/** Counts what is sent, and tells it by node and hour. */
export class Traffic {
  announcements = 0;
  votes = 0;
  certificates = 0;
  tests = 0;
  presences = 0;
  #nodeHours = 0;

  /** An hour has passed with so many nodes running. */
  hour(nodes: number): void {
    this.#nodeHours += nodes;
  }

  /** Bytes that a node sends and receives in an hour, on average. */
  perNodeHour(nodes: number): number {
    if (this.#nodeHours === 0) return 0;
    // Each node passes each announcement and each certificate on to four others: four times received, four times sent.
    const gossip =
      2 *
      FANOUT *
      nodes *
      (this.announcements * (BYTES.announcement + BYTES.parcel / 8) +
        this.certificates * (BYTES.certificate + BYTES.parcel));
    const votes = 2 * COUNTERS * (this.votes + this.presences) * (BYTES.vote + BYTES.parcel);
    const asks = 2 * ASKS_PER_HOUR * (HEADS + 90 * 110 + (nodes / 3) * BYTES.announcement);
    const tests = 2 * TESTS_PER_HOUR * BYTES.test;
    return Math.round((gossip + votes + 2 * this.tests * BYTES.test) / this.#nodeHours + asks + tests);
  }
}
