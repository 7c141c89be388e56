/**
 * The set of certificates that a node knows: it only grows. What was verified stays; a certificate that the chain has not reached
 * yet waits. Standing follows from the set ({@link standingOf}), and is computed again for a node whose part of it has grown.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { hexFromBytes } from "../../bls/index.ts";
import type { Hex } from "../../bls/index.ts";
import type { Certificate } from "./certificate.ts";
import { judgementKey } from "./certificate.ts";
import { isUnderLease, standingOf, stateIn } from "./leases.ts";
import type { LeaseParams, Ruling, Standing, StandingState } from "./leases.ts";

/** A node as standing needs it. */
export interface Judged {
  readonly id: bigint;
  /** First round on the network. */
  readonly activeFrom: number;
}

export class CertificateSet {
  readonly #params: LeaseParams;
  readonly #byKey = new Map<string, Certificate>();
  readonly #byWorker = new Map<bigint, Ruling[]>();
  readonly #byDay = new Map<number, string[]>();
  readonly #standings = new Map<bigint, { activeFrom: number; standing: Standing }>();

  constructor(params: LeaseParams) {
    this.#params = params;
  }

  /** Certificates in all. */
  get size(): number {
    return this.#byKey.size;
  }

  has(certificate: Pick<Certificate, "round" | "worker" | "change">): boolean {
    return this.#byKey.has(judgementKey(certificate));
  }

  /**
   * Adds a verified certificate. Of two for the same judgement, by different votes, the first is kept: they say the same.
   *
   * @returns whether the judgement is new
   */
  add(certificate: Certificate): boolean {
    const key = judgementKey(certificate);
    if (this.#byKey.has(key)) return false;
    this.#byKey.set(key, certificate);
    const { worker, round, change } = certificate;
    push(this.#byWorker, worker, { round, change });
    push(this.#byDay, this.dayOf(round), key);
    this.#standings.delete(worker);
    return true;
  }

  /** Takes out what the chain has taken back. @returns how many */
  remove(stale: (certificate: Certificate) => boolean): number {
    const kept = [...this.#byKey.values()].filter((certificate) => !stale(certificate));
    const removed = this.#byKey.size - kept.length;
    if (removed === 0) return 0;
    for (const map of [this.#byKey, this.#byWorker, this.#byDay, this.#standings]) map.clear();
    for (const certificate of kept) this.add(certificate);
    return removed;
  }

  /** The day that a round belongs to: what archives and comparisons are made of. */
  dayOf(round: number): number {
    return Math.floor(round / this.#params.dayRounds);
  }

  /** Certificates of the rounds from `from` to below `until`, by round. */
  between(from: number, until: number): Certificate[] {
    const found: Certificate[] = [];
    for (const day of this.#byDay.keys()) {
      if (day >= this.dayOf(from) && day <= this.dayOf(until - 1)) found.push(...this.ofDay(day));
    }
    return found.filter(({ round }) => from <= round && round < until).sort(byRound);
  }

  /** Certificates of a day, in no order. */
  ofDay(day: number): Certificate[] {
    return (this.#byDay.get(day) ?? []).map((key) => this.#byKey.get(key) as Certificate);
  }

  /** Days that have certificates, ascending. */
  get days(): number[] {
    return [...this.#byDay.keys()].sort((a, b) => a - b);
  }

  /** keccak256 over the day's judgements, sorted: equal for equal sets, whoever voted. */
  digest(day: number): Hex {
    return digestOf(this.ofDay(day));
  }

  /** A node's standing, as far as the set goes. */
  standing({ id, activeFrom }: Judged): Standing {
    const known = this.#standings.get(id);
    if (known?.activeFrom === activeFrom) return known.standing;
    const standing = standingOf(activeFrom, this.#byWorker.get(id) ?? NONE, this.#params);
    // Most nodes have no certificate, and all of these the same standing.
    if (this.#byWorker.has(id)) this.#standings.set(id, { activeFrom, standing });
    return standing;
  }

  /** How a node stands in a round. */
  state(node: Judged, round: number): StandingState {
    return stateIn(this.standing(node), round);
  }

  /** Whether a voter who sees the node answering has a lease to end. */
  isUnderLease(id: bigint, round: number): boolean {
    return isUnderLease(this.#byWorker.get(id) ?? NONE, round, this.#params);
  }

  /** Whether a change of a node's address was certified in `round` or later. */
  hasMovedSince(id: bigint, round: number): boolean {
    return (this.#byWorker.get(id) ?? NONE).some((ruling) => ruling.change === "ip-change" && ruling.round >= round);
  }

  *[Symbol.iterator](): IterableIterator<Certificate> {
    yield* this.#byKey.values();
  }
}

const NONE: readonly Ruling[] = [];

const byRound = (a: Certificate, b: Certificate): number =>
  a.round - b.round || (a.worker < b.worker ? -1 : a.worker > b.worker ? 1 : 0) || (a.change < b.change ? -1 : 1);

/** Digest of a list of judgements, in any order. */
export function digestOf(certificates: readonly Pick<Certificate, "round" | "worker" | "change">[]): Hex {
  const keys = certificates.map(judgementKey).sort();
  return hexFromBytes(keccak_256(utf8ToBytes(keys.join("\n"))));
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
