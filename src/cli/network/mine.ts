import { formatDuration, formatTime } from "../../chain/index.ts";
import type { ConsensusParams } from "../../node/params.ts";
import { PARAMS } from "../../node/params.ts";
import type { NodeView } from "./nodes.ts";
import { EXIT_WAIT_SECONDS } from "./nodes.ts";

/** What an address is to a node. `rewards`: it receives what somebody else's stake earns. */
export type Role = "operator" | "contributor" | "rewards";

/** One node as its owner sees it. Times in unix seconds, amounts in atomic SESH. */
export interface MyNode {
  node: NodeView;
  role: Role;
  /** Of the address itself. */
  stake: bigint;
  stage: Stage;
  /** When the stage ends by itself; undefined for one that does not. */
  until: number | undefined;
  /** What to do next, in a sentence; undefined when there is nothing to do. */
  next: string | undefined;
}

/**
 * Where a node is on its way:
 *
 * - `earning`: nobody asked for its exit
 * - `unlocking`: its exit was requested; it works and earns until it unlocks
 * - `unlocked`: the network signs its exit
 * - `overdue`: the network signs its liquidation and no longer its exit
 * - `free`: anybody may exit it without a signature
 */
export type Stage = "earning" | "unlocking" | "unlocked" | "overdue" | "free";

/** The rules of a preset; those of the live network where the network is not known by name. */
export function rulesOf(networkName: string): ConsensusParams {
  if (networkName === "arbitrumSepolia") return PARAMS.testnet;
  return networkName === "localhost" || networkName === "hardhat" ? PARAMS.devnet : PARAMS.mainnet;
}

/** A contributor with less than this part of the deposit may not request the exit in the first 30 days. */
const SMALL_PART = 4n;

/** The nodes that an address has a part in, the ones that need something first. */
export function minesOf(address: string, nodes: readonly NodeView[], rules: ConsensusParams, now: number): MyNode[] {
  const mine = nodes.flatMap((node) => {
    const stake = node.contributors
      .filter((contributor) => contributor.address === address)
      .reduce((sum, { amount }) => sum + amount, 0n);
    const receives = node.contributors.some(({ beneficiary }) => beneficiary === address);
    if (node.operator !== address && stake === 0n && !receives) return [];
    const role: Role = node.operator === address ? "operator" : stake > 0n ? "contributor" : "rewards";
    const { stage, until } = stageOf(node, rules, now);
    return [{ node, role, stake, stage, until, next: nextOf(node, role, stake, stage, until, now) }];
  });
  const urgency: readonly Stage[] = ["overdue", "unlocked", "free", "unlocking", "earning"];
  return mine.sort((a, b) => urgency.indexOf(a.stage) - urgency.indexOf(b.stage));
}

function stageOf({ exitRequestedAt }: NodeView, rules: ConsensusParams, now: number): { stage: Stage; until?: number } {
  if (exitRequestedAt === 0) return { stage: "earning" };
  const unlocks = exitRequestedAt + rules.unlockDelay;
  const overdue = unlocks + rules.exitSigningWindow;
  const free = exitRequestedAt + EXIT_WAIT_SECONDS;
  if (now >= free) return { stage: "free" };
  if (now < unlocks) return { stage: "unlocking", until: unlocks };
  return now < overdue ? { stage: "unlocked", until: overdue } : { stage: "overdue", until: free };
}

function nextOf(
  { id, addedAt, deposit }: NodeView,
  role: Role,
  stake: bigint,
  stage: Stage,
  until: number | undefined,
  now: number,
): string | undefined {
  const at = until === undefined ? "" : `${formatTime(BigInt(until))} (in ${formatDuration(until - now)})`;
  switch (stage) {
    case "free":
      return `\`exit ${id}\` takes it out, without any signature.`;
    case "unlocked":
      return `\`exit ${id}\` takes it out; until ${at}, then it can be liquidated.`;
    case "overdue":
      return `It can be liquidated, which costs its operator; without a signature \`exit ${id}\` works from ${at}.`;
    case "unlocking":
      return `It unlocks ${at}; keep it running until then.`;
    case "earning": {
      if (role === "rewards") return undefined;
      const small = stake * SMALL_PART < deposit && now < addedAt + EXIT_WAIT_SECONDS;
      return small
        ? `\`exit ${id}\` requests its exit from ${formatTime(BigInt(addedAt + EXIT_WAIT_SECONDS))}; before that only larger contributors may.`
        : undefined;
    }
  }
}
