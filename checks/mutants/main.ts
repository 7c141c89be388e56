/**
 * `npm run mutants`: makes each weak variant of checks/mutants/list.ts in a copy of the project and shows that the tests which pin
 * its row fail, or that the fuzzer breaks an invariant. Nothing in the project itself is touched. Arguments: rows (`H12 trap
 * invariant`), all when left out. Of each variant only the contracts are compiled that contain the change; all that depend on it if
 * the tests do not fail then. Exit code 1 if a variant survives.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutants } from "./list.ts";
import type { Mutant } from "./mutant.ts";
import { touched } from "./touched.ts";

const COPIES = join(".tmp", "mutants");
/** All that a test needs; artifacts and cache spare the first build. */
const PARTS = ["contracts", "test", "src", "types", "deploy", "devnet", "checks", "scripts", "artifacts", "cache"];
const HARDHAT = join("node_modules", "hardhat", "dist", "src", "cli.js");
const FILES = ["hardhat.config.ts", "package.json", "tsconfig.json"];
/** Sequences of the fuzzer; its seed is fixed, so that a variant is found each time or never. */
const RUNS = 20;
const SEED = "0x5e5510";

/** A copy for Mocha without the Solidity tests, which would have to be compiled each time, and one for the fuzzer with them. */
function copyFor({ fuzz }: Pick<Mutant, "fuzz">): string {
  const copy = join(COPIES, fuzz === undefined ? "mocha" : "fuzz");
  if (existsSync(copy)) return copy;
  mkdirSync(copy, { recursive: true });
  const filter = (source: string) => fuzz !== undefined || !(source.startsWith("test") && source.endsWith(".sol"));
  for (const part of [...PARTS, ...FILES])
    if (existsSync(part)) cpSync(part, join(copy, part), { recursive: true, filter });
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"), "dir");
  return copy;
}

/** The mutated source. Throws if the text to change is not there exactly once: the list is out of date then. */
function mutate(source: string, { file, edits }: Mutant): string {
  for (const [from, to] of edits) {
    const parts = source.split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
    source = parts.join(to);
  }
  return source;
}

interface Outcome {
  failing: number;
  passing: number;
  output: string;
}

/** How many of the pinning tests fail. Neither failing nor passing: they were not run, for lack of memory or of a compiling source. */
function run(mutant: Mutant): Outcome {
  const copy = copyFor(mutant);
  const path = join(copy, mutant.file);
  const original = readFileSync(path, "utf8");
  try {
    writeFileSync(path, mutate(original, mutant));
    return mutant.fuzz === undefined ? runTests(copy, mutant) : runFuzzer(copy, mutant.fuzz);
  } finally {
    writeFileSync(path, original);
  }
}

/** Contracts of the Mocha copy that were last built with a change in them; `all` if any may have been. */
let changed: readonly string[] | "all" = [];

function runTests(copy: string, { file, tests = [], grep, row }: Mutant): Outcome {
  const roots = touched(file, tests);
  let outcome: Outcome = { failing: 0, passing: 0, output: "" };
  for (const all of [false, true]) {
    const output = build(copy, all || changed === "all" ? [] : [...new Set([...changed, ...roots])]);
    changed = all ? "all" : roots;
    if (output !== undefined) return { failing: 0, passing: 0, output };
    outcome = runMocha(copy, "--no-compile", ...tests, "--grep", grep ?? `${row}: `);
    if (outcome.failing > 0) break;
  }
  return outcome;
}

/** What the compiler has to say if it refuses. No types: a variant has those of the source. */
function build(copy: string, files: readonly string[]): string | undefined {
  const { output, status } = runNode(copy, [HARDHAT, "build", "--quiet", "--no-tests", "--no-typechain", ...files]);
  return status === 0 ? undefined : output;
}

function runMocha(copy: string, ...args: string[]): Outcome {
  const { output } = runNode(copy, [HARDHAT, "test", "mocha", "--no-typechain", ...args]);
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(output)?.[1] ?? 0);
  return { failing: count("failing"), passing: count("passing"), output };
}

