import type { Provider, Signer, TransactionReceipt } from "ethers";
import { formatEther, keccak256 } from "ethers";
import type { Call } from "./calls.ts";
import { ChainError, decodeError, explain, RevertError } from "./errors.ts";
import type { Fees } from "./sending/fees.ts";
import { chooseFees, feeFields, readFees, readL1Gas } from "./sending/fees.ts";
import { chainSeconds } from "./sending/follow.ts";
import type { Tick } from "./sending/follow.ts";
import type { Entry } from "./sending/journal.ts";
import { Journal } from "./sending/journal.ts";
import { isStale, peek } from "./sending/peek.ts";
import type { Peeked } from "./sending/peek.ts";
import { nextNonce } from "./sending/nonces.ts";
import { requireGas } from "./sending/gasLimit.ts";
import { cancelledError, costCap, costOf, pursue, replacedError } from "./sending/pursue.ts";
import { readRefusal } from "./sending/refusals.ts";
import { whoUsed } from "./sending/replacement.ts";
import { unprovenError } from "./sending/unproven.ts";
import { EndpointProvider } from "./transport/provider.ts";

/** What a transaction is for, so that a later run of the same command finds it. */
export interface Intent {
  /** Names the transaction within its command. Default: its method and address. */
  key?: string;
  /** Names the command. Default: the key. */
  command?: string;
  /** Whether the command has done what it was for when this is included. Default true. */
  final?: boolean;
  labels?: Record<string, string>;
}

/** How a call is sent, or only tried. */
export interface SendOptions {
  provider: Provider;
  /** Account of the transaction; enough for a dry run. Default: the signer's. */
  from?: string;
  /** Needed to broadcast. */
  signer?: Signer;
  /** False (the default) simulates and estimates, and sends nothing. */
  broadcast?: boolean;
  /** The gas limit is the estimate times this. Default 1.2: Arbitrum's estimates came short at times. */
  gasMultiplier?: number;
  /** Replaces estimate and multiplier. */
  gasLimit?: bigint;
  /** Caps, wei per gas: the transaction is refused when the network asks for more. */
  maxFeePerGas?: bigint;
  maxPriorityFeePerGas?: bigint;
  /** Cap of gas limit times fee, and value; wei. */
  maxCost?: bigint;
  /** What is left of a cap of several transactions: asked before one is sent, and the most that its fees are raised to; wei. */
  left?: (() => bigint | undefined) | undefined;
  nonce?: number;
  confirmations?: number;
  /** How long to wait for inclusion. Default 120,000 ms. */
  timeoutMs?: number;
  /** How long the endpoint may do nothing but fail while it is waited for. Default 60,000 ms. */
  troubleMs?: number;
  pollMs?: number;
  /** Ends the wait: the transaction stays on its way. */
  signal?: AbortSignal;
  /** Where the transaction is written down before it is sent. Default: nowhere that outlives the process. */
  journal?: Journal;
  intent?: Intent;
  /** Is asked after the simulation and before anything is signed; throws to stop. */
  confirm?: (record: SendRecord) => Promise<void>;
  /** What is being done, for a progress line. `signed` comes before it is sent. */
  onProgress?: (step: "simulated" | "signed" | "waiting" | "included", record: SendRecord, tick?: Tick) => void;
}

/** What came of it. `toJson` makes it printable. */
export interface SendRecord {
  status: "simulated" | "included" | "failed";
  method: string;
  what: string;
  to: string;
  data: string;
  from: string;
  chainId: bigint;
  nonce: number;
  gasEstimate: bigint;
  /** The part of it that pays for data on L1 (Arbitrum), at the price of now. */
  l1Gas: bigint;
  gasLimit: bigint;
  /** Wei per gas; `gasPrice` on chains without EIP-1559. */
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Gas limit times fee, and value: the most it can cost; wei. */
  maxCost: bigint;
  /** Unix seconds after which the contract refuses it. */
  validUntil?: number;
  hash?: string;
  block?: number;
  gasUsed?: bigint;
  /** What it cost, wei. */
  cost?: bigint;
  /** Address of a contract that it created. */
  contract?: string;
}

/**
 * Simulates the call at the newest block, estimates, applies the caps, and then, only when told to, signs it, writes it down, sends it
 * and follows it to its end. A call that would revert is never sent: its error comes decoded, without cost.
 *
 * @throws RevertError when the contract refuses, in simulation or on-chain
 * @throws ChainError `no-account` | `no-signer` | `no-funds` | `fee-cap` | `cost-cap` | `expired` | `state-file` before anything is sent; then
 * those of `pursue`, and `unrecorded`
 */
