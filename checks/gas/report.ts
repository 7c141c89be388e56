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
    ...firstNonSigner(snapshot),
    "",
    "## Calldata, new slots, and the next fork",
    "",
    "Bytes of the call, and after brotli at level 1, for which a sender on Arbitrum pays; a batch as a whole. The last column is computed, not",
    `measured: the gas, and ${number(TOMORROW - TODAY)} more for each slot that becomes non-zero (counted in the trace), which costs ${number(TODAY)} now and some ${number(TOMORROW)} under`,
    "the next fork's rules as geth 1.17.10 has them. They price the bytes of new code as well, which is not in the column: it concerns",
    "Factory.deploy.",
    "",
    table(["call", "bytes", "brotli", "gas", "new slots", "next fork"], callRows(snapshot)),
    "",
    ...NEW_SLOTS,
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

/** Where the new slots are, and which could be saved. */
const NEW_SLOTS = [
  "Which of them could be saved:",
  "",
  "- addBLSPublicKey and seeding: the record of a node, three slots a contributor, both key maps. Their places are live's (storage-layout.json), and an upgrade in place needs them there: none.",
  "- updateRewardsBalance: the figure itself. First claim: what is claimed, total and number of the cycle, the recipient's balance of the token. All live's layout: none. A later claim makes none.",
  "- Factory.deploy: two slots in the factory (live's layout), and in the clone the BLS key (2), its proof (4), the Ed25519 key and the node's signature (the ABI gives all of them back: blsPubkey, blsSignature, serviceNodeParams), which no packing makes fewer. What was fixed at birth is in the clone's code and takes no slot.",
  "- contributeFunds: two slots a contributor, address with amount and beneficiary with time, and one of the contract's balance for the first: packed already; a beneficiary that is the payer could be left out, for a slot less where nobody names another, and some 300 gas more on each reading of the books.",
];

/** What a slot that becomes non-zero costs, with its access, and what it is to cost. */
const TODAY = 22_100;
const TOMORROW = 111_000;

function callRows(snapshot: Snapshot): string[][] {
  const figures: Partial<Record<string, number>> = { ...snapshot.osaka.firstTry, ...plainOf(snapshot) };
  return Object.entries(snapshot.calls).map(([operation, { bytes, brotli, newSlots }]) => {
    const count = /, (\d+) non-signers$/.exec(operation)?.[1];
    const figure = count === undefined ? figures[operation] : snapshot.osaka.nonSigners[count];
    const gas = (figure ?? NaN) * (operation.startsWith("batch20") ? BATCH : 1);
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

/** The one marginal figure above live's. */
function firstNonSigner({ osaka }: Snapshot): string[] {
  const first = (osaka.nonSigners["1"] ?? 0) - (osaka.nonSigners["0"] ?? 0);
  const live = LIVE.perNonSigner ?? 0;
  return [
    `- the first non-signer, ${number(first - live)} of an updateRewardsBalance that takes a quarter of live's gas: the threshold is a slot that live reads`,
    "  for every signature, and this code only where somebody is missing. Each further one takes less than live's. 12 gas of each look whether",
    "  the precompile took the key (H2: an older version may have let it in unreduced).",
  ];
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
    "",
    `The target of 56,000 gas a new recipient without roots holds for a message whose first try is on the curve (${number(osaka.firstTry.batch20LeanNew)}), and under`,
    `Prague's prices for the mean (${number(prague.mean.batch20LeanNew)}); under Osaka's the mean over the 16 messages is ${number(osaka.mean.batch20LeanNew)}. Tries are geometric, one in two fails, and whether one`,
    "fails is whether a norm is a square: an exponentiation, 4,048 gas since EIP-7883, beside the hash that it is about. A Jacobi symbol in EVM",
    "code takes many times that. One failing try a message, the expectation, thus puts the mean some 4,000 above the first try, and 56,000",
    "would need a first try of 52,000. The way round it is the batch with roots, which proves a failing try with a multiplication.",
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
