import { chmod, open, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { z } from "zod";
import { unusable } from "../../chain/files/index.ts";
import { CliError } from "../terminal/errors.ts";

/** `--state-dir`, else `$XDG_STATE_HOME/session-staking`, else `~/.local/state/session-staking`. */
export function stateDirectory(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  return given ?? join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "session-staking");
}

/** Creates a file that must not exist yet, mode 0600: for secrets. */
export async function writeNew(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(path, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "it exists already" : (code ?? "error");
    throw new CliError(
      "usage",
      `Cannot create ${path}: ${why}.`,
      code === "EEXIST" ? "Give another --out." : "",
      {},
      cause,
    );
  }
}

/**
 * Reads a JSON file of ours; undefined when there is none. A broken one is an error: it is never silently forgotten.
 *
 * @throws CliError `usage`
 */
export async function readJson<T>(path: string, shape: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable("read", path, error);
  }
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    const what = cause instanceof SyntaxError ? "valid JSON" : "what this program writes";
    const fix = "Look at it, and move it away if it is of no use.";
    throw new CliError("usage", `${path} is not ${what}.`, fix, {}, cause);
  }
}
