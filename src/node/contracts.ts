/** The contracts as the node reads them: events into ledger events, views at pinned blocks. Nothing here writes. */
import { Interface, toBeHex } from "ethers";
import type { Result } from "ethers";
import { serviceNodeRewardsAbi } from "../chain/abi.ts";
import { Words } from "../chain/words.ts";
import { verifyRegistration } from "../bls/index.ts";
import { POOL_RATE_SECONDS } from "./params.ts";
import type { Hex, LedgerContributor, LedgerEvent, LedgerNode } from "./ledgerTypes.ts";
import type { Header, Rpc, RpcLog } from "./rpc.ts";
import { contributorOf, poolViews, rewardsViews, tokenViews } from "./views.ts";
import type { View } from "./views.ts";

const rewards = new Interface(serviceNodeRewardsAbi);

const YEAR = 365n * 86_400n;

const topicOf = (name: string): string => {
  const event = rewards.getEvent(name);
  if (event === null) throw new Error(`the rewards ABI has no event ${name}`);
  return event.topicHash;
};

/** Topics of all events that move the ledger. */
export const LEDGER_TOPICS: string[] = [
  "NewSeededServiceNode",
  "NewServiceNodeV2",
  "ServiceNodeExitRequest",
  "ServiceNodeLiquidated",
  "ServiceNodeExit",
  "RewardsBalanceUpdated",
].map(topicOf);

/** 64 bytes X || Y in lower-case hex. */
function keyHex(key: { X: bigint; Y: bigint }): Hex {
  return `0x${toBeHex(key.X, 32).slice(2)}${toBeHex(key.Y, 32).slice(2)}`;
}

const pointOf = (value: Result): { X: bigint; Y: bigint } => ({
  X: value.getValue("X") as bigint,
  Y: value.getValue("Y") as bigint,
});

function contributorsOf(values: Iterable<Result>): LedgerContributor[] {
  return [...values].map((value) => {
    const staker = value.getValue("staker") as Result;
    const address = (name: string): string => (staker.getValue(name) as string).toLowerCase();
    return contributorOf(address("addr"), address("beneficiary"), value.getValue("stakedAmount") as bigint);
  });
}

const sumOf = (contributors: readonly LedgerContributor[]): bigint =>
  contributors.reduce((sum, { amount }) => sum + amount, 0n);

const REGISTRATIONS_KEPT = 4_096;
/** What was found of registrations: the same events are read again after a rewind, and by each node of a process. */
const registrations = new Map<string, boolean>();

/** Whether the identity key has signed the registration: the contract does not look, the network must. */
function isSigned(key: Result, details: Result): boolean {
  const half = (name: string): bigint => details.getValue(name) as bigint;
  const { X, Y } = pointOf(key);
  const signature = [half("serviceNodeSignature1"), half("serviceNodeSignature2")] as const;
  const name = [half("serviceNodePubkey"), X, Y, ...signature].join();
  let signed = registrations.get(name);
  if (signed === undefined) {
    signed = verifyRegistration(half("serviceNodePubkey"), { X, Y }, signature);
    if (registrations.size >= REGISTRATIONS_KEPT) registrations.clear();
    registrations.set(name, signed);
  }
  return signed;
}

export interface Contracts {
  /** `addedTimestamp`, contributors and all of one node, or undefined when the contract does not hold it at that block. */
  node(id: bigint, blockHash: string): Promise<LedgerNode | undefined>;
  /** Every node that the contract holds at a block, in list order. */
  allNodes(blockHash: string): Promise<LedgerNode[]>;
  /** Decodes one log. Some events lack what the ledger needs; the rest is read from the state at the log's block. */
  decode(log: RpcLog, header: Header): Promise<LedgerEvent>;
  /**
   * `rewardRate()` at a block, computed from the pool's state and the header's timestamp; 0n before the pool exists.
   *
   * Not called: some clients run a call that is pinned to a block in the environment of the next one, now and then, and the rate
   * depends on the time. Two nodes that were told different rates would never agree again.
   */
  rewardRate(header: Header): Promise<bigint>;
  /** Ids of the nodes that the contract holds at a block, and the id that it gives next. */
  listed(blockHash: string): Promise<{ ids: bigint[]; nextId: bigint }>;
  /** `isStarted()` at a block; false before the contract exists. */
  isStarted(blockHash: string): Promise<boolean>;
  /** Whether there is a contract at a block. */
  exists(blockHash: string): Promise<boolean>;
  /** `recipients(address).rewards` at a block. */
  recordedRewards(recipient: string, blockHash: string): Promise<bigint>;
}

