/**
 * The field that points are over in WebAssembly: Fp for G1 (degree 1), Fp2 for the twist (degree 2). The formulas of points are the
 * same. Each entry of the module that works on points sets it.
 */
import { add1, mul1, mul2, sqr2, sub1 } from "./field.as";

export let degree: i32 = 1;
/** Bytes of one element. */
export let size: usize = 32;

export function setDegree(ofDegree: i32): void {
  degree = ofDegree;
  size = 32 * ofDegree;
}

export function copy(r: usize, a: usize): void {
  memory.copy(r, a, size);
}

export function add(r: usize, a: usize, b: usize): void {
  add1(r, a, b);
  if (degree === 2) add1(r + 32, a + 32, b + 32);
}

export function sub(r: usize, a: usize, b: usize): void {
  sub1(r, a, b);
  if (degree === 2) sub1(r + 32, a + 32, b + 32);
}

export function mul(r: usize, a: usize, b: usize): void {
  if (degree === 1) mul1(r, a, b);
  else mul2(r, a, b);
}

export function sqr(r: usize, a: usize): void {
  if (degree === 1) mul1(r, a, a);
  else sqr2(r, a);
}
