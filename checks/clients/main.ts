/** `npm run clients`: the whole story on each client that is there. */
import hre from "hardhat";
import yargs from "yargs";
import type { StepResult } from "../../devnet/report.ts";
import { check, Report } from "../../devnet/report.ts";
import type { Client } from "./clients.ts";
import { findAnvil, findGeth, startAnvil, startGeth, startHardhat } from "./clients.ts";
import { Programs } from "./programs.ts";
import { replay } from "./replay.ts";
import { Story } from "./story.ts";

const NAMES = ["hardhat", "anvil", "geth"] as const;
type Name = (typeof NAMES)[number];

/** What one client made of it. */
export interface Played {
  client: string;
  version: string;
  steps: { name: string; what: string; gas: number; ms: number; ok: boolean }[];
  /** Gas by what it was for. */
  gas: [string, bigint][];
}

type Tell = (name: string, step: (progress: (line: string) => void) => Promise<StepResult>) => Promise<void>;

/** Plays the story on a client, or its short form, and replays its chain on Hardhat. Gas by what it was for, in order. */
export async function playOn(
  client: Client,
  programs: Programs,
  tell: Tell,
  short = false,
): Promise<[string, bigint][]> {
  const story = new Story(client, programs, short);
  try {
    for (const [name, step] of story.steps) await tell(name, step);
    await tell("gas", async (progress) => {
      progress("the same transactions on Hardhat");
      const { transactions, gas, differences } = await replay(client.provider);
      const [first] = differences;
      check(
        first === undefined,
        `${differences.length} differ: ${first?.hash} in block ${first?.block}: ${first?.what}`,
      );
      check(transactions >= story.gas.length, `only ${transactions} transactions were replayed`);
      return { what: `${transactions} transactions cost on Hardhat to the unit what they cost here`, gasUsed: gas };
    });
    return story.gas;
  } finally {
    await story.stop();
  }
}

async function play(start: () => Promise<Client>, programs: Programs, report: Report): Promise<Played> {
  const client = await start();
  const from = report.steps.length;
  let gas: [string, bigint][] = [];
  try {
    gas = await playOn(client, programs, (name, step) => report.step(`${client.name}, ${name}`, step));
  } catch (error) {
    // The report has the step that failed; the other clients are still played.
    if (report.steps.slice(from).every(({ ok }) => ok)) throw error;
  } finally {
    await client.stop();
  }
  const steps = report.steps
    .slice(from)
    .map(({ name, what, gasUsed, ms, ok }) => ({ name, what, gas: gasUsed, ms, ok }));
  return { client: client.name, version: client.version, steps, gas };
}

export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run clients --")
    .usage(
      "$0 [options]\n\nThe whole story of a network on Hardhat's node, anvil and geth: the deployment killed and resumed, seeding, nodes, registration, contributions, claims, exits, liquidations, by the programs that people run. Each transaction is replayed on Hardhat and must cost the same gas.",
    )
    .option("only", { choices: NAMES, array: true, describe: "these clients only" })
    .option("geth", {
      type: "string",
      describe: "path of a geth (default: on the PATH, or in Go's folder)",
      normalize: true,
    })
    .option("json", { type: "boolean", default: false, describe: "one JSON object on standard output" })
    .epilogue("geth: go install github.com/ethereum/go-ethereum/cmd/geth@v1.17.10")
    .strict()
    .parseAsync();

  const report = new Report(argv.json);
  const programs = await Programs.open();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void programs.stop().finally(() => process.exit(130));
    });
  }
  const [anvil, geth] = [findAnvil(), await findGeth(argv.geth)];
  const starts: Record<Name, (() => Promise<Client>) | undefined> = {
    hardhat: startHardhat,
    anvil: anvil === undefined ? undefined : () => startAnvil(anvil, programs),
    geth: geth === undefined ? undefined : () => startGeth(geth, programs),
  };
  const played: Played[] = [];
  try {
    await hre.tasks.getTask("build").run({ quiet: true });
    for (const name of argv.only ?? NAMES) {
      const start = starts[name];
      if (start === undefined) report.note(`${name} is not here: left out`);
      else played.push(await play(start, programs, report));
    }
  } finally {
    await programs.stop();
  }
  const unequal = compare(played);
  if (!argv.json) showGas(played, report);
  for (const line of unequal) report.say(`✗ ${line}`);
  const passed = report.steps.filter(({ ok }) => ok).length;
  const failed = report.steps.length - passed + unequal.length;
  if (argv.json) {
    const clients = played.map(({ gas, ...rest }) => ({
      ...rest,
      gas: gas.map(([what, used]) => [what, Number(used)]),
    }));
    process.stdout.write(`${JSON.stringify({ ok: failed === 0, passed, failed, unequal, clients })}\n`);
  }
  report.say(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** What precedes the first signature of a moment has the same bytes on every client. */
const SAME_BYTES = /#|seed|start/;
/** Pays out what has accrued: the less where no second has passed since the step before. */
const BY_THE_CLOCK = "StakingTestnet#PoolBeneficiary";

function compare(played: readonly Played[]): string[] {
  const [first, ...others] = played;
  const wanted = new Map(first?.gas);
  return others.flatMap(({ client, gas }) =>
    gas.flatMap(([what, used]) =>
      !SAME_BYTES.test(what) || what === BY_THE_CLOCK || used === wanted.get(what)
        ? []
        : [`${what}: ${used} gas on ${client}, ${wanted.get(what)} on ${first?.client}`],
    ),
  );
}

function showGas(played: readonly Played[], report: Report): void {
  const names = played[0]?.gas.map(([what]) => what) ?? [];
  report.say(
    `\n| gas | ${played.map(({ version }) => version.replace(/\/(linux|darwin|windows).*$/, "")).join(" | ")} |`,
  );
  report.say(`| --- | ${played.map(() => "---: |").join(" ")}`);
  for (const [index, what] of names.entries()) {
    // Ignition takes some steps in another order.
    const used = played.map(({ gas }) => {
      const entry = gas[index]?.[0] === what ? gas[index] : gas.find(([name]) => name === what);
      return entry?.[1].toLocaleString("en") ?? "";
    });
    report.say(`| ${what} | ${used.join(" | ")} |`);
  }
}
