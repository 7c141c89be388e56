/** `npm run simulate`: a network of 1,500 nodes over 60 days, scenario by scenario. */
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import yargs from "yargs";
import { documentOf, pictureOf, tableOf } from "./report.ts";
import type { Outcome } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Runs the scenarios that were asked for; exit code 1 when something came out that must not. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs(args)
    .scriptName("npm run simulate --")
    .usage("$0 [options]\n\nA network of nodes lives for 60 days; the rules of standing are the product's own code.")
    .option("seed", { type: "number", array: true, default: [1], describe: "seeds, one run each a scenario" })
    .option("seeds", { type: "number", describe: "as many seeds, from 1 on" })
    .option("scenario", {
      type: "string",
      array: true,
      choices: SCENARIOS.map(({ name }) => name),
      describe: "only these",
    })
    .option("nodes", { type: "number", default: 1_500, describe: "nodes at the start" })
    .option("days", { type: "number", default: 60, describe: "simulated days" })
    .option("workers", { type: "number", default: availableParallelism(), describe: "runs at a time" })
    .option("svg", { type: "string", describe: "file for the picture" })
    .option("markdown", { type: "boolean", default: false, describe: "print the table for a document" })
    .option("json", { type: "boolean", default: false, describe: "print one JSON object, progress to standard error" })
    .strict()
    .version(false)
    .help()
    .parseAsync();

  const seeds = argv.seeds === undefined ? argv.seed : Array.from({ length: argv.seeds }, (_, i) => i + 1);
  const chosen = SCENARIOS.filter(({ name }) => argv.scenario === undefined || argv.scenario.includes(name));
  // Seed by seed: a run that is interrupted has told of all scenarios.
  const jobs = seeds.flatMap((seed) => chosen.map(({ name }) => ({ name, seed, nodes: argv.nodes, days: argv.days })));
  const outcomes = new Map<string, Outcome>();
  const next = jobs.values();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);

  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    try {
      for (const job of next) {
        const outcome = await new Promise<Outcome>((resolve, reject) => {
          worker.removeAllListeners();
          worker.once("error", reject);
          worker.on("message", (message: { outcome?: Outcome; day?: number }) => {
            if (message.outcome) resolve(message.outcome);
            else if (message.day !== undefined && message.day > 0 && message.day % 20 === 0) {
              say(`${job.name}, seed ${job.seed}: day ${message.day} of ${job.days}`);
            }
          });
          worker.postMessage(job);
        });
        outcomes.set(`${job.name}/${job.seed}`, outcome);
        say(`${outcomes.size} of ${jobs.length}: ${line(outcome)}`);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(argv.workers, jobs.length) }, work));

  const scenarios = jobs.flatMap(({ name, seed }) => outcomes.get(`${name}/${seed}`) ?? []);
  if (argv.json) {
    process.stdout.write(
      `${JSON.stringify({ nodes: argv.nodes, days: argv.days, scenarios: scenarios.map(({ away: _, ...rest }) => rest) })}\n`,
    );
  } else {
    process.stdout.write(argv.markdown ? documentOf(scenarios) : `${tableOf(scenarios)}\n`);
  }
  if (argv.svg !== undefined) await writeFile(argv.svg, pictureOf(scenarios));
  const bad = scenarios.filter(
    (outcome) =>
      outcome.wronglyDeregistered +
        outcome.missedDeregistrations +
        outcome.exitsRefused +
        outcome.liquidationsImpossible >
        0 || outcome.largestDifferenceAtoms !== "0",
  );
  for (const { name, seed } of bad) say(`something came out that must not: --scenario "${name}" --seed ${seed}`);
  if (bad.length > 0) process.exitCode = 1;
}

/** One outcome as it comes: nothing is lost when the run is interrupted. */
function line({ away: _, ...outcome }: Outcome): string {
  return JSON.stringify(outcome);
}
