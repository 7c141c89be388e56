import {
  chooseForm,
  formatSesh,
  formText,
  probeFeatures,
  readNodeSet,
  updateRewardsBalanceCall,
  updateRewardsBalancesForms,
} from "../../chain/index.ts";
import type { Call, Features, FormChoice, NodeSet } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import type { CollectRequest } from "../../collect/index.ts";
import { ClaimStore } from "./claimStore.ts";
import { RunStore } from "./runStore.ts";
import type { CommandContext } from "../terminal/command.ts";
import { CliError, showError } from "../terminal/errors.ts";
import type { ExitName } from "../terminal/errors.ts";
import type { SendingOptions, SourceOptions } from "../terminal/options.ts";
import type { Output } from "../terminal/output.ts";
import { formatBound } from "../session/gas.ts";
import type { Sender } from "../session/sending.ts";
import { withSender } from "../session/sending.ts";
import type { Session } from "../session/session.ts";
import type { Signed } from "../session/signed.ts";
import { openSource } from "../session/source.ts";
import type { Source } from "../session/source.ts";

interface ManyArgs extends SendingOptions, SourceOptions {
  batchSize: number;
  fresh: boolean | undefined;
  /** Leave out who gains less, atomic SESH. */
  minimum?: bigint;
}

/** How much more gas a batch may take than the first one: all its recipients new, some signers fewer. Percent. */
const LATER_BATCH_PERCENT = 150n;

/** Errors that end the run instead of one batch. */
const ENDS_ALL: readonly ExitName[] = ["key", "interrupted", "pending", "cap", "usage", "chain"];

/**
 * Records the lifetime rewards of many recipients: one aggregate and one transaction a batch where the contract takes batches, one
 * each on a live-style contract. Those whose record is up to date are left out; a failed batch does not keep the others from going
 * through. Run again after it stopped, it goes on with those that are not done.
 */
export async function claimMany(
  session: Session,
  recipients: readonly string[],
  args: ManyArgs,
  context: CommandContext,
): Promise<ExitName> {
  const size = args.batchSize;
  if (!Number.isInteger(size) || size < 1 || size > 200) {
    throw new CliError("usage", `--batch-size: ${size} is not from 1 to 200.`, "20 is a good size.");
  }
  const source = await openSource(args, session, context.io);
  const runs = new RunStore(session, recipients, args.stateDir, context.io.env);
  try {
    return await withSender(args, session, context, runs.command, (sender) =>
      recordAll(recipients, { ...context, session, args, sender, source, runs }),
    );
  } finally {
    await source.close();
  }
}

async function recordAll(recipients: readonly string[], context: ManyContext): Promise<ExitName> {
  const { session, args, sender, source, runs, io, out } = context;
  const features = await probeFeatures(session.provider, session.rewardsAddress);
  if (args.fresh) await runs.clear();
  else await runs.load(sender.journal?.all ?? []);
  const outcomes = recipients.flatMap((recipient): Outcome[] => {
    const hash = runs.doneBy(recipient);
    return hash === undefined ? [] : [{ recipient, status: "done-before", hash }];
  });
  if (outcomes.length > 0) {
    out.note(
      `going on: ${outcomes.length} of ${recipients.length} were recorded by a run that stopped (--fresh: all again)`,
    );
  }
  // The contract takes a batch in ascending order of the addresses; of two hexadecimal texts the lower one is the lower number.
  const rest = recipients
    .filter((recipient) => runs.doneBy(recipient) === undefined)
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const batched = features.has(BATCH_ENTRY) && source.endpoints.length > 0;
  const batches = chunk(rest, batched ? args.batchSize : 1);
  if (sender.broadcast && batches.length > 0) await runs.start();
  sender.announce(() => out.line(`${rest.length} recipients in ${batches.length} transactions, at most.`));
  const forms: BatchForm[] = [];
  for (const [index, batch] of batches.entries()) {
    if (io.signal.aborted) throw stopped(index, batches.length, outcomes);
    if (batches.length > 1) out.note(`batch ${index + 1} of ${batches.length}`);
    sender.expectMore(batches.length - index - 1, LATER_BATCH_PERCENT);
    try {
      outcomes.push(...(await new Batch({ ...context, features, forms }).record(batch)));
    } catch (error) {
      const shown = showError(error);
      if (ENDS_ALL.includes(shown.exit)) throw error;
      outcomes.push(...batch.map((recipient) => ({ recipient, status: "failed" as const, error: shown.message })));
    }
  }
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  if (sender.broadcast && failed === 0) await runs.clear();
  showAll(outcomes, forms, sender, out);
  return failed === 0 ? "ok" : failed === outcomes.length ? "signatures" : "partial";
}

