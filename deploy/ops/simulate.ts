import { ethers } from "ethers";
import hre from "hardhat";
import { IMPLEMENTATION_SLOT, readProxy } from "../lib/erc1967.ts";
import type { Overrides, RewardsState } from "./state.ts";
import { nodeReader, readState } from "./state.ts";
import { throughRelay } from "../lib/relay.ts";
import type { EndpointProvider } from "../../src/chain/transport/index.ts";
import { optional } from "../../src/chain/optional.ts";

/** One operation, what it costs under the implementation of now and under the new one (gas; undefined where it reverts). */
export interface GasComparison {
  operation: string;
  before: bigint | undefined;
  after: bigint | undefined;
}

export interface Simulation {
  /** Gas of the deployment of the implementation and of the upgrade itself. */
  deployGas: bigint;
  upgradeGas: bigint;
  gas: GasComparison[];
  /** Differences between the state before and after; must be empty. */
  differences: string[];
}

export interface UpgradePlan {
  proxy: string;
  admin: string;
  /** Owner of the ProxyAdmin. */
  adminOwner: string;
  artifact: string;
  /** Calldata for the proxy after the upgrade, 0x for none. */
  initData: string;
  /** True for a ProxyAdmin of OpenZeppelin 4, which has an `upgrade` without data. */
  oldAdmin: boolean;
  /** An implementation that exists already; left out, the artifact is deployed. */
  existing?: string;
}

/** Calls that anyone may make at any time: their gas is compared before and after. */
const PROBES: Record<string, readonly string[]> = {
  rewards: [
    "function allServiceNodeIDs() view returns (uint64[], (uint256,uint256)[])",
    "function aggregatePubkey() view returns ((uint256,uint256))",
    "function rederiveTotalNodesAndAggregatePubkey()",
  ],
  pool: ["function rewardRate() view returns (uint256)", "function payoutReleased()"],
  factory: ["function stakingRewardsContract() view returns (address)"],
  token: ["function totalSupply() view returns (uint256)"],
};

/**
 * Does the upgrade on a fork of the chain in this process, as the ProxyAdmin's owner; nothing reaches the chain itself. Then asks
 * the chain's own node how everything reads with the new code behind the proxy (state overrides: a fork would fetch every slot of
 * thousands of nodes one by one), and compares the whole state and the gas of calls.
 */
export async function simulateUpgrade(
  provider: EndpointProvider,
  chainId: number,
  kind: string,
  plan: UpgradePlan,
): Promise<Simulation> {
  const block = await provider.getBlockNumber();
  // EDR's own requests have no retries, and may meet a replica without this very block: they go through ours.
  const fork = await throughRelay(provider.transport, (url) => upgradeFork(url, chainId, plan, block), { block });
  const { differences } = fork;
  const overrides: Overrides = {
    [fork.implementation]: { code: fork.code },
    [plan.proxy]: { stateDiff: { [IMPLEMENTATION_SLOT]: ethers.zeroPadValue(fork.implementation, 32) } },
  };
  if (kind === "rewards") {
    const before = await readState(provider, plan.proxy, { block });
    differences.push(...compareStates(before, await readState(provider, plan.proxy, { block, overrides })));
  }
  const [before, after] = await Promise.all([
    probe(provider, kind, plan.proxy, block),
    probe(provider, kind, plan.proxy, block, overrides),
  ]);
  const gas = before.map(({ operation, gas: used }, index) => ({ operation, before: used, after: after[index]?.gas }));
  return { deployGas: fork.deployGas, upgradeGas: fork.upgradeGas, gas, differences };
}

