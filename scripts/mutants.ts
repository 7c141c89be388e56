/**
 * `npm run mutants`: makes each weak variant of scripts/mutants/list.ts in a copy of the project and shows that the tests which pin
 * its row fail. Nothing in the project itself is touched. Arguments: rows (`H12 trap`), all when left out. Exit code 1 if a variant
 * survives.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutants } from "./mutants/list.ts";
import type { Mutant } from "./mutants/list.ts";

const COPY = join(".tmp", "mutants");
/** All that a test needs; artifacts and cache spare the first build. */
const PARTS = ["contracts", "test", "src", "types", "deploy", "scripts", "artifacts", "cache"];
const FILES = ["hardhat.config.ts", "package.json", "tsconfig.json"];

function makeCopy(): void {
  rmSync(COPY, { recursive: true, force: true });
  mkdirSync(COPY, { recursive: true });
  // without the Solidity tests, which would have to be compiled each time
  const filter = (source: string) => !(source.startsWith("test") && source.endsWith(".sol"));
  for (const part of [...PARTS, ...FILES])
    if (existsSync(part)) cpSync(part, join(COPY, part), { recursive: true, filter });
  symlinkSync(join(process.cwd(), "node_modules"), join(COPY, "node_modules"), "dir");
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

/** How many tests of the copy fail and pass. Neither: they were not run, for lack of memory or of a compiling source. */
function test(...what: string[]): Outcome {
  const hardhat = join("node_modules", "hardhat", "dist", "src", "cli.js");
  const { stdout, stderr, signal } = spawnSync(process.execPath, [hardhat, "test", "mocha", ...what], {
    cwd: COPY,
    encoding: "utf8",
  });
  const output = `${stdout}${stderr}${signal === null ? "" : `ended by ${signal}`}`;
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(output)?.[1] ?? 0);
  return { failing: count("failing"), passing: count("passing"), output };
}

/** Runs the tests that pin `mutant` on the mutated source. */
function run(mutant: Mutant): Outcome {
  const path = join(COPY, mutant.file);
  const original = readFileSync(path, "utf8");
  try {
    writeFileSync(path, mutate(original, mutant));
    return test(...mutant.tests, "--grep", mutant.grep ?? `${mutant.row}: `);
  } finally {
    writeFileSync(path, original);
  }
}

const rows = new Set(process.argv.slice(2));
const chosen = mutants.filter(({ row }) => rows.size === 0 || rows.has(row));
makeCopy();
// a test that fails without a mutant would catch each of them
const healthy = test(...new Set(chosen.flatMap(({ tests }) => tests)));
if (healthy.failing > 0 || healthy.passing === 0) {
  console.error(`The tests do not pass on the source as it is:\n${healthy.output.split("\n").slice(-30).join("\n")}`);
  process.exit(1);
}
let caught = 0;
for (const mutant of chosen) {
  let outcome = run(mutant);
  if (outcome.failing + outcome.passing === 0) outcome = run(mutant);
  const { failing, passing, output } = outcome;
  if (failing > 0) caught++;
  const verdict = failing > 0 ? "caught  " : passing > 0 ? "SURVIVED" : "NOT RUN ";
  console.log(`${verdict} ${mutant.row.padEnd(4)} ${mutant.weakness}: ${failing} failing, ${passing} passing`);
  if (failing === 0) console.log(output.split("\n").slice(-30).join("\n"));
}
rmSync(COPY, { recursive: true, force: true });
console.log(`${chosen.length} weak variants, ${caught} caught, ${chosen.length - caught} not`);
process.exitCode = caught < chosen.length ? 1 : 0;
