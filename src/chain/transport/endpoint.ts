/** One endpoint: gathers calls into batches, learns how large they may be, and says of each call what came of it. No retries. */
import { isBatchRefusal, executes, limitIn, revertDataOf, troubleOf } from "./classify.ts";
import type { RpcErrorObject } from "./classify.ts";
import { EndpointError } from "./endpointError.ts";
import type { Trouble } from "./trouble.ts";
import { Limit } from "./limit.ts";
import { pause } from "./pause.ts";
import { post } from "./post.ts";
import { completeReceipt, faultOfReceipt } from "./receipt.ts";
import { misshapen } from "./shape.ts";
import type { Fetch, HttpReply, NoReplyError } from "./post.ts";
import { parseEndpointUrl, tame } from "./url.ts";
import type { EndpointUrl } from "./url.ts";

/** What came of one call. */
export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly revert: string; readonly error: RpcErrorObject }
  | {
      readonly ok: false;
      readonly revert?: undefined;
      readonly trouble: EndpointError;
      /** The JSON-RPC error, when there was one. */
      readonly error: RpcErrorObject | undefined;
      /** Whether the call may have reached the endpoint, and been carried out, all the same. */
      readonly mayHaveArrived: boolean;
      /** Milliseconds that the endpoint asks to wait. */
      readonly retryAfterMs: number | undefined;
    };

export interface EndpointOptions {
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  /** Most calls in one request. */
  readonly batchSize: number;
  /** Most blocks in one `eth_getLogs`. */
  readonly logRange: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
  readonly graceMs: number;
  /** First pause after a failed request, milliseconds; it doubles. */
  readonly backoffMs: number;
  /** The longest pause that it gets, whatever it asks for; milliseconds. */
  readonly longestRestMs: number;
  /** Milliseconds after which it is asked again which chain it serves. */
  readonly recheckMs: number;
}

/** Characters of a reply that is no JSON, in which its title is looked for. */
const MOST_WORDS = 4_000;

/** The longest pause that nobody asked for. */
const LONGEST_BACKOFF_MS = 10_000;

interface Waiting {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
  readonly settle: (answer: Answer) => void;
}

export class Endpoint {
  readonly host: string;
  readonly batch: Limit;
  readonly logs: Limit;
  /** HTTP requests made so far. */
  requests = 0;
  /** JSON-RPC calls in them. */
  calls = 0;
  /** Monotonic milliseconds of its last good answer. */
  lastSuccess = Number.NEGATIVE_INFINITY;
  /** Done once before it is used: a check that could not be made earlier. */
  onFirstUse: (() => Promise<void>) | undefined;
  readonly #url: EndpointUrl;
  readonly #options: EndpointOptions;
  /** Monotonic milliseconds before which it is left alone. */
  #restUntil = 0;
  #resting: Promise<boolean> | undefined;
  /** Monotonic milliseconds at which it was known to serve the right chain. */
  #checkedAt = performance.now();
  #checking: Promise<string | undefined> | undefined;
  /** Failed requests in a row. */
  #strikes = 0;
  #queue: Waiting[] = [];
  #active = 0;
  #nextId = 1;

  /** @throws ChainError `bad-url` */
  constructor(url: string, options: EndpointOptions) {
    this.#url = parseEndpointUrl(url);
    this.host = this.#url.host;
    this.#options = options;
    this.batch = new Limit(options.batchSize);
    this.logs = new Limit(options.logRange);
  }

  /** @throws what the check before the first use finds */
  async ready(): Promise<void> {
    if (this.onFirstUse === undefined) return;
    await this.onFirstUse();
    this.onFirstUse = undefined;
  }

