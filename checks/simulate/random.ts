/** Numbers that follow from a seed: sfc32, small and good enough to decide who restarts when. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = 0x9e3779b9 ^ seed;
    this.#c = 0x243f6a88;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** From 0 to below 1. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(odds: number): boolean {
    return this.next() < odds;
  }

  /** `count` of the items, without repetition. */
  some<T>(items: readonly T[], count: number): T[] {
    const pool = items.slice();
    const drawn: T[] = [];
    while (drawn.length < count && pool.length > 0) {
      const i = this.below(pool.length);
      drawn.push(pool[i] as T);
      pool[i] = pool.at(-1) as T;
      pool.pop();
    }
    return drawn;
  }
}
