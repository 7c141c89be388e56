/** A ledger as plain JSON: amounts as decimal strings, rounds without end as null. */
import { History } from "./history.ts";
import type { HistorySnapshot } from "./history.ts";
import type { LedgerState, Member, Release } from "./ledgerState.ts";
import type { BlockPoint, LedgerNode, Rounds } from "./ledgerTypes.ts";
import { Shares } from "./shares.ts";
import type { SharesSnapshot } from "./shares.ts";

/** Rounds, for a file: null for without end. */
export type RoundsJson = readonly [from: number | null, until: number | null];

/** A node and its rounds, for a file. */
export interface MemberJson {
  readonly node: Omit<LedgerNode, "id" | "deposit" | "contributors"> & {
    readonly id: string;
    readonly deposit: string;
    readonly contributors: readonly (readonly [staker: string, beneficiary: string, amount: string])[];
  };
  readonly active: RoundsJson;
  readonly paid: RoundsJson;
}

/** A ledger's state, for a file. */
export interface LedgerSnapshot {
  readonly genesis: BlockPoint;
  readonly tip: BlockPoint;
  readonly held: readonly MemberJson[];
  readonly gone: readonly MemberJson[];
  readonly shares: SharesSnapshot;
  readonly stakes: HistorySnapshot;
  readonly records: HistorySnapshot;
  readonly releases: readonly { at: number; credits: readonly (readonly [recipient: string, amount: string])[] }[];
  readonly stakesReturned: string;
  readonly roundHashes: readonly (readonly [round: number, hash: string])[];
}

export function snapshotLedger(genesis: BlockPoint, state: LedgerState): LedgerSnapshot {
  return {
    genesis,
    tip: state.tip,
    held: [...state.held.values()].map(memberToJson),
    gone: [...state.gone.values()].map(memberToJson),
    shares: state.shares.snapshot(),
    stakes: state.stakes.snapshot(),
    records: state.records.snapshot(),
    releases: state.releases.map(({ at, credits }) => ({
      at,
      credits: credits.map(({ recipient, amount }) => [recipient, amount.toString()] as const),
    })),
    stakesReturned: state.stakesReturned.toString(),
    roundHashes: [...state.roundHashes],
  };
}

export function restoreLedger(snapshot: LedgerSnapshot): { genesis: BlockPoint; state: LedgerState } {
  const members = (list: readonly MemberJson[]): Map<bigint, Member> =>
    new Map(list.map(memberFromJson).map((member) => [member.node.id, member]));
  const release = ({ at, credits }: LedgerSnapshot["releases"][number]): Release => ({
    at,
    credits: credits.map(([recipient, amount]) => ({ recipient, amount: BigInt(amount) })),
  });
  return {
    genesis: snapshot.genesis,
    state: {
      tip: snapshot.tip,
      held: members(snapshot.held),
      gone: members(snapshot.gone),
      shares: Shares.restore(0, snapshot.shares),
      stakes: History.restore(snapshot.stakes),
      records: History.restore(snapshot.records),
      releases: snapshot.releases.map(release),
      stakesReturned: BigInt(snapshot.stakesReturned),
      roundHashes: new Map(snapshot.roundHashes),
    },
  };
}

const numberToJson = (value: number): number | null => (Number.isFinite(value) ? value : null);
const numberFromJson = (value: number | null): number => value ?? Number.POSITIVE_INFINITY;
const roundsToJson = ({ from, until }: Rounds): RoundsJson => [numberToJson(from), numberToJson(until)];
const roundsFromJson = ([from, until]: RoundsJson): Rounds => ({
  from: numberFromJson(from),
  until: numberFromJson(until),
});

function memberToJson({ node, active, paid }: Member): MemberJson {
  const { id, deposit, contributors, ...rest } = node;
  return {
    node: {
      ...rest,
      id: id.toString(),
      deposit: deposit.toString(),
      contributors: contributors.map(({ staker, beneficiary, amount }) => [staker, beneficiary, amount.toString()]),
    },
    active: roundsToJson(active),
    paid: roundsToJson(paid),
  };
}

function memberFromJson({ node, active, paid }: MemberJson): Member {
  return {
    node: {
      ...node,
      id: BigInt(node.id),
      deposit: BigInt(node.deposit),
      contributors: node.contributors.map(([staker, beneficiary, amount]) => ({
        staker,
        beneficiary,
        amount: BigInt(amount),
      })),
    },
    active: roundsFromJson(active),
    paid: roundsFromJson(paid),
  };
}
