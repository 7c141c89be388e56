/**
 * What one asker may cost, and all of them together. The port is public: requests are counted by address (an IPv6 network of /64
 * counts as one), and what is dear, signing, waits in a queue that serves the addresses in turn. A flood from one address thus
 * delays another's request by one signature, and a flood from many by one signature each.
 */
import { isIPv6 } from "node:net";
import { Refusal } from "./refusal.ts";

/** The bounds of a public port. */
export interface Limits {
  /** Requests a second that one address may make, on average. */
  readonly requestsPerSecond: number;
  /** Requests that one address may make at once. */
  readonly requestBurst: number;
  /** Requests a second from all addresses together. */
  readonly totalRequestsPerSecond: number;
  /** Signatures that one address may have waiting: a batch of rewards wants one for each recipient. */
  readonly waitingPerAddress: number;
  /** Signatures waiting in all; a signature takes some 5 ms. */
  readonly waitingInAll: number;
  /** Collections of the whole network's signatures that one address may have running. */
  readonly aggregationsPerAddress: number;
  /** Milliseconds that an asker waits for a look at the chain: less than collectors give a node. */
  readonly lookMs: number;
}

/** Enough for a collector of a whole network's claims behind one address; a peer needs a few requests a minute. */
export const DEFAULT_LIMITS: Limits = {
  requestsPerSecond: 50,
  requestBurst: 400,
  totalRequestsPerSecond: 1_000,
  waitingPerAddress: 400,
  waitingInAll: 4_000,
  aggregationsPerAddress: 4,
  lookMs: 3_000,
};

/** Addresses remembered; the oldest are forgotten, and with them at most one burst. */
const ADDRESSES_KEPT = 20_000;

/** A token bucket: `rate` a second, `burst` at most. Seconds by a monotonic clock. */
class Bucket {
  #tokens: number;
  #at: number;

  constructor(burst: number, at: number) {
    this.#tokens = burst;
    this.#at = at;
  }

  take(rate: number, burst: number, at: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + (at - this.#at) * rate);
    this.#at = at;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The address that limits count by: IPv4 as it is, IPv6 by its first 64 bits. */
export function limitKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("%")[0]!.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** Counts requests. Refuses with {@link Refusal} `busy`. */
export class RequestLimiter {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #all: Bucket;

  /** @param now - Seconds by a monotonic clock. */
  constructor(limits: Limits, now: () => number = () => performance.now() / 1_000) {
    this.#limits = limits;
    this.#now = now;
    this.#all = new Bucket(limits.totalRequestsPerSecond, now());
  }

  /** @throws Refusal `busy` */
  request(address: string): void {
    const { requestsPerSecond, requestBurst, totalRequestsPerSecond } = this.#limits;
    const at = this.#now();
    const key = limitKey(address);
    const bucket = this.#buckets.get(key) ?? new Bucket(requestBurst, at);
    // Insertion order is order of use: the first is the one that asked longest ago.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > ADDRESSES_KEPT) {
      const oldest = this.#buckets.keys().next();
      if (!oldest.done) this.#buckets.delete(oldest.value);
    }
    // An address that is over its own limit takes nothing from the others.
    if (!bucket.take(requestsPerSecond, requestBurst, at)) throw busy("this address asks too often");
    if (!this.#all.take(totalRequestsPerSecond, totalRequestsPerSecond, at)) throw busy("the node is asked too often");
  }
}

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** Work that costs processor time, one piece at a time, the addresses in turn. */
export class FairQueue {
  readonly #limits: Pick<Limits, "waitingPerAddress" | "waitingInAll">;
  readonly #queues = new Map<string, Job[]>();
  #waiting = 0;
  #running = false;

  constructor(limits: Pick<Limits, "waitingPerAddress" | "waitingInAll">) {
    this.#limits = limits;
  }

  /**
   * Does pieces of work for an address: all of them, or none.
   *
   * @returns their results, in order
   * @throws Refusal `busy`
   */
  run<T>(address: string, pieces: readonly (() => T)[]): Promise<T[]> {
    const key = limitKey(address);
    const queue = this.#queues.get(key) ?? [];
    const { waitingPerAddress, waitingInAll } = this.#limits;
    if (queue.length + pieces.length > waitingPerAddress) throw busy("too much is waiting for this address");
    if (this.#waiting + pieces.length > waitingInAll) throw busy("too much is waiting");
    const results = pieces.map(
      (work) => new Promise<T>((resolve, reject) => queue.push({ work, resolve: resolve as Job["resolve"], reject })),
    );
    if (queue.length > 0) this.#queues.set(key, queue);
    this.#waiting += pieces.length;
    void this.#serve();
    return Promise.all(results);
  }

  async #serve(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#waiting > 0) {
      for (const [key, queue] of [...this.#queues]) {
        const job = queue.shift();
        // An address that came back meanwhile has a queue of its own again.
        if (queue.length === 0 && this.#queues.get(key) === queue) this.#queues.delete(key);
        if (job === undefined) continue;
        this.#waiting--;
        try {
          job.resolve(job.work() as never);
        } catch (error) {
          job.reject(error);
        }
        // A piece takes milliseconds: let the network in between.
        await new Promise(setImmediate);
      }
    }
    this.#running = false;
  }
}

/** How many of something an address may have running. */
export class Concurrency {
  readonly #most: number;
  readonly #running = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws Refusal `busy` */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    const key = limitKey(address);
    const running = this.#running.get(key) ?? 0;
    if (running >= this.#most) throw busy("too many collections for this address are running");
    this.#running.set(key, running + 1);
    try {
      return await work();
    } finally {
      const left = (this.#running.get(key) ?? 1) - 1;
      if (left === 0) this.#running.delete(key);
      else this.#running.set(key, left);
    }
  }
}

function busy(message: string): Refusal {
  return new Refusal("busy", `${message}: try again in a moment`);
}
