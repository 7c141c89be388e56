/**
 * A chain in memory that answers the JSON-RPC reads of a node: blocks with the times, events, rates and node states that a test
 * gives, rewinds included. Everything is encoded with the real ABI.
 */
import { createHash } from "node:crypto";
import { Interface } from "ethers";
import { rewardRatePoolAbi, serviceNodeRewardsAbi } from "../../src/chain/abi.ts";
import type { RpcSender } from "../../src/node/index.ts";

export const REWARDS = "0x00000000000000000000000000000000000000a1";
export const POOL = "0x00000000000000000000000000000000000000b2";
const TOKEN = "0x00000000000000000000000000000000000000c3";

const rewards = new Interface(serviceNodeRewardsAbi);
const pool = new Interface(rewardRatePoolAbi);
const sesh = new Interface(["function balanceOf(address account) view returns (uint256)"]);

/** The pool pays balance * RATE_FACTOR / RATE_DIVISOR in 120 s. */
const RATE_FACTOR = 151n * 120n;
const RATE_DIVISOR = 1000n * 365n * 86_400n;

export interface FakeNode {
  id: bigint;
  key: { X: bigint; Y: bigint };
  ed25519: bigint;
  /** The Ed25519 signature of the registration, its two halves. Default: zeros, which is none. */
  signature?: readonly [bigint, bigint];
  fee?: number;
  addedAt?: number;
  leaveRequestedAt?: number;
  contributors: { staker: string; beneficiary: string; amount: bigint }[];
}

interface FakeLog {
  topics: string[];
  data: string;
}

export interface FakeBlock {
  number: number;
  timestamp: number;
  hash: string;
  parentHash: string;
  logs: FakeLog[];
  started: boolean;
  /** null: there is no pool yet. */
  rate: bigint | null;
  stored: Map<bigint, FakeNode>;
  /** Id of the node that comes next. */
  nextId: bigint;
  recorded: Map<string, bigint>;
}

/** What happens in a block, in order. */
export type FakeEvent =
  | { kind: "added"; node: FakeNode; bare?: boolean }
  | { kind: "seeded"; node: FakeNode }
  | { kind: "recorded"; recipient: string; amount: bigint }
  | { kind: "exitRequest"; node: FakeNode }
  | { kind: "exit"; node: FakeNode; returned: bigint }
  | { kind: "liquidation"; node: FakeNode; returned: bigint };

const ZERO = `0x${"0".repeat(40)}`;

export class FakeChain implements RpcSender {
  readonly chainId = 31_337n;
  blocks: FakeBlock[] = [];
  /** Calls by method. */
  readonly calls = new Map<string, number>();
  /** Throws for a method while set. */
  failing: (method: string, params: unknown[]) => Error | undefined = () => undefined;
  /** Runs before a call is answered. */
  before: (method: string, params: unknown[]) => void = () => undefined;
  readonly #byHash = new Map<string, FakeBlock>();
  #salt = 0;

  constructor(timestamp: number) {
    this.#push(timestamp, [], { started: false, rate: 0n });
  }

  get tip(): FakeBlock {
    return this.blocks.at(-1) as FakeBlock;
  }

  /** Adds a block `seconds` after the last one. Rate and start carry over unless given. */
  mine(
    seconds: number,
    events: FakeEvent[] = [],
    changes: { started?: boolean; rate?: bigint | null } = {},
  ): FakeBlock {
    return this.#push(this.tip.timestamp + seconds, events, changes);
  }

  /** Drops all blocks above a height; what is mined next has other hashes. */
  rewind(height: number): void {
    this.blocks = this.blocks.slice(0, height + 1);
    this.#salt++;
  }

  record(recipient: string, amount: bigint): void {
    this.tip.recorded.set(recipient.toLowerCase(), amount);
  }

