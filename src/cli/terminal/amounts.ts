import { AmountError, parseDecimal, parseEth, parseSesh } from "../../chain/index.ts";
import { CliError } from "./exit.ts";

/** Amounts as options give them: what is no amount, or could be two, is refused by the option's name. */

/** @returns atomic SESH, above 0 @throws CliError `usage` */
export function seshOf(text: string, what: string): bigint {
  return named(what, () => positive(parseSesh(text), text));
}

/** @returns wei @throws CliError `usage` */
export function ethOf(text: string, what: string): bigint {
  return named(what, () => parseEth(text));
}

/**
 * A price of one SESH in ETH, as people and programs write it: `0.00002`, `2e-05`, with as many digits as there are.
 *
 * @returns wei for one SESH, rounded down
 * @throws CliError `usage`
 */
export function priceOf(text: string, what: string): bigint {
  return named(what, () => {
    const wei = parseEth(text, "cut");
    if (wei === 0n && /[1-9]/.test(text.split(/e/i)[0] ?? "")) {
      throw new AmountError(text, "is less than a wei", "Give ETH for one SESH, e.g. 0.00002.");
    }
    return wei;
  });
}

/** Gas price in wei: gwei unless a unit follows. @throws CliError `usage` */
export function gasPriceOf(text: string, what: string): bigint {
  const wei = /\d\s*wei\s*$/i.test(text);
  return named(what, () =>
    wei ? parseDecimal(text, { decimals: 0, unit: "wei" }) : parseDecimal(text, { decimals: 9, unit: "gwei" }),
  );
}

/** A fee in percent as the contracts take it, in units of 0.01 %. @throws CliError `usage` */
export function feeOf(text: string, what: string): number {
  return named(what, () => {
    const fee = parseDecimal(text, { decimals: 2, unit: "%" });
    if (fee <= 10_000n) return Number(fee);
    throw new AmountError(text, "is more than 100 %", "Give percent from 0 to 100, with two decimals at most.");
  });
}

function positive(amount: bigint, text: string): bigint {
  if (amount > 0n) return amount;
  throw new AmountError(text, "is nothing", "Give an amount above 0.");
}

function named<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new CliError("usage", `${what}: ${error.message}`, error.fix, { readings: error.readings }, error);
  }
}
