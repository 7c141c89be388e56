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
import type { BlockPoint, LedgerBlock, LedgerEvent, LedgerNode, Rounds } from "./ledgerTypes.ts";
import { restoreLedger, snapshotLedger } from "./ledgerSnapshot.ts";
import type { LedgerSnapshot } from "./ledgerSnapshot.ts";
import type { LedgerState, Member } from "./ledgerState.ts";
import type { ConsensusParams } from "./params.ts";
import { Roster } from "./roster.ts";
import { roundAt, roundReward, splitStake } from "./rounds.ts";
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
  readonly #roster: Roster;

  constructor(options: LedgerOptions, state?: LedgerState) {
    this.params = options.params;
    this.genesis = options.genesis;
    this.#historyBlocks = options.historyBlocks;
    this.#state = state ?? emptyState(options.genesis);
    this.#roster = new Roster(options.params, options.genesis.timestamp, this.#state);
    for (const node of options.nodes ?? []) this.#roster.add(node, this.round);
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
    for (const recipient of this.#roster.earners.keys())
      sum += this.#earned(recipient, this.#state.shares.round, NONE_UNPAID);
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
    return this.#roster.earners.has(name) || this.#state.stakes.at(name, this.tip.height) > 0n;
  }

  /** Nodes in the contract at the tip, in order of registration. */
  nodes(): IterableIterator<LedgerNode> {
    return this.#roster.nodes();
  }

  /** Nodes that the contract holds at the tip. */
  get nodeCount(): number {
    return this.#roster.size;
  }

  /** The registered node with this BLS key (64 bytes, 0x hex), if there is one. */
  nodeByKey(blsPubkey: string): LedgerNode | undefined {
    return this.#roster.nodeByKey(blsPubkey);
  }

  /** The registered node with this Ed25519 key (32 bytes, 0x hex), if there is one. */
  nodeByEd25519(ed25519Pubkey: string): LedgerNode | undefined {
    const wanted = ed25519Pubkey.toLowerCase();
    for (const node of this.nodes()) if (node.ed25519Pubkey === wanted) return node;
    return undefined;
  }

  /** A node by its id in the contract, also one that has left. */
  member(id: bigint): Member | undefined {
    return this.#roster.member(id);
  }

  /** All nodes that the ledger knows, those that have left first. */
  members(): IterableIterator<Member> {
    return this.#roster.members();
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
    yield* this.#roster.earners.keys();
    for (const recipient of this.#state.stakes.recipients()) if (!this.#roster.earners.has(recipient)) yield recipient;
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
    for (const id of this.#roster.earners.get(recipient) ?? []) {
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
      const { count, until } = this.#roster.paidFrom(shares.round + 1);
      shares.append(Math.min(last, until - 1), count === 0 ? 0n : reward / BigInt(count), block.height);
    }
    this.#state.roundHashes.set(last, block.hash);
    this.#releaseStakes(last, block.height);
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
      this.#roster.add(event.node, settled);
      return;
    }
    if (event.kind === "recorded") {
      const { records } = this.#state;
      const before = records.at(event.recipient, block.height);
      if (event.amount > before) records.credit(event.recipient, event.amount - before, block.height);
      return;
    }

    // A node that was never seen cannot have rights or rewards here; its events change nothing.
    const member = this.#roster.held(event.id);
    if (member === undefined) return;
    const { node } = member;

    if (event.kind === "exitRequested") {
      // Only the first request starts the clock, repeats are noise.
      if (node.leaveRequestedAt === null)
        this.#roster.leave(member, { ...node, leaveRequestedAt: block.timestamp }, settled);
    } else if (event.kind === "liquidated") {
      this.#roster.note(member, { ...node, liquidated: true });
    } else {
      this.#roster.remove(member, settled);
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
