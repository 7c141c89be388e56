import { mkdir, writeFile } from "node:fs/promises";
import type { ContractTransactionReceipt, ContractTransactionResponse, NonceManager } from "ethers";
import { ethers } from "ethers";
import type { Tags } from "../src/bls/index.ts";
import { deriveTags } from "../src/bls/index.ts";
import type { Call } from "../src/chain/index.ts";
import { formatSesh, readNodeSet, getRewards } from "../src/chain/index.ts";
import type { Collected, CollectRequest } from "../src/collect/index.ts";
import { Collector, identityReader } from "../src/collect/index.ts";
import type { Devchain } from "./chain.ts";
import { BlockReader } from "./expected.ts";
import { devAccount, devWallet, startChain } from "./chain.ts";
import type { Extent } from "./contracts.ts";
import type { DevNode } from "./network.ts";
import * as network from "./network.ts";
import type { StepResult, Report } from "./report.ts";
import { check } from "./report.ts";

/** Who does what; indexes of the development mnemonic. Accounts from `others` on operate the remaining nodes. */
export const ACCOUNTS = {
  owner: 0,
  alice: 1,
  bob: 2,
  carol: 3,
  dave: 4,
  erin: 5,
  liquidator: 6,
  dora: 7,
  others: 8,
  crowd: 9,
  vesting: 13,
};
/** More of them than Hardhat funds: most only receive. */
const OTHER_ACCOUNTS = 20;

/** What the nodes of special interest are among the seeded ones. */
const SEEDED = { alice: 0, bob: 1, erin: 2, liquidated: 3, dead: 4, liar: 5 };
export const MIN_SEEDED = 6;
const SEEDS_PER_CALL = 20;
const OPERATOR_FEE = 500; // 5 %

export interface DevnetOptions {
  seeded: number;
  port?: number;
  report: Report;
  /** Of the contracts' compilation; `traces` unless said. */
  extent?: Extent;
}

/** The running devnet, handed from step to step. */
export class Devnet {
  readonly report: Report;
  readonly seeded: number;
  readonly nodes: DevNode[];
  readonly fees = new Map<bigint, number>();
  chain!: Devchain;
  token!: ethers.Contract;
  pool!: ethers.Contract;
  rewards!: ethers.Contract;
  collector!: Collector;
  /** Asks the nodes over OxenMQ. */
  omqCollector!: Collector;
  tags!: Tags;
  /** The contracts' state by block, for the count that checks the nodes'. */
  blocks!: BlockReader;
  genesisHeight = 0;
  factory!: ethers.Contract;
  requirement = 0n;
  /** The first collection, whose figures the JSON object reports. */
  firstCollected: Collected | undefined;
  readonly #port: number | undefined;
  readonly #extent: Extent | undefined;
  readonly #accounts = new Map<number, NonceManager>();

  constructor(options: DevnetOptions) {
    this.report = options.report;
    this.seeded = options.seeded;
    this.#port = options.port;
    this.#extent = options.extent;
    this.nodes = Array.from({ length: options.seeded }, (_, i) => {
      const dead = i === SEEDED.dead || i === SEEDED.liquidated;
      return network.makeNode(i, dead ? "dead" : i === SEEDED.liar ? "liar" : "honest");
    });
  }

  get special(): {
    bob: DevNode;
    erin: DevNode;
    liquidated: DevNode;
    liar: DevNode;
    silent: DevNode;
    dead: DevNode[];
  } {
    const at = (i: number) => this.nodes[i] as DevNode;
    return {
      bob: at(SEEDED.bob),
      erin: at(SEEDED.erin),
      liquidated: at(SEEDED.liquidated),
      liar: at(SEEDED.liar),
      // The third that registered, with one contributor.
      silent: at(this.seeded + 2),
      dead: this.nodes.filter((node) => node.behaviour === "dead"),
    };
  }

  /** The nodes that run and do not lie. */
  get honest(): DevNode[] {
    return this.nodes.filter((node) => node.running !== undefined && node.behaviour === "honest");
  }

