/**
 * Fp6 and Fp12 in WebAssembly, as tower.ts has them in BigInt, for pairing.as.ts.
 *
 * An element of Fp12 = Fp6[w]/(w^2 - v), Fp6 = Fp2[v]/(v^3 - (9 + i)) is six of Fp2: c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2.
 */
import { add2, conjugate2, inv2, mul2, neg2, sqr2, sub2, timesXi } from "./field.as";
import { GAMMA } from "./tables.as";

export const FP2: usize = 64;
const FP6: usize = 192;
export const FP12: usize = 384;

/** Scratch. */
const U0 = memory.data(64);
const U1 = memory.data(64);
const U2 = memory.data(64);
const U3 = memory.data(64);
const U4 = memory.data(64);
const U5 = memory.data(64);
const W = memory.data(64);
const V0 = memory.data(192);
const V1 = memory.data(192);
const V2 = memory.data(192);
const V3 = memory.data(192);
const V4 = memory.data(192);

export function copy(r: usize, a: usize, bytes: usize): void {
  memory.copy(r, a, bytes);
}

function add6(r: usize, a: usize, b: usize): void {
  for (let k: usize = 0; k < FP6; k += FP2) add2(r + k, a + k, b + k);
}

function sub6(r: usize, a: usize, b: usize): void {
  for (let k: usize = 0; k < FP6; k += FP2) sub2(r + k, a + k, b + k);
}

/** v a, from v^3 = 9 + i. */
function timesV(r: usize, a: usize): void {
  timesXi(U5, a + 2 * FP2);
  copy(U4, a + FP2, FP2);
  copy(r + FP2, a, FP2);
  copy(r + 2 * FP2, U4, FP2);
  copy(r, U5, FP2);
}

/** Product in Fp6, Karatsuba: six products in Fp2. */
function mul6(r: usize, a: usize, b: usize): void {
  const a1 = a + FP2;
  const a2 = a + 2 * FP2;
  const b1 = b + FP2;
  const b2 = b + 2 * FP2;
  mul2(U0, a, b);
  mul2(U1, a1, b1);
  mul2(U2, a2, b2);
  // (a1 + a2)(b1 + b2) - t1 - t2
  add2(U3, a1, a2);
  add2(U4, b1, b2);
  mul2(U3, U3, U4);
  sub2(U3, U3, U1);
  sub2(U3, U3, U2);
  timesXi(U3, U3);
  // (a0 + a1)(b0 + b1) - t0 - t1
  add2(U4, a, a1);
  add2(U5, b, b1);
  mul2(U4, U4, U5);
  sub2(U4, U4, U0);
  sub2(U4, U4, U1);
  // (a0 + a2)(b0 + b2) - t0 - t2
  add2(U5, a, a2);
  add2(W, b, b2);
  mul2(U5, U5, W);
  sub2(U5, U5, U0);
  sub2(U5, U5, U2);
  add2(r, U0, U3);
  timesXi(U2, U2);
  add2(r + FP2, U4, U2);
  add2(r + 2 * FP2, U5, U1);
}

/** Product in Fp12, Karatsuba over Fp6. */
export function mul12(r: usize, a: usize, b: usize): void {
  mul6(V0, a, b);
  mul6(V1, a + FP6, b + FP6);
  add6(V2, a, a + FP6);
  add6(V3, b, b + FP6);
  mul6(V2, V2, V3);
  sub6(V2, V2, V0);
  sub6(r + FP6, V2, V1);
  timesV(V1, V1);
  add6(r, V0, V1);
}

/** Square in Fp12: (a0 + a1)(a0 + v a1) - (1 + v) a0 a1, 2 a0 a1. */
export function sqr12(r: usize, a: usize): void {
  mul6(V0, a, a + FP6);
  add6(V1, a, a + FP6);
  timesV(V2, a + FP6);
  add6(V2, V2, a);
  mul6(V1, V1, V2);
  sub6(V1, V1, V0);
  add6(r + FP6, V0, V0);
  timesV(V0, V0);
  sub6(r, V1, V0);
}

/** a0 - a1 w: the inverse of an element of norm 1. */
export function conjugate12(r: usize, a: usize): void {
  if (r !== a) copy(r, a, FP6);
  for (let k: usize = FP6; k < FP12; k += FP2) neg2(r + k, a + k);
}