function stopped(done: number, all: number, outcomes: readonly Outcome[]): CliError {
  const fix = "The same command goes on from there.";
  return new CliError("interrupted", `Interrupted after ${done} of ${all} batches.`, fix, { outcomes });
}

function showAll(outcomes: readonly Outcome[], forms: readonly BatchForm[], sender: Sender, out: Output): void {
  const sum = (pick: (outcome: Outcome) => bigint | undefined) =>
    outcomes.reduce((total, outcome) => total + (pick(outcome) ?? 0n), 0n);
  const records = sender.steps.flatMap(({ record }) => record ?? []);
  const changed = outcomes.filter(({ added }) => added !== undefined).length;
  const totals = {
    recipients: changed,
    added: sum(({ added }) => added),
    gas: records.reduce((total, { gasUsed, gasEstimate }) => total + (gasUsed ?? gasEstimate), 0n),
    cost: records.reduce((total, { cost, maxCost }) => total + (cost ?? maxCost), 0n),
  };
  const table = () => {
    out.table(
      [
        { name: "recipient", fit: "shorten" },
        { name: "status", fit: "wrap" },
        { name: "lifetime (SESH)", align: "point" },
        { name: "added", align: "point" },
      ],
      outcomes.map(({ recipient, status, lifetime, added, error }) => [
        recipient,
        error === undefined ? status : out.colors.red(`failed: ${error}`),
        lifetime === undefined ? "" : formatSesh(lifetime),
        added === undefined ? "" : formatSesh(added),
      ]),
    );
    const [gas, cost] = [totals.gas.toLocaleString("en"), formatBound(totals.cost)];
    const spent = sender.broadcast ? `${gas} gas, ${cost} ETH` : `about ${gas} gas`;
    for (const { recipients, why } of forms) out.line(`batch of ${recipients} ${why}`);
    out.line(`${changed} recipients, ${formatSesh(totals.added)} SESH more on record; ${spent}.`);
  };
  if (!sender.broadcast) sender.announce(table);
  sender.show({ recipients: outcomes, batches: forms, totals }, table);
}

/** What became of one recipient. */
interface Outcome {
  recipient: string;
  status: "recorded" | "simulated" | "up-to-date" | "below-minimum" | "done-before" | "failed";
  /** Lifetime rewards, atomic SESH. */
  lifetime?: bigint;
  /** How much more that is than what was recorded. */
  added?: bigint;
  hash?: string;
  error?: string;
}

/** The form that a batch was given, and why. */
interface BatchForm extends Omit<FormChoice, "call"> {
  /** How many. */
  recipients: number;
  /** The choice in a sentence. */
  why: string;
  hash?: string;
}

/** The entry for many recipients, on contracts that have it. */
const BATCH_ENTRY = "updateRewardsBalances";

interface ManyContext extends CommandContext {
  session: Session;
  args: ManyArgs;
  sender: Sender;
  source: Source;
  runs: RunStore;
}

interface BatchContext extends ManyContext {
  features: Features;
  /** Of the batches so far. */
  forms: BatchForm[];
}

class Batch {
  readonly #context: BatchContext;

  constructor(context: BatchContext) {
    this.#context = context;
  }

