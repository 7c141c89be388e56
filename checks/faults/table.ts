/** Every command under every fault: the right answer, or exit code 3 with the endpoint's words; nothing sent twice. */
import { isDeepStrictEqual } from "node:util";
import { run } from "../../src/cli/program.ts";
import type { Case } from "./cases.ts";
import { CASES } from "./cases.ts";
import type { Fault } from "./proxy.ts";
import { FAULTS, FaultProxy } from "./proxy.ts";
import type { World } from "./world.ts";
import { sentBy } from "./world.ts";

/** One cell of the table. `why` is empty where it passed. */
export interface Cell {
  name: string;
  fault: string;
  why: string;
}

/** Whether a part of the run is asked for: something by its name, under a fault or under any. */
export type Wanted = (name: string, fault?: Fault) => boolean;

/** Times that make a bad day short: only what never comes is not waited for, as this machine may be a slow one. */
const timesOf = (fault?: Fault): Record<string, string> => ({
  SESSION_RPC_TIMEOUT: fault === "hang" ? "1" : "10",
  SESSION_RPC_BACKOFF: "0.02",
});

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command of the command line in this process, against an endpoint. */
async function runCommand(world: World, argv: string[], url: string, env: Record<string, string>): Promise<Ran> {
  let out = "";
  let err = "";
  const on = ["--network", "localhost", "--rpc", url, "--rewards-contract", world.system.contract, "--json"];
  const code = await run([...argv, ...on], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    stdin: (async function* () {})(),
    env: { PRIVATE_KEY: world.key, OPERATOR_KEY: world.operatorKey, XDG_STATE_HOME: await world.directory(), ...env },
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** What a command makes of a good endpoint: the answer that is right. */
async function baseline(world: World, one: Case): Promise<unknown> {
  const proxy = await new FaultProxy(world.system.url).start();
  try {
    return await undone(world, async () => {
      const ran = await runCommand(world, one.argv(world), proxy.url, timesOf());
      if (ran.code !== 0) throw new Error(`${one.name} fails on a good endpoint: ${ran.err}`);
      return essenceOf(one, ran);
    });
  } finally {
    await proxy.stop();
  }
}

/** A command under a fault that comes and goes: the right answer. */
async function underFault(world: World, one: Case, fault: Fault, right: unknown): Promise<Cell> {
  const proxy = await new FaultProxy(world.system.url, { fault }).start();
  try {
    return await undone(world, async () => {
      const before = await sentBy(world);
      const ran = await runCommand(world, one.argv(world), proxy.url, timesOf(fault));
      const sent = (await sentBy(world)) - before;
      return { name: one.name, fault, why: judge(one, ran, right, sent, proxy) };
    });
  } finally {
    await proxy.stop();
  }
}

function essenceOf({ essence, lines }: Case, { out }: Ran): unknown {
  if (lines !== true) return essence(JSON.parse(out) as never);
  const events = out.split("\n").filter((line) => line !== "");
  return essence(events.map((line) => JSON.parse(line) as unknown) as never);
}

function judge(one: Case, ran: Ran, right: unknown, sent: number, proxy: FaultProxy): string {
  if (ran.code !== 0) return `exit code ${ran.code}: ${ran.err.trim()}`;
  const found = essenceOf(one, ran);
  if (!isDeepStrictEqual(found, right)) return otherAnswer(found, right);
  if (sent !== one.sends) return `${sent} transactions on the chain, not ${one.sends}`;
  if (proxy.transactions.size !== one.sends)
    return `${proxy.transactions.size} different transactions, not ${one.sends}`;
  return "";
}

/** Where two answers part. */
export function otherAnswer(found: unknown, right: unknown): string {
  const [one, other] = [found, right].map((answer) => JSON.stringify(answer) ?? "nothing") as [string, string];
  const length = Math.min(one.length, other.length);
  let at = 0;
  while (at < length && one[at] === other[at]) at++;
  const [here, there] = [one, other].map((text) => text.slice(Math.max(0, at - 100), at + 150));
  return `another answer: …${here}…, not …${there}…`;
}

/** Faults that an endpoint can have for good. */
const FOR_GOOD: readonly Fault[] = ["rate-429", "rate-32005", "html", "half", "drop-before", "drop-after", "hang"];
/** What the user is told, by fault. */
const WORDS: Readonly<Partial<Record<Fault, RegExp>>> = {
  "rate-429": /HTTP 429/,
  "rate-32005": /request rate limited.*-32005/,
  html: /Service Temporarily Unavailable/,
  half: /no JSON|neither result nor error/,
  "drop-before": /connection was cut/,
  "drop-after": /connection was cut/,
  hang: /nothing came within 1 s/,
};

/** A command whose endpoint stays down: exit code 3, its host and words, no URL, nothing sent. */
async function whenDown(world: World, one: Case, fault: Fault): Promise<Cell> {
  const proxy = await new FaultProxy(world.system.url, { fault, always: true }).start();
  const secret = "0123456789abcdef";
  const { host } = new URL(proxy.url);
  try {
    const before = await sentBy(world);
    const times = { ...timesOf(fault), SESSION_RPC_ATTEMPTS: "2" };
    const ran = await runCommand(world, one.argv(world), `http://user:${secret}@${host}/key/${secret}`, times);
    const sent = (await sentBy(world)) - before;
    const told = `${ran.err}${ran.out}`;
    const why =
      ran.code !== 3
        ? `exit code ${ran.code}, not 3: ${ran.err.trim()}`
        : !told.includes(host) || WORDS[fault]?.test(told) === false
          ? `not the endpoint's words: ${ran.err.trim()}`
          : told.includes(secret) || /https?:\/\/\S*127\.0\.0\.1/.test(told)
            ? `the URL is printed: ${ran.err.trim()}`
            : sent > 0
              ? `${sent} transactions sent`
              : "";
    return { name: one.name, fault: `${fault}, for good`, why };
  } finally {
    await proxy.stop();
  }
}

/** The chain as it was before, whatever was sent. */
async function undone<T>(world: World, work: () => Promise<T>): Promise<T> {
  const { provider } = world.system;
  const snapshot = (await provider.send("evm_snapshot", [])) as string;
  try {
    return await work();
  } finally {
    await provider.send("evm_revert", [snapshot]);
  }
}

/** The cells of the table: all of them, or a part that meets each command and each fault. */
function* cells(part: "all" | "some"): Generator<{ one: Case; fault: Fault; forGood: boolean }> {
  for (const [i, one] of CASES.entries()) {
    for (const [j, fault] of FAULTS.entries()) {
      if (part === "all" || (i + j) % 9 === 0) yield { one, fault, forGood: false };
    }
    for (const [j, fault] of FOR_GOOD.entries()) {
      if (part === "all" || (i + j) % 7 === 0) yield { one, fault, forGood: true };
    }
  }
}

/** Runs the table, a cell at a time. */
export async function runTable(
  world: World,
  part: "all" | "some",
  told: (cell: Cell) => void,
  wanted: Wanted = () => true,
): Promise<void> {
  const right = new Map<Case, unknown>();
  for (const { one, fault, forGood } of cells(part)) {
    if (!wanted(one.name, fault)) continue;
    if (forGood) {
      told(await whenDown(world, one, fault));
      continue;
    }
    if (!right.has(one)) right.set(one, await baseline(world, one));
    told(await underFault(world, one, fault, right.get(one)));
  }
}
