import { join } from "node:path";
import type { Provider, Signer, TransactionRequest, TransactionResponse } from "ethers";
import { BaseWallet, getCreateAddress, keccak256 } from "ethers";
import { readRecord, writeRecord } from "../lib/record.ts";
import { Refusal } from "../lib/refusal.ts";
import type { Call } from "../../src/chain/calls.ts";
import type { SendOptions } from "../../src/chain/send.ts";
import { send } from "../../src/chain/send.ts";

/** One transaction of an operation, as it is written down: first the nonce, then the signed whole, then what came of it. */
export interface Entry {
  what: string;
  nonce: number;
  from: string;
  hash?: string;
  /** As it was signed, until it is included. */
  raw?: string;
  block?: number;
  gasUsed?: string;
  /** Address of a contract that it created. */
  contract?: string;
  /** Hash of the initcode of a contract that it creates. */
  codeHash?: string;
}

export interface CreateOptions {
  provider: Provider;
  signer: Signer;
  from: string;
}

export interface JournalFile {
  operation: string;
  network: string;
  startedAt: string;
  finishedAt?: string;
  entries: Record<string, Entry>;
  /** Whatever the operation wants to keep. */
  notes: Record<string, unknown>;
}

/** An account that tells what it has signed. */
class TellingWallet extends BaseWallet {
  readonly #tell: (raw: string) => void;

  constructor(wallet: BaseWallet, tell: (raw: string) => void) {
    super(wallet.signingKey, wallet.provider);
    this.#tell = tell;
  }

  override async signTransaction(request: TransactionRequest): Promise<string> {
    const raw = await super.signTransaction(request);
    this.#tell(raw);
    return raw;
  }
}

/**
 * The memory of an operation, in `deployments/<network>/operations/<name>.json`, so that a killed run goes on and nothing is
 * done twice: a transaction is written down as it was signed before it is sent, and a second attempt sends the same one.
 */
export class Journal {
  readonly #directory: string;
  readonly #name: string;
  readonly #content: JournalFile;

