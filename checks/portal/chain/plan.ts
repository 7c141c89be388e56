/** How much of everything happens on the chain. */

export interface Plan {
  /** Events of rewards, pool, factory and contribution contracts, all told. */
  events: number;
  /** Nodes that are in the contract at the end. */
  nodes: number;
  stakers: number;
  /** Nodes with several contributors from before the start; with several, by contribution contracts; with one. */
  seeded: number;
  shared: number;
  alone: number;
  /** Contribution contracts that never fill. */
  open: number;
  /** Nodes that leave with the network's signature, without one after 30 days, and by liquidation. */
  exits: number;
  unsigned: number;
  liquidations: number;
  /** Nodes whose operators asked to leave and that are still there. */
  leaving: number;
  /** Times the pool is told to pay. */
  releases: number;
}

/** The chain of the targets: 100,000 events, 1,500 nodes, 10,000 stakers. */
const FULL: Plan = {
  events: 100_000,
  nodes: 1_500,
  stakers: 10_000,
  seeded: 400,
  shared: 1_300,
  alone: 400,
  open: 100,
  exits: 480,
  unsigned: 60,
  liquidations: 60,
  leaving: 100,
  releases: 1_000,
};

/** A chain in which everything happens so many times as often; below about 0.008 there is too little of something. */
export function plan(scale = 1): Plan {
  const small = Object.fromEntries(Object.entries(FULL).map(([name, count]) => [name, Math.round(count * scale)]));
  const { seeded, shared, alone, exits, unsigned, liquidations } = small as unknown as Plan;
  const all = {
    ...(small as unknown as Plan),
    unsigned: Math.max(1, unsigned),
    liquidations: Math.max(1, liquidations),
  };
  return { ...all, nodes: seeded + shared + alone - exits - all.unsigned - all.liquidations };
}
