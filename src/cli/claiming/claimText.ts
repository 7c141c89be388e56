import Table from "cli-table3";
import { formatSesh, formatTime, toJson } from "../../chain/index.ts";
import type { Colors } from "../../settings/colors.ts";
import type { ClaimReport } from "./claim.ts";
import type { Signed } from "../session/signed.ts";
import { countReasons } from "../session/source.ts";

/** The report for people. */
export function claimText(report: ClaimReport, broadcast: boolean, pc: Colors): string {
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
  if (report.calls.length > 0) {
    rows.push(["this claim pays", sesh(report.amount)]);
    rows.push(["transactions", report.calls.map((call) => call.method).join(", then ")]);
    const gas = `${report.estimateIsRough ? "about " : ""}${report.estimatedGas.toLocaleString("en")}`;
    const cost = report.records.reduce((sum, record) => sum + record.gasEstimate * record.maxFeePerGas, 0n);
    rows.push(["estimated gas", `${gas} (at most ${formatEther(cost)} ETH)`]);
  }
  for (const record of report.records) {
    if (record.hash)
      rows.push([
        record.method,
        `${record.hash} in block ${record.block}, ${record.gasUsed?.toLocaleString("en")} gas`,
      ]);
  }
  if (report.balanceAfter !== undefined) rows.push(["wallet now", pc.green(sesh(report.balanceAfter))]);

  const table = new Table({ chars: PLAIN, style: { "padding-left": 0, "padding-right": 2 } });
  for (const [name, value] of rows) table.push([pc.dim(name), value]);
  return `${table.toString()}\n\n${verdict(report, broadcast, pc)}`;
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

function verdict(report: ClaimReport, broadcast: boolean, pc: Colors): string {
  if (report.status === "nothing-to-claim") return "There is nothing to claim.";
  if (report.status === "claimed") return pc.green(`Claimed ${formatSesh(report.amount)} SESH.`);
  return broadcast ? "" : "Dry run: simulated, nothing was sent. Add --broadcast to send it.";
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

function formatEther(wei: bigint): string {
  return (Number(wei / 1_000_000_000n) / 1e9).toFixed(9).replace(/0+$/, "").replace(/\.$/, "");
}

const PLAIN = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
