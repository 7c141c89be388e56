import { ethOf, gasPriceOf } from "../terminal/amounts.ts";
import { CliError } from "../terminal/errors.ts";
import type { SendingOptions } from "../terminal/options.ts";

/** Caps and fixed values of the command line, in wei and gas. */
export function parseSending(args: SendingOptions) {
  const { maxFeePerGas, maxPriorityFeePerGas, maxCost, gasLimit, confirmations, wait } = args;
  return {
    ...optional("maxFeePerGas", maxFeePerGas, (text) => gasPriceOf(text, "--max-fee-per-gas")),
    ...optional("maxPriorityFeePerGas", maxPriorityFeePerGas, (text) => gasPriceOf(text, "--max-priority-fee-per-gas")),
    ...optional("maxCost", maxCost, (text) => ethOf(text, "--max-cost")),
    ...optional("gasLimit", gasLimit, parseGasLimit),
    confirmations,
    timeoutMs: wait * 1_000,
  };
}

function parseGasLimit(text: string): bigint {
  if (/^[0-9]{1,12}$/.test(text)) return BigInt(text);
  throw new CliError("usage", `--gas-limit: "${text}" is no amount of gas.`, "Give a whole number.");
}

/** Wei in ETH, cut to nine decimals. */
export function formatCost(wei: bigint): string {
  const gwei = wei / 10n ** 9n;
  if (gwei === 0n && wei > 0n) return "< 0.000000001";
  return `${gwei / 10n ** 9n}.${(gwei % 10n ** 9n).toString().padStart(9, "0")}`;
}

/** As {@link formatCost}, rounded up: for a bound. */
export function formatBound(wei: bigint): string {
  const gwei = (wei + 10n ** 9n - 1n) / 10n ** 9n;
  return formatCost(gwei * 10n ** 9n);
}

function optional<K extends string, T>(name: K, text: string | undefined, parse: (text: string) => T) {
  return (text === undefined ? {} : { [name]: parse(text) }) as Partial<Record<K, T>>;
}

/**
 * Gas limits of transactions that cannot be simulated because they follow one that is not sent yet: what was measured
 * (snapshots/gas.json) with room for ten contributors and a cold storage. The transaction is sent under the limit, or not at all.
 */
const CEILINGS: Readonly<Record<string, bigint>> = {
  "claimRewards()": 200_000n,
  "claimRewards(uint256)": 200_000n,
  contributeFunds: 2_500_000n,
  addBLSPublicKey: 2_500_000n,
};

/** Highest gas limit of a transaction that is not simulated yet. */
export function gasCeiling(method: string): bigint {
  return CEILINGS[method] ?? 2_500_000n;
}
