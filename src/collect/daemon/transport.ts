import { isInteger, parse } from "lossless-json";
import type { Dispatcher } from "undici";
import { CollectError } from "../errors.ts";
import type { Stop } from "../failure.ts";
import { askJson } from "../http.ts";
import { ConnectionPool } from "../pool.ts";

/** How one call of a daemon's is made. */
export interface CallOptions {
  /** Whole call, milliseconds. A slow aggregate takes 20 s and more. */
  timeoutMs: number;
  /** Ends it early. */
  signal?: AbortSignal | undefined;
  /** Whether the method is one for the daemon's owner, which OxenMQ has in a category of their own. */
  admin?: boolean;
}

/** A way to a daemon's JSON-RPC. What comes back is hostile: whoever asks checks its shape. */
export interface DaemonTransport {
  /**
   * Gives the `result` of a method; integers are bigints.
   *
   * @throws CollectError `unavailable` when there is no answer; `unavailable` with the daemon's `code` when it refuses; `cancelled`
   */
  call(method: string, params: object, options: CallOptions): Promise<unknown>;
  /** Ends its connections. */
  close(): Promise<void>;
}

/** The list of those that leave may name every node. */
export const MAX_BYTES = 16 * 1024 * 1024;

const ERRORS: Readonly<Record<string, string>> = {
  "-14": "it could not make a BLS signature",
  "-15": "it has no connection to the chain of the contracts",
  "-16": "it is not a service node",
};

/** `POST /json_rpc`. @param url - Base URL, with or without that path. */
export function httpDaemon(url: string, dispatcher?: Dispatcher): DaemonTransport {
  const ownPool = dispatcher ? undefined : new ConnectionPool();
  const through = dispatcher ?? (ownPool as ConnectionPool);
  const endpoint = `${url.replace(/\/+$/, "").replace(/\/json_rpc$/, "")}/json_rpc`;
  let id = 0;
  return {
    async call(method, params, { timeoutMs, signal }) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: `${++id}`, method, params });
      const result = await askJson(through, endpoint, body, {
        timeoutMs,
        maxBytes: MAX_BYTES,
        parse: parseLossless,
        ...(signal ? { stop: stopOf(signal) } : {}),
      });
      if (!result.ok) {
        if (result.reason === "cancelled") throw new CollectError("cancelled", "Interrupted.");
        throw new CollectError("unavailable", `The daemon does not answer (${result.reason}: ${result.detail}).`, {
          ...result,
        });
      }
      return resultOf(method, result.body);
    },
    close: async () => ownPool?.destroy(),
  };
}

/** The result of a JSON-RPC reply. @throws CollectError `unavailable` for the daemon's own error */
export function resultOf(method: string, body: unknown): unknown {
  const reply = (body ?? {}) as { error?: { code?: unknown; message?: unknown } | null; result?: unknown };
  if (reply.error === undefined || reply.error === null) return reply.result;
  const { code, message = "no reason given" } = reply.error;
  const why = ERRORS[String(code)] ?? printable(String(message));
  const number = code === undefined ? "" : ` (${printable(String(code))})`;
  throw new CollectError("unavailable", `The daemon refuses ${method}: ${why}${number}.`, { code: String(code) });
}

/** Nothing has more; a number of millions of digits would cost seconds to read. */
const MAX_DIGITS = 100;

/** JSON whose integers are bigints: amounts above 2^53 would lose digits as numbers. */
export function parseLossless(text: string): unknown {
  return parse(text, null, (number) =>
    isInteger(number) && number.length <= MAX_DIGITS ? BigInt(number) : Number(number),
  );
}

/** A signal as the requests take it. */
export function stopOf(signal: AbortSignal): Stop {
  return {
    get stopped() {
      return signal.aborted;
    },
    onStop(callback) {
      signal.addEventListener("abort", callback, { once: true });
      return () => signal.removeEventListener("abort", callback);
    },
  };
}

function printable(text: string): string {
  return text.slice(0, 200).replace(/[^\x20-\x7e]+/g, " ");
}
