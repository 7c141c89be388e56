import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { CliError } from "../terminal/errors.ts";
import type { SignedTransaction } from "../session/recordingWallet.ts";
import { readJson, unusable, writeAtomically } from "../session/state.ts";

/**
 * - `signed`: written down; sent, about to be sent, or lost on the way
 * - `included`, `failed`: it has a receipt
 * - `replaced`: another transaction of the account took its nonce; it can never be included
 */
const states = z.enum(["signed", "included", "failed", "replaced"]);
export type IntentState = z.output<typeof states>;

/** One transaction that the service meant to send. */
export interface Intent extends SignedTransaction {
  nodeId: string;
  blsPubkey: string;
  /** Unix milliseconds of the machine's clock. */
  at: number;
  state: IntentState;
}

const hex = z.string().regex(/^0x[0-9a-f]*$/);
const shape = z.object({
  intents: z.array(
    z.object({
      nodeId: z.string(),
      blsPubkey: hex,
      at: z.number(),
      state: states,
      hash: hex,
      nonce: z.number().int().nonnegative(),
      raw: hex,
    }),
  ),
});

/** How many settled intents are kept, for people who look into the file. */
const KEPT = 200;

/**
 * What the service has signed, on disk before it is sent. After a restart the same bytes are looked for, or sent again: they carry
 * the same nonce, so the account never pays twice for one decision.
 */
export class Journal {
  readonly #path: string;
  #intents: Intent[] = [];

  private constructor(path: string) {
    this.#path = path;
  }

  /** Reads the journal and locks it. @throws CliError when another process works with it, or it is damaged */
  static async open(path: string): Promise<Journal> {
    await lock(`${path}.lock`);
    const journal = new Journal(path);
    try {
      journal.#intents = (await readJson(path, shape))?.intents ?? [];
    } catch (error) {
      await journal.close();
      throw error;
    }
    return journal;
  }

  /** Intents whose end is not known. */
  get open(): readonly Intent[] {
    return this.#intents.filter(({ state }) => state === "signed");
  }

  get all(): readonly Intent[] {
    return this.#intents;
  }

  /** On disk when it returns. */
  async add(intent: Omit<Intent, "at" | "state">): Promise<Intent> {
    const added: Intent = { ...intent, at: Date.now(), state: "signed" };
    this.#intents.push(added);
    await this.#write();
    return added;
  }

  async settle(intent: Intent, state: Exclude<IntentState, "signed">): Promise<void> {
    intent.state = state;
    const settled = this.#intents.filter((other) => other.state !== "signed");
    const surplus = new Set(settled.slice(0, Math.max(0, settled.length - KEPT)));
    this.#intents = this.#intents.filter((other) => !surplus.has(other));
    await this.#write();
  }

  async close(): Promise<void> {
    await rm(`${this.#path}.lock`, { force: true });
  }

  #write(): Promise<void> {
    return writeAtomically(this.#path, `${JSON.stringify({ intents: this.#intents }, null, 1)}\n`);
  }
}

/** A lock with the owner's process id: one that is left by a dead process is taken over. */
async function lock(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unusable("write", path, error);
  });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw unusable("write", path, error);
      const owner = Number(await readFile(path, "utf8").catch(() => ""));
      if (owner !== process.pid && isAlive(owner)) {
        throw new CliError(
          "usage",
          `Process ${owner} already watches with this state directory.`,
          "Stop it, or give another --state-dir (and another account: two services must not share one).",
        );
      }
      await rm(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
