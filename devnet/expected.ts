import type { Contract } from "ethers";
import { RULES } from "./network.ts";
import type { DevNode } from "./network.ts";

/**
 * What a recipient must have earned, computed a second way: round by round from the contract's *state* at each block (the nodes'
 * ledgers work from events), so that the devnet's check does not repeat the ledger's own reasoning.
 */
export interface ExpectedOptions {
  chain: BlockReader;
  /** The block from whose end state the nodes' ledgers start. */
  genesisHeight: number;
  /** Length of a round in seconds. */
  roundSeconds: number;
  /** Rounds that a node must have been active for before it is paid. */
  payableAfterRounds: number;
  /** Seconds between an exit request and the moment the node is no longer paid. */
  unlockDelay: number;
  /** Rounds in which a node earns nothing, by certificate. */
  unpaid?: (id: bigint) => readonly { from: number; until: number }[];
  /** Operator's fee in 1/10,000 by node id; the contract emits it and does not store it. */
  fees: ReadonlyMap<bigint, number>;
}

/** What is asked of the running devnet. */
interface Running {
  blocks: BlockReader;
  genesisHeight: number;
  fees: ReadonlyMap<bigint, number>;
  honest: readonly DevNode[];
}

/** What everybody must have earned by the end of a block of the devnet. */
export function expectedFor(net: Running, height: number): Promise<Map<string, bigint>> {
  const { blocks: chain, genesisHeight, fees } = net;
  const { roundSeconds, payableAfterRounds, unlockDelay } = RULES;
  const [witness] = net.honest;
  const unpaid = memo((id: bigint) => witness?.running?.standing(id).unpaid ?? []);
  return expectedRewards({ chain, genesisHeight, fees, roundSeconds, payableAfterRounds, unlockDelay, unpaid }, height);
}

/** Asks once for each key: blocks of the devnet are never taken back. */
function memo<K, V>(ask: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = ask(key)));
    return value;
  };
}

/** What the contracts say at the end of each block; each block is read once. */
export class BlockReader {
  readonly timestamp: (height: number) => Promise<number>;
  readonly rewardRate: (height: number) => Promise<bigint>;
  readonly nodes: (height: number) => Promise<NodeState[]>;

  constructor(rewards: Contract, pool: Contract) {
    const provider = rewards.runner?.provider;
    if (!provider) throw new Error("the rewards contract has no provider");
    this.timestamp = memo(async (height) => {
      const block = await provider.getBlock(height);
      if (block === null) throw new Error(`block ${height} is not there`);
      return block.timestamp;
    });
    this.rewardRate = memo((height) => pool.getFunction("rewardRate").staticCall({ blockTag: height }));
    this.nodes = memo((height) => nodesAt(rewards, height));
  }
}

interface NodeState {
  id: bigint;
  addedTimestamp: number;
  leaveRequestTimestamp: number;
  deposit: bigint;
  contributors: { beneficiary: string; amount: bigint }[];
}

const SECONDS_OF_RATE = 120n; // RewardRatePool.rewardRate() is the payout of two minutes
const FEE_UNIT = 10_000n;

/** Rewards of rounds, in atomic SESH by beneficiary, from the genesis block to the end of block `height`. */
async function expectedRewards(options: ExpectedOptions, height: number): Promise<Map<string, bigint>> {
  const { chain, genesisHeight, roundSeconds } = options;
  const heights = Array.from({ length: height - genesisHeight + 1 }, (_, i) => genesisHeight + i);
  const times = await Promise.all(heights.map((h) => chain.timestamp(h)));
  const genesisTime = times[0] ?? 0;
  const roundOf = (time: number) => Math.floor((time - genesisTime) / roundSeconds);

  const totals = new Map<string, bigint>();
  for (const [index, time] of times.entries()) {
    const before = times[index - 1];
    if (before === undefined || roundOf(time) === roundOf(before)) continue;
    const block = genesisHeight + index;
    const rate = await chain.rewardRate(block);
    const perRound = (rate * BigInt(roundSeconds)) / SECONDS_OF_RATE;
    const nodes = await chain.nodes(block - 1);
    // Rounds in a row in which the same nodes share and the same are paid are credited at once: a block may settle a day of them.
    let run: { sharing: NodeState[]; paid: NodeState[]; rounds: number } = { sharing: [], paid: [], rounds: 0 };
    for (let round = roundOf(before) + 1; round <= roundOf(time); round++) {
      const roundTime = genesisTime + round * roundSeconds;
      const sharing = nodes.filter(
        (node) =>
          roundOf(node.addedTimestamp) + 1 + options.payableAfterRounds <= round &&
          (node.leaveRequestTimestamp === 0 || roundTime < node.leaveRequestTimestamp + options.unlockDelay),
      );
      const paid = sharing.filter(
        (node) => !options.unpaid?.(node.id).some(({ from, until }) => from <= round && round < until),
      );
      if (!isSame(sharing, run.sharing) || !isSame(paid, run.paid)) {
        creditRun(totals, run, perRound, options.fees);
        run = { sharing, paid, rounds: 0 };
      }
      run.rounds++;
    }
    creditRun(totals, run, perRound, options.fees);
  }
  return totals;
}

const isSame = (a: readonly NodeState[], b: readonly NodeState[]): boolean =>
  a.length === b.length && a.every((node, i) => node === b[i]);

/** `rounds` times what one round pays: all divisions are those of a single round. */
function creditRun(
  totals: Map<string, bigint>,
  { sharing, paid, rounds }: { sharing: readonly NodeState[]; paid: readonly NodeState[]; rounds: number },
  perRound: bigint,
  fees: ReadonlyMap<bigint, number>,
): void {
  for (const node of paid) {
    credit(totals, node, perRound / BigInt(sharing.length), fees.get(node.id) ?? 0, BigInt(rounds));
  }
}

/** One node's share of one round, `rounds` times: the fee to the operator's beneficiary, then each contributor's part, floored. */
function credit(totals: Map<string, bigint>, node: NodeState, share: bigint, fee: number, rounds: bigint): void {
  const add = (recipient: string, amount: bigint) =>
    totals.set(recipient, (totals.get(recipient) ?? 0n) + amount * rounds);
  const feeAmount = (share * BigInt(fee)) / FEE_UNIT;
  const [operator] = node.contributors;
  if (operator && feeAmount > 0n) add(operator.beneficiary, feeAmount);
  for (const { beneficiary, amount } of node.contributors)
    add(beneficiary, ((share - feeAmount) * amount) / node.deposit);
}

async function nodesAt(rewards: Contract, blockTag: number): Promise<NodeState[]> {
  const [ids]: [bigint[]] = await rewards.getFunction("allServiceNodeIDs").staticCall({ blockTag });
  return Promise.all(
    ids.map(async (id) => {
      const node = await rewards.getFunction("serviceNodes").staticCall(id, { blockTag });
      return {
        id,
        addedTimestamp: Number(node.addedTimestamp),
        leaveRequestTimestamp: Number(node.leaveRequestTimestamp),
        deposit: node.deposit as bigint,
        contributors: node.contributors.map((c: { staker: { beneficiary: string }; stakedAmount: bigint }) => ({
          beneficiary: c.staker.beneficiary,
          amount: c.stakedAmount,
        })),
      };
    }),
  );
}
