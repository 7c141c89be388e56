import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Interface, Wallet } from "ethers";
import {
  deriveTags,
  exitMessage,
  GROUP_ORDER,
  hashToG2,
  hexFromBytes,
  liquidateMessage,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  signatureToHex,
  signHash,
} from "../../../../src/bls/index.ts";
import { serviceNodeRewardsAdditions } from "../../../../src/chain/abi.ts";
import { ChaosNode } from "../../../helpers/chaosNode.ts";
import type { Behaviour } from "../../../helpers/chaosNode.ts";
import { FakeChain, REWARDS } from "./chain.ts";

export const PRIVATE_KEY = `0x${"42".repeat(32)}`;
export const ACCOUNT = new Wallet(PRIVATE_KEY).address;

interface DaemonCall {
  method: string;
  params: { address?: string; pubkey?: string; liquidate?: boolean };
}

/** A chain that answers from a table, with a node of flesh behind each key, and a directory for files. */
export class CliNetwork {
  /** What the nodes' JSON-RPC lists as departing. */
  departing: { id: number; type: "exit" | "deregister"; ripeAt: number }[] = [];
  readonly chain: FakeChain;
  readonly #tags = deriveTags({ chainId: 31_337, contract: REWARDS });
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

  /** A daemon's JSON-RPC, as far as the list of those that left. */
  readonly #daemon = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as DaemonCall;
      const result = this.#answer(method, params);
      response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id: 0, result }));
    });
  });

  #answer(method: string, params: DaemonCall["params"]): unknown {
    if (method === "get_height") return { height: 100 };
    if (method === "bls_rewards_request") {
      const { address = "" } = params;
      const message = rewardMessage(this.#tags, { recipient: address, amount: this.lifetime });
      return { address: address.slice(2), amount: Number(this.lifetime), height: 90, ...this.#sign(message) };
    }
    if (method === "bls_exit_liquidation_request") {
      // As daemons know their nodes: by the Ed25519 key.
      const id = BigInt(`0x${params.pubkey ?? 0}`) - 0xed00n;
      const publicKey = publicKeyOf(this.chain.nodes.find((node) => node.id === id)?.secretKey ?? 0n);
      const timestamp = this.chain.timestamp;
      const build = params.liquidate ? liquidateMessage : exitMessage;
      return {
        bls_pubkey: publicKeyToHex(publicKey).slice(2),
        timestamp,
        ...this.#sign(build(this.#tags, { publicKey, timestamp })),
      };
    }
    return this.departing.map((entry) => this.#entry(entry));
  }

  /** The aggregate of all nodes but the last: a daemon's answer. */
  #sign(message: Uint8Array) {
    const signers = this.chain.nodes.slice(0, -1);
    const secret = signers.reduce((sum, { secretKey }) => (sum + secretKey) % GROUP_ORDER, 0n);
    const signature = signHash(hashToG2(message, this.#tags.hashToG2), secret + (this.daemonLies ? 1n : 0n));
    return {
      status: "OK",
      msg_to_sign: hexFromBytes(message).slice(2),
      signature: signatureToHex(signature).slice(2),
      aggregate_pubkey: publicKeyToHex(publicKeyOf(secret)).slice(2),
      non_signer_indices: [Number(this.chain.nodes.at(-1)?.id)],
    };
  }

  #entry({ id, type, ripeAt }: (typeof this.departing)[number]) {
    return {
      service_node_pubkey: (0xed00 + id).toString(16).padStart(64, "0"),
      height: 90,
      liquidation_height: 95,
      liquidation_timestamp: ripeAt,
      type,
      info: { bls_public_key: publicKeyToHex(publicKeyOf(BigInt(999 + id))).slice(2) },
    };
  }

  get daemonUrl(): string {
    return `http://127.0.0.1:${(this.#daemon.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#daemon.listen(0, "127.0.0.1", resolve));
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
    this.#daemon.closeAllConnections();
    this.#daemon.close();
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
