import { EndpointError } from "../transport/endpointError.ts";
import { RpcRefusal } from "../transport/transport.ts";
import { tame } from "../transport/url.ts";

/** Why an endpoint did not take a transaction. */
export type Refused = "fee" | "funds" | "nonce-used" | "underpriced" | "other";

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

/**
 * The words of geth, Nitro, Erigon, Nethermind, Besu, anvil and Hardhat: JSON-RPC has no codes for these. Anything else is unclear,
 * and the transaction is looked for.
 */
const WORDS: readonly (readonly [RegExp, Refused | "known"])[] = [
  [/already known|already imported|known transaction|alreadyknown|already exists/i, "known"],
  [
    /replacement (transaction|fee)|replacement.*underpriced|(low|not) to replace|could not replace|replacementnotallowed|another transaction with (the )?same nonce/i,
    "underpriced",
  ],
  [
    /nonce (is )?too low|nonce too small|oldnonce|lower than the (current|account) nonce|nonce.*already (been )?used/i,
    "nonce-used",
  ],
  [
    /insufficient funds|(enough|lack of) funds|insufficientfunds|sender (account )?balance|up-?front cost|exceeds account balance/i,
    "funds",
  ],
  // A node's own cap of what a transaction may cost: more fees are no help.
  [
    /exceeds the configured cap|replay-protected|\brlp\b|transaction type not supported|unsupported transaction type/i,
    "other",
  ],
  [/base ?fee|fee cap|feecap|max ?fee|underpriced|gas price (is )?(too low|below)|fee ?too ?low/i, "fee"],
  [
    /intrinsic gas|gas limit|gaslimit|invalid (sender|signature|chain)|chain ?id|oversized|tx(n)? type|nonce too high|exceeds block/i,
    "other",
  ],
];

/** Reads the error of a broadcast. */
export function readRefusal(error: unknown): SendAnswer {
  const said = endpointWords(error);
  if (said === undefined) return { kind: "unclear", words: plainWords(error), said: false };
  // An earlier attempt got no answer: what refuses this one may be its own doing. It is looked for, and offered once more.
  const isLost = (error as { mayHaveArrived?: boolean }).mayHaveArrived === true;
  for (const [pattern, meaning] of WORDS) {
    if (!pattern.test(said)) continue;
    if (meaning === "known") return { kind: "known" };
    return isLost && meaning !== "nonce-used"
      ? { kind: "unclear", words: said, said: true }
      : { kind: "refused", why: meaning, words: said };
  }
  return { kind: "unclear", words: said, said: true };
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
