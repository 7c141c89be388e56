/**
 * The optimal ate pairing in WebAssembly, step by step as pairing.ts and tower.ts do it in BigInt: `e(P1, S) e(-K, H)` with P1 = (1, 2).
 *
 * An element of Fp12 = Fp6[w]/(w^2 - v), Fp6 = Fp2[v]/(v^3 - (9 + i)) is six of Fp2: c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2.
 */
import {
  add2,
  B_TWIST,
  conjugate2,
  inv2,
  isEqual,
  mul2,
  neg1,
  neg2,
  ONE,
  scale2,
  sqr2,
  sub2,
  timesXi,
} from "./field.as";

/** Signed digits of 6x + 2 and of x, most significant first, the leading 1 left out. */
const LOOP = memory.data<i8>([
  0, -1, 0, 1, 0, 0, 0, -1, 0, -1, 0, 0, 0, -1, 0, 1, 0, -1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 1, 0, 0, -1, 0, 0,
  0, 0, -1, 0, 1, 0, 0, 0, -1, 0, -1, 0, 0, 1, 0, 0, 0, -1, 0, 0, -1, 0, 1, 0, 1, 0, 0, 0,
]);
const LOOP_LENGTH: i32 = 65;
const SEED = memory.data<i8>([
  0, 0, 0, 1, 0, 1, 0, 0, -1, 0, 1, 0, 1, 0, -1, 0, 0, 1, 0, 1, 0, -1, 0, -1, 0, -1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0,
  1, 0, -1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 1,
]);
const SEED_LENGTH: i32 = 62;
/** `(9 + i)^(j (p^n - 1)/6)` for n = 1, 2, 3 and j = 0 ... 5, by which the n-th Frobenius map multiplies the coefficient of w^j. */
const GAMMA = memory.data<u32>([
  0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28, 0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x33144907, 0xaf9ba696,
  0x87afb78a, 0xca6b1d73, 0xf08a2087, 0x11bded5e, 0x1a1f3a7c, 0x02f34d75, 0x4c492d72, 0xa222ae23, 0x565de15b,
  0xd00f02a4, 0x53dfc926, 0xdc2ff3a2, 0xb3899551, 0x10a75716, 0x4563ab30, 0xb5773b10, 0xa9aa6454, 0x347f91c8,
  0x242e0991, 0x7a007127, 0x118214ec, 0x1956bcd8, 0xa0aa4757, 0x6e849f1e, 0x89f89141, 0xaa1c7b6d, 0xfae0ca3a,
  0xb6e713cd, 0x4e82ebc3, 0x26694fbb, 0x2936b629, 0xe4bbdd0c, 0xe133bacb, 0xbb30f162, 0xf9645366, 0x31a9d1b6,
  0xa500f8dd, 0x253570be, 0x5ffe77c7, 0xa1d77ce4, 0x7826d1db, 0x07affd11, 0xbb7edc6b, 0x6d16bd27, 0x85defecc,
  0x2c872002, 0x843abe92, 0x7361d77f, 0x273411fb, 0xa5bb2bd3, 0x4b3e2399, 0x9c941f31, 0xbb9fd3ec, 0x15df9cdd,
  0x4bd8c949, 0x5dddfd15, 0xa4445b60, 0x62cb29a5, 0x0c7dd2b9, 0x37bc870a, 0x3171f0fd, 0x24830a9d, 0x41690fe7,
  0xc970692f, 0x27694b0b, 0xe2403421, 0x83c459e8, 0x32bee66b, 0x0ab08841, 0x12aabced, 0x40aebfa9, 0x0d485d23,
  0xab2fcc57, 0x05193418, 0x8a4910f5, 0xd3b0a40b, 0x35d2925a, 0x2f21ebb5, 0xc58f0d9d, 0xd35d438d, 0xf5c70b3d,
  0x0a78eb28, 0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00fa1bf2, 0xca8d8005, 0x68b39769, 0xf0c5d614, 0xad0d4418,
  0x0e201271, 0xbad856e6, 0x04290f65, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0x00000000, 0x00000000, 0x13e80b9c, 0x3350c88e, 0xdb5e56b9, 0x7dce557c, 0xb615564a, 0x6001b4b8, 0x020217e0,
  0x2682e617, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0x12edefaa, 0x68c34889, 0x72aabf4f, 0x8d087f68, 0x09081231, 0x51e1a247, 0x4729c0fa, 0x2259d6b1, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0xd782e155, 0x71930c11,
  0xffbe3323, 0xa6bb947c, 0xd4741444, 0xaa303344, 0x26594943, 0x2c3b3f0d, 0x00000000, 0x00000000, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0xc494f1ab, 0x08cfc388, 0x8d1373d4, 0x19b31514,
  0xcb6c0213, 0x584e90fd, 0xdf2f8849, 0x09e1685b, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28, 0x7879462c, 0x666ea36f,
  0x9a07df2f, 0x0e0a77c1, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
  0x00000000, 0x4e46d97d, 0x36531618, 0xd4c96d9f, 0x0af7129e, 0xca1009b5, 0x659da72f, 0x83a20d23, 0x08116d89,
  0xc39c1939, 0xb1df4af7, 0x8a73bf7f, 0x3d9f0287, 0x8caf0ae0, 0x9b222092, 0xeff054a6, 0x26684515, 0x16ad6bad,
  0xc9af22f7, 0x4aa662b2, 0xb311782a, 0xe248c7f4, 0x19eeaf64, 0xe3439f82, 0x20273e77, 0xf7ce93ac, 0xacc02860,
  0x7ba76b4c, 0x3933d581, 0x446c8467, 0x69e6188b, 0x4417cc55, 0x0a46036d, 0xaf46471e, 0x5764af0a, 0x873e0fc1,
  0xdc50792e, 0x881d04f6, 0x86a673ff, 0x3c30a74c, 0x0b2eddb4, 0x787e8580, 0x9a490f32, 0xf04af8b1, 0x8fd16d7f,
  0xc6027bf2, 0x4b39888e, 0x5b52a15d, 0x03dd2e70, 0x7b6762df, 0x448a93a5, 0x28fdeadf, 0xbfd62df5, 0x0e9bd47a,
  0xd858f5d0, 0x3476ec58, 0x06b03d4d, 0xbcc936d1, 0x2b19daf4, 0x56f4299f, 0xa1a54e7a, 0x5adeaef1, 0xb533eee0,
  0x84dda0b2, 0x170c812b, 0x75cf559f, 0xe0bc4b22, 0xc154e60f, 0xc238b945, 0x929a7d5e, 0x803982a5, 0xf7e4a37e,
  0x15ce052d, 0xbf3799a7, 0x2d28efbd, 0x1ad60773, 0x9b097e3c, 0xaf4a535b, 0x982d4113, 0xe3056063, 0x24e18991,
]);

