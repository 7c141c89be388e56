/**
 * What an error of JSON-RPC is: a revert, which is an answer of the chain, or the endpoint's trouble, which is none.
 *
 * A revert is only what carries revert data, or what the client marks as one:
 *
 * - geth, nitro, anvil, erigon: code 3 with `data` ("0x" for a revert without data); before geth 1.14 a revert without data came
 *   as code -32000 with exactly the words "execution reverted"
 * - Hardhat: code 3 or -32603 with `data`, or with `data.data`
 * - Nethermind, OpenEthereum: code -32015 with `data` "Reverted 0x…"
 *
 * ethers gives all errors of a call one code (CALL_EXCEPTION), a refused one too.
 */
import type { Trouble } from "./trouble.ts";

/** The error of a JSON-RPC answer, as it came: anything. */
export interface RpcErrorObject {
  code?: unknown;
  message?: unknown;
  data?: unknown;
}

/** Methods that execute code: only their errors can be reverts. */
const EXECUTING = new Set(["eth_call", "eth_estimateGas", "eth_sendTransaction", "eth_sendRawTransaction"]);

/** Whether the method's errors can be reverts. */
export function executes(method: string): boolean {
  return EXECUTING.has(method);
}

/** The data of a revert, 0x hex, "0x" for one without data; undefined when the error is none. */
export function revertDataOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, message, data } = error as RpcErrorObject;
  const words = typeof message === "string" ? message : "";
  const saysReverted = /\brevert(ed)?\b/i.test(words);
  const inner = typeof data === "object" && data !== null ? nested(data as Record<string, unknown>) : data;
  if (typeof inner === "string") {
    const hex = inner.replace(/^Reverted\s*(?=0x|$)/i, "");
    if (isHex(hex) && (hex.length >= 10 || code === 3 || saysReverted)) return hex.toLowerCase();
    if (/^Reverted\b/i.test(inner)) return isHex(hex) ? hex.toLowerCase() : "0x";
  }
  if ((code === -32000 || code === 3) && /^execution reverted(:|$)/i.test(words)) return "0x";
  return undefined;
}

/** Hardhat and wrappers put the data one level down. */
function nested(data: Record<string, unknown>): unknown {
  for (const name of ["data", "result"]) if (typeof data[name] === "string") return data[name];
  const original = data["originalError"];
  return typeof original === "object" && original !== null ? (original as { data?: unknown }).data : undefined;
}

function isHex(text: string): boolean {
  return /^0x([0-9a-fA-F]{2})*$/.test(text);
}

const RATE =
  /rate.?limit|limit exceeded|too many requests|throttl|capacity|compute units|request count|quota|slow down/i;
const NO_METHOD =
  /(unsupported|unknown) (rpc )?method|method .*(not (found|supported|available|exist|allowed|implemented|whitelisted)|does not exist)/i;
const LAGGING =
  /header not found|header for hash not found|unknown block|block (#?\w+ )?(was )?not found|could not find block|block range extends beyond current head|after last accepted block|block with such an id|unfinalized data|invalid block height/i;
const MISSING =
  /missing trie node|state (is |at block .* is )?(not available|unavailable|missing|recreation)|state already discarded|pruned|historical state|no state available|missing state|archive|max(imum)? block distance|history (is )?(not available|unavailable|expired)|only the last \d+ blocks/i;
const TOO_LARGE =
  /block range|range (is )?too|range limit|too many (results|logs|blocks)|more than \d+|exceeds? (the )?(max|limit|allowed|defined limit)|maximum (allowed )?(number|block|range|size)|response (is |size )?(too|exceed)|too large|out of gas|gas required exceeds|gas (limit|cap)|limited to|up to a|query returned/i;
/** anvil says the same of a block that is not there yet and of one whose state it has let go. */
const OUT_OF_RANGE = /block height is (\d+) but requested was (\d+)/i;
const TIMES_OUT = /time(d)?.?out|deadline exceeded|took too long/i;

/** The kind of an error that is no revert, from its code and words. `method` decides what a limit is about. */
export function troubleOf(error: RpcErrorObject, method: string): Trouble {
  const code = Number(error.code);
  const words = String(error.message ?? "");
  if (code === 429) return "rate-limited";
  if (method === "eth_getLogs" && TOO_LARGE.test(words) && !/too many requests|per second/i.test(words))
    return "too-large";
  if (code === -32005 || RATE.test(words)) return "rate-limited";
  if (code === 4444) return "missing-state";
  if (code === -32601 || code === -32004 || NO_METHOD.test(words)) return "unsupported";
  const [, height, requested] = OUT_OF_RANGE.exec(words) ?? [];
  if (height !== undefined) return Number(requested) > Number(height) ? "lagging" : "missing-state";
  if (MISSING.test(words)) return "missing-state";
  if (LAGGING.test(words) || code === -32001) return "lagging";
  if (TIMES_OUT.test(words)) return "timeout";
  if (TOO_LARGE.test(words)) return "too-large";
  return "refused";
}

/** Whether words of a refusal are about the number of calls in one request. */
export function isBatchRefusal(words: string, status: number): boolean {
  return (
    status === 413 ||
    (/batch/i.test(words) && /limit|size|large|many|max|exceed|support|allow|more than|up to|disabled/i.test(words))
  );
}

/** A number that the words of a refusal name as the limit: "up to a 10 block range", "batch of more than 10". */
export function limitIn(words: string): number | undefined {
  const [, found] =
    /(?:up to a?n?|more than|maximum(?: \w+){0,4}?(?: is| of|:)?|max(?:imum)? (?:is|of)?|limit(?:ed)?(?: \w+){0,3}?(?: to| is| of|:)?)\s*(\d[\d,]{0,8})\b/i.exec(
      words,
    ) ?? [];
  const limit = Number(found?.replaceAll(",", ""));
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined;
}
