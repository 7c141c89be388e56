/** A chain on which everything has happened that the portal shows, and portals on it. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import type { FastifyInstance } from "fastify";
import { Contract, ZeroAddress } from "ethers";
import { pino } from "pino";
import {
  hexFromBytes,
  publicKeyToHex,
  signatureFromParams,
  signatureToHex,
  signRegistration,
} from "../../src/bls/index.ts";
import {
  connect,
  getRewards,
  serviceNodeContributionAbi,
  serviceNodeContributionFactoryAbi,
} from "../../src/chain/index.ts";
import { openDatabase } from "../../src/portal/index/index.ts";
import type { DatabaseOptions } from "../../src/portal/index/index.ts";
import { createServer, openSource, Portal } from "../../src/portal/service/index.ts";
import type { PortalOptions, ServerOptions } from "../../src/portal/service/index.ts";
import { behindProxy } from "./family.ts";
import type { ChaosSystem } from "./chaosSystem.ts";
import { startChaosSystem } from "./chaosSystem.ts";
import { contributor, DAY, register, SESH_UNIT } from "./staking.ts";
import { testNode } from "./TestNetwork.ts";
import type { TestNode } from "./TestNetwork.ts";

/** The chain with all that happened. */
export interface PortalWorld {
  chain: ChaosSystem;
  factory: string;
  /** Open, with a contribution that was withdrawn and one of somebody with a reservation. */
  contribution: string;
  vesting: string;
  addresses: { pool: string; token: string };
  /** The nodes in the contract. */
  signers: TestNode[];
  /** Records lifetime rewards, signed by all of them. */
  update(recipient: string, amount: bigint): Promise<void>;
  stop(): Promise<void>;
}

const seedOf = (index: number): Uint8Array => new Uint8Array(32).fill(index);

/** What a node gives its operator: both keys, both signatures. Hex without 0x. */
export function proofsOf(chain: ChaosSystem, index: number, operator: string) {
  const identity = hexFromBytes(ed25519.getPublicKey(seedOf(index)));
  const node = { ...testNode(index), ed25519Pubkey: BigInt(identity) };
  const proof = chain.system.network.proofOfPossession(node, operator);
  return {
    pubkey_ed25519: identity.slice(2),
    pubkey_bls: publicKeyToHex(node.publicKey).slice(2),
    sig_ed25519: hexFromBytes(signRegistration(seedOf(index), node.publicKey)).slice(2),
    sig_bls: signatureToHex(signatureFromParams(proof)).slice(2),
    operator,
  };
}

/** Nodes 1 to 6 are seeds; 1 left by signature, 2 was liquidated, 3 asked for its exit; 7 has three contributors; 8 is of a vesting contract. */
export async function openPortalWorld(): Promise<PortalWorld> {
  const chain = await startChaosSystem({ seeds: 6 });
  const { system, connection } = chain;
  const { ethers, networkHelpers } = connection;
  const { token, pool, rewards, owner, operator, alice, bob, carol, stranger, network, nodes, requirement } = system;
  const now = async () => BigInt(await networkHelpers.time.latest());
  chain.chaos.amountOf = (recipient) =>
    recipient.toLowerCase() === alice.address.toLowerCase() ? 777n * SESH_UNIT : 0n;

  await token.transfer(await pool.getAddress(), 1_000_000n * SESH_UNIT);
  await networkHelpers.time.increase(DAY);
  await pool.payoutReleased();

  const half = requirement / 2n;
  const shares = [
    contributor(alice.address, half),
    contributor(bob.address, requirement / 4n, stranger.address),
    contributor(carol.address, requirement - half - requirement / 4n),
  ];
  await register(system, testNode(20), alice, { contributors: shares, fee: 500 });

  const vesting = await ethers.deployContract("TokenVestingStaking", [
    carol.address,
    owner.address,
    (await now()) + 10n,
    (await now()) + 365n * DAY,
    true,
    chain.contract,
    ...(await factoryOf(chain)),
  ]);
  const vestingAddress = await vesting.getAddress();
  await token.transfer(vestingAddress, requirement + 5_000n * SESH_UNIT);
  await networkHelpers.time.increase(60);
  const locked = testNode(21);
  const add = new Contract(vestingAddress, vesting.interface, carol).getFunction("addBLSPublicKey");
  await add.send(
    locked.blsPubkey,
    network.proofOfPossession(locked, vestingAddress),
    { serviceNodePubkey: locked.ed25519Pubkey, serviceNodeSignature1: 1n, serviceNodeSignature2: 2n, fee: 0 },
    carol.address,
  );

  const update = async (recipient: string, amount: bigint, signers: readonly TestNode[]) => {
    await rewards.updateRewardsBalance(recipient, amount, network.reward(recipient, amount, signers), []);
  };
  const everybody = [...nodes, testNode(20), locked];
  const factory = (factories.get(chain) as [string, string])[0];
  const contribution = await openContribution(chain, factory);

  await update(alice.address, 500n * SESH_UNIT, everybody);
  await rewards.connect(alice)["claimRewards(uint256)"](200n * SESH_UNIT);
  await networkHelpers.time.increase(DAY);
  await update(alice.address, 600n * SESH_UNIT, everybody);
  await rewards.connect(alice)["claimRewards()"]();
  await pool.payoutReleased();

  await rewards.connect(operator).initiateExitBLSPublicKey(1);
  await networkHelpers.time.increase(60);
  const [leaving, lost] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
  const at = await now();
  await rewards.exitBLSPublicKeyWithSignature(leaving.blsPubkey, at, network.exit(leaving, at, everybody), []);
  const later = await now();
  await rewards
    .connect(stranger)
    .liquidateBLSPublicKeyWithSignature(lost.blsPubkey, later, network.liquidate(lost, later, everybody.slice(1)), []);
  await rewards.connect(operator).initiateExitBLSPublicKey(3);
  const world: PortalWorld = {
    chain,
    factory,
    contribution,
    vesting: vestingAddress,
    addresses: { pool: await pool.getAddress(), token: await token.getAddress() },
    signers: everybody.slice(2),
    update: (recipient, amount) => update(recipient, amount, world.signers),
    stop: () => chain.stop(),
  };
  return world;
}

