import type {
  ArgumentType,
  IgnitionModuleBuilder,
  NamedArtifactContractAtFuture,
} from "@nomicfoundation/ignition-core";
import { deployProxy } from "./proxy.ts";

export interface StakingContracts<Rewards extends string, Pool extends string> {
  rewards: Rewards;
  pool: Pool;
}

/**
 * RewardRatePool and ServiceNodeRewards, each behind a transparent proxy, wired to each other.
 *
 * The two refer to one another and neither accepts a zero address, so the pool is born with the deployer as its beneficiary and
 * handed the rewards contract afterwards; it holds no token until then, so nothing accrues to the deployer.
 *
 * Parameters: `stakingRequirement` (atomic SESH), `maxContributors`, `liquidatorRatio`, `poolRatio`, `recipientRatio`,
 * `owner` and `proxyAdminOwner` (both the deployer when left out). `owner` must accept (Ownable2Step).
 */
export function staking<Rewards extends string, Pool extends string>(
  m: IgnitionModuleBuilder,
  token: ArgumentType,
  contracts: StakingContracts<Rewards, Pool>,
): { rewards: NamedArtifactContractAtFuture<Rewards>; pool: NamedArtifactContractAtFuture<Pool> } {
  const deployer = m.getAccount(0);
  const owner = m.getParameter("owner", deployer);
  const proxyAdminOwner = m.getParameter("proxyAdminOwner", deployer);

  const pool = deployProxy(m, contracts.pool, proxyAdminOwner, [deployer, token]);
  const rewards = deployProxy(m, contracts.rewards, proxyAdminOwner, [
    token,
    pool,
    m.getParameter("stakingRequirement"),
    m.getParameter("maxContributors"),
    m.getParameter("liquidatorRatio"),
    m.getParameter("poolRatio"),
    m.getParameter("recipientRatio"),
  ]);
  const wired = m.call(pool, "setBeneficiary", [rewards], { id: "PoolBeneficiary" });
  m.call(pool, "transferOwnership", [owner], { id: "PoolOwner", after: [wired] });
  m.call(rewards, "transferOwnership", [owner], { id: "RewardsOwner" });
  return { rewards, pool };
}
