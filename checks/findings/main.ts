/** `npm run findings`: runs each finding, and says which are as they were and which changed. Arguments: names, all when left out. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename } from "node:path";

const HELP = `Runs the findings (findings/README.md) and says which changed.

Usage: npm run findings [-- NAME ...]

Ends with \`N passed, N failed\`; exit code 1 if one changed or could not run, 2 for an unknown name.
`;
const LIMIT_MS = 20 * 60_000;

export function main(args: readonly string[]): void {
  if (args.includes("--help")) return void process.stdout.write(HELP);
  const all = globSync("findings/*.sh").sort();
  const chosen = all.filter((file) => args.length === 0 || args.includes(basename(file, ".sh")));
  const unknown = args.filter((name) => !all.some((file) => basename(file, ".sh") === name));
  if (unknown.length > 0) {
    process.stderr.write(`no such finding: ${unknown.join(", ")}\n`);
    process.exitCode = 2;
    return;
  }
  let failed = 0;
  for (const file of chosen) {
    process.stdout.write(`${basename(file, ".sh")} … `);
    const { status, stdout, stderr, error } = spawnSync("bash", [file], { encoding: "utf8", timeout: LIMIT_MS });
    if (status === 0) process.stdout.write("as it was\n");
    else {
      failed++;
      const said = `${stdout}${stderr}`.trim().split("\n").slice(-8).join("\n  ");
      process.stdout.write(`CHANGED, or could not run (${error?.message ?? `exit code ${status}`})\n  ${said}\n`);
    }
  }
  process.stdout.write(`${chosen.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}
