/**
 * Puts the storage of a live-style rewards proxy under this implementation and checks that everything goes on working.
 *
 *     npm run compat:state -- FILE [--json]
 */
import { parseArgs } from "node:util";
import { readFileSync } from "node:fs";
import hre from "hardhat";
import { exitWith } from "../help.ts";
import { checkState } from "./checkState.ts";
import type { StateFile } from "./stateFile.ts";

const HELP = `Puts the storage of a rewards proxy under this implementation and checks it.

Usage: npm run compat:state -- FILE [options]

FILE has the format of test/fixtures/legacy-state.json: chainId, proxy, token, foundationPool, owner, takenAt, secretKeys,
expected (every view) and storage (slot to word). On a local chain of that chain id and time, the storage goes behind a
TransparentUpgradeableProxy at that address; every view must equal \`expected\`; then a claim, a registration, an exit and a
liquidation, signed with the secret keys, must succeed.

Options:
  --json   one JSON object instead of a line a check: {file, passed, failed, checks: [{name, ok, detail}]}
  --help   this text

Ends with \`N passed, N failed\`; exit code 1 if a check failed, 2 for wrong use.`;

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    console.error(HELP);
    return 2;
  }
  const state = JSON.parse(readFileSync(file, "utf8")) as StateFile;
  await hre.tasks.getTask("build").run({ quiet: true });
  const connection = await hre.network.create({
    network: "hardhat",
    override: {
      chainId: Number(state.chainId),
      initialDate: new Date(Number(state.takenAt) * 1000),
      // allServiceNodeIDs of thousands of nodes is one call
      blockGasLimit: 1_000_000_000,
    },
  });

  const checks = await checkState(connection, state, (check) => {
    if (!values.json) console.log(`${check.ok ? "ok  " : "FAIL"}  ${check.name}${check.ok ? "" : `: ${check.detail}`}`);
  });
  await connection.close();

  const passed = checks.filter(({ ok }) => ok).length;
  const failed = checks.length - passed;
  console.log(values.json ? JSON.stringify({ file, passed, failed, checks }) : `${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Checks the state of the file that is named. */
export async function main(args: readonly string[]): Promise<void> {
  await exitWith(() => run(args));
}
