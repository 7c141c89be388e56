import type * as zeromq from "zeromq";
import type { CurveKeys } from "./curveKeys.ts";
import { z85Encode } from "./curveKeys.ts";
import { OmqError } from "./errors.ts";
import type { Part } from "./frames.ts";
import {
  BYE,
  FORBIDDEN,
  FORBIDDEN_SN,
  HELLO,
  HI,
  MAX_FRAME_BYTES,
  maxPayload,
  NO_REPLY_TAG,
  NOT_A_SERVICE_NODE,
  REPLY,
  UNKNOWN_COMMAND,
} from "./frames.ts";
import { HANDSHAKE_MS, HEARTBEAT } from "./limits.ts";
import { OverflowWatch } from "./overflow.ts";
import { loadZeroMq, readAll } from "./zeromq.ts";

/**
 * Answers a command. `parts` are what came behind the tag, untrusted; `connection` is equal for requests of one connection. A handler
 * that throws answers nothing, as on the live network.
 */
export type OmqHandler = (
  parts: readonly Uint8Array[],
  connection: string,
) => readonly Part[] | Promise<readonly Part[]>;

/** One command, `category.name`, and who may give it. */
export interface OmqCommand {
  handler: OmqHandler;
  /** `anybody` (the default), `admins` (see {@link OmqServerOptions.admin}) or `nodes`, which a stranger is never taken for. */
  access?: "anybody" | "admins" | "nodes";
  /** Whether only a node can answer it. */
  ofNode?: boolean;
}

/** Where and how a server listens. */
export interface OmqServerOptions {
  /** `tcp://HOST:PORT` (port 0 or `*` for any) or `ipc:///path`, which only this user can open. */
  listen: string;
  /** The X25519 keys that clients know it by; without: in the open, for a local socket or one's own network. */
  keys?: CurveKeys;
  /** Whether whoever gets through to this socket is its admin. Default false. */
  admin?: boolean;
  /** Whether this is a node. Default yes. */
  isNode?: () => boolean;
  /**
   * Requests that are answered at once. Default 64. Further ones wait in their connections, which are read in turn: a stranger who
   * sends thousands delays mostly himself.
   */
  concurrency?: number;
  /**
   * Bytes that unfinished and unread messages of all connections may take together before all connections are dropped. Default 256 MB.
   * Honest clients connect again by themselves.
   */
  maxUnreadBytes?: number;
  /** Longest that one may take before its place is given to another, ms. Default 30,000. */
  handlerTimeoutMs?: number;
}

/** What a server works with. */
export interface OmqServerDependencies {
  commands: Readonly<Record<string, OmqCommand>>;
  /** Told of handlers that threw or took too long. */
  onError?: (command: string, error: unknown) => void;
  /** Told that all connections were dropped, for so many bytes (see {@link OmqServerOptions.maxUnreadBytes}). */
  onOverflow?: (bytes: number) => void;
}

/** Frames of a message: more are no command of anybody's. */
const MAX_PARTS = 16;
/** Bytes of a command that is given back as unknown. */
const MAX_ECHO = 1_024;
/** Words that answer something. This side asks nothing, and two servers must not answer each other for ever. */
const ANSWERS = new Set([HELLO, REPLY, UNKNOWN_COMMAND, NO_REPLY_TAG, FORBIDDEN, FORBIDDEN_SN, NOT_A_SERVICE_NODE]);

/** An OxenMQ listener: a ROUTER socket, with CURVE where it has keys. */
export class OmqServer {
  readonly #options: OmqServerOptions;
  readonly #deps: OmqServerDependencies;
  readonly #limit: number;
  #router: zeromq.Router | undefined;
  #stopping = false;
  #reading: Promise<void> | undefined;
  #watch: OverflowWatch | undefined;
  #reopening: Promise<void> | undefined;
  #url = "";
  readonly #running = new Set<Promise<void>>();
  #wake: (() => void) | undefined;
  readonly #queue: (Buffer | Part)[][] = [];
  #sending: Promise<void> | undefined;

  constructor(options: OmqServerOptions, dependencies: OmqServerDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#limit = options.concurrency ?? 64;
  }

