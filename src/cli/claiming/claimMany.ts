import type { Tags } from "../../bls/index.ts";
import {
  formatSesh,
  probeFeatures,
  readNodeSet,
  updateRewardsBalanceCall,
  updateRewardsBalancesCall,
} from "../../chain/index.ts";
import type { Call, Features, NodeSet } from "../../chain/index.ts";
import { CollectError } from "../../collect/index.ts";
import type { CollectRequest } from "../../collect/index.ts";
import { ClaimStore } from "./claimStore.ts";
import type { CommandContext } from "../terminal/command.ts";
import { CliError, showError } from "../terminal/errors.ts";
import type { ExitName } from "../terminal/errors.ts";
import type { SendingOptions, SourceOptions, StateOptions } from "../terminal/options.ts";
import { Sender } from "../session/sending.ts";
import type { Session } from "../session/session.ts";
import type { Signed } from "../session/signed.ts";
import { openSource } from "../session/source.ts";
import type { Source } from "../session/source.ts";

interface ManyArgs extends SendingOptions, SourceOptions, StateOptions {
  batchSize: number;
  fresh: boolean | undefined;
}

/** What became of one recipient. */
interface Outcome {
  recipient: string;
  status: "recorded" | "simulated" | "up-to-date" | "failed";
  /** Lifetime rewards, atomic SESH. */
  lifetime?: bigint;
  /** How much more that is than what was recorded. */
  added?: bigint;
  error?: string;
}

/**
 * Records the lifetime rewards of many recipients: one aggregate and one transaction a batch where the contract takes batches, one
 * each on a live-style contract. Those whose record is up to date are left out; a failed batch does not keep the others from going
 * through. Run again, it goes on where it stopped: what is recorded already needs nothing.
 */
export async function claimMany(
  session: Session,
  recipients: readonly string[],
  args: ManyArgs,
  { io, out }: CommandContext,
): Promise<ExitName> {
  const size = args.batchSize;
  if (!Number.isInteger(size) || size < 1 || size > 200) {
    throw new CliError("usage", `--batch-size: ${size} is not from 1 to 200.`, "20 is a good size.");
  }
  const sender = await Sender.open(args, session, io, out);
  const features = await probeFeatures(session.provider, session.rewardsAddress);
  const source = await openSource(args, session, io);
  const outcomes: Outcome[] = [];
  try {
    // The contract takes a batch in ascending order of the addresses; of two hexadecimal texts the lower one is the lower number.
    const sorted = [...recipients].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
    const batches = chunk(sorted, batchCall(features, session.tags) && source.endpoints.length > 0 ? size : 1);
    for (const [index, batch] of batches.entries()) {
      if (io.signal.aborted) {
        throw new CliError(
          "interrupted",
          `Interrupted after ${index} of ${batches.length} batches.`,
          "The same command goes on from there.",
          { outcomes },
        );
      }
      if (batches.length > 1) out.note(`batch ${index + 1} of ${batches.length}`);
      const run = new Batch({ session, args, sender, source, features, io, out });
      try {
        outcomes.push(...(await run.record(batch)));
      } catch (error) {
        const shown = showError(error);
        if (["key", "interrupted", "pending", "cap", "usage"].includes(shown.exit)) throw error;
        outcomes.push(...batch.map((recipient) => ({ recipient, status: "failed" as const, error: shown.message })));
      }
    }
  } finally {
    await source.close();
  }
  sender.show({ recipients: outcomes }, () => {
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
  });
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  return failed === 0 ? "ok" : failed === outcomes.length ? "signatures" : "partial";
}

/** The entry for many recipients, where the contract has one. */
type BatchCall = (contract: string, signed: Signed) => Call;

function batchCall(features: Features, tags: Tags): BatchCall | undefined {
  if (!features.has("updateRewardsBalances")) return undefined;
  return (contract, { rewards, signature, nonSignerIds }) =>
    updateRewardsBalancesCall(contract, rewards, { signature, nonSigners: nonSignerIds }, tags);
}

interface BatchContext extends CommandContext {
  session: Session;
  args: ManyArgs;
  sender: Sender;
  source: Source;
  features: Features;
}

class Batch {
  readonly #context: BatchContext;

  constructor(context: BatchContext) {
    this.#context = context;
  }

  async record(recipients: readonly string[]): Promise<Outcome[]> {
    const { session, sender, args, io, out } = this.#context;
    const store = new ClaimStore(session, recipients, args, io.env, out);
    if (sender.broadcast) await store.settle();

    const recorded = await this.#recorded(recipients);
    const before = new Map(recipients.map((recipient, i) => [recipient.toLowerCase(), recorded[i] as bigint]));
    const first = await this.#signatures(store, recipients, recorded);
    // The network leaves out whose record is up to date already.
    const signed = first?.rewards ?? [];
    const rising = new Set(
      signed
        .filter(({ recipient, amount }) => amount > (before.get(recipient) ?? 0n))
        .map(({ recipient }) => recipient),
    );
    const rest = recipients.filter((recipient) => rising.has(recipient.toLowerCase()));
    const current = recipients
      .filter((recipient) => !rest.includes(recipient))
      .map((recipient): Outcome => ({ recipient, status: "up-to-date" }));
    if (first === undefined || rest.length === 0) {
      await store.clear();
      return current;
    }
    // One entry that does not go up makes the whole batch fail, and the aggregate is over all of them: those left are signed anew.
    const collected = rising.size === signed.length ? first : await this.#collect(rest);
    const done = await this.#send(collected, store);
    if (sender.broadcast) await store.clear();
    return [
      ...current,
      ...done.rewards.map(({ recipient, amount }): Outcome => ({
        recipient,
        status: sender.broadcast ? "recorded" : "simulated",
        lifetime: amount,
        added: amount - (before.get(recipient) ?? 0n),
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

  async #send(signed: Signed, store: ClaimStore): Promise<Signed> {
    const { session, sender, features } = this.#context;
    const many = batchCall(features, session.tags);
    const makeCall = (current: Signed): Call =>
      many && current.rewards.length > 1
        ? many(session.rewardsAddress, current)
        : singleCall(session.rewardsAddress, current);
    const submitted = await signed.submit({
      ...sender.options(({ hash }) => store.markSent(hash)),
      makeCall,
      readSet: (previous?: NodeSet) => readNodeSet(session.rewards, previous ? { previous } : {}),
    });
    sender.add({ call: submitted.call, record: submitted.record });
    return submitted.signed;
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