/** (a + b s)^2 in Fp4 = Fp2[s]/(s^2 - (9 + i)): even = a^2 + (9 + i) b^2, odd = 2ab. */
function sqr4(even: usize, odd: usize, a: usize, b: usize): void {
  mul2(U0, a, b);
  sqr2(U1, a);
  sqr2(U2, b);
  timesXi(U2, U2);
  add2(even, U1, U2);
  add2(odd, U0, U0);
}

/** r = 3 t - 2 a. */
function threeMinusTwo(r: usize, t: usize, a: usize): void {
  sub2(U0, t, a);
  add2(U0, U0, U0);
  add2(r, U0, t);
}

/** r = 3 t + 2 a. */
function threePlusTwo(r: usize, t: usize, a: usize): void {
  add2(U0, t, a);
  add2(U0, U0, U0);
  add2(r, U0, t);
}

/** Square in the cyclotomic subgroup, as three squares in Fp4 (Granger, Scott). r may be a. */
export function sqrCyclotomic(r: usize, a: usize): void {
  const t0 = V0;
  const t1 = V0 + FP2;
  const t2 = V0 + 2 * FP2;
  const t3 = V1;
  const t4 = V1 + FP2;
  const t5 = V1 + 2 * FP2;
  sqr4(t0, t1, a, a + 4 * FP2);
  sqr4(t2, t3, a + 3 * FP2, a + 2 * FP2);
  sqr4(t4, t5, a + FP2, a + 5 * FP2);
  timesXi(t5, t5);
  threeMinusTwo(r, t0, a);
  threeMinusTwo(r + FP2, t2, a + FP2);
  threeMinusTwo(r + 2 * FP2, t4, a + 2 * FP2);
  threePlusTwo(r + 3 * FP2, t5, a + 3 * FP2);
  threePlusTwo(r + 4 * FP2, t1, a + 4 * FP2);
  threePlusTwo(r + 5 * FP2, t3, a + 5 * FP2);
}

/** Place of the coefficient of w^j among the six. */
function placeOf(j: usize): usize {
  return ((j & 1) * 3 + (j >> 1)) * FP2;
}

/** a^(p^n), n from 1 to 3. */
export function frobenius(r: usize, a: usize, n: i32): void {
  for (let j: usize = 0; j < 6; j++) {
    const at = placeOf(j);
    if ((n & 1) === 1) conjugate2(U0, a + at);
    else copy(U0, a + at, FP2);
    mul2(r + at, U0, GAMMA + (<usize>(n - 1) * 6 + j) * FP2);
  }
}

/** 1/a in Fp12, by the norms down to Fp2. r may be a. */
export function inv12(r: usize, a: usize): void {
  const a1 = a + FP6;
  // V4 = a0^2 - v a1^2, in Fp6
  mul6(V4, a, a);
  mul6(V3, a1, a1);
  timesV(V3, V3);
  sub6(V4, V4, V3);
  // A = c0^2 - xi c1 c2, B = xi c2^2 - c0 c1, C = c1^2 - c0 c2; F = c0 A + xi (c2 B + c1 C)
  const c0 = V4;
  const c1 = V4 + FP2;
  const c2 = V4 + 2 * FP2;
  const A = V3;
  const B_ = V3 + FP2;
  const C = V3 + 2 * FP2;
  mul2(U0, c1, c2);
  timesXi(U0, U0);
  sqr2(A, c0);
  sub2(A, A, U0);
  sqr2(B_, c2);
  timesXi(B_, B_);
  mul2(U0, c0, c1);
  sub2(B_, B_, U0);
  sqr2(C, c1);
  mul2(U0, c0, c2);
  sub2(C, C, U0);
  mul2(U0, c2, B_);
  mul2(U1, c1, C);
  add2(U0, U0, U1);
  timesXi(U0, U0);
  mul2(U1, c0, A);
  add2(U0, U0, U1);
  inv2(U0, U0);
  mul2(A, A, U0);
  mul2(B_, B_, U0);
  mul2(C, C, U0);
  mul6(V4, a, V3);
  mul6(V3, a1, V3);
  copy(r, V4, FP6);
  for (let k: usize = 0; k < FP6; k += FP2) neg2(r + FP6 + k, V3 + k);
}
