/**
 * A JSON-RPC endpoint in front of a good one that behaves as hosted providers do on their bad days. Faults come in a fixed pattern,
 * so that a run can be repeated, and the endpoint is well in between, unless it is told to stay down.
 */
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Replica } from "./replica.ts";
import type { Rpc, RpcAnswer } from "./replica.ts";

/**
 * - `rate-429`: HTTP 429 with Retry-After; `rate-32005`: single calls refused with -32005
 * - `lagging`: a replica two blocks behind; `missing-state`: a replica without old state
 * - `small-batches`: ten calls in a request at most; `no-batches`: none; `small-ranges`: five blocks of logs
 * - `html`: a web page, with status 200 or 502; `half`: an answer cut in the middle
 * - `busy`: a web page with status 503 and a Retry-After that is a date
 * - `internal`: an error of its own in the middle of a batch; `nulls`: null for what is there
 * - `wrong-ids`: answers under other numbers; `empty`: an answer with nothing in it, none of its calls
 * - `no-tips`: it does not know `eth_maxPriorityFeePerGas`
 * - `drop-before`, `drop-after`: the connection ends before or after the request was carried out; `hang`: nothing ever comes
 * - `mixed`: all of them in turn
 */
export const FAULTS = [
  "rate-429",
  "rate-32005",
  "lagging",
  "missing-state",
  "small-batches",
  "no-batches",
  "small-ranges",
  "html",
  "half",
  "busy",
  "internal",
  "nulls",
  "wrong-ids",
  "empty",
  "no-tips",
  "drop-before",
  "drop-after",
  "hang",
  "mixed",
] as const;

export type Fault = (typeof FAULTS)[number];

/** Faults that a `mixed` endpoint goes through. */
const MIX: readonly Fault[] = [
  ...["rate-32005", "lagging", "html", "drop-before", "missing-state", "drop-after", "half"],
  ...["nulls", "wrong-ids", "internal", "empty", "busy"],
] as Fault[];

/** One request in so many goes wrong. */
const EVERY = 3;

export interface ProxyOptions {
  /** The fault; none hands everything on. */
  fault?: Fault | undefined;
  /** Every request goes wrong, for ever. */
  always?: boolean;
  /** Seconds of Retry-After. */
  retryAfter?: number;
  /** The first request that goes wrong: shifts the pattern. */
  offset?: number;
}

export class FaultProxy {
  fault: Fault | undefined;
  always: boolean;
  /** HTTP requests that came in, and JSON-RPC calls in them. */
  requests = 0;
  calls = 0;
  /** Requests that went wrong. */
  faults = 0;
  /** Raw transactions that were handed on, and how often each was. */
  readonly transactions = new Map<string, number>();
  readonly #retryAfter: number;
  #turn: number;
  #mixed = 0;
  readonly #target: string;
  readonly #server: Server;

