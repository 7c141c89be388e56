/**
 * The one way to the chain: JSON-RPC over HTTP with a time limit a request, retries that wait as long as they are asked to, sizes
 * (batches, ranges of logs) found by themselves, and several endpoints of which the first good one is used. An endpoint's trouble
 * ends as an {@link EndpointError} and never as an answer. Needs `fetch` and nothing of Node: it runs in a browser.
 */
import { keccak256 } from "ethers";
import { ChainError } from "../errors.ts";
import { Aggregator } from "./aggregate.ts";
import type { RpcErrorObject } from "./classify.ts";
import { Endpoint } from "./endpoint.ts";
import type { Answer } from "./endpoint.ts";
import { EndpointError } from "./endpointError.ts";
import { readLogs } from "./logs.ts";
import { pause } from "./pause.ts";
import { Roster } from "./roster.ts";

/** A retry that is about to happen. */
export interface RetryEvent {
  host: string;
  method: string;
  words: string;
  attempt: number;
  /** Milliseconds until the next attempt. */
  waitMs: number;
}

export interface TransportOptions {
  /** Milliseconds that one request may take. Default 20,000. */
  timeoutMs?: number | undefined;
  /** Attempts of one call, where its endpoint fails. Being asked to wait does not count. Default 6. */
  attempts?: number | undefined;
  /** First pause of the back-off, milliseconds; it doubles. Default 200. */
  backoffMs?: number | undefined;
  /** No attempt begins so many milliseconds after the first, or after the endpoint's last good answer. Default 60,000. */
  deadlineMs?: number | undefined;
  /** Most calls in one request; what the endpoint takes is found below it. Default 100. */
  batchSize?: number | undefined;
  /** Most blocks in one `eth_getLogs`; what the endpoint takes is found below it. Default 10,000. */
  logRange?: number | undefined;
  /** Requests under way at once, to each endpoint. Default 6. */
  concurrency?: number | undefined;
  /** Refuse endpoints of any other chain. */
  chainId?: bigint | undefined;
  /** Puts plain `eth_call`s made at once into one (Multicall3's `aggregate3`). Default true. */
  aggregate?: boolean | undefined;
  /** When it fires, nothing is retried any more, and what is under way has `graceMs` (default 3,000) to end. */
  signal?: AbortSignal | undefined;
  graceMs?: number | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
  fetch?: typeof fetch | undefined;
}

/** A call that the chain's code refused: an answer. `data` is its revert data, "0x" where there is none. */
export class CallRevertedError extends Error {
  override name = "CallRevertedError";
  readonly data: string;
  readonly error: RpcErrorObject;

  constructor(data: string, error: RpcErrorObject) {
    super("the call reverted");
    this.data = data;
    this.error = error;
  }
}

/** What a JSON-RPC error says that is neither a revert nor worth a retry; the provider above puts it into ethers' words. */
export class RpcRefusal extends EndpointError {
  // Private, so that nothing prints it: the endpoint's raw words may hold anything.
  readonly #error: RpcErrorObject;

  constructor(trouble: EndpointError, error: RpcErrorObject) {
    super(trouble.facts);
    this.#error = error;
  }

  /** The error as it came. */
  get error(): RpcErrorObject {
    return this.#error;
  }
}

const ALREADY_KNOWN = /already known|known transaction|already imported|already exists|already in (the )?mempool/i;

/** Methods that may be carried out twice when they are sent twice: repeated only when they surely did not arrive. */
const NOT_REPEATABLE = /^(eth_sendTransaction|personal_|evm_|hardhat_|anvil_|debug_set|miner_|admin_)/;

export class Transport {
  readonly #roster: Roster;
  readonly #options: TransportOptions;
  readonly #aggregator: Aggregator | undefined;
  /** Greatest block number that any answer has shown. */
  #seen = 0;
  #closed = false;

  /** @throws ChainError `no-rpc` | `bad-url` */
  constructor(urls: readonly string[], options: TransportOptions = {}) {
    if (urls.length === 0) throw new ChainError("no-rpc", "Give --rpc, or --network.");
    this.#options = options;
    const endpoints = urls.map(
      (url) =>
        new Endpoint(url, {
          fetch: options.fetch ?? ((...args) => fetch(...args)),
          timeoutMs: options.timeoutMs ?? 20_000,
          batchSize: options.batchSize ?? 100,
          logRange: options.logRange ?? 10_000,
          concurrency: options.concurrency ?? 6,
          signal: options.signal,
          graceMs: options.graceMs ?? 3_000,
        }),
    );
    this.#roster = new Roster(endpoints, options.chainId);
    if (options.aggregate ?? true) this.#aggregator = new Aggregator((params) => this.#ask("eth_call", params));
  }