export interface ContractsOptions {
  readonly rpc: Rpc;
  /** Address of the ServiceNodeRewards proxy. */
  readonly rewards: string;
  /** Address of the RewardRatePool proxy. */
  readonly pool: string;
  /** Operator fees by Ed25519 key (0x, lower case), for nodes whose registration event is not seen: the state does not hold it. */
  readonly fees?: Readonly<Record<string, number>>;
}

/** Reads `foundationPool()` of a rewards contract, at a block. */
export async function readPoolAddress(rpc: Rpc, contract: string, blockHash: string): Promise<string> {
  const { data, decode } = rewardsViews.foundationPool();
  const answer = await rpc.call(contract, data, blockHash);
  if (answer === "0x") throw new Error(`there is no contract at ${contract}`);
  if (answer === null) throw new Error(`the contract at ${contract} is no ServiceNodeRewards`);
  try {
    return decode(new Words(answer));
  } catch (cause) {
    const words = `the contract at ${contract} is no ServiceNodeRewards: foundationPool() answers something else`;
    throw new Error(words, { cause });
  }
}

/** `RewardRatePool.rewardRate()` of its state: what {@link POOL_RATE_SECONDS} pay on what is left when the accrual is taken off. */
function poolRate(
  state: { balance: bigint; lastPaidOutTime: bigint; annualRate: bigint; basis: bigint },
  timestamp: number,
): bigint {
  const { balance, lastPaidOutTime, annualRate, basis } = state;
  const payout = (amount: bigint, seconds: bigint): bigint => (amount * annualRate * seconds) / (basis * YEAR);
  // The contract reverts (a test network's owner may set the time): nothing can be paid at that moment.
  if (BigInt(timestamp) < lastPaidOutTime) return 0n;
  const accrued = payout(balance, BigInt(timestamp) - lastPaidOutTime);
  return payout(accrued < balance ? balance - accrued : 0n, POOL_RATE_SECONDS);
}

