import type { FeeData, Provider, Signer, TransactionReceipt } from "ethers";
import { formatEther, formatUnits } from "ethers";
import type { Call } from "./calls.ts";
import { ChainError, decodeError, explain, RevertError } from "./errors.ts";

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
  /** Cap of gas limit times fee, wei. */
  maxCost?: bigint;
  nonce?: number;
  confirmations?: number;
  /** How long to wait for inclusion. Default 120,000 ms. */
  timeoutMs?: number;
  /** What is being done, for a progress line. */
  onProgress?: (step: "simulated" | "sent" | "included", record: SendRecord) => void;
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
  gasLimit: bigint;
  /** Wei per gas; `gasPrice` on chains without EIP-1559. */
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Gas limit times fee, the most it can cost; wei. */
  maxCost: bigint;
  hash?: string;
  block?: number;
  gasUsed?: bigint;
  /** What it cost, wei. */
  cost?: bigint;
}

/**
 * Simulates the call at the newest block, estimates, applies the caps, and then, only when told to, sends it and waits.
 * A call that would revert is never sent: its error comes decoded, without cost.
 *
 * @throws RevertError when the contract refuses, in simulation or on-chain
 * @throws ChainError `no-account` | `no-signer` | `no-funds` | `fee-cap` | `cost-cap` | `not-included`
 */
export async function send(call: Call, options: SendOptions): Promise<SendRecord> {
  const { provider, signer } = options;
  const from = options.from ?? (await signer?.getAddress());
  if (from === undefined)
    throw new ChainError("no-account", "Give an account: a key to send with, or --from for a dry run.");
  const request = { to: call.to, data: call.data, value: call.value, from };

  const gasEstimate = await simulate(call, request, provider);
  const [fees, { chainId }, nonce] = await Promise.all([
    provider.getFeeData(),
    provider.getNetwork(),
    options.nonce ?? provider.getTransactionCount(from, "pending"),
  ]);
  const gasLimit = options.gasLimit ?? multiply(gasEstimate, options.gasMultiplier ?? 1.2);
  const fee = chooseFees(fees, options);
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
    gasLimit,
    maxFeePerGas: fee.maxFeePerGas,
    maxPriorityFeePerGas: fee.maxPriorityFeePerGas,
    maxCost: gasLimit * fee.maxFeePerGas + call.value,
  };
  if (options.maxCost !== undefined && record.maxCost > options.maxCost) {
    const [cost, cap] = [record.maxCost, options.maxCost].map(formatEther);
    throw new ChainError("cost-cap", `It may cost ${cost} ETH, over the cap of ${cap}.`, { ...record });
  }
  options.onProgress?.("simulated", record);
  if (!options.broadcast) return record;

  if (!signer) throw new ChainError("no-signer", "Broadcasting needs a key: an environment variable or a keystore.");
  const balance = await provider.getBalance(from);
  if (balance < record.maxCost) {
    const [has, cost] = [balance, record.maxCost].map(formatEther);
    throw new ChainError("no-funds", `${from} has ${has} ETH; to ${call.what} may cost ${cost}.`, {
      ...record,
      balance,
    });
  }
  const response = await signer.sendTransaction({ ...request, nonce, gasLimit, chainId, ...fee.fields });
  record.hash = response.hash;
  options.onProgress?.("sent", record);
  let receipt: TransactionReceipt | null;
  try {
    receipt = await response.wait(options.confirmations ?? 1, options.timeoutMs ?? 120_000);
  } catch (cause) {
    receipt = receiptOf(cause);
    if (!receipt) {
      throw new ChainError("not-included", `${response.hash} was sent, but is not included yet.`, { ...record }, cause);
    }
  }
  if (!receipt)
    throw new ChainError("not-included", `${response.hash} was sent, but is not included yet.`, { ...record });
  record.block = receipt.blockNumber;
  record.gasUsed = receipt.gasUsed;
  record.cost = receipt.gasUsed * receipt.gasPrice;
  record.status = receipt.status === 1 ? "included" : "failed";
  options.onProgress?.("included", record);
  if (record.status === "failed") throw await whyFailed(request, receipt, provider);
  return record;
}

/** A record or any result with bigints, ready for `JSON.stringify`: integers as decimal strings. */
export function toJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner)),
  );
}

interface Request {
  to: string;
  data: string;
  value: bigint;
  from: string;
}

async function simulate(call: Call, request: Request, provider: Provider): Promise<bigint> {
  try {
    // The call first: endpoints give better revert data for it than for an estimate.
    await provider.call(request);
    return await provider.estimateGas(request);
  } catch (error) {
    const decoded = explain(error);
    if (decoded) throw new RevertError(decoded, error);
    if ((error as { code?: string }).code === "INSUFFICIENT_FUNDS") {
      throw new ChainError("no-funds", `${request.from} cannot pay the gas to ${call.what}.`, {}, error);
    }
    throw error;
  }
}

function chooseFees(
  network: FeeData,
  options: SendOptions,
): { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint; fields: Record<string, bigint | number> } {
  const { maxFeePerGas: cap, maxPriorityFeePerGas: tipCap } = options;
  if (network.maxFeePerGas === null) {
    const gasPrice = network.gasPrice ?? 0n;
    if (cap !== undefined && gasPrice > cap) throw overCap(gasPrice, cap);
    return { maxFeePerGas: gasPrice, maxPriorityFeePerGas: 0n, fields: { gasPrice, type: 0 } };
  }
  // ethers offers twice the base fee and the tip. Under a cap the transaction may still pass, so long as the price of now fits.
  const current = network.gasPrice ?? network.maxFeePerGas;
  if (cap !== undefined && current > cap) throw overCap(current, cap);
  const maxFeePerGas = cap !== undefined && cap < network.maxFeePerGas ? cap : network.maxFeePerGas;
  const tip = network.maxPriorityFeePerGas ?? 0n;
  const wanted = tipCap !== undefined && tipCap < tip ? tipCap : tip;
  const maxPriorityFeePerGas = wanted < maxFeePerGas ? wanted : maxFeePerGas;
  return { maxFeePerGas, maxPriorityFeePerGas, fields: { maxFeePerGas, maxPriorityFeePerGas, type: 2 } };
}

function overCap(price: bigint, cap: bigint): ChainError {
  const [now, most] = [price, cap].map((wei) => formatUnits(wei, "gwei"));
  return new ChainError("fee-cap", `Gas costs ${now} gwei now, over the cap of ${most}.`, { price, cap });
}

function multiply(gas: bigint, factor: number): bigint {
  return (gas * BigInt(Math.round(factor * 1_000))) / 1_000n;
}

function receiptOf(error: unknown): TransactionReceipt | null {
  const failed = error as { code?: string; receipt?: TransactionReceipt | null };
  return failed.code === "CALL_EXCEPTION" ? (failed.receipt ?? null) : null;
}

/** Repeats a failed transaction as a call on the block before it, to learn why. */
async function whyFailed(request: Request, receipt: TransactionReceipt, provider: Provider): Promise<Error> {
  try {
    await provider.call({ ...request, blockTag: receipt.blockNumber - 1 });
  } catch (error) {
    const decoded = explain(error);
    if (decoded) return new RevertError(decoded, error);
  }
  return new RevertError({
    ...decodeError("0x"),
    sentence: `${receipt.hash} failed on-chain, though its simulation passed.`,
    fix: "The state changed in between (or it ran out of gas): look at it again and retry.",
  });
}
