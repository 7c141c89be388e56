/**
 * Fp and Fp2 in WebAssembly, for all that is built on them. AssemblyScript; sum.as.ts is what is compiled.
 *
 * An element of Fp is 32 bytes: 8 limbs of 32 bits, least significant first, in Montgomery form (times 2^256 modulo p), below p.
 * An element of Fp2 is two of them, real half first. Functions write to their first argument, which may be one of the others.
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
export const ONE = memory.data<u32>([
  0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28, 0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1, 0x00000000,
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
]);
/** 3, the coefficient of G1's curve. */
export const B_G1 = memory.data<u32>([
  0x50ad28d7, 0x7a17caa9, 0xe15521b9, 0x1f6ac17a, 0x696bd284, 0x334bea4e, 0xce179d8e, 0x2a1f6744,
]);
/** 3/(9 + i), the coefficient of the twist. */
export const B_TWIST = memory.data<u32>([
  0x77b802a8, 0x3bf938e3, 0x3633535d, 0x020b1b27, 0x49755260, 0x26b7edf0, 0x4384a86d, 0x2514c632, 0xd1dcff67,
  0x38e7eccc, 0x93ce0d3e, 0x65f0b37d, 0x22ac00aa, 0xd749d0dd, 0x4a688d4d, 0x0141b9ce,
]);

/** 0 as element of Fp. */
const ZERO = memory.data<u32>([
  0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000,
]);
const P_MINUS_2 = memory.data<u32>([
  0xd87cfd45, 0x3c208c16, 0x6871ca8d, 0x97816a91, 0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72,
]);
/** Scratch of products in Fp2. */
const M0 = memory.data(32);
const M1 = memory.data(32);
const M2 = memory.data(32);
const M3 = memory.data(32);
/** Scratch of inversions. */
const INV0 = memory.data(32);
const INV1 = memory.data(32);

/** r = a b / 2^256 modulo p: word by word, each step adds a multiple of p that clears the lowest limb. r may be a or b. */
export function mul1(r: usize, a: usize, b: usize): void {
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
  // all ones where it was below p: then it stays, without a branch
  const keep = <u32>(c >> 63);
  store<u32>(r, (load<u32>(r, 0) & keep) | ((<u32>d0) & ~keep), 0);
  store<u32>(r, (load<u32>(r, 4) & keep) | ((<u32>d1) & ~keep), 4);
  store<u32>(r, (load<u32>(r, 8) & keep) | ((<u32>d2) & ~keep), 8);
  store<u32>(r, (load<u32>(r, 12) & keep) | ((<u32>d3) & ~keep), 12);
  store<u32>(r, (load<u32>(r, 16) & keep) | ((<u32>d4) & ~keep), 16);
  store<u32>(r, (load<u32>(r, 20) & keep) | ((<u32>d5) & ~keep), 20);
  store<u32>(r, (load<u32>(r, 24) & keep) | ((<u32>d6) & ~keep), 24);
  store<u32>(r, (load<u32>(r, 28) & keep) | ((<u32>d7) & ~keep), 28);
}

