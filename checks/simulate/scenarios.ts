/** What may happen to the network. Times in rounds of two minutes. */

const HOUR = 30;
const DAY = 24 * HOUR;

/** How the adversary's nodes behave. All of them answer tests and announce themselves: they are in good standing. */
export type Adversary = "none" | "withhold" | "equivocate" | "random" | "collude";

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Nodes that die for good, a day; as many register anew. */
  readonly deathsPerDay: number;
  /** Nodes that ask to leave, a day; as many register anew. */
  readonly exitsPerDay: number;
  /** Share of the nodes that restarts within six hours, once a week. */
  readonly weeklyRestarts: number;
  /** Nodes that are down for half an hour to two hours, a day, and come back. */
  readonly outagesPerDay: number;
  /** Nodes that are away for as long as their credit bears, less what it takes to be seen again: up to a day. */
  readonly absencesPerDay: number;
  /** Nodes that answer and never vote again, a day. */
  readonly idlersPerDay: number;
  /** Nodes that change their address, a day. */
  readonly movesPerDay: number;
  /** One partition a week: share of the nodes on the smaller side, and how long. */
  readonly partition?: { readonly share: number; readonly rounds: number };
  /** Share of the nodes that hear of things some rounds later. */
  readonly slow: number;
  /** Greatest difference of a clock from the true time, in seconds. */
  readonly skew: number;
  readonly adversary: Adversary;
}

const calm: Omit<Scenario, "name" | "what"> = {
  deathsPerDay: 1,
  exitsPerDay: 1,
  weeklyRestarts: 0,
  outagesPerDay: 2,
  absencesPerDay: 0,
  idlersPerDay: 0,
  movesPerDay: 0,
  slow: 0,
  skew: 0,
  adversary: "none",
};

const partitioned = (share: number, rounds: number): Scenario => ({
  ...calm,
  name: `partition ${Math.round(100 * share)} %`,
  what: `once a week ${Math.round(100 * share)} % of the nodes are cut off from the rest for ${rounds / HOUR} h`,
  partition: { share, rounds },
});

export const SCENARIOS: readonly Scenario[] = [
  {
    ...calm,
    name: "churn",
    what: "nodes die, leave, register, move, stop voting, are down for up to two hours, or away for up to a day",
    deathsPerDay: 2,
    exitsPerDay: 4,
    outagesPerDay: 8,
    absencesPerDay: 6,
    idlersPerDay: 1,
    movesPerDay: 4,
  },
  {
    ...calm,
    name: "restarts",
    what: "a third of the nodes restarts within six hours every week",
    weeklyRestarts: 1 / 3,
  },
  partitioned(0.1, 2 * HOUR),
  partitioned(0.3, 2 * HOUR),
  partitioned(0.5, 2 * HOUR),
  // The larger side is the one that is cut off from the endpoint's side: the same, seen from the other.
  partitioned(0.6, 2 * HOUR),
  { ...calm, name: "slow links", what: "a tenth of the nodes hears of everything three rounds later", slow: 0.1 },
  { ...calm, name: "clocks", what: "clocks are off by up to 90 s", skew: 90 },
  {
    ...calm,
    name: "withhold",
    what: "a third never votes, hides what it counts, and shows it days later",
    adversary: "withhold",
  },
  { ...calm, name: "equivocate", what: "a third votes for both, always", adversary: "equivocate" },
  { ...calm, name: "random votes", what: "a third votes at random", adversary: "random" },
  {
    ...calm,
    name: "collude",
    what: "a third votes against one victim in every round, and never for it",
    adversary: "collude",
  },
];

export const ROUNDS_PER_DAY = DAY;
