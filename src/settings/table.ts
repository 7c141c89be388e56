import Table from "cli-table3";
import type { Colors } from "./colors.ts";
import { plainText, visible } from "./wrap.ts";

export interface Column {
  name: string;
  /** `point`: amounts, their decimal points under one another. */
  align?: "left" | "right" | "point";
  /**
   * What gives way when the table is wider than the terminal: `shorten` cuts hex in its middle, then columns with `drop` go, the
   * last first, then `wrap` breaks sentences into lines. In a pipe nothing does.
   */
  fit?: "shorten" | "drop" | "wrap";
}

export interface TableStyle {
  colors: Colors;
  /** With borders. */
  fancy: boolean;
  /** Columns of the terminal; no limit when left out. */
  width: number | undefined;
}

/** Below this a column of sentences is no help. */
const LEAST = 18;

/** A table as text, within the terminal's width where its columns can give way. */
export function tableText(all: readonly Column[], given: readonly (readonly string[])[], style: TableStyle): string {
  const { fancy, colors, width = Infinity } = style;
  let columns = all;
  let rows = alignPoints(columns, given);
  // Fancy: a border and two blanks a column, and the last border. Plain: two blanks between.
  const around = () => (fancy ? 3 * columns.length + 1 : 2 * (columns.length - 1));
  const widths = () =>
    columns.map(({ name }, i) => Math.max(visible(name), ...rows.map((row) => visible(row[i] ?? ""))));
  const excess = () => widths().reduce((sum, one) => sum + one, around()) - width;
  if (excess() > 0)
    rows = rows.map((row) => row.map((cell, i) => (columns[i]?.fit === "shorten" ? shortenIn(cell) : cell)));
  for (let i = columns.length - 1; i >= 0 && excess() > 0; i--) {
    if (columns[i]?.fit !== "drop") continue;
    columns = columns.filter((_, at) => at !== i);
    rows = rows.map((row) => row.filter((_, at) => at !== i));
  }
  const colWidths: (number | null)[] = columns.map(() => null);
  for (const [i, { fit }] of columns.entries()) {
    const over = excess();
    const natural = widths()[i] ?? 0;
    if (fit !== "wrap" || over <= 0 || natural <= LEAST) continue;
    // cli-table3 counts the blanks around a cell to its width.
    colWidths[i] = Math.max(LEAST, natural - over) + 2;
    break;
  }
  const table = new Table({
    head: columns.map(({ name }) => colors.cyan(name)),
    colAligns: columns.map(({ align }) => (align === undefined || align === "left" ? "left" : "right")),
    colWidths,
    wordWrap: true,
    style: { head: [], border: [], compact: true, ...(fancy ? {} : { "padding-left": 0, "padding-right": 2 }) },
    ...(fancy ? {} : { chars: NO_BORDERS }),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Pads what is behind the points to one length. */
function alignPoints(columns: readonly Column[], rows: readonly (readonly string[])[]): string[][] {
  const longest = columns.map(({ align }, i) =>
    align === "point" ? Math.max(0, ...rows.map((row) => behindPoint(row[i] ?? ""))) : 0,
  );
  return rows.map((row) =>
    row.map((cell, i) => {
      const padding = columns[i]?.align === "point" && cell !== "" ? (longest[i] ?? 0) - behindPoint(cell) : 0;
      // cli-table3 trims no blanks at the end of a cell.
      return cell + " ".repeat(padding);
    }),
  );
}

/** Characters from the point on. */
function behindPoint(cell: string): number {
  const plain = plainText(cell);
  const point = plain.indexOf(".");
  return point < 0 ? 0 : plain.length - point;
}

/** `0x1234…cdef`: enough to recognise a key or an address. */
export function shorten(hex: string, digits = 6): string {
  return hex.length <= 2 * digits + 3 ? hex : `${hex.slice(0, 2 + digits)}…${hex.slice(-digits)}`;
}

function shortenIn(cell: string): string {
  return cell.replace(/0x[0-9a-fA-F]{16,}/g, (hex) => shorten(hex, 4));
}

const NO_BORDERS = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ]
    .flat()
    .map((name) => [name, ""]),
);
