import { formatSesh, formatTime, toJson } from "../../chain/index.ts";
import type { Colors } from "../../settings/colors.ts";
import type { ClaimReport } from "./claim.ts";
import type { Signed } from "../session/signed.ts";
import { countReasons } from "../session/source.ts";

/** The report for people, name and value. */
export function claimFields(report: ClaimReport, pc: Colors): [name: string, value: string][] {
  const { before, collected } = report;
  const sesh = (amount: bigint) => `${formatSesh(amount)} SESH`;
  const rows: [string, string][] = [
    ["recipient", report.recipient],
    ["wallet", sesh(before.balance)],
    [
      "lifetime rewards",
      `${sesh(report.lifetime)}${report.lifetime === before.recorded ? " (recorded)" : ` (recorded: ${formatSesh(before.recorded)})`}`,
    ],
    ["claimed so far", sesh(before.claimed)],
    ["claimable", pc.bold(sesh(report.claimable))],
    [
      "cap left in cycle",
      `${sesh(before.capLeft)} of ${formatSesh(before.cap)}, until ${formatTime(before.cycleEnds)}`,
    ],
  ];
  if (collected) {
    const { length: nodes } = collected.set.nodes;
    rows.push(["signers", `${collected.signers.length} of ${nodes} at block ${collected.set.block}`]);
    if (collected.nonSigners.length > 0) rows.push(["non-signers", reasons(collected.nonSigners)]);
    for (const bad of collected.badNodes) {
      rows.push(["bad node", pc.red(`${bad.id === undefined ? "" : `${bad.id} `}${bad.url}: ${bad.reason}`)]);
    }
  }
  if (report.collectError) rows.push(["no signature", pc.yellow(report.collectError.message)]);
  if (report.path !== "nothing") rows.push(["this claim pays", sesh(report.amount)]);
  return rows;
}

/** What came of it, in a sentence. */
export function claimVerdict(report: ClaimReport, minimum: bigint | undefined, pc: Colors): string {
  if (report.status === "nothing-to-claim") return "There is nothing to claim.";
  if (report.status === "below-minimum") {
    return `${formatSesh(report.amount)} SESH can be claimed now, less than --min-amount ${formatSesh(minimum ?? 0n)}: nothing was sent.`;
  }
  if (report.status !== "claimed") return "";
  return pc.green(
    `Claimed ${formatSesh(report.amount)} SESH. In the wallet now: ${formatSesh(report.balanceAfter ?? 0n)} SESH.`,
  );
}

/** The report for programs: one object, integers as decimal strings. */
export function claimJson(report: ClaimReport): unknown {
  const { collected, collectError, ...rest } = report;
  return toJson({
    ...rest,
    ...(collected ? { collected: collected.toJSON() } : {}),
    ...(collectError ? { collectError: { code: collectError.code, message: collectError.message } } : {}),
  });
}

/** `2 refused (ids 7, 9), 1 timeout (id 12)` */
function reasons(nonSigners: Signed["nonSigners"]): string {
  return countReasons(nonSigners)
    .map(([reason]) => {
      const nodes = nonSigners.filter((node) => node.reason === reason);
      const ids = nodes.slice(0, 8).map((node) => node.id);
      return `${nodes.length} ${reason} (${ids.join(", ")}${nodes.length > 8 ? ", …" : ""})`;
    })
    .join("; ");
}
