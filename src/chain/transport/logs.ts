import { toQuantity } from "ethers";
import { limitIn } from "./classify.ts";
import { EndpointError } from "./endpointError.ts";
import type { Roster } from "./roster.ts";

type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** Silence that may be the range's fault makes it smaller; so often in a row it is the endpoint's. */
const TIMEOUTS = 3;

/** Endpoints that cut a list short without a word cut it at a round number: multiples of this are not believed. */
const ROUND = 1_000;

/** `eth_getLogs` over a range of any length, in pieces that the endpoint takes: they shrink when it refuses and grow again. */
export async function readLogs(filter: unknown, roster: Roster, ask: Ask): Promise<unknown> {
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
