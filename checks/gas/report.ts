import type { CallSize } from "./calls.ts";
import { DEARER, LIVE_PLAIN } from "./live.ts";
import type { Figures, Measurement } from "./measure.ts";
import { PLAIN } from "./plain.ts";
import type { PlainFigures } from "./plain.ts";

/**
 * The committed snapshot, as `--json` prints it: on top the first-try figures under Osaka, those of the calls that need no network
 * signature, the brotli bytes a recipient of a batch of 20 without roots, and the least room of any contract.
 */
export interface Snapshot extends Figures, PlainFigures {
  batch20LeanBytes: number;
  freeBytesMin: number;
  osaka: Measurement;
  prague: Measurement;
  /** By operation: bytes of the call, plain and after brotli at level 1, and the slots it makes. */
  calls: Record<string, CallSize>;
  /** Deployed bytes of every contract of the system. */
  sizes: Record<string, number>;
}

/** EIP-170. */
export const SIZE_LIMIT = 24_576;
/** What every contract keeps free: room for the next repair. */
export const ROOM = 1_000;
/** Recipients of the measured batches. */
const BATCH = 20;

/** What the live contracts take, first try, through the proxy, Osaka prices. */
const LIVE: Partial<Record<keyof Figures, number>> = {
  hashToG2: 845_000,
  updateRewardsBalance: 1_041_340,
  perNonSigner: 5_430,
  batch20New: 1_041_340,
  batch20Known: 1_041_340,
  batch20LeanNew: 1_041_340,
  batch20LeanKnown: 1_041_340,
  addBLSPublicKey: 1_462_603,
  exitBLSPublicKeyWithSignature: 1_102_459,
  liquidateBLSPublicKeyWithSignature: 1_154_258,
  // two transactions
  updateRewardsBalanceAndClaim: 1_041_340 + 120_938,
  factoryDeploy: 3_006_966,
};

const NAMES: Record<keyof Figures, string> = {
  hashToG2: "hash to G2 alone",
  updateRewardsBalance: "updateRewardsBalance, new recipient, no non-signer",
  perNonSigner: "each further non-signer",
  batch20New: "updateRewardsBalances of 20 with roots, per new recipient",
  batch20Known: "updateRewardsBalances of 20 with roots, per known recipient",
  batch20LeanNew: "updateRewardsBalances of 20 without roots, per new recipient",
  batch20LeanKnown: "updateRewardsBalances of 20 without roots, per known recipient",
  addBLSPublicKey: "addBLSPublicKey, solo",
  exitBLSPublicKeyWithSignature: "exitBLSPublicKeyWithSignature",
  liquidateBLSPublicKeyWithSignature: "liquidateBLSPublicKeyWithSignature",
  updateRewardsBalanceAndClaim: "updateRewardsBalanceAndClaim, new recipient",
  factoryDeploy: "Factory.deploy, a new contribution contract",
  contributeWithPermit: "contributeFundsWithPermit",
  contributeAndFinalize: "contributeFunds that fills and registers",
  finalize: "finalize",
};

const PLAIN_NAMES: Record<keyof PlainFigures, string> = {
  claimRewardsFirst: "claimRewards(), the first ever",
  claimRewards: "claimRewards(), later",
  claimRewardsAmount: "claimRewards(amount), later",
  initiateExit: "initiateExitBLSPublicKey, the first request",
  seedTenContributors: "seedPublicKeyList, each further node of ten contributors",
  contributeFundsOperator: "contributeFunds, the operator's",
  contributeFundsSecond: "contributeFunds, the second contributor's",
  contributeFundsNinth: "contributeFunds, the ninth contributor's",
  topUp: "contributeFunds, a top-up of the second of nine",
  withdrawSecondOfNine: "withdrawContribution, the second of nine",
  resetOfNine: "reset, nine contributors",
  updateFee: "updateFee",
  updateManualFinalize: "updateManualFinalize, true to false",
  updateBeneficiary: "updateBeneficiary, the second of nine",
  updateReservedContributors: "updateReservedContributors, two",
  rescueERC20: "rescueERC20",
  vestingContributeFunds: "TokenVestingStaking.contributeFunds",
  noStakingRevoke: "TokenVestingNoStaking.revoke",
  payoutReleased: "RewardRatePool.payoutReleased",
  setBeneficiary: "RewardRatePool.setBeneficiary",
  setBLSNonSignerThresholdMax: "setBLSNonSignerThresholdMax",
  setClaimCycle: "setClaimCycle",
};

/** The calls that are dearer than live without a reason that is listed. */
export function unexplained(figures: PlainFigures): string[] {
  return PLAIN.filter((key) => figures[key] > (LIVE_PLAIN[key]?.gas ?? Infinity) && DEARER[key] === undefined);
}

const number = (value: number): string => value.toLocaleString("en-US");

