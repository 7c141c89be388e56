/** Ponder behind an endpoint as hosted providers' are on bad days: does it get there, when, and are all events there? */
import { FaultProxy } from "../../faults/proxy.ts";
import type { Fault } from "../../faults/proxy.ts";
import type { Chain } from "../chain/make.ts";
import { runPonder } from "./run.ts";

/** Faults that concern an index. */
export const INDEX_FAULTS: readonly Fault[] = [
  "rate-429",
  "rate-32005",
  "lagging",
  "missing-state",
  "small-ranges",
  "html",
  "half",
  "drop-before",
  "mixed",
];

export interface FaultRow {
  fault: Fault | "none";
  /** Seconds until it had caught up; undefined when it had not within the patience. */
  seconds: number | undefined;
  /** Events that are missing or too many, by name. */
  wrong: Record<string, number>;
  requests: number;
  /** Requests that went wrong. */
  faults: number;
  /** What it ended with. */
  error: string | undefined;
}

export async function runFaults(
  chain: Chain,
  faults: readonly (Fault | "none")[],
  patience: number,
  tell: (text: string) => void,
): Promise<FaultRow[]> {
  const rows: FaultRow[] = [];
  for (const fault of faults) {
    const proxy = await new FaultProxy(chain.url, {
      fault: fault === "none" ? undefined : fault,
      retryAfter: 1,
    }).start();
    const row: FaultRow = { fault, seconds: undefined, wrong: {}, requests: 0, faults: 0, error: undefined };
    try {
      const { ms, byName } = await runPonder({ url: proxy.url, facts: chain.facts, patience, tell: () => undefined });
      row.seconds = Math.round(ms / 1_000);
      row.wrong = differences(chain.facts.counted.byName, byName);
    } catch (error) {
      row.error = (error as Error).message.slice(0, 400);
    }
    row.requests = proxy.requests;
    row.faults = proxy.faults;
    await proxy.stop();
    rows.push(row);
    tell(`Ponder behind ${fault}: ${JSON.stringify(row)}`);
  }
  return rows;
}

/** How many events of each name are too many, or (below zero) missing. */
export function differences(right: Record<string, number>, found: Record<string, number>): Record<string, number> {
  const names = new Set([...Object.keys(right), ...Object.keys(found)]);
  return Object.fromEntries(
    [...names].map((name) => [name, (found[name] ?? 0) - (right[name] ?? 0)] as const).filter(([, by]) => by !== 0),
  );
}