  constructor(record: string, network: string, name: string) {
    this.#directory = join(record, "operations");
    this.#name = `${name}.json`;
    this.#content = readRecord<JournalFile>(this.#directory, this.#name) ?? {
      operation: name,
      network,
      startedAt: new Date().toISOString(),
      entries: {},
      notes: {},
    };
    if (this.#content.network !== network) {
      throw new Refusal("record", `${this.file} was written on ${this.#content.network}, not on ${network}.`);
    }
  }

  get entries(): Readonly<Record<string, Entry>> {
    return this.#content.entries;
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

  /** Whether a transaction of an earlier run is in the chain; its receipt completes the entry. */
  async included(key: string, provider: Provider): Promise<Entry | undefined> {
    const entry = this.#content.entries[key];
    if (entry?.hash === undefined) return undefined;
    if (entry.block !== undefined) return entry;
    // A hash that is known but not included yet is waited for: it may still come.
    if ((await provider.getTransaction(entry.hash)) === null) return undefined;
    const receipt = await provider.waitForTransaction(entry.hash, 1, 120_000);
    if (receipt?.status !== 1) return undefined;
    return this.#complete(entry, receipt.blockNumber, receipt.gasUsed, receipt.contractAddress);
  }

  /** Forgets a transaction that is included: the chain shows that its effect is gone, so this is another occasion. */
  renew(key: string): void {
    if (this.#content.entries[key]?.block === undefined) return;
    delete this.#content.entries[key];
    delete this.#content.finishedAt;
    this.save();
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
    const { provider, signer, from } = options;
    const before = (await this.included(key, provider)) ?? (await this.#sentAgain(key, provider));
    if (before !== undefined) return before;

    const used = await provider.getTransactionCount(from, "latest");
    const earlier = this.#content.entries[key];
    if (earlier !== undefined && earlier.nonce < used) {
      if (await done()) return earlier;
      if (earlier.hash === undefined && !(signer instanceof BaseWallet)) {
        throw new Refusal(
          "record",
          `"${earlier.what}" may have been sent with nonce ${earlier.nonce} of ${earlier.from} by a run that was killed: ` +
            `look at the chain, then remove "${key}" from ${this.file} if it was not.`,
        );
      }
    }
    const nonce = earlier !== undefined && earlier.nonce >= used ? earlier.nonce : used;
    const entry = this.#begin(key, { what: call.what, nonce, from });

    const record = await send(call, {
      ...options,
      signer: this.#telling(signer, entry),
      nonce,
      broadcast: true,
      onProgress: (step, sent) => {
        if (step === "sent" && sent.hash !== undefined) {
          entry.hash = sent.hash;
          this.save();
        }
        options.onProgress?.(step, sent);
      },
    });
    return this.#complete(entry, record.block ?? 0, record.gasUsed ?? 0n, null);
  }

  /**
   * Deploys a contract exactly once over all runs. Its address follows from account and nonce, so it is known, and looked for,
   * before anything is sent.
   *
   * @param call - `to` empty, `data` the initcode with its arguments.
   */
  async create(key: string, call: Call, options: CreateOptions): Promise<Entry> {
    const { provider, signer, from } = options;
    const before = (await this.included(key, provider)) ?? (await this.#sentAgain(key, provider));
    if (before?.contract !== undefined) return before;

    const used = await provider.getTransactionCount(from, "latest");
    const earlier = this.#content.entries[key];
    if (earlier !== undefined && earlier.nonce < used) {
      const contract = getCreateAddress({ from: earlier.from, nonce: earlier.nonce });
      if (earlier.codeHash === keccak256(call.data) && (await provider.getCode(contract)) !== "0x") {
        earlier.contract = contract;
        this.save();
        return earlier;
      }
    }
    const nonce = earlier !== undefined && earlier.nonce >= used ? earlier.nonce : used;
    const entry = this.#begin(key, { what: call.what, nonce, from, codeHash: keccak256(call.data) });
    const gas = await provider.estimateGas({ from, data: call.data });
    const teller = this.#telling(signer, entry);
    const response = await teller.sendTransaction({ data: call.data, nonce, gasLimit: (gas * 12n) / 10n });
    entry.hash = response.hash;
    this.save();
    return this.#wait(entry, response);
  }

  /** Sends what an earlier run signed and the chain does not know, as it was signed, so that there is never a second one. */
  async #sentAgain(key: string, provider: Provider): Promise<Entry | undefined> {
    const entry = this.#content.entries[key];
    if (entry?.raw === undefined) return undefined;
    // Another transaction took the nonce: this one can never be included.
    if ((await provider.getTransactionCount(entry.from, "latest")) > entry.nonce) return undefined;
    return this.#wait(entry, await provider.broadcastTransaction(entry.raw));
  }

  async #wait(entry: Entry, response: TransactionResponse): Promise<Entry> {
    const receipt = await response.wait(1, 120_000);
    if (receipt === null) throw new Error(`${response.hash} is not included yet: run again`);
    return this.#complete(entry, receipt.blockNumber, receipt.gasUsed, receipt.contractAddress);
  }

  #begin(key: string, entry: Entry): Entry {
    this.#content.entries[key] = entry;
    this.save();
    return entry;
  }

  /** The account, with what it signs written down before it is sent. What a node signs is known only by its answer. */
  #telling(signer: Signer, entry: Entry): Signer {
    if (!(signer instanceof BaseWallet)) return signer;
    return new TellingWallet(signer, (raw) => {
      entry.raw = raw;
      entry.hash = keccak256(raw);
      this.save();
    });
  }

  #complete(entry: Entry, block: number, gasUsed: bigint, contract: string | null): Entry {
    delete entry.raw;
    entry.block = block;
    entry.gasUsed = gasUsed.toString();
    if (contract !== null) entry.contract = contract;
    this.save();
    return entry;
  }
}
