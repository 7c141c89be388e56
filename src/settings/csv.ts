import { parse } from "csv-parse/sync";
import { SettingsError } from "./errors.ts";

export type Separator = "," | ";" | "\t";

/** One row of a list: what stands under each column's name, "" where nothing does. */
export interface CsvRow {
  /** Of the file, from 1. */
  line: number;
  /** What stands between the fields of its file: semicolons come from where a comma is the decimal point. */
  separator: Separator;
  cells: Readonly<Record<string, string>>;
}

/** What a list may hold. */
export interface CsvOptions {
  /** Names of the columns; the first one makes a line a header. */
  columns: readonly string[];
  /** Whether there must be a header. Without one the columns stand in their order. */
  header: "required" | "optional";
}

/**
 * Reads CSV as people and their spreadsheets write it: separated by commas, semicolons or tabs, with or without quotes, lines that end
 * in any way, blank lines, `#` before a comment, a header with its names in any case and order. A column that nobody asked for is
 * refused: with a letter wrong in `beneficiary` the money would go elsewhere without a word.
 *
 * @param text - Without a byte order mark.
 * @param file - For the messages.
 * @throws SettingsError
 */
export function readCsv(text: string, file: string, { columns, header }: CsvOptions): CsvRow[] {
  // Excel's own first line names the separator, which is seen anyhow.
  const lines = text.replace(/^\s*sep=.\s*?(\r\n|\r|\n)/i, "$1");
  const separator = separatorOf(lines);
  const rows = split(lines, separator, file);
  const [first] = rows;
  if (first === undefined) return [];
  const names = first.cells.map(
    (cell) => columns.find((column) => column.toLowerCase() === cell.toLowerCase()) ?? cell,
  );
  const hasHeader = names.includes(columns[0] as string);
  if (!hasHeader && header === "required") throw unknownColumns(file, columns, "the first line is no header");
  const used = hasHeader ? names : columns;
  if (hasHeader) {
    const unknown = names.find((name) => !columns.includes(name));
    if (unknown !== undefined) throw unknownColumns(file, columns, `there is a column "${unknown}"`);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw unknownColumns(file, columns, `there are two columns "${twice}"`);
  }
  return rows.slice(hasHeader ? 1 : 0).map(({ line, cells }) => {
    if (cells.length > used.length) {
      throw new SettingsError(
        `${file}, line ${line} has ${cells.length} fields for ${used.length} columns.`,
        'An amount with commas in it stands in quotes: "1,234.5".',
      );
    }
    return { line, separator, cells: Object.fromEntries(used.map((name, i) => [name, cells[i] ?? ""])) };
  });
}

/** By the first line that holds something. */
function separatorOf(text: string): Separator {
  const [, top = ""] = /^(?:\s*(?:#.*)?(?:\r\n|\r|\n))*(.*)/.exec(text) ?? [];
  return top.includes(";") ? ";" : top.includes("\t") ? "\t" : ",";
}

/** The fields of each line that is not blank; empty ones at its end are left out. */
function split(text: string, separator: Separator, file: string): { line: number; cells: string[] }[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, {
      info: true,
      comment: "#",
      skip_empty_lines: true,
      relax_column_count: true,
      trim: true,
      delimiter: separator,
    }) as unknown as typeof records;
  } catch (cause) {
    throw new SettingsError(`${file} is no CSV: ${(cause as Error).message}.`, "", { cause });
  }
  return records
    .map(({ record, info }) => {
      const cells = record.map((cell) => cell.trim());
      while (cells.at(-1) === "") cells.pop();
      return { line: info.lines, cells };
    })
    .filter(({ cells }) => cells.length > 0);
}

function unknownColumns(file: string, columns: readonly string[], what: string): SettingsError {
  return new SettingsError(`${file}: ${what}.`, `Columns are ${columns.join(", ")}.`);
}
