/**
 * Finds out a ledger that was fed a wrong answer: logs that were missing from a list, a rate that was another block's. Nothing here
 * repairs it; whoever is told reads it anew.
 */
import { EndpointError } from "../chain/transport/index.ts";
import type { Contracts } from "./contracts.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerEvent } from "./ledgerTypes.ts";
import { roundReward } from "./rounds.ts";
import type { Header } from "./rpc.ts";

/** The ledger and the chain's own state differ. */
export class LedgerMismatchError extends Error {
  constructor(why: string) {
    super(why);
    this.name = "LedgerMismatchError";
  }
}

/** The list of nodes is compared whenever it has changed, and after so many rounds: an hour on the live network. */
const LIST_ROUNDS = 30;
/** Every node's state is compared once at the start and after so many rounds: a day. */
const FULL_ROUNDS = 720;
/** Settled rounds of which one is looked at again with each round. */
const SAMPLE = 16;

export class Audit {
  readonly #contracts: Contracts;
  /** Whether nodes came or went since the list was compared. */
  #changed = true;
  /** Id that the contract gives to the next node, by the events alone; undefined until a comparison has set it. */
  #nextId: bigint | undefined;
  #listRound = Number.NEGATIVE_INFINITY;
  #fullRound = Number.NEGATIVE_INFINITY;
  #lastRound = Number.NEGATIVE_INFINITY;
  #rates: { header: Header; rate: bigint }[] = [];
  /** What the rounds since {@link #base} could pay at most, and the round up to which it is counted. */
  #most = 0n;
  #counted: number | undefined;
  #base: bigint | undefined;

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  /** Forgets what it knows: the ledger went back. */
  reset(): void {
    this.#changed = true;
    this.#nextId = undefined;
    this.#listRound = this.#fullRound = this.#lastRound = Number.NEGATIVE_INFINITY;
    this.#rates = [];
    this.#most = 0n;
    this.#counted = undefined;
    this.#base = undefined;
  }

  /**
   * Events that the ledger is about to take in, in their order.
   *
   * @throws LedgerMismatchError when one that must stand beside another is missing: nothing is taken in then
   */
  saw(events: readonly LedgerEvent[], ledger: Ledger): void {
    const deposits = new Map<bigint, bigint>();
    const liquidated = new Set<bigint>();
    for (const event of events) {
      if (event.kind === "added") deposits.set(event.node.id, event.node.deposit);
      else if (event.kind === "liquidated") liquidated.add(event.id);
      else if (event.kind === "exited" && !liquidated.has(event.id)) {
        const deposit = deposits.get(event.id) ?? ledger.member(event.id)?.node.deposit ?? 0n;
        if (event.returnedAmount < deposit) {
          throw new LedgerMismatchError(
            `node ${event.id} left with ${event.returnedAmount} of ${deposit}, and no log says that it was liquidated`,
          );
        }
      }
      if (event.kind === "recorded") continue;
      this.#changed = true;
      if (event.kind === "added" && this.#nextId !== undefined && event.node.id >= this.#nextId) {
        this.#nextId = event.node.id + 1n;
      }
    }
  }

  /** A block that settles rounds, and the rate that the ledger is given for it. */
  paid(ledger: Ledger, header: Header, rate: bigint): void {
    this.#rates.push({ header, rate });
    if (this.#rates.length > SAMPLE) this.#rates.shift();
    const round = ledger.roundAt(header.timestamp);
    if (this.#counted !== undefined && round > this.#counted) {
      this.#most += roundReward(rate, ledger.params) * BigInt(round - this.#counted);
      this.#counted = round;
    }
  }

  /** @throws LedgerMismatchError */
  async check(ledger: Ledger, tip: Header): Promise<void> {
    const { round } = ledger;
    const full = round - this.#fullRound >= FULL_ROUNDS;
    if (full || this.#changed || round - this.#listRound >= LIST_ROUNDS) await this.#compareList(ledger, tip);
    if (full) await this.#compareAll(ledger, tip);
    if (round > this.#lastRound) await this.#sample();
    this.#changed = false;
    this.#listRound = this.#lastRound = round;
    if (full) this.#fullRound = round;
  }

  async #compareList(ledger: Ledger, tip: Header): Promise<void> {
    const { ids, nextId } = await this.#contracts.listed(tip.hash);
    const held = new Set([...ledger.nodes()].map(({ id }) => id));
    const missing = ids.filter((id) => !held.has(id));
    const extra = [...held].filter((id) => !ids.includes(id));
    if (missing.length > 0 || extra.length > 0) {
      const some = (list: bigint[]): string => list.slice(0, 5).join(", ") || "none";
      throw new LedgerMismatchError(
        `at block ${tip.height} the contract holds ${ids.length} nodes and the ledger ${held.size}: it lacks ${some(missing)} and has ${some(extra)} too many`,
      );
    }
    if (this.#nextId !== undefined && nextId !== this.#nextId) {
      throw new LedgerMismatchError(
        `at block ${tip.height} the contract's next id is ${nextId}, the ledger expects ${this.#nextId}: a registration was missed`,
      );
    }
    this.#nextId = nextId;
  }

  async #compareAll(ledger: Ledger, tip: Header): Promise<void> {
    for (const stored of await this.#contracts.allNodes(tip.hash)) {
      const held = ledger.member(stored.id)?.node;
      if (
        held?.leaveRequestedAt !== stored.leaveRequestedAt ||
        held.deposit !== stored.deposit ||
        held.blsPubkey !== stored.blsPubkey
      ) {
        throw new LedgerMismatchError(
          `at block ${tip.height} node ${stored.id} is another in the contract than in the ledger: its exit request was at ${stored.leaveRequestedAt}, not at ${held?.leaveRequestedAt}`,
        );
      }
    }
    const allotted = ledger.rewardsAllotted;
    if (this.#base !== undefined && allotted - this.#base > this.#most) {
      throw new LedgerMismatchError(
        `the ledger has paid ${allotted - this.#base} in rounds that pay ${this.#most} at most`,
      );
    }
    this.#base = allotted;
    this.#most = 0n;
    this.#counted = ledger.round;
  }

  /** Reads the rate of one settled round again. */
  async #sample(): Promise<void> {
    const one = this.#rates[Math.floor(Math.random() * this.#rates.length)];
    if (one === undefined || one.rate === 0n) return;
    let rate: bigint;
    try {
      rate = await this.#contracts.rewardRate(one.header);
    } catch (error) {
      // An endpoint that no longer keeps that state says nothing against the figure.
      if (error instanceof EndpointError) return;
      throw error;
    }
    if (rate !== one.rate) {
      throw new LedgerMismatchError(`block ${one.header.height} paid at ${one.rate}, and now it is said to be ${rate}`);
    }
  }
}
