import type { Environment } from "./environment.ts";

/** Columns of a stream: what `COLUMNS` says, else the terminal's own. Undefined where there is no terminal: nothing is broken there. */
export function columnsOf(
  stream: { isTTY?: boolean | undefined; columns?: number | undefined },
  environment: Environment,
): number | undefined {
  const set = Number(environment["COLUMNS"]);
  if (set >= 20) return set;
  return stream.isTTY === true ? (stream.columns ?? 80) : undefined;
}

/**
 * Breaks a text at blanks, so that no line is longer than `width`, and the first not longer than `first`; a word that is longer stays
 * whole, so that it can be copied.
 */
export function wrapText(text: string, width: number, first = width): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && visible(line) + 1 + visible(word) > (lines.length === 0 ? first : width)) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/**
 * Breaks those lines of a text that are longer than a terminal is wide. What follows of a line stands as far in as its beginning, and
 * `hang` characters further.
 */
export function wrapLines(text: string, width: number | undefined, hang = 0): string {
  if (width === undefined) return text;
  return text
    .split("\n")
    .flatMap((line) => {
      if (visible(line) <= width) return line;
      const start = (/^ */.exec(line)?.[0] ?? "").length;
      const [first = "", ...rest] = wrapText(line.slice(start), width - start - hang, width - start);
      return [`${" ".repeat(start)}${first}`, ...rest.map((more) => `${" ".repeat(start + hang)}${more}`)];
    })
    .join("\n");
}

// eslint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-9;]*m/g;

/** A text without colours. */
export function plainText(text: string): string {
  return text.replace(ANSI, "");
}

/** Characters of the longest line of a text, colours left out. */
export function visible(text: string): number {
  return Math.max(
    ...plainText(text)
      .split("\n")
      .map((line) => [...line].length),
  );
}
