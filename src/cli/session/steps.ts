import type { Call, SendRecord } from "../../chain/index.ts";
import type { Output } from "../terminal/output.ts";
import { formatBound, formatCost } from "./gas.ts";
import type { Session } from "./session.ts";

/** One transaction of a command. */
export interface Step {
  call: Pick<Call, "what" | "method"> & Partial<Call>;
  /** Sent, or simulated; without one it follows a transaction that is not sent yet. */
  record?: SendRecord;
  /** The most that it can cost, where it is not simulated; wei. */
  bound?: bigint;
}

/** The transactions of a command, a few lines each: what it is, what became of it, gas and cost, where to look at it. */
export function showSteps(steps: readonly Step[], { explorer }: Session, out: Output): void {
  const { colors } = out;
  for (const [index, { call, record, bound }] of steps.entries()) {
    out.line(`  ${colors.dim(`${index + 1}.`)} ${call.what}`);
    if (record === undefined) {
      const most = bound === undefined ? "" : `, at most ${formatBound(bound)} ETH`;
      out.line(`     ${colors.dim(`follows the one before${most}`)}`);
      continue;
    }
    const included = record.status === "included";
    const gas = (record.gasUsed ?? record.gasLimit).toLocaleString("en");
    const facts = included
      ? [`${gas} gas`, `${formatCost(record.cost ?? 0n)} ETH`]
      : [`at most ${gas} gas`, `${formatBound(record.maxCost)} ETH`];
    if (!included && record.l1Gas > 0n) facts.push(`${record.l1Gas.toLocaleString("en")} gas of it for L1 data`);
    const state = included ? colors.green(`included in block ${record.block}`) : colors.yellow("simulated");
    out.line(`     ${[state, ...facts].join(" · ")}`);
    if (record.hash !== undefined)
      out.line(`     ${explorer === undefined ? record.hash : `${explorer}/tx/${record.hash}`}`);
  }
}
