import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../chain/files/index.ts";
import type { Entry } from "../../chain/index.ts";
import type { Session } from "../session/session.ts";
import { readJson, stateDirectory } from "../session/state.ts";

/** How long a run that stopped is gone on with; after that everybody has earned enough to be recorded again. Seconds. */
const RUN_SECONDS = 86_400;

const shape = z.object({ startedAt: z.number(), done: z.record(z.string(), z.string()) });
type Run = z.output<typeof shape>;

/**
 * Who of a list is done: a run that stopped, or in which some failed, goes on with the others. Without it everybody would be recorded
 * again, for what they earned since.
 */
export class RunStore {
  readonly command: string;
  readonly #path: string;
  #run: Run = { startedAt: now(), done: {} };

  constructor(
    session: Session,
    recipients: readonly string[],
    stateDir: string | undefined,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    const names = recipients.map((address) => address.toLowerCase()).sort();
    const name = createHash("sha256").update(names.join()).digest("hex").slice(0, 40);
    const place = `${session.chainId}-${session.rewardsAddress.toLowerCase()}`;
    this.command = `claim ${session.rewardsAddress.toLowerCase()} for list ${name}`;
    this.#path = join(stateDirectory(stateDir, env), "claims", place, `run-${name}.json`);
  }

  /**
   * Reads how far an earlier run came.
   *
   * @param sent - The journal's entries: what was included is done, even if that run did not live to note it here.
   * @returns how many are done
   */
  async load(sent: readonly Entry[]): Promise<number> {
    const kept = await readJson(this.#path, shape);
    if (kept && now() - kept.startedAt < RUN_SECONDS) this.#run = kept;
    for (const entry of sent) {
      const { command, state, at, labels, hash = "" } = entry;
      if (!kept || command !== this.command || state !== "included" || at / 1_000 < this.#run.startedAt) continue;
      for (const recipient of labels?.["recipients"]?.split(",") ?? []) this.#run.done[recipient] = hash;
    }
    return Object.keys(this.#run.done).length;
  }

  /** Starts a run: on disk before its first transaction. */
  start(): Promise<void> {
    return this.#write();
  }

  /** Hash of the transaction that recorded the recipient, if it is done. */
  doneBy(recipient: string): string | undefined {
    return this.#run.done[recipient.toLowerCase()];
  }

  async note(recipients: readonly string[], hash: string): Promise<void> {
    for (const recipient of recipients) this.#run.done[recipient.toLowerCase()] = hash;
    await this.#write();
  }

  /** Everybody is done, or a new run is wanted. */
  async clear(): Promise<void> {
    this.#run = { startedAt: now(), done: {} };
    await rm(this.#path, { force: true });
  }

  #write(): Promise<void> {
    return writeAtomically(this.#path, `${JSON.stringify(this.#run)}\n`);
  }
}

const now = () => Math.floor(Date.now() / 1_000);
