import { MAX_UINT, min, SESH } from "../core/world.ts";
import { recipientOf } from "../rules/rewards/balances.ts";
import type { MessageSpec, SignSpec } from "../core/steps.ts";
import { anyone, around, call, HUGE, nonSigners, NULL, signedBy, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";
import { place } from "../chain/resolve.ts";

/** Lifetime figures climb in few steps, so that the same ones are signed again. */
function lifetime(draft: Draft, recipient: string): string {
  const { rng, env, world } = draft;
  const { rewards } = recipientOf(world.rewards, recipient === NULL ? NULL : place(env, recipient));
  const step = rng.pick([1n, 40n * SESH, 1000n * SESH, 60_000n * SESH, 600_000n * SESH]);
  const rising = min((rewards / step + 1n) * step, MAX_UINT);
  if (!rng.oneIn(6)) return rising.toString();
  return rng
    .pick([rewards, min(rewards + 1n, MAX_UINT), rewards > 0n ? rewards - 1n : 0n, 0n, rng.oneIn(6) ? MAX_UINT : 0n])
    .toString();
}

function reward(recipient: string, amount: string): MessageSpec {
  return { reward: { recipient, amount } };
}

export const updateOne: Draw = (draft) => {
  const { rng } = draft;
  const recipient = rng.oneIn(20) ? NULL : rng.oneIn(15) ? "@vesting:0" : rng.pick(USERS);
  const amount = lifetime(draft, recipient);
  const ids = nonSigners(draft);
  const signature = signedBy(draft, [reward(recipient, rng.oneIn(30) ? "77" : amount)], ids);
  return call(anyone(draft), "@rewards", "updateRewardsBalance", recipient, amount, signature, ids);
};

export const updateMany: Draw = (draft) => {
  const { rng, env } = draft;
  const people = rng
    .some<string>(USERS, rng.between(0, 4))
    .sort((a, b) => (BigInt(place(env, a)) < BigInt(place(env, b)) ? -1 : 1));
  if (rng.oneIn(12)) people.reverse();
  if (rng.oneIn(15)) people.unshift(NULL);
  if (rng.oneIn(20) && people[0] !== undefined) people.push(people[0]);
  const entries = people.map((recipient) => [recipient, lifetime(draft, recipient)] as const);
  const messages = entries.map(([recipient, amount]) => reward(recipient, amount));
  const ids = nonSigners(draft);
  const roots = rng.oneIn(2) ? [] : { roots: messages, ...(rng.oneIn(10) ? { spoil: "wrong" as const } : {}) };
  return call(anyone(draft), "@rewards", "updateRewardsBalances", entries, signedBy(draft, messages, ids), ids, roots);
};

export const updateAndClaim: Draw = (draft) => {
  const from = anyone(draft);
  const amount = lifetime(draft, from);
  const ids = nonSigners(draft);
  const signature: SignSpec = signedBy(draft, [reward(from, amount)], ids);
  return call(from, "@rewards", "updateRewardsBalanceAndClaim", amount, signature, ids);
};

export const claimAll: Draw = (draft) => call(anyone(draft), "@rewards", "claimRewards()");

export const claimSome: Draw = (draft) => {
  const { rng, env, world } = draft;
  const from = anyone(draft);
  const { rewards, claimed } = recipientOf(world.rewards, place(env, from));
  const { claimThreshold, claimTotal } = world.rewards;
  const amount = rng.pick([
    around(draft, rewards - claimed),
    around(draft, claimThreshold > claimTotal ? claimThreshold - claimTotal : 0n),
    "1",
    HUGE,
  ]);
  return call(from, "@rewards", "claimRewards(uint256)", amount);
};
