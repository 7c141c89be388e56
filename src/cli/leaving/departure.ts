import { parseCall, readNodeSet } from "../../chain/index.ts";
import type { Call, SendOptions, SendRecord } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import type { NodeView } from "../network/nodes.ts";
import type { Output } from "../terminal/output.ts";
import type { Session } from "../session/session.ts";
import type { Signed } from "../session/signed.ts";
import { countReasons } from "../session/source.ts";
import type { Source } from "../session/source.ts";

/** A departure that the network has signed. */
export interface Departure {
  node: Pick<NodeView, "id" | "blsPubkey">;
  signed: Signed;
  makeCall: (signed: Signed) => Call;
}

/** Has the network sign the departure of a node. The contract takes the signature for a while only. */
export async function askToSign(
  kind: "exit" | "liquidate",
  node: Pick<NodeView, "id" | "blsPubkey" | "ed25519Pubkey">,
  source: Source,
  session: Session,
): Promise<Departure> {
  const [timestamp, expiry] = await Promise.all([chainTime(session), session.rewards.signatureExpiry()]);
  const { blsPubkey, ed25519Pubkey } = node;
  const signed = await source.collect({ kind, blsPubkey, ed25519Pubkey, timestamp }, `${kind} ${node.id}`);
  const makeCall = (current: Signed): Call => {
    const call = current.call();
    // A daemon signs for a time of its own: it is in the call.
    const stamped = Number(parseCall(call.data)?.values[1] ?? timestamp);
    return { ...call, what: `${kind} node ${node.id}`, validUntil: stamped + Number(expiry) };
  };
  return { node, signed, makeCall };
}

/** Sends a departure, or simulates it: after looking whether the contract's nodes are still those that signed. */
export async function depart(
  { signed, makeCall }: Departure,
  options: SendOptions,
  session: Session,
): Promise<{ signed: Signed; call: Call; record: SendRecord }> {
  return signed.submit({
    ...options,
    makeCall,
    readSet: (previous) => readNodeSet(session.rewards, previous ? { previous } : {}),
  });
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
