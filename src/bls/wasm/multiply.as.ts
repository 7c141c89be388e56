/**
 * A point of the twist times a secret scalar: what signs. sum.as.ts exports it.
 *
 * The same operations in the same order whatever the scalar: 64 windows of four bits, in each four doublings and one addition of a
 * table's entry, which is read by looking at all 16. Homogeneous coordinates, x = X/Z and y = Y/Z, with formulas complete on a curve
 * without points of order two, which the twist is: no case needs a branch, infinity (0 : 1 : 0) is an entry like others.
 * Source: Renes, Costello, Batina, "Complete addition formulas for prime order elliptic curves", eprint 2015/1060, algorithms 7 and 9.
 */
import { add2, B_TWIST, inv2, isZero, mul2, ONE, sqr2, sub2 } from "./field.as";

const POINT: usize = 192;
/** 0 to 15 times the point. */
const TABLE = memory.data(3072);
/** The product so far, and the entry that is added. */
const R = memory.data(192);
const ENTRY = memory.data(192);
/** 3b = 9/(9 + i). */
const B3 = memory.data(64);
/** Scratch of the formulas. */
const T0 = memory.data(64);
const T1 = memory.data(64);
const T2 = memory.data(64);
const T3 = memory.data(64);
const T4 = memory.data(64);
const T5 = memory.data(64);
/** The scalar, 32 bytes, most significant first. */
export const SCALAR = memory.data(32);

function infinity(r: usize): void {
  memory.fill(r, 0, POINT);
  memory.copy(r + 64, ONE, 64);
}

/** r = (a + b)(c + d) - p - q, scratch T5. */
function cross(r: usize, a: usize, b: usize, c: usize, d: usize, p: usize, q: usize): void {
  add2(r, a, b);
  add2(T5, c, d);
  mul2(r, r, T5);
  sub2(r, r, p);
  sub2(r, r, q);
}

/** R = R + P, algorithm 7. */
function addTo(r: usize, P: usize): void {
  const X = r;
  const Y = r + 64;
  const Z = r + 128;
  mul2(T0, X, P);
  mul2(T1, Y, P + 64);
  mul2(T2, Z, P + 128);
  cross(T3, X, Y, P, P + 64, T0, T1);
  cross(T4, Y, Z, P + 64, P + 128, T1, T2);
  cross(Y, X, Z, P, P + 128, T0, T2); // Y is not needed any more
  add2(T5, T0, T0);
  add2(T0, T5, T0);
  mul2(T2, T2, B3);
  add2(Z, T1, T2);
  sub2(T1, T1, T2);
  mul2(Y, Y, B3);
  mul2(X, T4, Y);
  mul2(T2, T3, T1);
  sub2(X, T2, X);
  mul2(Y, Y, T0);
  mul2(T1, T1, Z);
  add2(Y, T1, Y);
  mul2(T0, T0, T3);
  mul2(Z, Z, T4);
  add2(Z, Z, T0);
}

/** R = 2R, algorithm 9. */
function double(): void {
  const X = R;
  const Y = R + 64;
  const Z = R + 128;
  sqr2(T0, Y);
  mul2(T1, Y, Z);
  sqr2(T2, Z);
  mul2(T2, T2, B3);
  mul2(T4, X, Y);
  add2(Z, T0, T0);
  add2(Z, Z, Z);
  add2(Z, Z, Z); // 8 Y^2
  mul2(X, T2, Z);
  add2(Y, T0, T2);
  mul2(Z, T1, Z);
  add2(T1, T2, T2);
  add2(T2, T1, T2);
  sub2(T0, T0, T2);
  mul2(Y, T0, Y);
  add2(Y, X, Y);
  mul2(X, T0, T4);
  add2(X, X, X);
}

/** Copies entry `digit` of the table, having looked at all. */
function choose(digit: u32): void {
  memory.fill(ENTRY, 0, POINT);
  for (let entry: u32 = 0; entry < 16; entry++) {
    // all ones where they are equal, without a branch
    const mask = <u64>((<i64>((entry ^ digit) as u64) - 1) >> 63);
    const from = TABLE + <usize>entry * POINT;
    for (let k: usize = 0; k < POINT; k += 8) {
      store<u64>(ENTRY + k, load<u64>(ENTRY + k) | (load<u64>(from + k) & mask));
    }
  }
}

/**
 * Multiplies the affine point at `point` (x, y) by the scalar in {@link SCALAR}, and writes the affine product over it. What was
 * computed on the way, and the scalar, is overwritten with zeros.
 *
 * @returns whether the product is finite
 */
export function multiplySecret(point: usize): bool {
  add2(B3, B_TWIST, B_TWIST);
  add2(B3, B3, B_TWIST);
  infinity(TABLE);
  memory.copy(TABLE + POINT, point, 128);
  memory.copy(TABLE + POINT + 128, ONE, 64);
  for (let entry: usize = 2; entry < 16; entry++) {
    memory.copy(TABLE + entry * POINT, TABLE + (entry - 1) * POINT, POINT);
    addTo(TABLE + entry * POINT, TABLE + POINT);
  }
  infinity(R);
  for (let i: usize = 0; i < 32; i++) {
    const byte = <u32>load<u8>(SCALAR + i);
    for (let half: u32 = 0; half < 2; half++) {
      for (let k = 0; k < 4; k++) double();
      choose(half === 0 ? byte >> 4 : byte & 15);
      addTo(R, ENTRY);
    }
  }
  const finite = !isZero(R + 128, 64);
  if (finite) {
    inv2(T0, R + 128);
    mul2(point, R, T0);
    mul2(point + 64, R + 64, T0);
  }
  memory.fill(SCALAR, 0, 32);
  memory.fill(R, 0, POINT);
  memory.fill(ENTRY, 0, POINT);
  clear();
  return finite;
}

function clear(): void {
  memory.fill(T0, 0, 64);
  memory.fill(T1, 0, 64);
  memory.fill(T2, 0, 64);
  memory.fill(T3, 0, 64);
  memory.fill(T4, 0, 64);
  memory.fill(T5, 0, 64);
}
