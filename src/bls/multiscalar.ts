import { addNeighbours } from "./points.ts";
import type { Adder } from "./points.ts";

/**
 * A binary tree of sums over a list of points: `tree[level][i]` is the sum of the points from `i 2^level` up to, not including,
 * `(i + 1) 2^level`, as far as there are any. The last level is the root.
 */
export type SumTree<P> = readonly (readonly (P | undefined)[])[];

/**
 * Builds the tree over at least one point; as many additions as there are points.
 *
 * @param height - Levels above the points; by default up to a single root.
 */
export function sumTree<P>(add: Adder<P>, points: readonly (P | undefined)[], height = Infinity): SumTree<P> {
  const levels: (readonly (P | undefined)[])[] = [points];
  let level = points;
  while (level.length > 1 && levels.length <= height) {
    level = addNeighbours(add, level);
    levels.push(level);
  }
  return levels;
}

/** `2 P` for each point. */
function doubleAll<P>(add: Adder<P>, points: readonly (P | undefined)[]): (P | undefined)[] {
  return add(points, points);
}

/**
 * For every node of the tree the sum of its points, each times the weight of its place in the node. The weight of place
 * `b0 + 2 b1 + 4 b2 ...`, in bits, is `b0 + B b1 + B^2 b2 ...` with `B = 2^bits`: the place itself for one bit.
 * `W(parent) = W(left) + W(right) + B^(level - 1) S(right)`, about `2 + bits` additions a point.
 */
export function placeWeightedTree<P>(add: Adder<P>, tree: SumTree<P>, bits = 1): SumTree<P> {
  const levels: (P | undefined)[][] = [(tree[0] ?? []).map(() => undefined)];
  for (let level = 1; level < tree.length; level++) {
    const below = levels[level - 1] as (P | undefined)[];
    let shifted = (tree[level - 1] as readonly (P | undefined)[]).filter((_, i) => i % 2 === 1);
    for (let k = 0; k < bits * (level - 1); k++) shifted = doubleAll(add, shifted);
    const sums = addNeighbours(add, below);
    levels.push(add(sums, [...shifted, ...sums.slice(shifted.length).map(() => undefined)]));
  }
  return levels;
}

/**
 * `sum of scalar_i * point_i` by buckets (Pippenger), one byte of the scalars at a time.
 *
 * @param scalars - All of the same number of bytes, little-endian.
 */
export function multiScalar<P>(
  add: Adder<P>,
  points: readonly (P | undefined)[],
  scalars: readonly Uint8Array[],
): P | undefined {
  const windows = scalars[0]?.length ?? 0;
  let buckets: (P | undefined)[][] = Array.from({ length: 256 * windows }, () => []);
  scalars.forEach((scalar, i) => {
    const point = points[i];
    if (point === undefined) return;
    scalar.forEach((digit, window) => digit !== 0 && buckets[256 * window + digit]?.push(point));
  });
  buckets = sumEach(add, buckets);

  // All windows side by side, 256 = 2^8 buckets each: eight levels up is the sum of digit times bucket, by window.
  const sums = buckets.map((bucket) => bucket[0]);
  const ofWindow = placeWeightedTree(add, sumTree(add, sums, 8)).at(-1) ?? [];
  let result: P | undefined;
  for (let window = windows - 1; window >= 0; window--) {
    for (let k = 0; k < 8; k++) [result] = doubleAll(add, [result]);
    [result] = add([result], [ofWindow[window]]);
  }
  return result;
}

/** Adds up each of many lists, all lists sharing the inversions of a round. */
function sumEach<P>(add: Adder<P>, lists: (P | undefined)[][]): (P | undefined)[][] {
  let rest = lists;
  while (rest.some((list) => list.length > 1)) {
    const left: (P | undefined)[] = [];
    const right: (P | undefined)[] = [];
    for (const list of rest) {
      for (let i = 0; i + 1 < list.length; i += 2) {
        left.push(list[i]);
        right.push(list[i + 1]);
      }
    }
    const sums = add(left, right);
    let taken = 0;
    rest = rest.map((list) => {
      const half = Math.floor(list.length / 2);
      const next = sums.slice(taken, taken + half);
      taken += half;
      if (list.length % 2 === 1) next.push(list[list.length - 1]);
      return next;
    });
  }
  return rest;
}

/** `scalar_i * point_i` for each i, in lockstep. Scalars as for {@link multiScalar}. */
export function multiplyEach<P>(
  add: Adder<P>,
  points: readonly (P | undefined)[],
  scalars: readonly Uint8Array[],
): (P | undefined)[] {
  let results: (P | undefined)[] = points.map(() => undefined);
  for (let bit = 8 * (scalars[0]?.length ?? 0) - 1; bit >= 0; bit--) {
    results = doubleAll(add, results);
    results = add(
      results,
      points.map((point, i) => ((((scalars[i]?.[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1 ? point : undefined)),
    );
  }
  return results;
}
