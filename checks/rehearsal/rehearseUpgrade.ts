import yargs from "yargs";
import hre from "hardhat";
import { Report } from "../../devnet/report.ts";
import { legacyState, rehearseUpgrade } from "./upgradeLive.ts";
import { generateLegacyState } from "./legacyState.ts";
import { writeFileSync } from "node:fs";

/** Plays it, prints the steps, and fails if one failed. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run rehearse:upgrade --")
    .usage(
      "$0 [--nodes N] [--json]\n\nThe upgrade of the live network, rehearsed: its twelve-node state and a generated one go through the ProxyAdmin to this implementation, every slot compared, back, forward again, and through every check of compat:state. docs/upgrade-live.md is the runbook.",
    )
    .option("nodes", { type: "number", default: 1_500, describe: "nodes of the generated state" })
    .option("json", { type: "boolean", default: false, describe: "one JSON object on standard output" })
    .option("write-state", {
      type: "string",
      describe: "write the generated state to this file (for compat:state) and end",
    })
    .strict()
    .parseAsync();

  if (argv.writeState !== undefined) {
    writeFileSync(argv.writeState, `${JSON.stringify(generateLegacyState(legacyState(), argv.nodes), null, 1)}\n`);
  } else {
    const report = new Report(argv.json);
    let failure: unknown;
    try {
      await hre.tasks.getTask("build").run({ quiet: true });
      await rehearseUpgrade(report, argv.nodes);
    } catch (error) {
      failure = error;
    }
    report.table();
    const sentence = failure instanceof Error ? failure.message : String(failure);
    if (argv.json) {
      const error = failure === undefined ? undefined : sentence;
      process.stdout.write(`${JSON.stringify({ ok: failure === undefined, error, steps: report.steps })}\n`);
    }
    report.say(failure === undefined ? "The upgrade rehearsal passed." : `The upgrade rehearsal failed: ${sentence}`);
    process.exitCode = failure === undefined ? 0 : 1;
  }
}
