import type { Hex, PublicKey } from "../bls/index.ts";
import { aggregatePublicKeys, publicKeyFromParams, publicKeyToHex } from "../bls/index.ts";
import type { RewardsContract } from "./contracts.ts";
import { ChainError } from "./errors.ts";

/** One registered node. */
export interface NodeEntry {
  id: bigint;
  publicKey: PublicKey;
  /** The key as 0x and 128 lower-case hex digits. */
  hex: Hex;
}

/** The contract's nodes at one block. */
export interface NodeSet {
  /** The block at which everything here was read. */
  block: number;
  /** Timestamp of that block, unix seconds. */
  timestamp: number;
  /** In the contract's order. */
  nodes: readonly NodeEntry[];
  byKey: ReadonlyMap<string, NodeEntry>;
  /** The contract's own aggregate key; it equals the sum of the nodes' keys (checked). */
  aggregatePublicKey: PublicKey;
  /** How many ids a call may list as non-signers, at most. */
  nonSignerThreshold: number;
}

/** How {@link readNodeSet} reads. */
export interface ReadOptions {
  /** Block number to pin; the newest when left out. */
  block?: number;
  /** Parsed keys of an earlier read: only new keys are parsed again. */
  previous?: NodeSet;
}

/** Ids asked for in one request when the list does not fit one call. */
const PAGE = 100;

/**
 * Reads the node set at one pinned block, and checks that what came is of one piece: as many nodes as the contract counts, and
 * their keys add up to its aggregate key. An endpoint that mixes blocks, lags in parts or lies about a key fails here and not
 * after a collection.
 *
 * @throws ChainError `inconsistent-set`
 */
export async function readNodeSet(rewards: RewardsContract, options: ReadOptions = {}): Promise<NodeSet> {
  const provider = rewards.runner?.provider;
  if (!provider) throw new ChainError("no-provider", "The rewards contract needs a provider to read from.");
  const block = options.block ?? (await provider.getBlockNumber());
  const pinned = { blockTag: block };

  const [listed, aggregate, total, threshold, header] = await Promise.all([
    listNodes(rewards, block),
    rewards.aggregatePubkey(pinned),
    rewards.totalNodes(pinned),
    rewards.blsNonSignerThreshold(pinned),
    provider.getBlock(block),
  ]);
  if (!header) throw new ChainError("unknown-block", `The endpoint does not know block ${block} yet.`, { block });

  const nodes: NodeEntry[] = listed.map(({ id, key }) => {
    const hex = keyHex(key.X, key.Y);
    return { id, hex, publicKey: options.previous?.byKey.get(hex)?.publicKey ?? publicKeyFromParams(key) };
  });
  if (BigInt(nodes.length) !== total) {
    throw inconsistent(block, `it lists ${nodes.length} nodes and counts ${total}`);
  }
  const sum = aggregatePublicKeys(nodes.map((node) => node.publicKey));
  const expected = keyHex(aggregate.X, aggregate.Y);
  // The sum of no keys is infinity, which the contract keeps as zeros.
  const actual = sum.is0() ? keyHex(0n, 0n) : publicKeyToHex(sum);
  if (actual !== expected) throw inconsistent(block, "the keys do not add up to its aggregate key");

  return {
    block,
    timestamp: header.timestamp,
    nodes,
    byKey: new Map(nodes.map((node) => [node.hex, node])),
    aggregatePublicKey: sum,
    nonSignerThreshold: Number(threshold),
  };
}

/** Whether both sets have the same nodes: an aggregate for one is then good for the other. */
export function sameNodes(a: NodeSet, b: NodeSet): boolean {
  return a.nodes.length === b.nodes.length && a.nodes.every((node) => b.byKey.get(node.hex)?.id === node.id);
}

function inconsistent(block: number, why: string): ChainError {
  return new ChainError("inconsistent-set", `The node set at block ${block} is not of one piece: ${why}.`, { block });
}

function keyHex(x: bigint, y: bigint): Hex {
  return `0x${x.toString(16).padStart(64, "0")}${y.toString(16).padStart(64, "0")}`;
}

interface Listed {
  id: bigint;
  key: { X: bigint; Y: bigint };
}

/**
 * All nodes in one call; where that exceeds what the endpoint computes in one call, node by node in pages (the ids from 1 on:
 * works on every contract of this ABI).
 */
async function listNodes(rewards: RewardsContract, block: number): Promise<Listed[]> {
  try {
    const { ids, pubkeys } = await rewards.allServiceNodeIDs({ blockTag: block });
    return ids.map((id, i) => ({ id, key: pubkeys[i] as Listed["key"] }));
  } catch (error) {
    if (!isTooLarge(error)) throw error;
  }
  const end = await rewards.nextServiceNodeID({ blockTag: block });
  const found: Listed[] = [];
  for (let first = 1n; first < end; first += BigInt(PAGE)) {
    const ids = Array.from({ length: PAGE }, (_, i) => first + BigInt(i)).filter((id) => id < end);
    const page = await Promise.all(ids.map((id) => rewards.serviceNodes(id, { blockTag: block })));
    page.forEach((node, i) => {
      if (node.blsPubkey.X !== 0n || node.blsPubkey.Y !== 0n) found.push({ id: ids[i] as bigint, key: node.blsPubkey });
    });
  }
  return found;
}

function isTooLarge(error: unknown): boolean {
  const text = `${(error as Error).message} ${JSON.stringify((error as { info?: unknown }).info ?? "")}`;
  return /out of gas|gas (limit|cap)|exceeds|too large|response size|timeout|timed out/i.test(text);
}
