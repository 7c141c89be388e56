import type { Provider } from "ethers";
import { Transaction } from "ethers";
import { explain } from "../errors.ts";
import type { DecodedError } from "../errors.ts";
import { pause } from "../transport/pause.ts";
import { newestBlock } from "./fees.ts";
import { findReceipt } from "./follow.ts";
import type { Entry, Journal } from "./journal.ts";
import { whoUsed } from "./replacement.ts";
import { unprovenError } from "./unproven.ts";
import { included } from "./settled.ts";

/**
 * What is seen of an entry of an earlier run without waiting or sending: its end, which the journal then knows, or
 * - `pending`: the endpoint has it
 * - `unknown`: the endpoint does not know it, and its nonce is free: it was never sent, or dropped
 */
export type Peeked = "included" | "failed" | "replaced" | "pending" | "unknown";

/** Looks in a row with the nonce used and no receipt: replicas lag behind each other. */
const LOOKS = 3;

/**
 * Looks for a transaction of an earlier run.
 *
 * @throws ChainError `end-unknown` when its nonce is used and nothing shows by what; whatever the endpoint's trouble is: it is no answer
 */
export async function peek(entry: Entry, provider: Provider, journal: Journal, pollMs = 500): Promise<Peeked> {
  for (let look = 1; ; look++) {
    const receipt = await findReceipt(provider, entry.attempts);
    if (receipt) {
      await included(entry, receipt, journal);
      // An empty one that was to take its place did.
      return entry.state as Peeked;
    }
    if ((await provider.getTransactionCount(entry.from, "latest")) <= entry.nonce) break;
    if (look >= LOOKS) {
      const user = await whoUsed(provider, entry);
      // In a block: its receipt is still to come.
      if (user.kind === "own") return "pending";
      if (user.kind === "unknown") throw unprovenError(entry, false);
      if (user.by.reason === "repriced") {
        const receipt = await provider.getTransactionReceipt(user.by.hash);
        if (receipt === null) return "pending";
        await included(entry, receipt, journal);
        return receipt.status === 1 ? "included" : "failed";
      }
      await journal.settle(entry, "replaced");
      return "replaced";
    }
    await pause(pollMs, undefined);
  }
  return (await isShown(provider, entry.attempts)) ? "pending" : "unknown";
}

/**
 * Why bytes that never reached the chain would be refused by now, if they would be: too late, or the state has changed.
 *
 * @returns `why` is undefined when they are as good as ever; `block` is the one that it was judged by
 */
export async function isStale(
  entry: Entry,
  provider: Provider,
): Promise<{ why: DecodedError | "expired" | undefined; block: number }> {
  const { number: block, timestamp } = await newestBlock(provider);
  if (entry.validUntil !== undefined && timestamp >= entry.validUntil) return { why: "expired", block };
  const raw = entry.attempts.at(-1)?.raw;
  if (raw === undefined) return { why: undefined, block };
  const { to, data, value } = Transaction.from(raw);
  try {
    await provider.call({ to, data, value, from: entry.from, blockTag: block });
    return { why: undefined, block };
  } catch (error) {
    const why = explain(error);
    if (why) return { why, block };
    throw error;
  }
}

/**
 * Opens again what a reorganisation took back: the newest included entry, if it is from the last minutes.
 *
 * @returns the entry that is open again
 */
export async function reopenIfGone(provider: Provider, journal: Journal): Promise<Entry | undefined> {
  const newest = journal.all.findLast(({ state }) => state === "included" || state === "failed");
  if (newest === undefined || Date.now() - newest.at > RECENT_MS) return undefined;
  if (newest.attempts.at(-1)?.raw === undefined || (await findReceipt(provider, newest.attempts))) return undefined;
  // Repriced by a wallet: its receipt has another hash.
  if (newest.hash !== undefined && (await provider.getTransactionReceipt(newest.hash))) return undefined;
  // Only its receipt is not there (yet).
  const isUsed = (await provider.getTransactionCount(newest.from, "latest")) > newest.nonce;
  if (isUsed && (await whoUsed(provider, newest)).kind !== "other") return undefined;
  await journal.reopen(newest);
  return newest;
}

const RECENT_MS = 600_000;

/** As {@link reopenIfGone}, with all before it that went with it: one whose nonce comes after a missing one is never included. */
export async function reopenAllGone(provider: Provider, journal: Journal): Promise<Entry[]> {
  const back: Entry[] = [];
  for (;;) {
    const one = await reopenIfGone(provider, journal);
    if (one === undefined) return back;
    back.push(one);
  }
}

/**
 * Opens again what was given up and is out there after all: one replica refused it, another had taken it before.
 *
 * @param given - Entries of the journal; only those count that were given up within a day, and whose nonce no other one has used.
 * @returns those that are open again
 */
export async function reopenIfOut(provider: Provider, journal: Journal, given: readonly Entry[]): Promise<Entry[]> {
  const back: Entry[] = [];
  for (const entry of given) {
    const { state, at, from, nonce, attempts } = entry;
    if (state !== "refused" || Date.now() - at > GIVEN_UP_MS) continue;
    const isUser = (one: Entry) => (one.state === "included" || one.state === "failed") && one.from === from;
    if (journal.all.some((one) => isUser(one) && one.nonce === nonce)) continue;
    if (!(await findReceipt(provider, attempts)) && !(await isShown(provider, attempts))) continue;
    await journal.reopen(entry);
    back.push(entry);
  }
  return back;
}

const GIVEN_UP_MS = 86_400_000;

async function isShown(provider: Provider, attempts: Entry["attempts"]): Promise<boolean> {
  for (const { hash } of attempts) if ((await provider.getTransaction(hash)) !== null) return true;
  return false;
}
