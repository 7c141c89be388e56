import { join } from "node:path";
import type { Provider, Signer } from "ethers";
import { getCreateAddress, keccak256 } from "ethers";
import { readRecord, writeRecord } from "../../deploy/lib/record.ts";
import type { Call } from "../../src/chain/calls.ts";
import type { SendOptions } from "../../src/chain/send.ts";
import { send } from "../../src/chain/send.ts";

/** One transaction of an operation, as it is written down: first the nonce, then the hash, then what came of it. */
export interface Entry {
  what: string;
  nonce: number;
  from: string;
  hash?: string;
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

/**
 * The memory of an operation, in `deployments/<network>/operations/<name>.json`, so that a killed run goes on and nothing is
 * done twice: a transaction's nonce is written down before it is sent, and a second attempt uses the same nonce. Whatever the
 * first attempt did, at most one of the two is included.
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

  /**
   * Sends a call exactly once over all runs.
   *
   * @param key - Names the transaction within the operation, the same in every run.
   * @param done - Asks the chain whether its effect is there already; needed where a nonce was used and the hash is not known.
   */
  async once(
    key: string,
    call: Call,
    options: SendOptions & { from: string },
    done: () => Promise<boolean> = () => Promise.resolve(false),
  ): Promise<Entry> {
    const before = await this.included(key, options.provider);
    if (before !== undefined) return before;

    const used = await options.provider.getTransactionCount(options.from, "latest");
    const earlier = this.#content.entries[key];
    if (earlier !== undefined && earlier.nonce < used && (await done())) {
      this.save();
      return earlier;
    }
    const nonce = earlier !== undefined && earlier.nonce >= used ? earlier.nonce : used;
    const entry: Entry = { what: call.what, nonce, from: options.from };
    this.#content.entries[key] = entry;
    this.save();

    const record = await send(call, {
      ...options,
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
    const before = await this.included(key, provider);
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
    const entry: Entry = { what: call.what, nonce, from, codeHash: keccak256(call.data) };
    this.#content.entries[key] = entry;
    this.save();
    const gas = await provider.estimateGas({ from, data: call.data });
    const response = await signer.sendTransaction({ data: call.data, nonce, gasLimit: (gas * 12n) / 10n });
    entry.hash = response.hash;
    this.save();
    const receipt = await response.wait(1, 120_000);
    if (receipt === null) throw new Error(`${response.hash} is not included yet: run again`);
    return this.#complete(entry, receipt.blockNumber, receipt.gasUsed, receipt.contractAddress);
  }

  #complete(entry: Entry, block: number, gasUsed: bigint, contract: string | null): Entry {
    entry.block = block;
    entry.gasUsed = gasUsed.toString();
    if (contract !== null) entry.contract = contract;
    this.save();
    return entry;
  }
}
