/**
 * The invariants under a long fuzz: `npm run fuzz`. Prints, for each suite and each action, the calls and those that the contracts
 * refused, and the invariants that broke. Exits 1 if any did, or if an action was refused each time: that tests nothing.
 *
 * Options: `--runs N` sequences for each suite, `--depth N` calls in each, `--seed 0x...`, then test files (all of test/invariant
 * when left out; name an invariant's handler with it).
 */
import { globSync } from "node:fs";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { argumentsOf } from "../help.ts";
import config from "../../hardhat.config.ts";

/** What the runner gives back for an invariant, as far as it is read here. */
interface InvariantResult {
  name: string;
  status: "Success" | "Failure" | "Skipped";
  reason?: string;
  kind: {
    calls?: bigint;
    reverts?: bigint;
    metrics?: Record<string, { calls: bigint; reverts: bigint; discards: bigint }>;
  };
}

/** Calls of an action after which one at least should have gone through. */
const ENOUGH_CALLS = 500n;

const HELP = `Runs the invariants under a long fuzz; prints each action's calls and refusals, and what broke.

Usage: npm run fuzz -- [options] [test files]

Options:
  --runs N     sequences for each suite (default 1400)
  --depth N    calls in each (default 250)
  --seed 0x…   the fuzzer's seed (default: the time)
  --help       this text

Files: all of test/invariant when left out. Exit code 1 if an invariant broke, or an action was refused each time.
`;

/** Fuzzes, and prints what was called and what broke. */
export async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return void process.stdout.write(HELP);
  const { values, positionals } = argumentsOf({
    args: [...args],
    options: {
      runs: { type: "string", default: "1400" },
      depth: { type: "string", default: "250" },
      seed: { type: "string" },
    },
    allowPositionals: true,
  });
  const files = positionals.length > 0 ? positionals : globSync("test/invariant/*.t.sol");

  const started = Date.now();
  const hre = await createHardhatRuntimeEnvironment({
    ...config,
    test: {
      ...config.test,
      solidity: {
        ...config.test?.solidity,
        fuzz: { seed: values.seed ?? `0x${Date.now().toString(16)}` },
        invariant: { runs: Number(values.runs), depth: Number(values.depth), failOnRevert: false },
      },
    },
  });
  const outcome = (await hre.tasks.getTask(["test", "solidity"]).run({ testFiles: files })) as {
    value?: { suiteResults: { id: { name: string }; testResults: InvariantResult[] }[] };
    error?: { suiteResults: { id: { name: string }; testResults: InvariantResult[] }[] };
  };

  let calls = 0n;
  let breaks = 0;
  let idle = 0;
  for (const suite of (outcome.value ?? outcome.error)?.suiteResults ?? []) {
    for (const { name, status, reason, kind } of suite.testResults) {
      if (kind.calls === undefined) continue;
      calls += kind.calls;
      if (status === "Failure") breaks++;
      console.log(`${suite.id.name} ${name}: ${kind.calls} calls, ${kind.reverts} refused, ${reason ?? status}`);
      for (const [target, metric] of Object.entries(kind.metrics ?? {}).sort()) {
        const isIdle = metric.calls >= ENOUGH_CALLS && metric.reverts === metric.calls;
        if (isIdle) idle++;
        console.log(
          `  ${target}: ${metric.calls} calls, ${metric.reverts} refused${isIdle ? ", NONE WENT THROUGH" : ""}`,
        );
      }
    }
  }
  const seconds = (Date.now() - started) / 1000;
  console.log(`${calls} calls in ${seconds.toFixed(0)} s, ${breaks} broken`);
  process.exitCode = breaks > 0 || idle > 0 || calls === 0n ? 1 : 0;
}
