/** A history as plain JSON: for each recipient its heights, and the totals from there on as decimal strings. */
export type HistorySnapshot = readonly (readonly [
  recipient: string,
  heights: readonly number[],
  amounts: readonly string[],
])[];

/** Amounts that only grow, by recipient, readable at any height of a window. Heights are appended in ascending order. */
export class History {
  readonly #heights = new Map<string, number[]>();
  readonly #amounts = new Map<string, bigint[]>();

  /** Adds `amount` to the recipient's total from `height` on. */
  credit(recipient: string, amount: bigint, height: number): void {
    const heights = this.#heights.get(recipient);
    const amounts = this.#amounts.get(recipient);
    if (heights === undefined || amounts === undefined) {
      this.#heights.set(recipient, [height]);
      this.#amounts.set(recipient, [amount]);
      return;
    }
    const total = (amounts.at(-1) ?? 0n) + amount;
    if (heights.at(-1) === height) {
      amounts[amounts.length - 1] = total;
    } else {
      heights.push(height);
      amounts.push(total);
    }
  }

  /** The recipient's total as it stood at the end of block `height`. */
  at(recipient: string, height: number): bigint {
    const heights = this.#heights.get(recipient);
    if (heights === undefined) return 0n;
    const index = upperBound(heights, height) - 1;
    return index < 0 ? 0n : (this.#amounts.get(recipient)?.[index] ?? 0n);
  }

  /** Forgets what is not needed to answer for `floor` and above. */
  prune(floor: number): void {
    for (const [recipient, heights] of this.#heights) {
      const drop = upperBound(heights, floor) - 1;
      if (drop <= 0) continue;
      heights.splice(0, drop);
      this.#amounts.get(recipient)?.splice(0, drop);
    }
  }

  /** Whoever was credited anything. */
  recipients(): IterableIterator<string> {
    return this.#heights.keys();
  }

  /** The amounts as plain JSON. */
  snapshot(): HistorySnapshot {
    return [...this.#heights].map(([recipient, heights]) => [
      recipient,
      heights,
      (this.#amounts.get(recipient) ?? []).map(String),
    ]);
  }

  static restore(snapshot: HistorySnapshot): History {
    const restored = new History();
    for (const [recipient, heights, amounts] of snapshot) {
      restored.#heights.set(recipient, [...heights]);
      restored.#amounts.set(recipient, amounts.map(BigInt));
    }
    return restored;
  }

  /** An independent copy. */
  clone(): History {
    const copy = new History();
    for (const [recipient, heights] of this.#heights) copy.#heights.set(recipient, heights.slice());
    for (const [recipient, amounts] of this.#amounts) copy.#amounts.set(recipient, amounts.slice());
    return copy;
  }
}

/** Number of elements that are <= value, in a sorted array. */
function upperBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