  /** Listens. @throws OmqError `unavailable`; the system's own error where the address is taken or not allowed */
  async start(): Promise<void> {
    const { listen, maxUnreadBytes = 256_000_000 } = this.#options;
    const router = await this.#open(listen.replace(/:0$/, ":*"));
    this.#url = router.lastEndpoint ?? listen;
    this.#watch = new OverflowWatch(maxUnreadBytes, (bytes) => {
      this.#deps.onOverflow?.(bytes);
      this.#reopening ??= this.#reopen().finally(() => {
        this.#reopening = undefined;
      });
    });
  }

  /** Binds a socket, and reads from it. */
  async #open(url: string): Promise<zeromq.Router> {
    const { listen, keys } = this.#options;
    const { lib, context } = await loadZeroMq();
    const router = new lib.Router({
      context,
      // Answers that were given shall still go out when it closes.
      linger: 1_000,
      ipv6: listen.includes("["),
      maxMessageSize: MAX_FRAME_BYTES,
      handshakeInterval: HANDSHAKE_MS,
      ...HEARTBEAT,
      // As live: of two connections with one routing id the newer one has it.
      handover: true,
      backlog: 1_024,
      // What one connection may pile up here, unread and unsent: so many messages.
      receiveHighWaterMark: 32,
      sendHighWaterMark: 1_024,
      ...(keys ? { curveServer: true, curveSecretKey: z85Encode(keys.secretKey) } : {}),
    });
    try {
      bind(router, url);
    } catch (error) {
      router.close();
      throw error;
    }
    this.#router = router;
    this.#reading = readAll(router, ([route, ...frames]) => this.#received(route as Buffer, frames));
    return router;
  }

  /** Drops all connections and what they sent, and listens again at the same address. */
  async #reopen(): Promise<void> {
    this.#router?.close();
    while (!this.#stopping) {
      try {
        await this.#open(this.#url);
        return;
      } catch {
        // The library gives the port back in its own time.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Where it listens, in ZeroMQ's words: `tcp://127.0.0.1:22025`. @throws OmqError `closed` unless it does */
  get url(): string {
    if (this.#router && !this.#stopping) return this.#url;
    throw new OmqError("closed", "the server does not listen");
  }

  /** Stops reading, lets what is being answered be answered, and closes. */
  async stop(): Promise<void> {
    if (!this.#router || this.#stopping) return;
    this.#stopping = true;
    this.#watch?.stop();
    await this.#reopening;
    await Promise.race([Promise.all(this.#running), new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
    await this.#sending;
    this.#router?.close();
    await this.#reading;
  }

  async #received(route: Buffer, frames: readonly Buffer[]): Promise<void> {
    if (this.#stopping) return;
    const work = this.#take(route, frames);
    if (!work) return;
    this.#running.add(work);
    void work.finally(() => {
      this.#running.delete(work);
      this.#wake?.();
    });
    // Whoever sends faster than can be answered waits in the connection.
    while (this.#running.size >= this.#limit) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** @returns the work that the message makes, if it makes any */
  #take(route: Buffer, frames: readonly Buffer[]): Promise<void> | undefined {
    const [word, tag] = frames;
    if (!word || frames.length > MAX_PARTS) return undefined;
    const name = word.subarray(0, MAX_ECHO + 1).toString("latin1");
    if (name === HI) return this.#send(route, [HELLO]);
    if (name === BYE || ANSWERS.has(name) || name.length > MAX_ECHO) return undefined;

    const command = Object.hasOwn(this.#deps.commands, name) ? this.#deps.commands[name] : undefined;
    if (!command) return this.#send(route, [UNKNOWN_COMMAND, word]);
    if (!tag || tag.length === 0) return this.#send(route, [NO_REPLY_TAG, word]);
    const refusal = this.#refusal(command);
    if (refusal !== undefined) return this.#send(route, [refusal, REPLY, tag]);
    return this.#answer(route, name, tag, command.handler, frames.slice(2));
  }

  #refusal({ access, ofNode }: OmqCommand): string | undefined {
    if (access === "admins" && this.#options.admin !== true) return FORBIDDEN;
    if (access === "nodes") return FORBIDDEN_SN;
    return ofNode === true && this.#options.isNode?.() === false ? NOT_A_SERVICE_NODE : undefined;
  }

  async #answer(route: Buffer, name: string, tag: Buffer, handler: OmqHandler, parts: Buffer[]): Promise<void> {
    const { handlerTimeoutMs = 30_000 } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${handlerTimeoutMs} ms`)), handlerTimeoutMs);
      });
      const answer = await Promise.race([handler(parts, route.toString("hex")), late]);
      const limit = maxPayload(this.#options.keys !== undefined);
      if (answer.some((part) => Buffer.byteLength(part) > limit)) throw new Error("the answer exceeds a frame");
      await this.#send(route, [REPLY, tag, ...answer]);
    } catch (error) {
      this.#deps.onError?.(name, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One at a time: the library refuses a second `send` while one waits for its turn of the event loop. */
  #send(route: Buffer, parts: readonly Part[]): Promise<void> {
    this.#queue.push([route, ...parts]);
    this.#sending ??= this.#pump().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #pump(): Promise<void> {
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      try {
        // To a connection that is gone, or that does not read, the library drops it.
        await this.#router?.send(message as Buffer[]);
      } catch {
        // Closed meanwhile.
      }
    }
  }
}

/** Binds; a local socket is made so that only this user can open it. */
function bind(router: zeromq.Router, url: string): void {
  if (!url.startsWith("ipc://")) return router.bindSync(url);
  const previous = process.umask(0o177);
  try {
    router.bindSync(url);
  } finally {
    process.umask(previous);
  }
}
