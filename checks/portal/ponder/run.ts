/** Ponder on a chain: fetched, told to call nobody, timed from nothing until it has caught up. */
import { cpSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Interface } from "ethers";
import {
  rewardRatePoolAbi,
  serviceNodeContributionAbi,
  serviceNodeContributionFactoryAbi,
  serviceNodeRewardsAbi,
} from "../../../src/chain/index.ts";
import type { ChainFacts } from "../chain/make.ts";
import { freePort } from "../../ports.ts";
import { installed, Memory, scratch, start, stop, until } from "../processes.ts";

/** Ponder wants viem and hono beside it; the newest that were served with 0.16.10. */
const PACKAGES = { ponder: "0.16.10", viem: "2.57.20", hono: "4.13.19" };
const PROJECT = new URL("project/", import.meta.url);

/** Addresses of one endpoint look like so many to Ponder, which gives each a rate limit of its own. */
const several = (url: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${url}/?${i}`);

const json = (abi: readonly string[]): unknown[] => JSON.parse(new Interface(abi).formatJson()) as unknown[];

export interface PonderRun {
  /** From the start of the process until it had the newest event, and until it called itself ready. */
  ms: number;
  readyMs: number;
  /** Resident at most, of the process and those below it. */
  memoryMb: number;
  /** Rows of each table. */
  counted: Record<string, number>;
  /** Events of each name. */
  byName: Record<string, number>;
  /** Lines of its log that warn or tell of an error. */
  troubles: string[];
}

export interface PonderOptions {
  url: string;
  /** Under how many addresses it is told of the endpoint (default 1). */
  addresses?: number;
  facts: ChainFacts;
  /** Milliseconds until it is given up. */
  patience: number;
  tell: (text: string) => void;
}

/** Installs the project in a folder of this run. */
async function prepare(options: PonderOptions): Promise<string> {
  const { url, facts, tell } = options;
  const packages = await installed(PACKAGES, tell);
  const folder = scratch("ponder");
  for (const file of readdirSync(PROJECT, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".txt")) continue;
    const target = join(folder, file.slice(0, -".txt".length));
    mkdirSync(join(target, ".."), { recursive: true });
    cpSync(new URL(file, PROJECT), target);
  }
  symlinkSync(resolve(packages, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const abis = {
    rewards: json(serviceNodeRewardsAbi),
    pool: json(rewardRatePoolAbi),
    factory: json(serviceNodeContributionFactoryAbi),
    contribution: json(serviceNodeContributionAbi),
  };
  const { rewards, pool, factory, deployedBlock } = facts;
  const settings = {
    chainId: 31337,
    urls: several(url, options.addresses ?? 1),
    rewards,
    pool,
    factory,
    deployedBlock,
    abis,
  };
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
  return folder;
}

export async function runPonder(options: PonderOptions): Promise<PonderRun> {
  const folder = await prepare(options);
  const port = await freePort();
  const log = join(folder, "log");
  const began = performance.now();
  const out = openSync(log, "w");
  const child = start(
    process.execPath,
    [
      "node_modules/ponder/dist/esm/bin/ponder.js",
      "start",
      "--port",
      String(port),
      "--log-format",
      "json",
      "--schema",
      "portal",
      "--log-level",
      "debug",
    ],
    {
      cwd: folder,
      stdio: ["ignore", out, out],
      // Not in CI either: everything that would make it call home.
      env: {
        ...process.env,
        PONDER_TELEMETRY_DISABLED: "true",
        DO_NOT_TRACK: "1",
        NODE_ENV: "production",
        DATABASE_URL: "",
        DATABASE_PRIVATE_URL: "",
      },
    },
  );
  const memory = new Memory(child.pid as number);
  const base = `http://127.0.0.1:${port}`;
  try {
    let said = "";
    const told = setInterval(() => {
      const last = readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? "";
      if (last !== said) options.tell(`Ponder: ${(said = last).slice(0, 160)}`);
    }, 10_000);
    try {
      await until(async () => (await fetch(`${base}/ready`)).ok, child, "Ponder", options.patience);
    } catch (error) {
      const words = troublesOf(log).slice(-3).join("\n");
      throw new Error(`${(error as Error).message}: ${words.slice(0, 2_000)}`, { cause: error });
    } finally {
      clearInterval(told);
    }
    const readyMs = performance.now() - began;
    // Ready means the blocks that it takes for final; the newest follow one by one.
    let counted: Record<string, number> = {};
    const all = async (): Promise<boolean> => {
      counted = (await (await fetch(`${base}/counted`)).json()) as Record<string, number>;
      return counted["event"] === options.facts.counted.total;
    };
    const complete = await until(all, child, "Ponder", 60_000).then(
      () => true,
      () => false,
    );
    const ms = complete ? performance.now() - began : readyMs;
    const memoryMb = memory.stop();
    const names = await fetch(`${base}/names`);
    if (!names.ok) throw new Error(`Ponder called itself ready, but answers ${names.status} ${await names.text()}`);
    const events = (await names.json()) as { name: string; rows: number }[];
    const byName = Object.fromEntries(events.map(({ name, rows }) => [name, rows]));
    return { ms, readyMs, memoryMb, counted, byName, troubles: troublesOf(log) };
  } finally {
    memory.stop();
    await stop(child);
    await pause(100);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Warnings and errors of its log, pino's levels 40 to 60. */
function troublesOf(log: string): string[] {
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => /"level":[456]0/.test(line));
}
