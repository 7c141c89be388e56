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
 * RewardRatePool, ServiceNodeRewards and the contribution factory, each behind a transparent proxy, wired to each other.
 *
 * The two refer to one another and neither accepts a zero address, so the pool is born with the deployer as its beneficiary and
 * handed the rewards contract afterwards; it holds no token until then, so nothing accrues to the deployer.
 *
 * The deployer owns all of it, the ProxyAdmins included, until the modules `Handover` and `ProxyAdmins` have run.
 *
 * Parameters: `stakingRequirement` (atomic SESH), `maxContributors`, `liquidatorRatio`, `poolRatio`, `recipientRatio`.
 */
export function staking<Rewards extends string, Pool extends string>(
  m: IgnitionModuleBuilder,
  token: ArgumentType,
  contracts: StakingContracts<Rewards, Pool>,
): {
  rewards: NamedArtifactContractAtFuture<Rewards>;
  pool: NamedArtifactContractAtFuture<Pool>;
  factory: NamedArtifactContractAtFuture<"ServiceNodeContributionFactory">;
} {
  const deployer = m.getAccount(0);

  const pool = deployProxy(m, contracts.pool, deployer, [deployer, token]);
  const rewards = deployProxy(m, contracts.rewards, deployer, [
    token,
    pool,
    m.getParameter("stakingRequirement"),
    m.getParameter("maxContributors"),
    m.getParameter("liquidatorRatio"),
    m.getParameter("poolRatio"),
    m.getParameter("recipientRatio"),
  ]);
  m.call(pool, "setBeneficiary", [rewards], { id: "PoolBeneficiary" });
  const factory = deployProxy(m, "ServiceNodeContributionFactory", deployer, [rewards]);
  return { rewards, pool, factory };
}
