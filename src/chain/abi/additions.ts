import { SIGNATURE } from "./structs.ts";

/**
 * Entries that this implementation adds to ServiceNodeRewards. A live-style contract does not have them: ask
 * `probeFeatures` before use.
 */
export const serviceNodeRewardsAdditions = [
  `function updateRewardsBalanceAndClaim(uint256 recipientRewards, ${SIGNATURE} blsSignature, uint64[] ids)`,
] as const;