  /** Starts every node that is not running and not dead. */
  async runNodes(progress: (text: string) => void): Promise<void> {
    const { chainId } = await this.chain.provider.getNetwork();
    const { genesisHeight } = this;
    const options = {
      rpcUrl: this.chain.url,
      contract: this.chain.addresses.rewards,
      chainId,
      genesisHeight,
      progress,
    };
    await network.runNodes(this.nodes, options);
  }

  account(index: number): NonceManager {
    let account = this.#accounts.get(index);
    if (!account) this.#accounts.set(index, (account = devAccount(index, this.chain.provider)));
    return account;
  }

  address(index: number): string {
    return devWallet(index).address;
  }

  /** Sends a transaction and waits; a revert throws with its decoded error. */
  async transact(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
    const receipt = await (await sent).wait();
    check(receipt !== null && receipt.status === 1, "a transaction was not included");
    return receipt;
  }

  async submit(account: number, call: Call): Promise<ContractTransactionReceipt> {
    const sender = this.account(account);
    const sent = sender.sendTransaction({ to: call.to, data: call.data });
    return this.transact(sent as Promise<ContractTransactionResponse>);
  }

  as(contract: ethers.Contract, account: number): ethers.Contract {
    return contract.connect(this.account(account)) as ethers.Contract;
  }

