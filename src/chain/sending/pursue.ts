import type { Provider, Signer, TransactionReceipt } from "ethers";
import { formatEther, keccak256, Transaction } from "ethers";
import { ChainError } from "../errors.ts";
import type { FeeCaps, Fees } from "./fees.ts";
import { chooseFees, feeFields, readFees } from "./fees.ts";
import { broadcast, follow } from "./follow.ts";
import type { Followed, Tick } from "./follow.ts";
import type { Entry, Journal } from "./journal.ts";
import { underWay } from "./nonces.ts";
import type { SendAnswer } from "./refusals.ts";
import type { Replacement } from "./replacement.ts";
import { included } from "./settled.ts";
import { unprovenError } from "./unproven.ts";

export interface PursueOptions {
  provider: Provider;
  journal: Journal;
  /** Needed to raise fees. */
  signer?: Signer | undefined;
  caps: FeeCaps;
  /** Most that gas limit times fee, and the value, may come to; wei. */
  maxCost?: bigint | undefined;
  confirmations?: number | undefined;
  timeoutMs?: number | undefined;
  troubleMs?: number | undefined;
  pollMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Whether another transaction with the same nonce, which is not the entry's own, is to be replaced. Default false. */
  replaces?: boolean | undefined;
  onSigned?: ((entry: Entry) => void) | undefined;
  onTick?: ((tick: Tick) => void) | undefined;
}

/** How long one transaction is waited for by default, in milliseconds. */
export const FOLLOW_MS = 120_000;

/** How often fees are raised when the endpoint wants more. */
const ROUNDS = 4;

/**
 * Sends what an entry of the journal holds and follows it to its end: the same bytes while they are good, with higher fees and the same
 * nonce when they are refused for theirs.
 *
 * @param how - `first`: just signed; `look`: sent by an earlier run; `replace`: as `look`, with higher fees first; `cancel`: an empty
 * transaction takes its place, because it would fail by now.
 * @throws ChainError `not-included` | `no-receipt` | `end-unknown` | `left` | `replaced` | `expired` | `not-taken` | `no-funds` |
 * `fee-cap` | `cost-cap`; the journal knows which
 */
export async function pursue(
  entry: Entry,
  how: "first" | "look" | "replace" | "cancel",
  options: PursueOptions,
): Promise<TransactionReceipt> {
  const { provider, journal } = options;
  const raw = entry.attempts.at(-1)?.raw;
  let answer: SendAnswer = { kind: "unclear", words: "not looked for yet", said: false };
  if (how === "replace" || how === "cancel") answer = await sendRaised(entry, options, how === "cancel");
  else if (how === "first") answer = raw === undefined ? { kind: "known" } : await broadcast(provider, raw);
  for (let round = 1; ; round++) {
    // A used nonce may be used by this very transaction: that is looked for.
    const refused = answer.kind === "refused" && answer.why !== "nonce-used";
    const followed: Followed = refused
      ? { kind: "refused", answer: answer as Extract<SendAnswer, { kind: "refused" }> }
      : await follow({
          ...options,
          from: entry.from,
          nonce: entry.nonce,
          attempts: entry.attempts,
          answer,
          confirmations: options.confirmations ?? 1,
          timeoutMs: options.timeoutMs ?? FOLLOW_MS,
          validUntil: entry.validUntil,
        });
    if (followed.kind === "included") {
      await included(entry, followed.receipt, journal);
      if (entry.state === "replaced") throw cancelledError(entry);
      return followed.receipt;
    }
    if (followed.kind === "replaced" && followed.by.reason === "repriced") {
      const receipt = await provider.getTransactionReceipt(followed.by.hash);
      if (receipt) return included(entry, receipt, journal);
      throw unprovenError(entry, true);
    }
    if (followed.kind !== "refused") throw await ended(entry, followed, journal);
    const { why, words } = followed.answer;
    const dear = why === "fee" || why === "underpriced";
    if (why === "underpriced" && !(await isOwnNonce(entry, how, options))) {
      // Its own bytes are surely not in that pool only when they have just been refused for the first time.
      if (how === "first" && round === 1 && followed.answer === answer) await giveUp(entry, options);
      throw occupied(entry, words, options);
    }
    if (!dear || round >= ROUNDS || options.signer === undefined) throw await notTaken(entry, why, words, options);
    try {
      answer = await sendRaised(entry, options);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      await giveUp(entry, options);
      // Whoever set no cap is told what was above which.
      if (error.code === "cost-cap" || error.code === "fee-cap") throw tooDear(error, words);
      throw error;
    }
  }
}

/** Whether what the pool holds under the nonce is the entry's own, or is to be replaced. */
async function isOwnNonce(entry: Entry, how: string, { provider, replaces }: PursueOptions): Promise<boolean> {
  if (replaces || how === "replace" || how === "cancel" || entry.attempts.length > 1) return true;
  const [only] = entry.attempts;
  return only !== undefined && (await provider.getTransaction(only.hash)) !== null;
}

/** Another transaction waits under the nonce, though the endpoint did not count it. */
function occupied(entry: Entry, words: string, { journal }: PursueOptions): ChainError {
  const { from, nonce } = entry;
  const other = journal.open.find((one) => one !== entry && one.from === from && one.nonce === nonce);
  return underWay(from, nonce, other, words);
}

function tooDear({ code, message, details }: ChainError, words: string): ChainError {
  return new ChainError(code, `The endpoint wants higher fees than were offered (${words}). ${message}`, details);
}

