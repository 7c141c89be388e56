/**
 * The arithmetic of rounds and of one round's payment. Pure; everything in atomic SESH is a bigint and every division floors.
 *
 * Round `k = 1, 2, ...` falls due at `T(k) = genesis + k * roundSeconds` and is settled in the first block whose timestamp is at
 * or after `T(k)`. A block therefore settles none, one or (after a gap) several rounds, and every node finds the same ones.
 */
import { FEE_DENOMINATOR, POOL_RATE_SECONDS } from "./params.ts";
import type { ConsensusParams } from "./params.ts";
import type { LedgerNode } from "./ledgerTypes.ts";

/** Index of the last round due at `timestamp`; negative before the first round. */
export function roundAt(timestamp: number, genesisTimestamp: number, roundSeconds: number): number {
  return Math.floor((timestamp - genesisTimestamp) / roundSeconds);
}

/** What one round pays in total, given the pool's `rewardRate()` (120 s of payout). */
export function roundReward(rewardRate: bigint, params: ConsensusParams): bigint {
  return (rewardRate * BigInt(params.roundSeconds)) / POOL_RATE_SECONDS;
}

/**
 * First and last-but-one round in which a node is paid: it is active from the first round due *after* its registration, paid once
 * it was active for `payableAfterRounds` rounds, and leaves the network (unpaid from then on) when its exit request unlocks.
 * A node whose registration is not signed is paid in none.
 */
export function payableRounds(
  node: LedgerNode,
  genesisTimestamp: number,
  params: ConsensusParams,
): { from: number; until: number } {
  if (!node.signed) return { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  const active = roundAt(node.addedAt, genesisTimestamp, params.roundSeconds) + 1;
  const until =
    node.leaveRequestedAt === null
      ? Number.POSITIVE_INFINITY
      : Math.ceil((node.leaveRequestedAt + params.unlockDelay - genesisTimestamp) / params.roundSeconds);
  return { from: active + params.payableAfterRounds, until };
}

/**
 * Divides a node's part of one round: the operator's fee to the operator's beneficiary, the rest pro rata to the contributors'
 * beneficiaries. Each amount is floored; the dust stays in the contract.
 */
export function splitShare(node: LedgerNode, share: bigint): { recipient: string; amount: bigint }[] {
  const [operator] = node.contributors;
  if (operator === undefined || node.deposit === 0n) return [];

  const fee = (share * BigInt(node.fee)) / FEE_DENOMINATOR;
  const rest = share - fee;
  return [
    { recipient: operator.beneficiary, amount: fee },
    ...node.contributors.map(({ beneficiary, amount }) => ({
      recipient: beneficiary,
      amount: (rest * amount) / node.deposit,
    })),
  ].filter(({ amount }) => amount > 0n);
}

/**
 * What each staker gets back when a node has left: its stake, less the penalty (`deposit - returnedAmount`), which the operator
 * bears. Should the penalty exceed the operator's stake, the next contributor bears the rest, in order.
 */
export function splitStake(node: LedgerNode, returnedAmount: bigint): { recipient: string; amount: bigint }[] {
  let penalty = node.deposit > returnedAmount ? node.deposit - returnedAmount : 0n;
  return node.contributors
    .map(({ staker, amount }) => {
      const borne = penalty < amount ? penalty : amount;
      penalty -= borne;
      return { recipient: staker, amount: amount - borne };
    })
    .filter(({ amount }) => amount > 0n);
}
