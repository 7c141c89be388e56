/** `npm run faults`: every command under every fault. */
import { parseArgs } from "node:util";
import { agreement } from "./ledgers.ts";
import { runOperations } from "./operations.ts";
import { FAULTS } from "./proxy.ts";
import { runTable } from "./table.ts";
import { countRequests } from "./requests.ts";
import { openWorld } from "./world.ts";

const HELP = `npm run faults -- [--short] [--requests NODES]

Every command of the command line, the operations and the deployment against an endpoint with each fault of hosted providers, and two
nodes fed through two such endpoints for 10,000 rounds. The right answer, or exit code 3 with the endpoint's words; nothing sent twice;
no ledger differs by an atom. --short runs the part that the tests run; --requests counts
the requests of a command at a network of so many nodes.`;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      requests: { type: "string" },
      short: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  if (values.requests !== undefined) {
    process.stdout.write(`| command | requests | JSON-RPC calls in them |\n| --- | ---: | ---: |\n`);
    for (const { command, requests, calls } of await countRequests(Number(values.requests))) {
      process.stdout.write(`| \`${command}\` | ${requests} | ${calls} |\n`);
    }
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
  await runOperations(values.short ? "some" : "all", tell);
  if (values.short) tell(await agreement("mixed", 90, 3));
  else {
    for (const fault of FAULTS) if (fault !== "mixed") tell(await agreement(fault, 500));
    tell(await agreement("mixed", 10_000));
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
