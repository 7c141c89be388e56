import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io } from "../../../../src/cli/terminal/io.ts";
import { run } from "../../../../src/cli/program.ts";

/** What one run of the program left behind. */
export interface Ran {
  code: number;
  out: string;
  err: string;
  /** Standard output as JSON. */
  json<T = Record<string, unknown>>(): T;
}

export interface RunOptions {
  env?: Record<string, string>;
  stdin?: string;
  tty?: boolean;
  /** Somebody sits there: standard input and error are a terminal. */
  terminal?: boolean;
  signal?: AbortSignal;
  /** What a person at a terminal types. */
  askSecret?: (question: string) => Promise<string>;
}

/** Runs the program in this process, its streams caught. */
export async function cli(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const tty = options.tty ? { isTTY: true, columns: 120 } : {};
  // Without --state-dir a run remembers nothing of the runs before it.
  const state = mkdtempSync(join(tmpdir(), "cli-state-"));
  const io: Io = {
    stdout: { write: (text) => (out += text), ...tty },
    // A terminal's progress bars need a real stream: standard error stays plain.
    stderr: { write: (text) => (err += text), ...(options.terminal ? { isTTY: true, columns: 80 } : {}) },
    stdin: Object.assign(
      (async function* () {
        if (options.stdin !== undefined) yield options.stdin;
      })(),
      options.terminal ? { isTTY: true } : {},
    ),
    env: { XDG_STATE_HOME: state, ...options.env },
    signal: options.signal ?? new AbortController().signal,
    askSecret: options.askSecret,
  };
  const code = await run(argv, io).finally(() => rmSync(state, { recursive: true, force: true }));
  return { code, out, err, json: <T>() => JSON.parse(out) as T };
}
