/**
 * How an honest voter votes: by what it has seen itself, and by nothing that it was told. Pure.
 *
 * A node fails when its last announcement is older than `proofValidity` (counted from its registration where there is none yet), was
 * out of step with this node's clock when it came, or tells a height that the chain had left behind; or when it could not be reached
 * for longer than `unreachableAfter`; or when it was not there for most of the windows in which it was to vote (duties.ts). One
 * that has changed its address within a day is charged for that, and does not fail.
 */
import type { Change } from "./messages.ts";

/** The rules of testing; each node's own, as nobody can check them. Seconds. */
export interface TestParams {
  /** An announcement is good for this long. */
  readonly proofValidity: number;
  /** A node that fails to answer for longer than this fails. */
  readonly unreachableAfter: number;
  /** A node's clock may be off by this much. */
  readonly clockTolerance: number;
  /** A node's newest block may be older than its announcement by this much. */
  readonly heightTolerance: number;
  /** Two addresses within so long a time are a change that costs. */
  readonly addressSeconds: number;
}

/** The rules of duties; each node's own, but that all sign once in a window. */
export interface DutyParams {
  /** Length of a window, in rounds. */
  readonly dutyRounds: number;
  /** So many of a node's last windows are looked at, and none of it before there were so many. */
  readonly dutiesJudged: number;
  /** So many of them may be missed. */
  readonly dutiesMissable: number;
  /** From a round to the moment when all that was said in it has come. */
  readonly lagRounds: number;
}

/** What a voter has seen of a node. Times are unix seconds of the voter's clock, but for what the node says itself. */
export interface Observation {
  readonly id: bigint;
  readonly registeredAt: number;
  /** Of the newest announcement: the time that it tells, how far that was from this node's clock when it came, and how old its block was. */
  readonly announced: { readonly timestamp: number; readonly skew: number; readonly blockAge: number } | undefined;
  /** First failed test since the last good one, or null. */
  readonly unreachableSince: number | null;
  /** Whether a decommission is in force, or about to be. */
  readonly underLease: boolean;
  /** Whether it was not there when it was to vote, too often. */
  readonly idle: boolean;
  /** Whether it has changed its address, and was not charged for it yet. */
  readonly moved: boolean;
  /** Whether it is off the network for good: nothing that is said of it changes anything. */
  readonly deregistered: boolean;
}

/** Why a node fails. */
export type Failing = "silent" | "clock" | "behind" | "unreachable";

/** Why a voter votes for a change. */
export type Because = Failing | "idle" | "answering" | "moved";

/** Why a node fails by what it says and answers, or undefined. */
export function failureOf(seen: Observation, now: number, params: TestParams): Failing | undefined {
  const { announced, unreachableSince, registeredAt } = seen;
  if (now - Math.max(announced?.timestamp ?? 0, registeredAt) > params.proofValidity) return "silent";
  if (announced !== undefined) {
    if (Math.abs(announced.skew) > params.clockTolerance) return "clock";
    if (announced.blockAge > params.heightTolerance) return "behind";
  }
  if (unreachableSince !== null && now - unreachableSince > params.unreachableAfter) return "unreachable";
  return undefined;
}

/** What a voter says in a round. */
export interface Ballot {
  readonly votes: readonly {
    readonly worker: bigint;
    readonly change: Change;
    readonly because: Because;
  }[];
  /** Why it says nothing although it is drawn. */
  readonly abstains: string | undefined;
}

/** What a voter goes by. */
export interface VoterView {
  readonly now: number;
  /** When this node began to watch: before a proof's validity has passed it knows too little. */
  readonly startedAt: number;
  /** Those tested in this round, itself left out. */
  readonly workers: readonly Observation[];
  /** Of all other nodes that are under no lease: how many fail, of how many. */
  readonly others: { readonly failing: number; readonly of: number };
}

/** An honest voter's ballot. */
export function ballotOf(view: VoterView, params: TestParams): Ballot {
  const { now, startedAt, workers, others } = view;
  if (now - startedAt < params.proofValidity) {
    return {
      votes: [],
      abstains: `this node has watched for ${now - startedAt} s only, less than a proof is good for`,
    };
  }
  if (2 * others.failing > others.of) {
    return {
      votes: [],
      abstains: `${others.failing} of ${others.of} nodes fail this node's tests: it is this node that is cut off, or its clock`,
    };
  }
  const votes: Ballot["votes"][number][] = [];
  for (const seen of workers) {
    if (seen.deregistered) continue;
    const failing = failureOf(seen, now, params) ?? (seen.idle ? "idle" : undefined);
    if (failing !== undefined) votes.push({ worker: seen.id, change: "decommission", because: failing });
    else if (seen.underLease && seen.announced !== undefined && seen.unreachableSince === null) {
      votes.push({ worker: seen.id, change: "recommission", because: "answering" });
    }
    if (seen.moved) votes.push({ worker: seen.id, change: "ip-change", because: "moved" });
  }
  return { votes, abstains: undefined };
}
