/**
 * The optimal ate pairing in WebAssembly, step by step as pairing.ts does it in BigInt: `e(P1, S) e(-K, H)` with P1 = (1, 2).
 */
import { add2, B_TWIST, conjugate2, isEqual, mul2, neg2, ONE, scale2, sqr2, sub2, timesXi } from "./field.as";
import { GAMMA, LOOP, LOOP_LENGTH, SEED, SEED_LENGTH } from "./tables.as";
import { conjugate12, copy, FP12, FP2, frobenius, inv12, mul12, sqr12, sqrCyclotomic } from "./tower.as";

/** A point of the twist in the Miller loop, homogeneous coordinates; two of them, for S and for H. */
const T_S = memory.data(192);
const T_H = memory.data(192);
/** A line: a, b, c of `a yP - b xP w + c w^3`. */
const LINE_S = memory.data(192);
const LINE_H = memory.data(192);
/** psi(Q), -psi^2(Q) and -Q for S and H, affine. */
const IMAGE = memory.data(128);
/** Scratch of the steps. */
const B = memory.data(64);
const D = memory.data(64);
const E = memory.data(64);
const F = memory.data(64);
const G = memory.data(64);
const H = memory.data(64);
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
  mul2(D, c1, c2);
  timesXi(D, D);
  mul2(E, a1, a2);
  add2(LINES, D, E);
  mul2(LINES + FP2, b1, b2);
  mul2(D, b1, c2);
  mul2(E, c1, b2);
  add2(LINES + 2 * FP2, D, E);
  mul2(D, a1, b2);
  mul2(E, b1, a2);
  add2(LINES + 3 * FP2, D, E);
  mul2(D, a1, c2);
  mul2(E, c1, a2);
  add2(LINES + 4 * FP2, D, E);
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
