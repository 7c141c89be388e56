/** `npm run gas`: measures, and keeps `snapshots/gas.json` and `docs/gas.md`; see checks/gas/. */
import { readFileSync, writeFileSync } from "node:fs";
import hre from "hardhat";
import yargs from "yargs";
import { measure, measurePlainCalls } from "./measure.ts";
import { markdown, ROOM, SIZE_LIMIT, unexplained } from "./report.ts";
import type { Snapshot } from "./report.ts";

const SNAPSHOT = "snapshots/gas.json";
const REPORT = "docs/gas.md";

const CONTRACTS = [
  "ServiceNodeRewards",
  "TestnetServiceNodeRewards",
  "LocalDevnetServiceNodeRewards",
  "RewardsSetup",
  "RewardRatePool",
  "TestnetRewardRatePool",
  "ServiceNodeContribution",
  "ServiceNodeContributionFactory",
  "ServiceNodeRewardsLens",
  "SESH",
  "SESHL2",
  "TokenConverter",
  "TokenVestingStaking",
  "TokenVestingNoStaking",
];

/** Measures the gas of every operation, or checks the committed figures. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run gas --")
    .usage(
      [
        "$0 [--check] [--json]",
        "",
        `Measures the gas of every operation under Osaka and Prague and rewrites ${SNAPSHOT} and ${REPORT}.`,
        "Exit code 1 if a contract is too large, if a call is dearer than live without a listed reason, or with --check if the",
        "committed files differ.",
      ].join("\n"),
    )
    .option("check", { type: "boolean", default: false, describe: "write nothing; fail if the committed files differ" })
    .option("json", {
      type: "boolean",
      default: false,
      describe: "print the snapshot as one JSON object, write nothing",
    })
    .strict()
    .help()
    .version(false)
    .parseAsync();

  await hre.tasks.getTask("build").run({ quiet: true });

  const sizes: Record<string, number> = {};
  for (const name of CONTRACTS) {
    const { deployedBytecode } = await hre.artifacts.readArtifact(name);
    sizes[name] = (deployedBytecode.length - 2) / 2;
  }
  const osaka = await measure(hre, "osaka");
  const prague = await measure(hre, "prague");
  const [plain, plainCalls] = await measurePlainCalls(hre);
  const calls = { ...osaka.calls, ...plainCalls };
  const snapshot: Snapshot = {
    ...osaka.firstTry,
    ...plain,
    batch20LeanBytes: (calls["batch20LeanNew"]?.brotli ?? NaN) / 20,
    freeBytesMin: SIZE_LIMIT - Math.max(...Object.values(sizes)),
    osaka,
    prague,
    calls,
    sizes,
  };
  const files = { [SNAPSHOT]: `${JSON.stringify(snapshot, null, 2)}\n`, [REPORT]: markdown(snapshot) };

  const tooLarge = Object.entries(sizes).filter(([, size]) => size > SIZE_LIMIT - ROOM);
  for (const [name, size] of tooLarge) console.error(`${name} has ${size} bytes, more than ${SIZE_LIMIT} - ${ROOM}`);
  const dearer = unexplained(plain);
  for (const key of dearer) console.error(`${key} takes ${plain[key as keyof typeof plain]}, more than live`);
  let failed = tooLarge.length > 0 || dearer.length > 0;

  if (argv.json) console.log(JSON.stringify(snapshot));
  else if (!argv.check) {
    for (const [file, text] of Object.entries(files)) writeFileSync(file, text);
    console.log(files[REPORT]);
  }
  if (argv.check) {
    for (const [file, text] of Object.entries(files)) {
      if (read(file) === text) continue;
      console.error(`${file} is out of date: run \`npm run gas\` and commit it`);
      failed = true;
    }
    if (!failed) console.log("gas and sizes are as committed");
  }
  process.exitCode = failed ? 1 : 0;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
