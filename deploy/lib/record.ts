import { mkdirSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ChainError } from "../../src/chain/errors.ts";
import { takeLock } from "../../src/chain/files/index.ts";
import { readTextSync } from "../../src/settings/text.ts";
import { Refusal } from "./refusal.ts";
import { writeWhole } from "./whole.ts";

/** Where everything that happened on a network is written: `deployments/<network>/`. */
export function recordDirectory(network: string, override?: string): string {
  return resolve(override ?? fileURLToPath(new URL(`../../deployments/${network}/`, import.meta.url)));
}

export function journalDirectory(record: string, stage: string): string {
  return join(record, "ignition", stage);
}

/** Writes `value` as JSON, big integers as decimal strings; whole or not at all. */
export function writeRecord(directory: string, name: string, value: unknown): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeWhole(file, `${toJson(value, 2)}\n`);
  return file;
}

export function readRecord<T>(directory: string, name: string): T | undefined {
  const file = join(directory, name);
  return existsSync(file) ? (JSON.parse(readTextSync(file)) as T) : undefined;
}

export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item), indent);
}

/**
 * Runs `work` while no other process may do the same with this record: two runs at once could deploy twice.
 * A lock whose process is gone is taken over.
 *
 * @throws Refusal `record` when another process holds it.
 */
export async function locked<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(join(directory, ".lock"), directory).catch((cause: unknown) => {
    if (!(cause instanceof ChainError)) throw cause;
    const text = `${cause.message} Wait for it to end, or end it; if it is gone, remove that file.`;
    throw new Refusal("record", text, { cause });
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
