import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interface, Wallet } from "ethers";
import { deriveTags, publicKeyOf } from "../../../../src/bls/index.ts";
import { serviceNodeRewardsAdditions } from "../../../../src/chain/abi.ts";
import { ChaosNode } from "../../../helpers/chaosNode.ts";
import type { Behaviour } from "../../../helpers/chaosNode.ts";
import { departingEntry, departureReply, rewardsReply, startDaemon } from "../../../helpers/daemon.ts";
import type { DaemonMethods, FakeDaemon } from "../../../helpers/daemon.ts";
import { FakeChain, REWARDS } from "./chain.ts";

export const PRIVATE_KEY = `0x${"42".repeat(32)}`;
export const ACCOUNT = new Wallet(PRIVATE_KEY).address;

/** A chain that answers from a table, with a node of flesh behind each key, and a directory for files. */
export class CliNetwork {
  /** What the nodes' JSON-RPC lists as departing. */
  departing: { id: number; type: "exit" | "deregister"; ripeAt: number }[] = [];
  readonly chain: FakeChain;
  readonly #tags = deriveTags({ chainId: 31_337, contract: REWARDS });
  #daemon: FakeDaemon | undefined;
  daemonLies = false;
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
      tags: this.#tags,
      height: 90,
      amountOf: () => this.lifetime,
    };
    this.nodes = this.chain.nodes.map(
      ({ secretKey }, i) => new ChaosNode(shared, secretKey, behaviours[i] as Behaviour),
    );
  }

  /** A daemon's answers: of all nodes but the last. */
  get #daemonMethods(): DaemonMethods {
    const signing = () => ({
      tags: this.#tags,
      secretKeys: this.chain.nodes.slice(0, -1).map(({ secretKey }) => secretKey),
      nonSigners: [Number(this.chain.nodes.at(-1)?.id)],
      lies: this.daemonLies,
    });
    return {
      get_height: () => ({ height: 100 }),
      bls_rewards_request: ({ address = "" }) => rewardsReply(signing(), address, this.lifetime),
      bls_exit_liquidation_request: ({ pubkey, liquidate }) => {
        // As daemons know their nodes: by the Ed25519 key.
        const id = BigInt(`0x${pubkey ?? 0}`) - 0xed00n;
        const secretKey = this.chain.nodes.find((node) => node.id === id)?.secretKey ?? 0n;
        return departureReply(signing(), publicKeyOf(secretKey), this.chain.timestamp, liquidate);
      },
      bls_exit_liquidation_list: () =>
        this.departing.map(({ id, type, ripeAt }) =>
          departingEntry({
            ed25519Pubkey: (0xed00 + id).toString(16).padStart(64, "0"),
            publicKey: publicKeyOf(BigInt(999 + id)),
            height: 90,
            liquidationHeight: 95,
            liquidationTimestamp: ripeAt,
            type,
          }),
        ),
    };
  }

  get daemonUrl(): string {
    return this.#daemon?.url ?? "";
  }

  async start(): Promise<this> {
    this.#daemon = await startDaemon(this.#daemonMethods);
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
    await Promise.all([this.#daemon?.close(), this.chain.stop(), ...this.nodes.map((node) => node.stop())]);
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
