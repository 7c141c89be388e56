/**
 * The one way to the chain: JSON-RPC over HTTP with a time limit a request, retries that wait as long as they are asked to, sizes
 * (batches, ranges of logs) found by themselves, and several endpoints of which the first good one is used. An endpoint's trouble
 * ends as an {@link EndpointError} and never as an answer. Needs `fetch` and nothing of Node: it runs in a browser.
 */
import { isHexString, keccak256 } from "ethers";
import { ChainError } from "../errors.ts";
import { Aggregator } from "./aggregate.ts";
import type { RpcErrorObject } from "./classify.ts";
import { Endpoint } from "./endpoint.ts";
import type { Answer } from "./endpoint.ts";
import { EndpointError } from "./endpointError.ts";
import { readLogs } from "./logs.ts";
import { pause } from "./pause.ts";
import { poolWord } from "./poolWords.ts";
import type { Fetch } from "./post.ts";
import { Replicas } from "./replicas.ts";
import { Roster } from "./roster.ts";

/** A retry that is about to happen. */
export interface RetryEvent {
  /** Host and port. */
  host: string;
  method: string;
  /** Why the last attempt failed, with its status or code. */
  words: string;
  /** The attempt that failed, from 1. */
  attempt: number;
  /** Milliseconds until the next attempt. */
  waitMs: number;
}

/** Limits and habits of a {@link Transport}; all of them have defaults. */
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
  /** Milliseconds after which an endpoint is asked again which chain it serves, beside the next call. Default 30,000. */
  recheckMs?: number | undefined;
  /** Puts plain `eth_call`s made at once into one (Multicall3's `aggregate3`). Default true. */
  aggregate?: boolean | undefined;
  /** When it fires, nothing is retried any more, and what is under way has `graceMs` to end. */
  signal?: AbortSignal | undefined;
  /** Milliseconds. Default 3,000. */
  graceMs?: number | undefined;
  /** Told of every attempt that follows a failed one. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
  /** In the place of the platform's. */
  fetch?: Fetch | undefined;
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

const BACKOFF_MS = 200;
const DEADLINE_MS = 60_000;
const LONGEST_PAUSE_MS = 5_000;

/** Methods that may be carried out twice when they are sent twice: repeated only when they surely did not arrive. */
const NOT_REPEATABLE =
  /^(eth_sendTransaction|(?!(hardhat|anvil)_(get|metadata|nodeInfo))(personal|evm|hardhat|anvil|miner|admin)_|debug_set)/;

/** Asks one of several endpoints, again and elsewhere while that may help. See the top of this file. */
export class Transport {
  readonly #roster: Roster;
  readonly #options: TransportOptions;
  readonly #aggregator: Aggregator | undefined;
  readonly #replicas = new Replicas();
  #opening: Promise<bigint> | undefined;
  #chainId: bigint | undefined;
  /** Fires when the caller's signal does, or when it is closed. */
  readonly #ending = new AbortController();
  readonly #end = (): void => this.#ending.abort();

