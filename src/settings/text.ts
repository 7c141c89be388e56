import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { SettingsError } from "./errors.ts";

/**
 * Text that a person, or a person's editor, has written: UTF-8 with or without a byte order mark, or UTF-16 with one, as
 * PowerShell's `>` makes it. The mark is not part of the text.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}

/** Reads a text file. @throws SettingsError */
export async function readText(path: string): Promise<string> {
  try {
    return decodeText(await readFile(path));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** {@link readText}, at once. @throws SettingsError */
export function readTextSync(path: string): string {
  try {
    return decodeText(readFileSync(path));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * First line of a password file, without the line end.
 *
 * @throws SettingsError for a blank one: it would encrypt with a password that everybody knows
 */
export async function readPassword(path: string): Promise<string> {
  const [password = ""] = (await readText(path)).split(/\r?\n/);
  if (password.trim() === "") {
    throw new SettingsError(`The first line of ${path} is empty.`, "Put the password there.", { kind: "secret" });
  }
  return password;
}

function unreadable(path: string, cause: unknown): SettingsError {
  const { code = "error" } = cause as NodeJS.ErrnoException;
  return new SettingsError(`Cannot read ${path}: ${code}.`, "Check the path.", { cause });
}
