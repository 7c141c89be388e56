import { readNodeSet } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { NodeView } from "../network/nodes.ts";
import type { Output } from "../terminal/output.ts";
import type { Sender, Step } from "../session/sending.ts";
import type { Session } from "../session/session.ts";
import type { Signed } from "../session/signed.ts";
import { countReasons } from "../session/source.ts";
import type { Source } from "../session/source.ts";

/** What a signed exit or liquidation came to. */
export interface Departed {
  signed: Signed;
  step: Step;
}

/** Has the network sign the departure of a node, and sends it. */
export async function depart(
  kind: "exit" | "liquidate",
  node: Pick<NodeView, "id" | "blsPubkey" | "ed25519Pubkey">,
  source: Source,
  sender: Sender,
  session: Session,
): Promise<Departed> {
  const timestamp = await chainTime(session);
  const { blsPubkey, ed25519Pubkey } = node;
  const signed = await source.collect({ kind, blsPubkey, ed25519Pubkey, timestamp }, `${kind} ${node.id}`);
  const submitted = await signed.submit({
    ...sender.options(),
    readSet: (previous) => readNodeSet(session.rewards, previous ? { previous } : {}),
  });
  const step = sender.add({ call: submitted.call, record: submitted.record });
  return { signed: submitted.signed, step };
}

/**
 * The time for a message that the contract and the nodes compare with theirs: the newest block's. Local chains move their clocks; on
 * a live one it is seconds behind the wall clock at most.
 */
export async function chainTime(session: Session): Promise<number> {
  const block = await session.provider.getBlock("latest");
  if (!block) throw new CliError("chain", "The endpoint does not give its newest block.");
  return block.timestamp;
}

/** Who signed, in one line, and what kept the others from it. */
export function signersLine(signed: Signed, out: Output): string {
  const { signers, nonSigners, badNodes, set } = signed;
  const reasons = countReasons(nonSigners).map(([reason, count]) => `${count} ${reason}`);
  const text = `${signers.length} of ${set.nodes.length}`;
  const silent = reasons.length > 0 ? out.colors.dim(` (${reasons.join(", ")})`) : "";
  return badNodes.length > 0 ? `${text}${silent}, ${out.colors.red(`${badNodes.length} wrong`)}` : `${text}${silent}`;
}
