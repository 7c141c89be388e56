import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ChainError } from "../errors.ts";
import type { Entry, JournalStore } from "../sending/journal.ts";
import { unusable, writeAtomically } from "./atomic.ts";
import { takeLock } from "./lock.ts";

const hex = z.string().regex(/^0x[0-9a-f]*$/);
const decimal = z.string().regex(/^[0-9]+$/);

const entrySchema = z.object({
  key: z.string(),
  command: z.string(),
  final: z.boolean(),
  what: z.string(),
  method: z.string(),
  from: z.string(),
  nonce: z.number().int().nonnegative(),
  attempts: z.array(z.object({ hash: hex, raw: hex.optional(), at: z.number(), cancels: z.boolean().optional() })),
  state: z.enum(["signed", "included", "failed", "replaced", "refused"]),
  at: z.number(),
  validUntil: z.number().optional(),
  hash: hex.optional(),
  block: z.number().optional(),
  blockHash: hex.optional(),
  gasUsed: decimal.optional(),
  cost: decimal.optional(),
  contract: z.string().optional(),
  codeHash: hex.optional(),
  told: z.boolean().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const fileSchema = z.object({ version: z.literal(1), entries: z.array(entrySchema) });

/**
 * A journal in a file of its own, which one process at a time has.
 *
 * @param what - Whose it is, for the message of the lock.
 * @throws ChainError `locked` | `state-file`
 */
export async function openJournalFile(path: string, what: string): Promise<JournalStore> {
  const lock = await takeLock(`${path}.lock`, what);
  return {
    place: path,
    load: () => readJournalFile(path),
    async save(entries) {
      await lock.check();
      await writeAtomically(path, `${JSON.stringify({ version: 1, entries }, null, 1)}\n`);
    },
    close: () => lock.release(),
  };
}

/** The entries of a journal that may be another process's; for looking only. */
export async function readJournalFile(path: string): Promise<Entry[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unusable("read", path, error);
  }
  try {
    return fileSchema.parse(JSON.parse(text)).entries as Entry[];
  } catch (cause) {
    // What was sent is in it: it is never silently forgotten.
    throw new ChainError("state-file", `${path} is damaged: look at it before anything is sent.`, { path }, cause);
  }
}