/** r = a + b modulo p. */
export function add1(r: usize, a: usize, b: usize): void {
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
export function sub1(r: usize, a: usize, b: usize): void {
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
  // p where a was below b, else 0, without a branch
  const below = (<u64>(c >> 63)) & LOW;
  let k: u64 = 0;
  k = <u64>load<u32>(r, 0) + (P0 & below) + (k >> 32);
  store<u32>(r, k, 0);
  k = <u64>load<u32>(r, 4) + (P1 & below) + (k >> 32);
  store<u32>(r, k, 4);
  k = <u64>load<u32>(r, 8) + (P2 & below) + (k >> 32);
  store<u32>(r, k, 8);
  k = <u64>load<u32>(r, 12) + (P3 & below) + (k >> 32);
  store<u32>(r, k, 12);
  k = <u64>load<u32>(r, 16) + (P4 & below) + (k >> 32);
  store<u32>(r, k, 16);
  k = <u64>load<u32>(r, 20) + (P5 & below) + (k >> 32);
  store<u32>(r, k, 20);
  k = <u64>load<u32>(r, 24) + (P6 & below) + (k >> 32);
  store<u32>(r, k, 24);
  k = <u64>load<u32>(r, 28) + (P7 & below) + (k >> 32);
  store<u32>(r, k, 28);
}

/** Product in Fp2 by Karatsuba: a0 b0 - a1 b1, (a0 + a1)(b0 + b1) - a0 b0 - a1 b1. */
export function mul2(r: usize, a: usize, b: usize): void {
  add1(M0, a, a + 32);
  add1(M1, b, b + 32);
  mul1(M2, a, b);
  mul1(M3, a + 32, b + 32);
  mul1(M0, M0, M1);
  sub1(r, M2, M3);
  sub1(M0, M0, M2);
  sub1(r + 32, M0, M3);
}

/** Square in Fp2: (a0 + a1)(a0 - a1), 2 a0 a1. */
export function sqr2(r: usize, a: usize): void {
  add1(M0, a, a + 32);
  sub1(M1, a, a + 32);
  mul1(M2, a, a + 32);
  mul1(r, M0, M1);
  add1(r + 32, M2, M2);
}

export function add2(r: usize, a: usize, b: usize): void {
  add1(r, a, b);
  add1(r + 32, a + 32, b + 32);
}

export function sub2(r: usize, a: usize, b: usize): void {
  sub1(r, a, b);
  sub1(r + 32, a + 32, b + 32);
}

export function neg1(r: usize, a: usize): void {
  sub1(r, ZERO, a);
}

export function neg2(r: usize, a: usize): void {
  neg1(r, a);
  neg1(r + 32, a + 32);
}

/** The Frobenius map of Fp2: a0 - a1 i. */
export function conjugate2(r: usize, a: usize): void {
  if (r !== a) memory.copy(r, a, 32);
  neg1(r + 32, a + 32);
}

/** Both halves times an element of Fp. */
export function scale2(r: usize, a: usize, factor: usize): void {
  mul1(r, a, factor);
  mul1(r + 32, a + 32, factor);
}

/** (9 + i) a: 9 a0 - a1, 9 a1 + a0. */
export function timesXi(r: usize, a: usize): void {
  // M0 = 9 a0, M1 = 9 a1
  nine(M0, a);
  nine(M1, a + 32);
  sub1(M0, M0, a + 32);
  add1(r + 32, M1, a);
  memory.copy(r, M0, 32);
}

function nine(r: usize, a: usize): void {
  add1(r, a, a);
  add1(r, r, r);
  add1(r, r, r);
  add1(r, r, a);
}

/** 1/a as a^(p - 2); 0 for 0. */
export function inv1(r: usize, a: usize): void {
  memory.copy(M3, a, 32);
  memory.copy(M2, ONE, 32);
  for (let bit = 253; bit >= 0; bit--) {
    mul1(M2, M2, M2);
    if (((load<u32>(P_MINUS_2 + <usize>(bit >> 5) * 4) >> (bit & 31)) & 1) === 1) mul1(M2, M2, M3);
  }
  memory.copy(r, M2, 32);
}

/** 1/a = (a0 - a1 i)/(a0^2 + a1^2); 0 for 0. */
export function inv2(r: usize, a: usize): void {
  mul1(INV0, a, a);
  mul1(INV1, a + 32, a + 32);
  add1(INV0, INV0, INV1);
  inv1(INV0, INV0);
  mul1(r, a, INV0);
  mul1(r + 32, a + 32, INV0);
  neg1(r + 32, r + 32);
}

export function isZero(a: usize, bytes: usize): bool {
  for (let i: usize = 0; i < bytes; i += 8) if (load<u64>(a + i) !== 0) return false;
  return true;
}

export function isEqual(a: usize, b: usize, bytes: usize): bool {
  for (let i: usize = 0; i < bytes; i += 8) if (load<u64>(a + i) !== load<u64>(b + i)) return false;
  return true;
}

/** Reads a big-endian word into Montgomery form. Says whether it is below p. */
export function read1(r: usize, word: usize): bool {
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

export function write1(word: usize, a: usize): void {
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
