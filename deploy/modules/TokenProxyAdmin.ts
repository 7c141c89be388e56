import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The right to replace SESHL2's code goes to `owner` too: like `ProxyAdmins`, once that owner has accepted the contracts. */
export default buildModule("TokenProxyAdmin", (m) => {
  const token = m.contractAt("ProxyAdmin", m.getParameter("tokenAdmin"), { id: "TokenAdmin" });
  m.call(token, "transferOwnership", [m.getParameter("owner")], { id: "TokenAdminOwner" });
  return { token };
});
