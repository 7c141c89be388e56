import { ethers } from "ethers";
import hre from "hardhat";
import { EndpointError } from "../../src/chain/transport/index.ts";
import { readInitialized, readProxy } from "./erc1967.ts";
import type { Parameters } from "./parameters.ts";
import { STAKING_SECTIONS } from "./parameters.ts";
import type { Addresses } from "./stages.ts";

/** One thing that was looked at after the fact. */
export interface Check {
  name: string;
  ok: boolean;
  expected: string;
  found: string;
}

/** What a deployment is checked against. */
export interface Expectation {
  chainId: number;
  parameters: Parameters;
  addresses: Addresses;
  /** Owner until the handover is complete. */
  deployer: string;
}

/** Which artifact is behind which name of {@link Addresses}. */
export function artifactOf(name: string, parameters: Parameters): string {
  const testnet = parameters.Devnet !== undefined || parameters.StakingTestnet !== undefined;
  if (name === "pool") return testnet ? "TestnetRewardRatePool" : "RewardRatePool";
  if (name === "rewards") {
    if (parameters.Devnet !== undefined) return "LocalDevnetServiceNodeRewards";
    return testnet ? "TestnetServiceNodeRewards" : "ServiceNodeRewards";
  }
  if (name === "factory") return "ServiceNodeContributionFactory";
  if (name === "token") return parameters.TokenL2 !== undefined ? "SESHL2" : "SESH";
  throw new Error(`no artifact is known for "${name}"`);
}

/** 2^64 - 1: what `_disableInitializers()` leaves in an implementation. */
const NEVER = 2n ** 64n - 1n;

/** Collects checks; one that cannot be made (a call reverts) is one that failed. An endpoint's trouble is none, and ends them all. */
export class Checklist {
  readonly list: Check[] = [];

  async equal(name: string, expected: unknown, read: () => Promise<unknown>): Promise<void> {
    await this.holds(name, String(expected), read, (found) => same(found, expected));
  }

  async holds<T>(name: string, expected: string, read: () => Promise<T>, test: (found: T) => boolean): Promise<void> {
    try {
      const found = await read();
      this.list.push({ name, ok: test(found), expected, found: String(found) });
    } catch (error) {
      if (error instanceof EndpointError) throw error;
      const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
      this.list.push({ name, ok: false, expected, found: `the read failed: ${why.slice(0, 120)}` });
    }
  }
}

function same(found: unknown, expected: unknown): boolean {
  return String(found).toLowerCase() === String(expected).toLowerCase();
}

/** A contract whose functions are looked up by name; reads only. */
export function reader(provider: ethers.Provider, address: string, abi: ethers.InterfaceAbi) {
  const contract = new ethers.Contract(address, abi, provider);
  return (name: string, ...args: unknown[]): Promise<unknown> =>
    contract.getFunction(name)(...args) as Promise<unknown>;
}

/**
 * Everything that a deployment must be once it is done: code, proxies, parameters, wiring, tags, owners.
 * Reads only; works on any deployment whose parameters are known.
 */
export async function checkDeployment(provider: ethers.Provider, expectation: Expectation): Promise<Check[]> {
  const { parameters, addresses } = expectation;
  const checks = new Checklist();
  const section = STAKING_SECTIONS.find((name) => parameters[name] !== undefined);
  const deploysToken = parameters.Token !== undefined || parameters.TokenL2 !== undefined;

  await checks.equal("chain id", expectation.chainId, async () => (await provider.getNetwork()).chainId);
  if (addresses.token !== undefined) await checkToken(checks, provider, expectation, addresses.token, deploysToken);
  if (section !== undefined) {
    const values = parameters[section] ?? {};
    const { pool, rewards, factory, token } = addresses;
    if (pool === undefined || rewards === undefined || factory === undefined || token === undefined) {
      throw new Error("the record does not name token, pool, rewards and factory");
    }
    for (const [name, address] of Object.entries({ pool, rewards, factory })) {
      await checkProxy(checks, provider, name, address, artifactOf(name, parameters));
    }
    await checkPool(checks, provider, pool, { token, rewards });
    await checkRewards(checks, provider, { rewards, pool, token }, expectation.chainId, values);
    await checkFactory(checks, provider, factory, rewards);
    await checkOwners(checks, provider, expectation, { pool, rewards, factory });
  }
  return checks.list;
}

