/**
 * What a node keeps on disk, so that a restart goes on in seconds and needs no archive of the chain: certificates and archives,
 * appended line by line, and the ledger, the openings and the announcements, replaced whole. Everything is bound to contract,
 * chain and rules; what belongs to others, or is damaged, is put aside and the node starts without it. The certificates of others
 * are given back as such, to be verified anew: after an upgrade that all nodes make nobody else might have them.
 *
 * Trusted as the key file is: whoever writes here decides what the node believes.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { z } from "zod";
import { announcementShape, announcementToWire } from "./announcements.ts";
import type { Announcement } from "./announcements.ts";
import type { LedgerSnapshot } from "./ledgerSnapshot.ts";
import type { StoredOpenings } from "./openings.ts";
import { archiveShape } from "./quorum/archive.ts";
import type { Archive } from "./quorum/archive.ts";
import { certificateShape, toWire } from "./quorum/certificate.ts";
import type { Certificate } from "./quorum/certificate.ts";

/** What a node had written down. */
export interface Stored {
  readonly ledger: LedgerSnapshot | undefined;
  readonly openings: StoredOpenings | undefined;
  readonly certificates: readonly Certificate[];
  readonly archives: readonly Archive[];
  readonly announcements: readonly Announcement[];
  /** What was written under other rules, or for another contract: nothing of it may be believed unverified. */
  readonly ofOtherRules: Pick<Stored, "certificates" | "archives">;
}

interface Checkpoint {
  readonly rules: string;
  readonly ledger: LedgerSnapshot;
  readonly openings: StoredOpenings;
  readonly announcements: readonly Record<string, unknown>[];
}

const NOTHING: Stored = {
  ledger: undefined,
  openings: undefined,
  certificates: [],
  archives: [],
  announcements: [],
  ofOtherRules: { certificates: [], archives: [] },
};

export class Store {
  readonly #folder: string;
  readonly #rules: string;
  readonly #logger: Logger;
  /** Writes follow each other. */
  #writing: Promise<unknown> = Promise.resolve();

  /** @param rules - Fingerprint of rules, chain and contract. */
  constructor(folder: string, rules: string, logger: Logger) {
    this.#folder = folder;
    this.#rules = rules;
    this.#logger = logger;
  }

  /** Reads what there is; creates the folder. */
  async load(): Promise<Stored> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const checkpoint = await this.#readCheckpoint();
    if (checkpoint !== undefined && checkpoint.rules !== this.#rules) {
      this.#logger.warn({ folder: this.#folder }, "the state on disk is of other rules or another contract: put aside");
      const ofOtherRules = await this.#readHistory();
      for (const name of ["checkpoint.json", "certificates.jsonl", "archives.jsonl"]) await this.#putAside(name);
      return { ...NOTHING, ofOtherRules };
    }
    return {
      ...NOTHING,
      ledger: checkpoint?.ledger,
      openings: checkpoint?.openings,
      announcements: (checkpoint?.announcements ?? []).flatMap((entry) => {
        const parsed = announcementShape.safeParse(entry);
        return parsed.success ? [parsed.data] : [];
      }),
      ...(await this.#readHistory()),
    };
  }

  async #readHistory(): Promise<Pick<Stored, "certificates" | "archives">> {
    return {
      certificates: await this.#readLines("certificates.jsonl", certificateShape),
      archives: await this.#readLines("archives.jsonl", archiveShape),
    };
  }

  /** Appends certificates. */
  addCertificates(certificates: readonly Certificate[]): Promise<void> {
    return this.#append("certificates.jsonl", certificates.map(toWire));
  }

  /** Appends an archive. */
  addArchive(archive: Archive): Promise<void> {
    return this.#append("archives.jsonl", [{ ...archive }]);
  }

  /** Replaces ledger, openings and announcements. */
  checkpoint(ledger: LedgerSnapshot, openings: StoredOpenings, announcements: readonly Announcement[]): Promise<void> {
    const content: Checkpoint = {
      rules: this.#rules,
      ledger,
      openings,
      announcements: announcements.map(announcementToWire),
    };
    const text = JSON.stringify(content);
    return this.#queue(async () => {
      const path = join(this.#folder, "checkpoint.json");
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    });
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  #append(name: string, items: readonly Record<string, unknown>[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    const text = items.map((item) => `${JSON.stringify(item)}\n`).join("");
    return this.#queue(() => appendFile(join(this.#folder, name), text, { mode: 0o600 }));
  }

  #queue(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work).catch((error: unknown) => {
      this.#logger.error({ err: error }, "the state cannot be written: a restart will have to ask again");
    });
    this.#writing = done;
    return done;
  }

  async #readCheckpoint(): Promise<Checkpoint | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#folder, "checkpoint.json"), "utf8")) as Checkpoint;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      this.#logger.warn({ err: error }, "the checkpoint on disk cannot be read: put aside");
      await this.#putAside("checkpoint.json");
      return undefined;
    }
  }

  async #readLines<T>(name: string, shape: z.ZodType<T>): Promise<T[]> {
    const path = join(this.#folder, name);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
    // A process that was killed while it wrote has left no end of line: what is appended next needs one of its own.
    if (text !== "" && !text.endsWith("\n")) await appendFile(path, "\n");
    const items: T[] = [];
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const parsed = shape.safeParse(parseJson(line));
      if (parsed.success) items.push(parsed.data);
      else this.#logger.warn({ name }, "a damaged line of the state is left out");
    }
    return items;
  }

  async #putAside(name: string): Promise<void> {
    const path = join(this.#folder, name);
    await rename(path, `${path}.${Date.now()}.old`).catch(() => undefined);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
