import { presetOfChain } from "../../chain/index.ts";
import { PARAMS } from "../../node/index.ts";
import type { ConsensusParams } from "../../node/index.ts";
import type { NodeStage } from "../api/index.ts";
import type { NodeFacts } from "../index/index.ts";

/** Constants of the contract: from the request to the exit without a signature, and until small contributors may request one. */
export const EXIT_WAIT_SECONDS = 2_592_000;
export const SMALL_CONTRIBUTOR_SECONDS = 2_592_000;

/** The rules of a chain's network, and its name. Chains that are no live network's run by those of the local one. */
export function rulesOf(chainId: bigint): { nettype: "mainnet" | "testnet" | "devnet"; rules: ConsensusParams } {
  const name = presetOfChain(chainId)?.name;
  const nettype = name === "arbitrum" ? "mainnet" : name === "arbitrumSepolia" ? "testnet" : "devnet";
  return { nettype, rules: PARAMS[nettype] };
}

/** What the nodes say of one of theirs that left the network and not the contract. */
export interface DepartingWord {
  type: "exit" | "deregister";
  height: number;
  liquidationHeight: number;
}

/** Where a node of the contract is on its way, at a time of the chain (unix seconds). */
export function stageOf(node: NodeFacts, rules: ConsensusParams, now: number, word?: DepartingWord): NodeStage {
  if (word?.type === "deregister") return "deregistered";
  if (node.leaveAt === 0) return "active";
  if (now >= node.leaveAt + EXIT_WAIT_SECONDS) return "free";
  const unlocks = node.leaveAt + rules.unlockDelay;
  if (now < unlocks) return "unlocking";
  return now < unlocks + rules.exitSigningWindow ? "unlocked" : "overdue";
}

/** Whether the network pays it: registered, neither unlocked nor deregistered. */
export function isActive(stage: NodeStage): boolean {
  return stage === "active" || stage === "unlocking";
}