/** The suite with its handler, whose calls the fuzzer makes. */
function runFuzzer(copy: string, suite: string): Outcome {
  const files = [suite, `${suite}Handler`].map((name) => join("test", "invariant", `${name}.t.sol`));
  const { output } = runNode(copy, [join("scripts", "fuzz.ts"), "--runs", String(RUNS), "--seed", SEED, ...files]);
  const broken = /^\d+ calls in \d+ s, (\d+) broken$/m.exec(output)?.[1];
  if (broken === undefined) return { failing: 0, passing: 0, output };
  return { failing: Number(broken), passing: 1 - Number(broken), output };
}

function runNode(cwd: string, args: string[]): { output: string; status: number | null } {
  const { stdout, stderr, signal, status } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return { output: `${stdout}${stderr}${signal === null ? "" : `ended by ${signal}`}`, status };
}

/** A test that fails without a variant would catch each of them. */
function requireHealth(mutants: readonly Mutant[]): void {
  const tests = new Set(mutants.flatMap(({ tests = [] }) => tests));
  if (tests.size === 0) return;
  const { failing, passing, output } = runMocha(copyFor({}), ...tests);
  if (failing === 0 && passing > 0) return;
  console.error(`The tests do not pass on the source as it is:\n${lastLines(output)}`);
  process.exit(1);
}

function lastLines(output: string): string {
  return output.split("\n").slice(-30).join("\n");
}

/** What broke, in the fuzzer's words. */
function reason({ output }: Outcome): string {
  const found = /^\S+ invariant_\w+\(\): \d+ calls, \d+ refused, (.*)$/m.exec(output)?.[1];
  return found === undefined ? "" : `: ${found}`;
}

const HELP = `Makes weak variants of the contracts, each of which a test must catch.

Usage: npm run mutants -- [ROW ...]

Rows: ${[...new Set(mutants.map(({ row }) => row))].join(", ")}; all when left out. Exit code 1 if one survived.
`;

/** Makes the variants of the rows that are named, or all. */
export async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return void process.stdout.write(HELP);
  const rows = new Set(args);
  const strange = args.filter((row) => !mutants.some((mutant) => mutant.row === row));
  if (strange.length > 0) {
    process.stderr.write(`no such row: ${strange.join(", ")}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  const chosen = mutants.filter(({ row }) => rows.size === 0 || rows.has(row));
  // before the first of them: a list that is out of date is no use half an hour later
  for (const mutant of chosen) mutate(readFileSync(mutant.file, "utf8"), mutant);
  rmSync(COPIES, { recursive: true, force: true });
  requireHealth(chosen);
  const started = Date.now();
  let caught = 0;
  for (const [index, mutant] of chosen.entries()) {
    let outcome = run(mutant);
    if (outcome.failing + outcome.passing === 0) outcome = run(mutant);
    const { failing, passing, output } = outcome;
    if (failing > 0) caught++;
    const verdict = failing > 0 ? "caught  " : passing > 0 ? "SURVIVED" : "NOT RUN ";
    console.log(
      `${verdict} ${mutant.row.padEnd(4)} ${mutant.weakness}: ${failing} failing, ${passing} passing${reason(outcome)}`,
    );
    if (failing === 0) console.log(lastLines(output));
    const minutes = (Date.now() - started) / 60_000;
    const left = (minutes / (index + 1)) * (chosen.length - index - 1);
    process.stderr.write(
      `${index + 1} of ${chosen.length}, ${minutes.toFixed(1)} minutes, about ${left.toFixed(0)} to go\n`,
    );
  }
  rmSync(COPIES, { recursive: true, force: true });
  console.log(`${chosen.length} weak variants, ${caught} caught, ${chosen.length - caught} not`);
  process.exitCode = caught < chosen.length ? 1 : 0;
}
