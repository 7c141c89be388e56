/** `npm run faults`: every command under every fault. */
import hre from "hardhat";
import { argumentsOf } from "../help.ts";
import { agreement } from "./ledgers.ts";
import { runOperations } from "./operations.ts";
import { FAULTS } from "./proxy.ts";
import { CASES } from "./cases.ts";
import type { Cell, Wanted } from "./table.ts";
import { runTable } from "./table.ts";
import { countRequests } from "./requests.ts";
import { openWorld } from "./world.ts";

const HELP = `npm run faults -- [--short] [--only TEXT] [--fault NAME] [--requests NODES]

Every command of the command line, the operations and the deployment against an endpoint with each fault of hosted providers, and two
nodes fed through two such endpoints for 10,000 rounds. The right answer, or exit code 3 with the endpoint's words; nothing sent twice;
no ledger differs by an atom. --short runs a part that meets each of them; --only runs those whose name has that text ("ledgers" for
the histories), --fault those under that fault; --requests counts the requests of a command at a network of so many nodes.`;

export async function main(args: string[]): Promise<void> {
  const { values } = argumentsOf({
    args,
    options: {
      requests: { type: "string" },
      only: { type: "string" },
      fault: { type: "string" },
      short: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  await hre.tasks.getTask("build").run({ quiet: true });
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
  const part = values.short ? "some" : "all";
  const wanted: Wanted = (name, fault) =>
    (values.only === undefined || name.includes(values.only)) &&
    (values.fault === undefined || fault === undefined || fault === values.fault);
  if (CASES.some(({ name }) => wanted(name))) {
    const world = await openWorld();
    await runTable(world, part, tell, wanted).finally(() => world.stop());
  }
  await runOperations(part, tell, wanted);
  if (wanted("ledgers")) await runLedgers(part, tell, wanted);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function runLedgers(part: "all" | "some", tell: (cell: Cell) => void, wanted: Wanted): Promise<void> {
  if (part === "some") return tell(await agreement("mixed", 90, 3));
  for (const fault of FAULTS.filter((one) => wanted("ledgers", one))) {
    tell(await agreement(fault, fault === "mixed" ? 10_000 : 500));
  }
}
