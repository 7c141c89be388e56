import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * The first step of the handover: `owner` is named as the next owner of pool and rewards, and owns them once it has called
 * `acceptOwnership()` on each. The ProxyAdmins follow afterwards (module `ProxyAdmins`): their ownership moves in one step, so
 * it waits until the new owner has shown that it can sign.
 */
export default buildModule("Handover", (m) => {
  const owner = m.getParameter("owner");
  const pool = m.contractAt("RewardRatePool", m.getParameter("pool"));
  const rewards = m.contractAt("ServiceNodeRewards", m.getParameter("rewards"));
  m.call(pool, "transferOwnership", [owner], { id: "PoolOwner" });
  m.call(rewards, "transferOwnership", [owner], { id: "RewardsOwner" });
  return { pool, rewards };
});
