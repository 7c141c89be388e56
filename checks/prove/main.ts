/** `npm run prove`: machine-checked statements about the assembly, and faults planted to see the checks fail; see docs/proofs.md. */
import yargs from "yargs";
import { refuse } from "../help.ts";
import { faults } from "./faults/list.ts";
import { plant } from "./faults/plant.ts";
import { parts, prove } from "./prove.ts";
import type { Part } from "./prove.ts";
import type { Statement } from "./report.ts";

interface Line {
  readonly ok: boolean;
  readonly text: string;
  readonly detail: string;
}

function lineOf({ ok, part, about, statement, detail }: Statement): Line {
  return { ok, text: `${part.padEnd(8)}  ${about}: ${statement}`, detail };
}

function print({ ok, text, detail }: Line): void {
  process.stdout.write(
    `${ok ? "ok  " : "FAIL"}  ${text}\n${detail === "" ? "" : `      ${detail.split("; ").join("\n      ")}\n`}`,
  );
}

export async function main(args: readonly string[]): Promise<void> {
  const argv = await yargs([...args])
    .scriptName("npm run prove --")
    .usage(
      [
        "$0 [--part PART] [--faults] [--json]",
        "",
        "Proves statements about the assembly of the contracts: that no addition wraps and every comment on a bound is true, that",
        "each formula is the textbook's, that memory is only used where it is owned, that the list of nodes stays a list.",
        "docs/proofs.md says what is proved, by what, and what is assumed. With --faults it plants faults in copies of the",
        "sources, one at a time, and requires the check to fail. Ends with `N passed, N failed`; exit code 1 if one failed.",
      ].join("\n"),
    )
    .option("part", { choices: parts, array: true, requiresArg: true, describe: "only these [all]" })
    .option("faults", { type: "boolean", default: false, describe: "plant faults instead" })
    .option("json", {
      type: "boolean",
      default: false,
      describe: "print one JSON object: {passed, failed, seconds, statements: [{part, about, statement, ok, detail}]}",
    })
    .strict()
    .help()
    .version(false)
    .fail(refuse)
    .parseAsync();

  const started = performance.now();
  const chosen = (argv.part as Part[] | undefined) ?? parts;
  const statements: Statement[] = [];
  const say = (found: readonly Statement[]) => {
    statements.push(...found);
    if (!argv.json) for (const statement of found) print(lineOf(statement));
  };
  if (argv.faults) for (const fault of faults.filter(({ part }) => chosen.includes(part))) say([await plant(fault)]);
  else for (const part of chosen) say((await prove([part])).statements);

  const passed = statements.filter(({ ok }) => ok).length;
  const failed = statements.length - passed;
  const seconds = Math.round((performance.now() - started) / 1000);
  if (argv.json) process.stdout.write(`${JSON.stringify({ passed, failed, seconds, statements })}\n`);
  else process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
