import type { Wallet } from "ethers";
import { ChainError, formatTime, parseAddress, readFees, readL1Gas, send, toBatch } from "../../chain/index.ts";
import type { Call, Intent, Journal, SendOptions, SendRecord, Tick } from "../../chain/index.ts";
import type { CommandContext } from "../terminal/command.ts";
import { CliError } from "../terminal/errors.ts";
import type { Io } from "../terminal/io.ts";
import { LiveLine } from "../terminal/live.ts";
import type { SendingOptions } from "../terminal/options.ts";
import type { Output } from "../terminal/output.ts";
import { askYes, canAsk } from "../../settings/ask.ts";
import { openAccount } from "./account.ts";
import { openJournal, readOpenEntries } from "./accountJournal.ts";
import type { Earlier } from "./earlier.ts";
import { lookAfter } from "./earlier.ts";
import { formatBound, gasCeiling, parseSending } from "./gas.ts";
import type { Session } from "./session.ts";
import type { Step } from "./steps.ts";
import { showSteps } from "./steps.ts";

/** How a transaction belongs to its command. */
export interface How {
  /** It depends on the one before, and cannot be simulated until that is included. */
  after?: boolean;
  /** Whether the command has done what it was for when this is included. Default true. */
  final?: boolean;
}

/**
 * Sends the transactions of one command, one after the other: first what earlier runs of it left is looked after, then a summary with
 * the most that all of it can cost is shown, somebody is asked (on a terminal), and each is simulated, signed, written down, sent and
 * followed. Nothing is sent without `--broadcast`.
 */
export class Sender {
  readonly from: string | undefined;
  readonly broadcast: boolean;
  readonly steps: Step[] = [];
  /** Transactions of earlier runs of the same command that are included. */
  earlier: readonly Earlier[] = [];
  readonly #args: SendingOptions;
  readonly #session: Session;
  readonly #wallet: Wallet | undefined;
  readonly #io: Io;
  readonly #out: Output;
  #command = "";
  readonly #live: LiveLine;
  #journal: Journal | undefined;
  #nonce: number | undefined;
  #summary: () => void = () => undefined;
  #shown = false;
  readonly #expected: { call: Call; bound: bigint }[] = [];
  #more = { count: 0n, percent: 100n };
  /** What the transactions of this run have cost. Wei. */
  #spent = 0n;
  /** What is left of the most that was announced; undefined before. Wei. */
  #budget: bigint | undefined;

  private constructor(args: SendingOptions, session: Session, wallet: Wallet | undefined, { io, out }: CommandContext) {
    this.#args = args;
    this.#session = session;
    this.#wallet = wallet;
    this.#io = io;
    this.#out = out;
    this.#live = new LiveLine(io);
    this.#nonce = args.nonce;
    this.from = args.from === undefined ? wallet?.address : parseAddress(args.from, "--from");
    this.broadcast = args.broadcast === true;
    if (this.broadcast && wallet && this.from !== wallet.address) {
      throw new CliError("usage", `--from is ${this.from}, but the key is of ${wallet.address}.`, "Leave --from out.");
    }
  }

  static async open(args: SendingOptions, session: Session, context: CommandContext): Promise<Sender> {
    const { io, out } = context;
    if (args.broadcast === true && out.mode === "calldata") {
      throw new CliError(
        "usage",
        "--output calldata writes transactions for others to send; --broadcast sends them.",
        "Give one of the two.",
      );
    }
    const needsKey = args.broadcast === true || args.from === undefined;
    const wallet = needsKey ? await openAccount(args, session, io) : undefined;
    const sender = new Sender(args, session, wallet, context);
    if (sender.broadcast) sender.#journal = await openJournal(session, sender.account, args.stateDir, io.env);
    return sender;
  }