export async function send(call: Call, options: SendOptions): Promise<SendRecord> {
  const { provider, signer } = options;
  const prepared = await prepare(call, options);
  const { record } = prepared;
  options.onProgress?.("simulated", record);
  if (!options.broadcast) return record;

  if (!signer) throw new ChainError("no-signer", "Broadcasting needs a key: an environment variable or a keystore.");
  const balance = await provider.getBalance(record.from);
  if (balance < record.maxCost) {
    const [has, cost] = [balance, record.maxCost].map(formatEther);
    throw new ChainError("no-funds", `${record.from} has ${has} ETH; to ${call.what} may cost ${cost}.`, {
      ...record,
      balance,
    });
  }
  await options.confirm?.(record);
  if (options.signal?.aborted) throw new ChainError("cancelled", "Interrupted before anything was sent.");
  // Somebody who was asked may have taken a while to answer.
  const { validUntil, what } = record;
  if (options.confirm && validUntil !== undefined && (await chainSeconds(provider)) >= validUntil) {
    throw new ChainError("expired", `The signature to ${what} has expired meanwhile: nothing was sent.`, { what });
  }
  const journal = options.journal ?? Journal.inMemory();
  const entry = await sign(prepared, call, signer, journal, options);
  const first = { ...pursueOptions(options, journal, record), replaces: options.nonce !== undefined };
  const receipt = await unlessUnrecorded(entry, pursue(entry, "first", first));
  return complete(record, entry, receipt, prepared.request, options);
}

/**
 * Goes on with a transaction of an earlier run: looks for it, sends the same bytes again if the endpoint does not know them, follows it.
 * Bytes that the contract would refuse by now are given up instead.
 *
 * @param how.replace - Raises its fees first, if it is still under way.
 * @returns its record, included
 * @throws as {@link send}; ChainError `given-up`
 */
export async function resume(entry: Entry, options: SendOptions, how: { replace?: boolean } = {}): Promise<SendRecord> {
  const { confirm, ...given } = options;
  const { provider, journal = Journal.inMemory() } = given;
  // Nobody is asked again: without a cap, or the wish to replace it, it costs no more than what was agreed to.
  const maxCost = given.maxCost ?? (confirm && !how.replace ? costOf(entry) : undefined);
  const rest: SendOptions = maxCost === undefined ? given : { ...given, maxCost };
  const seen = await peekFresh(entry, provider, journal, options.pollMs);
  if (seen === "replaced") {
    if (entry.attempts.some(({ cancels }) => cancels)) throw cancelledError(entry);
    const user = await whoUsed(provider, entry);
    throw user.kind === "other" ? replacedError(entry, user.by) : unprovenError(entry, user.kind === "own");
  }
  const record = await recordOf(entry, provider);
  let way: "look" | "replace" | "cancel" = "look";
  if (how.replace && (seen === "pending" || seen === "unknown")) {
    // What would fail by now is not hurried along: an empty transaction in its place costs less.
    way = (await isStale(entry, provider)).why === undefined ? "replace" : "cancel";
  }
  const receipt = await unlessUnrecorded(entry, pursue(entry, way, pursueOptions(rest, journal, record)));
  return complete(record, entry, receipt, { ...record, value: 0n }, rest);
}

/** The journal could not be written after the transaction was sent (a full disk): what matters then is that it was. */
async function unlessUnrecorded<T>(entry: Entry, pursued: Promise<T>): Promise<T> {
  try {
    return await pursued;
  } catch (error) {
    if (!(error instanceof ChainError) || !["state-file", "lock-lost"].includes(error.code)) throw error;
    const text = `${entry.hash} (${entry.what}) was sent, but what became of it is not written down. ${error.message}`;
    throw new ChainError("unrecorded", text, { hash: entry.hash, what: entry.what, nonce: entry.nonce }, error);
  }
}

/**
 * As {@link peek}; what never reached the chain is as good as ever, or is given up.
 *
 * @throws ChainError `given-up`
 */