  async record(recipients: readonly string[]): Promise<Outcome[]> {
    const { session, sender, args, runs, io, out } = this.#context;
    const store = new ClaimStore(session, recipients, args, io.env, out);

    const recorded = await this.#recorded(recipients);
    const before = new Map(recipients.map((recipient, i) => [recipient.toLowerCase(), recorded[i] as bigint]));
    const first = await this.#signatures(store, recipients, recorded);
    const minimum = args.minimum ?? 1n;
    // The network leaves out whose record is up to date already.
    const signed = first?.rewards ?? [];
    const gains = new Map(signed.map(({ recipient, amount }) => [recipient, amount - (before.get(recipient) ?? 0n)]));
    const gainOf = (recipient: string) => gains.get(recipient.toLowerCase()) ?? 0n;
    const rest = recipients.filter((recipient) => gainOf(recipient) > 0n && gainOf(recipient) >= minimum);
    const current = recipients.flatMap((recipient): Outcome[] => {
      if (rest.includes(recipient)) return [];
      return [{ recipient, status: gainOf(recipient) > 0n ? "below-minimum" : "up-to-date" }];
    });
    if (first === undefined || rest.length === 0) {
      await store.clear();
      return current;
    }
    // One entry that does not go up makes the whole batch fail, and the aggregate is over all of them: those left are signed anew.
    const collected = rest.length === signed.length ? first : await this.#collect(rest);
    const { signed: sent, hash } = await this.#send(collected, rest);
    if (sender.broadcast) await runs.note(rest, hash ?? "");
    if (sender.broadcast) await store.clear();
    return [
      ...current,
      ...sent.rewards.map(({ recipient, amount }): Outcome => ({
        recipient,
        status: sender.broadcast ? "recorded" : "simulated",
        lifetime: amount,
        added: amount - (before.get(recipient) ?? 0n),
        ...(hash === undefined ? {} : { hash }),
      })),
    ];
  }

  async #recorded(recipients: readonly string[]): Promise<bigint[]> {
    const { session } = this.#context;
    const entries = await Promise.all(recipients.map((recipient) => session.rewards.recipients(recipient)));
    return entries.map(({ rewards }) => rewards);
  }

  /** Undefined when the network would sign for none of them. */
  async #signatures(
    store: ClaimStore,
    recipients: readonly string[],
    recorded: readonly bigint[],
  ): Promise<Signed | undefined> {
    const { sender, args } = this.#context;
    const kept = args.fresh || !sender.broadcast ? undefined : await store.load(toRequest(recipients), recorded);
    if (kept) return kept;
    const ask = () => this.#collect(recipients);
    try {
      return await (sender.broadcast ? store.collect(ask) : ask());
    } catch (error) {
      if (error instanceof CollectError && error.code === "nothing-to-sign") return undefined;
      throw error;
    }
  }

  #collect(recipients: readonly string[]): Promise<Signed> {
    return this.#context.source.collect(toRequest(recipients), "signatures");
  }

  async #send(signed: Signed, recipients: readonly string[]): Promise<{ signed: Signed; hash: string | undefined }> {
    const { session, sender, features, forms } = this.#context;
    const made: { choice?: FormChoice } = {};
    // The form is chosen for the transaction that is sent: prices move, and so does who signed.
    const makeCall = async (current: Signed): Promise<Call> => {
      delete made.choice;
      const { rewards, signature, nonSignerIds: nonSigners } = current;
      if (!features.has(BATCH_ENTRY) || rewards.length < 2) return singleCall(session.rewardsAddress, current);
      const both = updateRewardsBalancesForms(session.rewardsAddress, rewards, { signature, nonSigners }, session.tags);
      made.choice = await chooseForm(session.provider, both, rewards.length, sender.from);
      return made.choice.call;
    };
    const names = recipients.map((recipient) => recipient.toLowerCase()).join();
    const intent = { key: `record ${recipients[0] ?? ""}`, final: false, labels: { recipients: names } };
    const submitted = await signed.submit({
      ...sender.options(intent),
      makeCall,
      readSet: (previous?: NodeSet) => readNodeSet(session.rewards, previous ? { previous } : {}),
    });
    sender.add({ call: submitted.call, record: submitted.record });
    const { hash } = submitted.record;
    if (made.choice !== undefined) {
      const { call: _, ...chosen } = made.choice;
      const { length } = submitted.signed.rewards;
      forms.push({ recipients: length, ...chosen, why: formText(chosen), ...(hash === undefined ? {} : { hash }) });
    }
    return { signed: submitted.signed, hash };
  }
}

function toRequest(recipients: readonly string[]): CollectRequest {
  const [only] = recipients;
  return recipients.length === 1 && only !== undefined
    ? { kind: "reward", recipient: only.toLowerCase() }
    : { kind: "rewards", recipients: recipients.map((recipient) => recipient.toLowerCase()) };
}

function singleCall(contract: string, signed: Signed): Call {
  const [only] = signed.rewards;
  if (!only) throw new CliError("failure", "The collection holds no amount.");
  const network = { signature: signed.signature, nonSigners: signed.nonSignerIds };
  return updateRewardsBalanceCall(contract, only.recipient, only.amount, network);
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
