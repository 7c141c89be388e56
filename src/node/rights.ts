/** When a node may leave by signature, and when it may be liquidated. Pure; `at` is the unix time the right is judged for. */
import type { LedgerNode } from "./ledgerTypes.ts";
import type { ConsensusParams } from "./params.ts";

export type Right = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

const ALLOWED: Right = { allowed: true };
const refused = (reason: string): Right => ({ allowed: false, reason });

/** Unix time at which a node that asked to leave is off the network, or null. */
export function unlocksAt(node: LedgerNode, params: ConsensusParams): number | null {
  return node.leaveRequestedAt === null ? null : node.leaveRequestedAt + params.unlockDelay;
}

/** Unix time from which a node may be liquidated, or null: whichever of a missed exit and a deregistration applies. */
export function liquidatableAt(
  node: LedgerNode,
  params: ConsensusParams,
  deregisteredAt: number | null,
): number | null {
  if (deregisteredAt !== null) return deregisteredAt + params.liquidationDelay;
  const unlock = unlocksAt(node, params);
  return unlock === null ? null : unlock + params.exitSigningWindow;
}

/**
 * The network signs an exit from the unlock on, inclusive, to the end of the signing window, exclusive; never for a node that was
 * deregistered.
 */
export function exitRight(
  node: LedgerNode | undefined,
  at: number,
  params: ConsensusParams,
  deregisteredAt: number | null,
): Right {
  if (node === undefined) return refused("the contract holds no such node");
  if (deregisteredAt !== null) return refused("the node was deregistered: it can only be liquidated");
  const unlock = unlocksAt(node, params);
  if (unlock === null) return refused("no exit was requested");
  if (at < unlock) return refused(`the stake unlocks at ${unlock}`);
  const end = unlock + params.exitSigningWindow;
  if (at >= end) return refused(`exits of this node were signed until ${end}: it can only be liquidated`);
  return ALLOWED;
}

/** A liquidation is signed from {@link liquidatableAt} on, inclusive. */
export function liquidationRight(
  node: LedgerNode | undefined,
  at: number,
  params: ConsensusParams,
  deregisteredAt: number | null,
): Right {
  if (node === undefined) return refused("the contract holds no such node");
  const from = liquidatableAt(node, params, deregisteredAt);
  if (from === null) return refused("the node is in good standing");
  return at >= from ? ALLOWED : refused(`the node is liquidatable from ${from} on`);
}
