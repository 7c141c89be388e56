/** What the benchmark starts and fetches, and leaves behind when it is interrupted: nothing but what the next run can use. */
import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Packages and chains that are kept from run to run; git ignores it. */
export const KEPT = join(".tmp", "portal-bench");

const children = new Set<ChildProcess>();
const folders = new Set<string>();

let scratched = 0;

/** A new folder that goes with this process. */
export function scratch(name: string): string {
  const folder = join(KEPT, `${name}-${process.pid}-${++scratched}`);
  mkdirSync(folder, { recursive: true });
  folders.add(folder);
  return folder;
}

/** Ends what is still running and removes the folders. */
export function cleanUp(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** From now on an interruption cleans up first. */
export function cleanUpWhenInterrupted(): void {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      cleanUp();
      process.exit(code);
    });
  }
}

/** A child that goes with this process. */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Asks a child to end and waits until it has. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

/** Waits until `ready` says so; a child that ends before is an error. */
export async function until(
  ready: () => Promise<boolean>,
  child: ChildProcess,
  what: string,
  ms: number,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await ready().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what} ended before it was ready`);
    if (performance.now() > end) throw new Error(`${what} was not ready within ${ms / 1_000} s`);
    await pause(20);
  }
}

/** A folder in which packages are installed, once: exact versions, no scripts of theirs. */
export async function installed(
  dependencies: Readonly<Record<string, string>>,
  tell: (text: string) => void,
): Promise<string> {
  const text = JSON.stringify({ private: true, type: "module", dependencies }, null, 2);
  const folder = join(KEPT, `packages-${createHash("sha256").update(text).digest("hex").slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  tell(
    `fetching ${Object.entries(dependencies)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")} from npm`,
  );
  const part = `${folder}.part-${process.pid}`;
  mkdirSync(part, { recursive: true });
  folders.add(part);
  writeFileSync(join(part, "package.json"), text);
  const npm = start("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: part,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise((resolve) => npm.once("exit", resolve));
  if (code !== 0) throw new Error(`npm could not install ${Object.keys(dependencies).join(", ")}: see above`);
  renameSync(part, folder);
  return folder;
}

/** Most resident memory that a process, and it and those below it together, ever had, in MB, as sampled. */
export class Memory {
  peak = 0;
  own = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    const sample = (): void => {
      this.peak = Math.max(this.peak, residentBelow(pid));
      this.own = Math.max(this.own, resident(pid));
    };
    sample();
    this.#timer = setInterval(sample, 200);
  }

  stop(): number {
    clearInterval(this.#timer);
    return this.peak;
  }
}

/** Resident memory of a process and all its descendants in MB; Linux only, elsewhere 0. */
function residentBelow(pid: number): number {
  try {
    const below = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return below.reduce((sum, child) => sum + residentBelow(Number(child)), resident(pid));
  } catch {
    return 0;
  }
}

function resident(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_000;
  } catch {
    return 0;
  }
}
