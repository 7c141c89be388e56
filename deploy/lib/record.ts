import { mkdirSync, readFileSync, existsSync, writeFileSync, renameSync, rmSync, openSync, closeSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";

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
  writeFileSync(`${file}.new`, `${toJson(value, 2)}\n`);
  renameSync(`${file}.new`, file);
  return file;
}

export function readRecord<T>(directory: string, name: string): T | undefined {
  const file = join(directory, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
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
  mkdirSync(directory, { recursive: true });
  const file = join(directory, ".lock");
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = openSync(file, "wx");
      writeFileSync(handle, String(process.pid));
      closeSync(handle);
      break;
    } catch (error) {
      const holder = Number(existsSync(file) ? readFileSync(file, "utf8") : 0);
      if (attempt > 0 || alive(holder)) {
        throw new Refusal("record", `Process ${holder} is working on ${directory}: wait for it to end, or end it.`, {
          cause: error,
        });
      }
      rmSync(file, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function alive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
