import { isInteger, parse, stringify } from "lossless-json";
import type { Dispatcher } from "undici";
import type { OmqFailure } from "../omq/index.ts";
import { isOmqUrl, OmqClient, OmqError, parseOmqAddress } from "../omq/index.ts";
import { CollectError } from "./errors.ts";
import { shorten } from "./failure.ts";
import { askJson } from "./http.ts";
import { ConnectionPool } from "./pool.ts";

/** Where a daemon (or a node of this project) takes its JSON-RPC. */
export interface DaemonRpcOptions {
  /** `http(s)://…` (`/json_rpc` is added unless it is there), `curve://HOST:PORT/X25519HEX`, `tcp://HOST:PORT` or `ipc:///path`. */
  url: string;
  /** Default 30,000 ms. */
  timeoutMs?: number | undefined;
}

/** What a daemon's own refusals by number mean. */
const ERRORS: Readonly<Record<string, string>> = {
  "-14": "it could not make a BLS signature",
  "-15": "it has no connection to the chain of the contracts",
  "-16": "it is not a service node",
};

/** Bytes of a reply: the list of all nodes is the largest. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Calls methods of one daemon, over HTTP or over OxenMQ (`rpc.METHOD`, `admin.METHOD`). Close it. */
export class DaemonRpc {
  readonly url: string;
  readonly #timeoutMs: number;
  readonly #http: { dispatcher: Dispatcher; own: ConnectionPool | undefined } | undefined;
  readonly #omq: { client: OmqClient; own: boolean } | undefined;
  #id = 0;

  /**
   * @param dependencies - A pool or client of one's own; it is not closed then.
   * @throws CollectError `bad-request` for a malformed address
   */
  constructor(
    options: DaemonRpcOptions,
    dependencies: { dispatcher?: Dispatcher | undefined; omq?: OmqClient | undefined } = {},
  ) {
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    if (isOmqUrl(options.url)) {
      this.url = omqUrl(options.url);
      const own = dependencies.omq === undefined;
      this.#omq = { client: dependencies.omq ?? new OmqClient({ maxFrameBytes: MAX_BYTES }), own };
    } else {
      const base = options.url.replace(/\/+$/, "");
      this.url = /\/json_rpc$/.test(base) ? base : `${base}/json_rpc`;
      const own = dependencies.dispatcher ? undefined : new ConnectionPool();
      this.#http = { dispatcher: dependencies.dispatcher ?? (own as ConnectionPool), own };
    }
  }

  /**
   * The result of a method, with its integers as bigints.
   *
   * @param admin - Whether the method is one for the daemon's owner: over OxenMQ then `admin.METHOD`, or `rpc.METHOD` where there is none.
   * @throws CollectError `unavailable` when there is no result, with the daemon's own words
   */
  async call(method: string, params: object, { admin = false }: { admin?: boolean } = {}): Promise<unknown> {
    if (!this.#omq) return this.#callHttp(method, params);
    const names = admin ? [`admin.${method}`, `rpc.${method}`] : [`rpc.${method}`];
    for (const [i, name] of names.entries()) {
      const reply = await this.#callOmq(name, params);
      if (typeof reply !== "object") return parseResult(reply, method);
      if (reply.reason !== "unknown-command" || i === names.length - 1) throw noReply(reply);
    }
    throw new Error("unreachable");
  }

  /** Closes its connections. */
  async close(): Promise<void> {
    await this.#http?.own?.destroy();
    if (this.#omq?.own) await this.#omq.client.close();
  }

  async #callHttp(method: string, params: object): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: `${++this.#id}`, method, params });
    const { dispatcher } = this.#http as { dispatcher: Dispatcher };
    const limits = { timeoutMs: this.#timeoutMs, maxBytes: MAX_BYTES, parse: parseLossless };
    const result = await askJson(dispatcher, this.url, body, limits);
    if (!result.ok) throw noReply(result);
    return unwrap(result.body, method);
  }

  /** The reply's text; or why there is none. */
  async #callOmq(command: string, params: object): Promise<string | OmqFailure> {
    const { client } = this.#omq as { client: OmqClient };
    const limits = { timeoutMs: this.#timeoutMs, maxBytes: MAX_BYTES };
    let outcome;
    try {
      outcome = await client.request(this.url, command, [stringify(params) ?? "{}"], limits);
    } catch (cause) {
      if (cause instanceof OmqError) throw new CollectError("unavailable", cause.message, {}, cause);
      throw cause;
    }
    if (!outcome.ok) return outcome;
    const [status, data] = outcome.parts.map((part) => Buffer.from(part).toString("utf8"));
    if (status === "200") return data ?? "";
    throw refuses(command, data ? shorten(data) : "no reason given", shorten(status ?? ""));
  }
}

function omqUrl(text: string): string {
  try {
    return parseOmqAddress(text).url;
  } catch (cause) {
    throw new CollectError("bad-request", (cause as Error).message, {}, cause);
  }
}

function parseResult(text: string, method: string): unknown {
  let parsed: unknown;
  try {
    parsed = parseLossless(text);
  } catch (cause) {
    throw new CollectError("bad-reply", `The daemon's reply to ${method} is no JSON.`, {}, cause);
  }
  // The bare result, as the wire has it; in an envelope all the same, it is taken out.
  return typeof parsed === "object" && parsed !== null && "jsonrpc" in parsed ? unwrap(parsed, method) : parsed;
}

function unwrap(body: unknown, method: string): unknown {
  const reply = (typeof body === "object" && body !== null ? body : {}) as {
    error?: { code?: unknown; message?: unknown } | null;
    result?: unknown;
  };
  if (reply.error === undefined || reply.error === null) return reply.result;
  const { code, message = "no reason given" } = reply.error;
  throw refuses(method, ERRORS[String(code)] ?? printable(String(message)), code === undefined ? "" : String(code));
}

function refuses(method: string, why: string, code: string): CollectError {
  const number = code === "" ? "" : ` (${printable(code)})`;
  return new CollectError("unavailable", `The daemon refuses ${method}: ${why}${number}.`, { code });
}

function noReply(failure: { reason: string; detail: string }): CollectError {
  const { reason, detail } = failure;
  const more =
    reason === "forbidden"
      ? " It does not take these commands here: ask its local socket (ipc:///…/oxend.sock) or its JSON-RPC over HTTP."
      : "";
  const words = detail === "" ? reason : `${reason}: ${detail}`;
  return new CollectError("unavailable", `The daemon does not answer (${words}).${more}`, { ...failure });
}

/** JSON whose integers are bigints: amounts above 2^53 would lose digits as numbers. */
export function parseLossless(text: string): unknown {
  return parse(text, null, (number) => (isInteger(number) ? BigInt(number) : Number(number)));
}

function printable(text: string): string {
  return text.slice(0, 200).replace(/[^\x20-\x7e]+/g, " ");
}