export function createContracts(options: ContractsOptions): Contracts {
  const { rpc, fees = {} } = options;

  const read = <T>(view: View<T>, blockHash: string): Promise<T | undefined> =>
    ask(options.rewards, "ServiceNodeRewards", view, blockHash);

  /** A view of a contract that must be what it is taken for; undefined where there is no code at that block, asked for as such. */
  const ask = async <T>(address: string, what: string, view: View<T>, blockHash: string): Promise<T | undefined> => {
    const data = await rpc.call(address, view.data, blockHash);
    const no = `the contract at ${address} is no ${what}: ${view.name}()`;
    if (data === null) throw new Error(`${no} reverts`);
    if (data !== "0x") {
      try {
        return view.decode(new Words(data));
      } catch (cause) {
        throw new Error(`${no} answers something else`, { cause });
      }
    }
    if (await rpc.hasCode(address, blockHash)) throw new Error(`${no} answers nothing`);
    return undefined;
  };
  let token: string | undefined;

  const contracts: Contracts = {
    async node(id, blockHash) {
      const stored = await read(rewardsViews.serviceNodes(id), blockHash);
      if (stored === undefined || stored.contributors.length === 0) return undefined;
      return {
        ...stored,
        id,
        fee: fees[stored.ed25519Pubkey] ?? 0,
        deposit: sumOf(stored.contributors),
        signed: true,
        liquidated: false,
      };
    },

    async allNodes(blockHash) {
      const ids = (await read(rewardsViews.allServiceNodeIDs(), blockHash)) ?? [];
      const nodes = await Promise.all(ids.map((id) => contracts.node(id, blockHash)));
      return nodes.filter((node) => node !== undefined);
    },

    async decode(log, header) {
      const parsed = rewards.parseLog(log);
      if (parsed === null) throw new Error(`log ${log.logIndex} of block ${log.blockNumber} is not one of the ABI`);
      if (parsed.name === "RewardsBalanceUpdated") {
        const recipient = (parsed.args.getValue("recipientAddress") as string).toLowerCase();
        return { kind: "recorded", recipient, amount: parsed.args.getValue("amount") as bigint };
      }
      const id = parsed.args.getValue("serviceNodeID") as bigint;
      switch (parsed.name) {
        case "NewServiceNodeV2": {
          const contributors = contributorsOf(parsed.args.getValue("contributors") as Iterable<Result>);
          const details = parsed.args.getValue("serviceNode") as Result;
          const fee = Number(details.getValue("fee"));
          const signed = isSigned(parsed.args.getValue("pubkey") as Result, details);
          if (contributors.length === 0) return { kind: "added", node: { ...(await stored(id, header)), fee, signed } };
          const node: LedgerNode = {
            id,
            blsPubkey: keyHex(pointOf(parsed.args.getValue("pubkey") as Result)),
            ed25519Pubkey: toBeHex(details.getValue("serviceNodePubkey") as bigint, 32) as Hex,
            fee,
            contributors,
            deposit: sumOf(contributors),
            addedAt: header.timestamp,
            leaveRequestedAt: null,
            signed,
            liquidated: false,
          };
          return { kind: "added", node };
        }
        case "NewSeededServiceNode":
          return { kind: "added", node: await stored(id, header) };
        case "ServiceNodeExitRequest":
          return { kind: "exitRequested", id };
        case "ServiceNodeLiquidated":
          return { kind: "liquidated", id };
        case "ServiceNodeExit":
          return { kind: "exited", id, returnedAmount: parsed.args.getValue("returnedAmount") as bigint };
        default:
          throw new Error(`event ${parsed.name} is not one of the ledger's`);
      }
    },

    async rewardRate({ hash, timestamp }) {
      // Asked first: an account without code pays nothing, and has no state to read.
      if (token === undefined) {
        if (!(await rpc.hasCode(options.pool, hash))) return 0n;
        token = await ask(options.pool, "RewardRatePool", poolViews.SESH(), hash);
        if (token === undefined) return 0n;
      }
      const ofPool = (view: View<bigint>) => ask(options.pool, "RewardRatePool", view, hash);
      const [balance, lastPaidOutTime, annualRate, basis] = await Promise.all([
        ask(token, "ERC-20 token", tokenViews.balanceOf(options.pool), hash),
        ofPool(poolViews.lastPaidOutTime()),
        ofPool(poolViews.ANNUAL_SIMPLE_PAYOUT_RATE()),
        ofPool(poolViews.BASIS_POINTS()),
      ]);
      if (balance === undefined || lastPaidOutTime === undefined) return 0n;
      if (annualRate === undefined || basis === undefined) return 0n;
      return poolRate({ balance, lastPaidOutTime, annualRate, basis }, timestamp);
    },

    async listed(blockHash) {
      const [ids = [], nextId = 1n] = await Promise.all([
        read(rewardsViews.allServiceNodeIDs(), blockHash),
        read(rewardsViews.nextServiceNodeID(), blockHash),
      ]);
      return { ids, nextId };
    },

    async isStarted(blockHash) {
      return (await read(rewardsViews.isStarted(), blockHash)) ?? false;
    },

    async exists(blockHash) {
      return rpc.hasCode(options.rewards, blockHash);
    },

    async recordedRewards(recipient, blockHash) {
      return (await read(rewardsViews.recipients(recipient), blockHash)) ?? 0n;
    },
  };

  /** The state of a node just added; a leave request later in the same block comes with its own event. */
  async function stored(id: bigint, header: Header): Promise<LedgerNode> {
    const node = await contracts.node(id, header.hash);
    if (node === undefined) throw new Error(`node ${id} was added in block ${header.height} but is not in its state`);
    return { ...node, leaveRequestedAt: null };
  }

  return contracts;
}
