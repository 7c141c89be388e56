/**
 * Sums of points in WebAssembly: the one place of this room where integers are not BigInt. AssemblyScript, compiled by
 * `npm run build:wasm` into module.ts; a test compiles it again and compares. sum.ts beside it is its only caller.
 *
 * An element of Fp is 32 bytes: 8 limbs of 32 bits, least significant first, in Montgomery form (times 2^256 modulo p), below p.
 * An element of Fp2 is two of them, real half first. `degree` is 1 for G1 over Fp and 2 for the twist over Fp2: the formulas are
 * the same, and `size` is the bytes of one element. Everything lives at fixed places of one memory; nothing is allocated.
 */

const LOW: u64 = 0xffffffff;
/** -1/p modulo 2^32. */
const N0: u64 = 0xe4866389;
const P0: u64 = 0xd87cfd47;
const P1: u64 = 0x3c208c16;
const P2: u64 = 0x6871ca8d;
const P3: u64 = 0x97816a91;
const P4: u64 = 0x8181585d;
const P5: u64 = 0xb85045b6;
const P6: u64 = 0xe131a029;
const P7: u64 = 0x30644e72;

/** 2^512 modulo p: a product with it puts a number into Montgomery form. */
const R2 = memory.data<u32>([
  0x538afa89, 0xf32cfc5b, 0xd44501fb, 0xb5e71911, 0x0a417ff6, 0x47ab1eff, 0xcab8351f, 0x06d89f71,
]);
/** The number 1, not in Montgomery form: a product with it takes a number out of it. */
const PLAIN_ONE = memory.data<u32>([
  0x00000001, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
]);
/** 1 as element of Fp and of Fp2. */
const ONE = memory.data<u32>([
  0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28, 0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
]);
/** 3, the coefficient of G1's curve. */
const B_G1 = memory.data<u32>([
  0x50ad28d7, 0x7a17caa9, 0xe15521b9, 0x1f6ac17a, 0x696bd284, 0x334bea4e, 0xce179d8e, 0x2a1f6744,
]);
/** 3/(9 + i), the coefficient of the twist. */
const B_TWIST = memory.data<u32>([
  0x77b802a8, 0x3bf938e3, 0x3633535d, 0x020b1b27, 0x49755260, 0x26b7edf0, 0x4384a86d, 0x2514c632, 0xd1dcff67,
  0x38e7eccc, 0x93ce0d3e, 0x65f0b37d, 0x22ac00aa, 0xd749d0dd, 0x4a688d4d, 0x0141b9ce,
]);

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
/** Scratch of products in Fp2. */
const M0 = memory.data(32);
const M1 = memory.data(32);
const M2 = memory.data(32);
const M3 = memory.data(32);

const CAPACITY = 512;
/** Room for points as they come over the wire. */
const INPUT = memory.data(CAPACITY * 128, 16);
/** Room for the result: X, Y, Z as big-endian words. */
const OUTPUT = memory.data(192, 16);

let degree: i32 = 1;
let size: usize = 32;
let empty = true;

/** r = a b / 2^256 modulo p: word by word, each step adds a multiple of p that clears the lowest limb. r may be a or b. */
function mul1(r: usize, a: usize, b: usize): void {
  const a0 = <u64>load<u32>(a, 0);
  const a1 = <u64>load<u32>(a, 4);
  const a2 = <u64>load<u32>(a, 8);
  const a3 = <u64>load<u32>(a, 12);
  const a4 = <u64>load<u32>(a, 16);
  const a5 = <u64>load<u32>(a, 20);
  const a6 = <u64>load<u32>(a, 24);
  const a7 = <u64>load<u32>(a, 28);
  let t0: u64 = 0;
  let t1: u64 = 0;
  let t2: u64 = 0;
  let t3: u64 = 0;
  let t4: u64 = 0;
  let t5: u64 = 0;
  let t6: u64 = 0;
  let t7: u64 = 0;
  let t8: u64 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    const bi = <u64>load<u32>(b + i);
    let c: u64;
    c = a0 * bi + t0;
    t0 = c & LOW;
    c = a1 * bi + t1 + (c >> 32);
    t1 = c & LOW;
    c = a2 * bi + t2 + (c >> 32);
    t2 = c & LOW;
    c = a3 * bi + t3 + (c >> 32);
    t3 = c & LOW;
    c = a4 * bi + t4 + (c >> 32);
    t4 = c & LOW;
    c = a5 * bi + t5 + (c >> 32);
    t5 = c & LOW;
    c = a6 * bi + t6 + (c >> 32);
    t6 = c & LOW;
    c = a7 * bi + t7 + (c >> 32);
    t7 = c & LOW;
    t8 += c >> 32;
    const m = (t0 * N0) & LOW;
    c = m * P0 + t0;
    c = m * P1 + t1 + (c >> 32);
    t0 = c & LOW;
    c = m * P2 + t2 + (c >> 32);
    t1 = c & LOW;
    c = m * P3 + t3 + (c >> 32);
    t2 = c & LOW;
    c = m * P4 + t4 + (c >> 32);
    t3 = c & LOW;
    c = m * P5 + t5 + (c >> 32);
    t4 = c & LOW;
    c = m * P6 + t6 + (c >> 32);
    t5 = c & LOW;
    c = m * P7 + t7 + (c >> 32);
    t6 = c & LOW;
    c = t8 + (c >> 32);
    t7 = c & LOW;
    t8 = c >> 32;
  }
  // a, b < p < 2^254, so the result is below 2p and t8 is 0
  store<u32>(r, t0, 0);
  store<u32>(r, t1, 4);
  store<u32>(r, t2, 8);
  store<u32>(r, t3, 12);
  store<u32>(r, t4, 16);
  store<u32>(r, t5, 20);
  store<u32>(r, t6, 24);
  store<u32>(r, t7, 28);
  reduceOnce(r);
}

