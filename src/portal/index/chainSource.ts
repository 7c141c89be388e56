import { getAddress, Interface, toQuantity } from "ethers";
import type { JsonRpcProvider, Result } from "ethers";
import { serviceNodeRewardsAbi, tokenVestingStakingAbi } from "../../chain/abi.ts";
import { EndpointError, explain } from "../../chain/index.ts";
import type { BaseBody, NodeBody, VestingBody } from "./facts.ts";
import { kindOf } from "./kinds.ts";
import type { Room, StoredEvent } from "./kinds.ts";
import type { BlockPoint } from "./store.ts";

/** A block that must exist is not there, or has another hash: blocks were taken back meanwhile, or a replica lags. */
export class BlockGone extends Error {
  constructor(block: number) {
    super(`block ${block} is gone`);
    this.name = "BlockGone";
  }
}

/** A log with its block's time, where the endpoint gives it. */
export interface RawLog {
  block: number;
  blockHash: string;
  timestamp: number | undefined;
  logIndex: number;
  emitter: string;
  topic: string;
  tx: string;
  data: string;
  topics: readonly string[];
}

const rewards = new Interface(serviceNodeRewardsAbi);
const vesting = new Interface(tokenVestingStakingAbi);
const token = new Interface(["function balanceOf(address account) view returns (uint256)"]);

/** Most addresses in one filter. */
const ADDRESSES = 200;

/** The chain as the index reads it: through the one transport, pinned, and nothing believed that does not fit together. */
export class ChainSource {
  readonly #provider: JsonRpcProvider;
  readonly #contract: string;

  /** @param contract - The rewards contract. */
  constructor(provider: JsonRpcProvider, contract: string) {
    this.#provider = provider;
    this.#contract = contract;
  }

