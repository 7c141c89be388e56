/**
 * Sums of points in WebAssembly, and multiples by the seed of the curve. sum.ts is the only caller from outside.
 *
 * Everything lives at fixed places of one memory; nothing is allocated.
 */
import { add, copy, degree, mul, setDegree, size, sqr, sub } from "./degree.as";
import { B_G1, B_TWIST, inv2, isZero, mul2, neg2, ONE, read1, sqr2, write1 } from "./field.as";
import { multiplySecret, SCALAR } from "./multiply.as";
import { isOne, pairingValue, psi } from "./pairing.as";
import { seedDigit, seedLength } from "./tables.as";

export { addPairs, readPoints, writePoint } from "./pairs.as";

/** The sum so far in Jacobian coordinates, x = X/Z^2 and y = Y/Z^3; infinity while `empty`. */
const X = memory.data(64);
const Y = memory.data(64);
const Z = memory.data(64);
/** The point that is being added. */
const PX = memory.data(64);
const PY = memory.data(64);
/** Scratch of the formulas. */
const A = memory.data(64);
const B = memory.data(64);
const C = memory.data(64);
const D = memory.data(64);
const E = memory.data(64);
const CAPACITY = 512;
/** Room for points as they come over the wire. */
const INPUT = memory.data(CAPACITY * 128, 16);
/** Room for the result, as big-endian words: X, Y, Z of a sum, or the six elements of Fp2 of a value. */
const OUTPUT = memory.data(384, 16);
/** Affine points of the twist, and a key: x and y each. */
const Q = memory.data(128);
const SEED_Q = memory.data(128);
const IMAGE = memory.data(128);
const HASH = memory.data(128);
const KEY = memory.data(64);

let empty = true;

function read(r: usize, words: usize): bool {
  const low = read1(r, words);
  return degree === 1 ? low : read1(r + 32, words + 32) && low;
}

function write(words: usize, a: usize): void {
  write1(words, a);
  if (degree === 2) write1(words + 32, a + 32);
}

/** Whether the point that was read lies on its curve, y^2 = x^3 + b; infinity (two zeros) does not. */
function isOnCurve(): bool {
  sqr(A, PX);
  mul(A, A, PX);
  add(A, A, degree === 1 ? B_G1 : B_TWIST);
  sqr(B, PY);
  sub(A, A, B);
  return isZero(A, size);
}

/** Doubles the sum: A = X^2, B = Y^2, C = B^2, D = 2((X + B)^2 - A - C), E = 3A. No point of either curve has order 2. */
function double(): void {
  sqr(A, X);
  sqr(B, Y);
  sqr(C, B);
  add(D, X, B);
  sqr(D, D);
  sub(D, D, A);
  sub(D, D, C);
  add(D, D, D);
  add(E, A, A);
  add(E, E, A);
  mul(Z, Y, Z);
  add(Z, Z, Z);
  sqr(X, E);
  sub(X, X, D);
  sub(X, X, D);
  sub(D, D, X);
  mul(Y, E, D);
  add(C, C, C);
  add(C, C, C);
  add(C, C, C);
  sub(Y, Y, C);
}

/** Adds the point that was read: H = x Z^2 - X, R = y Z^3 - Y, V = X H^2; X' = R^2 - H^3 - 2V, Y' = R(V - X') - Y H^3, Z' = Z H. */
function addPoint(): void {
  if (empty) {
    copy(X, PX);
    copy(Y, PY);
    copy(Z, ONE);
    empty = false;
    return;
  }
  sqr(A, Z);
  mul(B, PX, A);
  sub(B, B, X); // H
  mul(A, A, Z);
  mul(C, PY, A);
  sub(C, C, Y); // R
  if (isZero(B, size)) {
    // the same x: the same point, or its opposite
    if (isZero(C, size)) double();
    else empty = true;
    return;
  }
  mul(Z, Z, B);
  sqr(A, B);
  mul(B, B, A); // H^3
  mul(A, A, X); // V
  sqr(X, C);
  sub(X, X, B);
  sub(X, X, A);
  sub(X, X, A);
  sub(A, A, X);
  mul(A, A, C);
  mul(B, B, Y);
  sub(Y, A, B);
}

/** Where points are put, and how many fit at once. */
export function input(): usize {
  return INPUT;
}
export function capacity(): i32 {
  return CAPACITY;
}

/** Where {@link finish} puts the sum. */
export function output(): usize {
  return OUTPUT;
}

/** Starts a sum: of public keys (degree 1, 64 bytes each) or of signatures (degree 2, 128 bytes). */
export function start(ofDegree: i32): void {
  setDegree(ofDegree);
  empty = true;
}

/**
 * Adds the `count` points that lie in the input.
 *
 * @returns -1, or the place of the first that is not reduced, not on the curve, or infinity; nothing is known of the rest then.
 */
export function take(count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = INPUT + <usize>i * 2 * size;
    const inRange = read(PX, at);
    if (!(read(PY, at + size) && inRange && isOnCurve())) return i;
    addPoint();
  }
  return -1;
}

/** Writes X, Y and Z of the sum. Says whether it is finite. */
export function finish(): bool {
  if (empty) return false;
  write(OUTPUT, X);
  write(OUTPUT + size, Y);
  write(OUTPUT + 2 * size, Z);
  return true;
}