/** Subtracts p from a number below 2p unless it is below p. */
function reduceOnce(r: usize): void {
  let c: i64 = 0;
  c = <i64>load<u32>(r, 0) - <i64>P0 + (c >> 32);
  const d0 = c;
  c = <i64>load<u32>(r, 4) - <i64>P1 + (c >> 32);
  const d1 = c;
  c = <i64>load<u32>(r, 8) - <i64>P2 + (c >> 32);
  const d2 = c;
  c = <i64>load<u32>(r, 12) - <i64>P3 + (c >> 32);
  const d3 = c;
  c = <i64>load<u32>(r, 16) - <i64>P4 + (c >> 32);
  const d4 = c;
  c = <i64>load<u32>(r, 20) - <i64>P5 + (c >> 32);
  const d5 = c;
  c = <i64>load<u32>(r, 24) - <i64>P6 + (c >> 32);
  const d6 = c;
  c = <i64>load<u32>(r, 28) - <i64>P7 + (c >> 32);
  const d7 = c;
  if (c < 0) return;
  store<u32>(r, d0, 0);
  store<u32>(r, d1, 4);
  store<u32>(r, d2, 8);
  store<u32>(r, d3, 12);
  store<u32>(r, d4, 16);
  store<u32>(r, d5, 20);
  store<u32>(r, d6, 24);
  store<u32>(r, d7, 28);
}

/** r = a + b modulo p. */
function add1(r: usize, a: usize, b: usize): void {
  let c: u64 = 0;
  c = <u64>load<u32>(a, 0) + <u64>load<u32>(b, 0) + (c >> 32);
  store<u32>(r, c, 0);
  c = <u64>load<u32>(a, 4) + <u64>load<u32>(b, 4) + (c >> 32);
  store<u32>(r, c, 4);
  c = <u64>load<u32>(a, 8) + <u64>load<u32>(b, 8) + (c >> 32);
  store<u32>(r, c, 8);
  c = <u64>load<u32>(a, 12) + <u64>load<u32>(b, 12) + (c >> 32);
  store<u32>(r, c, 12);
  c = <u64>load<u32>(a, 16) + <u64>load<u32>(b, 16) + (c >> 32);
  store<u32>(r, c, 16);
  c = <u64>load<u32>(a, 20) + <u64>load<u32>(b, 20) + (c >> 32);
  store<u32>(r, c, 20);
  c = <u64>load<u32>(a, 24) + <u64>load<u32>(b, 24) + (c >> 32);
  store<u32>(r, c, 24);
  c = <u64>load<u32>(a, 28) + <u64>load<u32>(b, 28) + (c >> 32);
  store<u32>(r, c, 28);
  // below 2p < 2^255: no carry is lost
  reduceOnce(r);
}

/** r = a - b modulo p. */
function sub1(r: usize, a: usize, b: usize): void {
  let c: i64 = 0;
  c = <i64>load<u32>(a, 0) - <i64>load<u32>(b, 0) + (c >> 32);
  store<u32>(r, c, 0);
  c = <i64>load<u32>(a, 4) - <i64>load<u32>(b, 4) + (c >> 32);
  store<u32>(r, c, 4);
  c = <i64>load<u32>(a, 8) - <i64>load<u32>(b, 8) + (c >> 32);
  store<u32>(r, c, 8);
  c = <i64>load<u32>(a, 12) - <i64>load<u32>(b, 12) + (c >> 32);
  store<u32>(r, c, 12);
  c = <i64>load<u32>(a, 16) - <i64>load<u32>(b, 16) + (c >> 32);
  store<u32>(r, c, 16);
  c = <i64>load<u32>(a, 20) - <i64>load<u32>(b, 20) + (c >> 32);
  store<u32>(r, c, 20);
  c = <i64>load<u32>(a, 24) - <i64>load<u32>(b, 24) + (c >> 32);
  store<u32>(r, c, 24);
  c = <i64>load<u32>(a, 28) - <i64>load<u32>(b, 28) + (c >> 32);
  store<u32>(r, c, 28);
  if (c >= 0) return;
  let k: u64 = 0;
  k = <u64>load<u32>(r, 0) + P0 + (k >> 32);
  store<u32>(r, k, 0);
  k = <u64>load<u32>(r, 4) + P1 + (k >> 32);
  store<u32>(r, k, 4);
  k = <u64>load<u32>(r, 8) + P2 + (k >> 32);
  store<u32>(r, k, 8);
  k = <u64>load<u32>(r, 12) + P3 + (k >> 32);
  store<u32>(r, k, 12);
  k = <u64>load<u32>(r, 16) + P4 + (k >> 32);
  store<u32>(r, k, 16);
  k = <u64>load<u32>(r, 20) + P5 + (k >> 32);
  store<u32>(r, k, 20);
  k = <u64>load<u32>(r, 24) + P6 + (k >> 32);
  store<u32>(r, k, 24);
  k = <u64>load<u32>(r, 28) + P7 + (k >> 32);
  store<u32>(r, k, 28);
}

