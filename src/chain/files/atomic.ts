import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ChainError } from "../errors.ts";

/**
 * Replaces a file in one step: whoever reads it, or finds it after a crash, sees the old content or the new one. Mode 0600, in a
 * directory of mode 0700; flushed to the disk before the name is moved.
 *
 * @throws ChainError `state-file`
 */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unusable("write", path, error);
  }
  await syncDirectory(directory);
}

/** Makes the rename itself durable; systems that cannot open a directory do without. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows, and some network file systems.
  }
}

/** A file of ours cannot be used. */
export function unusable(what: "read" | "write", path: string, cause: unknown): ChainError {
  const { code = "error" } = cause as NodeJS.ErrnoException;
  return new ChainError("state-file", `Cannot ${what} ${path}: ${code}.`, { path }, cause);
}
