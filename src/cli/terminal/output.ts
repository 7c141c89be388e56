import { toJson } from "../../chain/index.ts";
import { withoutUsers } from "../../chain/transport/users.ts";
import type { Colors } from "../../settings/colors.ts";
import { colorsFor } from "../../settings/colors.ts";
import type { Io } from "./io.ts";
import { tableText } from "../../settings/table.ts";
import type { Column } from "../../settings/table.ts";
import { columnsOf, wrapLines, wrapText } from "../../settings/wrap.ts";

export type { Column } from "../../settings/table.ts";
export { shorten } from "../../settings/table.ts";

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
    this.#width = columnsOf(io.stdout, io.env);
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

  /** Lines of text, broken at blanks where the terminal ends. */
  line(text = ""): void {
    this.#whole(wrapLines(text, this.#width));
  }

  heading(text: string): void {
    this.line(this.colors.bold(text));
  }

  /** Remarks that are not the result: standard error. */
  note(text: string): void {
    remark(this.#io, text);
  }

  /** Name and value, a pair a line, long values broken at blanks; pairs without a value are left out. */
  fields(pairs: readonly (readonly [name: string, value: string | undefined])[]): void {
    const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
    const indent = Math.max(...shown.map(([name]) => name.length)) + 4;
    const room = this.#width === undefined ? Infinity : Math.max(20, this.#width - indent);
    for (const [name, value] of shown) {
      const [first = "", ...rest] = wrapText(value, room);
      this.#whole(`  ${this.colors.dim(name.padEnd(indent - 4))}  ${first}`);
      for (const line of rest) this.#whole(`${" ".repeat(indent)}${line}`);
    }
  }

  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    if (rows.length === 0) this.line(this.colors.dim("  (none)"));
    else this.#whole(tableText(columns, rows, { colors: this.colors, fancy: this.#fancy, width: this.#width }));
  }

  #whole(text: string): void {
    this.#io.stdout.write(withoutUsers(`${text}\n`));
  }
}

/** Writes a line to standard error, broken at blanks where the terminal ends; what follows stands further in. */
export function remark({ stderr, env }: Pick<Io, "stderr" | "env">, text: string, hang = 2): void {
  stderr.write(withoutUsers(`${wrapLines(text, columnsOf(stderr, env), hang)}\n`));
}
