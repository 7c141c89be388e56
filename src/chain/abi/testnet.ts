import { rewardRatePoolAbi } from "./pool.ts";
import { serviceNodeRewardsAbi } from "./rewards.ts";

/** The owner may request exits and exit nodes by id. */
export const testnetServiceNodeRewardsAbi = [
  ...serviceNodeRewardsAbi,
  "function exitNodeBySNID(uint64[] ids)",
  "function requestExitNodeBySNID(uint64[] ids)",
] as const;

/** The owner may set the clock and withdraw. */
export const testnetRewardRatePoolAbi = [
  ...rewardRatePoolAbi,
  "event SESHWithdrawn(uint256 amount)",
  "function setLastPaidOutTime(uint256 _lastPaidOutTime)",
  "function withdrawSESH(uint256 amount)",
] as const;
