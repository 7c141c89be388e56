import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Signature } from "ethers";
import type { BaseContract } from "ethers";
import * as bls from "../../src/bls/index.ts";
import { PERMIT_TYPES } from "../../src/chain/index.ts";
import { registration, testNode } from "./testNode.ts";
import type { ServiceNodeContribution } from "../../types/ethers-contracts/index.js";

/** Atomic units of one SESH. */
export const SESH = 10n ** 9n;
export const REQUIREMENT = 25_000n * SESH;
export const MAX_CONTRIBUTORS = 10n;

/** `implementation` behind a transparent proxy, initialised in its constructor, under the implementation's ABI. */
export async function behindProxy<T extends BaseContract>(
  ethers: HardhatEthers,
  implementation: T,
  owner: HardhatEthersSigner,
  args: unknown[],
): Promise<T> {
  const data = implementation.interface.encodeFunctionData("initialize", args);
  const proxy = await ethers.deployContract("TransparentUpgradeableProxy", [implementation, owner, data]);
  return implementation.attach(await proxy.getAddress()) as T;
}

export interface Reservation {
  addr: string;
  amount: bigint;
}

export interface ContributionOptions {
  operator?: HardhatEthersSigner;
  /** Number of the test node, 1 unless told. */
  node?: number;
  fee?: bigint;
  reserved?: Reservation[];
  manualFinalize?: boolean;
}

/**
 * SESH (with its whole supply at the first account), ServiceNodeRewards with the live parameters (started) and the factory,
 * each behind a proxy, and accounts with 100,000 SESH each that have a name in the tests.
 */
export async function deployFamily(ethers: HardhatEthers) {
  const [owner, operator, alice, bob, carol, dave, pool, ...others] = await ethers.getSigners();
  if (!owner || !operator || !alice || !bob || !carol || !dave || !pool) throw new Error("seven accounts are needed");

  const sesh = await ethers.deployContract("SESH", [240_000_000n * SESH, owner, pool, pool]);
  const rewards = await behindProxy(ethers, await ethers.deployContract("ServiceNodeRewards"), owner, [
    await sesh.getAddress(),
    pool.address,
    REQUIREMENT,
    MAX_CONTRIBUTORS,
    3n,
    17n,
    9_980n,
  ]);
  await rewards.start();
  const factory = await behindProxy(ethers, await ethers.deployContract("ServiceNodeContributionFactory"), owner, [
    await rewards.getAddress(),
  ]);
  for (const account of [operator, alice, bob, carol, dave, ...others]) await sesh.transfer(account, 100_000n * SESH);

  const { chainId } = await ethers.provider.getNetwork();
  const tags = bls.deriveTags({ chainId, contract: await rewards.getAddress() });

  /** A contribution contract of the factory's, into which all accounts may pay. */
  const deployContribution = async (options: ContributionOptions = {}): Promise<ServiceNodeContribution> => {
    const by = options.operator ?? operator;
    const { key, proof, params } = registration(tags, testNode(options.node ?? 1), by.address, options.fee);
    const args = [key, proof, params, options.reserved ?? [], options.manualFinalize ?? false] as const;
    const address = await factory.connect(by).deploy.staticCall(...args);
    await factory.connect(by).deploy(...args);
    for (const account of [operator, alice, bob, carol, dave, ...others])
      await sesh.connect(account).approve(address, ethers.MaxUint256);
    return ethers.getContractAt("ServiceNodeContribution", address);
  };

  return { sesh, rewards, factory, tags, owner, operator, alice, bob, carol, dave, pool, others, deployContribution };
}

export type Family = Awaited<ReturnType<typeof deployFamily>>;

/** ERC-2612 permit of `owner` for `spender`, over the token's own EIP-712 domain. */
export async function signPermit(
  owner: HardhatEthersSigner,
  token: {
    eip712Domain(): Promise<{ name: string; version: string; chainId: bigint; verifyingContract: string }>;
    nonces(owner: string): Promise<bigint>;
  },
  permit: { spender: string; value: bigint; deadline: bigint },
) {
  const { name, version, chainId, verifyingContract } = await token.eip712Domain();
  const signature = await owner.signTypedData({ name, version, chainId, verifyingContract }, PERMIT_TYPES, {
    owner: owner.address,
    nonce: await token.nonces(owner.address),
    ...permit,
  });
  const { v, r, s } = Signature.from(signature);
  return { v, r, s };
}
