import type { Dispatcher } from "undici";
import { withoutCredentials } from "../chain/transport/url.ts";
import { Deadline } from "../omq/index.ts";
import type { Failure, Stop, Success } from "./failure.ts";
import { failure, shorten } from "./failure.ts";

export interface HttpOptions {
  /**
   * For the connection; and anew, from when the request is written, to the last byte. Time in which this process could not have heard
   * does not count.
   */
  timeoutMs: number;
  maxBytes: number;
  stop?: Stop;
  /** Default `JSON.parse`. May throw. */
  parse?: (text: string) => unknown;
}

/**
 * POSTs JSON (or GETs, without a body) and reads JSON, within one time limit and one size limit. Never throws and never follows a
 * redirect; every fault of the other side comes back as a {@link Failure}.
 */
export function askJson(
  dispatcher: Dispatcher,
  url: string,
  body: string | undefined,
  options: HttpOptions,
): Promise<Success | Failure> {
  return new Promise((resolve) => {
    const exchange = new Exchange(options, resolve);
    if (options.stop?.stopped) return exchange.finish(failure("cancelled", "", false));
    try {
      const parsed = new URL(url);
      const { origin, pathname, search } = parsed;
      const post = body !== undefined;
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method: post ? "POST" : "GET",
          // A user and a password of the URL go as a header, as to every other endpoint.
          headers: {
            ...(post ? JSON_POST : JSON_ACCEPT),
            ...(parsed.username || parsed.password ? withoutCredentials(parsed).headers : {}),
          },
          body: body ?? null,
        },
        exchange,
      );
    } catch (error) {
      exchange.finish(networkFailure(error));
    }
  });
}

const JSON_ACCEPT = { accept: "application/json" };
const JSON_POST = { ...JSON_ACCEPT, "content-type": "application/json" };

/**
 * One request as undici's dispatcher runs it. Its `request()` would wrap each reply in a stream and each limit in a signal: twice
 * the memory, which thousands in flight multiply.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: HttpOptions;
  readonly #resolve: (result: Success | Failure) => void;
  readonly #deadline: Deadline;
  readonly #unsubscribe: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #finished = false;

  constructor(options: HttpOptions, resolve: (result: Success | Failure) => void) {
    this.#options = options;
    this.#resolve = resolve;
    const { timeoutMs } = options;
    this.#deadline = new Deadline(timeoutMs, () => this.#cut(failure("timeout", `${timeoutMs} ms`, true)));
    this.#unsubscribe = options.stop?.onStop(() => this.#cut(failure("cancelled", "", false)));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Cut off while it was still connecting.
    if (this.#finished) controller.abort(CUT);
    else this.#deadline.restart(this.#options.timeoutMs);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    const { maxBytes } = this.#options;
    if (this.#size > maxBytes) this.#cut(failure("too-large", `over ${maxBytes} bytes`, false));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const whole = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.finish(judge(this.#status, whole.toString("utf8"), this.#options.parse ?? JSON.parse));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.finish(networkFailure(error));
  }

  /** The first outcome counts. */
  finish(result: Success | Failure): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#chunks = [];
    this.#deadline.cancel();
    this.#unsubscribe?.();
    this.#resolve(result);
  }

  /** Ends it from this side; the connection is closed, and the rest never received. */
  #cut(result: Failure): void {
    this.finish(result);
    this.#controller?.abort(CUT);
  }
}

const CUT = new Error("cut off");

function judge(status: number, text: string, parse: (text: string) => unknown): Success | Failure {
  let body: unknown;
  try {
    body = parse(text);
  } catch {
    if (status === 200) return failure("not-json", shorten(text), false);
  }
  if (status === 200) return { ok: true, body };

  const { error, message } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const detail = shorten(typeof message === "string" ? message : `HTTP ${status}`);
  if (status === 400) return failure(error === "stale" ? "stale" : "malformed", detail, false);
  if (status === 403) return failure(error === "nothing-to-sign" ? error : "not-eligible", detail, false);
  // A node that is a block behind catches up within seconds.
  if (status === 410) return failure("height-not-available", detail, true);
  return failure("http-error", `HTTP ${status}`, TRANSIENT_STATUS.has(status));
}

const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

function networkFailure(error: unknown): Failure {
  const code = codeOf(error);
  switch (code) {
    case "ECONNREFUSED":
      return failure("refused", code, true);
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return failure("reset", code, true);
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
    case "UND_ERR_BODY_TIMEOUT":
      return failure("timeout", code, true);
    case "UND_ERR_HEADERS_OVERFLOW":
    case "HPE_HEADER_OVERFLOW":
      return failure("too-large", "headers", false);
    case "EMFILE":
    case "EAI_AGAIN":
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "EADDRNOTAVAIL":
      return failure("unreachable", code, true);
    case "ENOTFOUND":
      return failure("unreachable", code, false);
    default:
      if ((error as Error).name === "HTTPParserError") return failure("not-json", "not HTTP", false);
      return failure("unreachable", code || shorten(String((error as Error).message)), false);
  }
}

function codeOf(error: unknown): string {
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] };
  if (typeof code === "string") return code;
  if (errors?.[0] !== undefined) return codeOf(errors[0]);
  return cause === undefined || cause === null ? "" : codeOf(cause);
}
