/** One scenario with one seed, lived through to its end. */
import type { LedgerNode, NodeParams } from "../../src/node/index.ts";
import { PARAMS } from "../../src/node/index.ts";
import { creditAt, stateIn } from "../../src/node/quorum/leases.ts";
import type { Absence } from "../../src/node/quorum/leases.ts";
import { CertificateSet } from "../../src/node/quorum/set.ts";
import { exitRight, liquidationRight } from "../../src/node/rights.ts";
import { Random } from "./random.ts";
import type { Scenario } from "./scenarios.ts";
import { ROUNDS_PER_DAY as DAY } from "./scenarios.ts";
import type { Actor } from "./world.ts";
import { DEPOSIT, stakerOf, World } from "./world.ts";

/** Two tests that a quorum misses, and the lag: how much longer than a node was away its absence may be. */
const SEEN_AGAIN = 2 * 39 + 10;

/** What came of it. */
export interface Outcome {
  readonly name: string;
  readonly seed: number;
  /** Honest nodes, never away for longer than two hours, that were deregistered. */
  readonly wronglyDeregistered: number;
  /** Dead nodes that were not deregistered in the time that their credit gives. */
  readonly missedDeregistrations: number;
  /** Exits that the rules allow and that were not signed by two thirds within a day. */
  readonly exitsRefused: number;
  /** Deregistered nodes whose liquidation was not signed by two thirds within a day of its time. */
  readonly liquidationsImpossible: number;
  /** Largest difference of one recipient's figure between honest nodes at rest, atomic SESH. */
  readonly largestDifferenceAtoms: string;
  /** Longest time in which honest nodes had different certificates. */
  readonly longestDisagreementSeconds: number;
  readonly bytesPerNodeHour: number;
  readonly ipChanges: number;
  readonly decommissions: number;
  readonly deregistrations: number;
  readonly exits: number;
  readonly liquidations: number;
  /** Rounds that colluders took from their victim. */
  readonly victimRoundsLost: number;
  /** Share of the network under a lease, by hour: for the picture. */
  readonly away: readonly number[];
  readonly runMs: number;
}

export interface RunOptions {
  readonly nodes: number;
  readonly days: number;
  readonly onDay?: (day: number) => void;
}

/** A node that is away for good, or never votes again. */
interface Gone {
  readonly actor: Actor;
  /** When that began. */
  readonly round: number;
  /** Rounds until a quorum can know. */
  readonly grace: number;
  late: boolean;
  refused: boolean;
  gone: boolean;
}

interface Leaving {
  readonly actor: Actor;
  readonly from: number;
  refused: boolean;
  done: boolean;
}

/**
 * What a node could afford when it fell silent in `round`: the first absence since tells, one that begins anew after a lapse has less.
 * Undefined before anybody has said that it is absent.
 */
export function allowanceOf(absences: readonly Absence[], round: number): number | undefined {
  return absences.find(({ until }) => until > round)?.allowance;
}

