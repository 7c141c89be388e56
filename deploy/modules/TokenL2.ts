import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { deployProxy } from "../lib/proxy.ts";

/**
 * SESHL2 behind its transparent proxy: the token's form on Arbitrum, minted and burnt by the custom gateway alone.
 * `l2Gateway` is Arbitrum's L2 custom gateway, `l1Address` the token on L1 (deploy `Token` there first).
 */
export default buildModule("TokenL2", (m) => ({
  token: deployProxy(m, "SESHL2", m.getAccount(0), [m.getParameter("l2Gateway"), m.getParameter("l1Address")]),
}));