async function peekFresh(
  entry: Entry,
  provider: Provider,
  journal: Journal,
  pollMs: number | undefined,
): Promise<Peeked> {
  const seen = await peek(entry, provider, journal, pollMs);
  if (seen !== "unknown") return seen;
  const { why: stale, block } = await isStale(entry, provider);
  if (stale === undefined) return seen;
  // A replica in arrears said that it is nowhere, a better one refuses its bytes: perhaps because it is included there. So it is
  // looked for once more, where that block is known.
  if (provider instanceof EndpointProvider) provider.notBefore(block);
  const isUsed = (await provider.getTransactionCount(entry.from, block)) > entry.nonce;
  const again = await peek(entry, provider, journal, pollMs);
  if (again !== "unknown" || isUsed) return again === "unknown" ? "pending" : again;
  await journal.settle(entry, "refused");
  const why = stale === "expired" ? "its signature has expired" : stale.sentence;
  const text = `${entry.hash} (${entry.what}) never reached the chain, and is given up: ${why}`;
  throw new ChainError("given-up", text.replace(/\.?$/, "."), { hash: entry.hash, what: entry.what });
}

/** What there is to say of an entry without its calldata. */
export async function recordOf(entry: Entry, provider: Provider): Promise<SendRecord> {
  const { method, what, from, nonce, hash, validUntil } = entry;
  const { chainId } = await provider.getNetwork();
  const none = { gasEstimate: 0n, l1Gas: 0n, gasLimit: 0n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, maxCost: 0n };
  const valid = validUntil === undefined ? {} : { validUntil };
  const known = hash === undefined ? {} : { hash };
  const { gasUsed, cost, block, state } = entry;
  return {
    status: state === "included" ? "included" : state === "failed" ? "failed" : "simulated",
    method,
    what,
    to: "",
    data: "",
    from,
    chainId,
    nonce,
    ...none,
    ...valid,
    ...known,
    ...(block === undefined ? {} : { block }),
    ...(gasUsed === undefined ? {} : { gasUsed: BigInt(gasUsed) }),
    ...(cost === undefined ? {} : { cost: BigInt(cost) }),
  };
}

/** A record or any result with bigints, ready for `JSON.stringify`: integers as decimal strings. */
export function toJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner)),
  );
}

interface Request {
  /** Null creates a contract. */
  to: string | null;
  data: string;
  value: bigint;
  from: string;
}

interface Prepared {
  record: SendRecord;
  request: Request;
  fees: Fees;
}

async function prepare(call: Call, options: SendOptions): Promise<Prepared> {
  const { provider, signer } = options;
  const from = options.from ?? (await signer?.getAddress());
  if (from === undefined)
    throw new ChainError("no-account", "Give an account: a key to send with, or --from for a dry run.");
  const request: Request = { to: call.to === "" ? null : call.to, data: call.data, value: call.value, from };

  const gasEstimate = await simulate(call, request, provider, options.gasLimit);
  const { chainId } = await provider.getNetwork();
  const [network, l1Gas, nonce] = await Promise.all([
    readFees(provider),
    readL1Gas(provider, chainId, request),
    options.nonce ??
      (options.broadcast ? nextNonce(provider, from, options.journal) : provider.getTransactionCount(from, "pending")),
  ]);
  // The price of L1 data may double before it is included: the limit has room for that.
  const gasLimit = options.gasLimit ?? multiply(gasEstimate, options.gasMultiplier ?? 1.2) + l1Gas;
  const fees = chooseFees(network, options);
  const { maxFeePerGas, maxPriorityFeePerGas } = fees;
  const record: SendRecord = {
    status: "simulated",
    method: call.method,
    what: call.what,
    to: call.to,
    data: call.data,
    from,
    chainId,
    nonce,
    gasEstimate,
    l1Gas,
    gasLimit,
    maxFeePerGas,
    maxPriorityFeePerGas,
    maxCost: gasLimit * maxFeePerGas + call.value,
    ...(call.validUntil === undefined ? {} : { validUntil: call.validUntil }),
  };
  const { maxCost } = options;
  if (maxCost !== undefined && record.maxCost > maxCost) throw costCap(record.maxCost, maxCost, { ...record });
  return { record, request, fees };
}

/** Signs and writes down. An account that a node holds is known by its nonce until the node has answered. */
async function sign(
  { record, request, fees }: Prepared,
  call: Call,
  signer: Signer,
  journal: Journal,
  options: SendOptions,
): Promise<Entry> {
  const { key = `${call.method} ${call.to}`, command = key, final = true, labels } = options.intent ?? {};
  const { from, ...rest } = request;
  const { nonce, gasLimit, chainId } = record;
  const draft = {
    key,
    command,
    final,
    what: call.what,
    method: call.method,
    from,
    nonce,
    ...(call.validUntil === undefined ? {} : { validUntil: call.validUntil }),
    ...(request.to === null ? { codeHash: keccak256(request.data) } : {}),
    ...(labels === undefined ? {} : { labels }),
  };
  const transaction = { ...rest, nonce, gasLimit, chainId, ...feeFields(fees) };
  let entry: Entry;
  if ("signingKey" in signer) {
    const raw = await signer.signTransaction(transaction);
    entry = await journal.begin(draft, { hash: keccak256(raw), raw });
  } else {
    entry = await journal.begin(draft);
    try {
      const { hash } = await signer.sendTransaction({ ...transaction, from });
      await journal.sign(entry, { hash });
    } catch (error) {
      // Without the endpoint's own no, it may have been sent.
      if (readRefusal(error).kind === "refused") await journal.settle(entry, "refused");
      throw error;
    }
  }
  if (entry.hash !== undefined) record.hash = entry.hash;
  options.onProgress?.("signed", record);
  return entry;
}