export function run(scenario: Scenario, seed: number, options: RunOptions): Outcome {
  const started = performance.now();
  const params: NodeParams = { ...PARAMS.mainnet, historyBlocks: 1_000_000 };
  const random = new Random(seed * 7_919 + hash(scenario.name));
  const world = new World(params, scenario, random, options.nodes);
  const exits: Leaving[] = [];
  const dead: Gone[] = [];
  const wrong = new Set<bigint>();
  const away: number[] = [];
  let longest = 0;
  let largest = 0n;
  let exited = 0;
  let liquidated = 0;
  let lastPartition = Number.NEGATIVE_INFINITY;

  const { ledger } = world;
  const set = world.sides[0].set;
  const standing = (actor: Pick<Actor, "id">) =>
    set.standing({ id: actor.id, activeFrom: ledger.member(actor.id)?.active.from ?? 0 });
  const deregisteredAt = (actor: Pick<Actor, "id">): number | null => {
    const { deregistered } = standing(actor);
    return deregistered === null || deregistered > world.round ? null : ledger.timeOf(deregistered);
  };
  const nodeOf = (actor: Actor): LedgerNode | undefined => world.nodeOf(actor);
  const leaving = new Set<bigint>();
  const available = (): Actor[] =>
    world.actors.filter(
      (actor) =>
        !actor.adversary &&
        !actor.dead &&
        !actor.idle &&
        actor.downSince < 0 &&
        !leaving.has(actor.id) &&
        actor.index !== world.victim &&
        nodeOf(actor) !== undefined,
    );
  /** Whether more than two thirds sign, as the contract counts: adversaries do not. */
  const isSigned = (): boolean => {
    const nodes = ledger.nodeCount;
    const signers = world.actors.filter(
      (actor) => !actor.adversary && actor.downSince < 0 && actor.side === 0 && nodeOf(actor) !== undefined,
    ).length;
    return signers >= nodes - Math.floor(nodes / 3);
  };

  const silent = Math.ceil(params.proofValidity / params.roundSeconds);
  // Twice the windows in which a node is drawn often enough to have missed too many duties.
  const drawn = 1 - (1 - Math.min(1, 100 / options.nodes)) ** params.dutyRounds;
  const idling = 2 * Math.ceil(params.dutiesJudged / drawn) * params.dutyRounds;

  // Neither side of such a partition has three fifths: nobody is judged, leases run out, and an absence begins anew after it.
  const { share = 0 } = scenario.partition ?? {};
  const isStandstill = share > 0.4 && share < 0.6;

  for (let day = 0; day < options.days; day++) {
    options.onDay?.(day);
    const plan = new Map<number, (() => void)[]>();
    const at = (round: number, work: () => void): void => {
      plan.set(round, [...(plan.get(round) ?? []), work]);
    };
    for (let i = 0; i < scenario.deathsPerDay; i++) {
      at(random.below(DAY), () => {
        const [actor] = random.some(available(), 1);
        if (actor === undefined) return;
        actor.dead = true;
        world.down(actor, Number.POSITIVE_INFINITY);
        dead.push({ actor, round: world.round, grace: silent, late: false, refused: false, gone: false });
        world.register();
      });
    }
    for (let i = 0; i < scenario.idlersPerDay; i++) {
      at(random.below(DAY), () => {
        const [actor] = random.some(available(), 1);
        if (actor === undefined) return;
        world.idle(actor);
        dead.push({ actor, round: world.round, grace: idling, late: false, refused: false, gone: false });
        world.register();
      });
    }
    for (let i = 0; i < scenario.movesPerDay; i++) {
      at(random.below(DAY), () => {
        const [actor] = random.some(available(), 1);
        if (actor !== undefined) world.move(actor);
      });
    }
    for (let i = 0; i < scenario.exitsPerDay; i++) {
      at(random.below(DAY), () => {
        const [actor] = random.some(available(), 1);
        if (actor === undefined) return;
        leaving.add(actor.id);
        world.emit({ kind: "exitRequested", id: actor.id });
        const from = world.round + 1 + Math.ceil(params.unlockDelay / params.roundSeconds);
        exits.push({ actor, from, refused: false, done: false });
        world.register();
      });
    }
    for (let i = 0; i < scenario.outagesPerDay; i++) {
      at(random.below(DAY), () => {
        const [actor] = random.some(available(), 1);
        if (actor !== undefined) world.down(actor, 15 + random.below(46));
      });
    }
    for (let i = 0; i < scenario.absencesPerDay; i++) {
      at(random.below(DAY), () => {
        const [actor] = random.some(available(), 1);
        if (actor === undefined || set.isUnderLease(actor.id, world.round)) return;
        const activeFrom = ledger.member(actor.id)?.active.from ?? 0;
        const most = Math.min(DAY, creditAt(activeFrom, standing(actor), world.round, params) - SEEN_AGAIN);
        if (most > 60) world.down(actor, 60 + random.below(most - 60));
      });
    }
    if (day % 7 === 2 && scenario.weeklyRestarts > 0) {
      const chosen = random.some(available(), Math.round(scenario.weeklyRestarts * options.nodes));
      for (const actor of chosen) at(random.below(180), () => world.down(actor, 2 + random.below(4)));
    }
    if (day % 7 === 4 && scenario.partition !== undefined) {
      const { share, rounds } = scenario.partition;
      at(200, () => {
        lastPartition = world.round + rounds;
        world.beginPartition(random.some(world.actors, Math.round(share * world.actors.length)), rounds);
      });
    }

    for (let round = 0; round < DAY; round++) {
      for (const work of plan.get(round) ?? []) work();
      longest = Math.max(longest, world.step() * params.roundSeconds);
      if (world.round % 30 !== 0) continue;

      // ── Hourly: what was allowed is asked for, and what must not have happened is looked for ──
      const now = world.time;
      let absent = 0;
      for (const actor of world.actors) {
        const node = nodeOf(actor);
        if (node === undefined) continue;
        const state = stateIn(standing(actor), world.round);
        if (state !== "active") absent++;
        if (state === "deregistered" && !actor.dead && !actor.idle) wrong.add(actor.id);
      }
      away.push(absent / ledger.nodeCount);
      if (world.isPartitioned) continue;
      const signed = isSigned();

      for (const exit of exits) {
        if (exit.done || world.round < exit.from) continue;
        const node = nodeOf(exit.actor);
        const allowed = exitRight(node, now, params, deregisteredAt(exit.actor)).allowed;
        if (allowed && signed) {
          exit.done = true;
          exited++;
          world.emit({ kind: "exited", id: exit.actor.id, returnedAmount: DEPOSIT });
        } else if (world.round > exit.from + DAY) exit.refused = true;
      }
      for (const death of dead) {
        if (death.gone) continue;
        const { deregistered, absences } = standing(death.actor);
        const allowance = allowanceOf(absences, death.round) ?? params.maxCredit;
        // Tested twice at most before somebody says so, the lag, and the credit.
        const from = isStandstill ? Math.max(death.round, lastPartition) : death.round;
        const due = from + death.grace + 4 * params.epochRounds + params.lagRounds + allowance;
        const seen = absences.length > 0 || world.round <= due - allowance;
        if (!seen || ((deregistered === null || deregistered > due) && world.round > due)) death.late = true;
        const at = deregisteredAt(death.actor);
        if (at === null) continue;
        const right = liquidationRight(nodeOf(death.actor), now, params, at).allowed;
        if (right && signed) {
          death.gone = true;
          liquidated++;
          world.emit({ kind: "liquidated", id: death.actor.id });
          world.emit({ kind: "exited", id: death.actor.id, returnedAmount: (DEPOSIT * 998n) / 1_000n });
        } else if (now > at + params.liquidationDelay + 86_400) death.refused = true;
      }
    }

    // ── Daily, at rest: everybody's figures, by everybody's certificates ──
    if (world.round - lastPartition < 60) continue;
    const sets = [set, anew(set, random, params), ...(scenario.slow > 0 ? [world.late] : [])];
    const judged = new Set([...set].slice(-400).map(({ worker }) => worker));
    for (const actor of [...random.some(world.actors, 5), ...world.actors.filter(({ id }) => judged.has(id))]) {
      const figures = sets.map((known) =>
        ledger.rewardsAt(
          stakerOf(actor),
          ledger.tip.height,
          (node) => known.standing({ id: node.id, activeFrom: ledger.member(node.id)?.active.from ?? 0 }).unpaid,
        ),
      );
      const spread = figures.reduce((a, b) => (a > b ? a : b)) - figures.reduce((a, b) => (a < b ? a : b));
      if (spread > largest) largest = spread;
    }
  }

  const certificates = [...set];
  const victim = world.actors[world.victim] as Actor;
  const lost = scenario.adversary === "collude" ? standing(victim).unpaid : [];
  return {
    name: scenario.name,
    seed,
    wronglyDeregistered: wrong.size,
    missedDeregistrations: dead.filter(({ late }) => late).length,
    exitsRefused: exits.filter(({ refused }) => refused).length,
    liquidationsImpossible: dead.filter(({ refused }) => refused).length,
    largestDifferenceAtoms: largest.toString(),
    longestDisagreementSeconds: longest,
    bytesPerNodeHour: world.traffic.perNodeHour(options.nodes),
    ipChanges: certificates.filter(({ change }) => change === "ip-change").length,
    decommissions: certificates.filter(({ change }) => change === "decommission").length,
    deregistrations: dead.filter(({ actor }) => standing(actor).deregistered !== null).length,
    exits: exited,
    liquidations: liquidated,
    victimRoundsLost: lost.reduce((sum, { from, until }) => sum + Math.min(until, world.round) - from, 0),
    away,
    runMs: Math.round(performance.now() - started),
  };
}

/** A newcomer's set: the same certificates, in another order. */
function anew(set: CertificateSet, random: Random, params: NodeParams): CertificateSet {
  const copy = new CertificateSet(params);
  const all = [...set];
  for (const certificate of random.some(all, all.length)) copy.add(certificate);
  return copy;
}

function hash(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0;
  return sum;
}
