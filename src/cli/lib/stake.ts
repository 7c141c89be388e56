import { approveCall, formatSesh, parseSesh } from "../../chain/index.ts";
import { CliError } from "./errors.ts";
import type { Sender } from "./sending.ts";
import type { Session } from "./session.ts";

/**
 * Makes sure that `spender` may take `amount` atomic SESH from the account: refuses when the balance is too low, approves exactly
 * that amount when the allowance is.
 *
 * @returns whether an approval was needed, so that what follows depends on it
 */
export async function allow(session: Session, sender: Sender, spender: string, amount: bigint): Promise<boolean> {
  const { address, contract } = await session.token();
  const account = sender.account;
  const [balance, allowance] = await Promise.all([contract.balanceOf(account), contract.allowance(account, spender)]);
  if (balance < amount) {
    throw new CliError(
      "refused",
      `${account} has ${formatSesh(balance)} SESH; ${formatSesh(amount)} are needed.`,
      "Send SESH to the account, or use another one.",
    );
  }
  if (allowance >= amount) return false;
  await sender.run(approveCall(address, spender, amount));
  return true;
}

/** @throws CliError `usage` unless the text is a positive amount of SESH with at most 9 decimals */
export function parseAmount(text: string, what: string): bigint {
  try {
    const amount = parseSesh(text);
    if (amount > 0n) return amount;
  } catch {
    // Refused below.
  }
  throw new CliError(
    "usage",
    `${what}: "${text}" is no amount of SESH.`,
    "Give a decimal number above 0, e.g. 6250.5.",
  );
}

/** A fee in percent as the contracts take it, in units of 0.01 %. */
export function parseFee(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?\s*%?$/.exec(text.trim());
  const fee = match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : Number.NaN;
  if (fee <= 10_000) return fee;
  throw new CliError("usage", `--fee: "${text}" is no fee.`, "Give percent from 0 to 100, with two decimals at most.");
}
