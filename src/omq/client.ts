import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { OmqAddress } from "./address.ts";
import { parseOmqAddress } from "./address.ts";
import type { CurveKeys } from "./curveKeys.ts";
import { generateCurveKeys } from "./curveKeys.ts";
import { Deadline } from "./deadline.ts";
import type { Part } from "./frames.ts";
import { MAX_FRAME_BYTES, maxPayload } from "./frames.ts";
import type { HubEvent } from "./hub.ts";
import { Hub } from "./hub.ts";
import type { OmqFailure, OmqOutcome, OmqStop } from "./outcome.ts";
import { failed } from "./outcome.ts";
import { OverflowWatch } from "./overflow.ts";
import type { Pending } from "./peer.ts";
import { Peer } from "./peer.ts";
import type { ZeroMq } from "./zeromq.ts";
import { loadZeroMq } from "./zeromq.ts";

/** How a client is set up. */
export interface OmqClientOptions {
  /** Own X25519 keys. Default: a random pair; no listener of the open network looks at them. */
  keys?: CurveKeys;
  /**
   * Connections that may be in their handshake at once. Default 400: each costs both ends curve multiplications, and of thousands
   * begun at one moment the last would miss the 10 s that a listener gives them.
   */
  handshakes?: number;
  /** Connections kept for the next request. Default 2,048: every node of today's network and more. */
  maxKept?: number;
  /** Largest frame taken from a listener. Default 1 MiB, as the live network has it. */
  maxFrameBytes?: number;
  /**
   * Bytes that unfinished messages of all listeners may take together before the connections that are waited for are dropped. Default
   * 256 MB.
   */
  maxUnreadBytes?: number;
  /** How long TCP may take to connect, ms. Default 5,000. */
  connectTimeoutMs?: number;
}

/** One request's limits. */
export interface OmqRequestOptions {
  /**
   * For the connection, from its listener's turn to be connected to; and anew for the reply. Time in which this process could not
   * have heard it does not count (see {@link Deadline}).
   */
  timeoutMs: number;
  /** All parts of the reply together. Default 1 MiB. */
  maxBytes?: number;
  stop?: OmqStop;
}

/** Keys that are tried at one host and port at the same time: one is right, the others out of date or lies. Further ones wait. */
const MAX_KEYS_AT_ENDPOINT = 4;

/**
 * Asks many OxenMQ listeners many things at once. Connections are made when they are needed, in waves, and kept; a request fails as
 * soon as its connection does, and asking again makes a new one. Close it: an open one keeps the process alive.
 *
 * @example
 * const client = new OmqClient();
 * const outcome = await client.request("curve://192.0.2.1:22025/9f86…", "ping.ping", [], { timeoutMs: 5_000 });
 * if (outcome.ok) console.log(Buffer.from(outcome.parts[0]).toString()); // pong
 * await client.close();
 */
export class OmqClient {
  readonly #options: Required<OmqClientOptions>;
  /** By URL, in the order of their last use. */
  readonly #peers = new Map<string, Peer>();
  readonly #byId = new Map<string, Peer>();
  /** Peers by endpoint, one map a hub. */
  readonly #hubs = new Map<string, { hub: Hub; byEndpoint: Map<string, Peer> }[]>();
  readonly #waiting: Peer[] = [];
  /** Peers whose endpoint has as many keys on trial as it may, by kind and endpoint. */
  readonly #queues = new Map<string, Peer[]>();
  #handshaking = 0;
  #limit: number;
  #counter = 0;
  #zmq: ZeroMq | undefined;
  #watch: OverflowWatch | undefined;
  #closed = false;