function pursueOptions(options: SendOptions, journal: Journal, record: SendRecord) {
  const { provider, signer, maxFeePerGas, maxPriorityFeePerGas, maxCost, onProgress } = options;
  const { confirmations, timeoutMs, troubleMs, pollMs, signal } = options;
  return {
    provider,
    journal,
    // Only an own key can sign the same nonce again.
    signer: signer !== undefined && "signingKey" in signer ? signer : undefined,
    caps: { maxFeePerGas, maxPriorityFeePerGas },
    // What somebody has agreed to is not raised.
    maxCost: options.left?.() ?? maxCost ?? (options.confirm === undefined ? undefined : record.maxCost),
    confirmations,
    timeoutMs,
    troubleMs,
    pollMs,
    signal,
    onSigned: (entry: Entry) => {
      if (entry.hash !== undefined) record.hash = entry.hash;
      onProgress?.("signed", record);
    },
    onTick: (tick: Tick) => onProgress?.("waiting", record, tick),
  };
}

async function complete(
  record: SendRecord,
  entry: Entry,
  receipt: TransactionReceipt,
  request: Request,
  options: SendOptions,
): Promise<SendRecord> {
  record.hash = receipt.hash;
  record.block = receipt.blockNumber;
  record.gasUsed = receipt.gasUsed;
  record.cost = receipt.gasUsed * receipt.gasPrice;
  record.status = receipt.status === 1 ? "included" : "failed";
  if (entry.contract !== undefined) record.contract = entry.contract;
  options.onProgress?.("included", record);
  if (record.status === "failed") throw await whyFailed(request, receipt, options.provider);
  return record;
}

/** @returns the estimate; a given limit is tried as it is, since not every endpoint estimates */
async function simulate(
  call: Call,
  request: Request,
  provider: Provider,
  gasLimit: bigint | undefined,
): Promise<bigint> {
  if (gasLimit !== undefined) return requireGas(call, request, provider, gasLimit);
  try {
    // Both at once, and the call judged first: endpoints give better revert data for it than for an estimate.
    const [called, estimated] = await Promise.allSettled([provider.call(request), provider.estimateGas(request)]);
    if (called.status === "rejected") throw called.reason;
    if (estimated.status === "rejected") throw estimated.reason;
    return estimated.value;
  } catch (error) {
    const decoded = explain(error);
    if (decoded) throw new RevertError(decoded, error);
    if ((error as { code?: string }).code === "INSUFFICIENT_FUNDS") {
      throw new ChainError("no-funds", `${request.from} cannot pay the gas to ${call.what}.`, {}, error);
    }
    throw error;
  }
}

function multiply(gas: bigint, factor: number): bigint {
  return (gas * BigInt(Math.round(factor * 1_000))) / 1_000n;
}

/** Repeats a failed transaction as a call on the block before it, to learn why. */
async function whyFailed(request: Request, receipt: TransactionReceipt, provider: Provider): Promise<Error> {
  try {
    const again = request.data === "" ? await provider.getTransaction(receipt.hash) : request;
    if (again) {
      const { to, data, value, from } = again;
      await provider.call({ to, data, value, from, blockTag: receipt.blockNumber - 1 });
    }
  } catch (error) {
    const decoded = explain(error);
    if (decoded) return new RevertError(decoded, error);
    // That it failed is known; why, nobody says.
    const why = error instanceof Error ? error.message : String(error);
    return new RevertError({
      ...decodeError("0x"),
      sentence: `${receipt.hash} failed on-chain; why is not known: ${why}`,
      fix: "Look at the transaction in an explorer, or run the command again without --broadcast.",
    });
  }
  return new RevertError({
    ...decodeError("0x"),
    sentence: `${receipt.hash} failed on-chain, though its simulation passed.`,
    fix: "The state changed in between (or it ran out of gas): look at it again and retry.",
  });
}