  /** Hosts of the endpoints, in their order. */
  get hosts(): string[] {
    return this.#roster.endpoints.map(({ host }) => host);
  }

  /** What was asked so far: HTTP requests, and JSON-RPC calls in them. */
  get stats(): { requests: number; calls: number } {
    const { endpoints } = this.#roster;
    return {
      requests: endpoints.reduce((sum, { requests }) => sum + requests, 0),
      calls: endpoints.reduce((sum, { calls }) => sum + calls, 0),
    };
  }

  /**
   * Finds the endpoint to use: the first that answers, is on the right chain and is not behind the others.
   *
   * @returns the chain's id
   * @throws ChainError `wrong-chain`, EndpointError when none answers
   */
  async open(): Promise<bigint> {
    const chainId = await this.#roster.open((endpoint, method, params) =>
      this.#ask(method, params, { only: endpoint, attempts: 3 }),
    );
    this.#aggregator?.on(chainId);
    return chainId;
  }

  /**
   * One JSON-RPC call.
   *
   * @throws CallRevertedError when the chain's code refused (an answer)
   * @throws EndpointError when there was no answer
   */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method === "eth_getLogs") return readLogs(params[0], this.#roster, (name, args) => this.#ask(name, args));
    if (method === "eth_call" && this.#aggregator?.takes(params)) return this.#aggregator.call(params);
    if (method === "eth_sendRawTransaction") return this.#sendRaw(params);
    return this.#ask(method, params);
  }

  /** No further attempts; what is under way ends by itself. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Sends a signed transaction. The same bytes may be sent again at will: when an answer was lost and the second try meets "already
   * known" or "nonce too low", the transaction is looked for by its hash before anybody is told that it failed.
   */
  async #sendRaw(params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#ask("eth_sendRawTransaction", params);
    } catch (error) {
      if (!(error instanceof EndpointError) || typeof params[0] !== "string") throw error;
      const hash = keccak256(params[0]);
      if (ALREADY_KNOWN.test(error.words)) return hash;
      if (error.rpcCode !== undefined && !/nonce (is )?too low|nonce has already/i.test(error.words)) throw error;
      const found = await this.#ask("eth_getTransactionByHash", [hash], { attempts: 2 }).catch(() => null);
      if (found === null) throw error;
      return hash;
    }
  }

  async #ask(
    method: string,
    params: readonly unknown[],
    { only, attempts = this.#options.attempts ?? 6 }: { only?: Endpoint; attempts?: number } = {},
  ): Promise<unknown> {
    const { backoffMs = 200, deadlineMs = 60_000, signal } = this.#options;
    const begun = performance.now();
    const most = attempts + (only === undefined ? this.#roster.endpoints.length - 1 : 0);
    let counted = 0;
    let last: EndpointError | undefined;
    const failedOn = new Set<Endpoint>();
    for (let attempt = 1; ; attempt++) {
      const endpoint = only ?? this.#roster.choose(failedOn);
      const rest = endpoint.restUntil - performance.now();
      if (rest > 0) await this.#wait(rest, endpoint, method, last?.words ?? "", attempt);
      if (only === undefined && endpoint.onFirstUse !== undefined) {
        try {
          await endpoint.ready();
        } catch (error) {
          failedOn.add(endpoint);
          if (!this.#roster.hasOther(failedOn, only) || signal?.aborted) throw last ?? error;
          continue;
        }
      }
      const answer = await endpoint.ask(method, params);
      const doubt = this.#doubt(endpoint, method, params, answer, counted);
      if (doubt === undefined && answer.ok) return answer.result;
      if (!answer.ok && answer.revert !== undefined) throw new CallRevertedError(answer.revert, answer.error);

      const trouble = doubt ?? (answer as { trouble: EndpointError }).trouble;
      last = trouble;
      failedOn.add(endpoint);
      const details = answer.ok ? undefined : answer;
      const verdict = verdictOn(trouble, method, details?.mayHaveArrived ?? true);
      if (verdict === "final" || (verdict === "elsewhere" && !this.#roster.hasOther(failedOn, only))) {
        throw details?.error === undefined ? trouble : new RpcRefusal(trouble, details.error);
      }
      if (trouble.trouble !== "rate-limited") counted += trouble.trouble === "timeout" ? 2 : 1;

      const elsewhere = only === undefined && this.#roster.hasOther(failedOn, only);
      const wait = Math.max(details?.retryAfterMs ?? 0, backoff(backoffMs, counted, endpoint.strikes));
      if (isOfEndpoint(trouble)) {
        endpoint.strikes++;
        // One pause for all that wait for it: what failed together is asked together again.
        endpoint.restUntil = Math.max(endpoint.restUntil, performance.now() + wait);
      }
      const since = Math.max(begun, endpoint.lastSuccess);
      const tooLate = performance.now() + (elsewhere ? 0 : wait) - since > deadlineMs;
      if (counted >= most || tooLate || this.#closed || signal?.aborted) {
        const raised = trouble.after(attempt);
        throw details?.error === undefined ? raised : new RpcRefusal(raised, details.error);
      }
      if (!elsewhere && !isOfEndpoint(trouble)) await this.#wait(wait, endpoint, method, trouble.words, attempt);
      if (elsewhere) this.#options.onRetry?.({ host: endpoint.host, method, words: trouble.words, attempt, waitMs: 0 });
      if (!elsewhere && failedOn.size === this.#roster.endpoints.length) failedOn.clear();
    }
  }

  async #wait(ms: number, endpoint: Endpoint, method: string, words: string, attempt: number): Promise<void> {
    this.#options.onRetry?.({ host: endpoint.host, method, words, attempt, waitMs: ms });
    if (await pause(ms, this.#options.signal)) return;
    throw new EndpointError({ trouble: "interrupted", host: endpoint.host, method, words });
  }

  /** An answer that a replica in arrears gives: a block that is known to exist is not there, or the newest is older than one seen. */
  #doubt(
    endpoint: Endpoint,
    method: string,
    params: readonly unknown[],
    answer: Answer,
    counted: number,
  ): EndpointError | undefined {
    if (!answer.ok) return undefined;
    const shown = numberIn(method, params, answer.result);
    const behind = (what: string): EndpointError =>
      new EndpointError({ trouble: "lagging", host: endpoint.host, method, words: what });
    if (shown === undefined) {
      if (answer.result !== null) return undefined;
      if (method === "eth_getBlockByHash") return counted < 2 ? behind("it does not know the block") : undefined;
      if (method !== "eth_getBlockByNumber" || !/^0x[0-9a-f]+$/i.test(String(params[0]))) return undefined;
      const asked = Number(params[0]);
      // The block may have been taken back: after a few times the answer stands.
      if (asked <= this.#seen && counted < 3) return behind(`it does not know block ${asked}`);
      if (asked <= this.#seen) this.#seen = asked - 1;
      return undefined;
    }
    if (shown < this.#seen && isNewest(method, params)) {
      if (counted < 2) return behind(`its newest block is ${shown}, ${this.#seen} was seen before`);
      this.#seen = shown;
    }
    this.#seen = Math.max(this.#seen, shown);
    return undefined;
  }
}

/** Trouble of the endpoint as a whole, not of one call. */
function isOfEndpoint({ trouble }: EndpointError): boolean {
  return ["unreachable", "timeout", "rate-limited", "http", "not-json"].includes(trouble);
}

function verdictOn(trouble: EndpointError, method: string, mayHaveArrived: boolean): "final" | "elsewhere" | "again" {
  const { trouble: kind, status = 200, rpcCode } = trouble;
  if (kind === "interrupted") return "final";
  if (NOT_REPEATABLE.test(method) && mayHaveArrived) return "final";
  // The pool has judged it: repeating does not change that.
  if (method === "eth_sendRawTransaction" && rpcCode !== undefined && !["rate-limited", "timeout"].includes(kind))
    return "final";
  if (kind === "unsupported" || kind === "too-large") return "elsewhere";
  if (rpcCode === -32602 || rpcCode === -32600 || rpcCode === -32700) return "elsewhere";
  if (method === "eth_estimateGas" && /insufficient funds|nonce too low|intrinsic gas/i.test(trouble.words))
    return "final";
  if (kind === "http" && [400, 401, 402, 405].includes(status)) return "elsewhere";
  return "again";
}

/** Doubles with every failure, with up to a quarter more or less; 10 seconds at most. */
function backoff(first: number, counted: number, strikes: number): number {
  const pauseMs = Math.min(first * 2 ** Math.max(0, Math.max(counted - 1, strikes)), 10_000);
  return pauseMs * (0.75 + Math.random() / 2);
}

/** The number of the block that an answer shows to exist. */
function numberIn(method: string, params: readonly unknown[], result: unknown): number | undefined {
  if (method === "eth_blockNumber") return typeof result === "string" ? Number(result) : undefined;
  if (method !== "eth_getBlockByNumber" && method !== "eth_getBlockByHash") return undefined;
  if (params[0] === "pending") return undefined;
  const { number } = (result ?? {}) as { number?: unknown };
  return typeof number === "string" ? Number(number) : undefined;
}

function isNewest(method: string, params: readonly unknown[]): boolean {
  return method === "eth_blockNumber" || (method === "eth_getBlockByNumber" && params[0] === "latest");
}