  /** Milliseconds until it may be asked again. */
  get rest(): number {
    return Math.max(0, this.#restUntil - performance.now());
  }

  /** It keeps callers waiting while others answer: they are asked meanwhile, for thrice the time of a request. */
  setAside(): void {
    this.#restUntil = Math.max(this.#restUntil, performance.now() + 3 * this.#options.timeoutMs);
  }

  /** Waits for that; all that wait go on together. Resolves to false when the signal fires first. */
  async rested(): Promise<boolean> {
    while (this.rest > 0) {
      this.#resting ??= pause(this.rest, this.#options.signal).finally(() => (this.#resting = undefined));
      if (!(await this.#resting)) return false;
    }
    return true;
  }

  /**
   * What is wrong with its chain, asked anew now and then: behind an address there may be another chain tomorrow. Whoever asks
   * meanwhile is told the same, since his answer may be that chain's.
   */
  recheck(expected: bigint): Promise<string | undefined> | undefined {
    if (this.#checking !== undefined) return this.#checking;
    if (performance.now() - this.#checkedAt < this.#options.recheckMs) return undefined;
    this.#checking = this.ask("eth_chainId", []).then((answer) => {
      this.#checking = undefined;
      // Its trouble is told by the call that goes with it.
      if (!answer.ok) return undefined;
      const actual = BigInt(answer.result as string);
      if (actual !== expected) {
        this.#stumble();
        return `it serves chain ${actual} now, not ${expected}`;
      }
      this.#checkedAt = performance.now();
      return undefined;
    });
    return this.#checking;
  }

  /**
   * Lets it rest: for as long as it asked, or longer with each failed request in a row. Once a request, whatever was in it. One that
   * asks for hours is tried again in between: it may be well long before.
   */
  #stumble(retryAfterMs = 0): void {
    const { backoffMs, longestRestMs } = this.#options;
    const backoff = Math.min(backoffMs * 2 ** this.#strikes++, LONGEST_BACKOFF_MS);
    const wait = Math.min(Math.max(retryAfterMs, backoff * (0.75 + Math.random() / 2)), longestRestMs);
    this.#restUntil = Math.max(this.#restUntil, performance.now() + wait);
  }

  /** One call. Never rejects. Calls made at once share a request. */
  ask(method: string, params: readonly unknown[]): Promise<Answer> {
    return new Promise((settle) => {
      this.#queue.push({ id: this.#nextId++, method, params, settle });
      if (this.#queue.length > 1) return;
      setTimeout(() => this.#drain(), 0);
    });
  }

  #drain(): void {
    while (this.#queue.length > 0 && this.#active < this.#options.concurrency) {
      const batch = this.#queue.splice(0, this.batch.size);
      this.#active++;
      void this.#send(batch).finally(() => {
        this.#active--;
        this.#drain();
      });
    }
  }

  async #send(batch: Waiting[]): Promise<void> {
    const bodies = batch.map(({ id, method, params }) => ({ jsonrpc: "2.0", id, method, params }));
    const { timeoutMs, signal, graceMs } = this.#options;
    this.requests++;
    this.calls += batch.length;
    let reply: HttpReply;
    try {
      reply = await post(this.#url, JSON.stringify(bodies.length === 1 ? bodies[0] : bodies), {
        fetch: this.#options.fetch,
        timeoutMs,
        signal,
        graceMs,
      });
    } catch (error) {
      const { kind, message, mayHaveArrived } = error as NoReplyError;
      if (kind === "too-large" && batch.length > 1) {
        this.#splitUp(batch, "");
        return;
      }
      this.#stumble();
      for (const one of batch) this.#fail(one, { trouble: kind, words: message }, { mayHaveArrived });
      return;
    }
    this.#read(batch, reply);
  }

  #read(batch: Waiting[], reply: HttpReply): void {
    const { status, text } = reply;
    const body = parse(text);
    const whole = wholeError(body, batch.length);
    const words = whole === undefined ? "" : String(whole.message ?? "");

