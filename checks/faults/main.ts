/** `npm run faults`: every command under every fault. */
import { parseArgs } from "node:util";
import { runTable } from "./table.ts";
import { openWorld } from "./world.ts";

const HELP = `npm run faults -- [--short]

Every command of the command line, the operations and the deployment against an endpoint with each fault of hosted providers, and two
nodes fed through two such endpoints for 10,000 rounds. The right answer, or exit code 3 with the endpoint's words; nothing sent twice;
no ledger differs by an atom. --short runs the part that the tests run.`;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { short: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  let passed = 0;
  let failed = 0;
  const tell = ({ name, fault, why }: { name: string; fault: string; why: string }): void => {
    if (why === "") passed++;
    else failed++;
    process.stdout.write(`${why === "" ? "✓" : "✗"} ${name} / ${fault}${why === "" ? "" : `: ${why.slice(0, 600)}`}\n`);
  };
  const world = await openWorld();
  try {
    await runTable(world, values.short ? "some" : "all", tell);
  } finally {
    await world.stop();
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
