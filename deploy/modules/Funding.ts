import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The pool's first stock: `amount` atomic SESH from the deployer to `pool` (40,000,000 SESH at the live launch). */
export default buildModule("Funding", (m) => {
  const token = m.contractAt("SESH", m.getParameter("token"));
  m.call(token, "transfer", [m.getParameter("pool"), m.getParameter("amount")], { id: "PoolFunding" });
  return { token };
});
