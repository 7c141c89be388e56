/**
 * The contracts against a model of them, over random sequences.
 *
 *     npm run model -- [--operations N] [--seed S] [--json]
 */
import { parseArgs } from "node:util";
import hre from "hardhat";
import { exitWith } from "../../help.ts";
import { connect } from "./connect.ts";
import { prepareBase } from "./environment.ts";
import { describe } from "./report.ts";
import { runSeed } from "./sequences.ts";
import type { Failure } from "./sequences.ts";
import { kindOf, shrink } from "./shrink.ts";
import { Tally } from "./tally.ts";

const HELP = `Runs the contracts and a model of them, written from the specification, side by side.

Usage: npm run model -- [options]

Sequences of operations are drawn from their seeds and run on Hardhat's network against the contracts behind their proxies:
registrations, exits, liquidations, batches, claims, contributions, vesting, setters, pauses, transfers, in all the ways in which they
can go wrong, with jumps of time, several calls in one block, and upgrades from live-style states in between. Success or the
error with its arguments, every event in order, and what the views say must be what the model says.
A sequence that differs is cut down to the steps that matter and printed. See docs/model.md.

Options:
  --operations N  how many operations at least (default 200000; with --seed alone, the one sequence of that seed)
  --seed S        first seed (default 1); the seeds after it follow
  --json          one JSON object: {operations, agreed, disagreed, sequences, seconds, functions, idle, failures: [{seed, steps, differences}]}
  --help          this text

Ends with \`N passed, N failed\`, operations that agreed and that did not; exit code 1 if one did not, or if a function was always
refused (that tests nothing), 2 for wrong use.`;

const OPERATIONS = 200_000;
const ENOUGH_CALLS = 400;
const MOST_FAILURES = 10;
const SHRINK_SECONDS = 120;
const PROGRESS_SECONDS = 10;

function count(text: string, name: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new Error(`--${name} wants a whole number, got ${text}`);
  return BigInt(text);
}

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      operations: { type: "string" },
      seed: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const first = count(values.seed ?? "1", "seed");
  const wanted = Number(
    count(values.operations ?? (values.seed === undefined ? String(OPERATIONS) : "1"), "operations"),
  );
  await hre.tasks.getTask("build").run({ quiet: true });
  const base = await prepareBase(await connect(hre));

  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  const tally = new Tally();
  const failures: Failure[] = [];
  const kinds = new Set<string>();
  let operations = 0;
  let disagreed = 0;
  let told = 0;
  let seed = first;
  for (; operations < wanted && failures.length < MOST_FAILURES; seed++) {
    const failure = await runSeed(base, seed, (result) => {
      operations += Math.max(result.said.length, 1);
      tally.add(result);
      if (seconds() - told < PROGRESS_SECONDS) return;
      told = seconds();
      const left = Math.max(0, (told * (wanted - operations)) / operations);
      process.stderr.write(
        `${operations} of ${wanted} operations, ${disagreed} differ, ${told.toFixed(0)} s, about ${left.toFixed(0)} s to go\n`,
      );
    });
    if (failure === undefined) continue;
    disagreed++;
    if (kinds.has(kindOf(failure))) continue;
    kinds.add(kindOf(failure));
    process.stderr.write(`seed ${seed} differs in ${failure.result.differences[0]?.what}; cutting it down\n`);
    const short = await shrink(base, failure, SHRINK_SECONDS);
    failures.push(short);
    if (!values.json) console.log(describe(short));
  }

  const idle = tally.idle(ENOUGH_CALLS);
  const agreed = operations - disagreed;
  if (values.json) {
    const { length } = failures;
    console.log(
      JSON.stringify({
        operations,
        agreed,
        disagreed,
        sequences: Number(seed - first),
        seconds: seconds(),
        functions: tally,
        idle,
        failures: failures.map(({ seed: of, steps, result }) => ({
          seed: of.toString(),
          steps,
          differences: result.differences,
        })),
      }),
    );
    return disagreed > 0 || length > 0 || idle.length > 0 ? 1 : 0;
  }
  for (const line of tally.lines()) console.log(line);
  for (const name of idle) console.log(`${name}: NONE WENT THROUGH`);
  console.log(`${seed - first} sequences in ${seconds().toFixed(0)} s`);
  console.log(`${agreed} passed, ${disagreed} failed`);
  return disagreed > 0 || idle.length > 0 ? 1 : 0;
}

export async function main(args: readonly string[]): Promise<void> {
  await exitWith(() => run(args));
}
