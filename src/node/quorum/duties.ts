/**
 * Whether nodes are there when it is their turn to vote. A vote is given only for a change, so that its absence says nothing;
 * therefore each voter signs, once in a window of `dutyRounds` rounds, that it was there in a round that it was drawn in
 * ({@link presenceMessage}). Those who count the round's votes pass the sum on.
 *
 * A window in which a node was drawn is its duty, done with one presence. A node that missed more than `dutiesMissable` of its last
 * `dutiesJudged` duties fails. Each node counts for itself, from when it began to watch: what it has not seen itself it does not
 * hold against anybody. A window of which it knows too few presences is not counted at all, as it is this node that heard too little.
 */
import type { Quorums } from "./quorums.ts";
import type { DutyParams } from "./voter.ts";

/** Part of the nodes drawn in a window that must have been there, or the window is not counted: three fifths, as in a quorum. */
const [HEARD, OF] = [3, 5];

export class Duties {
  readonly #params: DutyParams;
  readonly #quorums: Quorums;
  /** Ids that were there, by window. */
  readonly #present = new Map<number, Set<bigint>>();
  /** Whether the last duties of a node were done, the oldest first. */
  readonly #done = new Map<bigint, readonly boolean[]>();
  /** First window that is not closed yet. */
  #next: number;

  /** @param since - The round in which this node begins to watch. */
  constructor(params: DutyParams, quorums: Quorums, since: number) {
    this.#params = params;
    this.#quorums = quorums;
    this.#next = this.windowOf(since) + 1;
  }

  windowOf(round: number): number {
    return Math.floor(round / this.#params.dutyRounds);
  }

  /** Whether a node was there in the window of a round, as far as is known here. */
  wasPresent(id: bigint, round: number): boolean {
    return this.#present.get(this.windowOf(round))?.has(id) ?? false;
  }

  /** Takes in that nodes were there in a round. */
  note(round: number, ids: Iterable<bigint>): void {
    const window = this.windowOf(round);
    if (window < this.#next - 1) return;
    let present = this.#present.get(window);
    if (present === undefined) this.#present.set(window, (present = new Set()));
    for (const id of ids) present.add(id);
  }

  /**
   * Closes the windows that are over by `round`.
   *
   * @param isAway - Whether a node fails for another reason: it is judged for that, and begins anew here.
   */
  close(round: number, isAway: (id: bigint) => boolean): void {
    const { dutyRounds, lagRounds } = this.#params;
    for (; (this.#next + 1) * dutyRounds + lagRounds <= round; this.#next++) {
      this.#closeWindow(this.#next, isAway);
      for (const window of this.#present.keys()) if (window <= this.#next) this.#present.delete(window);
    }
  }

  #closeWindow(window: number, isAway: (id: bigint) => boolean): void {
    const { dutyRounds, dutiesJudged } = this.#params;
    const drawn = new Set<bigint>();
    for (let round = window * dutyRounds; round < (window + 1) * dutyRounds; round++) {
      for (const { node } of this.#quorums.of(round)?.voters ?? []) drawn.add(node.id);
    }
    const present = this.#present.get(window) ?? new Set();
    let heard = 0;
    for (const id of drawn) if (present.has(id)) heard++;
    if (OF * heard < HEARD * drawn.size) return;
    for (const id of drawn) {
      if (isAway(id)) this.#done.delete(id);
      else this.#done.set(id, [...(this.#done.get(id) ?? []), present.has(id)].slice(-dutiesJudged));
    }
  }

  /** Whether a node missed too many duties. Under a lease it is enough to have done the newest one. */
  isIdle(id: bigint, underLease: boolean): boolean {
    const { dutiesJudged, dutiesMissable } = this.#params;
    const done = this.#done.get(id);
    if (done === undefined || done.length < dutiesJudged) return false;
    if (underLease && done.at(-1) === true) return false;
    return done.filter((duty) => !duty).length > dutiesMissable;
  }

  /** Forgets nodes that are gone. */
  keep(isHeld: (id: bigint) => boolean): void {
    for (const id of this.#done.keys()) if (!isHeld(id)) this.#done.delete(id);
  }
}
