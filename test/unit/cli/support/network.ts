import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interface, Wallet } from "ethers";
import { deriveTags } from "../../../../src/bls/index.ts";
import { serviceNodeRewardsAdditions } from "../../../../src/chain/abi.ts";
import { ChaosNode } from "../../../helpers/chaosNode.ts";
import type { Behaviour } from "../../../helpers/chaosNode.ts";
import { FakeChain, REWARDS } from "./chain.ts";

export const PRIVATE_KEY = `0x${"42".repeat(32)}`;
export const ACCOUNT = new Wallet(PRIVATE_KEY).address;

/** A chain that answers from a table, with a node of flesh behind each key, and a directory for files. */
export class CliNetwork {
  readonly chain: FakeChain;
  readonly nodes: ChaosNode[];
  directory = "";
  /** Lifetime rewards that the nodes agree on, atomic SESH. */
  lifetime = 9_000n * 10n ** 9n;
  /** What the contract has on record for anybody. */
  recorded = 5_000n * 10n ** 9n;
  claimed = 2_000n * 10n ** 9n;

  constructor(behaviours: readonly Behaviour[] = Array<Behaviour>(6).fill("honest")) {
    this.chain = new FakeChain(behaviours.length);
    const shared = {
      tags: deriveTags({ chainId: 31_337, contract: REWARDS }),
      height: 90,
      amountOf: () => this.lifetime,
    };
    this.nodes = this.chain.nodes.map(
      ({ secretKey }, i) => new ChaosNode(shared, secretKey, behaviours[i] as Behaviour),
    );
  }

  async start(): Promise<this> {
    await Promise.all([this.chain.start(), ...this.nodes.map((node) => node.start())]);
    this.directory = await mkdtemp(join(tmpdir(), "cli-"));
    await writeFile(this.nodesFile, JSON.stringify(this.nodes.map(({ url, hex }) => ({ url, blsPubkey: hex }))));
    this.chain.views = {
      ...this.chain.views,
      recipients: () => [this.recorded, this.claimed],
    };
    this.chain.onTransaction = ({ name, args }) => {
      if (name === "updateRewardsBalance") this.recorded = args[1] as bigint;
      if (name === "updateRewardsBalanceAndClaim") this.recorded = args[0] as bigint;
      if (name !== "updateRewardsBalance") this.claimed = this.recorded;
    };
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.chain.stop(), ...this.nodes.map((node) => node.stop())]);
    await rm(this.directory, { recursive: true, force: true });
  }

  get nodesFile(): string {
    return join(this.directory, "nodes.json");
  }

  get stateDir(): string {
    return join(this.directory, "state");
  }

  /** Options that name the chain. */
  get on(): string[] {
    return ["--rpc", this.chain.url, "--rewards-contract", REWARDS];
  }

  /** Options that name chain and nodes. */
  get with(): string[] {
    return [...this.on, "--nodes-file", this.nodesFile, "--timeout", "1", "--deadline", "3"];
  }

  /** Gives the contract an additional function. */
  addFeature(name: string): void {
    const selector = new Interface(serviceNodeRewardsAdditions).getFunction(name)?.selector;
    if (selector === undefined) throw new Error(`there is no addition ${name}`);
    this.chain.features = [selector];
  }
}