  async start(progress: (text: string) => void): Promise<StepResult> {
    this.chain = await startChain({
      progress,
      note: (text) => this.report.note(text),
      ...(this.#port === undefined ? {} : { port: this.#port }),
      ...(this.#extent === undefined ? {} : { extent: this.#extent }),
    });
    const { provider, addresses, artifacts } = this.chain;
    this.token = new ethers.Contract(addresses.token, artifacts.token, provider);
    this.pool = new ethers.Contract(addresses.pool, artifacts.pool, provider);
    this.rewards = new ethers.Contract(addresses.rewards, artifacts.rewards, provider);
    this.blocks = new BlockReader(this.rewards, this.pool);
    this.factory = new ethers.Contract(addresses.factory, artifacts.factory, provider);
    this.requirement = await this.rewards.getFunction("stakingRequirement").staticCall();
    const { chainId } = await provider.getNetwork();
    this.tags = deriveTags({ chainId, contract: addresses.rewards });
    const typed = getRewards(addresses.rewards, provider);
    this.collector = new Collector(
      // all nodes share this machine: a batch makes them sign hundreds of messages one after the other
      { chainId, contract: addresses.rewards, timeoutMs: 60_000, deadlineMs: 90_000 },
      {
        nodes: () => network.endpoints(this.nodes),
        readSet: (previous) => readNodeSet(typed, previous === undefined ? {} : { previous }),
      },
    );
    this.omqCollector = new Collector(
      { chainId, contract: addresses.rewards, timeoutMs: 60_000, deadlineMs: 90_000 },
      {
        nodes: () => network.omqEndpoints(this.nodes),
        readSet: (previous) => readNodeSet(typed, previous === undefined ? {} : { previous }),
        identities: identityReader(typed),
      },
    );
    return { what: `chain ${chainId} on ${this.chain.url}; token, pool and rewards deployed through Ignition` };
  }

  async seed(progress: (text: string) => void): Promise<StepResult> {
    const rewards = this.as(this.rewards, ACCOUNTS.owner);
    const now = (await this.newest()).timestamp;
    let gas = 0n;
    for (let i = 0; i < this.seeded; i += SEEDS_PER_CALL) {
      const batch = this.nodes.slice(i, i + SEEDS_PER_CALL);
      const seeds = batch.map((node) => network.seed(node, this.operatorOf(node), this.requirement, now));
      gas += (await this.transact(rewards.getFunction("seedPublicKeyList").send(seeds))).gasUsed;
      progress(`${i + batch.length} of ${this.seeded} nodes`);
    }
    for (const [i, node] of this.nodes.entries()) node.id = BigInt(i + 1);
    // a seeded node's stake is moved in by its owner's migration, here by the holder of the supply
    const stakes = this.requirement * BigInt(this.seeded);
    const token = this.as(this.token, ACCOUNTS.owner);
    await this.transact(token.getFunction("transfer").send(await this.rewards.getAddress(), stakes));
    const started = await this.transact(rewards.getFunction("start").send());
    this.genesisHeight = started.blockNumber;
    return { what: `${this.seeded} nodes seeded with ${formatSesh(stakes)} SESH, started`, gasUsed: gas };
  }

  operatorOf(node: DevNode): string {
    const named: Record<number, number> = {
      [SEEDED.alice]: ACCOUNTS.alice,
      [SEEDED.bob]: ACCOUNTS.bob,
      [SEEDED.erin]: ACCOUNTS.erin,
      [SEEDED.liquidated]: ACCOUNTS.dora,
    };
    return this.address(named[node.index] ?? ACCOUNTS.others + (node.index % OTHER_ACCOUNTS));
  }

  /** Registers a node with a real proof of possession; `contributors` empty means the operator alone. */
  async register(operator: number, contributors: { account: number; amount: bigint }[]): Promise<bigint> {
    const { node, key, proof, params } = this.newNode(this.address(operator));
    await this.fund(operator, this.requirement);
    const token = this.as(this.token, operator);
    await this.transact(token.getFunction("approve").send(await this.rewards.getAddress(), this.requirement));
    const list = contributors.map(({ account, amount }) => ({
      staker: { addr: this.address(account), beneficiary: this.address(account) },
      stakedAmount: amount,
    }));
    const add = this.as(this.rewards, operator).getFunction("addBLSPublicKey");
    const { gasUsed } = await this.transact(add.send(key, proof, params, list));
    await this.adopt(node);
    return gasUsed;
  }

  /** A further node's keys, with a proof of possession for `operator`, ready to register. */
  newNode(operator: string) {
    const node = network.makeNode(this.nodes.length, "honest");
    return { node, ...network.registration(node, operator, this.tags, OPERATOR_FEE) };
  }

  /** Takes a node that has registered into the network. */
  async adopt(node: DevNode): Promise<void> {
    node.id = await this.rewards.getFunction("serviceNodeIDs").staticCall(node.keys.blsPubkey);
    check(node.id !== 0n, "a registered node is not in the contract's list");
    this.fees.set(node.id, OPERATOR_FEE);
    this.nodes.push(node);
  }

  /** SESH for an account, from the holder of the supply. */
  async fund(account: number | string, amount: bigint): Promise<void> {
    const to = typeof account === "string" ? account : this.address(account);
    await this.transact(this.as(this.token, ACCOUNTS.owner).getFunction("transfer").send(to, amount));
  }

  async newest(): Promise<ethers.Block> {
    const block = await this.chain.provider.getBlock("latest");
    check(block !== null, "the chain has no newest block");
    return block;
  }

  async collect(
    request: CollectRequest,
    progress: (text: string) => void,
    collector: Collector = this.collector,
  ): Promise<Collected> {
    // the height that is asked for is the newest: who has not seen it yet would answer for an older one
    await network.syncAll(this.nodes);
    const collected = await collector.collect(request, {
      onEvent: ({ progress: at }) => progress(`${at.signers} signed, ${at.required} needed`),
    });
    this.firstCollected ??= collected;
    return collected;
  }

  signersOf(collected: Collected): string {
    return `${collected.signers.length} / ${collected.set.nodes.length}`;
  }

  /** Pays the pool's accrual to the rewards contract; anyone may. It also makes a block, so that rounds pass. */
  async releasePool(): Promise<void> {
    await this.transact(this.as(this.pool, ACCOUNTS.owner).getFunction("payoutReleased").send());
  }

  async balance(address: string): Promise<bigint> {
    return this.token.getFunction("balanceOf").staticCall(address);
  }

  /** A nodes file for `npm run claim` and the command line. */
  async writeNodesFile(path: string): Promise<void> {
    await mkdir(new URL(".", path), { recursive: true });
    await writeFile(new URL(path), `${JSON.stringify({ nodes: network.endpoints(this.nodes) }, null, 2)}\n`);
  }

  async stop(): Promise<void> {
    await network.stopNodes(this.nodes);
    await this.collector?.close();
    await this.omqCollector?.close();
    await this.chain?.close();
  }
}