/** Adds an affine point of the twist. */
function addAffine(point: usize): void {
  copy(PX, point);
  copy(PY, point + 64);
  addPoint();
}

/** The sum in affine coordinates. Says whether it is finite. */
function toAffine(r: usize): bool {
  if (empty) return false;
  inv2(A, Z);
  sqr2(B, A);
  mul2(r, X, B);
  mul2(B, B, A);
  mul2(r + 64, Y, B);
  return true;
}

/** Makes the sum [x]Q, x the seed of the curve. Complete: whatever the order of Q, and whether it is in G2. */
function multiplyBySeed(): void {
  start(2);
  addAffine(Q);
  for (let i = 0; i < seedLength(); i++) {
    if (!empty) double();
    const digit = seedDigit(i);
    if (digit === 0) continue;
    copy(PX, Q);
    copy(PY, Q + 64);
    if (digit < 0) neg2(PY, PY);
    addPoint();
  }
}

/** Reads a point of G1 (degree 1) or of the twist (2) to an affine one. 1: it is one; 0: infinity, all zeros; -1: neither. */
function readAffine(r: usize, words: usize, ofDegree: i32): i32 {
  start(ofDegree);
  if (isZero(words, 2 * size)) return 0;
  const inRange = read(PX, words);
  if (!(read(PY, words + size) && inRange && isOnCurve())) return -1;
  copy(r, PX);
  copy(r + size, PY);
  return 1;
}

/**
 * Whether the point of the twist in the input has order r: [x + 1]Q + psi([x]Q) + psi^2([x]Q) == psi^3([2x]Q), as curve.ts has it.
 *
 * @returns 1 or 0; -1 for what is no finite point of the twist
 */
export function subgroup(): i32 {
  if (readAffine(Q, INPUT, 2) !== 1) return -1;
  multiplyBySeed();
  const finite = toAffine(SEED_Q);
  start(2);
  addAffine(Q);
  if (finite) {
    addAffine(SEED_Q);
    psi(IMAGE, SEED_Q);
    addAffine(IMAGE);
    psi(IMAGE, IMAGE);
    addAffine(IMAGE);
    psi(IMAGE, IMAGE);
    neg2(IMAGE + 64, IMAGE + 64);
    addAffine(IMAGE);
    addAffine(IMAGE);
  }
  return empty ? 1 : 0;
}

/**
 * Clears the cofactor of the point of the twist in the input: [x]Q + psi([3x]Q) + psi^2([x]Q) + psi^3(Q), to be had by {@link finish}.
 *
 * @returns 0, or -1 for what is no finite point of the twist
 */
export function clearCofactor(): i32 {
  if (readAffine(Q, INPUT, 2) !== 1) return -1;
  multiplyBySeed();
  const finite = toAffine(SEED_Q);
  start(2);
  if (finite) {
    addAffine(SEED_Q);
    psi(IMAGE, SEED_Q);
    for (let i = 0; i < 3; i++) addAffine(IMAGE);
    psi(IMAGE, IMAGE);
    addAffine(IMAGE);
  }
  psi(IMAGE, Q);
  psi(IMAGE, IMAGE);
  psi(IMAGE, IMAGE);
  addAffine(IMAGE);
  return 0;
}

/**
 * The value `e(P1, S) e(-K, H)` of a key K (64 bytes), a signature S and a hash H (128 bytes each) that lie in the input one after
 * the other; zeros are infinity. Writes it to the output, six elements of Fp2 in the order of tower.as.ts. The order of S is the
 * caller's to check.
 *
 * @returns whether it is one; -1 for a point that is none, or a hash at infinity
 */
export function pairing(): i32 {
  const hasKey = readAffine(KEY, INPUT, 1);
  const hasSignature = readAffine(Q, INPUT + 64, 2);
  const hasHash = readAffine(HASH, INPUT + 192, 2);
  if (hasKey < 0 || hasSignature < 0 || hasHash !== 1) return -1;
  return writeValue(pairingValue(Q, hasSignature === 1, KEY, hasKey === 1, HASH));
}

/** The same for points by their addresses, 0 being infinity; `hash` is finite. */
export function pairingOf(key: usize, signature: usize, hash: usize): i32 {
  return writeValue(pairingValue(signature, signature !== 0, key, key !== 0, hash));
}

function writeValue(value: usize): i32 {
  for (let k: usize = 0; k < 384; k += 32) write1(OUTPUT + k, value + k);
  return isOne(value) ? 1 : 0;
}

/** Where memory is free. */
export function arena(): usize {
  return (__heap_base + 15) & ~15;
}

/**
 * The point of the twist in the input times the scalar behind it (32 bytes, most significant first), to the output: x and y. The
 * scalar in the input is overwritten with zeros.
 *
 * @returns 1; 0 for infinity, -1 for what is no finite point of the twist
 */
export function multiply(): i32 {
  const found = readAffine(Q, INPUT, 2);
  memory.copy(SCALAR, INPUT + 128, 32);
  memory.fill(INPUT + 128, 0, 32);
  if (found !== 1) return -1;
  if (!multiplySecret(Q)) return 0;
  for (let k: usize = 0; k < 128; k += 32) write1(OUTPUT + k, Q + k);
  return 1;
}
