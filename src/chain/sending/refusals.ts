import { EndpointError } from "../transport/endpointError.ts";
import type { Refused } from "../transport/poolWords.ts";
import { poolWord } from "../transport/poolWords.ts";
import { RpcRefusal } from "../transport/transport.ts";
import { tame } from "../transport/url.ts";

/** What an answer to `eth_sendRawTransaction` means. */
export type SendAnswer =
  | { kind: "known" }
  | { kind: "refused"; why: Refused; words: string }
  /** No answer, or none that says what became of it: it may have been sent. */
  | {
      kind: "unclear";
      words: string;
      /** Whether the words are the endpoint's, about this transaction. */
      said: boolean;
    };

/** Reads the error of a broadcast. */
export function readRefusal(error: unknown): SendAnswer {
  const said = endpointWords(error);
  if (said === undefined) return { kind: "unclear", words: plainWords(error), said: false };
  // An earlier attempt got no answer: what refuses this one may be its own doing. It is looked for, and offered once more.
  const isLost = (error as { mayHaveArrived?: boolean }).mayHaveArrived === true;
  const meaning = poolWord(said);
  if (meaning === "known") return { kind: "known" };
  if (meaning === undefined || (isLost && meaning !== "nonce-used"))
    return { kind: "unclear", words: said, said: true };
  return { kind: "refused", why: meaning, words: said };
}

/** The endpoint's own words inside what was thrown; undefined when it gave none. */
function endpointWords(error: unknown, depth = 0): string | undefined {
  if (error instanceof EndpointError) {
    return error.rpcCode === undefined && !(error instanceof RpcRefusal) ? undefined : tidy(error.words);
  }
  if (typeof error !== "object" || error === null || depth > 5) return undefined;
  const { code, message, error: inner, info, cause } = error as Record<string, unknown>;
  for (const nested of [inner, (info as { error?: unknown } | undefined)?.error, cause]) {
    const words = endpointWords(nested, depth + 1);
    if (words !== undefined) return words;
  }
  // JSON-RPC errors have a number for a code; ethers' own have a word.
  return typeof code === "number" && typeof message === "string" ? tidy(message) : undefined;
}

/** An error in a few words: the endpoint's own, if it gave any. */
export function plainWords(error: unknown): string {
  const { shortMessage, message } = (error ?? {}) as { shortMessage?: unknown; message?: unknown };
  return endpointWords(error) ?? tidy(String(shortMessage ?? message ?? error));
}

function tidy(text: string): string {
  return tame(text).slice(0, 240).trim().replace(/\.$/, "");
}
