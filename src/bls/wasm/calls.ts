import { SIGNATURE_BYTES, WORD_BYTES } from "../constants.ts";
import { integerFromBytes, wordFromInteger } from "../hex.ts";
import { load } from "./instance.ts";
import type { Exports } from "./instance.ts";

/**
 * What the module computes on single points. Each gives undefined where there is no WebAssembly, or where a point is none of the
 * curve: the plain way in BigInt then decides. Coordinates are canonical, from 0 to p - 1.
 */

/** x and y of a point of the twist: x.c0, x.c1, y.c0, y.c1. */
export type TwistWords = readonly [xc0: bigint, xc1: bigint, yc0: bigint, yc1: bigint];

/** Whether a finite point of the twist has order r. */
export function isInSubgroupByWasm(point: TwistWords): boolean | undefined {
  const wasm = load();
  if (wasm === null) return undefined;
  writeWords(wasm, point);
  const found = wasm.subgroup();
  return found < 0 ? undefined : found === 1;
}

/** Jacobian coordinates of the point with its cofactor cleared, X, Y and Z, real halves first; none at all for infinity. */
export function clearCofactorByWasm(point: TwistWords): bigint[] | undefined {
  const wasm = load();
  if (wasm === null) return undefined;
  writeWords(wasm, point);
  if (wasm.clearCofactor() < 0) return undefined;
  return wasm.finish() === 0 ? [] : readWords(wasm, 6);
}

/**
 * `e(P1, S) e(-K, H)`, up to the power that pairing.ts takes it to; infinity as zeros.
 *
 * @returns the six elements of Fp2, real halves first: c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2
 */
export function pairingByWasm(K: readonly bigint[], S: TwistWords, hash: TwistWords): bigint[] | undefined {
  const wasm = load();
  if (wasm === null) return undefined;
  writeWords(wasm, [...K, ...S, ...hash]);
  return wasm.pairing() < 0 ? undefined : readWords(wasm, 12);
}

/**
 * A finite point of the twist times a secret scalar from 0 to r - 1, as affine words; none at all for infinity. Nothing of the scalar
 * stays in the module's memory.
 */
export function multiplyByWasm(point: TwistWords, scalar: bigint): bigint[] | undefined {
  const wasm = load();
  if (wasm === null) return undefined;
  writeWords(wasm, [...point, scalar]);
  const found = wasm.multiply();
  if (found < 0) return undefined;
  return found === 0 ? [] : readWords(wasm, 4);
}

function writeWords(wasm: Exports, words: readonly bigint[]): void {
  const room = new Uint8Array(wasm.memory.buffer, wasm.input(), wasm.capacity() * SIGNATURE_BYTES);
  words.forEach((word, i) => room.set(wordFromInteger(word), i * WORD_BYTES));
}

/** The first words of the module's output. */
export function readWords(wasm: Exports, count: number): bigint[] {
  const output = new Uint8Array(wasm.memory.buffer, wasm.output(), count * WORD_BYTES);
  return Array.from({ length: count }, (_, i) =>
    integerFromBytes(output.subarray(i * WORD_BYTES, (i + 1) * WORD_BYTES)),
  );
}
