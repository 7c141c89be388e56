/**
 * - `signed`: written down; about to be sent, on its way, or lost on it
 * - `included`, `failed`: it has a receipt
 * - `replaced`: another transaction of the account took its nonce; it can never be included
 * - `refused`: the endpoint would not take it, and it was given up
 */
export type EntryState = "signed" | "included" | "failed" | "replaced" | "refused";

/** One signature of a transaction. Several of one entry share its nonce, so at most one of them is ever included. */
export interface Attempt {
  hash: string;
  /** The signed bytes, 0x: sending them again can never pay twice. Gone once the end is known. */
  raw?: string;
  /** Unix milliseconds of the machine's clock. */
  at: number;
  /** An empty transaction that takes the place of the others. */
  cancels?: boolean;
}

/** One transaction that an account means to send, or has sent. */
export interface Entry {
  /** Names it within a command, the same in every run. */
  key: string;
  /** Names the command that it belongs to, the same in every run: what the user asked for, not what was computed. */
  command: string;
  /** Whether the command has done what it was for when this one is included. */
  final: boolean;
  what: string;
  method: string;
  from: string;
  nonce: number;
  /** Newest last. None where a node signs, and only the nonce is known before its answer. */
  attempts: Attempt[];
  state: EntryState;
  /** Unix milliseconds. */
  at: number;
  /** Unix seconds after which the contract refuses it. */
  validUntil?: number;
  hash?: string;
  block?: number;
  blockHash?: string;
  /** Decimal. */
  gasUsed?: string;
  /** Wei, decimal. */
  cost?: string;
  /** Address of a contract that it created. */
  contract?: string;
  /** Hash of the initcode of a contract that it creates. */
  codeHash?: string;
  /** False until the run that sent it, or a later one, has said how it ended. Missing where nobody keeps count of that. */
  told?: boolean;
  /** Whatever the program wants to find again, e.g. the node of a liquidation. */
  labels?: Record<string, string>;
}

/** Where a journal lives. Nobody else writes to it while it is open. */
export interface JournalStore {
  /** For people: the file's name. */
  readonly place: string;
  /** The entries as they were saved last. */
  load(): Promise<Entry[]>;
  /** Durable when it returns. */
  save(entries: readonly Entry[]): Promise<void>;
  /** Gives up the lock, if the store has one. */
  close(): Promise<void>;
}

/** How many entries with a known end are kept, for people who look into the file. */
const KEPT = 200;
/** How many of them keep their signed bytes. */
const KEPT_BYTES = 4;

/**
 * The memory of an account: each transaction is written down as it was signed before it is sent. Whatever happens then (a lost answer,
 * a killed process), the next run looks for it, and sends the same bytes if it must.
 */
export class Journal {
  readonly #store: JournalStore;
  #entries: Entry[];

  private constructor(store: JournalStore, entries: Entry[]) {
    this.#store = store;
    this.#entries = entries;
  }

  /** Opens a journal on its store; the store is closed when it cannot be read. */
  static async open(store: JournalStore): Promise<Journal> {
    try {
      return new Journal(store, await store.load());
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** A journal that forgets: for those who have nowhere to write. */
  static inMemory(): Journal {
    const nothing = () => Promise.resolve();
    return new Journal({ place: "memory", load: () => Promise.resolve([]), save: nothing, close: nothing }, []);
  }

  /** For people: the store's name. */
  get place(): string {
    return this.#store.place;
  }

  /** All entries, the oldest first. */
  get all(): readonly Entry[] {
    return this.#entries;
  }

  /** Entries whose end is not known, oldest first. */
  get open(): readonly Entry[] {
    return this.#entries.filter(({ state }) => state === "signed");
  }

  /** The newest entry of a key. */
  find(key: string): Entry | undefined {
    return this.#entries.findLast((entry) => entry.key === key);
  }

  /** Adds an entry, with its signature where that is known before it is sent; on disk when it returns. */
  async begin(entry: Omit<Entry, "attempts" | "state" | "at">, signed?: { hash: string; raw: string }): Promise<Entry> {
    const added: Entry = { told: false, ...entry, attempts: [], state: "signed", at: Date.now() };
    this.#entries.push(added);
    if (signed) await this.sign(added, signed);
    else await this.#save();
    return added;
  }

  /** Adds a signature to an entry; on disk when it returns. */
  async sign(entry: Entry, attempt: Omit<Attempt, "at">): Promise<void> {
    entry.attempts.push({ ...attempt, at: Date.now() });
    entry.hash = attempt.hash;
    entry.state = "signed";
    await this.#save();
  }

  /** Notes the end of an entry; its bytes are not needed any more. */
  async settle(
    entry: Entry,
    state: Exclude<EntryState, "signed">,
    end: Partial<Pick<Entry, "hash" | "block" | "blockHash" | "gasUsed" | "cost" | "contract">> = {},
  ): Promise<void> {
    entry.state = state;
    Object.assign(entry, end);
    const ended = this.#entries.filter((other) => other.state !== "signed");
    // A block that is taken back brings its transactions into question again: the newest keep their bytes.
    for (const other of ended) {
      if (other.state === "included" && ended.indexOf(other) >= ended.length - KEPT_BYTES) continue;
      for (const attempt of other.attempts) delete attempt.raw;
    }
    const surplus = new Set(ended.slice(0, Math.max(0, ended.length - KEPT)));
    this.#entries = this.#entries.filter((other) => !surplus.has(other));
    await this.#save();
  }

  /** An entry that was included is not any more: the chain was reorganised. */
  async reopen(entry: Entry): Promise<void> {
    entry.state = "signed";
    for (const name of ["block", "blockHash", "gasUsed", "cost"] as const) delete entry[name];
    await this.#save();
  }

  /** Its user has been told how the entries of a command ended. */
  async tell(command: string): Promise<void> {
    const untold = this.#entries.filter((entry) => entry.command === command && entry.told === false);
    const ended = untold.filter(({ state }) => state !== "signed");
    if (ended.length === 0) return;
    for (const entry of ended) entry.told = true;
    await this.#save();
  }

  /** Forgets the entries of a key: the chain shows that this is another occasion. */
  async forget(key: string): Promise<void> {
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
    await this.#save();
  }

  /** Closes the store. */
  close(): Promise<void> {
    return this.#store.close();
  }

  #save(): Promise<void> {
    return this.#store.save(this.#entries);
  }
}
