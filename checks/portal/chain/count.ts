/** Events of a chain counted from its logs and nothing else: what every index of them must agree with. */
import { Interface } from "ethers";
import {
  rewardRatePoolAbi,
  serviceNodeContributionAbi,
  serviceNodeContributionFactoryAbi,
  serviceNodeRewardsAbi,
} from "../../../src/chain/index.ts";

type Rpc = (method: string, params: unknown[]) => Promise<unknown>;

export interface Log {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  logIndex: string;
  transactionHash: string;
}

export interface Addresses {
  rewards: { address: string };
  pool: { address: string };
  factory: { address: string };
}

export interface Counted {
  total: number;
  byName: Record<string, number>;
  /** Contribution contracts that the factory made, in lower case. */
  contributions: string[];
  /** Blocks with such an event. */
  blocks: number;
  head: number;
}

const INTERFACES = [
  serviceNodeRewardsAbi,
  rewardRatePoolAbi,
  serviceNodeContributionFactoryAbi,
  serviceNodeContributionAbi,
];
const EVENTS = new Interface(INTERFACES.flatMap((abi) => [...abi].filter((line) => line.startsWith("event "))));
const RANGE = 5_000;

/** Logs of the family that their interfaces know, block by block in the chain's order; `each` sees them all. */
export async function plainCount(rpc: Rpc, contracts: Addresses, each?: (log: Log) => void): Promise<Counted> {
  const fixed = [contracts.rewards, contracts.pool, contracts.factory].map(({ address }) => address.toLowerCase());
  const made = EVENTS.getEvent("NewServiceNodeContributionContract")?.topicHash as string;
  const head = Number(await rpc("eth_blockNumber", []));
  const family = new Set(fixed);
  const byName: Record<string, number> = {};
  const blocks = new Set<string>();
  let total = 0;
  for (let from = 0; from <= head; from += RANGE) {
    const range = { fromBlock: hex(from), toBlock: hex(Math.min(from + RANGE - 1, head)) };
    // Everybody's logs: the new contract's own come before the factory's.
    const logs = (await rpc("eth_getLogs", [range])) as Log[];
    for (const { topics } of logs) if (topics[0] === made) family.add(`0x${topics[1]?.slice(26)}`);
    for (const log of logs) {
      if (!family.has(log.address.toLowerCase())) continue;
      const name = EVENTS.getEvent(log.topics[0] ?? "")?.name;
      if (name === undefined) continue;
      byName[name] = (byName[name] ?? 0) + 1;
      blocks.add(log.blockNumber);
      total++;
      each?.(log);
    }
  }
  const contributions = [...family].filter((address) => !fixed.includes(address));
  return { total, byName, contributions, blocks: blocks.size, head };
}

const hex = (n: number): string => `0x${n.toString(16)}`;
