/** How many full sizes in a row must be taken before a size that was refused is tried again. */
const PATIENCE = 32;
const LONGEST_PATIENCE = 4_096;

/**
 * Finds how much an endpoint takes at once (calls in a batch, blocks in a range of logs): begins with the most that is wanted, goes
 * down by bisection when refused, up again when taken, and tries the refused size anew after a while, since limits change and a
 * passing trouble looks like one.
 */
export class Limit {
  readonly max: number;
  #size: number;
  /** The greatest size known to be taken, and the smallest known to be refused. */
  #taken = 0;
  #refused = Infinity;
  #streak = 0;
  #patience = PATIENCE;

  constructor(max: number) {
    this.max = Math.max(1, max);
    this.#size = this.max;
  }

  /** How much to ask for now. */
  get size(): number {
    return this.#size;
  }

  /** So much was refused; `named` is the limit that the refusal names, if it does. */
  refuse(size: number, named?: number): void {
    if (size <= 1) return;
    if (size === this.#refused) this.#patience = Math.min(this.#patience * 2, LONGEST_PATIENCE);
    this.#refused = Math.min(this.#refused, named !== undefined && named < size ? named + 1 : size);
    if (this.#taken >= this.#refused) this.#taken = 0;
    this.#streak = 0;
    this.#size = named !== undefined && named < size ? named : Math.max(1, (this.#taken + this.#refused) >> 1);
  }

  /** So much was taken. */
  take(size: number): void {
    if (size < this.#size) return;
    this.#taken = Math.max(this.#taken, size);
    if (size >= this.#refused) this.#refused = Infinity;
    this.#streak++;
    if (this.#refused === Infinity) this.#size = Math.min(this.max, Math.max(this.#size, size * 2));
    else if (this.#refused - this.#taken > 1) this.#size = (this.#taken + this.#refused) >> 1;
    else if (this.#streak >= this.#patience) {
      this.#streak = 0;
      this.#size = Math.min(this.max, this.#refused);
    } else this.#size = this.#taken;
  }
}
