/**
 * The ledger: from chain events alone to every lifetime reward and every node's state. Pure and deterministic: no clock, no I/O,
 * nothing that peers say. Two nodes with the same {@link ConsensusParams} and genesis agree on every atom.
 *
 * In a block, first the rounds that fall due are settled, over the nodes as they stood *before* the block (that is the set at the
 * moment the round fell due) and at the rate of the pool *at* the block; then the block's events apply, in log order.
 *
 * What it credits:
 * - a round: `reward = rewardRate * roundSeconds / 120`, `share = reward / payableNodes`, split by the fee and the stakes
 *   ({@link Shares}); a settled round costs one entry, whatever the number of nodes;
 * - a node that has left: every contributor's stake, less the penalty, to the *staker* address ({@link splitStake}), in the block
 *   of `ServiceNodeExit`; only a node liquidated before it unlocked has its stake held for `liquidatedStakeLock`, and released
 *   with the first round due after that.
 *
 * What quorums decide is not in here: {@link Ledger.rewardsAt} is told the rounds in which a node earns nothing. Nobody else's share
 * depends on them, so that a certificate that is late changes the figures of one node's contributors and of nobody else.
 */
import { History } from "./history.ts";
import type { BlockPoint, Hex, LedgerBlock, LedgerEvent, LedgerNode, Rounds } from "./ledgerTypes.ts";
import { restoreLedger, snapshotLedger } from "./ledgerSnapshot.ts";
import type { LedgerSnapshot } from "./ledgerSnapshot.ts";
import type { LedgerState, Member } from "./ledgerState.ts";
import type { ConsensusParams } from "./params.ts";
import { payableRounds, roundAt, roundReward, splitStake } from "./rounds.ts";
import { fractionOf, Shares } from "./shares.ts";

export type { LedgerState, Member, Release } from "./ledgerState.ts";

/** What a ledger starts from. */
export interface LedgerOptions {
  readonly params: ConsensusParams;
  /** The block whose end state the ledger starts from; its timestamp is the time of round 0. */
  readonly genesis: BlockPoint;
  /** Nodes that the contract holds at genesis. */
  readonly nodes?: readonly LedgerNode[];
  /** Heights kept for {@link Ledger.rewardsAt}. */
  readonly historyBlocks: number;
}

/** Rounds in which a node earns nothing, by what the quorums have decided; ascending and disjoint. */
export type Unpaid = (node: LedgerNode) => readonly Rounds[];

/** The asked height is newer than the ledger or older than its window. */
export class HeightNotAvailableError extends Error {
  readonly height: number;

  constructor(height: number, oldest: number, newest: number) {
    super(`height ${height} is not available, only ${oldest} to ${newest}`);
    this.name = "HeightNotAvailableError";
    this.height = height;
  }
}

/** Lifetime rewards and the state of every node, from the chain's events alone. */
export class Ledger {
  readonly params: ConsensusParams;
  readonly genesis: BlockPoint;

  readonly #historyBlocks: number;
  readonly #state: LedgerState;
  readonly #idByKey = new Map<Hex, bigint>();
  /** Nodes that a recipient earns with, once somebody has asked: a checkpoint is never asked. */
  #earnersKnown: Map<string, Set<bigint>> | undefined;
  /** Changes of the number of paid nodes that are still to come, by round. */
  readonly #changes = new Map<number, number>();
  #nextChange = Number.POSITIVE_INFINITY;
  #paidNodes = 0;

