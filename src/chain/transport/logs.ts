import { toQuantity } from "ethers";
import { limitIn } from "./classify.ts";
import { EndpointError } from "./endpointError.ts";
import type { Roster } from "./roster.ts";

type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Silence that may be the range's fault makes it smaller; so often in a row it is the endpoint's. */
const TIMEOUTS = 3;

/** Endpoints that cut a list short without a word cut it at a round number: multiples of this are not believed. */
const ROUND = 1_000;

/**
 * `eth_getLogs` over a range of any length, in pieces that the endpoint takes: they shrink when it refuses and grow again. Each log
 * once, in the order of the chain: gateways that ask several replicas give some twice, or as they came.
 */
export async function readLogs(filter: unknown, roster: Roster, ask: Ask): Promise<unknown> {
  return inOrder((await readPieces(filter, roster, ask)) as unknown[]);
}

async function readPieces(filter: unknown, roster: Roster, ask: Ask): Promise<unknown> {
  const { fromBlock, toBlock, blockHash } = (filter ?? {}) as Record<string, unknown>;
  const from = blockHash === undefined ? heightOf(fromBlock) : undefined;
  if (from === undefined) return ask("eth_getLogs", [filter]);
  const newest = toBlock === undefined || toBlock === "latest";
  const to = newest ? Number(await ask("eth_blockNumber", [])) : heightOf(toBlock);
  if (to === undefined || from > to) return ask("eth_getLogs", [filter]);

  const logs: unknown[] = [];
  let timeouts = 0;
  for (let at = from; at <= to;) {
    const endpoint = roster.current();
    const size = Math.min(endpoint.logs.size, to - at + 1);
    const end = at + size - 1;
    const range = { ...(filter as object), fromBlock: toQuantity(at), toBlock: toQuantity(end) };
    try {
      const part = (await ask("eth_getLogs", [range])) as unknown[];
      if (size > 1 && part.length > 0 && part.length % ROUND === 0) {
        endpoint.logs.refuse(size);
        continue;
      }
      for (const log of part) logs.push(log);
      endpoint.logs.take(size);
      timeouts = 0;
      at = end + 1;
    } catch (error) {
      if (size === 1 || !(error instanceof EndpointError) || !isOfRange(error)) throw error;
      if (error.trouble === "timeout" && ++timeouts >= TIMEOUTS) throw error;
      endpoint.logs.refuse(size, limitIn(error.words));
    }
  }
  return logs;
}

type Log = Readonly<Record<string, unknown>>;

function inOrder(logs: unknown[]): unknown[] {
  const once = new Map<unknown, unknown>();
  for (const log of logs) {
    const { blockHash, logIndex } = (log ?? {}) as Log;
    const isNamed = typeof blockHash === "string" && logIndex !== undefined;
    once.set(isNamed ? `${blockHash.toLowerCase()} ${Number(logIndex)}` : log, log);
  }
  const place = (log: unknown, name: string) => Number((log as Log | null)?.[name] ?? 0);
  return [...once.values()].sort(
    (a, b) => place(a, "blockNumber") - place(b, "blockNumber") || place(a, "logIndex") - place(b, "logIndex"),
  );
}

/** Why a list of logs is none, whatever is asked besides; undefined when it may be one. */
export function faultOfLogs(filter: unknown, result: unknown): string | undefined {
  const { address, topics } = (filter ?? {}) as { address?: unknown; topics?: unknown };
  const addresses = namesIn(address);
  const first = namesIn((topics as unknown[] | undefined)?.[0]);
  for (const log of Array.isArray(result) ? (result as unknown[]) : []) {
    if (typeof log !== "object" || log === null) continue;
    const { removed, address: emitter, topics: given } = log as Log;
    if (removed === true) return "it gives a log of a block that was taken back";
    if (isOther(addresses, emitter)) return "it gives a log of a contract that was not asked for";
    if (isOther(first, (given as unknown[] | undefined)?.[0]))
      return "it gives a log of an event that was not asked for";
  }
  return undefined;
}

function namesIn(value: unknown): Set<string> | undefined {
  const list = (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === "string");
  return list.length === 0 ? undefined : new Set(list.map((one) => one.toLowerCase()));
}

function isOther(asked: Set<string> | undefined, given: unknown): boolean {
  return asked !== undefined && typeof given === "string" && !asked.has(given.toLowerCase());
}

/** Whether a smaller range may help. */
function isOfRange({ trouble, status }: EndpointError): boolean {
  return (
    ["too-large", "timeout", "refused"].includes(trouble) || (trouble === "http" && (status === 413 || status === 400))
  );
}

function heightOf(block: unknown): number | undefined {
  if (block === "earliest") return 0;
  if (typeof block === "number") return block;
  return typeof block === "string" && /^0x[0-9a-f]+$/i.test(block) ? Number(block) : undefined;
}
