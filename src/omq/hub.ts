import type * as zeromq from "zeromq";
import type { CurveKeys } from "./curveKeys.ts";
import { z85Encode } from "./curveKeys.ts";
import type { Part } from "./frames.ts";
import { HEARTBEAT, HANDSHAKE_MS } from "./limits.ts";
import type { ZeroMq } from "./zeromq.ts";
import { readAll } from "./zeromq.ts";

/** What a hub's connections have in common. */
export interface HubOptions {
  /** Own keys, for connections with CURVE; without: in the open. */
  keys: CurveKeys | undefined;
  ipv6: boolean;
  maxFrameBytes: number;
  /** How long a TCP connection may take, ms. */
  connectTimeoutMs: number;
}

/** What becomes of a connection. */
export type HubEvent = "trying" | "connected" | "up" | "refused" | "handshake-failed" | "lost";

export interface HubHandlers {
  /** A message from the connection that was opened with `id`; its parts belong to the handler. */
  message(id: string, parts: Buffer[]): void;
  event(endpoint: string, event: HubEvent): void;
}

const EVENTS: Partial<Record<zeromq.EventType, HubEvent>> = {
  "connect:delay": "trying",
  connect: "connected",
  handshake: "up",
  close: "refused",
  "handshake:error:auth": "handshake-failed",
  "handshake:error:other": "handshake-failed",
  "handshake:error:protocol": "handshake-failed",
  disconnect: "lost",
};

/**
 * Connections to many listeners through one ROUTER socket. To a listener a ROUTER is what a DEALER is, and one socket for all means
 * one reading loop, and one observer that tells which connection was refused or broke: with a DEALER each, observing doubled the
 * cost of a peer, and not observing made every dead one cost its whole timeout (docs/decisions.md).
 *
 * Events name an endpoint and no more, so one hub holds one connection to an endpoint at a time.
 */
export class Hub {
  readonly #router: zeromq.Router;
  readonly #handlers: HubHandlers;
  readonly #queue: (string | Part)[][] = [];
  #sending = false;

  constructor(zmq: ZeroMq, options: HubOptions, handlers: HubHandlers) {
    const { keys } = options;
    this.#handlers = handlers;
    this.#router = new zmq.lib.Router({
      context: zmq.context,
      linger: 0,
      ipv6: options.ipv6,
      maxMessageSize: options.maxFrameBytes,
      handshakeInterval: HANDSHAKE_MS,
      connectTimeout: options.connectTimeoutMs,
      ...HEARTBEAT,
      // Requests are few and have their deadlines; dropping one in silence would cost it all of its time.
      sendHighWaterMark: 0,
      // What a peer may pile up here while this process is busy: so many messages.
      receiveHighWaterMark: 64,
      ...(keys ? { curvePublicKey: z85Encode(keys.publicKey), curveSecretKey: z85Encode(keys.secretKey) } : {}),
    });
    void readAll(this.#router.events, (event) => this.#observed(event));
    void readAll(this.#router, ([id, ...parts]) => handlers.message((id as Buffer).toString("latin1"), parts));
  }

  /** Opens a connection. `id` is this side's name for it, new each time. */
  connect(endpoint: string, id: string, serverKey: Uint8Array | undefined): void {
    withoutWarnings(() => {
      if (serverKey) this.#router.curveServerKey = z85Encode(serverKey);
      this.#router.connect(endpoint, { routingId: id });
    });
  }

  /** Ends a connection, or the attempts at one; what was not sent is dropped. */
  disconnect(endpoint: string): void {
    try {
      this.#router.disconnect(endpoint);
    } catch {
      // The library has no such connection any more.
    }
  }

  /** Sends in the order of the calls; to an `id` that is gone, nothing. */
  send(id: string, parts: readonly Part[]): void {
    this.#queue.push([id, ...parts]);
    if (!this.#sending) void this.#pump();
  }

  close(): void {
    this.#queue.length = 0;
    this.#router.close();
  }

  /** One at a time: the library refuses a second `send` while one waits for its turn of the event loop. */
  async #pump(): Promise<void> {
    this.#sending = true;
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      try {
        await this.#router.send(message as Buffer[]);
      } catch {
        // Closed meanwhile, or the connection went: its end is told as an event, and the requests on it fail by that.
      }
    }
    this.#sending = false;
  }

  #observed(event: zeromq.Event): void {
    const known = EVENTS[event.type];
    if (known && "address" in event) this.#handlers.event(event.address, known);
  }
}

/**
 * The library warns that the key of the next listener, and the name of the next connection, do nothing for the connections there are.
 * That is what is wanted here, thousands of times; its warnings are held back during this one call.
 */
function withoutWarnings(work: () => void): void {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
