import type { TypedDataDomain } from "ethers";
import { Contract, Signature } from "ethers";
import { approveCall, formatSesh, optional, PERMIT_TYPES, seshL2Additions } from "../../chain/index.ts";
import type { Call, PermitStruct } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { Sender } from "../session/sending.ts";
import type { Session } from "../session/session.ts";

/** Half an hour to be included in. */
const PERMIT_SECONDS = 1_800n;

/**
 * Signs an approval of exactly `amount` for `spender`, when one is needed, the key is there and the token knows permits.
 *
 * @returns undefined when an approval must (or need not) be sent instead
 */
export async function permit(
  session: Session,
  sender: Sender,
  spender: string,
  amount: bigint,
): Promise<PermitStruct | undefined> {
  const { wallet } = sender;
  if (!wallet) return undefined;
  const { address } = await session.token();
  const token = new Contract(address, seshL2Additions, session.provider);
  const { contract } = await session.token();
  const view = (name: string, ...args: unknown[]): Promise<unknown> =>
    optional(token.getFunction(name).staticCall(...args) as Promise<unknown>, session.provider, address);
  const [allowance, domain, nonce, block] = await Promise.all([
    contract.allowance(wallet.address, spender),
    view("eip712Domain"),
    view("nonces", wallet.address),
    session.provider.getBlock("latest"),
  ]);
  if (allowance >= amount || domain === undefined || nonce === undefined || !block) return undefined;
  const { name, version, chainId, verifyingContract } = domain as Record<string, string>;
  const deadline = BigInt(block.timestamp) + PERMIT_SECONDS;
  const value = { owner: wallet.address, spender, value: amount, nonce: nonce as bigint, deadline };
  const signature = await wallet.signTypedData(
    { name, version, chainId, verifyingContract } as TypedDataDomain,
    PERMIT_TYPES,
    value,
  );
  const { v, r, s } = Signature.from(signature);
  return { deadline, v, r, s };
}

/**
 * Makes sure that `spender` may take `amount` atomic SESH from the account: approves exactly that amount when the allowance is lower.
 *
 * @param next - What needs the approval; it counts in the bound that is shown.
 * @returns whether an approval was needed, so that what follows depends on it
 */
export async function allow(
  session: Session,
  sender: Sender,
  spender: string,
  amount: bigint,
  next: Call,
): Promise<boolean> {
  const { address, contract } = await session.token();
  if ((await contract.allowance(sender.account, spender)) >= amount) return false;
  await sender.expect(next);
  await sender.run(approveCall(address, spender, amount), { final: false });
  return true;
}

/** @throws CliError `refused` when the account has less SESH */
export async function requireBalance(session: Session, sender: Sender, amount: bigint): Promise<void> {
  const { contract } = await session.token();
  const account = sender.account;
  const balance = await contract.balanceOf(account);
  if (balance < amount) {
    throw new CliError(
      "refused",
      `${account} has ${formatSesh(balance)} SESH; ${formatSesh(amount)} are needed.`,
      "Send SESH to the account, or use another one.",
    );
  }
}
