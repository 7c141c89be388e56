import type { Call } from "./chain.ts";
import { chainNowOpen } from "./onchain.ts";

/** Approves exactly `amount` where the allowance of `from` is less; undefined: it is enough. */
export async function approvalFor(from: string, spender: string, amount: bigint): Promise<Call | undefined> {
  const [{ approveCall }, { requireBalance }, { chain }] = await Promise.all([
    import("./chain.ts"),
    import("./staking.ts"),
    chainNowOpen(from),
  ]);
  await requireBalance(chain, from, amount);
  if ((await chain.token.allowance(from, spender)) >= amount) return undefined;
  return approveCall(chain.config.contracts.token, spender, amount);
}

/** Whether the amount can be allowed by a signature, without a transaction of its own. */
export async function canPermit(): Promise<boolean> {
  const [{ takesPermits }, { chain, who }] = await Promise.all([import("./staking.ts"), chainNowOpen()]);
  return takesPermits(chain, who.account);
}
