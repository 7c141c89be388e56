import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { staking } from "../lib/staking.ts";

/** The test-network variants (the owner may exit nodes by id and set the pool's clock) for a token that exists already. */
export default buildModule("StakingTestnet", (m) =>
  staking(m, m.getParameter("token"), { rewards: "TestnetServiceNodeRewards", pool: "TestnetRewardRatePool" }),
);
