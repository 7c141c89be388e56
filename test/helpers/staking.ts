import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkHelpers } from "@nomicfoundation/hardhat-network-helpers/types";
import { Result } from "ethers";
import type { BigNumberish, Interface } from "ethers";
import type { SignatureParams } from "../../src/bls/index.ts";
import type { RewardRatePool, SESH, ServiceNodeRewards } from "../../types/ethers-contracts/index.js";
import { TestNetwork, testNodes } from "./TestNetwork.ts";
import type { TestNode } from "./TestNetwork.ts";

/** What `network.create()` gives, as far as the helpers need it. */
export interface Connection {
  ethers: HardhatEthers;
  networkHelpers: NetworkHelpers;
}

/** One SESH in atomic SESH. */
export const SESH_UNIT = 1_000_000_000n;
/** The live deposit of a node. */
export const REQUIREMENT = 25_000n * SESH_UNIT;
export const DAY = 86_400n;
export const HOUR = 3_600n;
const SEEDS_PER_TRANSACTION = 40;
/** Stand-ins for Arbitrum's L1 gateway and router, which only the token's registration calls. */
const GATEWAY = "0xcEe284F754E854890e311e3280b767F80797180d";
const ROUTER = "0x72Ce9c846789fdB6FC1f34aC4AD25Dd9ef7031ef".toLowerCase();

export interface ContributorArgs {
  staker: { addr: string; beneficiary: string };
  stakedAmount: bigint;
}

export interface SystemOptions {
  rewards?: "ServiceNodeRewards" | "TestnetServiceNodeRewards" | "LocalDevnetServiceNodeRewards";
  pool?: "RewardRatePool" | "TestnetRewardRatePool";
  requirement?: bigint;
  maxContributors?: number;
  /** How many nodes are seeded, 60 days old; they are `nodes[0..]` with ids from 1. */
  seeds?: number;
  /** Whether the contract is started (default true). */
  started?: boolean;
}

/** The staking contracts behind transparent proxies, and everybody who acts in a test. */
export interface System {
  token: SESH;
  pool: RewardRatePool;
  rewards: ServiceNodeRewards;
  /** Owner of all, holder of the supply. */
  owner: HardhatEthersSigner;
  /** Operator of the seeded nodes. */
  operator: HardhatEthersSigner;
  /** People with 1,000,000 SESH each, approved for the rewards contract. */
  alice: HardhatEthersSigner;
  bob: HardhatEthersSigner;
  carol: HardhatEthersSigner;
  /** Somebody without tokens. */
  stranger: HardhatEthersSigner;
  requirement: bigint;
  network: TestNetwork;
  /** The seeded nodes. */
  nodes: TestNode[];
}

/** Deploys an implementation behind a transparent proxy that is initialised in its constructor, and gives the proxy's address. */
export async function deployProxy(
  { ethers }: Connection,
  contract: string,
  initializeArgs: unknown[],
  proxyAdminOwner: HardhatEthersSigner,
): Promise<string> {
  const implementation = (await ethers.deployContract(contract)) as unknown as {
    interface: Interface;
    getAddress(): Promise<string>;
  };
  const data = implementation.interface.encodeFunctionData("initialize", initializeArgs);
  const proxy = await ethers.deployContract("TransparentUpgradeableProxy", [
    await implementation.getAddress(),
    proxyAdminOwner.address,
    data,
  ]);
  return proxy.getAddress();
}

