import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CheckFailed } from "../../devnet/report.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a command printed as its one JSON object. */
export type Result = Record<string, unknown>;

/**
 * Runs `node <script> <args> --json` as an operator would, in a process of its own.
 *
 * @param killAt - Ends the process, hard, at the first line of its progress that contains this.
 * @returns Its JSON object; undefined when it was killed.
 * @throws CheckFailed with its own sentences when it fails.
 */
export async function run(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
  options: { killAt?: string; progress?: (line: string) => void } = {},
): Promise<Result | undefined> {
  const child = spawn(process.execPath, [script, ...args, "--json"], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let killed = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const line of text.split("\n").filter((some) => some !== "")) {
      options.progress?.(line.slice(0, 80));
      if (!killed && options.killAt !== undefined && line.includes(options.killAt)) killed = child.kill("SIGKILL");
    }
  });
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve(status ?? signal));
  });
  if (killed) return undefined;
  if (code !== 0)
    throw new CheckFailed(
      `${script} ${args[0] ?? ""} ended with ${code}: ${stderr.trim().split("\n").slice(-4).join(" ")}`,
    );
  if (options.killAt !== undefined)
    throw new CheckFailed(`${script} was to be killed at "${options.killAt}" and was not`);
  return JSON.parse(stdout) as Result;
}
