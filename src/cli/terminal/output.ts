import Table from "cli-table3";
import { toJson } from "../../chain/index.ts";
import type { Colors } from "../../settings/colors.ts";
import { colorsFor } from "../../settings/colors.ts";
import type { Io } from "./io.ts";

/** How a result is shown: for people, as one JSON object, or as transactions for a multisig. */
export type OutputMode = "table" | "json" | "calldata";

export interface Column {
  name: string;
  align?: "left" | "right";
}

/**
 * Writes results to standard output. On a terminal: colours and borders. In a pipe: plain text, columns apart by two spaces. In the
 * JSON modes standard output carries one object and nothing else; notes go to standard error.
 */
export class Output {
  readonly mode: OutputMode;
  readonly colors: Colors;
  readonly #io: Io;
  readonly #fancy: boolean;

  constructor(io: Io, mode: OutputMode) {
    this.mode = mode;
    this.#io = io;
    this.#fancy = io.stdout.isTTY === true;
    this.colors = colorsFor(io.stdout, io.env);
  }

  /** The result: an object for programs, or what `people` writes. */
  result(value: object, people: () => void): void {
    if (this.mode === "table") people();
    else this.json(value);
  }

  json(value: unknown): void {
    this.#io.stdout.write(`${JSON.stringify(toJson(value), null, 2)}\n`);
  }

  line(text = ""): void {
    this.#io.stdout.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(this.colors.bold(text));
  }

  /** Remarks that are not the result: standard error. */
  note(text: string): void {
    this.#io.stderr.write(`${text}\n`);
  }

  /** Name and value, a pair a line; pairs without a value are left out. */
  fields(pairs: readonly (readonly [name: string, value: string | undefined])[]): void {
    const shown = pairs.filter(([, value]) => value !== undefined);
    const width = Math.max(...shown.map(([name]) => name.length));
    for (const [name, value] of shown) this.line(`  ${this.colors.dim(name.padEnd(width))}  ${value}`);
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    if (rows.length === 0) {
      this.line(this.colors.dim("  (none)"));
      return;
    }
    const table = new Table({
      head: columns.map(({ name }) => this.colors.cyan(name)),
      colAligns: columns.map(({ align }) => align ?? "left"),
      style: { head: [], border: [], compact: true, ...(this.#fancy ? {} : { "padding-left": 0, "padding-right": 2 }) },
      ...(this.#fancy ? {} : { chars: NO_BORDERS }),
    });
    table.push(...rows.map((row) => [...row]));
    this.line(
      table
        .toString()
        .split("\n")
        .map((line) => line.trimEnd())
        .join("\n"),
    );
  }
}

const NO_BORDERS = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ]
    .flat()
    .map((name) => [name, ""]),
);

/** `0x1234…cdef`: enough to recognise a key or an address. */
export function shorten(hex: string, digits = 6): string {
  return hex.length <= 2 * digits + 3 ? hex : `${hex.slice(0, 2 + digits)}…${hex.slice(-digits)}`;
}