/** Deploys token, pool and rewards, seeds, funds and starts. Wrap it in a named function for `loadFixture`. */
export async function deploySystem(connection: Connection, options: SystemOptions = {}): Promise<System> {
  const { ethers, networkHelpers } = connection;
  const [owner, operator, alice, bob, carol, stranger] = (await ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const requirement = options.requirement ?? REQUIREMENT;

  const token = await ethers.deployContract("SESH", [240_000_000n * SESH_UNIT, owner.address, GATEWAY, ROUTER]);
  const poolName = options.pool ?? "RewardRatePool";
  const poolAddress = await deployProxy(connection, poolName, [owner.address, await token.getAddress()], owner);
  const pool = await ethers.getContractAt("RewardRatePool", poolAddress);
  const rewardsName = options.rewards ?? "ServiceNodeRewards";
  const rewardsAddress = await deployProxy(
    connection,
    rewardsName,
    [await token.getAddress(), poolAddress, requirement, options.maxContributors ?? 10, 3, 17, 9980],
    owner,
  );
  const rewards = await ethers.getContractAt("ServiceNodeRewards", rewardsAddress);
  await pool.setBeneficiary(rewardsAddress);

  const nodes = testNodes(options.seeds ?? 0);
  const addedTimestamp = BigInt(await networkHelpers.time.latest()) - 60n * DAY;
  // one transaction may take 16,777,216 gas, a node about 300,000
  for (let from = 0; from < nodes.length; from += SEEDS_PER_TRANSACTION) {
    await rewards.seedPublicKeyList(
      nodes.slice(from, from + SEEDS_PER_TRANSACTION).map((node) => ({
        blsPubkey: node.blsPubkey,
        ed25519Pubkey: node.ed25519Pubkey,
        addedTimestamp,
        contributors: [contributor(operator.address, requirement)],
      })),
    );
  }
  // the seeds' deposits, and tokens to pay rewards from
  await token.transfer(rewardsAddress, requirement * BigInt(nodes.length) + 2_000_000n * SESH_UNIT);
  for (const person of [alice, bob, carol]) {
    await token.transfer(person.address, 1_000_000n * SESH_UNIT);
    await token.connect(person).approve(rewardsAddress, 1_000_000n * SESH_UNIT);
  }
  if (options.started ?? true) await rewards.start();

  const { chainId } = await ethers.provider.getNetwork();
  const network = new TestNetwork(chainId, rewardsAddress);
  return { token, pool, rewards, owner, operator, alice, bob, carol, stranger, requirement, network, nodes };
}

export function contributor(addr: string, stakedAmount: bigint, beneficiary = addr): ContributorArgs {
  return { staker: { addr, beneficiary }, stakedAmount };
}

/** The second argument group of a registration: the Ed25519 key, a stand-in for its signature (nodes check it, not the contract), the fee. */
export function nodeParams(node: TestNode, fee: BigNumberish = 0) {
  return { serviceNodePubkey: node.ed25519Pubkey, serviceNodeSignature1: 1n, serviceNodeSignature2: 2n, fee };
}

export interface RegistrationOptions {
  /** Empty: the caller alone. */
  contributors?: ContributorArgs[];
  /** For whom the proof of possession is signed: the first contributor or the caller, unless given. */
  provedFor?: string;
  proof?: SignatureParams;
  fee?: BigNumberish;
}

/** Registers a node from `caller` with a real proof of possession. */
export function register(
  system: System,
  node: TestNode,
  caller: HardhatEthersSigner,
  options: RegistrationOptions = {},
) {
  const contributors = options.contributors ?? [];
  const operator = options.provedFor ?? contributors[0]?.staker.addr ?? caller.address;
  return system.rewards
    .connect(caller)
    .addBLSPublicKey(
      node.blsPubkey,
      options.proof ?? system.network.proofOfPossession(node, operator),
      nodeParams(node, options.fee),
      contributors,
    );
}

/** Raises a recipient's lifetime rewards with the signature of all seeded nodes but the first `nonSigners`. */
export function update(system: System, recipient: string, amount: bigint, nonSigners = 0) {
  const signature = system.network.reward(recipient, amount, system.nodes.slice(nonSigners));
  const ids = Array.from({ length: nonSigners }, (_, i) => i + 1);
  return system.rewards.updateRewardsBalance(recipient, amount, signature, ids);
}

/** A point as events and errors report it. */
export function point(node: TestNode): [bigint, bigint] {
  return [node.blsPubkey.X, node.blsPubkey.Y];
}

/** A struct or list that a call returned, as plain objects and arrays. */
export function plain(value: unknown): unknown {
  if (!(value instanceof Result)) return value;
  const entries = fields(value);
  return entries === undefined
    ? value.toArray().map(plain)
    : Object.fromEntries(entries.map(([name, item]) => [name, plain(item)]));
}

/** The named items of a struct; undefined for a list, whose items have no names (ethers calls a single one "_"). */
function fields(value: Result): [string, unknown][] | undefined {
  try {
    const entries = Object.entries(value.toObject());
    return entries.length === 0 || entries[0]?.[0] === "_" ? undefined : entries;
  } catch {
    return undefined;
  }
}
