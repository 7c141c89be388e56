import type { RewardsContract } from "./contracts.ts";
import { getToken } from "./contracts.ts";
import { ChainError } from "./errors.ts";

/** What the contract knows of one recipient, and what it may pay now; everything at one block. Amounts in atomic SESH. */
export interface ClaimState {
  block: number;
  recipient: string;
  /** In the recipient's wallet. */
  balance: bigint;
  /** Recorded lifetime rewards. */
  recorded: bigint;
  claimed: bigint;
  /** What the contract may still pay to anybody in this claim cycle. */
  capLeft: bigint;
  cap: bigint;
  /** When the next cycle begins, unix seconds. */
  cycleEnds: bigint;
  /** What the contract holds, stakes included. */
  contractBalance: bigint;
  started: boolean;
  paused: boolean;
}

/** Reads it all at the newest block, or at `block`. */
export async function readClaimState(rewards: RewardsContract, recipient: string, block?: number): Promise<ClaimState> {
  const provider = rewards.runner?.provider;
  if (!provider) throw new ChainError("no-provider", "The rewards contract needs a provider to read from.");
  // The token never changes: its address may be of another block than the rest.
  const [header, tokenAddress] = await Promise.all([
    provider.getBlock(block ?? "latest"),
    rewards.designatedToken(block === undefined ? {} : { blockTag: block }),
  ]);
  if (!header) {
    throw new ChainError("unknown-block", `The endpoint does not know block ${block ?? "latest"} yet.`, { block });
  }
  const { number } = header;
  const pinned = { blockTag: number };

  const token = getToken(tokenAddress, provider);
  const contract = await rewards.getAddress();
  const [entry, cap, cycle, currentCycle, total, started, paused, balance, contractBalance] = await Promise.all([
    rewards.recipients(recipient, pinned),
    rewards.claimThreshold(pinned),
    rewards.claimCycle(pinned),
    rewards.currentClaimCycle(pinned),
    rewards.currentClaimTotal(pinned),
    rewards.isStarted(pinned),
    rewards.paused(pinned),
    token.balanceOf(recipient, pinned),
    token.balanceOf(contract, pinned),
  ]);
  // The contract's counter belongs to the cycle of the last claim; in any other cycle nothing has been paid yet.
  const nowCycle = BigInt(header.timestamp) / cycle;
  const paid = nowCycle === currentCycle ? total : 0n;
  return {
    block: number,
    recipient,
    balance,
    recorded: entry.rewards,
    claimed: entry.claimed,
    capLeft: cap > paid ? cap - paid : 0n,
    cap,
    cycleEnds: (nowCycle + 1n) * cycle,
    contractBalance,
    started,
    paused,
  };
}
