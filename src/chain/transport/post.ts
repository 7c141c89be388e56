import type { EndpointUrl } from "./url.ts";
import { redact, tame } from "./url.ts";

/** What came back, whatever it is. */
export interface HttpReply {
  status: number;
  text: string;
  /** Milliseconds that the endpoint asks to wait (`Retry-After`, in seconds or as a date). */
  retryAfterMs: number | undefined;
}

/** No reply: why, and whether the request may have reached the other side all the same. */
export class NoReplyError extends Error {
  override name = "NoReplyError";
  readonly kind: "unreachable" | "timeout" | "interrupted" | "too-large";
  /** False when it surely did not: the connection was never made. */
  readonly mayHaveArrived: boolean;

  constructor(kind: NoReplyError["kind"], words: string, mayHaveArrived: boolean) {
    super(words);
    this.kind = kind;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** The part of `fetch` that is used; the platform's is one. */
export type Fetch = (
  url: string,
  init: { method: "POST"; headers: Record<string, string>; body: string; signal: AbortSignal },
) => Promise<{
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
  /** Where it is there, the reply is read from it, and no further than {@link MOST_BYTES}. */
  body?: object | null;
  redirected?: boolean;
  url?: string;
}>;

export interface PostOptions {
  fetch: Fetch;
  timeoutMs: number;
  /** Cuts the request short after `graceMs` more. */
  signal: AbortSignal | undefined;
  graceMs: number;
}

const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Posts JSON; headers and body of the reply must be there within the time.
 *
 * @throws NoReplyError
 */
export async function post(endpoint: EndpointUrl, body: string, options: PostOptions): Promise<HttpReply> {
  const { timeoutMs, signal, graceMs } = options;
  const controller = new AbortController();
  let ended: "timeout" | "interrupted" = "timeout";
  let grace: ReturnType<typeof setTimeout> | undefined;
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const interrupt = (): void => {
    grace = setTimeout(() => {
      ended = "interrupted";
      controller.abort();
    }, graceMs);
  };
  if (signal?.aborted) interrupt();
  else signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const response = await options.fetch(endpoint.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...endpoint.headers },
      body,
      signal: controller.signal,
    });
    const text = await read(response);
    // By 301 to 303 the question is lost on the way: what comes then answers nothing.
    if (response.redirected === true && (!text.includes('"jsonrpc"') || text.includes("-32700"))) {
      const scheme = response.url?.split(":", 1)[0] ?? "";
      throw new NoReplyError(
        "unreachable",
        `it redirects to ${redact(response.url ?? "")} (${scheme}): give that URL`,
        true,
      );
    }
    return { status: response.status, text, retryAfterMs: retryAfter(response.headers.get("retry-after")) };
  } catch (error) {
    if (error instanceof NoReplyError) throw error;
    if (controller.signal.aborted) {
      const seconds = Math.round(timeoutMs / 100) / 10;
      throw new NoReplyError(ended, ended === "timeout" ? `nothing came within ${seconds} s` : "interrupted", true);
    }
    const code = systemCode(error);
    // The message of `fetch` may hold the URL: only the system's own word is taken over.
    const words = code === undefined ? wordless(error) : (SYSTEM_WORDS[code] ?? tame(code));
    throw new NoReplyError("unreachable", words, code === undefined || !NEVER_CONNECTED.has(code));
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    signal?.removeEventListener("abort", interrupt);
  }
}

/** Bytes of a reply, decoded: far more than any list that is asked for here, and far less than what fills a machine's memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** @throws NoReplyError `too-large`; the rest is never received then */
async function read(response: Awaited<ReturnType<Fetch>>): Promise<string> {
  const { body } = response;
  // Not all browsers can.
  if (!body || !(Symbol.asyncIterator in body)) return response.text();
  const chunks: string[] = [];
  const decoder = new TextDecoder();
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new NoReplyError("too-large", `its answer is larger than ${MOST_BYTES / 2 ** 20} MB`, true);
    chunks.push(decoder.decode(chunk, { stream: true }));
  }
  return chunks.join("") + decoder.decode();
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused (ECONNREFUSED)",
  ENOTFOUND: "there is no such host (ENOTFOUND)",
  EAI_AGAIN: "the name server does not answer (EAI_AGAIN)",
  ECONNRESET: "the connection was cut (ECONNRESET)",
  EPIPE: "the connection was cut (EPIPE)",
  UND_ERR_SOCKET: "the connection was cut",
  ETIMEDOUT: "the connection timed out (ETIMEDOUT)",
  EHOSTUNREACH: "no route to the host (EHOSTUNREACH)",
  ENETUNREACH: "no network (ENETUNREACH)",
  CERT_HAS_EXPIRED: "its certificate has expired, or this machine's clock is wrong (CERT_HAS_EXPIRED)",
  CERT_NOT_YET_VALID: "its certificate is not valid yet, or this machine's clock is wrong (CERT_NOT_YET_VALID)",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by nobody but itself (DEPTH_ZERO_SELF_SIGNED_CERT)",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is another host's (ERR_TLS_CERT_ALTNAME_INVALID)",
  ERR_SSL_WRONG_VERSION_NUMBER: "it speaks no TLS: http:// instead of https:// (ERR_SSL_WRONG_VERSION_NUMBER)",
};

/** Ports of other services (9, 25, 6000, …) are refused by `fetch` itself; it says so in its cause alone. */
function wordless(error: unknown): string {
  const { cause } = error as { cause?: { message?: unknown } };
  return cause?.message === "bad port" ? "this port is never asked (bad port)" : "the connection failed";
}

/** What `fetch` hides in its cause, or in the causes of several tried addresses. */
function systemCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== "object" || error === null || depth > 4) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === "string") return code;
  const inner = Array.isArray(errors) ? (errors as unknown[])[0] : undefined;
  return systemCode(cause, depth + 1) ?? systemCode(inner, depth + 1);
}

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (header.trim() !== "" && Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
