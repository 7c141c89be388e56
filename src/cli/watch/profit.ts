/** What a liquidation brings and costs, wei. */
export interface Profit {
  /** The liquidator's share at the given price. */
  revenue: bigint;
  /** Gas at the price of now. */
  cost: bigint;
  profit: bigint;
  worthIt: boolean;
}

/** Atomic SESH in one SESH. */
const UNIT = 1_000_000_000n;

/**
 * Compares the liquidator's share with the gas.
 *
 * @param share - Atomic SESH.
 * @param weiPerSesh - Price of one whole SESH; undefined: the comparison is switched off.
 * @param minimum - Least profit that is worth a transaction, wei.
 */
export function judgeProfit(facts: {
  share: bigint;
  weiPerSesh: bigint | undefined;
  gas: bigint;
  gasPrice: bigint;
  minimum: bigint;
}): Profit {
  const { share, weiPerSesh, gas, gasPrice, minimum } = facts;
  const cost = gas * gasPrice;
  const revenue = (share * (weiPerSesh ?? 0n)) / UNIT;
  const profit = revenue - cost;
  return { revenue, cost, profit, worthIt: weiPerSesh === undefined || profit >= minimum };
}
