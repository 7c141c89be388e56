import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * The last step of the handover: the ProxyAdmins, that is the right to replace the code, go to `owner`.
 * ProxyAdmin is OpenZeppelin's and knows no acceptance: run this only for an owner that has accepted the contracts themselves.
 */
export default buildModule("ProxyAdmins", (m) => {
  const owner = m.getParameter("owner");
  const pool = m.contractAt("ProxyAdmin", m.getParameter("poolAdmin"), { id: "PoolAdmin" });
  const rewards = m.contractAt("ProxyAdmin", m.getParameter("rewardsAdmin"), { id: "RewardsAdmin" });
  const factory = m.contractAt("ProxyAdmin", m.getParameter("factoryAdmin"), { id: "FactoryAdmin" });
  m.call(pool, "transferOwnership", [owner], { id: "PoolAdminOwner" });
  m.call(rewards, "transferOwnership", [owner], { id: "RewardsAdminOwner" });
  m.call(factory, "transferOwnership", [owner], { id: "FactoryAdminOwner" });
  return { pool, rewards, factory };
});