async function checkToken(
  checks: Checklist,
  provider: ethers.Provider,
  { parameters, addresses }: Expectation,
  token: string,
  deployed: boolean,
): Promise<void> {
  const artifact = artifactOf("token", parameters);
  const read = reader(provider, token, (await hre.artifacts.readArtifact(artifact)).abi as ethers.InterfaceAbi);
  await checks.equal("token.decimals", 9n, () => read("decimals"));
  if (!deployed) return;
  const { Token: l1, TokenL2: l2 } = parameters;
  if (l2 !== undefined) {
    await checkProxy(checks, provider, "token", token, artifact);
    await checks.equal("token.l2Gateway", l2["l2Gateway"], () => read("l2Gateway"));
    await checks.equal("token.l1Address", l2["l1Address"], () => read("l1Address"));
  } else if (l1 !== undefined) {
    await checks.equal("token.code", artifact, () => codeOf(provider, token, artifact));
    await checks.equal("token.totalSupply", l1["totalSupply"], () => read("totalSupply"));
    await checks.equal("token.gateway", l1["gateway"], () => read("gateway"));
    await checks.equal("token.router", l1["router"], () => read("router"));
    if (addresses.pool === undefined && l1["genesisReceiver"] !== undefined) {
      await checks.equal("token.balanceOf(genesisReceiver)", l1["totalSupply"], () =>
        read("balanceOf", l1["genesisReceiver"]),
      );
    }
  }
}

async function checkProxy(
  checks: Checklist,
  provider: ethers.Provider,
  name: string,
  proxy: string,
  artifact: string,
): Promise<void> {
  const { implementation, admin } = await readProxy(provider, proxy);
  await checks.equal(`${name}.proxy`, "TransparentUpgradeableProxy", () =>
    codeOf(provider, proxy, "TransparentUpgradeableProxy"),
  );
  await checks.equal(`${name}.proxyAdmin`, "ProxyAdmin", () => codeOf(provider, admin, "ProxyAdmin"));
  await checks.equal(`${name}.implementation`, artifact, () => codeOf(provider, implementation, artifact));
  await checks.holds(
    `${name}.initialised`,
    ">= 1",
    () => readInitialized(provider, proxy),
    (version) => version >= 1n && version < NEVER,
  );
  await checks.equal(`${name}.implementation closed to initialisation`, NEVER, () =>
    readInitialized(provider, implementation),
  );
}

async function checkPool(
  checks: Checklist,
  provider: ethers.Provider,
  pool: string,
  wiring: { token: string; rewards: string },
): Promise<void> {
  const read = reader(provider, pool, (await hre.artifacts.readArtifact("RewardRatePool")).abi as ethers.InterfaceAbi);
  await checks.equal("pool.SESH", wiring.token, () => read("SESH"));
  await checks.equal("pool.beneficiary", wiring.rewards, () => read("beneficiary"));
}

async function checkFactory(
  checks: Checklist,
  provider: ethers.Provider,
  factory: string,
  rewards: string,
): Promise<void> {
  const { abi } = await hre.artifacts.readArtifact("ServiceNodeContributionFactory");
  const read = reader(provider, factory, abi as ethers.InterfaceAbi);
  await checks.equal("factory.stakingRewardsContract", rewards, () => read("stakingRewardsContract"));
  await checks.equal("factory.paused", false, () => read("paused"));
}

