import type { Read } from "../chain/observe.ts";
import { converterReads, noStakingReads, vestingReads } from "./vesting.ts";
import type { Env } from "../chain/resolve.ts";
import { UPGRADEABLE } from "../chain/system.ts";
import type { Address } from "../core/world.ts";
import { adder } from "./add.ts";
import { contributionReads, factoryReads } from "./contribution.ts";
import { poolReads } from "./pool.ts";
import { nodeReads, rewardsReads } from "./rewards.ts";
import { tokenReads } from "./token.ts";

/**
 * Everything that can be seen. `touched` contracts are read whole; a full observation reads all of them, every node, every key
 * and every allowance, and is for every few operations.
 */
export function readsOf(env: Env, touched: ReadonlySet<Address>, full: boolean): Read[] {
  const { world, system } = env;
  const reads: Read[] = [];
  const { at } = world;
  const people = [
    ...Object.values(system.actors),
    ...UPGRADEABLE.map((role) => at[role]),
    ...Object.values(env.made).flat(),
    world.rewards.foundationPool,
  ];
  tokenReads(adder(reads, at.token, "SESHL2"), world, at.token, people, full);
  if (full || touched.has(at.l1Token)) tokenReads(adder(reads, at.l1Token, "SESH"), world, at.l1Token, people, full);
  rewardsReads(adder(reads, at.rewards, "ServiceNodeRewards"), world, people, full);
  nodeReads(adder(reads, at.rewards, "ServiceNodeRewards"), env, full);
  poolReads(adder(reads, at.pool, "RewardRatePool"), world, full);
  factoryReads(adder(reads, at.factory, "ServiceNodeContributionFactory"), env, full);
  for (const contribution of Object.keys(world.contributions)) {
    if (!full && !touched.has(contribution)) continue;
    contributionReads(adder(reads, contribution, "ServiceNodeContribution"), world, contribution, people);
  }
  const others = [
    [world.vestings, "TokenVestingStaking", vestingReads],
    [world.noStakings, "TokenVestingNoStaking", noStakingReads],
    [world.converters, "TokenConverter", converterReads],
  ] as const;
  for (const [list, kind, read] of others) {
    for (const address of Object.keys(list)) {
      if (full || touched.has(address)) read(adder(reads, address, kind), world, address);
    }
  }
  return reads;
}