  /** @throws ChainError `no-rpc` | `bad-url` */
  constructor(urls: readonly string[], options: TransportOptions = {}) {
    if (urls.length === 0) throw new ChainError("no-rpc", "Give --rpc, or --network.");
    this.#options = options;
    if (options.signal?.aborted) this.#end();
    else options.signal?.addEventListener("abort", this.#end, { once: true });
    const endpoints = urls.map(
      (url) =>
        new Endpoint(url, {
          fetch: options.fetch ?? ((...args) => fetch(...args)),
          timeoutMs: options.timeoutMs ?? 20_000,
          batchSize: options.batchSize ?? 100,
          logRange: options.logRange ?? 10_000,
          concurrency: options.concurrency ?? 6,
          signal: this.#ending.signal,
          graceMs: options.graceMs ?? 3_000,
          backoffMs: options.backoffMs ?? BACKOFF_MS,
          longestRestMs: options.deadlineMs ?? DEADLINE_MS,
          recheckMs: options.recheckMs ?? 30_000,
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
    this.#chainId = chainId;
    return chainId;
  }

  /**
   * One JSON-RPC call.
   *
   * @throws CallRevertedError when the chain's code refused (an answer)
   * @throws EndpointError when there was no answer
   */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    if (this.#roster.isUnopened) await (this.#opening ??= this.open().finally(() => (this.#opening = undefined)));
    if (method === "eth_getLogs") return readLogs(params[0], this.#roster, (name, args) => this.#ask(name, args));
    if (method === "eth_call" && this.#aggregator?.takes(params)) return this.#aggregator.call(params);
    if (method === "eth_sendRawTransaction") return this.#sendRaw(params);
    return this.#ask(method, params);
  }

  /** The chain is known to have this block, from a record or a journal: a replica without it is in arrears. */
  notBefore(block: number): void {
    this.#replicas.notBefore(block);
  }

  /** No further attempts; what is under way has `graceMs` to end. */
  close(): void {
    this.#options.signal?.removeEventListener("abort", this.#end);
    this.#end();
  }

  /**
   * Sends a signed transaction. The same bytes may be sent again at will: when an answer was lost and the second try meets "already
   * known" or "nonce too low", the transaction is looked for by its hash before anybody is told that it failed.
   */
  async #sendRaw(params: readonly unknown[]): Promise<unknown> {
    if (isHexString(params[0], true)) this.#replicas.sending(keccak256(params[0]));
    try {
      return await this.#ask("eth_sendRawTransaction", params);
    } catch (error) {
      if (!(error instanceof EndpointError) || typeof params[0] !== "string") throw error;
      const hash = keccak256(params[0]);
      const word = poolWord(error.words);
      if (word === "known") return hash;
      if (error.rpcCode !== undefined && word !== "nonce-used") throw error;
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
    const { backoffMs = BACKOFF_MS, deadlineMs = DEADLINE_MS } = this.#options;
    const { signal } = this.#ending;
    const begun = performance.now();
    const most = attempts + (only === undefined ? this.#roster.endpoints.length - 1 : 0);
    const failedOn = new Set<Endpoint>();
    let counted = 0;
    let last: EndpointError | undefined;
    let lost = false;
    const others = new Map<string, EndpointError>();
    for (let attempt = 1; ; attempt++) {
      const endpoint = only ?? this.#roster.choose(failedOn);
      await this.#rest(endpoint, method, last, attempt);
      if (only === undefined && endpoint.onFirstUse !== undefined) {
        try {
          await endpoint.ready();
        } catch (error) {
          failedOn.add(endpoint);
          if (!this.#roster.hasOther(failedOn, only) || signal.aborted) throw last ?? error;
          continue;
        }
      }
      const asked = performance.now();
      const { answer, doubt } = await this.#once(endpoint, method, params, counted, counted + 1 >= most);
      if (doubt === undefined && answer.ok) return answer.result;
      if (doubt === undefined && !answer.ok && answer.revert !== undefined)
        throw new CallRevertedError(answer.revert, answer.error);

      const details = answer.ok || answer.revert !== undefined ? undefined : answer;
      if (last !== undefined) others.set(`${last.host} ${last.trouble}`, last);
      last = doubt ?? (details as { trouble: EndpointError }).trouble;
      others.delete(`${last.host} ${last.trouble}`);
      const raise = (trouble: EndpointError): EndpointError => {
        const raised = details?.error === undefined ? trouble : new RpcRefusal(trouble, details.error);
        raised.mayHaveArrived = lost;
        return raised;
      };
      failedOn.add(endpoint);
      const elsewhere = this.#roster.hasOther(failedOn, only);
      if (elsewhere && last.trouble === "timeout") endpoint.setAside();
      const verdict = verdictOn(last, method, details?.mayHaveArrived ?? true, details?.error !== undefined);
      lost ||= details?.error === undefined && (details?.mayHaveArrived ?? false);
      if (verdict === "final" || (verdict === "elsewhere" && !elsewhere)) throw raise(last);

      // Being asked to wait, or to take turns while others are answered, is no failure.
      const inTurn =
        last.trouble === "rate-limited" && ((details?.retryAfterMs ?? 0) > 0 || endpoint.lastSuccess > asked);
      if (!inTurn) counted += last.trouble === "timeout" ? 2 : 1;
      // Without a random part: calls that failed together are asked together again.
      const wait = elsewhere ? 0 : endpoint.rest || Math.min(backoffMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      const tooLate = performance.now() + wait - Math.max(begun, endpoint.lastSuccess) > deadlineMs;
      if (counted >= most || tooLate || signal.aborted) throw raise(last.after(attempt, [...others.values()]));
      if (elsewhere) {
        this.#options.onRetry?.({ host: endpoint.host, method, words: last.said, attempt, waitMs: 0 });
        continue;
      }
      failedOn.clear();
      if (endpoint.rest === 0 && wait > 0) {
        this.#options.onRetry?.({ host: endpoint.host, method, words: last.said, attempt, waitMs: wait });
        if (!(await pause(wait, signal))) throw interrupted(last);
      }
    }
  }

  /** Waits until an endpoint may be asked. */
  async #rest(endpoint: Endpoint, method: string, last: EndpointError | undefined, attempt: number): Promise<void> {
    const { rest, host } = endpoint;
    if (rest === 0) return;
    const words = last?.said ?? "resting after a failure";
    this.#options.onRetry?.({ host, method, words, attempt, waitMs: rest });
    if (!(await endpoint.rested()))
      throw interrupted(last ?? new EndpointError({ trouble: "interrupted", host, method, words }));
  }

  /** Asks once; with what shows, from the same replica, whether it can know the answer. */
  async #once(
    endpoint: Endpoint,
    method: string,
    params: readonly unknown[],
    counted: number,
    isLast: boolean,
  ): Promise<{ answer: Answer; doubt: EndpointError | undefined }> {
    const witness = this.#replicas.witness(method, params);
    const [answer, said, otherChain] = await Promise.all([
      endpoint.ask(method, params),
      witness === undefined ? undefined : endpoint.ask(witness.method, witness.params),
      this.#chainId === undefined ? undefined : endpoint.recheck(this.#chainId),
    ]);
    if (otherChain !== undefined) {
      const doubt = new EndpointError({ trouble: "other-chain", host: endpoint.host, method, words: otherChain });
      return { answer: { ok: true, result: undefined }, doubt };
    }
    // A revert is an answer too: in an old state anything may revert.
    if (!answer.ok && answer.revert === undefined) return { answer, doubt: undefined };
    const lagging = (words: string): EndpointError =>
      new EndpointError({ trouble: "lagging", host: endpoint.host, method, words });
    if (witness !== undefined && said !== undefined) {
      if (!said.ok) return { answer, doubt: said.revert === undefined ? said.trouble : lagging("no newest block") };
      const words = witness.fault(said.result, counted);
      if (words !== undefined) return { answer, doubt: lagging(words) };
    }
    if (!answer.ok) return { answer, doubt: undefined };
    if (method === "eth_sendTransaction" && typeof answer.result === "string") this.#replicas.sending(answer.result);
    const words = this.#replicas.doubt(method, params, answer.result, counted, isLast);
    return { answer, doubt: words === undefined ? undefined : lagging(words) };
  }
}

function verdictOn(
  trouble: EndpointError,
  method: string,
  mayHaveArrived: boolean,
  isRefusal: boolean,
): "final" | "elsewhere" | "again" {
  const { trouble: kind, status = 200, rpcCode } = trouble;
  if (kind === "interrupted") return "final";
  if (NOT_REPEATABLE.test(method) && mayHaveArrived) return "final";
  // The pool has judged it: repeating does not change that. In other words nothing is said of these bytes, which can do nothing twice.
  const judged = isRefusal && poolWord(trouble.words) !== undefined;
  if (method === "eth_sendRawTransaction" && judged && !["rate-limited", "timeout"].includes(kind)) return "final";
  if (kind === "unsupported" || kind === "too-large") return "elsewhere";
  if (rpcCode === -32602 || rpcCode === -32600 || rpcCode === -32700) return "elsewhere";
  if (
    method === "eth_estimateGas" &&
    /insufficient funds|lack of funds|nonce too low|intrinsic gas/i.test(trouble.words)
  )
    return "final";
  if (kind === "http" && [400, 401, 402, 405].includes(status)) return "elsewhere";
  return "again";
}

function interrupted({ facts }: EndpointError): EndpointError {
  return new EndpointError({ ...facts, trouble: "interrupted" });
}
