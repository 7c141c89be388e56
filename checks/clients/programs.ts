/** The programs as their users start them: processes of their own, with an environment of their own, all ended at the end. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CheckFailed } from "../../devnet/report.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export type Json = Record<string, unknown>;

export interface Run {
  script: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Exit code that it must end with; default 0. */
  code?: number;
  /** Ends it, hard, at the first line on standard error that has this. */
  killAt?: RegExp;
  progress?: ((line: string) => void) | undefined;
}

/** A process that goes on: a node or a client. */
export interface Service {
  /** Lines of both outputs. */
  readonly lines: readonly string[];
  /** The first line that matches, also one that is still to come. @throws CheckFailed when the process ends before */
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** Runs programs in a folder of their own and knows all that are still running. */
export class Programs {
  readonly folder: string;
  readonly #running = new Set<ChildProcess>();
  #stopped = false;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Programs> {
    return new Programs(await mkdtemp(join(tmpdir(), "session-clients-")));
  }

  /** A file of this run. */
  file(...path: string[]): string {
    return join(this.folder, ...path);
  }

  /**
   * Runs a script to its end.
   *
   * @returns The JSON object that it printed, undefined when it was killed as told.
   * @throws CheckFailed with its last words for another exit code
   */
  async run({ script, args, env = {}, code: wanted = 0, killAt, progress }: Run): Promise<Json | undefined> {
    const child = this.#spawn(process.execPath, [script, ...args], env);
    let stdout = "";
    const words: string[] = [];
    let killed = false;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    if (child.stderr) {
      createInterface(child.stderr).on("line", (line) => {
        words.push(line);
        progress?.(line);
        if (!killed && killAt?.test(line)) killed = child.kill("SIGKILL");
      });
    }
    const code = await ended(child);
    const name = `${script.replace(/^.*\//, "")} ${args.slice(0, 2).join(" ")}`;
    if (killAt !== undefined) {
      if (killed) return undefined;
      throw new CheckFailed(`${name} was to be killed at ${String(killAt)} and was not: ${words.slice(-3).join(" ")}`);
    }
    if (code !== wanted) {
      const last = [...words, ...stdout.split("\n")].filter((line) => line !== "").slice(-6);
      throw new CheckFailed(`${name} ended with ${code}, not ${wanted}: ${last.join(" | ").slice(0, 900)}`);
    }
    return parse(stdout);
  }

  /** Starts a program that goes on until it is stopped. */
  start(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Service {
    const child = this.#spawn(command, args, env);
    const lines: string[] = [];
    const waiting = new Set<() => void>();
    const wake = (): void => {
      for (const look of waiting) look();
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on("line", (line) => void (lines.push(line), wake()));
    }
    let over: number | null | undefined;
    const end = ended(child).then((code) => void ((over = code), wake()));
    return {
      lines,
      line: (pattern) =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            const found = lines.find((line) => pattern.test(line));
            if (found === undefined && over === undefined) return;
            waiting.delete(look);
            if (found !== undefined) resolve(found);
            else reject(new CheckFailed(`${command} ended with ${over}: ${lines.slice(-4).join(" | ")}`));
          };
          waiting.add(look);
          look();
        }),
      async stop() {
        child.kill("SIGTERM");
        // One that does not hear is ended.
        const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
        await end;
        clearTimeout(late);
      },
    };
  }

  /** Ends whatever still runs, and removes the folder. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const all = [...this.#running];
    for (const child of all) child.kill("SIGKILL");
    await Promise.all(all.map(ended));
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawn(command: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    if (this.#stopped) throw new CheckFailed("interrupted");
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...inherited(), XDG_CONFIG_HOME: this.file("config"), XDG_STATE_HOME: this.file("state"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    return child;
  }
}

/** The environment without what would change the programs: a developer's keys, endpoints and profiles. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(SESSION_|KEYSTORE|PRIVATE_KEY|DEPLOYER_|OWNER_|FORCE_COLOR)|_RPC_URL$/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  // An empty variable is not set, and keeps `.env` from setting it.
  const blank = ["SESSION_RPC", "SESSION_DIRECTORY", "SESSION_PROFILE", "KEYSTORE", "PRIVATE_KEY"];
  return { ...Object.fromEntries(kept), ...Object.fromEntries(blank.map((name) => [name, ""])), NO_COLOR: "1" };
}

function parse(stdout: string): Json {
  // `watch` prints a line of JSON for each event, all others one object.
  const text = stdout.trim();
  if (text === "") return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { lines: text.split("\n").map((line) => JSON.parse(line) as Json) };
  }
}

const endings = new WeakMap<ChildProcess, Promise<number | null>>();

function ended(child: ChildProcess): Promise<number | null> {
  const known = endings.get(child);
  if (known !== undefined) return known;
  const end = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  endings.set(child, end);
  return end;
}
