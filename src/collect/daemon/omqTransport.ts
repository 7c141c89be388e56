import { stringify } from "lossless-json";
import type { OmqOutcome } from "../../omq/index.ts";
import { OmqClient, OmqError, parseOmqAddress } from "../../omq/index.ts";
import { CollectError } from "../errors.ts";
import { shorten } from "../failure.ts";
import type { DaemonTransport } from "./transport.ts";
import { MAX_BYTES, parseLossless, resultOf, stopOf } from "./transport.ts";

/**
 * A daemon over OxenMQ, or its local socket: `rpc.METHOD` with its parameters as JSON; a method for its owner as `admin.METHOD`, or
 * `rpc.METHOD` where there is none.
 *
 * @param client - One's own; it stays open.
 * @throws CollectError `bad-request` for a malformed address
 */
export function omqDaemon(url: string, client?: OmqClient): DaemonTransport {
  const address = addressOf(url);
  const through = client ?? new OmqClient({ maxFrameBytes: MAX_BYTES });
  return {
    async call(method, params, { timeoutMs, signal, admin = false }) {
      if (signal?.aborted) throw new CollectError("cancelled", "Interrupted.");
      const options = { timeoutMs, maxBytes: MAX_BYTES, ...(signal ? { stop: stopOf(signal) } : {}) };
      const ask = async (command: string): Promise<OmqOutcome> => {
        try {
          return await through.request(address, command, [stringify(params) ?? "{}"], options);
        } catch (cause) {
          if (cause instanceof OmqError) throw new CollectError("unavailable", cause.message, {}, cause);
          throw cause;
        }
      };
      let outcome = await ask(admin ? `admin.${method}` : `rpc.${method}`);
      if (admin && !outcome.ok && outcome.reason === "unknown-command") outcome = await ask(`rpc.${method}`);
      return read(method, outcome);
    },
    close: async () => {
      if (!client) await through.close();
    },
  };
}

function read(method: string, outcome: OmqOutcome): unknown {
  if (!outcome.ok) {
    const { reason, detail } = outcome;
    if (reason === "cancelled") throw new CollectError("cancelled", "Interrupted.");
    const why = detail === "" ? reason : `${reason}: ${detail}`;
    const instead =
      reason === "forbidden"
        ? " It takes no such command there: ask its local socket, ipc:///…/oxend.sock, or its JSON-RPC over HTTP."
        : "";
    throw new CollectError("unavailable", `The daemon does not answer (${why}).${instead}`, { ...outcome });
  }
  const [status, data] = outcome.parts.map((part) => Buffer.from(part).toString("utf8"));
  if (status !== "200") {
    const said = shorten(data ?? "") || "no reason given";
    const code = shorten(status ?? "");
    throw new CollectError("unavailable", `The daemon refuses ${method}: ${said} (${code}).`, { code });
  }
  let body: unknown;
  try {
    body = parseLossless(data ?? "");
  } catch (cause) {
    throw new CollectError("bad-reply", `The daemon's reply to ${method} is no JSON.`, {}, cause);
  }
  // The wire carries the bare result; one in an envelope all the same is taken out of it.
  return typeof body === "object" && body !== null && "jsonrpc" in body ? resultOf(method, body) : body;
}

function addressOf(url: string) {
  try {
    return parseOmqAddress(url);
  } catch (cause) {
    throw new CollectError("bad-request", (cause as Error).message, {}, cause);
  }
}