  #push(timestamp: number, events: FakeEvent[], changes: { started?: boolean; rate?: bigint | null }): FakeBlock {
    const parent = this.blocks.at(-1);
    const number = this.blocks.length;
    const stored = new Map(parent?.stored);
    const logs = events.flatMap((event) => this.#apply(event, stored, timestamp));
    const block: FakeBlock = {
      number,
      timestamp,
      hash: `0x${createHash("sha256").update(`${number}/${timestamp}/${this.#salt}/${parent?.hash}`).digest("hex")}`,
      parentHash: parent?.hash ?? `0x${"0".repeat(64)}`,
      logs,
      started: changes.started ?? parent?.started ?? false,
      rate: changes.rate === undefined ? (parent?.rate ?? 0n) : changes.rate,
      stored,
      nextId: [...stored.keys()].reduce((next, id) => (id >= next ? id + 1n : next), parent?.nextId ?? 1n),
      recorded: new Map(parent?.recorded),
    };
    this.blocks.push(block);
    this.#byHash.set(block.hash, block);
    return block;
  }

  #apply(event: FakeEvent, stored: Map<bigint, FakeNode>, timestamp: number): FakeLog[] {
    const log = (name: string, values: unknown[]): FakeLog => rewards.encodeEventLog(name, values);
    if (event.kind === "recorded") return [log("RewardsBalanceUpdated", [event.recipient, event.amount, 0n])];
    const { node } = event;
    const tuples = node.contributors.map(({ staker, beneficiary, amount }) => [[staker, beneficiary], amount]);
    switch (event.kind) {
      case "added": {
        stored.set(node.id, { ...node, addedAt: timestamp });
        const details = [node.ed25519, ...(node.signature ?? [0n, 0n]), node.fee ?? 0];
        return [log("NewServiceNodeV2", [node.id, ZERO, [node.key.X, node.key.Y], details, event.bare ? [] : tuples])];
      }
      case "seeded":
        stored.set(node.id, { addedAt: timestamp, ...node });
        return [log("NewSeededServiceNode", [node.id, [node.key.X, node.key.Y], node.ed25519])];
      case "exitRequest": {
        const before = stored.get(node.id);
        if (before !== undefined)
          stored.set(node.id, { ...before, leaveRequestedAt: before.leaveRequestedAt ?? timestamp });
        return [log("ServiceNodeExitRequest", [node.id, ZERO, [node.key.X, node.key.Y]])];
      }
      case "liquidation":
        stored.delete(node.id);
        return [
          log("ServiceNodeLiquidated", [node.id, ZERO, [node.key.X, node.key.Y]]),
          log("ServiceNodeExit", [node.id, ZERO, event.returned, [node.key.X, node.key.Y]]),
        ];
      case "exit":
        stored.delete(node.id);
        return [log("ServiceNodeExit", [node.id, ZERO, event.returned, [node.key.X, node.key.Y]])];
    }
  }