  constructor(options: LedgerOptions, state?: LedgerState) {
    this.params = options.params;
    this.genesis = options.genesis;
    this.#historyBlocks = options.historyBlocks;
    this.#state = state ?? emptyState(options.genesis);
    for (const member of this.#state.held.values()) this.#idByKey.set(member.node.blsPubkey, member.node.id);
    for (const members of [this.#state.held, this.#state.gone]) {
      for (const member of members.values()) {
        this.#expect(member.paid, 1);
      }
    }
    for (const node of options.nodes ?? []) this.#addNode(node);
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The last block taken in. */
  get tip(): BlockPoint {
    return this.#state.tip;
  }

  /** The oldest height that {@link rewardsAt} answers for. */
  get oldestHeight(): number {
    return Math.max(this.genesis.height, this.tip.height - this.#historyBlocks);
  }

  /** Atomic SESH credited by rounds since genesis, over all recipients, as if no node had ever been told to earn nothing. */
  get rewardsCredited(): bigint {
    let sum = 0n;
    for (const recipient of this.#earners.keys()) sum += this.#earned(recipient, this.#state.shares.round, NONE_UNPAID);
    return sum;
  }

  /**
   * Atomic SESH that rounds have allotted to nodes since genesis, before a node's part is split and floored: at least
   * {@link rewardsCredited}, at most what the rounds paid. One sum for all nodes, where that is one for each contribution.
   */
  get rewardsAllotted(): bigint {
    const { shares } = this.#state;
    let sum = 0n;
    for (const { paid } of this.members()) sum += shares.sum(WHOLE, paid.from, paid.until);
    return sum;
  }

  /** Atomic SESH of stakes paid back since genesis, over all recipients. */
  get stakesReturned(): bigint {
    return this.#state.stakesReturned;
  }

  /** Index of the last settled round. */
  get round(): number {
    return this.roundAt(this.tip.timestamp);
  }

  /** Index of the last round due at `timestamp`. */
  roundAt(timestamp: number): number {
    return roundAt(timestamp, this.genesis.timestamp, this.params.roundSeconds);
  }

  /** Unix time at which a round falls due. */
  timeOf(round: number): number {
    return this.genesis.timestamp + round * this.params.roundSeconds;
  }

  /**
   * What a recipient (any case) has earned since genesis, at the end of block `height`, in atomic SESH.
   * @param unpaid - Rounds in which a node earns nothing; none when left out.
   * @throws HeightNotAvailableError outside {@link oldestHeight} .. `tip.height`
   */
  rewardsAt(recipient: string, height: number, unpaid: Unpaid = NONE_UNPAID): bigint {
    this.#requireHeight(height);
    const name = recipient.toLowerCase();
    const round = this.#state.shares.roundAt(height);
    return this.#state.stakes.at(name, height) + this.#earned(name, round, unpaid);
  }

  /** What the contract had on record for a recipient at the end of block `height`, undefined where that is not known from events. */
  recordedAt(recipient: string, height: number): bigint | undefined {
    this.#requireHeight(height);
    return this.#state.records.at(recipient.toLowerCase(), height) || undefined;
  }

  /** Whether anything was ever credited to a recipient, or may be: it is the beneficiary of a node, or a stake came back to it. */
  knows(recipient: string): boolean {
    const name = recipient.toLowerCase();
    return this.#earners.has(name) || this.#state.stakes.at(name, this.tip.height) > 0n;
  }

  /** Nodes in the contract at the tip, in order of registration. */
  *nodes(): IterableIterator<LedgerNode> {
    for (const { node } of this.#state.held.values()) yield node;
  }

  /** Nodes that the contract holds at the tip. */
  get nodeCount(): number {
    return this.#state.held.size;
  }

  /** The registered node with this BLS key (64 bytes, 0x hex), if there is one. */
  nodeByKey(blsPubkey: string): LedgerNode | undefined {
    const id = this.#idByKey.get(blsPubkey.toLowerCase() as Hex);
    return id === undefined ? undefined : this.#state.held.get(id)?.node;
  }

  /** The registered node with this Ed25519 key (32 bytes, 0x hex), if there is one. */
  nodeByEd25519(ed25519Pubkey: string): LedgerNode | undefined {
    const wanted = ed25519Pubkey.toLowerCase();
    for (const node of this.nodes()) if (node.ed25519Pubkey === wanted) return node;
    return undefined;
  }

  /** A node by its id in the contract, also one that has left. */
  member(id: bigint): Member | undefined {
    return this.#state.held.get(id) ?? this.#state.gone.get(id);
  }

  /** All nodes that the ledger knows, those that have left first. */
  *members(): IterableIterator<Member> {
    yield* this.#state.gone.values();
    yield* this.#state.held.values();
  }

  /** Hash of the block that settled a round, if the round was the last that the block settled; else undefined. */
  roundHash(round: number): string | undefined {
    return this.#state.roundHashes.get(round);
  }

  /** Height of the block that settled a round; undefined for one that is not settled. */
  heightOfRound(round: number): number | undefined {
    return this.#state.shares.heightOf(round);
  }

  /** Recipients that were ever credited, or may be by the nodes that there are. */
  *recipients(): IterableIterator<string> {
    yield* this.#earners.keys();
    for (const recipient of this.#state.stakes.recipients()) if (!this.#earners.has(recipient)) yield recipient;
  }

  // ── Advancing ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether a round falls due between the tip and a later block's timestamp. */
  isRoundDue(timestamp: number): boolean {
    return this.roundAt(timestamp) > this.round;
  }

  /**
   * Takes in the next block that matters. Blocks in between that carry no event and settle no round may be skipped.
   * @throws RangeError when the block is not after the tip, goes back in time, or settles a round without a rate
   */
  apply(block: LedgerBlock): void {
    if (block.height <= this.tip.height) throw new RangeError(`block ${block.height} is not after ${this.tip.height}`);
    if (block.timestamp < this.tip.timestamp) throw new RangeError(`block ${block.height} goes back in time`);

    const last = this.round;
    const due = this.roundAt(block.timestamp);
    if (due > last) {
      if (block.rewardRate === undefined)
        throw new RangeError(`block ${block.height} settles a round, its rate is missing`);
      this.#settle(due, block.rewardRate, block);
    }
    for (const event of block.events) this.#applyEvent(event, block, due);

    this.#state.tip = { height: block.height, hash: block.hash, timestamp: block.timestamp };
  }

  /** Forgets amounts older than the window. Called now and then, not at every block: it walks all recipients. */
  prune(): void {
    this.#state.stakes.prune(this.oldestHeight);
    this.#state.records.prune(this.oldestHeight);
  }

  /** An independent copy, to come back to when the chain takes blocks back. */
  clone(): Ledger {
    const { tip, held, gone, shares, stakes, records, releases, stakesReturned, roundHashes } = this.#state;
    return new Ledger(this.#options(), {
      tip,
      held: new Map(held),
      gone: new Map(gone),
      shares: shares.clone(),
      stakes: stakes.clone(),
      records: records.clone(),
      releases,
      stakesReturned,
      roundHashes: new Map(roundHashes),
    });
  }

  /** The ledger as plain JSON, to go on from after a restart. */
  snapshot(): LedgerSnapshot {
    return snapshotLedger(this.genesis, this.#state);
  }

  /**
   * The ledger of a snapshot. The caller makes sure that it is of the same rules, and that its tip is still on the chain.
   * @throws Error when it is malformed
   */
  static restore(params: ConsensusParams, historyBlocks: number, snapshot: LedgerSnapshot): Ledger {
    const { genesis, state } = restoreLedger(snapshot);
    return new Ledger({ params, genesis, historyBlocks }, state);
  }

  #options(): LedgerOptions {
    return { params: this.params, genesis: this.genesis, historyBlocks: this.#historyBlocks };
  }

  #requireHeight(height: number): void {
    if (height > this.tip.height || height < this.oldestHeight) {
      throw new HeightNotAvailableError(height, this.oldestHeight, this.tip.height);
    }
  }

  // ── Rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What the rounds up to `round` have brought a recipient. */
  #earned(recipient: string, round: number, unpaid: Unpaid): bigint {
    let sum = 0n;
    for (const id of this.#earners.get(recipient) ?? []) {
      const member = this.member(id);
      if (member === undefined) continue;
      const { node, paid } = member;
      const until = Math.min(paid.until, round + 1);
      if (paid.from >= until) continue;
      const withheld = unpaid(node);
      for (const [index, { beneficiary, amount }] of node.contributors.entries()) {
        if (beneficiary !== recipient) continue;
        const fraction = fractionOf(amount, node.deposit, node.fee, index === 0);
        sum += this.#state.shares.sum(fraction, paid.from, until);
        for (const rounds of withheld) {
          const from = Math.max(rounds.from, paid.from);
          const end = Math.min(rounds.until, until);
          if (from < end) sum -= this.#state.shares.sum(fraction, from, end);
        }
      }
    }
    return sum;
  }

  /**
   * Settles the rounds up to `last` at one rate. Rounds over as many paid nodes pay the same, so the range is cut only where a node
   * starts or stops being paid: a gap of a month costs no more than one round, and the result is that of round by round.
   */
  #settle(last: number, rewardRate: bigint, block: BlockPoint): void {
    const { shares } = this.#state;
    const reward = roundReward(rewardRate, this.params);
    while (shares.round < last) {
      if (this.#nextChange <= shares.round + 1) this.#takeChanges(shares.round + 1);
      const end = Math.min(last, this.#nextChange - 1);
      shares.append(end, this.#paidNodes === 0 ? 0n : reward / BigInt(this.#paidNodes), block.height);
    }
    this.#state.roundHashes.set(last, block.hash);
    this.#releaseStakes(last, block.height);
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

  #releaseStakes(round: number, height: number): void {
    if (this.#state.releases.length === 0) return;
    const now = this.timeOf(round);
    for (const { at, credits } of this.#state.releases) if (at <= now) this.#returnStake(credits, height);
    this.#state.releases = this.#state.releases.filter(({ at }) => at > now);
  }

  #returnStake(credits: readonly { recipient: string; amount: bigint }[], height: number): void {
    for (const { recipient, amount } of credits) {
      this.#state.stakes.credit(recipient, amount, height);
      this.#state.stakesReturned += amount;
    }
  }

  // ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @param settled - Last round that is settled: what happens now shows from the next on. */
  #applyEvent(event: LedgerEvent, block: BlockPoint, settled: number): void {
    if (event.kind === "added") {
      this.#addNode(event.node, settled);
      return;
    }
    if (event.kind === "recorded") {
      const { records } = this.#state;
      const before = records.at(event.recipient, block.height);
      if (event.amount > before) records.credit(event.recipient, event.amount - before, block.height);
      return;
    }

    // A node that was never seen cannot have rights or rewards here; its events change nothing.
    const member = this.#state.held.get(event.id);
    if (member === undefined) return;
    const { node } = member;

    if (event.kind === "exitRequested") {
      // Only the first request starts the clock, repeats are noise.
      if (node.leaveRequestedAt === null)
        this.#replace(member, { ...node, leaveRequestedAt: block.timestamp }, settled);
    } else if (event.kind === "liquidated") {
      this.#state.held.set(node.id, { ...member, node: { ...node, liquidated: true } });
    } else {
      this.#remove(member, settled);
      const credits = splitStake(node, event.returnedAmount);
      const unlocked =
        node.leaveRequestedAt !== null && block.timestamp >= node.leaveRequestedAt + this.params.unlockDelay;
      if (node.liquidated && !unlocked && this.params.liquidatedStakeLock > 0) {
        const at = block.timestamp + this.params.liquidatedStakeLock;
        this.#state.releases = [...this.#state.releases, { at, credits }];
      } else {
        this.#returnStake(credits, block.height);
      }
    }
  }

  #addNode(node: LedgerNode, settled = this.round): void {
    const member = this.#memberOf(node, settled);
    this.#state.held.set(node.id, member);
    this.#idByKey.set(node.blsPubkey, node.id);
    if (this.#earnersKnown !== undefined) index(this.#earnersKnown, node);
    this.#expect(member.paid, 1);
  }

  /** A node's rounds: those that its state gives it, from the first one on that it can be known in. */
  #memberOf(node: LedgerNode, settled: number): Member {
    const { from, until } = payableRounds(node, this.genesis.timestamp, this.params);
    const first = Math.max(from - this.params.payableAfterRounds, settled + 1);
    const end = Math.max(until, settled + 1);
    return { node, active: { from: first, until: end }, paid: { from: Math.max(from, settled + 1), until: end } };
  }

  #replace(member: Member, node: LedgerNode, settled: number): void {
    const { until } = payableRounds(node, this.genesis.timestamp, this.params);
    this.#end(member, node, Math.max(until, settled + 1), this.#state.held);
  }

  #remove(member: Member, settled: number): void {
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

  get #earners(): ReadonlyMap<string, ReadonlySet<bigint>> {
    if (this.#earnersKnown === undefined) {
      this.#earnersKnown = new Map();
      for (const { node } of this.members()) index(this.#earnersKnown, node);
    }
    return this.#earnersKnown;
  }
}

function index(earners: Map<string, Set<bigint>>, { id, contributors }: LedgerNode): void {
  for (const { beneficiary } of contributors) {
    const ids = earners.get(beneficiary);
    if (ids === undefined) earners.set(beneficiary, new Set([id]));
    else ids.add(id);
  }
}

/** The whole of a node's share. */
const WHOLE = fractionOf(1n, 1n, 0, false);
const NONE: readonly Rounds[] = [];
const NONE_UNPAID: Unpaid = () => NONE;

function emptyState(genesis: BlockPoint): LedgerState {
  return {
    tip: genesis,
    held: new Map(),
    gone: new Map(),
    shares: new Shares(),
    stakes: new History(),
    records: new History(),
    releases: [],
    stakesReturned: 0n,
    roundHashes: new Map(),
  };
}