const FP2: usize = 64;
const FP6: usize = 192;
const FP12: usize = 384;

/** A point of the twist in the Miller loop, homogeneous coordinates; two of them, for S and for H. */
const T_S = memory.data(192);
const T_H = memory.data(192);
/** A line: a, b, c of `a yP - b xP w + c w^3`. */
const LINE_S = memory.data(192);
const LINE_H = memory.data(192);
/** psi(Q), -psi^2(Q) and -Q for S and H, affine. */
const IMAGE = memory.data(128);
/** Scratch of the steps, of Fp6 and of Fp12. */
const B = memory.data(64);
const D = memory.data(64);
const E = memory.data(64);
const F = memory.data(64);
const G = memory.data(64);
const H = memory.data(64);
const U0 = memory.data(64);
const U1 = memory.data(64);
const U2 = memory.data(64);
const U3 = memory.data(64);
const U4 = memory.data(64);
const U5 = memory.data(64);
const V0 = memory.data(192);
const V1 = memory.data(192);
const V2 = memory.data(192);
const V3 = memory.data(192);
const V4 = memory.data(192);
const LINES = memory.data(384);
/** The accumulator, and powers in the final exponentiation. */
const f = memory.data(384);
const g = memory.data(384);
const X2 = memory.data(384);
const X6 = memory.data(384);
const X6X = memory.data(384);
const A12 = memory.data(384);
const B12 = memory.data(384);
const C12 = memory.data(384);
const BASE = memory.data(384);
const INVERSE = memory.data(384);

function copy(r: usize, a: usize, bytes: usize): void {
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
  add2(H, b, b2);
  mul2(U5, U5, H);
  sub2(U5, U5, U0);
  sub2(U5, U5, U2);
  add2(r, U0, U3);
  timesXi(U2, U2);
  add2(r + FP2, U4, U2);
  add2(r + 2 * FP2, U5, U1);
}

