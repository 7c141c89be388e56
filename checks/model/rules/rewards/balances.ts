import { rewardMessage } from "../../core/messages.ts";
import { MAX_UINT, emit, revert, ZERO } from "../../core/world.ts";
import type { Address, Call, RewardsState, RootsValue, SignatureValue, World } from "../../core/world.ts";
import { whenNotPaused } from "../ownable.ts";
import { transfer } from "../token.ts";
import { requireNetworkSignature, requireRoots, requireSigners, worldTags } from "./signatures.ts";

function requireRunning(rewards: RewardsState): void {
  whenNotPaused(rewards);
  if (!rewards.started) revert("ContractNotStarted");
}

export function recipientOf(rewards: RewardsState, address: Address): { rewards: bigint; claimed: bigint } {
  return rewards.recipients[address] ?? { rewards: 0n, claimed: 0n };
}

function raise(world: World, recipient: Address, amount: bigint): void {
  const { rewards, claimed } = recipientOf(world.rewards, recipient);
  world.rewards.recipients[recipient] = { rewards: amount, claimed };
  emit(world, world.at.rewards, "RewardsBalanceUpdated", recipient, amount, rewards);
}

export function updateRewardsBalance(
  world: World,
  recipient: Address,
  amount: bigint,
  signature: SignatureValue,
  ids: readonly bigint[],
): void {
  requireRunning(world.rewards);
  requireSigners(world, ids);
  if (recipient === ZERO) revert("NullAddress");
  if (recipientOf(world.rewards, recipient).rewards >= amount) revert("RecipientRewardsTooLow");
  requireNetworkSignature(world, [rewardMessage(worldTags(world), recipient, amount)], signature, ids);
  raise(world, recipient, amount);
}

/** H22: every entry is hashed, those that go up are raised; only if none does it reverts. */
export function updateBatch(
  world: World,
  entries: readonly (readonly [Address, bigint])[],
  signature: SignatureValue,
  ids: readonly bigint[],
  roots: RootsValue,
): void {
  requireRunning(world.rewards);
  requireSigners(world, ids);
  if (entries.length === 0) revert("EmptyBatch");
  let last = ZERO;
  for (const [index, [recipient]] of entries.entries()) {
    if (BigInt(recipient) <= BigInt(last)) revert("RecipientNotAscending", BigInt(index), recipient);
    if (index === 0) requireRoots(roots);
    last = recipient;
  }
  const rising = entries.filter(([recipient, amount]) => recipientOf(world.rewards, recipient).rewards < amount);
  if (rising.length === 0) revert("RecipientRewardsTooLow");
  const messages = entries.map(([recipient, amount]) => rewardMessage(worldTags(world), recipient, amount));
  requireNetworkSignature(world, messages, signature, ids);
  for (const [recipient, amount] of rising) raise(world, recipient, amount);
}

/** H22: what is recorded already is claimed, whoever recorded it. */
export function updateAndClaim(
  world: World,
  call: Call,
  amount: bigint,
  signature: SignatureValue,
  ids: readonly bigint[],
): void {
  requireRunning(world.rewards);
  if (recipientOf(world.rewards, call.from).rewards < amount) {
    updateRewardsBalance(world, call.from, amount, signature, ids);
  }
  claim(world, call);
}

/** H4: any other cycle than the stored one is a fresh one. */
export function claim(world: World, call: Call, wanted?: bigint): void {
  const { rewards, at } = world;
  requireRunning(rewards);
  const recipient = recipientOf(rewards, call.from);
  const amount = wanted ?? recipient.rewards - recipient.claimed;
  if (recipient.claimed + amount > recipient.rewards) revert("MaxClaimExceeded");

  const cycle = world.now / rewards.claimCycle;
  const spent = cycle === rewards.cycle ? rewards.claimTotal : 0n;
  // a sum that leaves the word is let through here: no token has so much to transfer (docs/model.md, silent spots)
  const total = (spent + amount) & MAX_UINT;
  if (total > rewards.claimThreshold) revert("ClaimThresholdExceeded");

  rewards.cycle = cycle;
  rewards.claimTotal = total;
  rewards.recipients[call.from] = { ...recipient, claimed: recipient.claimed + amount };
  emit(world, at.rewards, "RewardsClaimed", call.from, amount);
  transfer(world, rewards.token, at.rewards, call.from, amount);
}
