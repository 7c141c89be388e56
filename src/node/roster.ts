/**
 * The nodes that a ledger knows: those in the contract and those that have left, each with its rounds, and how many are paid in each.
 * Numbers that follow from the nodes are kept, so that neither a round nor a question walks them all.
 */
import type { Hex, LedgerNode, Rounds } from "./ledgerTypes.ts";
import type { LedgerState, Member } from "./ledgerState.ts";
import type { ConsensusParams } from "./params.ts";
import { payableRounds } from "./rounds.ts";

export class Roster {
  readonly #params: ConsensusParams;
  /** Time of round 0. */
  readonly #genesis: number;
  readonly #state: Pick<LedgerState, "held" | "gone" | "shares">;
  readonly #idByKey = new Map<Hex, bigint>();
  /** Nodes that a recipient earns with, once somebody has asked: a checkpoint is never asked. */
  #earnersKnown: Map<string, Set<bigint>> | undefined;
  /** Changes of the number of paid nodes that are still to come, by round. */
  readonly #changes = new Map<number, number>();
  #nextChange = Number.POSITIVE_INFINITY;
  #paidNodes = 0;

  /** @param genesis - Time of round 0, unix seconds. */
  constructor(params: ConsensusParams, genesis: number, state: Pick<LedgerState, "held" | "gone" | "shares">) {
    this.#params = params;
    this.#genesis = genesis;
    this.#state = state;
    for (const { node } of state.held.values()) this.#idByKey.set(node.blsPubkey, node.id);
    for (const { paid } of this.members()) this.#expect(paid, 1);
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Nodes that the contract holds. */
  get size(): number {
    return this.#state.held.size;
  }

  /** Nodes in the contract, in order of registration. */
  *nodes(): IterableIterator<LedgerNode> {
    for (const { node } of this.#state.held.values()) yield node;
  }

  /** The node in the contract with this BLS key (64 bytes, 0x hex in any case). */
  nodeByKey(blsPubkey: string): LedgerNode | undefined {
    const id = this.#idByKey.get(blsPubkey.toLowerCase() as Hex);
    return id === undefined ? undefined : this.held(id)?.node;
  }

  /** A node in the contract. */
  held(id: bigint): Member | undefined {
    return this.#state.held.get(id);
  }

  /** A node by its id in the contract, also one that has left. */
  member(id: bigint): Member | undefined {
    return this.held(id) ?? this.#state.gone.get(id);
  }

  /** All nodes, those that have left first. */
  *members(): IterableIterator<Member> {
    yield* this.#state.gone.values();
    yield* this.#state.held.values();
  }

  /** Nodes that a recipient earns with, by lower-case address. */
  get earners(): ReadonlyMap<string, ReadonlySet<bigint>> {
    if (this.#earnersKnown === undefined) {
      this.#earnersKnown = new Map();
      for (const { node } of this.members()) index(this.#earnersKnown, node);
    }
    return this.#earnersKnown;
  }

  /** How many nodes are paid in a round that is not settled yet, and the first round in which it is another number. */
  paidFrom(round: number): { count: number; until: number } {
    if (this.#nextChange <= round) this.#takeChanges(round);
    return { count: this.#paidNodes, until: this.#nextChange };
  }

  // ── Changing: `settled` is the last round that is settled, what happens now shows from the next on ────────────────────────────

  add(node: LedgerNode, settled: number): void {
    const { from, until } = payableRounds(node, this.#genesis, this.#params);
    const first = Math.max(from - this.#params.payableAfterRounds, settled + 1);
    const end = Math.max(until, settled + 1);
    const paid = { from: Math.max(from, settled + 1), until: end };
    this.#state.held.set(node.id, { node, active: { from: first, until: end }, paid });
    this.#idByKey.set(node.blsPubkey, node.id);
    if (this.#earnersKnown !== undefined) index(this.#earnersKnown, node);
    this.#expect(paid, 1);
  }

  /** Notes something about a node that does not touch its rounds. */
  note(member: Member, node: LedgerNode): void {
    this.#state.held.set(node.id, { ...member, node });
  }

  /** Notes that a node asked to leave. */
  leave(member: Member, node: LedgerNode, settled: number): void {
    const { until } = payableRounds(node, this.#genesis, this.#params);
    this.#end(member, node, Math.max(until, settled + 1), this.#state.held);
  }

  /** Takes a node out of the contract. */
  remove(member: Member, settled: number): void {
    const { node } = member;
    this.#state.held.delete(node.id);
    this.#idByKey.delete(node.blsPubkey);
    this.#end(member, node, Math.min(member.paid.until, settled + 1), this.#state.gone);
  }

  /** Ends a node's rounds before `until`. */
  #end(member: Member, node: LedgerNode, until: number, members: Map<bigint, Member>): void {
    this.#expect(member.paid, -1);
    const paid = { from: member.paid.from, until };
    members.set(node.id, { node, active: { from: member.active.from, until }, paid });
    this.#expect(paid, 1);
  }

  /** Counts a node among the paid of its rounds, or takes it out again (`sign` -1). */
  #expect({ from, until }: Rounds, sign: 1 | -1): void {
    if (from >= until) return;
    for (const [round, change] of [
      [from, sign],
      [until, -sign],
    ] as const) {
      if (round === Number.POSITIVE_INFINITY) continue;
      if (round <= this.#state.shares.round) {
        this.#paidNodes += change;
        continue;
      }
      this.#changes.set(round, (this.#changes.get(round) ?? 0) + change);
      this.#nextChange = Math.min(this.#nextChange, round);
    }
  }

  #takeChanges(round: number): void {
    let next = Number.POSITIVE_INFINITY;
    for (const [at, change] of this.#changes) {
      if (at <= round) {
        this.#paidNodes += change;
        this.#changes.delete(at);
      } else if (at < next) {
        next = at;
      }
    }
    this.#nextChange = next;
  }
}

function index(earners: Map<string, Set<bigint>>, { id, contributors }: LedgerNode): void {
  for (const { beneficiary } of contributors) {
    const ids = earners.get(beneficiary);
    if (ids === undefined) earners.set(beneficiary, new Set([id]));
    else ids.add(id);
  }
}