/** Product in Fp12, Karatsuba over Fp6. */
function mul12(r: usize, a: usize, b: usize): void {
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
function sqr12(r: usize, a: usize): void {
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
function conjugate12(r: usize, a: usize): void {
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
function sqrCyclotomic(r: usize, a: usize): void {
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
function frobenius(r: usize, a: usize, n: i32): void {
  for (let j: usize = 0; j < 6; j++) {
    const at = placeOf(j);
    if ((n & 1) === 1) conjugate2(U0, a + at);
    else copy(U0, a + at, FP2);
    mul2(r + at, U0, GAMMA + (<usize>(n - 1) * 6 + j) * FP2);
  }
}

/** 1/a in Fp12, by the norms down to Fp2. r may be a. */
function inv12(r: usize, a: usize): void {
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

/** Doubles T in place; the tangent at T times 2YZ: a = 2YZ, b = 3X^2, c = Y^2 - 3bZ^2. */
function doubleStep(T: usize, line: usize): void {
  const X = T;
  const Y = T + FP2;
  const Z = T + 2 * FP2;
  sqr2(B, Y);
  sqr2(E, Z);
  mul2(E, E, B_TWIST);
  add2(F, E, E);
  add2(E, E, F); // 3b Z^2
  add2(F, E, E);
  add2(F, F, E); // 3E
  mul2(H, Y, Z);
  add2(H, H, H);
  copy(line, H, FP2);
  sqr2(G, X);
  add2(line + FP2, G, G);
  add2(line + FP2, line + FP2, G);
  sub2(line + 2 * FP2, B, E);
  // coordinates scaled by 4, which saves the halves: X = 2XY (B - F), Y = (B + F)^2 - 12 E^2, Z = 4B H
  mul2(G, X, Y);
  add2(G, G, G);
  sub2(D, B, F);
  mul2(X, G, D);
  add2(D, B, F);
  sqr2(D, D);
  sqr2(E, E);
  add2(E, E, E);
  add2(E, E, E);
  sub2(D, D, E);
  sub2(D, D, E);
  sub2(Y, D, E);
  add2(B, B, B);
  add2(B, B, B);
  mul2(Z, B, H);
}

/** Adds the affine Q to T in place; the line through both: a = mu, b = theta, c = theta xQ - mu yQ. */
function addStep(T: usize, Q: usize, line: usize): void {
  const X = T;
  const Y = T + FP2;
  const Z = T + 2 * FP2;
  const mu = line;
  const theta = line + FP2;
  mul2(theta, Q + FP2, Z);
  sub2(theta, Y, theta);
  mul2(mu, Q, Z);
  sub2(mu, X, mu);
  sqr2(D, mu);
  mul2(E, mu, D);
  mul2(G, X, D);
  sqr2(H, theta);
  mul2(H, H, Z);
  add2(H, H, E);
  sub2(H, H, G);
  sub2(H, H, G);
  mul2(X, mu, H);
  sub2(G, G, H);
  mul2(G, G, theta);
  mul2(D, Y, E);
  sub2(Y, G, D);
  mul2(Z, Z, E);
  mul2(D, theta, Q);
  mul2(F, mu, Q + FP2);
  sub2(line + 2 * FP2, D, F);
}

/** psi of an affine point of the twist: conjugates times (9 + i)^((p - 1)/3) and (9 + i)^((p - 1)/2). */
export function psi(r: usize, point: usize): void {
  conjugate2(r, point);
  mul2(r, r, GAMMA + 2 * FP2);
  conjugate2(r + FP2, point + FP2);
  mul2(r + FP2, r + FP2, GAMMA + 3 * FP2);
}

/** f = f times both lines, which are taken at P1 = (1, 2) and at -K. */
function absorb(K: usize, hasS: bool, hasK: bool): void {
  if (hasS) {
    add2(LINE_S, LINE_S, LINE_S);
    neg2(LINE_S + FP2, LINE_S + FP2);
  }
  if (hasK) {
    // -K = (x, -y)
    scale2(LINE_H, LINE_H, K + 32);
    neg2(LINE_H, LINE_H);
    scale2(LINE_H + FP2, LINE_H + FP2, K);
    neg2(LINE_H + FP2, LINE_H + FP2);
  }
  if (hasS && hasK) multiplyLines();
  else lineAlone(hasS ? LINE_S : LINE_H);
  mul12(f, f, LINES);
}

/** LINES = (a1 + b1 w + c1 w^3)(a2 + b2 w + c2 w^3), with w^2 = v and w^6 = 9 + i. */
function multiplyLines(): void {
  const a1 = LINE_S;
  const b1 = LINE_S + FP2;
  const c1 = LINE_S + 2 * FP2;
  const a2 = LINE_H;
  const b2 = LINE_H + FP2;
  const c2 = LINE_H + 2 * FP2;
  mul2(U0, c1, c2);
  timesXi(U0, U0);
  mul2(U1, a1, a2);
  add2(LINES, U0, U1);
  mul2(LINES + FP2, b1, b2);
  mul2(U0, b1, c2);
  mul2(U1, c1, b2);
  add2(LINES + 2 * FP2, U0, U1);
  mul2(U0, a1, b2);
  mul2(U1, b1, a2);
  add2(LINES + 3 * FP2, U0, U1);
  mul2(U0, a1, c2);
  mul2(U1, c1, a2);
  add2(LINES + 4 * FP2, U0, U1);
  memory.fill(LINES + 5 * FP2, 0, FP2);
}

function lineAlone(line: usize): void {
  memory.fill(LINES, 0, FP12);
  copy(LINES, line, FP2);
  copy(LINES + 3 * FP2, line + FP2, FP2);
  copy(LINES + 4 * FP2, line + 2 * FP2, FP2);
}

function begin(T: usize, Q: usize): void {
  copy(T, Q, 2 * FP2);
  copy(T + 2 * FP2, ONE, FP2);
}

/** One addition of the loop for both points: digit 1 adds Q, -1 subtracts it. */
function addDigit(T: usize, Q: usize, line: usize, digit: i32): void {
  copy(IMAGE, Q, 2 * FP2);
  if (digit < 0) neg2(IMAGE + FP2, IMAGE + FP2);
  addStep(T, IMAGE, line);
}

/** psi(Q), or for the second -psi^2(Q). */
function addImage(T: usize, Q: usize, line: usize, second: bool): void {
  psi(IMAGE, Q);
  if (second) {
    psi(IMAGE, IMAGE);
    neg2(IMAGE + FP2, IMAGE + FP2);
  }
  addStep(T, IMAGE, line);
}

/** a^x in the cyclotomic subgroup. r may be a. */
function powSeed(r: usize, a: usize): void {
  copy(BASE, a, FP12);
  conjugate12(INVERSE, BASE);
  copy(r, a, FP12);
  for (let i = 0; i < SEED_LENGTH; i++) {
    sqrCyclotomic(r, r);
    const digit = load<i8>(SEED + <usize>i);
    if (digit !== 0) mul12(r, r, digit > 0 ? BASE : INVERSE);
  }
}

/** f = f^(2x(6x^2 + 3x + 1) (p^12 - 1)/r) (Fuentes-Castaneda et al.), as pairing.ts. */
function finalExponentiation(): void {
  inv12(A12, f);
  conjugate12(B12, f);
  mul12(A12, B12, A12);
  frobenius(g, A12, 2);
  mul12(g, g, A12);

  powSeed(X2, g);
  sqrCyclotomic(X2, X2); // g^2x
  sqrCyclotomic(X6, X2);
  mul12(X6, X6, X2); // g^6x
  powSeed(X6X, X6); // g^6x^2
  powSeed(A12, X6X);
  sqrCyclotomic(A12, A12); // g^12x^3
  mul12(A12, A12, X6X);
  mul12(A12, A12, X6); // a
  conjugate12(B12, X2);
  mul12(B12, B12, A12); // b
  mul12(f, A12, X6X);
  mul12(f, f, g); // part 0
  frobenius(C12, B12, 1);
  mul12(f, f, C12);
  frobenius(C12, A12, 2);
  mul12(f, f, C12);
  conjugate12(C12, g);
  mul12(C12, C12, B12);
  frobenius(C12, C12, 3);
  mul12(f, f, C12);
}

/**
 * `e(P1, S) e(-K, H)`, up to a fixed power, for affine points in Montgomery form; S or K may be missing (infinity).
 *
 * @returns where its six elements of Fp2 lie
 */
export function pairingValue(S: usize, hasS: bool, K: usize, hasK: bool, hash: usize): usize {
  memory.fill(f, 0, FP12);
  copy(f, ONE, FP2);
  if (!hasS && !hasK) return f;
  begin(T_S, S);
  begin(T_H, hash);
  for (let i = 0; i < LOOP_LENGTH; i++) {
    if (i > 0) sqr12(f, f);
    if (hasS) doubleStep(T_S, LINE_S);
    if (hasK) doubleStep(T_H, LINE_H);
    absorb(K, hasS, hasK);
    const digit: i32 = load<i8>(LOOP + <usize>i);
    if (digit === 0) continue;
    if (hasS) addDigit(T_S, S, LINE_S, digit);
    if (hasK) addDigit(T_H, hash, LINE_H, digit);
    absorb(K, hasS, hasK);
  }
  for (let second = 0; second < 2; second++) {
    if (hasS) addImage(T_S, S, LINE_S, second === 1);
    if (hasK) addImage(T_H, hash, LINE_H, second === 1);
    absorb(K, hasS, hasK);
  }
  finalExponentiation();
  return f;
}

/** Whether six elements of Fp2 are the one of Fp12. */
export function isOne(a: usize): bool {
  memory.fill(LINES, 0, FP12);
  copy(LINES, ONE, FP2);
  return isEqual(a, LINES, FP12);
}

/** Digits of the seed, for multiples of points. */
export function seedLength(): i32 {
  return SEED_LENGTH;
}
export function seedDigit(i: i32): i32 {
  return load<i8>(SEED + <usize>i);
}