function isZero(a: usize): bool {
  for (let i: usize = 0; i < size; i += 8) if (load<u64>(a + i) !== 0) return false;
  return true;
}

function copy(r: usize, a: usize): void {
  memory.copy(r, a, size);
}

function add(r: usize, a: usize, b: usize): void {
  add1(r, a, b);
  if (degree === 2) add1(r + 32, a + 32, b + 32);
}

function sub(r: usize, a: usize, b: usize): void {
  sub1(r, a, b);
  if (degree === 2) sub1(r + 32, a + 32, b + 32);
}

/** Product; in Fp2 by Karatsuba: a0 b0 - a1 b1, (a0 + a1)(b0 + b1) - a0 b0 - a1 b1. r may be a or b. */
function mul(r: usize, a: usize, b: usize): void {
  if (degree === 1) return mul1(r, a, b);
  add1(M0, a, a + 32);
  add1(M1, b, b + 32);
  mul1(M2, a, b);
  mul1(M3, a + 32, b + 32);
  mul1(M0, M0, M1);
  sub1(r, M2, M3);
  sub1(M0, M0, M2);
  sub1(r + 32, M0, M3);
}

/** Square; in Fp2 (a0 + a1)(a0 - a1), 2 a0 a1. r may be a. */
function sqr(r: usize, a: usize): void {
  if (degree === 1) return mul1(r, a, a);
  add1(M0, a, a + 32);
  sub1(M1, a, a + 32);
  mul1(M2, a, a + 32);
  mul1(r, M0, M1);
  add1(r + 32, M2, M2);
}

/** Reads a big-endian word into Montgomery form. Says whether it is below p. */
function read1(r: usize, word: usize): bool {
  store<u32>(r, bswap<u32>(load<u32>(word, 28)), 0);
  store<u32>(r, bswap<u32>(load<u32>(word, 24)), 4);
  store<u32>(r, bswap<u32>(load<u32>(word, 20)), 8);
  store<u32>(r, bswap<u32>(load<u32>(word, 16)), 12);
  store<u32>(r, bswap<u32>(load<u32>(word, 12)), 16);
  store<u32>(r, bswap<u32>(load<u32>(word, 8)), 20);
  store<u32>(r, bswap<u32>(load<u32>(word, 4)), 24);
  store<u32>(r, bswap<u32>(load<u32>(word, 0)), 28);
  let c: i64 = 0;
  c = <i64>load<u32>(r, 0) - <i64>P0 + (c >> 32);
  c = <i64>load<u32>(r, 4) - <i64>P1 + (c >> 32);
  c = <i64>load<u32>(r, 8) - <i64>P2 + (c >> 32);
  c = <i64>load<u32>(r, 12) - <i64>P3 + (c >> 32);
  c = <i64>load<u32>(r, 16) - <i64>P4 + (c >> 32);
  c = <i64>load<u32>(r, 20) - <i64>P5 + (c >> 32);
  c = <i64>load<u32>(r, 24) - <i64>P6 + (c >> 32);
  c = <i64>load<u32>(r, 28) - <i64>P7 + (c >> 32);
  mul1(r, r, R2);
  return c < 0;
}

function read(r: usize, words: usize): bool {
  const low = read1(r, words);
  return degree === 1 ? low : read1(r + 32, words + 32) && low;
}

function write1(word: usize, a: usize): void {
  mul1(M0, a, PLAIN_ONE);
  store<u32>(word, bswap<u32>(load<u32>(M0, 0)), 28);
  store<u32>(word, bswap<u32>(load<u32>(M0, 4)), 24);
  store<u32>(word, bswap<u32>(load<u32>(M0, 8)), 20);
  store<u32>(word, bswap<u32>(load<u32>(M0, 12)), 16);
  store<u32>(word, bswap<u32>(load<u32>(M0, 16)), 12);
  store<u32>(word, bswap<u32>(load<u32>(M0, 20)), 8);
  store<u32>(word, bswap<u32>(load<u32>(M0, 24)), 4);
  store<u32>(word, bswap<u32>(load<u32>(M0, 28)), 0);
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
  return isZero(A);
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
  if (isZero(B)) {
    // the same x: the same point, or its opposite
    if (isZero(C)) double();
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
  degree = ofDegree;
  size = 32 * ofDegree;
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
