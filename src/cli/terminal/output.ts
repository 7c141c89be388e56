import { toJson } from "../../chain/index.ts";
import { withoutUsers } from "../../chain/transport/users.ts";
import type { Colors } from "../../settings/colors.ts";
import { colorsFor } from "../../settings/colors.ts";
import type { Io } from "./io.ts";
import type { Column } from "./table.ts";
import { tableText, wrapText } from "./table.ts";

export type { Column } from "./table.ts";
export { shorten } from "./table.ts";

/** How a result is shown: for people, as one JSON object, or as transactions for a multisig. */
export type OutputMode = "table" | "json" | "calldata";

/**
 * Writes results to standard output. On a terminal: colours and borders. In a pipe: plain text, columns apart by two spaces. In the
 * JSON modes standard output carries one object and nothing else; notes go to standard error.
 */
export class Output {
  readonly mode: OutputMode;
  readonly colors: Colors;
  readonly #io: Io;
  readonly #fancy: boolean;
  /** Of the terminal; a pipe has none, unless `COLUMNS` says so. */
  readonly #width: number | undefined;

  constructor(io: Io, mode: OutputMode) {
    this.mode = mode;
    this.#io = io;
    this.#fancy = io.stdout.isTTY === true;
    const columns = Number(io.env["COLUMNS"]);
    this.#width = columns >= 20 ? columns : this.#fancy ? (io.stdout.columns ?? 80) : undefined;
    this.colors = colorsFor(io.stdout, io.env);
  }

  /** The result: an object for programs, or what `people` writes. */
  result(value: object, people: () => void): void {
    if (this.mode === "table") people();
    else this.json(value);
  }

  json(value: unknown): void {
    this.#io.stdout.write(withoutUsers(`${JSON.stringify(toJson(value), null, 2)}\n`));
  }

  line(text = ""): void {
    this.#io.stdout.write(withoutUsers(`${text}\n`));
  }

  heading(text: string): void {
    this.line(this.colors.bold(text));
  }

  /** Remarks that are not the result: standard error. */
  note(text: string): void {
    this.#io.stderr.write(withoutUsers(`${text}\n`));
  }

  /** Name and value, a pair a line, long values broken at blanks; pairs without a value are left out. */
  fields(pairs: readonly (readonly [name: string, value: string | undefined])[]): void {
    const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
    const indent = Math.max(...shown.map(([name]) => name.length)) + 4;
    const room = this.#width === undefined ? Infinity : Math.max(20, this.#width - indent);
    for (const [name, value] of shown) {
      const [first = "", ...rest] = wrapText(value, room);
      this.line(`  ${this.colors.dim(name.padEnd(indent - 4))}  ${first}`);
      for (const line of rest) this.line(`${" ".repeat(indent)}${line}`);
    }
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    if (rows.length === 0) this.line(this.colors.dim("  (none)"));
    else this.line(tableText(columns, rows, { colors: this.colors, fancy: this.#fancy, width: this.#width }));
  }
}
