import Table from "cli-table3";
import type { Check } from "../lib/checks.ts";
import { toJson } from "../lib/record.ts";
import { refusalsOf } from "../lib/refusal.ts";
import { redactUrls } from "../../src/chain/networks.ts";
import { EndpointError } from "../../src/chain/transport/index.ts";
import { colorsFor } from "../../src/settings/colors.ts";
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

  table(head: string[], rows: (string | number | bigint)[][], right: number[] = []): void {
    if (this.json) return;
    const table = new Table({
      head,
      colAligns: head.map((_, column) => (right.includes(column) ? "right" : "left")),
      style: { head: pc.isColorSupported ? ["cyan"] : [], border: [], compact: true },
    });
    table.push(...rows.map((row) => row.map(String)));
    process.stdout.write(`${table.toString()}\n`);
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

/** The exit code of an endpoint's trouble: the command line's own. */
const ENDPOINT_EXIT = 3;
/** The exit code of somebody who said no. */
const INTERRUPTED_EXIT = 130;

/**
 * Runs a script's body; a refusal ends it with its sentences and 1, `--json` included, and trouble of the chain's endpoint with 3 and
 * the endpoint's own words.
 */
export async function guarded(output: Output, body: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await body()) ? 0 : 1;
  } catch (error) {
    process.exitCode = 1;
    const refusals = refusalsOf(error);
    if (refusals !== undefined) {
      if (refusals.every(({ code }) => code === "rpc")) process.exitCode = ENDPOINT_EXIT;
      if (refusals.every(({ code }) => code === "interrupted")) process.exitCode = INTERRUPTED_EXIT;
      output.result({ ok: false, problems: refusals.map(({ code, message }) => ({ code, message })) });
      for (const { message } of refusals) refused(message);
      return;
    }
    if (error instanceof EndpointError) process.exitCode = ENDPOINT_EXIT;
    const message = redactUrls(error instanceof Error ? error.message : String(error));
    output.result({ ok: false, problems: [{ code: "failed", message }] });
    refused(message);
    if (process.env["DEBUG"] !== undefined && error instanceof Error)
      process.stderr.write(`${redactUrls(error.stack ?? "")}\n`);
  }
}

export function grouped(value: bigint): string {
  return value.toLocaleString("en");
}