    if (batch.length > 1 && (body === undefined || whole !== undefined)) {
      const said = whole === undefined ? text.slice(0, 500) : words;
      const limited = status === 429 || (whole !== undefined && troubleOf(whole, "") === "rate-limited");
      // A refusal of the batch as a whole that speaks neither of the rate nor of a server's trouble is taken for one of its size.
      if (isBatchRefusal(said, status) || (whole !== undefined && !limited && status < 500)) {
        this.#splitUp(batch, said);
        return;
      }
    }
    if (body === undefined || whole !== undefined || status === 429) {
      this.#stumble(reply.retryAfterMs);
      for (const one of batch) this.#failWhole(one, reply, whole);
      return;
    }

    const answers = new Map<unknown, Record<string, unknown>>();
    for (const entry of Array.isArray(body) ? (body as unknown[]) : [body]) {
      if (typeof entry === "object" && entry !== null) {
        answers.set(String((entry as { id?: unknown }).id), entry as Record<string, unknown>);
      }
    }
    if (batch.length > 1) {
      const refused = batch.filter(({ id }) => {
        const error = answers.get(String(id))?.["error"] as RpcErrorObject | undefined;
        return error !== undefined && error !== null && isBatchRefusal(String(error.message ?? ""), status);
      });
      if (refused.length > 0) {
        this.#splitUp(
          refused,
          String((answers.get(String(refused[0]?.id))?.["error"] as RpcErrorObject).message),
          batch,
        );
        batch = batch.filter((one) => !refused.includes(one));
      } else this.batch.take(batch.length);
    }
    const limited = batch.map(({ id, method }) => {
      const error = answers.get(String(id))?.["error"] as RpcErrorObject | null | undefined;
      const isLimit = error !== undefined && error !== null && troubleOf(error, method) === "rate-limited";
      return isLimit ? (backoffIn(error) ?? reply.retryAfterMs ?? 0) : undefined;
    });
    if (limited.some((wait) => wait !== undefined)) this.#stumble(Math.max(...limited.map((wait) => wait ?? 0)));
    for (const one of batch) this.#settle(one, answers.get(String(one.id)), reply);
  }

  /** Asks the same again in smaller batches. */
  #splitUp(batch: Waiting[], words: string, sent: Waiting[] = batch): void {
    const never = /not (supported|allowed|enabled|available)|disabled|unsupported/i.test(words);
    this.batch.refuse(sent.length, limitIn(words) ?? (never ? 1 : undefined));
    this.#queue.unshift(...batch);
    this.#drain();
  }

  #settle(one: Waiting, answer: Record<string, unknown> | undefined, { status, retryAfterMs }: HttpReply): void {
    const error = answer?.["error"] as RpcErrorObject | null | undefined;
    if (error !== undefined && error !== null) {
      const revert = executes(one.method) ? revertDataOf(error) : undefined;
      if (revert !== undefined) {
        this.#good();
        one.settle({ ok: false, revert, error });
        return;
      }
      const words = typeof error.message === "string" ? error.message : JSON.stringify(error);
      const more = { error, retryAfterMs: retryAfterMs ?? backoffIn(error) };
      this.#fail(one, { trouble: troubleOf(error, one.method), words, status, rpcCode: codeOf(error) }, more);
      return;
    }
    if (answer === undefined || !("result" in answer)) {
      this.#fail(one, { trouble: "not-json", words: "its answer has neither result nor error", status });
      return;
    }
    const isReceipt = one.method === "eth_getTransactionReceipt";
    const result = isReceipt ? completeReceipt(answer["result"]) : answer["result"];
    const wrong = misshapen(one.method, one.params, result) ?? (isReceipt ? faultOfReceipt(result) : undefined);
    if (wrong !== undefined) {
      this.#fail(one, { trouble: "not-json", words: `its answer ${wrong}`, status });
      return;
    }
    this.#good();
    one.settle({ ok: true, result });
  }

  #failWhole(one: Waiting, { status, text, retryAfterMs }: HttpReply, whole: RpcErrorObject | undefined): void {
    const rpcCode = whole === undefined ? undefined : codeOf(whole);
    const words =
      whole === undefined
        ? describe(tame(text, this.#url.secrets, MOST_WORDS))
        : String(whole.message ?? JSON.stringify(whole));
    const said: Trouble = whole === undefined ? "http" : troubleOf(whole, one.method);
    const plainSuccess = status >= 200 && status < 300;
    const trouble: Trouble = status === 429 ? "rate-limited" : whole === undefined && plainSuccess ? "not-json" : said;
    if (whole !== undefined && executes(one.method) && status < 500) {
      const revert = revertDataOf(whole);
      if (revert !== undefined) return one.settle({ ok: false, revert, error: whole });
    }
    this.#fail(one, { trouble, words, status, rpcCode }, { error: whole, retryAfterMs });
  }

  #fail(
    one: Waiting,
    facts: { trouble: Trouble; words: string; status?: number; rpcCode?: number | string | undefined },
    more: { error?: RpcErrorObject | undefined; mayHaveArrived?: boolean; retryAfterMs?: number | undefined } = {},
  ): void {
    const trouble = new EndpointError({
      ...facts,
      host: this.host,
      method: one.method,
      words: tame(facts.words, this.#url.secrets) || "nothing",
    });
    const { error, retryAfterMs, mayHaveArrived = facts.trouble !== "rate-limited" } = more;
    one.settle({ ok: false, trouble, error, mayHaveArrived, retryAfterMs });
  }

  #good(): void {
    this.#strikes = 0;
    this.lastSuccess = performance.now();
  }
}

