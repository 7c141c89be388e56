import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from "../constants.ts";
import { fromJacobian, G1, G2 } from "../curve.ts";
import type { PublicKey, Signature } from "../curve.ts";
import { readWords } from "./calls.ts";
import { load } from "./instance.ts";

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
  return fromJacobian(words);
}

/**
 * Whether 128 bytes are a signature that {@link sumSignatureBytes} takes: reduced, finite, on the twist.
 *
 * @returns undefined where there is no WebAssembly
 */
export function isSignatureBytes(bytes: Uint8Array): boolean | undefined {
  const wasm = load();
  if (wasm === null) return undefined;
  if (bytes.length !== SIGNATURE_BYTES) return false;
  new Uint8Array(wasm.memory.buffer, wasm.input(), SIGNATURE_BYTES).set(bytes);
  wasm.start(2);
  return wasm.take(1) < 0;
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
  return readWords(wasm, 3 * degree);
}