  /** @throws BlockGone */
  async header(block: number | "latest"): Promise<BlockPoint & { parent: string }> {
    const tag = block === "latest" ? block : toQuantity(block);
    const raw = (await this.#ask("eth_getBlockByNumber", [tag, false])) as Record<string, string> | null;
    if (!raw) throw new BlockGone(Number(block));
    const { number, hash, timestamp, parentHash } = raw;
    if (!number || !hash || !timestamp || !parentHash) throw new Error("the endpoint gave an incomplete block header");
    return { block: Number(number), hash: bare(hash), timestamp: Number(timestamp), parent: bare(parentHash) };
  }

  /** The chain that the endpoint serves now. */
  async chainId(): Promise<bigint> {
    return BigInt((await this.#ask("eth_chainId", [])) as string);
  }

  /** Whether there is a rewards contract at a block. */
  async hasContract(block: number): Promise<boolean> {
    return (await this.#ask("eth_getCode", [`0x${this.#contract}`, toQuantity(block)])) !== "0x";
  }

  /** Headers of many blocks; the transport puts them into few requests. */
  headers(blocks: readonly number[]): Promise<BlockPoint[]> {
    return Promise.all(blocks.map((block) => this.header(block)));
  }

  /** Logs of contracts in a range of heights, in chain order. */
  async logs(addresses: readonly string[], from: number, to: number): Promise<RawLog[]> {
    const chunks = Array.from({ length: Math.ceil(addresses.length / ADDRESSES) }, (_, i) =>
      addresses.slice(i * ADDRESSES, (i + 1) * ADDRESSES).map((address) => `0x${address}`),
    );
    const parts = await Promise.all(
      chunks.map((address) =>
        this.#ask("eth_getLogs", [{ address, fromBlock: toQuantity(from), toBlock: toQuantity(to) }]),
      ),
    );
    const logs = parts.flatMap((part) => (part as Record<string, unknown>[]).map(readLog));
    return logs.sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
  }

  /** A node as the state has it at a block; undefined where it is not in the contract, or that state is not kept. */
  async node(id: number, block: number): Promise<NodeBody | undefined> {
    const result = await this.#read("serviceNodes", [id], block);
    const value = result?.[0] as Result | undefined;
    return value && toBody(id, value);
  }

  /** All nodes, and what is on record for everybody who has a part in one, at a block. */
  async base(at: BlockPoint, onProgress: (done: number, of: number) => void): Promise<BaseBody> {
    const listed = await this.#read("allServiceNodeIDs", [], at.block);
    const ids = [...((listed?.getValue("ids") as Result | undefined) ?? [])].map(Number);
    const nodes: NodeBody[] = [];
    for (let i = 0; i < ids.length; i += 500) {
      const part = await Promise.all(ids.slice(i, i + 500).map((id) => this.node(id, at.block)));
      nodes.push(...part.filter((node) => node !== undefined));
      onProgress(nodes.length, ids.length);
    }
    const people = new Set(
      nodes.flatMap(({ shares }) => shares.flatMap(({ staker, beneficiary }) => [staker, beneficiary])),
    );
    const recipients = await Promise.all(
      [...people].map(async (address) => {
        const { recorded, claimed } = await this.recipient(address, at.block);
        return { address, rewards: String(recorded), claimed: String(claimed) };
      }),
    );
    return { block: at.block, timestamp: at.timestamp, nodes, recipients };
  }

  /** What is on record for an address at a block, and what of it was claimed; atomic SESH. */
  async recipient(address: string, block: number): Promise<{ recorded: bigint; claimed: bigint }> {
    const entry = await this.#read("recipients", [`0x${address}`], block);
    return { recorded: (entry?.[0] as bigint | undefined) ?? 0n, claimed: (entry?.[1] as bigint | undefined) ?? 0n };
  }

  /** Ids in the contract at a block. */
  async ids(block: number): Promise<number[]> {
    const listed = await this.#read("allServiceNodeIDs", [], block);
    return [...((listed?.getValue("ids") as Result | undefined) ?? [])].map(Number);
  }

  /**
   * The first block with code at the rewards contract, by bisection; undefined where the endpoint keeps no old state.
   *
   * @param newest - A block that has it.
   */
  async deployedBlock(newest: number): Promise<number | undefined> {
    let [low, high] = [0, newest];
    try {
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((await this.#ask("eth_getCode", [`0x${this.#contract}`, toQuantity(middle)])) === "0x") low = middle + 1;
        else high = middle;
      }
      return low;
    } catch (error) {
      if (error instanceof EndpointError && ["missing-state", "refused", "lagging"].includes(error.trouble))
        return undefined;
      throw error;
    }
  }

  /** Whether an address is a TokenVestingStaking of this rewards contract, and how it stands; null for anything else. */
  async vesting(address: string, tokenAddress: string, staked: bigint, block: number): Promise<VestingBody | null> {
    if ((await this.#ask("eth_getCode", [`0x${address}`, toQuantity(block)])) === "0x") return null;
    const view = async (name: string): Promise<unknown> => {
      const data = await this.#call(address, vesting.encodeFunctionData(name), block);
      if (data === undefined || data === "0x") return undefined;
      try {
        return vesting.decodeFunctionResult(name, data)[0];
      } catch {
        return undefined;
      }
    };
    if (bare(String((await view("rewardsContract")) ?? "")) !== this.#contract) return null;
    const names = ["beneficiary", "revoker", "start", "end", "transferableBeneficiary", "revoked"] as const;
    const [beneficiary, revoker, start, end, transferable, revoked] = await Promise.all(names.map(view));
    const balance = await this.balance(tokenAddress, address, block);
    return {
      beneficiary: bare(String(beneficiary)),
      revoker: bare(String(revoker)),
      start: Number(start),
      end: Number(end),
      transferable: transferable === true,
      revoked: revoked === true,
      amount: String(balance + staked),
    };
  }

  /** SESH of an address at a block. */
  async balance(tokenAddress: string, address: string, block: number): Promise<bigint> {
    const data = await this.#call(
      bare(tokenAddress),
      token.encodeFunctionData("balanceOf", [getAddress(`0x${address}`)]),
      block,
    );
    return data === undefined || data === "0x" ? 0n : BigInt(data);
  }

  async #read(name: string, args: unknown[], block: number): Promise<Result | undefined> {
    const data = await this.#call(this.#contract, rewards.encodeFunctionData(name, args), block);
    return data === undefined || data === "0x" ? undefined : rewards.decodeFunctionResult(name, data);
  }

  /** Undefined for a revert. */
  async #call(to: string, data: string, block: number): Promise<string | undefined> {
    try {
      return (await this.#ask("eth_call", [{ to: `0x${to}`, data }, toQuantity(block)])) as string;
    } catch (error) {
      if (explain(error) !== undefined) return undefined;
      throw error;
    }
  }

  /** Through the provider: it names reverts. */
  #ask(method: string, params: unknown[]): Promise<unknown> {
    return this.#provider.send(method, params);
  }
}

/** Stored form of a log that the index keeps. */
export function toEvent(log: RawLog, room: Room, timestamp: number): StoredEvent | undefined {
  const kind = kindOf(room, log.topic);
  if (!kind) return undefined;
  const rest = log.topics.slice(1).map(bare);
  const first = rest[0] ?? "";
  const aboutNode = room === "rewards" && kind.fragment.inputs[0]?.name === "serviceNodeID";
  const aboutAccount = rest.length > 0 && !aboutNode && room !== "vesting" && room !== "factory";
  return {
    block: log.block,
    logIndex: log.logIndex,
    timestamp,
    kind: kind.number,
    emitter: log.emitter,
    node: aboutNode ? Number(BigInt(`0x${first}`)) : null,
    account: aboutAccount ? first.slice(24) : null,
    tx: log.tx,
    data: rest.join("") + log.data,
  };
}

/** What comes from the wire is checked for its form before it is stored. */
function readLog(raw: Record<string, unknown>): RawLog {
  const { address, topics, data, blockNumber, blockHash, blockTimestamp, logIndex, transactionHash, removed } = raw;
  const good =
    isHex(address, 20) &&
    Array.isArray(topics) &&
    topics.length <= 4 &&
    topics.every((topic) => isHex(topic, 32)) &&
    typeof data === "string" &&
    /^0x([0-9a-fA-F]{2})*$/.test(data) &&
    isHex(blockHash, 32) &&
    isHex(transactionHash, 32) &&
    isQuantity(blockNumber) &&
    isQuantity(logIndex);
  if (!good || removed === true) throw new Error("the endpoint gave a log that is none");
  return {
    block: Number(blockNumber),
    blockHash: bare(blockHash as string),
    timestamp: isQuantity(blockTimestamp) ? Number(blockTimestamp) : undefined,
    logIndex: Number(logIndex),
    emitter: bare(address as string),
    topic: String(topics[0] ?? "").toLowerCase(),
    tx: bare(transactionHash as string),
    data: bare(data as string),
    topics: topics as string[],
  };
}

function isHex(value: unknown, bytes: number): value is string {
  return typeof value === "string" && value.length === 2 + 2 * bytes && /^0x[0-9a-fA-F]+$/.test(value);
}

function isQuantity(value: unknown): boolean {
  return typeof value === "string" && /^0x[0-9a-fA-F]{1,13}$/.test(value);
}

/** Lower case without 0x. */
export function bare(hex: string): string {
  return hex.replace(/^0x/i, "").toLowerCase();
}

function toBody(id: number, value: Result): NodeBody | undefined {
  const key = value.getValue("blsPubkey") as Result;
  const [x, y] = [key.getValue("X") as bigint, key.getValue("Y") as bigint];
  if (x === 0n && y === 0n) return undefined;
  const contributors = [...(value.getValue("contributors") as Result)] as Result[];
  return {
    id,
    bls: hex64(x) + hex64(y),
    ed25519: hex64(value.getValue("ed25519Pubkey") as bigint),
    operator: bare(value.getValue("operator") as string),
    shares: contributors.map((one) => {
      const staker = one.getValue("staker") as Result;
      const address = bare(staker.getValue("addr") as string);
      const beneficiary = bare(staker.getValue("beneficiary") as string);
      return {
        staker: address,
        beneficiary: /^0+$/.test(beneficiary) ? address : beneficiary,
        amount: String(one.getValue("stakedAmount")),
      };
    }),
    addedAt: Number(value.getValue("addedTimestamp")),
    leaveAt: Number(value.getValue("leaveRequestTimestamp")),
  };
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}
