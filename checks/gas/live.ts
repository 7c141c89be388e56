import type { PlainFigures } from "./plain.ts";

/** A figure of the live contracts, Cancun prices, through the proxies. */
interface LiveFigure {
  gas: number;
  /** How it is known: measured, or from what an earlier version of this code was measured to differ by. */
  source: "measured" | "difference" | "percentage";
}

/**
 * Of the calls without a network signature. `difference`: that version was measured under these conditions, and live is that much less;
 * `percentage`: only a range of percent is known, and this is its middle.
 */
export const LIVE_PLAIN: Partial<Record<keyof PlainFigures, LiveFigure>> = {
  claimRewardsFirst: { gas: 120_938, source: "measured" },
  claimRewards: { gas: 66_523, source: "measured" },
  claimRewardsAmount: { gas: 66_264, source: "measured" },
  initiateExit: { gas: 91_449, source: "measured" },
  contributeFundsOperator: { gas: 198_677, source: "measured" },
  contributeFundsSecond: { gas: 166_117, source: "measured" },
  contributeFundsNinth: { gas: 203_019, source: "measured" },
  withdrawSecondOfNine: { gas: 66_982, source: "measured" },
  updateFee: { gas: 30_025, source: "measured" },
  updateManualFinalize: { gas: 23_356, source: "measured" },
  // that version took 118,121, 2 to 4 % more than live; 267,412, 3 to 8 %; 42,399, 13 to 16 %; 926,623, 1 %
  topUp: { gas: 114_680, source: "percentage" },
  resetOfNine: { gas: 253_470, source: "percentage" },
  updateBeneficiary: { gas: 37_030, source: "percentage" },
  seedTenContributors: { gas: 917_450, source: "percentage" },
  vestingContributeFunds: { gas: 191_173 - 2_130, source: "difference" },
  noStakingRevoke: { gas: 96_580 - 26_152, source: "difference" },
  setBeneficiary: { gas: 83_409 - 31_213, source: "difference" },
  setBLSNonSignerThresholdMax: { gas: 39_410 - 4_465, source: "difference" },
  setClaimCycle: { gas: 40_060 - 5_202, source: "difference" },
};

/** Why a call may be dearer than live. `npm run gas` fails when one is dearer that is not listed. */
export const DEARER: Partial<Record<keyof PlainFigures, string>> = {
  claimRewardsAmount: "H5: the pause is read, a slot of 2,100",
  setBLSNonSignerThresholdMax:
    "H9: two slots, the number of nodes (2,100) and the threshold (2,200 where it stays). One would do only if the stored threshold could be trusted, and an older version may have left a stale one, which is what the row is about",
  setClaimCycle: "H4: the total of the cycle, a slot",
  setBeneficiary:
    "H15: the old beneficiary is paid what has accrued, a transfer of tokens. Noting the debt instead takes a new slot (22,100) and another call to fetch it; live's owner has to send payoutReleased first, which is dearer than both together here",
};
