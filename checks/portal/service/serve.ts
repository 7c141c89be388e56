/** The built `session-staking serve` on a chain, as its users start it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AppState } from "../../../src/portal/api/index.ts";
import type { ChainFacts } from "../chain/make.ts";
import { freePort } from "../../ports.ts";
import { Memory, start, stop, until } from "../processes.ts";

const PROGRAM = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

export interface Service {
  url: string;
  /** From the start of the process until the index had the chain's newest block, milliseconds. */
  caughtUpMs: number;
  state: AppState;
  /** Most resident memory so far, MB: of the process, and of it and those below it (a new database is made by one). */
  peakMb(): { own: number; all: number };
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** The chain's endpoint. */
  rpc: string;
  facts: ChainFacts;
  /** A folder for the database and everything else that it keeps. */
  folder: string;
  /** Milliseconds until it is given up. */
  patience: number;
  tell: (text: string) => void;
}

export async function startService({ rpc, facts, folder, patience, tell }: ServiceOptions): Promise<Service> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(folder, { recursive: true });
  const args = ["serve", "--network", "localhost", "--rpc", rpc, "--rewards-contract", facts.rewards];
  args.push("--factory", facts.factory, "--data", join(folder, "database"), "--state-dir", folder);
  args.push("--port", String(port), "--rate-limit", "0", "--log-level", "warn");
  const began = performance.now();
  const child = start(process.execPath, [PROGRAM, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const memory = new Memory(child.pid as number);
  let state: AppState | undefined;
  const caughtUp = async (): Promise<boolean> => {
    state = (await (await fetch(`${url}/app/state`)).json()) as AppState;
    return state.head.block === facts.counted.head;
  };
  const told = setInterval(() => {
    if (state?.head !== undefined) tell(`our index is at block ${state.head.block} of ${facts.counted.head}`);
  }, 5_000);
  try {
    await until(caughtUp, child, "session-staking serve", patience);
  } catch (error) {
    memory.stop();
    await stop(child);
    throw error;
  } finally {
    clearInterval(told);
  }
  return {
    url,
    caughtUpMs: performance.now() - began,
    state: state as unknown as AppState,
    peakMb: () => ({ own: memory.own, all: memory.peak }),
    async stop() {
      memory.stop();
      await stop(child);
    },
  };
}