  constructor(options: OmqClientOptions = {}) {
    this.#options = {
      keys: options.keys ?? generateCurveKeys(),
      handshakes: options.handshakes ?? 400,
      maxKept: options.maxKept ?? 2_048,
      maxFrameBytes: options.maxFrameBytes ?? MAX_FRAME_BYTES,
      maxUnreadBytes: options.maxUnreadBytes ?? 256_000_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    };
    this.#limit = this.#options.maxKept;
  }

  /** Loads ZeroMQ, so that it can be said beforehand that it is not to be had. @throws OmqError `unavailable` */
  async ready(): Promise<void> {
    this.#zmq ??= await loadZeroMq();
  }

  /**
   * Tells how many listeners are about to be asked in turn. More than can be kept: then none is worth keeping, since each would be
   * dropped before its next turn.
   */
  expect(listeners: number): void {
    this.#limit = listeners > this.#options.maxKept ? 0 : this.#options.maxKept;
  }

  /** Connections held or being made now, for tests. */
  get size(): number {
    return this.#peers.size;
  }

  /**
   * Sends one request and waits for its reply. Every fault of the other side comes back as an {@link OmqFailure}.
   *
   * @param parts - The data behind command and tag.
   * @throws OmqError `address` for a malformed one, `unavailable` where ZeroMQ cannot be loaded
   */
  async request(
    address: OmqAddress | string,
    command: string,
    parts: readonly Part[],
    options: OmqRequestOptions,
  ): Promise<OmqOutcome> {
    const { timeoutMs, maxBytes = MAX_FRAME_BYTES, stop } = options;
    const known = typeof address === "string" ? this.#peers.get(address)?.address : undefined;
    const target = known ?? (typeof address === "string" ? parseOmqAddress(address) : address);
    const limit = maxPayload(target.kind === "curve");
    if (parts.some((part) => Buffer.byteLength(part) > limit)) return failed("too-large", `a part over ${limit} bytes`);
    if (!this.#zmq) await this.ready();
    if (this.#closed || stop?.stopped) return failed("cancelled");
    this.#watch ??= new OverflowWatch(this.#options.maxUnreadBytes, () => this.#overflown());

    return new Promise((resolve) => {
      const tag = (++this.#counter).toString(36);
      const peer = this.#peerAt(target);
      const pending: Pending = {
        command,
        parts,
        timeoutMs,
        maxBytes,
        settle: (outcome) => {
          pending.deadline?.cancel();
          unsubscribe?.();
          this.#settled(peer);
          resolve(outcome);
        },
      };
      const unsubscribe = stop?.onStop(() => this.#giveUp(peer, tag, failed("cancelled")));
      peer.pending.set(tag, pending);
      if (peer.state !== "waiting") this.#begin(peer, tag, pending);
    });
  }

  /** Ends all connections; what waits fails as `cancelled`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watch?.stop();
    for (const peer of [...this.#peers.values()]) this.#drop(peer, failed("cancelled", "the client was closed"));
    for (const { hub } of [...this.#hubs.values()].flat()) hub.close();
    this.#hubs.clear();
  }

  #peerAt(address: OmqAddress): Peer {
    let peer = this.#peers.get(address.url);
    if (peer) {
      this.#peers.delete(address.url);
      this.#peers.set(address.url, peer);
      return peer;
    }
    peer = new Peer(address);
    this.#peers.set(address.url, peer);
    this.#waiting.push(peer);
    this.#connectNext();
    return peer;
  }

  #connectNext(): void {
    if (this.#closed) return;
    while (this.#handshaking < this.#options.handshakes) {
      const peer = this.#waiting.shift();
      if (!peer) return;
      if (this.#peers.get(peer.address.url) !== peer) continue;
      this.#handshaking++;
      peer.state = "connecting";
      // The time of those that waited for this turn begins now.
      for (const [tag, pending] of peer.pending) this.#startTimer(peer, tag, pending);
      void this.#connect(peer);
    }
  }

  async #connect(peer: Peer): Promise<void> {
    const { address } = peer;
    try {
      const found = await resolveEndpoint(address);
      if (this.#peers.get(address.url) !== peer) return;
      const place = this.#placeFor(address.kind === "curve", found);
      if (!place) return this.#queue(peer, found.endpoint);
      peer.hub = place.hub;
      peer.endpoint = found.endpoint;
      peer.id = `n${(++this.#counter).toString(36)}`;
      place.byEndpoint.set(peer.endpoint, peer);
      this.#byId.set(peer.id, peer);
      place.hub.connect(peer.endpoint, peer.id, address.kind === "curve" ? address.serverKey : undefined);
      for (const [tag, pending] of peer.pending) peer.send(tag, pending);
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? "");
      this.#drop(peer, failed("unreachable", code, code === "EAI_AGAIN" || code === "EMFILE"));
    }
  }

  /** A hub of the kind that has no connection to this endpoint yet. */
  #placeFor(curve: boolean, { endpoint, ipv6 }: Endpoint) {
    const kind = `${curve ? "curve" : "open"} ${ipv6 ? 6 : 4}`;
    const places = this.#hubs.get(kind) ?? [];
    this.#hubs.set(kind, places);
    const free = places.find(({ byEndpoint }) => !byEndpoint.has(endpoint));
    if (free || places.length >= MAX_KEYS_AT_ENDPOINT) return free;
    const byEndpoint = new Map<string, Peer>();
    const { maxFrameBytes, connectTimeoutMs } = this.#options;
    const keys = curve ? this.#options.keys : undefined;
    const hub = new Hub(
      this.#zmq as ZeroMq,
      { keys, ipv6, maxFrameBytes, connectTimeoutMs },
      {
        message: (id, parts) => this.#message(id, parts),
        event: (address, event) => this.#event(byEndpoint.get(address), event),
      },
    );
    const place = { hub, byEndpoint };
    places.push(place);
    return place;
  }

  /**
   * A directory can put many keys at somebody's address, and his own comes last: it waits until one of the others has failed. Its time
   * goes on, so that whoever holds the places costs it no more than that.
   */
  #queue(peer: Peer, endpoint: string): void {
    const queue = this.#queues.get(endpoint) ?? [];
    this.#queues.set(endpoint, queue);
    queue.push(peer);
    this.#endHandshake(peer, "waiting");
  }

  /** A place at an endpoint is free: the next that waited for one has its turn, and its time anew. */
  #unqueue(endpoint: string): void {
    const queue = this.#queues.get(endpoint);
    const next = queue?.find((peer) => this.#peers.get(peer.address.url) === peer);
    if (!queue || !next) return void this.#queues.delete(endpoint);
    queue.splice(0, queue.indexOf(next) + 1);
    this.#waiting.unshift(next);
  }

  #begin(peer: Peer, tag: string, pending: Pending): void {
    this.#startTimer(peer, tag, pending);
    peer.send(tag, pending);
  }

  #startTimer(peer: Peer, tag: string, pending: Pending): void {
    const started = performance.now();
    pending.deadline?.cancel();
    pending.deadline = new Deadline(pending.timeoutMs, () => {
      const failure = failed("timeout", `${pending.timeoutMs} ms`);
      // Nothing at all came meanwhile: the connection may be dead without anybody having been told.
      if (peer.heardAt < started) this.#drop(peer, failure);
      else this.#giveUp(peer, tag, failure);
    });
  }

  #message(id: string, parts: Buffer[]): void {
    const peer = this.#byId.get(id);
    // Nothing comes before the handshake is through, but it may be read before that is told.
    if (peer?.state === "connecting") this.#endHandshake(peer, "up");
    if (peer && !peer.receive(parts)) this.#drop(peer, failed("reset", "a flood of messages", false));
  }

  #event(peer: Peer | undefined, event: HubEvent): void {
    if (!peer) return;
    switch (event) {
      case "trying":
        peer.tried = true;
        break;
      case "connected":
        peer.tried = peer.connected = true;
        break;
      case "up":
        if (peer.state === "connecting") this.#endHandshake(peer, "up");
        break;
      case "refused":
        // Before the first attempt it is the end of an earlier connection to the same endpoint.
        if (peer.tried && !peer.connected) this.#drop(peer, failed("refused"));
        break;
      case "handshake-failed":
        if (peer.state === "connecting") this.#drop(peer, NO_HANDSHAKE);
        break;
      case "lost":
        if (!peer.connected) break;
        if (peer.state === "connecting") this.#drop(peer, NO_HANDSHAKE);
        // Its last messages may have come before its end and be read after it.
        else setImmediate(() => this.#drop(peer, failed("reset")));
    }
  }

  #endHandshake(peer: Peer, state: "up" | "waiting"): void {
    peer.state = state;
    // Only now have the requests gone out: thousands of handshakes at once take a busy machine seconds.
    if (state === "up") for (const { deadline, timeoutMs } of peer.pending.values()) deadline?.restart(timeoutMs);
    this.#handshaking--;
    this.#connectNext();
  }

  /** One request is not waited for any more; the connection stays, and its reply will be ignored. */
  #giveUp(peer: Peer, tag: string, failure: OmqFailure): void {
    const pending = peer.pending.get(tag);
    peer.pending.delete(tag);
    pending?.settle(failure);
  }

  #settled(peer: Peer): void {
    if (peer.pending.size > 0) return;
    // Nobody waits for it, and it has not even come up: not worth going on with.
    if (peer.state !== "up") return this.#drop(peer, failed("cancelled"));
    if (this.#peers.size <= this.#limit) return;
    for (const other of this.#peers.values()) {
      if (other.pending.size === 0) return this.#drop(other, failed("cancelled"));
    }
  }

  /** Who it is that never ends his message is not to be seen from here: all that are waited for go, and the others answer again. */
  #overflown(): void {
    for (const peer of [...this.#peers.values()]) {
      if (peer.state === "up" && peer.pending.size > 0) this.#drop(peer, failed("reset", "messages without an end"));
    }
  }

  /** Ends a connection, or the attempt at one. */
  #drop(peer: Peer, failure: OmqFailure): void {
    if (this.#peers.get(peer.address.url) !== peer) return;
    this.#peers.delete(peer.address.url);
    this.#byId.delete(peer.id);
    for (const { byEndpoint } of [...this.#hubs.values()].flat()) {
      if (byEndpoint.get(peer.endpoint) === peer) byEndpoint.delete(peer.endpoint);
    }
    if (peer.endpoint !== "") {
      // A hub that is about to be closed ends its connections together.
      if (!this.#closed) peer.hub?.disconnect(peer.endpoint);
      this.#unqueue(peer.endpoint);
    }
    peer.fail(failure);
    if (peer.state === "connecting") this.#endHandshake(peer, "waiting");
    else this.#connectNext();
  }
}

const NO_HANDSHAKE = failed("handshake", "it does not hold the key of its address, or speaks no CURVE");

interface Endpoint {
  /** As ZeroMQ writes it in its events: with the address, not the name. */
  endpoint: string;
  ipv6: boolean;
}

/** Names are looked up here, IPv4 first: the library would do it in the one thread that serves all connections. */
async function resolveEndpoint(address: OmqAddress): Promise<Endpoint> {
  if (address.kind === "ipc") return { endpoint: address.url, ipv6: false };
  const { host, port } = address;
  const found = isIP(host) === 4 ? { address: host, family: 4 } : await lookup(host, { verbatim: false });
  return found.family === 6
    ? { endpoint: `tcp://[${found.address}]:${port}`, ipv6: true }
    : { endpoint: `tcp://${found.address}:${port}`, ipv6: false };
}
