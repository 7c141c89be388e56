import type { Field } from "./fields.ts";
import { addNeighbours, addPairs } from "./points.ts";
import type { Affine } from "./points.ts";

/**
 * A binary tree of sums over a list of points: `tree[level][i]` is the sum of the points from `i 2^level` up to, not including,
 * `(i + 1) 2^level`, as far as there are any. The last level is the root.
 */
export type SumTree<T> = readonly (readonly Affine<T>[])[];

/**
 * Builds the tree over at least one point; as many additions as there are points.
 *
 * @param height - Levels above the points; by default up to a single root.
 */
export function sumTree<T>(F: Field<T>, points: readonly Affine<T>[], height = Infinity): SumTree<T> {
  const levels: (readonly Affine<T>[])[] = [points];
  let level = points;
  while (level.length > 1 && levels.length <= height) {
    level = addNeighbours(F, level);
    levels.push(level);
  }
  return levels;
}

/** `2 P` for each point. */
function doubleAll<T>(F: Field<T>, points: readonly Affine<T>[]): Affine<T>[] {
  return addPairs(F, points, points);
}

/**
 * For every node of the tree the sum of its points, each times the weight of its place in the node. The weight of place
 * `b0 + 2 b1 + 4 b2 ...`, in bits, is `b0 + B b1 + B^2 b2 ...` with `B = 2^bits`: the place itself for one bit.
 * `W(parent) = W(left) + W(right) + B^(level - 1) S(right)`, about `2 + bits` additions a point.
 */
export function placeWeightedTree<T>(F: Field<T>, tree: SumTree<T>, bits = 1): SumTree<T> {
  const levels: Affine<T>[][] = [(tree[0] ?? []).map(() => undefined)];
  for (let level = 1; level < tree.length; level++) {
    const below = levels[level - 1] as Affine<T>[];
    let shifted = (tree[level - 1] as readonly Affine<T>[]).filter((_, i) => i % 2 === 1);
    for (let k = 0; k < bits * (level - 1); k++) shifted = doubleAll(F, shifted);
    const sums = addNeighbours(F, below);
    levels.push(addPairs(F, sums, [...shifted, ...sums.slice(shifted.length).map(() => undefined)]));
  }
  return levels;
}

/**
 * `sum of scalar_i * point_i` by buckets (Pippenger), one byte of the scalars at a time.
 *
 * @param scalars - All of the same number of bytes, little-endian.
 */
export function multiScalar<T>(F: Field<T>, points: readonly Affine<T>[], scalars: readonly Uint8Array[]): Affine<T> {
  const windows = scalars[0]?.length ?? 0;
  let buckets: Affine<T>[][] = Array.from({ length: 256 * windows }, () => []);
  scalars.forEach((scalar, i) => {
    const point = points[i];
    if (point === undefined) return;
    scalar.forEach((digit, window) => digit !== 0 && buckets[256 * window + digit]?.push(point));
  });
  buckets = sumEach(F, buckets);

  // All windows side by side, 256 = 2^8 buckets each: eight levels up is the sum of digit times bucket, by window.
  const sums = buckets.map((bucket) => bucket[0]);
  const ofWindow = placeWeightedTree(F, sumTree(F, sums, 8)).at(-1) ?? [];
  let result: Affine<T>;
  for (let window = windows - 1; window >= 0; window--) {
    for (let k = 0; k < 8; k++) [result] = doubleAll(F, [result]);
    [result] = addPairs(F, [result], [ofWindow[window]]);
  }
  return result;
}

/** Adds up each of many lists, all lists sharing the inversions of a round. */
function sumEach<T>(F: Field<T>, lists: Affine<T>[][]): Affine<T>[][] {
  let rest = lists;
  while (rest.some((list) => list.length > 1)) {
    const left: Affine<T>[] = [];
    const right: Affine<T>[] = [];
    for (const list of rest) {
      for (let i = 0; i + 1 < list.length; i += 2) {
        left.push(list[i]);
        right.push(list[i + 1]);
      }
    }
    const sums = addPairs(F, left, right);
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
export function multiplyEach<T>(
  F: Field<T>,
  points: readonly Affine<T>[],
  scalars: readonly Uint8Array[],
): Affine<T>[] {
  let results: Affine<T>[] = points.map(() => undefined);
  for (let bit = 8 * (scalars[0]?.length ?? 0) - 1; bit >= 0; bit--) {
    results = doubleAll(F, results);
    results = addPairs(
      F,
      results,
      points.map((point, i) => ((((scalars[i]?.[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1 ? point : undefined)),
    );
  }
  return results;
}
