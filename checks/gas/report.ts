import type { Figures, Measurement } from "./measure.ts";

/** The committed snapshot: first-try figures under Osaka on top, as `--json` prints them. */
export interface Snapshot extends Figures {
  osaka: Measurement;
  prague: Measurement;
  /** Deployed bytes of every contract of the system. */
  sizes: Record<string, number>;
}

/** EIP-170. */
export const SIZE_LIMIT = 24_576;

/** What the live contracts take, first try, through the proxy, Osaka prices. */
const LIVE: Partial<Record<keyof Figures, number>> = {
  hashToG2: 845_000,
  updateRewardsBalance: 1_041_340,
  perNonSigner: 5_430,
  batch20New: 1_041_340,
  batch20Known: 1_041_340,
  addBLSPublicKey: 1_462_603,
  exitBLSPublicKeyWithSignature: 1_102_459,
  liquidateBLSPublicKeyWithSignature: 1_154_258,
  factoryDeploy: 3_006_966,
};

const NAMES: Record<keyof Figures, string> = {
  hashToG2: "hash to G2 alone",
  updateRewardsBalance: "updateRewardsBalance, new recipient, no non-signer",
  perNonSigner: "each further non-signer",
  batch20New: "updateRewardsBalances of 20, per new recipient",
  batch20Known: "updateRewardsBalances of 20, per known recipient",
  addBLSPublicKey: "addBLSPublicKey, solo",
  exitBLSPublicKeyWithSignature: "exitBLSPublicKeyWithSignature",
  liquidateBLSPublicKeyWithSignature: "liquidateBLSPublicKeyWithSignature",
  updateRewardsBalanceAndClaim: "updateRewardsBalanceAndClaim, new recipient",
  factoryDeploy: "Factory.deploy, a new contribution contract",
  contributeOperator: "contributeFunds, the operator's payment",
  contribute: "contributeFunds, somebody's first payment",
  contributeWithPermit: "contributeFundsWithPermit",
  withdrawContribution: "withdrawContribution",
  contributeAndFinalize: "contributeFunds that fills and registers",
  finalize: "finalize",
};

const number = (value: number): string => value.toLocaleString("en-US");

/** `docs/gas.md`. */
export function markdown(snapshot: Snapshot): string {
  const { osaka, prague, sizes } = snapshot;
  const rows = (Object.keys(NAMES) as (keyof Figures)[]).map((key) => {
    const live = LIVE[key];
    return [
      NAMES[key],
      number(osaka.firstTry[key]),
      live === undefined ? "none" : number(live),
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
    "## updateRewardsBalance by number of non-signers",
    "",
    table(["non-signers", "Osaka", "Prague"], byCount),
    "",
    "## Deployed bytes",
    "",
    `At most ${number(SIZE_LIMIT)} (EIP-170).`,
    "",
    table(
      ["contract", "bytes"],
      Object.entries(sizes).map(([name, size]) => [name, number(size)]),
    ),
    "",
  ].join("\n");
}

/** A table as prettier would set it: the first column to the left, figures to the right. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => (row[i] ?? "").length)));
  const line = (row: string[]) =>
    `| ${widths.map((width, i) => (i === 0 ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