/** Hex in which something is upper case, the x included. */
const UPPER_CASE = /"0(?:X|x[0-9a-f]*[A-F])/;

/** One spelling for all that compare hashes, addresses and bytes, or write them down, whatever the endpoint's is. */
function lowerHex(_name: string, value: unknown): unknown {
  return typeof value === "string" && /^0x[0-9a-f]*$/i.test(value) ? value.toLowerCase() : value;
}

function parse(text: string): unknown {
  try {
    const body = (UPPER_CASE.test(text) ? JSON.parse(text, lowerHex) : JSON.parse(text)) as unknown;
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The error of a reply that answers no call by itself: an object for a batch, or one without an id, or one that is no JSON-RPC. */
function wholeError(body: unknown, sent: number): RpcErrorObject | undefined {
  if (body === undefined) return undefined;
  const list = Array.isArray(body) ? (body as unknown[]) : undefined;
  const only = list?.length === 1 && sent > 1 ? list[0] : body;
  if (typeof only !== "object" || only === null || Array.isArray(only)) return undefined;
  const { id, error, result, message, code, detail, errors } = only as Record<string, unknown>;
  if (typeof error === "object" && error !== null) {
    const answersNone = id === null || id === undefined || (sent > 1 && list === undefined);
    return answersNone ? (error as RpcErrorObject) : undefined;
  }
  if (result !== undefined) return undefined;
  // What gateways say in JSON of their own.
  if (typeof error === "string") return { message: error };
  const told = detail ?? (errors as { message?: unknown }[] | undefined)?.[0]?.message;
  if (typeof told === "string" && id === undefined) return { message: told };
  if (typeof message === "string" && id === undefined) return { message, ...(code === undefined ? {} : { code }) };
  return undefined;
}

function codeOf({ code }: RpcErrorObject): number | string | undefined {
  return typeof code === "number" || typeof code === "string" ? code : undefined;
}

/** Some providers say in the error how long to wait. */
function backoffIn({ data }: RpcErrorObject): number | undefined {
  const rate = (data as { rate?: { backoff_seconds?: unknown } } | null | undefined)?.rate;
  const seconds = Number(rate?.backoff_seconds);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

/** A body that is no JSON, in a few words: the title of a page, or its beginning. */
function describe(text: string): string {
  if (text.trim() === "") return "an empty answer";
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1];
  if (title !== undefined) return `a web page, "${title.trim()}"`;
  if (/^\s*</.test(text))
    return `a web page, "${text
      .replace(/<[^>]*>/g, " ")
      .trim()
      .slice(0, 120)}"`;
  return `no JSON: "${text.trim().slice(0, 120)}"`;
}
