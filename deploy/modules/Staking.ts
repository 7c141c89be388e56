import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { staking } from "../lib/staking.ts";

/** The staking contracts for a token that exists already: Arbitrum One. `token` is SESH on that chain. */
export default buildModule("Staking", (m) =>
  staking(m, m.getParameter("token"), { rewards: "ServiceNodeRewards", pool: "RewardRatePool" }),
);