  /**
   * Looks after what earlier runs left; before anything is read or computed, since it may be done already.
   *
   * @param command - What the user asked for, the same in each run: `claim 0x…`.
   * @throws ChainError `not-included` | `left` while a transaction of the same command is still under way
   */
  async begin(command: string): Promise<void> {
    this.#command = command;
    if (this.from === undefined) return;
    const { stateDir, replace } = this.#args;
    if (!this.#journal) {
      for (const { hash, what } of await readOpenEntries(this.#session, this.from, stateDir, this.#io.env)) {
        this.#out.note(`${hash} (${what}) of an earlier run has no known end: with --broadcast it is looked for first`);
      }
      return;
    }
    const { nonce: _first, ...options } = this.options();
    this.earlier = await lookAfter(command, this.#journal, options, this.#out, replace === true);
    this.#spent = 0n;
    for (const { entry, record } of this.earlier) this.steps.push({ call: entry, record });
  }

  /** Lets go of the account. */
  async close(): Promise<void> {
    this.#live.clear();
    const journal = this.#journal;
    this.#journal = undefined;
    try {
      if (this.#shown) await journal?.tell(this.#command);
      else this.#noteIncluded();
    } catch (error) {
      // It is said once more, then.
      if (!(error instanceof ChainError)) throw error;
      this.#out.note(error.message);
    } finally {
      await journal?.close();
    }
  }

  /** Ended by an error before its result was shown: whatever that says, these are done. */
  #noteIncluded(): void {
    for (const { record } of this.broadcast ? this.steps : []) {
      if (this.earlier.some((earlier) => earlier.record === record)) continue;
      if (record?.status === "included") this.#out.note(`${record.hash} is included in block ${record.block}`);
    }
  }

  /** What an earlier run sent was the last that this command had to do: it is included, and nothing else is sent. */
  get finished(): Earlier | undefined {
    return this.earlier.find(({ entry }) => entry.final);
  }

  /** The account's key, for a signature that is no transaction. None in calldata mode: a multisig signs nothing by itself. */
  get wallet(): Wallet | undefined {
    return this.#out.mode === "calldata" ? undefined : this.#wallet;
  }

  get journal(): Journal | undefined {
    return this.#journal;
  }

  /** The account, which the command cannot do without. */
  get account(): string {
    if (this.from !== undefined) return this.from;
    throw new CliError(
      "key",
      "No account is given.",
      "Set PRIVATE_KEY, or give --keystore and --password-file; --from is enough for a dry run.",
    );
  }

  /** What is shown before anybody is asked. */
  announce(summary: () => void): void {
    this.#summary = summary;
  }

  /** A transaction that will follow the first one: it counts in the bound, and is held to its part of it. */
  async expect(call: Call): Promise<void> {
    const { provider, chainId } = this.#session;
    const network = await readFees(provider);
    const fee = 2n * (network.baseFee ?? network.price) + network.tip;
    const gas = gasCeiling(call.method) + 2n * (await readL1Gas(provider, chainId, call));
    this.#expected.push({ call, bound: gas * fee + call.value });
  }

  /** So many more transactions like the next one, each at most so many percent of its cost: they count in the bound. */
  expectMore(count: number, percent: bigint): void {
    this.#more = { count: BigInt(count), percent };
  }

  /** Options of the chain room's `send` for the next transaction. */
  options(intent: Intent = {}): SendOptions {
    const journal = this.#journal;
    return {
      ...parseSending(this.#args),
      left: () => this.#left(),
      provider: this.#session.provider,
      from: this.account,
      ...(this.#wallet && this.broadcast ? { signer: this.#wallet } : {}),
      broadcast: this.broadcast,
      ...(this.#nonce === undefined ? {} : { nonce: this.#nonce }),
      ...(journal === undefined ? {} : { journal }),
      intent: { command: this.#command, ...intent },
      signal: this.#io.signal,
      confirm: (record) => this.#confirmOnce(record),
      onProgress: (step, record, tick) => this.#progress(step, record, tick),
    };
  }

  /** --max-cost is for all of the command: each transaction has what those before it have left. */
  #left(): bigint | undefined {
    const { maxCost } = parseSending(this.#args);
    return maxCost === undefined ? undefined : maxCost - this.#spent;
  }

  /** Sends, or simulates, one transaction. */
  async run(call: Call, how: How = {}): Promise<Step> {
    if (how.after && !this.broadcast) return this.addExpected(call);
    const record = await send(call, this.options({ key: call.method, final: how.final ?? true }));
    return this.add({ call, record });
  }

  /** Lists a transaction that follows one that was only simulated. */
  addExpected(call: Call): Step {
    const bound = this.#expected.find((expected) => expected.call.data === call.data)?.bound;
    return this.add({ call, ...(bound === undefined ? {} : { bound }) });
  }

  /** Takes note of a transaction that was sent, or simulated, by other means. */
  add(step: Step): Step {
    this.steps.push(step);
    if (step.record?.status === "included") {
      if (this.#nonce !== undefined) this.#nonce++;
    }
    return step;
  }

  /**
   * Shows the summary with the most that everything can cost, and asks on a terminal. Once a command; what it said is held.
   *
   * @throws CliError `cap` over --max-cost; `interrupted` when the answer is no
   */
  async confirm(simulated: readonly SendRecord[]): Promise<void> {
    if (!this.broadcast) return;
    const { count: more, percent } = this.#more;
    const total = this.#total(simulated) + (more * percent * (simulated[0]?.maxCost ?? 0n)) / 100n;
    this.#requireUnderCap(total);
    const count = simulated.length + this.#expected.length + Number(more);
    const cost = `at most ${formatBound(total)} ETH`;
    if (this.#out.mode === "table") {
      this.#summary();
      const planned = this.#expected.map(({ call, bound }): Step => ({ call, bound }));
      showSteps([...simulated.map((record) => ({ call: record, record })), ...planned], this.#session, this.#out);
      this.#out.line(`In all ${cost}.`);
    }
    this.#budget = total;
    if (this.#args.yes === true || !canAsk(this.#io)) return;
    const what = count === 1 ? "Send it" : `Send ${count} transactions`;
    const yes = await askYes(this.#io, `${what}, ${cost}?`);
    if (yes) return;
    throw new CliError("interrupted", "Nothing was sent.", yes === false ? "" : "Answer y, or give --yes.");
  }

  /** Asks before the first transaction, and holds those after it to what was announced. */
  async #confirmOnce(record: SendRecord): Promise<void> {
    if (this.#budget === undefined) return this.confirm([record]);
    if (record.maxCost <= this.#budget) return;
    const [may, left] = [record.maxCost, this.#budget].map(formatBound);
    const text = `To ${record.what} may cost ${may} ETH now, and ${left} are left of what was announced.`;
    throw new ChainError("cost-cap", text, { ...record });
  }

  #total(simulated: readonly SendRecord[]): bigint {
    const expected = this.#expected.reduce((sum, { bound }) => sum + bound, 0n);
    return simulated.reduce((sum, { maxCost }) => sum + maxCost, expected);
  }

  #requireUnderCap(total: bigint): void {
    const { maxCost } = parseSending(this.#args);
    if (maxCost === undefined || total <= maxCost) return;
    const [may, most] = [total, maxCost].map(formatBound);
    throw new ChainError("cost-cap", `It may cost ${may} ETH in all, over the cap of ${most}.`, { total, maxCost });
  }

  #progress(step: "simulated" | "signed" | "waiting" | "included", record: SendRecord, tick: Tick | undefined): void {
    if (step === "signed") {
      this.#live.clear();
      this.#out.note(`sending ${record.hash}\n  ${record.what}`);
      const { explorer } = this.#session;
      if (explorer !== undefined) this.#out.note(`  ${explorer}/tx/${record.hash}`);
    } else if (step === "waiting" && tick) {
      const confirmations = tick.wanted > 1 ? `, ${tick.confirmations} of ${tick.wanted} confirmations` : "";
      this.#live.update(`${WAITING[tick.state]}, ${tick.seconds} s${confirmations} (${record.what})`, tick.state);
    } else if (step === "included") {
      this.#live.clear();
      // One that failed has cost something too.
      const { cost = 0n } = record;
      this.#spent += cost;
      if (this.#budget !== undefined) this.#budget -= cost;
    }
  }

  /**
   * Shows what was done: in a dry run the summary and what would be sent; after sending what became of it, and `after`, the state of now.
   * In calldata mode: the batch, and nothing else.
   */
  show(value: object, after: () => void = () => undefined): void {
    this.#shown = true;
    if (this.#out.mode === "calldata") {
      const calls = this.steps.map(({ call }) => call as Call);
      this.#out.json(toBatch(this.#session.chainId, this.from, calls));
      const until = calls.flatMap(({ validUntil }) => validUntil ?? []);
      if (until.length > 0) this.#out.note(`valid until ${formatTime(BigInt(Math.min(...until)))}: send it before`);
      return;
    }
    const simulated = this.steps.flatMap(({ record }) => record ?? []);
    const total = this.#total(this.broadcast ? [] : simulated);
    if (!this.broadcast) this.#requireUnderCap(total);
    const transactions = this.steps.map(({ call, record, bound }) => ({
      ...(record ?? { status: "planned", ...call, maxCost: bound }),
      ...(this.earlier.some((earlier) => earlier.record === record) ? { earlier: true } : {}),
    }));
    const atMost = this.broadcast ? {} : { atMost: total };
    this.#out.result({ ...value, broadcast: this.broadcast, ...atMost, transactions }, () => {
      if (!this.broadcast) this.#summary();
      showSteps(this.steps, this.#session, this.#out);
      if (this.broadcast) return after();
      if (this.steps.length === 0) return;
      this.#out.line(`In all at most ${formatBound(total)} ETH.`);
      this.#out.line(this.#out.colors.yellow("Dry run: nothing was sent. --broadcast sends it."));
    });
  }
}

const WAITING = {
  waiting: "waiting",
  unanswered: "no answer yet, looking for it",
  included: "included",
  reorganised: "its block was taken back, waiting",
  resent: "sent again, waiting",
} as const;

/**
 * Opens a sender, runs, and lets go of the account whatever happens.
 *
 * @param command - As for {@link Sender.begin}; undefined where `run` calls that itself.
 */
export async function withSender<T>(
  args: SendingOptions,
  session: Session,
  context: CommandContext,
  command: string | undefined,
  run: (sender: Sender) => Promise<T>,
): Promise<T> {
  const sender = await Sender.open(args, session, context);
  try {
    if (command !== undefined) await sender.begin(command);
    return await run(sender);
  } finally {
    await sender.close();
  }
}
