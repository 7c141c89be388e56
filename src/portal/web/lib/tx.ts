import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { Call, Chain, Cost } from "./chain.ts";
import type { Trouble } from "./trouble.ts";
import { accountChanged, PageError, unanswered } from "./trouble.ts";
import type { Connection } from "./wallet.ts";
import { connection, identity, requireUnchanged } from "./wallet.ts";
import { forget, keep } from "./pending.ts";
import { config } from "./config.ts";

/** A transaction on its way. */
export type Phase =
  | { at: "idle" }
  | { at: "checking" }
  | { at: "ready"; cost: Cost }
  /** The contract would refuse it, or it cannot be told. */
  | { at: "refused"; trouble: Trouble }
  /** The wallet was asked, unix seconds. */
  | { at: "asking"; since: number; cost: Cost }
  | { at: "pending"; hash: string; note?: string }
  | { at: "done"; hash: string; block: number; wei: bigint }
  | { at: "failed"; trouble: Trouble; hash?: string };

/**
 * How a call is made: at once, or when its turn has come and what it needs (a permit, an allowance) is there.
 *
 * @param from - The account that it is made for, which is not always the one at hand any more.
 */
export type MakeCall = (from: string) => Promise<Call | undefined> | Call | undefined;

/** One transaction of several. */
export interface Step {
  title: string;
  make: MakeCall;
  /** What must not be sent twice: while one of the kind is on its way, another is not offered. */
  about?: "claim";
}

const RECEIPT_MS = 1_000;
/** Nobody has known it for so long: an endpoint may be some blocks behind the one that took it. */
const LOST_MS = 12_000;
/** Blocks are looked at this long after inclusion: a reorganisation must not leave "done" on the screen. */
const WATCH_MS = 60_000;

type Known = "waiting" | "included" | "unknown" | "elsewhere" | "unsaid";

/** What was sent from this page since it was opened, newest first; watched on after its view is gone. */
export const sent = signal<readonly Transaction[]>([]);

/** One transaction: checked, sent, followed. */
export class Transaction {
  readonly phase: Signal<Phase> = signal<Phase>({ at: "idle" });
  readonly step: Step;
  call: Call | undefined;
  readonly account: string;
  /** What it was prepared for: account, wallet and chain. */
  readonly #identity = identity.peek();
  readonly #onDone: (transaction: Transaction) => void;
  #gone = false;
  /** Whether a view shows it step by step. */
  followed = true;

  constructor(step: Step, account: string, onDone: (transaction: Transaction) => void) {
    this.step = step;
    this.account = account;
    this.#onDone = onDone;
  }

  /** Plays it without sending. */
  async check(): Promise<void> {
    if (["checking", "asking", "pending", "done"].includes(this.phase.value.at)) return;
    this.phase.value = { at: "checking" };
    try {
      const { openChain, simulate } = await import("./chain.ts");
      const at = this.#connected();
      const chain = await openChain(at, required());
      await requireUnchanged(at);
      this.call = await this.step.make(this.account);
      if (this.call === undefined) return this.#finish({ at: "done", hash: "", block: 0, wei: 0n });
      const cost = await simulate(chain, this.account, this.call);
      this.#set({ at: "ready", cost });
    } catch (error) {
      this.#set({ at: "refused", trouble: await inWords(error) });
    }
  }

  /** Asks the wallet, after a last look at whether it is still the one that this was prepared for. */
  async send(): Promise<void> {
    const { value } = this.phase;
    if (value.at !== "ready" || !this.call) return;
    const { call } = this;
    this.phase.value = { at: "asking", since: Date.now(), cost: value.cost };
    const { openChain } = await import("./chain.ts");
    let hash: string;
    let at: Connection;
    let asked = false;
    try {
      at = this.#connected();
      await requireUnchanged(at);
      // Once more: another tab, or the wallet itself, may have sent the same meanwhile.
      const chain = await openChain(at, required());
      await chain.provider.call({ from: this.account, to: call.to, data: call.data });
      this.#connected();
      const transaction = {
        from: this.account,
        to: call.to,
        data: call.data,
        value: "0x0",
        // A fifth of reserve: what the network looks like may change until it is included.
        gas: `0x${((value.cost.gas * 6n) / 5n).toString(16)}`,
        chainId: `0x${at.chainId.toString(16)}`,
      };
      asked = true;
      hash = (await at.wallet.provider.request({ method: "eth_sendTransaction", params: [transaction] })) as string;
      if (!/^0x[0-9a-fA-F]{64}$/.test(hash)) {
        throw new PageError("no-hash", "The wallet answered without a transaction.", "Look into the wallet's history.");
      }
    } catch (error) {
      const trouble = await inWords(error);
      this.#set({ at: "failed", trouble: asked ? unanswered(trouble) : trouble });
      return;
    }
    sent.value = [this, ...sent.value.filter((other) => other !== this)];
    this.phase.value = { at: "pending", hash };
    const { title, about } = this.step;
    keep({ hash, title, about, account: this.account, chainId: at.chainId });
    await this.#follow(hash, at);
  }

