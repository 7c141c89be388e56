import type { Check } from "../lib/checks.ts";
import { toJson } from "../lib/record.ts";
import type { Refusal } from "../lib/refusal.ts";
import { refusalsOf } from "../lib/refusal.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { redactUrls } from "../../src/chain/networks.ts";
import { colorsFor } from "../../src/settings/colors.ts";
import { EXIT, exitOfChain } from "../../src/settings/exit.ts";
import { tableText } from "../../src/settings/table.ts";
import type { Column } from "../../src/settings/table.ts";
import { columnsOf, wrapLines } from "../../src/settings/wrap.ts";

/** Colours of standard output, where results go. */
export const pc = colorsFor(process.stdout, process.env);
/** Colours of standard error, where progress and errors go. */
const pcErr = colorsFor(process.stderr, process.env);

/**
 * Where a script writes: results to standard output, progress to standard error. With `--json` standard output carries one
 * object and nothing else.
 */
export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** A line of the human form. */
  say(text = ""): void {
    if (!this.json) process.stdout.write(`${wrapLines(text, columnsOf(process.stdout, process.env), 2)}\n`);
  }

  /** A line of progress, in both forms. */
  progress(text: string): void {
    remark(pcErr.dim(text));
  }

  /** Within the terminal's width, where columns can give way. */
  table(columns: readonly Column[], rows: readonly (readonly (string | number | bigint)[])[]): void {
    if (this.json) return;
    const style = { colors: pc, fancy: true, width: columnsOf(process.stdout, process.env) };
    const cells = rows.map((row) => row.map(String));
    process.stdout.write(`${tableText(columns, cells, style)}\n`);
  }

  checks(list: readonly Check[]): void {
    for (const check of list) {
      if (check.ok) this.say(`${pc.green("✓")} ${check.name}: ${check.found}`);
      else this.say(`${pc.red("✗")} ${check.name}: expected ${check.expected}, found ${check.found}`);
    }
  }

  result(value: unknown): void {
    if (this.json) process.stdout.write(`${toJson(value)}\n`);
  }
}

/** A line of standard error, broken at blanks where the terminal ends. */
function remark(text: string): void {
  process.stderr.write(`${wrapLines(text, columnsOf(process.stderr, process.env), 2)}\n`);
}

/** Why something is not done. */
export function refused(message: string): void {
  remark(`${pcErr.red("✗")} ${message}`);
}

/**
 * Runs a script's body. A refusal ends it with its sentences and 1, `--json` included; trouble of the chain's endpoint with the
 * endpoint's own words; and what may be on its way with its hash: each with the command line's exit code.
 */
export async function guarded(output: Output, body: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await body()) ? EXIT.ok : EXIT.failure;
  } catch (error) {
    const refusals = refusalsOf(error);
    process.exitCode = exitOf(error, refusals);
    if (refusals !== undefined) {
      output.result({ ok: false, problems: refusals.map(({ code, message }) => ({ code, message })) });
      for (const { message } of refusals) refused(message);
      return;
    }
    const message = redactUrls(error instanceof Error ? error.message : String(error));
    output.result({ ok: false, problems: [{ code: "failed", message }] });
    refused(message);
    if (process.env["DEBUG"] !== undefined && error instanceof Error)
      process.stderr.write(`${redactUrls(error.stack ?? "")}\n`);
  }
}

function exitOf(error: unknown, refusals: readonly Refusal[] | undefined): number {
  if (refusals?.every(({ code }) => code === "rpc")) return EXIT.chain;
  if (refusals?.every(({ code }) => code === "interrupted")) return EXIT.interrupted;
  return error instanceof ChainError ? EXIT[exitOfChain(error.code)] : EXIT.failure;
}

export function grouped(value: bigint): string {
  return value.toLocaleString("en");
}
