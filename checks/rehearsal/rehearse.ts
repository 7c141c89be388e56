import yargs from "yargs";
import hre from "hardhat";
import { Report } from "../../devnet/report.ts";
import { rehearse } from "./rehearsal.ts";

/** Plays it, prints the steps, and fails if one failed. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run rehearse --")
    .usage(
      "$0 [--nodes N] [--json]\n\nThe whole launch on two local chains with Arbitrum's own bridge between them: every command as an operator runs it, the deployment killed twice and resumed, seeding, vesting, handover, a claim, an upgrade and the way back. A failed check ends it with 1.",
    )
    .option("nodes", { type: "number", default: 1_500, describe: "nodes to seed" })
    .option("vestings", { type: "number", default: 25, describe: "vesting contracts to deploy" })
    .option("json", { type: "boolean", default: false, describe: "one JSON object on standard output" })
    .strict()
    .parseAsync();

  const report = new Report(argv.json);
  const started = performance.now();
  let failure: unknown;
  try {
    await hre.tasks.getTask("build").run({ quiet: true });
    await rehearse(report, { nodes: argv.nodes, vestings: argv.vestings });
  } catch (error) {
    failure = error;
  }
  const seconds = Math.round((performance.now() - started) / 1_000);
  report.table();
  if (argv.json) {
    const error = failure === undefined ? undefined : failure instanceof Error ? failure.message : String(failure);
    process.stdout.write(
      `${JSON.stringify({ ok: failure === undefined, seconds, nodes: argv.nodes, error, steps: report.steps })}\n`,
    );
  }
  report.say(
    failure === undefined
      ? `The rehearsal passed in ${seconds} s.`
      : `The rehearsal failed: ${failure instanceof Error ? failure.message : String(failure)}`,
  );
  process.exitCode = failure === undefined ? 0 : 1;
}
