import { ethers } from "ethers";
import hre from "hardhat";
import { INITIALIZABLE_SLOT, readProxy } from "../lib/erc1967.ts";

/** The code of {@link NodeReader} lies here for the length of a call. */
const READER = "0x00000000000000000000000000000000005E5588";

/** Nodes and recipients read in one call; each node costs about 60,000 gas of an `eth_call`, which nodes cap at 50 M. */
const NODES_A_CALL = 400;
const RECIPIENTS_A_CALL = 4_000;
const LOG_RANGE = 100_000;

export interface NodeState {
  id: bigint;
  next: bigint;
  prev: bigint;
  operator: string;
  blsPubkey: { X: bigint; Y: bigint };
  addedTimestamp: bigint;
  leaveRequestTimestamp: bigint;
  latestLeaveRequestTimestamp: bigint;
  deposit: bigint;
  ed25519Pubkey: bigint;
  contributors: { addr: string; beneficiary: string; stakedAmount: bigint }[];
}

/** Everything a rewards contract holds, at one block. */
export interface RewardsState {
  address: string;
  block: number;
  implementation: string;
  admin: string;
  initialized: bigint;
  /** Every getter without arguments, by name. */
  values: Record<string, unknown>;
  nodes: NodeState[];
  recipients: Record<string, { rewards: bigint; claimed: bigint }>;
  /** Calls that it took. */
  calls: number;
}

/** Code and slots that an `eth_call` sees instead of the chain's own. */
export type Overrides = Record<string, { code?: string; stateDiff?: Record<string, string> }>;

/** Getters without arguments that belong to the state, as far as a contract has them. */
const GETTERS = [
  "owner",
  "pendingOwner",
  "paused",
  "isStarted",
  "designatedToken",
  "foundationPool",
  "nextServiceNodeID",
  "totalNodes",
  "blsNonSignerThreshold",
  "blsNonSignerThresholdMax",
  "signatureExpiry",
  "proofOfPossessionTag",
  "rewardTag",
  "exitTag",
  "liquidateTag",
  "hashToG2Tag",
  "stakingRequirement",
  "maxContributors",
  "liquidatorRewardRatio",
  "poolShareOfLiquidationRatio",
  "recipientRatio",
  "aggregatePubkey",
  "lastHeightPubkeyWasAggregated",
  "numPubkeyAggregationsForHeight",
  "claimThreshold",
  "claimCycle",
  "currentClaimTotal",
  "currentClaimCycle",
] as const;

/**
 * Reads the whole state of a rewards contract (ours or the live one) at one block, in a handful of calls: 400 nodes a call by
 * code that is put at an unused address for the call's length.
 *
 * `more` names recipients to read besides those that the contributors and the events name; with `overrides` the state is read as
 * if an upgrade had happened.
 */
export async function readState(
  provider: ethers.JsonRpcProvider,
  address: string,
  options: { block?: number; fromBlock?: number; more?: Iterable<string>; overrides?: Overrides } = {},
): Promise<RewardsState> {
  const block = options.block ?? (await provider.getBlockNumber());
  const { abi } = await hre.artifacts.readArtifact("ServiceNodeRewards");
  const reader = await nodeReader(provider, block, options.overrides);
  const iface = new ethers.Interface(abi as ethers.InterfaceAbi);
  const ask = (name: string) => reader.ask(iface, address, name, []);
  let calls = 0;

  const values: Record<string, unknown> = {};
  await Promise.all(
    GETTERS.map(async (name) => {
      calls++;
      const result = await ask(name);
      values[name] = plain(result[0]);
    }),
  );
  const listed = await ask("allServiceNodeIDs");
  calls++;
  const { implementation, admin } = await readProxy(provider, address, block);
  const initialized = BigInt(await provider.getStorage(address, INITIALIZABLE_SLOT, block)) & (2n ** 64n - 1n);
  calls += 3;

  const nodes: NodeState[] = [];
  for (const ids of chunks([...(listed[0] as bigint[])], NODES_A_CALL)) {
    nodes.push(...(await reader.nodes(address, ids)).map((node, index) => nodeState(ids[index] ?? 0n, node)));
    calls++;
  }

  const accounts = new Set<string>(options.more ?? []);
  for (const node of nodes) {
    for (const { addr, beneficiary } of node.contributors) accounts.add(addr).add(beneficiary);
  }
  for (const [from, to] of ranges(options.fromBlock ?? 0, block)) {
    const logs = await provider.getLogs({
      address,
      fromBlock: from,
      toBlock: to,
      topics: [ethers.id("RewardsBalanceUpdated(address,uint256,uint256)")],
    });
    calls++;
    for (const { topics } of logs) accounts.add(ethers.getAddress(ethers.dataSlice(topics[1] ?? "0x", 12)));
  }
  const recipients: RewardsState["recipients"] = {};
  for (const some of chunks([...accounts].sort(), RECIPIENTS_A_CALL)) {
    (await reader.recipients(address, some)).forEach(({ rewards, claimed }, index) => {
      if (rewards !== 0n || claimed !== 0n) recipients[some[index] ?? ""] = { rewards, claimed };
    });
    calls++;
  }
  return { address, block, implementation, admin, initialized, values, nodes, recipients, calls };
}

