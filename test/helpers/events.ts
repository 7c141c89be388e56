import type { TransactionReceipt, TransactionResponse } from "ethers";
import { Interface } from "ethers";
import * as abis from "../../src/chain/abi.ts";

const entries = Object.values(abis)
  .flat()
  .filter((entry) => entry.startsWith("event "));
// an event of several contracts is one: who emitted it does not matter here
const known = new Interface([...new Set(entries)]);

/**
 * The events of a transaction in their order, over all contracts of the system: the name with the arguments in parentheses as a script
 * would print them, e.g. `UpdateFee(500)`.
 */
export async function eventsOf(sent: Promise<TransactionResponse>): Promise<string[]> {
  const receipt = (await (await sent).wait()) as TransactionReceipt;
  return receipt.logs.map((log) => {
    const event = known.parseLog(log);
    return event ? `${event.name}(${event.args.map(show).join(", ")})` : `unknown(${String(log.topics[0])})`;
  });
}

/** The names alone. */
export async function eventNames(sent: Promise<TransactionResponse>): Promise<string[]> {
  return (await eventsOf(sent)).map((event) => event.slice(0, event.indexOf("(")));
}

function show(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(show).join(", ")}]` : String(value);
}
