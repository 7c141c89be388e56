import { join } from "node:path";
import type { Provider, Signer } from "ethers";
import { BaseWallet, formatEther, getCreateAddress, keccak256 } from "ethers";
import type { Consent } from "../lib/consent.ts";
import { readRecord, writeRecord } from "../lib/record.ts";
import { Refusal } from "../lib/refusal.ts";
import type { Call } from "../../src/chain/calls.ts";
import { ChainError, RevertError } from "../../src/chain/errors.ts";
import { resume, send } from "../../src/chain/send.ts";
import type { SendOptions } from "../../src/chain/send.ts";
import type { Entry } from "../../src/chain/sending/journal.ts";
import { Journal } from "../../src/chain/sending/journal.ts";
import { networks } from "../../src/chain/networks.ts";
import { peek, reopenAllGone, reopenIfOut } from "../../src/chain/sending/peek.ts";
import type { Context } from "./context.ts";

export interface CreateOptions {
  provider: Provider;
  signer: Signer;
  from: string;
}

/** The file of an operation. */
export interface OperationFile {
  operation: string;
  network: string;
  startedAt: string;
  finishedAt?: string;
  entries: Entry[];
  /** Whatever the operation wants to keep. */
  notes: Record<string, unknown>;
}

/** Where an operation runs, and whom it tells. */
export interface Surroundings {
  record: string;
  network: string;
  /** Ends the wait for a transaction: it stays on its way, and the next run looks for it. */
  signal?: AbortSignal | undefined;
  explorer?: string | undefined;
  tell?: (line: string) => void;
  /** Asks before the first transaction that is new. */
  consent?: Consent | undefined;
}

/** Ends of a transaction that leave its work to be done anew. */
const UNDONE = ["replaced", "expired", "given-up", "not-taken"];
/** How often it is said that something is waited for, ms. */
const TELL_MS = 15_000;

/**
 * The memory of an operation, in `deployments/<network>/operations/<name>.json`, so that a killed run goes on and nothing is
 * done twice: the journal of the chain room, kept with the notes of the operation. The record's lock is its lock.
 */
export class OperationJournal {
  readonly #surroundings: Surroundings;
  readonly #directory: string;
  readonly #name: string;
  readonly #content: OperationFile;
  #journal: Journal = Journal.inMemory();

  private constructor(surroundings: Surroundings, operation: string, content: OperationFile | undefined) {
    this.#surroundings = surroundings;
    this.#directory = join(surroundings.record, "operations");
    this.#name = `${operation}.json`;
    const { network } = surroundings;
    this.#content = content ?? { operation, network, startedAt: new Date().toISOString(), entries: [], notes: {} };
  }