/** A node as the contract has it: it names no id of its own, and stakers as they stand in a contribution. */
type RawNode = Omit<NodeState, "id" | "contributors"> & {
  contributors: { staker: { addr: string; beneficiary: string }; stakedAmount: bigint }[];
};

function nodeState(id: bigint, node: RawNode): NodeState {
  return {
    id,
    next: node.next,
    prev: node.prev,
    operator: node.operator,
    blsPubkey: { X: node.blsPubkey.X, Y: node.blsPubkey.Y },
    addedTimestamp: node.addedTimestamp,
    leaveRequestTimestamp: node.leaveRequestTimestamp,
    latestLeaveRequestTimestamp: node.latestLeaveRequestTimestamp,
    deposit: node.deposit,
    ed25519Pubkey: node.ed25519Pubkey,
    contributors: node.contributors.map(({ staker, stakedAmount }) => ({
      addr: staker.addr,
      beneficiary: staker.beneficiary,
      stakedAmount,
    })),
  };
}

/** A reader at one block, on the state as it is or, with overrides, as it would be. */
export async function nodeReader(provider: ethers.JsonRpcProvider, block: number, overrides: Overrides = {}) {
  const { abi, deployedBytecode } = await hre.artifacts.readArtifact("NodeReader");
  const own = new ethers.Interface(abi as ethers.InterfaceAbi);
  const all = { ...overrides, [READER]: { code: deployedBytecode } };
  const ask = async (iface: ethers.Interface, to: string, method: string, args: unknown[]): Promise<ethers.Result> => {
    const call = { to, data: iface.encodeFunctionData(method, args) };
    const answer = (await provider.send("eth_call", [call, ethers.toQuantity(block), all])) as string;
    return iface.decodeFunctionResult(method, answer);
  };
  const one = async (method: string, args: unknown[]): Promise<unknown> => (await ask(own, READER, method, args))[0];
  return {
    ask,
    nodes: (rewards: string, ids: readonly bigint[]) => one("nodes", [rewards, ids]) as Promise<RawNode[]>,
    recipients: (rewards: string, accounts: readonly string[]) =>
      one("recipients", [rewards, accounts]) as Promise<{ rewards: bigint; claimed: bigint }[]>,
    /** Gas of a call from nobody in particular; 0 when it reverts. */
    gasOf: (target: string, data: string) => one("gasOf", [target, data]) as Promise<bigint>,
  };
}

function plain(value: unknown): unknown {
  return value instanceof ethers.Result ? value.toObject() : value;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let at = 0; at < list.length; at += size) result.push(list.slice(at, at + size));
  return result;
}

function ranges(from: number, to: number): [number, number][] {
  const result: [number, number][] = [];
  for (let at = from; at <= to; at += LOG_RANGE) result.push([at, Math.min(to, at + LOG_RANGE - 1)]);
  return result;
}
