/**
 * The rules of a network as numbers. All durations are in seconds, all heights in blocks of the chain that holds the contracts.
 *
 * {@link ConsensusParams} decide what an honest node signs: every node of a network must run the same ones, or their figures
 * (and so their signatures) differ. `GET /v1/info` shows their fingerprint. {@link LocalParams} are a node's own business.
 */

import type { LeaseParams } from "./quorum/leases.ts";
import type { DutyParams, TestParams } from "./quorum/voter.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds of payout that `RewardRatePool.rewardRate()` covers: fixed in the contract. */
export const POOL_RATE_SECONDS = 120n;

/** The operator's fee is in units of 1 / 10,000 of a node's part. */
export const FEE_DENOMINATOR = 10_000n;

/** The rules of what an honest node signs: all nodes of a network must have the same. */
export interface ConsensusParams {
  /** Length of a round. A round pays `rewardRate() * roundSeconds / 120`; on the live network exactly `rewardRate()`. */
  readonly roundSeconds: number;
  /** Rounds that a node must have been active for before it is paid. */
  readonly payableAfterRounds: number;
  /** From the first exit request to the moment the node leaves the network and its exit is signed. */
  readonly unlockDelay: number;
  /** How long the network signs an unlocked node's exit; afterwards the node is liquidatable. */
  readonly exitSigningWindow: number;
  /** From deregistration (failed tests) to the moment the node is liquidatable. */
  readonly liquidationDelay: number;
  /**
   * How long the stake of a node that was liquidated *without having unlocked* stays locked after the liquidation. The live rule
   * is 30 days from deregistration; the earliest liquidation is 7 days after it, and only the liquidation is on the chain.
   */
  readonly liquidatedStakeLock: number;
  /** A signed timestamp may differ from the node's clock by this much, inclusive. */
  readonly timestampTolerance: number;
}

/** The rules by which quorums judge (consensus), and those by which a node tests its peers (its own, as nobody can check them). */
export interface StandingParams extends LeaseParams, TestParams, DutyParams {
  /** A node announces itself this often, in seconds. */
  readonly announceSeconds: number;
}

/** A node's own business. */
export interface LocalParams {
  /** Blocks behind the newest one that the node believes in: 0 where blocks are never taken back. */
  readonly confirmations: number;
  /** Blocks for which lifetime rewards can be asked; older heights are answered with 410. */
  readonly historyBlocks: number;
  /** Milliseconds between two looks at the chain when nobody asks. */
  readonly pollMs: number;
  /** A question about the newest state re-reads the chain unless the last look is younger than this (milliseconds). */
  readonly minSyncIntervalMs: number;
  /** Seconds for which "latest" may be answered from the last view while the chain endpoint fails. */
  readonly maxStaleSeconds: number;
  /** Blocks asked for in one `eth_getLogs`; halved whenever an endpoint refuses. */
  readonly logRange: number;
  /** Milliseconds between two ticks of peer tests. */
  readonly testIntervalMs: number;
  /** Peers tested in a tick, in turn, besides those that failed their last test. */
  readonly testsPerTick: number;
  /** Milliseconds that a peer has to answer a test. */
  readonly testTimeoutMs: number;
}

/** All parameters of a node. */
export interface NodeParams extends ConsensusParams, StandingParams, LocalParams {}

const mainnet: NodeParams = {
  roundSeconds: 2 * MINUTE,
  payableAfterRounds: 720,
  unlockDelay: 15 * DAY,
  exitSigningWindow: 7 * DAY,
  liquidationDelay: 7 * DAY,
  liquidatedStakeLock: 23 * DAY,
  timestampTolerance: 3 * MINUTE,

  proofValidity: 2 * HOUR + 5 * MINUTE,
  announceSeconds: HOUR,
  unreachableAfter: HOUR,
  clockTolerance: 3 * MINUTE,
  heightTolerance: 10 * MINUTE,
  addressSeconds: DAY,
  dutyRounds: 20,
  dutiesJudged: 8,
  dutiesMissable: 4,

  epochRounds: 20,
  lagRounds: 10,
  leaseRounds: 60,
  voteRounds: 60,
  minQuorums: 3,
  initialCredit: 60,
  creditPerDay: 24,
  maxCredit: 1440,
  dayRounds: 720,

  // Arbitrum makes about four blocks a second: a minute of depth, two hours of history.
  confirmations: 240,
  historyBlocks: 28_800,
  pollMs: 5_000,
  minSyncIntervalMs: 1_000,
  maxStaleSeconds: 60,
  logRange: 10_000,
  testIntervalMs: 10_000,
  testsPerTick: 10,
  testTimeoutMs: 5_000,
};

const testnet: NodeParams = {
  ...mainnet,
  unlockDelay: DAY,
  exitSigningWindow: HOUR,
  liquidationDelay: DAY,
  liquidatedStakeLock: 0,
};

/** A local network that runs its day in seconds, beside a chain whose blocks are final at once. */
const devnet: NodeParams = {
  ...mainnet,
  roundSeconds: 2,
  payableAfterRounds: 3,
  unlockDelay: 30,
  exitSigningWindow: 600,
  liquidationDelay: 10,
  liquidatedStakeLock: 0,

  proofValidity: 60,
  announceSeconds: 20,
  unreachableAfter: 30,
  clockTolerance: 3 * MINUTE,
  heightTolerance: 3 * MINUTE,
  addressSeconds: 10 * MINUTE,
  dutyRounds: 30,

  // Each node is tested in each round: few nodes, and blocks that settle many rounds at once when the clock is moved.
  epochRounds: 1,
  lagRounds: 2,
  leaseRounds: 30,
  voteRounds: 30,
  minQuorums: 3,
  initialCredit: 30,
  creditPerDay: 5,
  maxCredit: 60,
  dayRounds: 60,

  confirmations: 0,
  historyBlocks: 4_096,
  pollMs: 1_000,
  minSyncIntervalMs: 0,
  testIntervalMs: 1_500,
  testsPerTick: 3,
  testTimeoutMs: 2_000,
};

/** The presets by network name. `mainnet` holds the live values of Arbitrum One. */
export const PARAMS = { mainnet, testnet, devnet } as const satisfies Record<string, NodeParams>;

/** Name of a preset. */
export type NetworkName = keyof typeof PARAMS;

/** Version of the rules that are code and not numbers; part of the fingerprint. 4: quorums, which charge a change of address too. */
export const RULES_VERSION = 4;

/** The consensus part alone, in a fixed order: what two nodes must share to agree. */
export function consensusParams(params: ConsensusParams & LeaseParams): ConsensusParams & LeaseParams {
  const { roundSeconds, payableAfterRounds, unlockDelay, exitSigningWindow } = params;
  const { liquidationDelay, liquidatedStakeLock, timestampTolerance } = params;
  const { epochRounds, lagRounds, leaseRounds, voteRounds, minQuorums } = params;
  const { initialCredit, creditPerDay, maxCredit, dayRounds } = params;
  return {
    roundSeconds,
    payableAfterRounds,
    unlockDelay,
    exitSigningWindow,
    liquidationDelay,
    liquidatedStakeLock,
    timestampTolerance,
    epochRounds,
    lagRounds,
    leaseRounds,
    voteRounds,
    minQuorums,
    initialCredit,
    creditPerDay,
    maxCredit,
    dayRounds,
  };
}
