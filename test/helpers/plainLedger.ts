/**
 * The ledger in its plain version, that of commit 3802486: every round credits every contribution of every node. The oracle of the
 * ledger's differential test, and what its speed is measured against.
 */
import { History } from "../../src/node/history.ts";
import type { BlockPoint, Hex, LedgerBlock, LedgerEvent, LedgerNode } from "../../src/node/ledgerTypes.ts";
import type { ConsensusParams } from "../../src/node/params.ts";
import { payableRounds, roundAt, roundReward, splitShare, splitStake } from "../../src/node/rounds.ts";

interface Release {
  readonly at: number;
  readonly credits: readonly { recipient: string; amount: bigint }[];
}

/** What a ledger starts from. */
interface LedgerOptions {
  readonly params: ConsensusParams;
  /** The block whose end state the ledger starts from; its timestamp is the time of round 0. */
  readonly genesis: BlockPoint;
  /** Nodes that the contract holds at genesis. */
  readonly nodes?: readonly LedgerNode[];
  /** Heights kept for {@link Ledger.rewardsAt}. */
  readonly historyBlocks: number;
}

/** The asked height is newer than the ledger or older than its window. */
class HeightNotAvailableError extends Error {
  readonly height: number;

  constructor(height: number, oldest: number, newest: number) {
    super(`height ${height} is not available, only ${oldest} to ${newest}`);
    this.name = "HeightNotAvailableError";
    this.height = height;
  }
}

/** Lifetime rewards and the state of every node, from the chain's events alone. */
export class PlainLedger {
  readonly params: ConsensusParams;
  readonly genesis: BlockPoint;

  readonly #historyBlocks: number;
  #tip: BlockPoint;
  #nodes = new Map<bigint, LedgerNode>();
  #idByKey = new Map<Hex, bigint>();
  #history = new History();
  #releases: readonly Release[] = [];
  #rewardsCredited = 0n;
  #stakesReturned = 0n;

