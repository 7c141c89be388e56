import { existsSync, readFileSync } from "node:fs";
import { writeWhole } from "./whole.ts";

/**
 * The lines of a journal. The last one may be cut: its writer was killed, or the disk was full, before what it tells of was done. So it
 * is left out.
 */
export function wholeLines(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return isWhole(lines.at(-1)) ? lines : lines.slice(0, -1);
}

/** Makes sure that what is added to a journal is a line of its own. */
export function endLine(file: string): void {
  if (!existsSync(file) || /(^|\n)$/.test(readFileSync(file, "utf8"))) return;
  const lines = wholeLines(file).map((line) => `${line}\n`);
  writeWhole(file, lines.join(""));
}

function isWhole(line: string | undefined): boolean {
  if (line === undefined) return true;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