  // ── JSON-RPC ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async send(method: string, params: unknown[]): Promise<unknown> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    this.before(method, params);
    await Promise.resolve();
    const failure = this.failing(method, params);
    if (failure !== undefined) throw failure;
    switch (method) {
      case "eth_chainId":
        return `0x${this.chainId.toString(16)}`;
      case "eth_getBlockByNumber":
        return this.#header(params[0] === "latest" ? this.tip : this.blocks[Number(params[0])]);
      case "eth_getBlockByHash":
        return this.#header(this.blocks.find(({ hash }) => hash === params[0]));
      case "eth_getLogs":
        return this.#logs(params[0] as { fromBlock: string; toBlock: string; topics: string[][] });
      case "eth_getCode":
        return this.#block(params[1] as { blockHash: string }).rate === null && params[0] === POOL ? "0x" : "0x60";
      case "eth_call":
        return this.#call(params[0] as { to: string; data: string }, (params[1] as { blockHash: string }).blockHash);
      default:
        throw new Error(`the fake chain does not know ${method}`);
    }
  }

  #block({ blockHash }: { blockHash: string }): FakeBlock {
    const block = this.#byHash.get(blockHash);
    // A block that was taken back is unknown again.
    if (block === undefined || this.blocks[block.number] !== block) throw new Error("unknown block");
    return block;
  }

  #header(block: FakeBlock | undefined): unknown {
    if (block === undefined) return null;
    const hex = (value: number): string => `0x${value.toString(16)}`;
    const { hash, parentHash } = block;
    return { number: hex(block.number), timestamp: hex(block.timestamp), hash, parentHash };
  }

  #logs({ fromBlock, toBlock, topics }: { fromBlock: string; toBlock: string; topics: string[][] }): unknown[] {
    return this.blocks.slice(Number(fromBlock), Number(toBlock) + 1).flatMap((block) =>
      block.logs
        .map((log, index) => ({
          ...log,
          address: REWARDS,
          blockNumber: `0x${block.number.toString(16)}`,
          blockHash: block.hash,
          logIndex: `0x${index.toString(16)}`,
        }))
        .filter((log) => topics[0]?.includes(log.topics[0] ?? "")),
    );
  }

  #call({ to, data }: { to: string; data: string }, blockHash: string): string {
    const block = this.#block({ blockHash });
    // A pool without accrual whose balance gives the rate: the least that does.
    if (to.toLowerCase() === TOKEN) {
      const balance = ((block.rate ?? 0n) * RATE_DIVISOR + RATE_FACTOR - 1n) / RATE_FACTOR;
      return sesh.encodeFunctionResult("balanceOf", [balance]);
    }
    if (to.toLowerCase() === POOL) {
      const name = pool.parseTransaction({ data })?.name ?? "";
      const values: Record<string, unknown> = {
        SESH: TOKEN,
        lastPaidOutTime: block.timestamp,
        ANNUAL_SIMPLE_PAYOUT_RATE: 151,
        BASIS_POINTS: 1000,
      };
      return block.rate === null ? "0x" : pool.encodeFunctionResult(name, [values[name]]);
    }
    const call = rewards.parseTransaction({ data });
    switch (call?.name) {
      case "isStarted":
        return rewards.encodeFunctionResult("isStarted", [block.started]);
      case "foundationPool":
        return rewards.encodeFunctionResult("foundationPool", [POOL]);
      case "recipients":
        return rewards.encodeFunctionResult("recipients", [
          block.recorded.get((call.args[0] as string).toLowerCase()) ?? 0n,
          0n,
        ]);
      case "nextServiceNodeID":
        return rewards.encodeFunctionResult("nextServiceNodeID", [block.nextId]);
      case "allServiceNodeIDs": {
        const nodes = [...block.stored.values()];
        return rewards.encodeFunctionResult("allServiceNodeIDs", [
          nodes.map(({ id }) => id),
          nodes.map(({ key }) => [key.X, key.Y]),
        ]);
      }
      case "serviceNodes":
        return rewards.encodeFunctionResult("serviceNodes", [storedTuple(block.stored.get(call.args[0] as bigint))]);
      default:
        throw new Error(`the fake chain does not know this call: ${call?.name}`);
    }
  }
}

function storedTuple(node: FakeNode | undefined): unknown[] {
  if (node === undefined) return [0, 0, ZERO, [0n, 0n], 0, 0, 0, 0n, [], 0n];
  const contributors = node.contributors.map(({ staker, beneficiary, amount }) => [[staker, beneficiary], amount]);
  const deposit = node.contributors.reduce((sum, { amount }) => sum + amount, 0n);
  const leave = node.leaveRequestedAt ?? 0;
  const operator = node.contributors[0]?.staker ?? ZERO;
  return [
    0,
    0,
    operator,
    [node.key.X, node.key.Y],
    node.addedAt ?? 0,
    leave,
    leave,
    deposit,
    contributors,
    node.ed25519,
  ];
}
