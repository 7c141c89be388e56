import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * The first step of the handover: `owner` is named as the next owner of pool, rewards and factory, and owns them once it has
 * called `acceptOwnership()` on each. The ProxyAdmins follow afterwards (module `ProxyAdmins`): their ownership moves in one
 * step, so it waits until the new owner has shown that it can sign.
 */
export default buildModule("Handover", (m) => {
  const owner = m.getParameter("owner");
  const pool = m.contractAt("RewardRatePool", m.getParameter("pool"));
  const rewards = m.contractAt("ServiceNodeRewards", m.getParameter("rewards"));
  const factory = m.contractAt("ServiceNodeContributionFactory", m.getParameter("factory"));
  m.call(pool, "transferOwnership", [owner], { id: "PoolOwner" });
  m.call(rewards, "transferOwnership", [owner], { id: "RewardsOwner" });
  m.call(factory, "transferOwnership", [owner], { id: "FactoryOwner" });
  return { pool, rewards, factory };
});
