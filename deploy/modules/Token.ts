import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * SESH as an ordinary ERC-20 with its whole supply at `genesisReceiver`: on L1, and on local networks.
 * Amounts are atomic SESH (9 decimals).
 */
export default buildModule("Token", (m) => {
  const token = m.contract("SESH", [
    m.getParameter("totalSupply"),
    m.getParameter("genesisReceiver", m.getAccount(0)),
    m.getParameter("gateway"),
    m.getParameter("router"),
  ]);
  return { token };
});