/** `docs/gas.md`. */
export function markdown(snapshot: Snapshot): string {
  const { osaka, prague, sizes } = snapshot;
  const rows = (Object.keys(NAMES) as (keyof Figures)[]).map((key) => {
    const live = LIVE[key];
    return [
      NAMES[key],
      number(osaka.firstTry[key]),
      live === undefined ? "not measured" : number(live),
      live === undefined ? "" : `${(live / osaka.firstTry[key]).toFixed(2)} x`,
      number(osaka.mean[key]),
      number(prague.firstTry[key]),
    ];
  });
  const byCount = Object.entries(osaka.nonSigners).map(([count, gas]) => [
    count,
    number(gas),
    number(prague.nonSigners[count] ?? 0),
  ]);
  return [
    "# Gas",
    "",
    "Written by `npm run gas`; `npm run gas -- --check` fails when it is out of date. Whole transactions through the transparent",
    "proxy, 64 nodes; the hash is the library call alone; batches per recipient. A message whose first try hashes to the curve",
    "is the cheapest case, and on average two tries are needed: the mean is over 16 messages as they come.",
    "",
    table(["operation", "this", "live", "ratio", "mean over tries", "this under Prague"], rows),
    "",
    "## Calls without a network signature",
    "",
    "Under live's conditions: rewards, pool and factory behind transparent proxies, SESH unproxied, 100 seeded nodes, allowances at the",
    "maximum, each call a transaction of its own from fresh state access. Their gas is the same under Cancun, Prague and Osaka. Live:",
    "measured; `=`: from the difference that was measured to an earlier version of this code; `~`: from a range of percent.",
    "",
    table(["operation", "this", "live", "more than live"], plainRows(snapshot)),
    "",
    "Dearer than live:",
    "",
    ...dearer(snapshot),
    "",
    "## Calldata",
    "",
    "Bytes of the call, and after brotli at level 1, for which a sender on Arbitrum pays; a batch as a whole. The last column is computed, not",
    `measured: the gas with ${number(TOMORROW)} instead of ${number(TODAY)} for each slot that becomes non-zero, as the next fork's rules of geth 1.17.10 have it. They`,
    "price the bytes of new code as well, which is not in the column: it concerns Factory.deploy.",
    "",
    table(["call", "bytes", "brotli", "gas", "new slots", "gas tomorrow"], callRows(snapshot)),
    "",
    "## Batches with or without roots",
    "",
    ...breakEven(snapshot),
    "",
    "## updateRewardsBalance by number of non-signers",
    "",
    table(["non-signers", "Osaka", "Prague"], byCount),
    "",
    "## Deployed bytes",
    "",
    `At most ${number(SIZE_LIMIT)} (EIP-170), of which every contract keeps ${number(ROOM)} free.`,
    "",
    table(
      ["contract", "bytes", "free"],
      Object.entries(sizes).map(([name, size]) => [name, number(size), number(SIZE_LIMIT - size)]),
    ),
    "",
  ].join("\n");
}

/** What a slot that becomes non-zero costs, with its access, and what it is to cost. */
const TODAY = 22_100;
const TOMORROW = 111_000;

function callRows(snapshot: Snapshot): string[][] {
  const figures: Partial<Record<string, number>> = { ...snapshot.osaka.firstTry, ...plainOf(snapshot) };
  return Object.entries(snapshot.calls).map(([operation, { bytes, brotli, newSlots }]) => {
    const gas = (figures[operation] ?? NaN) * (operation.startsWith("batch20") ? BATCH : 1);
    const row = [operation, number(bytes), number(brotli)];
    if (Number.isNaN(gas)) return [...row, "", number(newSlots), ""];
    return [...row, number(gas), number(newSlots), number(gas + newSlots * (TOMORROW - TODAY))];
  });
}

function plainOf(snapshot: Snapshot): PlainFigures {
  return Object.fromEntries(PLAIN.map((key) => [key, snapshot[key]])) as PlainFigures;
}

function plainRows(figures: PlainFigures): string[][] {
  return PLAIN.map((key) => {
    const live = LIVE_PLAIN[key];
    const name = PLAIN_NAMES[key];
    if (live === undefined) return [name, number(figures[key]), "not measured", ""];
    const sign = { measured: "", difference: "= ", percentage: "~ " }[live.source];
    const more = figures[key] - live.gas;
    return [name, number(figures[key]), `${sign}${number(live.gas)}`, `${more > 0 ? "+" : ""}${number(more)}`];
  });
}

function dearer(figures: PlainFigures): string[] {
  return PLAIN.filter((key) => figures[key] > (LIVE_PLAIN[key]?.gas ?? Infinity)).map(
    (key) =>
      `- ${PLAIN_NAMES[key]}, ${number(figures[key] - (LIVE_PLAIN[key]?.gas ?? 0))}: ${DEARER[key] ?? "unexplained"}`,
  );
}

/** From which price of a compressed byte on roots are not worth their bytes. */
function breakEven({ osaka, prague, calls }: Snapshot): string[] {
  const withRoots = calls["batch20New"]?.brotli ?? 0;
  const lean = calls["batch20LeanNew"]?.brotli ?? 0;
  const bytes = (withRoots - lean) / BATCH;
  const row = (name: string, figures: Figures) => {
    const saved = figures.batch20LeanNew - figures.batch20New;
    return [
      name,
      number(figures.batch20New),
      number(figures.batch20LeanNew),
      number(saved),
      (saved / bytes).toFixed(1),
      (saved / bytes / 16).toFixed(2),
    ];
  };
  return [
    `A batch of ${BATCH} takes ${(withRoots / BATCH).toFixed(1)} compressed bytes a recipient with roots and ${(lean / BATCH).toFixed(1)} without, signature and all. Roots save`,
    "gas and cost bytes: they pay where a compressed byte costs less than the break-even, in L2 gas. NodeInterface's",
    "`gasEstimateL1Component` gives the L2 gas that a call's bytes cost there and then, 16 units a compressed byte; the break-even a unit is",
    "the last column. Entries without their padding would take 3 bytes and 144 gas a recipient less, and do not pay for a second entry.",
    "",
    table(
      ["per new recipient", "with roots", "without", "saved", "gas a byte", "gas a unit"],
      [
        row("Osaka, first try", osaka.firstTry),
        row("Osaka, mean", osaka.mean),
        row("Prague, first try", prague.firstTry),
        row("Prague, mean", prague.mean),
      ],
    ),
  ];
}

/** A table as prettier would set it: the first column to the left, figures to the right. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => (row[i] ?? "").length)));
  const line = (row: string[]) =>
    `| ${widths.map((width, i) => (i === 0 ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
