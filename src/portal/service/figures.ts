import type { JsonRpcProvider } from "ethers";
import { publicKeyFromParams, publicKeyToHex } from "../../bls/index.ts";
import type { G1Params } from "../../bls/index.ts";
import { getContributionFactory, getPool, getToken } from "../../chain/index.ts";
import type { RewardsContract } from "../../chain/index.ts";

/** The contract's own figures at one block. Amounts in atomic SESH, times in unix seconds. */
export interface Figures {
  block: number;
  timestamp: number;
  stakingRequirement: bigint;
  maxContributors: number;
  totalNodes: number;
  /** Payout of the pool in two minutes. */
  rewardRate: bigint;
  poolBalance: bigint;
  claimThreshold: bigint;
  claimCycle: number;
  claimedInCycle: bigint;
  paused: boolean;
  factoryPaused: boolean | null;
  started: boolean;
  nonSignerThreshold: number;
  /** 128 hex digits; zeros for no node. */
  aggregatePubkey: string;
  ratios: { liquidator: number; pool: number; recipient: number };
  signatureExpiry: number;
  /** Of the block, and the nodes' keys at it by the index; undefined while the index is behind. */
  keys: { hash: string; list: readonly [id: number, bls: string][] } | undefined;
}

/** The contracts of one network. */
export interface Contracts {
  provider: JsonRpcProvider;
  rewards: RewardsContract;
  addresses: { rewards: string; pool: string; token: string; factory: string | undefined };
}

/** Reads them all, pinned to a block. */
export async function readFigures(
  contracts: Contracts,
  block: number,
  timestamp: number,
  keys: Figures["keys"],
): Promise<Figures> {
  const { provider, rewards, addresses } = contracts;
  const pinned = { blockTag: block };
  const factory = addresses.factory === undefined ? undefined : getContributionFactory(addresses.factory, provider);
  const [requirement, most, total, rate, balance, threshold, cycle, current, claimed, paused, factoryPaused, started] =
    await Promise.all([
      rewards.stakingRequirement(pinned),
      rewards.maxContributors(pinned),
      rewards.totalNodes(pinned),
      getPool(addresses.pool, provider).rewardRate(pinned),
      getToken(addresses.token, provider).balanceOf(addresses.pool, pinned),
      rewards.claimThreshold(pinned),
      rewards.claimCycle(pinned),
      rewards.currentClaimCycle(pinned),
      rewards.currentClaimTotal(pinned),
      rewards.paused(pinned),
      factory?.paused(pinned) ?? Promise.resolve(null),
      rewards.isStarted(pinned),
    ]);
  const [nonSigners, aggregate, liquidator, pool, recipient, expiry] = await Promise.all([
    rewards.blsNonSignerThreshold(pinned),
    rewards.aggregatePubkey(pinned),
    rewards.liquidatorRewardRatio(pinned),
    rewards.poolShareOfLiquidationRatio(pinned),
    rewards.recipientRatio(pinned),
    rewards.signatureExpiry(pinned),
  ]);
  return {
    block,
    timestamp,
    stakingRequirement: requirement,
    maxContributors: Number(most),
    totalNodes: Number(total),
    rewardRate: rate,
    poolBalance: balance,
    claimThreshold: threshold,
    claimCycle: Number(cycle),
    // The contract's counter is of the cycle of the last claim; in any other nothing was paid yet.
    claimedInCycle: BigInt(timestamp) / cycle === current ? claimed : 0n,
    paused,
    factoryPaused,
    started,
    nonSignerThreshold: Number(nonSigners),
    aggregatePubkey: keyHex(aggregate),
    ratios: { liquidator: Number(liquidator), pool: Number(pool), recipient: Number(recipient) },
    signatureExpiry: Number(expiry),
    keys,
  };
}

function keyHex({ X, Y }: G1Params): string {
  return X === 0n && Y === 0n ? "0".repeat(128) : publicKeyToHex(publicKeyFromParams({ X, Y })).slice(2);
}
