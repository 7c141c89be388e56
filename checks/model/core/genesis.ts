import { ZERO } from "./world.ts";
import type { Address, World } from "./world.ts";

const nobody = { owner: ZERO, pendingOwner: ZERO, paused: false, initialized: 0n };

/** Before anything happened: proxies without state, the L1 token with its whole supply at the owner. */
export function emptyWorld(chainId: bigint, at: World["at"], genesisReceiver: Address, l1Supply: bigint): World {
  return {
    chainId,
    now: 0n,
    block: 0n,
    at,
    tokens: {
      [at.token]: { balances: {}, allowances: {}, nonces: {}, supply: 0n, gateway: ZERO, initialized: 0n },
      [at.l1Token]: {
        balances: { [genesisReceiver]: l1Supply },
        allowances: {},
        nonces: {},
        supply: l1Supply,
        genesisReceiver,
      },
    },
    rewards: {
      ...nobody,
      started: false,
      token: ZERO,
      foundationPool: ZERO,
      nextId: 0n,
      totalNodes: 0n,
      threshold: 0n,
      thresholdMax: 0n,
      expiry: 0n,
      requirement: 0n,
      maxContributors: 0n,
      ratios: { liquidator: 0n, pool: 0n, recipient: 0n },
      list: [],
      nodes: {},
      recipients: {},
      aggregate: 0n,
      lastHeight: 0n,
      additions: 0n,
      claimThreshold: 0n,
      claimCycle: 0n,
      claimTotal: 0n,
      cycle: 0n,
    },
    pool: { ...nobody, token: ZERO, beneficiary: ZERO, totalPaidOut: 0n, lastPaidOut: 0n },
    factory: { ...nobody, rewards: ZERO, deployed: {} },
    contributions: {},
    vestings: {},
    noStakings: {},
    converters: {},
    log: [],
  };
}