  /** @throws Refusal `record` when the file was written on another network */
  static async open(surroundings: Surroundings, operation: string): Promise<OperationJournal> {
    const content = readRecord<OperationFile>(join(surroundings.record, "operations"), `${operation}.json`);
    const opened = new OperationJournal(surroundings, operation, content);
    const { network } = opened.#content;
    if (network !== surroundings.network) {
      throw new Refusal("record", `${opened.file} was written on ${network}, not on ${surroundings.network}.`);
    }
    opened.#journal = await Journal.open({
      place: opened.file,
      load: () => Promise.resolve(opened.#content.entries),
      save(entries) {
        opened.#content.entries = [...entries];
        opened.save();
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
    return opened;
  }

  /** The newest entry of each key. */
  get entries(): Readonly<Record<string, Entry>> {
    return Object.fromEntries(this.#journal.all.map((entry) => [entry.key, entry]));
  }

  get notes(): Record<string, unknown> {
    return this.#content.notes;
  }

  get file(): string {
    return join(this.#directory, this.#name);
  }

  note(name: string, value: unknown): void {
    this.#content.notes[name] = value;
    this.save();
  }

  finish(): void {
    this.#content.finishedAt = new Date().toISOString();
    this.save();
  }

  get finished(): boolean {
    return this.#content.finishedAt !== undefined;
  }

  save(): void {
    writeRecord(this.#directory, this.#name, this.#content);
  }

  /** The entry of a key if it is in the chain. Waits for nothing and sends nothing. */
  async included(key: string, provider: Provider): Promise<Entry | undefined> {
    const entry = this.#journal.find(key);
    if (entry?.state === "signed" && entry.attempts.length > 0) await peek(entry, provider, this.#journal);
    return entry?.state === "included" ? entry : undefined;
  }

  /**
   * Forgets a transaction that is included: the chain shows that its effect is gone, so this is another occasion. One whose block was
   * taken back may be included once more: it is kept, and followed.
   */
  async renew(key: string, provider: Provider): Promise<void> {
    if (this.#journal.find(key)?.state !== "included") return;
    await this.#reopenGone(provider);
    if (this.#journal.find(key)?.state !== "included") return;
    delete this.#content.finishedAt;
    await this.#journal.forget(key);
  }

  /**
   * Sends a call exactly once over all runs.
   *
   * @param key - Names the transaction within the operation, the same in every run.
   * @param done - Asks the chain whether its effect is there already; for accounts that a node holds, whose transactions are known
   * by their nonce alone until the node answers.
   */
  async once(
    key: string,
    call: Call,
    options: SendOptions & CreateOptions,
    done: () => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<Entry> {
    const sending = this.#options(key, options);
    const earlier = await this.#earlier(key, sending, done);
    if (earlier !== undefined) return earlier;
    // A nonce that was written down and not used is used now: whatever was sent with it, only one of the two is included.
    const begun = this.#journal.find(key);
    const nonce = begun?.state === "signed" ? { nonce: begun.nonce } : {};
    if (begun?.state === "signed") await this.#journal.forget(key);
    await send(call, { ...sending, ...nonce });
    return this.#journal.find(key) as Entry;
  }

  /**
   * Deploys a contract exactly once over all runs. Its address follows from account and nonce, so it is known, and looked for,
   * before anything is sent.
   *
   * @param call - `to` empty, `data` the initcode with its arguments.
   */
  async create(key: string, call: Call, options: CreateOptions): Promise<Entry> {
    const { provider } = options;
    const entry = this.#journal.find(key);
    const contract = entry && getCreateAddress({ from: entry.from, nonce: entry.nonce });
    const stands = async () =>
      entry?.codeHash === keccak256(call.data) && (await provider.getCode(contract as string)) !== "0x";
    const done = await this.once(key, call, options, stands);
    if (done.contract === undefined && contract !== undefined) {
      await this.#journal.settle(done, "included", { contract });
    }
    return done;
  }

  #options(key: string, options: SendOptions & CreateOptions): SendOptions & CreateOptions {
    const { signal, explorer, tell = () => undefined, consent, network } = this.#surroundings;
    let told = Date.now();
    return {
      ...options,
      broadcast: true,
      journal: this.#journal,
      intent: { key, command: this.#content.operation },
      ...(signal === undefined ? {} : { signal }),
      ...(consent === undefined
        ? {}
        : {
            confirm: ({ what, from, maxCost }) =>
              consent(
                `${capital(what)} on ${network} from ${from}, at most ${formatEther(maxCost)} ETH, and what follows?`,
              ),
          }),
      onProgress: (step, record, tick) => {
        if (step === "signed") {
          tell(`sending ${record.hash}\n  ${record.what}${explorer ? `\n  ${explorer}/tx/${record.hash}` : ""}`);
        } else if (step === "waiting" && tick && Date.now() - told > TELL_MS) {
          told = Date.now();
          tell(`${tick.state}, ${tick.seconds} s (${record.what})`);
        }
        options.onProgress?.(step, record, tick);
      },
    };
  }

  async #reopenGone(provider: Provider): Promise<void> {
    for (const { hash, what } of await reopenAllGone(provider, this.#journal)) {
      this.#surroundings.tell?.(`${hash} (${what}) is no part of the chain any more: a block was taken back`);
    }
  }

  /** What an earlier run sent under this key, if its effect is on the chain or still comes. */
  async #earlier(
    key: string,
    options: SendOptions & CreateOptions,
    done: () => Promise<boolean>,
  ): Promise<Entry | undefined> {
    const entry = this.#journal.find(key);
    if (entry !== undefined) {
      await this.#reopenGone(options.provider);
      await reopenIfOut(options.provider, this.#journal, [entry]);
    }
    if (entry === undefined || entry.state === "included") return entry;
    if (entry.state === "signed" && entry.attempts.length > 0) {
      try {
        await resume(entry, options);
        return entry;
      } catch (error) {
        const undone = error instanceof RevertError || (error instanceof ChainError && UNDONE.includes(error.code));
        if (!undone) throw error;
        this.#surroundings.tell?.(error.message);
      }
    }
    if ((await options.provider.getTransactionCount(entry.from, "latest")) <= entry.nonce) return undefined;
    if (await done()) return entry;
    if (entry.attempts.length === 0 && !(options.signer instanceof BaseWallet)) {
      throw new Refusal(
        "record",
        `"${entry.what}" may have been sent with nonce ${entry.nonce} of ${entry.from} by a run that was killed: ` +
          `look at the chain, then remove "${key}" from ${this.file} if it was not.`,
      );
    }
    if (entry.state === "signed") await this.#journal.settle(entry, "replaced");
    return undefined;
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The journal of an operation in its surroundings. What it has seen included is in the chain, whatever replica answers from now on. */
export async function openJournal(context: Context, operation: string): Promise<OperationJournal> {
  const { record, info, signal, output, consent } = context;
  const explorer = networks[info.name]?.explorer;
  const tell = (line: string) => output.progress(line);
  const journal = await OperationJournal.open(
    { record, network: info.name, signal, explorer, tell, consent },
    operation,
  );
  const blocks = Object.values(journal.entries).map(({ block }) => block ?? 0);
  if (info.kind === "live") context.provider.notBefore(Math.max(0, ...blocks));
  return journal;
}