  constructor(target: string, options: ProxyOptions = {}) {
    this.#target = target;
    this.fault = options.fault;
    this.always = options.always ?? false;
    this.#retryAfter = options.retryAfter ?? 0;
    this.#turn = options.offset ?? 0;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.#serve(Buffer.concat(chunks).toString(), response).catch(() => response.destroy());
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(text: string, response: ServerResponse): Promise<void> {
    const body = JSON.parse(text) as Rpc | Rpc[];
    const calls = Array.isArray(body) ? body : [body];
    this.requests++;
    this.calls += calls.length;
    const bad = this.always || this.#turn++ % EVERY === 1;
    const fault = bad && this.fault === "mixed" ? MIX[this.#mixed++ % MIX.length] : this.fault;
    if (this.#limits(fault, body, response)) return;
    if (bad && fault !== undefined) this.faults++;
    const send = (answers: RpcAnswer[]): void => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0]));
    };
    const refuse = (code: number, message: string, which = (_: number) => true) =>
      this.#forward(calls.filter((_, i) => !which(i))).then((rest) =>
        send(
          calls.map((call, i) =>
            which(i) ? { jsonrpc: "2.0", id: call.id, error: { code, message } } : (rest.shift() as RpcAnswer),
          ),
        ),
      );
    if (fault === "no-tips")
      return refuse(
        -32_600,
        "Unsupported method: eth_maxPriorityFeePerGas",
        (i) => calls[i]?.method === "eth_maxPriorityFeePerGas",
      );
    if (!bad) return send(await this.#forward(calls));

    switch (fault) {
      case "rate-429":
        response.writeHead(429, { "retry-after": String(this.#retryAfter) }).end("Too Many Requests");
        return;
      case "rate-32005":
        return refuse(-32_005, "daily request count exceeded, request rate limited", (i) => this.always || i % 2 === 0);
      case "lagging":
        return send(await this.#replica("lagging", calls));
      case "missing-state":
        return send(await this.#replica("pruned", calls));
      case "html":
        response.writeHead(this.faults % 2 === 0 ? 200 : 502, { "content-type": "text/html" });
        response.end("<html><head><title>Service Temporarily Unavailable</title></head><body>…</body></html>");
        return;
      case "half":
        response.setHeader("content-type", "application/json").end(text.slice(0, text.length / 2));
        return;
      case "busy":
        response.writeHead(503, { "content-type": "text/html", "retry-after": new Date().toUTCString() });
        response.end("<html><body><h1>503 Service Unavailable</h1>No server is available.</body></html>");
        return;
      case "internal":
        return refuse(-32_603, "internal error", (i) => this.always || i === calls.length >> 1);
      case "nulls": {
        const answers = await this.#forward(calls);
        return send(answers.map((answer, i) => (this.always || i % 2 === 0 ? nullOf(answer) : answer)));
      }
      case "wrong-ids":
        return send((await this.#forward(calls)).map((answer) => ({ ...answer, id: Number(answer.id) + 1_000 })));
      case "empty":
        response.setHeader("content-type", "application/json").end(Array.isArray(body) ? "[]" : "{}");
        return;
      case "drop-before":
        response.destroy();
        return;
      case "drop-after":
        await this.#forward(calls);
        response.destroy();
        return;
      case "hang":
        return;
      default:
        return send(await this.#forward(calls));
    }
  }

  /** Limits hold at all times. True when the request exceeds one, and was answered so. */
  #limits(fault: Fault | undefined, body: Rpc | Rpc[], response: ServerResponse): boolean {
    const most = { "small-batches": 10, "no-batches": 1 }[fault as string];
    if (most !== undefined && Array.isArray(body) && (body.length > most || most === 1)) {
      this.faults++;
      const message =
        most === 1 ? "batch requests are not supported" : `batch of more than ${most} requests is not allowed`;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32_600, message } }));
      return true;
    }
    if (fault !== "small-ranges") return false;
    const calls = Array.isArray(body) ? body : [body];
    const wide = calls.some(({ method, params }) => {
      const { fromBlock, toBlock } = (params?.[0] ?? {}) as { fromBlock?: string; toBlock?: string };
      return method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) >= 5;
    });
    if (!wide) return false;
    this.faults++;
    const error = {
      code: -32_602,
      message: "Under this plan you can make eth_getLogs requests with up to a 5 block range",
    };
    response.setHeader("content-type", "application/json");
    const answers = calls.map(({ id, method }) =>
      method === "eth_getLogs"
        ? { jsonrpc: "2.0", id, error }
        : { jsonrpc: "2.0", id, error: { code: -32_005, message: "limit exceeded" } },
    );
    response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0]));
    return true;
  }

  async #replica(kind: "lagging" | "pruned", calls: Rpc[]): Promise<RpcAnswer[]> {
    const replica = await Replica.of(kind, (some) => this.#forward(some));
    return Promise.all(calls.map((call) => replica.answer(call)));
  }

  async #forward(calls: Rpc[]): Promise<RpcAnswer[]> {
    if (calls.length === 0) return [];
    for (const { method, params } of calls) {
      if (method !== "eth_sendRawTransaction") continue;
      const raw = String(params?.[0]);
      this.transactions.set(raw, (this.transactions.get(raw) ?? 0) + 1);
    }
    const answer = await fetch(this.#target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(calls.map((call) => ({ jsonrpc: "2.0", ...call }))),
    });
    return (await answer.json()) as RpcAnswer[];
  }
}

/** The same without an answer in it; an error stays one. */
function nullOf({ jsonrpc, id, error }: RpcAnswer): RpcAnswer {
  return error === undefined ? { jsonrpc, id, result: null } : { jsonrpc, id, error };
}
