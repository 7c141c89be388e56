import Table from "cli-table3";
import { formatSesh } from "../src/chain/index.ts";
import type { Colors } from "../src/settings/colors.ts";
import { colorsFor } from "../src/settings/colors.ts";

/** One line of the final table; also an entry of `steps` in `--json`. */
export interface Step {
  name: string;
  what: string;
  signers: string;
  gasUsed: number;
  ms: number;
  ok: boolean;
}

/** A check of the run that did not hold. The run ends non-zero with its sentence. */
export class CheckFailed extends Error {
  override name = "CheckFailed";
}

/** How many checks of this run have held. */
export let held = 0;

export function check(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new CheckFailed(sentence);
  held++;
}

export function checkEqual(actual: bigint, expected: bigint, what: string): void {
  check(actual === expected, `${what}: expected ${formatSesh(expected)} SESH, found ${formatSesh(actual)}`);
}

/** What a step hands back for the table. */
export interface StepResult {
  what: string;
  signers?: string;
  gasUsed?: bigint;
}

/**
 * Collects the steps and shows them live: on a terminal one line that is rewritten, otherwise (a pipe, CI) one line a step.
 * Everything goes to standard error in JSON mode, so that standard output carries the one object.
 */
export class Report {
  readonly steps: Step[] = [];
  readonly #json: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #colors: Colors;

  constructor(json: boolean) {
    this.#json = json;
    this.#out = json ? process.stderr : process.stdout;
    this.#colors = colorsFor(this.#out, process.env);
  }

  /** Runs one step, with its progress line; a thrown error marks it failed and goes on up. */
  async step(name: string, run: (progress: (text: string) => void) => Promise<StepResult>): Promise<void> {
    const started = performance.now();
    const live = this.#out.isTTY === true;
    const pc = this.#colors;
    const progress = (text: string) => {
      if (live) this.#out.write(`\r\x1b[2K${pc.cyan("…")} ${name}: ${pc.dim(text)}`);
    };
    progress("");
    const done = (ok: boolean, result: StepResult) => {
      const ms = Math.round(performance.now() - started);
      const step: Step = {
        name,
        what: result.what,
        signers: result.signers ?? "",
        gasUsed: Number(result.gasUsed ?? 0n),
        ms,
        ok,
      };
      this.steps.push(step);
      const mark = ok ? pc.green("✓") : pc.red("✗");
      this.#out.write(`${live ? "\r\x1b[2K" : ""}${mark} ${name}: ${result.what} ${pc.dim(`${ms} ms`)}\n`);
    };
    try {
      done(true, await run(progress));
    } catch (error) {
      done(false, { what: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** A remark in the middle of a step: it stays, and the line of the step goes on below it. */
  note(text: string): void {
    this.say(`${this.#out.isTTY === true ? "\r\x1b[2K" : ""}${this.#colors.yellow("!")} ${text}`);
  }

  /** What it all came to, in a line that is read first. */
  verdict(ok: boolean, text: string): void {
    const { bold, green, red } = this.#colors;
    this.say(`\n${ok ? green("✓") : red("✗")} ${bold(text)}`);
  }

  table(): void {
    if (this.#json) return;
    const pc = this.#colors;
    const table = new Table({
      head: ["step", "what happened", "signers / nodes", "gas", "ms"],
      colAligns: ["left", "left", "right", "right", "right"],
      // What happened gives way to a narrow terminal.
      colWidths: [null, Math.min(64, Math.max(24, (this.#out.columns ?? 120) - 56)), null, null, null],
      wordWrap: true,
      style: { head: pc.isColorSupported ? ["cyan"] : [], border: [] },
    });
    for (const s of this.steps) {
      const gas = s.gasUsed === 0 ? "" : s.gasUsed.toLocaleString("en");
      table.push([
        `${s.ok ? pc.green("✓") : pc.red("✗")} ${s.name}`,
        s.what,
        s.signers,
        gas,
        s.ms.toLocaleString("en"),
      ]);
    }
    this.#out.write(`\n${table.toString()}\n`);
  }
}
