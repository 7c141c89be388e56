import type { ConsensusParams } from "../../node/index.ts";
import { toAmount } from "../api/index.ts";
import type { AddressDay, DailyRewards, RewardsInfo } from "../api/index.ts";
import { KINDS, word } from "../index/index.ts";
import type { Follower, NodeFacts, State } from "../index/index.ts";

const DAY = 86_400;
const UPDATED = KINDS.findIndex(({ name }) => name === "RewardsBalanceUpdated");
const CLAIMED = KINDS.findIndex(({ name }) => name === "RewardsClaimed");

/** An address's stakes, from the index alone. Atomic SESH. */
export interface StakeSums {
  locked: bigint;
  unlocked: bigint;
  liquidated: bigint;
  timelocked: bigint;
}

/**
 * What an address (40 digits) has locked and got back as a staker: of nodes that left all counts as unlocked, of which the penalty was
 * lost and a part may be held back for a while.
 */
export function stakeSums(state: State, address: string, rules: ConsensusParams, now: number): StakeSums {
  const sums: StakeSums = { locked: 0n, unlocked: 0n, liquidated: 0n, timelocked: 0n };
  for (const id of state.nodesOf.get(address) ?? []) {
    const node = state.nodes.get(id) as NodeFacts;
    node.shares.forEach(({ staker, amount }, i) => {
      if (staker !== address) return;
      sums.locked += amount;
      if (!node.exit) return;
      sums.unlocked += amount;
      // The penalty is the operator's alone.
      const lost = i === 0 && node.liquidated ? min(amount, node.deposit - node.exit.returned) : 0n;
      sums.liquidated += lost;
      const unlockedBefore = node.leaveAt !== 0 && node.exit.at >= node.leaveAt + rules.unlockDelay;
      if (node.liquidated && !unlockedBefore && now < node.exit.at + rules.liquidatedStakeLock)
        sums.timelocked += amount - lost;
    });
  }
  return sums;
}

/**
 * The figures of an address.
 *
 * @param lifetime - Lifetime amount by the network's word, stakes that came back included; the contract's record where nobody said.
 */
export function toRewardsInfo(sums: StakeSums, lifetime: bigint, claimed: bigint): RewardsInfo {
  const returned = sums.unlocked - sums.liquidated - sums.timelocked;
  // One figure is signed for both; what came back of stakes is taken to be in it as soon as the network pays it.
  const stakesIn = min(returned, lifetime);
  const rewards = lifetime - stakesIn;
  const claimedRewards = min(claimed, rewards);
  return {
    amount: toAmount(lifetime > claimed ? lifetime - claimed : 0n),
    claimed_rewards: toAmount(claimedRewards),
    claimed_stakes: toAmount(claimed - claimedRewards),
    lifetime_liquidated_stakes: toAmount(sums.liquidated),
    lifetime_locked_stakes: toAmount(sums.locked),
    lifetime_rewards: toAmount(rewards),
    lifetime_unlocked_stakes: toAmount(sums.unlocked),
    locked_stakes: toAmount(sums.locked - sums.unlocked),
    timelocked_stakes: toAmount(sums.timelocked),
  };
}

interface DayFigure {
  day: number;
  block: number;
  timestamp: number;
  lifetime: bigint;
  claimed: bigint;
}

/** Lifetime figures of an address over time: what the contract took on record, what the network signed, what nodes said. */
export class Earnings {
  readonly #follower: Follower;

  constructor(follower: Follower) {
    this.#follower = follower;
  }

  /** Keeps a figure that was signed or said; of each day the greatest. */
  async note(account: string, lifetime: bigint, block: number, timestamp: number): Promise<void> {
    await this.#follower.store.db.query(
      `INSERT INTO figures VALUES (decode($1, 'hex'), $2, $3, $4, $5::numeric) ON CONFLICT (account, day) DO UPDATE
         SET block = excluded.block, timestamp = excluded.timestamp, lifetime = excluded.lifetime
         WHERE excluded.lifetime >= figures.lifetime`,
      [account, Math.floor(timestamp / DAY), block, timestamp, lifetime.toString()],
    );
  }

  /** The same for many at once. */
  async noteAll(figures: ReadonlyMap<string, bigint>, block: number, timestamp: number): Promise<void> {
    await this.#follower.store.db.query(
      `INSERT INTO figures SELECT decode(a, 'hex'), $3, $4, $5, l::numeric FROM unnest($1::text[], $2::text[]) AS u(a, l)
         ON CONFLICT (account, day) DO UPDATE SET block = excluded.block, timestamp = excluded.timestamp,
           lifetime = excluded.lifetime WHERE excluded.lifetime >= figures.lifetime`,
      [[...figures.keys()], [...figures.values()].map(String), Math.floor(timestamp / DAY), block, timestamp],
    );
  }

  async daily(account: string): Promise<DailyRewards[]> {
    return (await this.#days(account)).map(({ block, lifetime, timestamp }) => ({
      block,
      lifetime_rewards: Number(lifetime),
      timestamp,
    }));
  }

  async history(account: string): Promise<AddressDay[]> {
    const days = await this.#days(account);
    return days.map(({ day, block, lifetime, claimed }, i) => ({
      t: day * DAY,
      block,
      lifetime: toAmount(lifetime),
      earned: toAmount(lifetime - (days[i - 1]?.lifetime ?? 0n)),
      claimed: toAmount(claimed),
    }));
  }

  /** A figure a day, ascending; lifetime figures only grow, whoever said them. */
  async #days(account: string): Promise<DayFigure[]> {
    const { store, head } = this.#follower;
    const [events, figures] = await Promise.all([
      store.eventsOf(account, [UPDATED, CLAIMED]),
      store.db.query<{ block: number; timestamp: number; lifetime: string }>(
        "SELECT block, timestamp, lifetime::text AS lifetime FROM figures WHERE account = decode($1, 'hex') ORDER BY day",
        [account],
      ),
    ]);
    const points = [
      ...events.map((event) => ({
        block: event.block,
        timestamp: event.timestamp,
        lifetime: event.kind === UPDATED ? word(event, 1) : 0n,
        claimed: event.kind === CLAIMED ? word(event, 1) : 0n,
      })),
      // Said of a block that was taken back since: gone.
      ...figures
        .filter(({ block }) => block <= (head?.block ?? 0))
        .map(({ lifetime, ...at }) => ({ ...at, lifetime: BigInt(lifetime), claimed: 0n })),
    ].sort((a, b) => a.block - b.block);
    const days = new Map<number, DayFigure>();
    let lifetime = 0n;
    for (const point of points) {
      if (point.lifetime > lifetime) lifetime = point.lifetime;
      const day = Math.floor(point.timestamp / DAY);
      const claimed = (days.get(day)?.claimed ?? 0n) + point.claimed;
      days.set(day, { day, block: point.block, timestamp: point.timestamp, lifetime, claimed });
    }
    return [...days.values()];
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