/** Signs once more with the same nonce and fees that a pool takes in place of the last ones, writes it down, sends it. */
async function sendRaised(entry: Entry, options: PursueOptions, cancel?: boolean): Promise<SendAnswer> {
  const { provider, journal, signer, caps, maxCost } = options;
  const last = entry.attempts.at(-1);
  if (last?.raw === undefined || signer === undefined) {
    throw new ChainError("no-signer", `Only the key of ${entry.from} can raise the fees of ${entry.hash}.`);
  }
  const signed = Transaction.from(last.raw);
  const { nonce, chainId } = signed;
  const cancels = cancel === true || last.cancels === true;
  const empty = { from: entry.from, to: entry.from, data: "0x", value: 0n };
  const content = cancels
    ? { to: entry.from, data: "0x", value: 0n, gasLimit: await provider.estimateGas(empty) }
    : { to: signed.to, data: signed.data, value: signed.value, gasLimit: signed.gasLimit };
  const fees = chooseFees(await readFees(provider), caps, feesOf(signed));
  const cost = content.gasLimit * fees.maxFeePerGas + content.value;
  if (maxCost !== undefined && cost > maxCost) throw costCap(cost, maxCost);
  const again = await signer.signTransaction({ ...content, nonce, chainId, ...feeFields(fees) });
  await journal.sign(entry, { hash: keccak256(again), raw: again, ...(cancels ? { cancels } : {}) });
  options.onSigned?.(entry);
  return broadcast(provider, again);
}

/** What to say when the empty transaction was the one that was included. */
export function cancelledError(entry: Entry): ChainError {
  const { hash, what, nonce } = entry;
  const text = `The transaction to ${what} would have failed by now; ${hash}, an empty one, took its place.`;
  return new ChainError("given-up", text, { hash, what, nonce });
}

function feesOf({ maxFeePerGas, maxPriorityFeePerGas, gasPrice }: Transaction): Fees {
  return {
    maxFeePerGas: maxFeePerGas ?? gasPrice ?? 0n,
    maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n,
    legacy: maxFeePerGas === null,
  };
}

/** The most that the newest signature of an entry can cost, wei; undefined where its bytes are not known. */
export function costOf({ attempts }: Entry): bigint | undefined {
  const raw = attempts.at(-1)?.raw;
  if (raw === undefined) return undefined;
  const signed = Transaction.from(raw);
  return signed.gasLimit * feesOf(signed).maxFeePerGas + signed.value;
}

export function costCap(cost: bigint, cap: bigint, record: Record<string, unknown> = {}): ChainError {
  const [may, most] = [cost, cap].map(formatEther);
  return new ChainError("cost-cap", `It may cost ${may} ETH, over the cap of ${most}.`, record);
}

async function ended(
  entry: Entry,
  followed: Exclude<Followed, { kind: "included" | "refused" }>,
  journal: Journal,
): Promise<ChainError> {
  const { hash = "", what, nonce } = entry;
  const details = { hash, what, nonce, from: entry.from };
  switch (followed.kind) {
    case "left":
      return new ChainError("left", `Left while ${hash} (${what}) is on its way.`, details);
    case "pending":
      if (followed.said) {
        const text = `The endpoint does not take ${hash} (${what}): ${followed.words}. The same command tries the same bytes again.`;
        return new ChainError("endpoint-refuses", text, details);
      }
      return new ChainError("not-included", pendingText(hash, followed), { ...details, known: followed.known });
    case "unproven":
      return unprovenError(entry, followed.own);
    case "expired":
      await journal.settle(entry, "refused");
      return new ChainError(
        "expired",
        `${hash} (${what}) was not included before it expired, and is given up.`,
        details,
      );
    case "replaced":
      await journal.settle(entry, "replaced");
      return replacedError(entry, followed.by);
  }
}

/** Another transaction has the nonce. */
export function replacedError({ hash, what, nonce, from }: Entry, by: Replacement): ChainError {
  const how = by.reason === "cancelled" ? "cancelled by" : "replaced by";
  const text = `${hash} (${what}) was ${how} ${by.hash} in block ${by.block}, which has its nonce ${nonce}: it never takes effect.`;
  return new ChainError("replaced", text, { hash, what, nonce, from, by });
}

function pendingText(
  hash: string,
  { known, taken, words }: { known: boolean; taken: boolean; words: string | undefined },
): string {
  if (known && words !== undefined) return `${hash} was sent, and what became of it is not known: ${words}.`;
  if (known) return `${hash} was sent, but is not included yet.`;
  if (taken) return `${hash} was taken by the endpoint, which shows it neither in its pool nor in a block.`;
  const said = words === undefined ? "" : ` (${words})`;
  return `${hash} was signed and sent, but the endpoint does not know it${said}: it was dropped, or its answer was lost.`;
}

/** Closes an entry that was refused, unless one of its signatures is out there, or may be in a block. */
async function giveUp(entry: Entry, { provider, journal }: PursueOptions): Promise<boolean> {
  if ((await provider.getTransactionCount(entry.from, "latest")) > entry.nonce) return false;
  for (const { hash } of entry.attempts) if ((await provider.getTransaction(hash)) !== null) return false;
  await journal.settle(entry, "refused");
  return true;
}

async function notTaken(entry: Entry, why: string, words: string, options: PursueOptions): Promise<ChainError> {
  if (!(await giveUp(entry, options))) {
    const text = `${entry.hash} (${entry.what}) was sent, and is not taken once more: ${words}.`;
    return new ChainError("not-included", text, { hash: entry.hash, what: entry.what, nonce: entry.nonce });
  }
  const code = why === "funds" ? "no-funds" : "not-taken";
  const details = { hash: entry.hash, what: entry.what, nonce: entry.nonce, why };
  return new ChainError(code, `The endpoint does not take the transaction to ${entry.what}: ${words}.`, details);
}
