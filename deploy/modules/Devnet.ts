import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { staking } from "../lib/staking.ts";
import Token from "./Token.ts";

/** Everything on one local chain: the token, and the staking contracts without a minimum exit age. */
export default buildModule("Devnet", (m) => {
  const { token } = m.useModule(Token);
  return { token, ...staking(m, token, { rewards: "LocalDevnetServiceNodeRewards", pool: "TestnetRewardRatePool" }) };
});
