import { renameSync, writeFileSync } from "node:fs";

/** Writes a file whole or not at all, and onto the disk: what is sent next must not be forgotten when the power fails. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { flush: true });
  renameSync(`${file}.new`, file);
}