/** Deployment and upgrade on a fork: their gas, the new code, and what went otherwise than planned. */
async function upgradeFork(url: string, chainId: number, plan: UpgradePlan, blockNumber: number) {
  // The block is named: left to itself, the fork would lie some hundred blocks back.
  const connection = await hre.network.create({
    network: "hardhat",
    chainType: "generic",
    override: { chainId, forking: { url, blockNumber } },
  });
  try {
    const provider = connection.ethers.provider as unknown as ethers.JsonRpcProvider;
    // Blocks of the chain itself would need a history of its hardforks: everything happens on blocks of the fork.
    await provider.send("evm_mine", []);
    await provider.send("hardhat_impersonateAccount", [plan.adminOwner]);
    await provider.send("hardhat_setBalance", [plan.adminOwner, ethers.toQuantity(10n ** 20n)]);
    const owner = await connection.ethers.getSigner(plan.adminOwner);
    let implementation = plan.existing;
    let deployGas = 0n;
    if (implementation === undefined) {
      const factory = await connection.ethers.getContractFactory(plan.artifact, owner);
      const deployed = await factory.deploy();
      implementation = await deployed.getAddress();
      deployGas = (await deployed.deploymentTransaction()?.wait())?.gasUsed ?? 0n;
    }
    const { data } = upgradeCall(plan, implementation);
    const receipt = await (await owner.sendTransaction({ to: plan.admin, data })).wait();
    const now = await readProxy(provider, plan.proxy);
    const differences = now.implementation === implementation ? [] : [`the implementation is ${now.implementation}`];
    const code = await provider.getCode(implementation);
    return { implementation, code, deployGas, upgradeGas: receipt?.gasUsed ?? 0n, differences };
  } finally {
    await connection.close();
  }
}

/** The ProxyAdmin's call for an upgrade. */
export function upgradeCall(plan: UpgradePlan, implementation: string): { data: string; method: string } {
  const iface = new ethers.Interface([
    "function upgradeAndCall(address proxy, address implementation, bytes data) payable",
    "function upgrade(address proxy, address implementation)",
  ]);
  if (plan.oldAdmin && plan.initData === "0x") {
    return { data: iface.encodeFunctionData("upgrade", [plan.proxy, implementation]), method: "upgrade" };
  }
  return {
    data: iface.encodeFunctionData("upgradeAndCall", [plan.proxy, implementation, plan.initData]),
    method: "upgradeAndCall",
  };
}

/** What differs between two states, apart from the implementation; empty when nothing does. */
export function compareStates(before: RewardsState, after: RewardsState): string[] {
  const differences: string[] = [];
  const compare = (where: string, a: unknown, b: unknown) => {
    const [x, y] = [text(a), text(b)];
    if (x !== y) differences.push(`${where}: ${x.slice(0, 200)} before, ${y.slice(0, 200)} after`);
  };
  compare("admin", before.admin, after.admin);
  for (const name of Object.keys(before.values)) compare(name, before.values[name], after.values[name]);
  compare("number of nodes listed", before.nodes.length, after.nodes.length);
  before.nodes.forEach((node, index) => compare(`node ${node.id}`, node, after.nodes[index]));
  const accounts = new Set([...Object.keys(before.recipients), ...Object.keys(after.recipients)]);
  for (const account of accounts) {
    compare(`recipient ${account}`, before.recipients[account], after.recipients[account]);
  }
  return differences;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item)) ?? "nothing";
}

/** Gas of the calls that anyone may make at any time; undefined where one reverts. */
export async function probe(
  provider: ethers.JsonRpcProvider,
  kind: string,
  proxy: string,
  block: number,
  overrides: Overrides = {},
): Promise<{ operation: string; gas: bigint | undefined }[]> {
  const reader = await nodeReader(provider, block, overrides);
  const results: { operation: string; gas: bigint | undefined }[] = [];
  for (const signature of PROBES[kind] ?? []) {
    const iface = new ethers.Interface([signature]);
    const fragment = iface.fragments[0] as ethers.FunctionFragment;
    const gas = await optional(reader.gasOf(proxy, iface.encodeFunctionData(fragment)), provider, proxy);
    results.push({ operation: `${fragment.name}()`, gas: gas === 0n ? undefined : gas });
  }
  return results;
}