async function checkRewards(
  checks: Checklist,
  provider: ethers.Provider,
  { rewards, pool, token }: { rewards: string; pool: string; token: string },
  chainId: number,
  values: Record<string, string | bigint>,
): Promise<void> {
  const { abi } = await hre.artifacts.readArtifact("ServiceNodeRewards");
  const read = reader(provider, rewards, abi as ethers.InterfaceAbi);
  await checks.equal("rewards.designatedToken", token, () => read("designatedToken"));
  await checks.equal("rewards.foundationPool", pool, () => read("foundationPool"));
  await checks.equal("rewards.stakingRequirement", values["stakingRequirement"], () => read("stakingRequirement"));
  await checks.equal("rewards.maxContributors", values["maxContributors"], () => read("maxContributors"));
  await checks.equal("rewards.liquidatorRewardRatio", values["liquidatorRatio"], () => read("liquidatorRewardRatio"));
  await checks.equal("rewards.poolShareOfLiquidationRatio", values["poolRatio"], () =>
    read("poolShareOfLiquidationRatio"),
  );
  await checks.equal("rewards.recipientRatio", values["recipientRatio"], () => read("recipientRatio"));
  for (const [getter, name] of Object.entries(TAGS)) {
    await checks.equal(`rewards.${getter}`, tag(name, chainId, rewards), () => read(getter));
  }
}

const TAGS = {
  proofOfPossessionTag: "BLS_SIG_TRYANDINCREMENT_POP",
  rewardTag: "BLS_SIG_TRYANDINCREMENT_REWARD",
  exitTag: "BLS_SIG_TRYANDINCREMENT_EXIT",
  liquidateTag: "BLS_SIG_TRYANDINCREMENT_LIQUIDATE",
  hashToG2Tag: "BLS_SIG_HASH_TO_FIELD_TAG",
} as const;

/** keccak256(name || uint256(chain id) || address): recomputed here, apart from contract and toolkit. */
function tag(name: string, chainId: number, rewards: string): string {
  return ethers.solidityPackedKeccak256(["string", "uint256", "address"], [name, chainId, rewards]);
}

const OWNABLE = ["function owner() view returns (address)", "function pendingOwner() view returns (address)"];

async function checkOwners(
  checks: Checklist,
  provider: ethers.Provider,
  { parameters, addresses, deployer }: Expectation,
  proxies: Record<string, string>,
): Promise<void> {
  const named = parameters.Handover?.["owner"];
  const ownerOf = (address: string) => reader(provider, address, OWNABLE)("owner");
  let complete = named !== undefined;
  for (const [name, proxy] of Object.entries(proxies)) {
    const accepted = named !== undefined && same(await ownerOf(proxy), named);
    complete &&= accepted;
    await checks.equal(`${name}.owner`, accepted ? named : deployer, () => ownerOf(proxy));
    await checks.equal(`${name}.pendingOwner`, accepted || named === undefined ? ethers.ZeroAddress : named, () =>
      reader(provider, proxy, OWNABLE)("pendingOwner"),
    );
  }
  // Once all have been accepted the right to replace the code must have followed: that takes one more run of the deployment.
  const token = parameters.TokenL2 === undefined ? {} : { token: addresses.token ?? "" };
  for (const [name, proxy] of Object.entries({ ...proxies, ...token })) {
    const { admin } = await readProxy(provider, proxy);
    await checks.equal(`${name}.proxyAdmin.owner`, complete ? named : deployer, () => ownerOf(admin));
  }
}

/**
 * The name of `artifact` when the code at `address` is what it compiles to (immutables left out of the comparison), else what is
 * there.
 */
export async function codeOf(provider: ethers.Provider, address: string, artifact: string): Promise<string> {
  const code = await provider.getCode(address);
  if (code === "0x") return `nothing at ${address}`;
  const { deployedBytecode, immutableReferences } = await hre.artifacts.readArtifact(artifact);
  const references = Object.values(immutableReferences ?? {}).flat();
  return mask(code, references) === mask(deployedBytecode, references) ? artifact : `other code at ${address}`;
}

function mask(code: string, references: readonly { start: number; length: number }[]): string {
  const bytes = ethers.getBytes(code);
  for (const { start, length } of references) bytes.fill(0, start, start + length);
  return ethers.hexlify(bytes);
}
