import type { G1Params } from "../../bls/index.ts";
import type { ContributorStruct, RewardsContract, ServiceNodeStruct } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";

/** 30 days after the first request anybody may exit a node without a signature (a constant of the contract). */
export const EXIT_WAIT_SECONDS = 2_592_000;

/** A node as the commands show it. Times in unix seconds. */
export interface NodeView {
  id: bigint;
  state: NodeState;
  operator: string;
  /** 0x and 128 hex digits. */
  blsPubkey: string;
  key: G1Params;
  /** 0x and 64 hex digits. */
  ed25519Pubkey: string;
  /** Atomic SESH. */
  deposit: bigint;
  contributors: { address: string; beneficiary: string; amount: bigint }[];
  addedAt: number;
  /** First exit request; 0 without one. */
  exitRequestedAt: number;
}

/**
 * What the contract knows of a node's life:
 *
 * - `active`: no exit requested
 * - `leaving`: exit requested, less than 30 days ago
 * - `free`: 30 days after the request: anybody may exit it without a signature
 */
export type NodeState = "active" | "leaving" | "free";

export const NODE_STATES: readonly NodeState[] = ["active", "leaving", "free"];

function nodeState(exitRequestedAt: number, now: number): NodeState {
  if (exitRequestedAt === 0) return "active";
  return now >= exitRequestedAt + EXIT_WAIT_SECONDS ? "free" : "leaving";
}

/** Reads nodes by id at one block, all at once: the transport makes a handful of requests of it. */
export async function readNodes(
  rewards: RewardsContract,
  ids: readonly bigint[],
  block: { number: number; timestamp: number },
  onProgress?: (done: number) => void,
): Promise<NodeView[]> {
  let done = 0;
  return Promise.all(
    ids.map(async (id) => {
      const node = await rewards.serviceNodes(id, { blockTag: block.number });
      onProgress?.(++done);
      return toView(id, node, block.timestamp);
    }),
  );
}

function toView(id: bigint, node: ServiceNodeStruct, now: number): NodeView {
  const exitRequestedAt = Number(node.leaveRequestTimestamp);
  return {
    id,
    state: nodeState(exitRequestedAt, now),
    operator: node.operator,
    key: { X: node.blsPubkey.X, Y: node.blsPubkey.Y },
    blsPubkey: `0x${word(node.blsPubkey.X)}${word(node.blsPubkey.Y)}`,
    ed25519Pubkey: `0x${word(node.ed25519Pubkey)}`,
    deposit: node.deposit,
    contributors: node.contributors.map(({ staker, stakedAmount }: ContributorStruct) => ({
      address: staker.addr,
      beneficiary: BigInt(staker.beneficiary) === 0n ? staker.addr : staker.beneficiary,
      amount: stakedAmount,
    })),
    addedAt: Number(node.addedTimestamp),
    exitRequestedAt,
  };
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

/**
 * Finds a node by its id, its BLS key (128 hex digits) or its Ed25519 key (64).
 *
 * @throws CliError `usage` when the text is none of these, or no such node is registered
 */
export async function findNode(rewards: RewardsContract, text: string): Promise<NodeView> {
  const provider = rewards.runner?.provider;
  const latest = await provider?.getBlock("latest");
  if (!latest) throw new CliError("chain", "The endpoint does not give its newest block.");
  const blockTag = latest.number;
  const hex = text.trim().toLowerCase().replace(/^0x/, "");
  let id: bigint;
  if (/^[0-9a-f]{128}$/.test(hex)) id = await rewards.serviceNodeIDs(`0x${hex}`, { blockTag });
  else if (/^[0-9a-f]{64}$/.test(hex)) id = await rewards.ed25519ToServiceNodeID(BigInt(`0x${hex}`), { blockTag });
  else if (/^[0-9]{1,19}$/.test(text)) id = BigInt(text);
  else {
    throw new CliError(
      "usage",
      `"${text}" names no node.`,
      "Give its id, its BLS key (128 hex digits) or its Ed25519 key (64 hex digits).",
    );
  }
  const [node] = id === 0n ? [] : await readNodes(rewards, [id], latest);
  if (!node || (node.key.X === 0n && node.key.Y === 0n)) {
    throw new CliError(
      "usage",
      `No node ${text} is registered.`,
      "It has left, or never was; `nodes` lists those that are registered.",
    );
  }
  return node;
}
