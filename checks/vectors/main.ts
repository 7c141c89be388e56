/** `npm run vectors`: checks known answers against src/bls and against the contracts, or makes new ones; see checks/vectors/. */
import { writeFileSync } from "node:fs";
import yargs from "yargs";
import { refuse } from "../help.ts";
import type { Check } from "./checks.ts";
import { readVectors, VectorsFileError } from "./file.ts";
import type { ReadVectors } from "./file.ts";
import { generateVectors } from "./generate.ts";
import { checkTypeScript } from "./typescript.ts";

const FIXTURE = "test/fixtures/bls-vectors.json";

/** Lines such as `ok    typescript  reward  18`, one for each engine and section, and one for each failure. */
function report(checks: readonly Check[]): string {
  const sectionOf = ({ engine, name }: Check): string => `${engine.padEnd(10)}  ${/^\w+/.exec(name)?.[0] ?? name}`;
  const lines: string[] = [];
  for (const [section, list] of Object.entries(Object.groupBy(checks, sectionOf))) {
    const failed = list?.filter(({ ok }) => !ok) ?? [];
    lines.push(`${failed.length === 0 ? "ok  " : "FAIL"}  ${section}  ${(list?.length ?? 0) - failed.length}`);
    for (const { name, detail } of failed) lines.push(`      ${name}: ${detail}`);
  }
  return lines.join("\n");
}

async function check(path: string, json: boolean): Promise<number> {
  let read: ReadVectors;
  try {
    read = readVectors(path);
  } catch (error) {
    if (!(error instanceof VectorsFileError)) throw error;
    return finish(path, [], error.message, json);
  }
  const { file, unknown } = read;
  if (unknown.length > 0) process.stderr.write(`${path}: unknown fields, not checked: ${unknown.join(", ")}\n`);
  const checks = await checkTypeScript(file);
  const { default: hre } = await import("hardhat");
  const { checkSolidity } = await import("./solidity.ts");
  await hre.tasks.getTask("build").run({ quiet: true });
  checks.push(...(await checkSolidity(file, hre)));
  return finish(path, checks, checks.length === 0 ? `${path}: holds no vectors` : undefined, json);
}

/** A file that yields no check counts as one failure: nothing was proven. */
function finish(file: string, checks: readonly Check[], fault: string | undefined, json: boolean): number {
  const failed = checks.filter(({ ok }) => !ok).length + (fault === undefined ? 0 : 1);
  const passed = checks.filter(({ ok }) => ok).length;
  if (json) {
    const error = fault === undefined ? {} : { error: fault };
    process.stdout.write(`${JSON.stringify({ file, passed, failed, ...error, checks })}\n`);
  } else {
    if (fault !== undefined) process.stderr.write(`${fault}\n`);
    if (checks.length > 0) process.stdout.write(`${report(checks)}\n`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
  return fault !== undefined ? 2 : failed > 0 ? 1 : 0;
}

/** Checks a file of known answers, or makes one. */
export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run vectors --")
    .usage(
      [
        "$0 [--check FILE] [--json]",
        "$0 --generate N --out FILE [--seed S]",
        "",
        "Checks every field of a file of known answers (the format of " + FIXTURE + ") against the",
        "TypeScript library and against the Solidity libraries, on a simulated chain of the file's chain id.",
        "Ends with `N passed, N failed`; exit code 1 if a check failed, 2 if there was nothing to check.",
      ].join("\n"),
    )
    .option("check", { type: "string", requiresArg: true, describe: `file to check [${FIXTURE}]` })
    .option("json", {
      type: "boolean",
      default: false,
      describe: "print one JSON object: {file, passed, failed, checks: [{engine, name, ok, detail}]}",
    })
    .option("generate", { type: "number", requiresArg: true, describe: "make a file with N vectors of each kind" })
    .option("seed", { type: "string", default: "session", describe: "equal seeds make equal files" })
    .option("out", { type: "string", requiresArg: true, describe: "where the made file goes" })
    .option("chain-id", { type: "string", default: "421614", describe: "chain id of the made file" })
    .option("contract", {
      type: "string",
      default: "0x9d8aB00880CBBdc2Dcd29C179779469A82E7be35",
      describe: "rewards contract of the made file",
    })
    .check(({ check, generate, out }) => {
      if (generate === undefined) return true;
      if (check !== undefined) throw new Error("--check and --generate exclude each other");
      if (!Number.isInteger(generate) || generate < 1) throw new Error("--generate: a whole number from 1");
      if (out === undefined) throw new Error("--generate needs --out FILE");
      return true;
    })
    .strict()
    .help()
    .version(false)
    .fail(refuse)
    .parseAsync();

  if (argv.generate !== undefined && argv.out !== undefined) {
    const { seed, chainId, contract } = argv;
    const file = generateVectors({ count: argv.generate, seed, chainId, contract });
    writeFileSync(argv.out, `${JSON.stringify(file, undefined, 1)}\n`);
    process.stdout.write(`${argv.out}: ${argv.generate} vectors of each kind, seed "${seed}"\n`);
  } else {
    process.exitCode = await check(argv.check ?? FIXTURE, argv.json);
  }
}
