import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, WORD_BYTES } from "../constants.ts";
import { G1, G2 } from "../curve.ts";
import type { PublicKey, Signature } from "../curve.ts";
import { integerFromBytes } from "../hex.ts";
import { MODULE } from "./module.ts";

/** What sum.as.ts exports. */
interface Exports {
  memory: { buffer: ArrayBuffer };
  input(): number;
  output(): number;
  capacity(): number;
  start(degree: number): void;
  take(count: number): number;
  finish(): number;
}

/** What is used of WebAssembly: the compiler's library has it only together with a page's. */
interface WasmGlobal {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

/** Undefined where it was not tried yet, null where there is no WebAssembly (or a page's policy forbids it). */
let instance: Exports | null | undefined;

function load(): Exports | null {
  if (instance === undefined) {
    try {
      const bytes = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0));
      const { Instance, Module } = (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly;
      instance = new Instance(new Module(bytes)).exports as Exports;
    } catch {
      // Not an error that stands for an answer: callers then add in BigInt, which gives the same sums.
      instance = null;
    }
  }
  return instance;
}

/** Whether sums are taken in WebAssembly here. */
export function hasWasm(): boolean {
  return load() !== null;
}

/**
 * Decodes and adds up public keys, 64 bytes `X || Y` each.
 *
 * @returns the sum, or undefined when some entry is not a reduced, finite point of the curve (or of another length), or where there
 * is no WebAssembly: the plain way tells which, and why
 */
export function sumPublicKeyBytes(keys: readonly Uint8Array[]): PublicKey | undefined {
  const words = sum(1, PUBLIC_KEY_BYTES, keys);
  if (words === undefined || words.length === 0) return words && G1.ZERO;
  const [X, Y, Z] = words as [bigint, bigint, bigint];
  const { Fp } = G1;
  // from Jacobian, x = X/Z^2, to homogeneous coordinates, x = X/Z
  return new G1(Fp.mul(X, Z), Y, Fp.mul(Z, Fp.sqr(Z)));
}

/**
 * Decodes and adds up signatures, 128 bytes `x.c0 || x.c1 || y.c0 || y.c1` each. Subgroups are not checked, as with
 * `{ subgroup: false }`: the sum's is, by whoever verifies it.
 *
 * @returns as {@link sumPublicKeyBytes}
 */
export function sumSignatureBytes(signatures: readonly Uint8Array[]): Signature | undefined {
  const words = sum(2, SIGNATURE_BYTES, signatures);
  if (words === undefined || words.length === 0) return words && G2.ZERO;
  const [X, Y, Z] = [0, 2, 4].map((at) => ({ c0: words[at] as bigint, c1: words[at + 1] as bigint }));
  if (!X || !Y || !Z) return undefined;
  const { Fp: Fp2 } = G2;
  return new G2(Fp2.mul(X, Z), Y, Fp2.mul(Z, Fp2.sqr(Z)));
}

/** The words of X, Y and Z of the sum; none at all for infinity. */
function sum(degree: 1 | 2, bytes: number, points: readonly Uint8Array[]): bigint[] | undefined {
  const wasm = load();
  if (wasm === null || points.some((point) => point.length !== bytes)) return undefined;
  const room = new Uint8Array(wasm.memory.buffer, wasm.input(), wasm.capacity() * SIGNATURE_BYTES);
  wasm.start(degree);
  for (let from = 0; from < points.length; from += wasm.capacity()) {
    const portion = points.slice(from, from + wasm.capacity());
    portion.forEach((point, i) => room.set(point, i * bytes));
    if (wasm.take(portion.length) >= 0) return undefined;
  }
  if (wasm.finish() === 0) return [];
  const output = new Uint8Array(wasm.memory.buffer, wasm.output(), 3 * degree * WORD_BYTES);
  return Array.from({ length: 3 * degree }, (_, i) =>
    integerFromBytes(output.subarray(i * WORD_BYTES, (i + 1) * WORD_BYTES)),
  );
}
