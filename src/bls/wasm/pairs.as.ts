/**
 * Sums of many pairs of points in WebAssembly, as points.ts has them: additions that do not depend on each other share one inversion.
 * Points are affine, in Montgomery form, x and y one after the other, wherever the caller (arena.ts) puts them; address 0 is infinity.
 */
import { add, copy, degree, mul, setDegree, size, sqr, sub } from "./degree.as";
import { inv1, inv2, isEqual, isZero, ONE, read1, write1 } from "./field.as";

const PRODUCT = memory.data(64);
const INVERSE = memory.data(64);
const SLOPE = memory.data(64);
const N = memory.data(64);
const T = memory.data(64);

/**
 * Adds `count` pairs, exact in every case: `sums[i] = left[i] + right[i]`, all three lists of addresses (4 bytes each).
 *
 * @param to - Where new points go, behind all points there are.
 * @param scratch - Room for two elements of the field a pair.
 * @returns the end of the new points
 */
export function addPairs(
  ofDegree: i32,
  left: usize,
  right: usize,
  sums: usize,
  count: i32,
  to: usize,
  scratch: usize,
): usize {
  setDegree(ofDegree);
  const first = to;
  copy(PRODUCT, ONE);
  for (let i: usize = 0; i < <usize>count; i++) {
    const a: usize = load<u32>(left + 4 * i);
    const b: usize = load<u32>(right + 4 * i);
    if (a === 0 || b === 0) {
      store<u32>(sums + 4 * i, <u32>(a | b));
      continue;
    }
    const denominator = scratch + 2 * size * i;
    sub(denominator, b, a);
    if (isZero(denominator, size)) {
      if (!isEqual(a + size, b + size, size)) {
        // opposite points
        store<u32>(sums + 4 * i, 0);
        continue;
      }
      add(denominator, a + size, a + size);
    }
    copy(denominator + size, PRODUCT);
    mul(PRODUCT, PRODUCT, denominator);
    store<u32>(sums + 4 * i, <u32>to);
    to += 2 * size;
  }

  if (degree === 1) inv1(PRODUCT, PRODUCT);
  else inv2(PRODUCT, PRODUCT);
  for (let i: usize = <usize>count; i-- > 0;) {
    const sum: usize = load<u32>(sums + 4 * i);
    if (sum < first) continue;
    const a: usize = load<u32>(left + 4 * i);
    const b: usize = load<u32>(right + 4 * i);
    const denominator = scratch + 2 * size * i;
    mul(INVERSE, PRODUCT, denominator + size);
    mul(PRODUCT, PRODUCT, denominator);
    if (isEqual(a, b, size)) {
      sqr(T, a);
      add(N, T, T);
      add(N, N, T);
    } else sub(N, b + size, a + size);
    mul(SLOPE, N, INVERSE);
    sqr(T, SLOPE);
    sub(T, T, a);
    sub(T, T, b);
    copy(sum, T);
    sub(T, a, T);
    mul(T, T, SLOPE);
    sub(sum + size, T, a + size);
  }
  return to;
}

/**
 * Reads `count` points from the form of the wire, zeros being infinity, and lists their addresses. That they are points of the curve is
 * not checked.
 *
 * @returns whether all coordinates are reduced
 */
export function readPoints(ofDegree: i32, words: usize, count: i32, list: usize, to: usize): bool {
  setDegree(ofDegree);
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = words + 2 * size * i;
    if (isZero(at, 2 * size)) {
      store<u32>(list + 4 * i, 0);
      continue;
    }
    for (let k: usize = 0; k < 2 * size; k += 32) if (!read1(to + k, at + k)) return false;
    store<u32>(list + 4 * i, <u32>to);
    to += 2 * size;
  }
  return true;
}

/** Writes a point in the form of the wire. */
export function writePoint(ofDegree: i32, words: usize, point: usize): void {
  setDegree(ofDegree);
  for (let k: usize = 0; k < 2 * size; k += 32) write1(words + k, point + k);
}