  constructor(options: LedgerOptions) {
    this.params = options.params;
    this.genesis = options.genesis;
    this.#historyBlocks = options.historyBlocks;
    this.#tip = options.genesis;
    for (const node of options.nodes ?? []) this.#addNode(node);
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The last block taken in. */
  get tip(): BlockPoint {
    return this.#tip;
  }

  /** The oldest height that {@link rewardsAt} answers for. */
  get oldestHeight(): number {
    return Math.max(this.genesis.height, this.#tip.height - this.#historyBlocks);
  }

  /** Atomic SESH credited by rounds since genesis, over all recipients. */
  get rewardsCredited(): bigint {
    return this.#rewardsCredited;
  }

  /** Atomic SESH of stakes paid back since genesis, over all recipients. */
  get stakesReturned(): bigint {
    return this.#stakesReturned;
  }

  /** Index of the last settled round. */
  get round(): number {
    return this.roundAt(this.#tip.timestamp);
  }

  /** Index of the last round due at `timestamp`. */
  roundAt(timestamp: number): number {
    return roundAt(timestamp, this.genesis.timestamp, this.params.roundSeconds);
  }

  /**
   * What a recipient (any case) has earned since genesis, at the end of block `height`, in atomic SESH.
   * @throws HeightNotAvailableError outside {@link oldestHeight} .. `tip.height`
   */
  rewardsAt(recipient: string, height: number): bigint {
    if (height > this.#tip.height || height < this.oldestHeight) {
      throw new HeightNotAvailableError(height, this.oldestHeight, this.#tip.height);
    }
    return this.#history.at(recipient.toLowerCase(), height);
  }

  /** Nodes in the contract at the tip, in order of registration. */
  nodes(): IterableIterator<LedgerNode> {
    return this.#nodes.values();
  }

  /** Nodes that the contract holds at the tip. */
  get nodeCount(): number {
    return this.#nodes.size;
  }

  /** The registered node with this BLS key (64 bytes, 0x hex), if there is one. */
  nodeByKey(blsPubkey: string): LedgerNode | undefined {
    const id = this.#idByKey.get(blsPubkey.toLowerCase() as Hex);
    return id === undefined ? undefined : this.#nodes.get(id);
  }

  /** The registered node with this Ed25519 key (32 bytes, 0x hex), if there is one. */
  nodeByEd25519(ed25519Pubkey: string): LedgerNode | undefined {
    const wanted = ed25519Pubkey.toLowerCase();
    return this.#nodes.values().find((node) => node.ed25519Pubkey === wanted);
  }

  /** Recipients that were ever credited. */
  recipients(): IterableIterator<string> {
    return this.#history.recipients();
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
    if (block.height <= this.#tip.height)
      throw new RangeError(`block ${block.height} is not after ${this.#tip.height}`);
    if (block.timestamp < this.#tip.timestamp) throw new RangeError(`block ${block.height} goes back in time`);

    const last = this.round;
    const due = this.roundAt(block.timestamp);
    if (due > last) {
      if (block.rewardRate === undefined)
        throw new RangeError(`block ${block.height} settles a round, its rate is missing`);
      this.#settle(last + 1, due, block.rewardRate, block.height);
    }
    for (const event of block.events) this.#applyEvent(event, block);

    this.#tip = { height: block.height, hash: block.hash, timestamp: block.timestamp };
  }

  /** Forgets amounts older than the window. Called now and then, not at every block: it walks all recipients. */
  prune(): void {
    this.#history.prune(this.oldestHeight);
  }

  /** An independent copy, to come back to when the chain takes blocks back. */
  clone(): PlainLedger {
    const copy = new PlainLedger({ params: this.params, genesis: this.genesis, historyBlocks: this.#historyBlocks });
    copy.#tip = this.#tip;
    copy.#nodes = new Map(this.#nodes);
    copy.#idByKey = new Map(this.#idByKey);
    copy.#history = this.#history.clone();
    copy.#releases = this.#releases;
    copy.#rewardsCredited = this.#rewardsCredited;
    copy.#stakesReturned = this.#stakesReturned;
    return copy;
  }

  // ── Rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Settles rounds `first..last` at one rate. Rounds over the same payable set pay the same, so the range is cut only where a node
   * starts or stops being payable: a gap of a month costs no more than one round, and the result is that of round by round.
   */
  #settle(first: number, last: number, rewardRate: bigint, height: number): void {
    const reward = roundReward(rewardRate, this.params);
    const spans = [...this.#nodes.values()].map((node) => ({
      node,
      ...payableRounds(node, this.genesis.timestamp, this.params),
    }));

    const cuts = new Set([first, last + 1]);
    for (const { from, until } of spans) {
      if (from > first && from <= last) cuts.add(from);
      if (until > first && until <= last) cuts.add(until);
    }
    const bounds = [...cuts].sort((a, b) => a - b);

    for (const [index, start] of bounds.entries()) {
      const end = bounds[index + 1];
      if (end === undefined) break;
      const payable = spans.filter(({ from, until }) => from <= start && start < until);
      if (payable.length === 0) continue;
      const share = reward / BigInt(payable.length);
      const rounds = BigInt(end - start);
      for (const { node } of payable) {
        for (const { recipient, amount } of splitShare(node, share)) {
          this.#history.credit(recipient, amount * rounds, height);
          this.#rewardsCredited += amount * rounds;
        }
      }
    }
    this.#releaseStakes(last, height);
  }

  #releaseStakes(round: number, height: number): void {
    if (this.#releases.length === 0) return;
    const now = this.genesis.timestamp + round * this.params.roundSeconds;
    for (const { at, credits } of this.#releases) if (at <= now) this.#returnStake(credits, height);
    this.#releases = this.#releases.filter(({ at }) => at > now);
  }

  #returnStake(credits: readonly { recipient: string; amount: bigint }[], height: number): void {
    for (const { recipient, amount } of credits) {
      this.#history.credit(recipient, amount, height);
      this.#stakesReturned += amount;
    }
  }

  // ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #applyEvent(event: LedgerEvent, block: BlockPoint): void {
    if (event.kind === "added") {
      this.#addNode(event.node);
      return;
    }

    if (event.kind === "recorded") return;

    // A node that was never seen cannot have rights or rewards here; its events change nothing.
    const node = this.#nodes.get(event.id);
    if (node === undefined) return;

    if (event.kind === "exitRequested") {
      // Only the first request starts the clock, repeats are noise.
      if (node.leaveRequestedAt === null) this.#nodes.set(node.id, { ...node, leaveRequestedAt: block.timestamp });
    } else if (event.kind === "liquidated") {
      this.#nodes.set(node.id, { ...node, liquidated: true });
    } else {
      this.#nodes.delete(node.id);
      this.#idByKey.delete(node.blsPubkey);
      const credits = splitStake(node, event.returnedAmount);
      const unlocked =
        node.leaveRequestedAt !== null && block.timestamp >= node.leaveRequestedAt + this.params.unlockDelay;
      if (node.liquidated && !unlocked && this.params.liquidatedStakeLock > 0) {
        this.#releases = [...this.#releases, { at: block.timestamp + this.params.liquidatedStakeLock, credits }];
      } else {
        this.#returnStake(credits, block.height);
      }
    }
  }

  #addNode(node: LedgerNode): void {
    this.#nodes.set(node.id, node);
    this.#idByKey.set(node.blsPubkey, node.id);
  }
}