  /** Follows what an earlier visit, or another tab, has sent. */
  async resume(hash: string, at: Connection): Promise<void> {
    this.followed = false;
    sent.value = [...sent.value, this];
    this.phase.value = { at: "pending", hash };
    await this.#follow(hash, at);
  }

  /** The visitor has left: what was not sent is not asked for any more; what was sent is followed on. */
  stop(): void {
    this.followed = false;
    if (!sent.value.includes(this)) this.#gone = true;
    else sent.value = [...sent.value];
  }

  #connected(): Connection {
    const at = connection.value;
    if (!at) throw new PageError("no-wallet", "No wallet is connected.", "Connect one.");
    if (at.account !== this.account || identity.peek() !== this.#identity) throw accountChanged();
    return at;
  }

  /** Through the wallet that it was sent with, whatever account that is on by now. */
  async #follow(hash: string, at: Connection): Promise<void> {
    try {
      await this.#watch(hash, at);
    } finally {
      forget(hash);
    }
  }

  async #watch(hash: string, at: Connection): Promise<void> {
    const { openChain } = await import("./chain.ts");
    const chain = await openChain(at, required()).catch(() => undefined);
    if (!chain) return;
    let seenUntil = 0;
    let missingSince: number | undefined;
    for (;;) {
      const receipt = await chain.provider.getTransactionReceipt(hash).catch(() => undefined);
      // One that does not say how it ended is none; ethers then leaves the status out, whatever its type says.
      if (typeof receipt?.status === "number") {
        missingSince = undefined;
        if (this.phase.value.at !== "done") {
          if (receipt.status === 0) return this.#reverted(hash, chain);
          seenUntil = Date.now() + WATCH_MS;
          forget(hash);
          this.#finish({ at: "done", hash, block: receipt.blockNumber, wei: receipt.fee });
        }
      } else {
        const known = await this.#isKnown(hash, chain, at);
        this.#note(hash, known, at);
        missingSince = known === "unknown" ? (missingSince ?? Date.now()) : undefined;
        if (missingSince !== undefined && Date.now() - missingSince > LOST_MS) return this.#dropped(hash);
      }
      if (seenUntil > 0 && this.phase.value.at === "done" && Date.now() > seenUntil) return;
      await new Promise((resolve) => setTimeout(resolve, RECEIPT_MS));
    }
  }

  /** Without a receipt: why it has none. */
  #note(hash: string, known: Known, at: Connection): void {
    const { value } = this.phase;
    if (known === "elsewhere" && value.at !== "done") {
      const note = `${at.wallet.name} is on another chain now: it is followed on when that is back.`;
      this.#set({ at: "pending", hash, note });
    } else if (value.at === "done" && (known === "waiting" || known === "unknown")) {
      const note = "The chain has taken its block back: waiting for it to be included again.";
      this.#set({ at: "pending", hash, note });
    }
  }

  /** What the endpoint says of a transaction that has no receipt: a wallet that has gone to another chain knows nothing of it either. */
  async #isKnown(hash: string, { provider }: Chain, at: Connection): Promise<Known> {
    try {
      const chainId = await at.wallet.provider.request({ method: "eth_chainId" });
      if (Number(chainId) !== at.chainId) return "elsewhere";
      const transaction = await provider.getTransaction(hash);
      if (!transaction) return "unknown";
      return transaction.blockNumber === null ? "waiting" : "included";
    } catch {
      return "unsaid";
    }
  }

  async #reverted(hash: string, chain: Chain): Promise<void> {
    let trouble: Trouble = {
      code: "reverted",
      sentence: "It was included, and the contract refused it; only the fee is spent.",
      fix: "Check again: what it depended on has changed in between.",
    };
    try {
      const { simulate } = await import("./chain.ts");
      if (this.call) await simulate(chain, this.account, this.call);
    } catch (error) {
      const why = await inWords(error);
      trouble = { ...trouble, sentence: `${trouble.sentence} ${why.sentence}`, fix: why.fix };
    }
    this.#set({ at: "failed", trouble, hash });
  }

  #dropped(hash: string): void {
    this.#set({
      at: "failed",
      hash,
      trouble: {
        code: "dropped",
        sentence: "The chain does not know this transaction any more: it was dropped, or replaced in the wallet.",
        fix: "Look into the wallet's history before you send it again: should it turn up after all, it counts.",
      },
    });
  }

  #finish(phase: Phase & { at: "done" }): void {
    this.#set(phase);
    this.#onDone(this);
  }

  #set(phase: Phase): void {
    if (!this.#gone) this.phase.value = phase;
  }
}

function required() {
  const value = config.value;
  if (!value) throw new PageError("no-config", "The service has not said which network this is.", "Reload the page.");
  return value;
}

async function inWords(error: unknown): Promise<Trouble> {
  const { troubleOf } = await import("./chain.ts");
  return troubleOf(error);
}