const factories = new WeakMap<ChaosSystem, [factory: string, token: string]>();

async function factoryOf(chain: ChaosSystem): Promise<[string, string]> {
  const { ethers } = chain.connection;
  const implementation = await ethers.deployContract("ServiceNodeContributionFactory");
  const factory = await behindProxy(ethers, implementation, chain.system.owner, [chain.contract]);
  const pair: [string, string] = [await factory.getAddress(), await chain.system.token.getAddress()];
  factories.set(chain, pair);
  return pair;
}

async function openContribution(chain: ChaosSystem, factory: string): Promise<string> {
  const { alice, bob, carol, stranger, token, requirement, network } = chain.system;
  const node = testNode(22);
  const params = {
    serviceNodePubkey: node.ed25519Pubkey,
    serviceNodeSignature1: 1n,
    serviceNodeSignature2: 2n,
    fee: 250,
  };
  const quarter = requirement / 4n;
  const reserved = [alice, carol].map(({ address }) => ({ addr: address, amount: quarter }));
  const deploy = new Contract(factory, serviceNodeContributionFactoryAbi, alice).getFunction("deploy");
  const receipt = await (
    await deploy.send(node.blsPubkey, network.proofOfPossession(node, alice.address), params, reserved, true)
  ).wait();
  const made = new Contract(factory, serviceNodeContributionFactoryAbi).interface;
  const address = receipt?.logs
    .map((log) => made.parseLog(log))
    .find((log) => log?.name === "NewServiceNodeContributionContract")?.args[0] as string;
  const contract = new Contract(address, serviceNodeContributionAbi);
  const small = requirement / 8n;
  for (const [person, amount] of [
    [alice, quarter],
    [bob, small],
  ] as const) {
    await token.connect(person).approve(address, amount);
    const pay = (contract.connect(person) as Contract).getFunction("contributeFunds(uint256,address)");
    await pay.send(amount, ZeroAddress);
  }
  await (contract.connect(bob) as Contract).getFunction("updateBeneficiary").send(stranger.address);
  return address;
}

/** A portal that runs in this process, behind real HTTP. */
export interface RunningPortal {
  portal: Portal;
  app: FastifyInstance;
  url: string;
  get(path: string): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>;
  /** Until the index is at the chain's newest block and the figures are of it. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export interface PortalSetup {
  rpc?: string;
  options?: Partial<PortalOptions>;
  server?: Partial<ServerOptions>;
  database?: DatabaseOptions;
  /** URLs of nodes; those of the chain when left out. */
  nodes?: readonly string[];
  deadlineMs?: number;
}

let template: Promise<string> | undefined;

/** An empty database, copied: making one takes longer than any test. */
export async function emptyDatabase(folder: string): Promise<DatabaseOptions> {
  template ??= (async () => {
    const made = await mkdtemp(join(tmpdir(), "portal-empty-"));
    await (await openDatabase({ folder: made })).close();
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    return made;
  })();
  await cp(await template, folder, { recursive: true });
  return { folder };
}

export async function startPortal(world: PortalWorld, setup: PortalSetup = {}): Promise<RunningPortal> {
  const { chain } = world;
  const folder = await mkdtemp(join(tmpdir(), "portal-"));
  const { provider } = await connect(setup.rpc ?? chain.url, 31_337n, { backoffMs: 20 });
  const rewards = getRewards(chain.contract, provider);
  const logger = pino({ level: "silent" });
  const nodeUrls = (setup.nodes ?? chain.nodes.map(({ url }) => url)).join(",");
  const source = openSource(
    { nodeUrls, timeoutMs: 2_000, deadlineMs: setup.deadlineMs ?? 5_000, folder },
    { chainId: 31_337n, address: chain.contract, rewards },
    logger,
  );
  const portal = new Portal(
    {
      networkName: "test",
      chainId: 31_337n,
      explorer: undefined,
      pageRpc: undefined,
      lens: undefined,
      fromBlock: undefined,
      vesting: [],
      index: true,
      pollMs: 50,
      mostCollections: 2,
      stale: 60,
      version: "0.0.0",
      ...setup.options,
    },
    {
      db: await openDatabase(setup.database ?? (await emptyDatabase(join(folder, "data")))),
      contracts: {
        provider,
        rewards,
        addresses: {
          rewards: chain.contract,
          pool: world.addresses.pool,
          token: world.addresses.token,
          factory: world.factory,
        },
      },
      source,
      daemons: [],
      daemon: false,
      logger,
    },
  );
  await portal.start();
  const app = await createServer(portal, {
    rateLimit: 0,
    collectLimit: 0,
    trustProxy: false,
    pageFolder: folder,
    ...setup.server,
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    portal,
    app,
    url,
    async get(path) {
      const reply = await fetch(`${url}${path}`);
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown>, headers: reply.headers };
    },
    async caughtUp() {
      const { hash } = (await chain.provider.getBlock("latest")) ?? { hash: null };
      for (let i = 0; i < 1_200; i++) {
        const known = portal.follower.head?.hash;
        if (portal.snapshots.ready && `0x${known}` === hash && portal.figures.keys?.hash === known) return;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`the index is at ${portal.follower.head?.block}, the chain at ${hash}`);
    },
    async stop() {
      await app.close();
      await portal.stop();
      provider.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
