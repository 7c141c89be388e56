/**
 * A node's standing, as a function of the set of certificates about it and of nothing else: no clock, no order, no time of arrival.
 * Whoever has the same set has the same standing.
 *
 * A *decommission* of round k is a lease: the node earns nothing in the rounds from `k + lagRounds` on, for `leaseRounds`. While a
 * node stays silent later quorums renew it, and what overlaps is one absence. A *recommission* of round u ends all leases of rounds
 * up to u, from `u + lagRounds` on.
 *
 * Credit, in rounds of absence that a node may afford: `initialCredit` when it becomes active, `creditPerDay` for a day without
 * absence, at most `maxCredit`; an absence costs twice its length. An absence longer than the credit (and than `initialCredit`, the
 * least that anybody is given) deregisters the node: for good, and never by fewer than `minQuorums` different quorums.
 *
 * An *ip-change* of round k takes the pay of as many rounds as a lease, from `k + lagRounds` on, and nothing else: no credit, no
 * absence, nothing that a recommission ends.
 */
import type { Rounds } from "../ledgerTypes.ts";
import type { Change } from "./messages.ts";

/** The rules of standing; part of the consensus. Credits in rounds. */
export interface LeaseParams {
  /** Rounds in which each node is tested once. */
  readonly epochRounds: number;
  /** From a certificate's round to the first round that it counts for: the time that it has to reach everybody. */
  readonly lagRounds: number;
  /** How long a decommission counts. Longer than two tests of a node can be apart, or it would earn in between. */
  readonly leaseRounds: number;
  /** Votes are given within so many rounds of the round that they are for. */
  readonly voteRounds: number;
  /** Certificates of different rounds that a deregistration needs. */
  readonly minQuorums: number;
  readonly initialCredit: number;
  readonly creditPerDay: number;
  readonly maxCredit: number;
  /** Length of a day for `creditPerDay`, in rounds. */
  readonly dayRounds: number;
}

/** What one certificate says of a node. */
export interface Ruling {
  readonly round: number;
  readonly change: Change;
}

/** How a node stands in a round. */
export type StandingState = "active" | "decommissioned" | "deregistered";

/** One absence: rounds without pay, and the rounds of the quorums that made it. */
export interface Absence extends Rounds {
  readonly quorums: readonly number[];
  /** The node's credit at its begin, in rounds. */
  readonly credit: number;
  /** Rounds of absence that the node could afford at its begin: its credit, and `initialCredit` in any case. */
  readonly allowance: number;
}

/** A node's standing over all time, as far as its certificates go. */
export interface Standing {
  readonly absences: readonly Absence[];
  /** First round in which the node is off the network for good, or null. */
  readonly deregistered: number | null;
  /** Rounds in which the node earns nothing: absences and changes of address; for a deregistered node the last without end. */
  readonly unpaid: readonly Rounds[];
}

const GOOD: Standing = { absences: [], deregistered: null, unpaid: [] };

/**
 * A node's standing.
 *
 * @param activeFrom - First round in which the node was on the network.
 * @param rulings - In any order, without repetition.
 */
export function standingOf(activeFrom: number, rulings: readonly Ruling[], params: LeaseParams): Standing {
  if (rulings.length === 0) return GOOD;
  const { minQuorums, initialCredit } = params;
  const absences: Absence[] = [];
  const moves = rulings
    .filter(({ change }) => change === "ip-change")
    .map(({ round }) => ({ from: round + params.lagRounds, until: round + params.lagRounds + params.leaseRounds }));
  let credit = initialCredit;
  let since = activeFrom;

  for (const { from, until, quorums } of absencesOf(rulings, params)) {
    credit = withEarned(credit, from - since, params);
    const allowance = Math.max(credit, initialCredit);
    absences.push({ from, until, quorums, credit, allowance });

    const lastNeeded = quorums[minQuorums - 1];
    if (lastNeeded !== undefined) {
      const end = Math.max(from + allowance, lastNeeded + params.lagRounds);
      if (end < until) {
        const away = [...absences.slice(0, -1), { from, until: Number.POSITIVE_INFINITY }];
        return { absences, deregistered: end, unpaid: union([...away, ...moves]) };
      }
    }
    credit = Math.max(0, credit - 2 * (until - from));
    since = until;
  }
  return { absences, deregistered: null, unpaid: moves.length === 0 ? absences : union([...absences, ...moves]) };
}

/** Rounds that are in any of the given ones, ascending and disjoint. */
function union(rounds: readonly Rounds[]): Rounds[] {
  const joined: { from: number; until: number }[] = [];
  for (const { from, until } of [...rounds].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.until) last.until = Math.max(last.until, until);
    else joined.push({ from, until });
  }
  return joined;
}

/** Credit after so many rounds without absence. */
function withEarned(credit: number, rounds: number, { creditPerDay, dayRounds, maxCredit }: LeaseParams): number {
  return Math.min(maxCredit, credit + Math.floor((Math.max(0, rounds) * creditPerDay) / dayRounds));
}

/** Rounds of absence that a node which is not absent could afford from `round` on. */
export function creditAt(activeFrom: number, { absences }: Standing, round: number, params: LeaseParams): number {
  const last = absences.at(-1);
  if (last === undefined) return withEarned(params.initialCredit, round - activeFrom, params);
  const left = Math.max(0, last.credit - 2 * (last.until - last.from));
  return withEarned(left, round - last.until, params);
}

/** Leases, cut by recommissions and joined where they overlap or touch. Ascending. */
function absencesOf(rulings: readonly Ruling[], params: LeaseParams): (Rounds & { quorums: number[] })[] {
  const { lagRounds, leaseRounds } = params;
  const rounds = (change: Change): number[] =>
    [...new Set(rulings.filter((ruling) => ruling.change === change).map(({ round }) => round))].sort((a, b) => a - b);
  const ups = rounds("recommission");

  const absences: { from: number; until: number; quorums: number[] }[] = [];
  let next = 0;
  for (const round of rounds("decommission")) {
    // The first recommission of this round or a later one.
    while (next < ups.length && (ups[next] as number) < round) next++;
    const from = round + lagRounds;
    const until = Math.min(from + leaseRounds, (ups[next] ?? Number.POSITIVE_INFINITY) + lagRounds);
    if (until <= from) continue;
    const last = absences.at(-1);
    if (last !== undefined && from <= last.until) {
      last.until = Math.max(last.until, until);
      last.quorums.push(round);
    } else {
      absences.push({ from, until, quorums: [round] });
    }
  }
  return absences;
}

/** How a node stands in a round. */
export function stateIn(standing: Standing, round: number): StandingState {
  if (standing.deregistered !== null && round >= standing.deregistered) return "deregistered";
  return standing.absences.some(({ from, until }) => from <= round && round < until) ? "decommissioned" : "active";
}

/**
 * Whether a decommission without a later recommission is still in force or about to be: what a voter who sees the node answering
 * votes to end.
 */
export function isUnderLease(rulings: readonly Ruling[], round: number, params: LeaseParams): boolean {
  let down = Number.NEGATIVE_INFINITY;
  let up = Number.NEGATIVE_INFINITY;
  for (const { round: of, change } of rulings) {
    if (change === "decommission") down = Math.max(down, of);
    else if (change === "recommission") up = Math.max(up, of);
  }
  return down > up && round < down + params.lagRounds + params.leaseRounds;
}
