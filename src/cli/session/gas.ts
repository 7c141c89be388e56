import { parseEther, parseUnits } from "ethers";
import { CliError } from "../terminal/errors.ts";
import type { SendingOptions } from "../terminal/options.ts";

/** Caps and fixed values of the command line, in wei and gas. */
export function parseSending(args: SendingOptions) {
  const { maxFeePerGas, maxPriorityFeePerGas, maxCost, gasLimit, confirmations, wait } = args;
  return {
    ...optional("maxFeePerGas", maxFeePerGas, (text) => parseGasPrice(text, "--max-fee-per-gas")),
    ...optional("maxPriorityFeePerGas", maxPriorityFeePerGas, (text) =>
      parseGasPrice(text, "--max-priority-fee-per-gas"),
    ),
    ...optional("maxCost", maxCost, parseCost),
    ...optional("gasLimit", gasLimit, parseGasLimit),
    confirmations,
    timeoutMs: wait * 1_000,
  };
}

/** Gas price in wei: gwei unless a unit follows. */
export function parseGasPrice(text: string, option: string): bigint {
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*(wei|gwei)?$/i.exec(text.trim());
  if (match) {
    try {
      return parseUnits(match[1] as string, (match[2] ?? "gwei").toLowerCase());
    } catch {
      // Too many decimals; refused below.
    }
  }
  throw new CliError(
    "usage",
    `${option}: "${text}" is no gas price.`,
    "Give gwei, or a unit: 0.1, 0.1gwei, 100000000wei.",
  );
}

function parseCost(text: string): bigint {
  try {
    return parseEther(text);
  } catch {
    throw new CliError("usage", `--max-cost: "${text}" is no amount of ETH.`, "Give a decimal number, e.g. 0.001.");
  }
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
