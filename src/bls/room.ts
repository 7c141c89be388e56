import { publicKeyToBytes, signatureFromBytes, signatureToBytes } from "./codec.ts";
import { G2 } from "./curve.ts";
import type { PublicKey, Signature } from "./curve.ts";
import { fromWords } from "./pairing.ts";
import type { PreparedHash } from "./pairing.ts";
import { addKeys, addSignatures, fromAffineG2, toAffineG1, toAffineG2 } from "./points.ts";
import type { Adder, AffinePoint } from "./points.ts";
import type { Fp2Element } from "./fp2.ts";
import type { Fp12Element } from "./tower.ts";
import { prepareHash } from "./verify.ts";
import { Arena } from "./wasm/arena.ts";
import type { Place } from "./wasm/arena.ts";

/** Where thousands of points are added and paired: K and S stand for a finite key and a finite signature, undefined for infinity. */
export interface Room<K, S> {
  readonly keys: readonly (K | undefined)[];
  readonly signatures: readonly (S | undefined)[];
  readonly addKeys: Adder<K>;
  readonly addSignatures: Adder<S>;
  /** The point itself. */
  signature(point: S | undefined): Signature;
  /** `e(P1, S) e(-K, H)`, up to a fixed power; S of order r. */
  value(signature: S | undefined, key: K | undefined): Fp12Element;
  /** Does some work, of which no point is kept. */
  temporarily<T>(work: () => T): T;
}

/** Entries as points, decoded. */
export interface Points {
  readonly publicKeys: readonly PublicKey[];
  readonly signatures: readonly Signature[];
}

/** Entries in the form of the wire, known to be points of the curves; zeros are infinity. */
export interface Encoded {
  readonly publicKeys: readonly Uint8Array[];
  readonly signatures: readonly Uint8Array[];
}

/** The plain room: big integers. */
export function plainRoom(
  hash: Signature,
  { publicKeys, signatures }: Points,
): Room<AffinePoint<bigint>, AffinePoint<Fp2Element>> {
  const prepared: PreparedHash = prepareHash(hash);
  return {
    keys: toAffineG1(publicKeys),
    signatures: toAffineG2(signatures),
    addKeys,
    addSignatures,
    signature: fromAffineG2,
    value: (signature, key) => prepared.value(signature, key),
    temporarily: (work) => work(),
  };
}

/** The same in WebAssembly; undefined where there is none. */
export function wasmRoom(hash: Signature, { publicKeys, signatures }: Encoded): Room<Place, Place> | undefined {
  const arena = Arena.open();
  const [place] = arena?.read(2, [signatureToBytes(hash)]) ?? [];
  const keys = arena?.read(1, publicKeys);
  const all = arena?.read(2, signatures);
  if (!arena || place === undefined || !keys || !all) return undefined;
  return {
    keys,
    signatures: all,
    addKeys: (left, right) => arena.add(1, left, right),
    addSignatures: (left, right) => arena.add(2, left, right),
    signature: (point) =>
      point === undefined ? G2.ZERO : signatureFromBytes(arena.write(2, point), { subgroup: false }),
    value: (signature, key) => fromWords(arena.pairing(key, signature, place)),
    temporarily: (work) => arena.temporarily(work),
  };
}

export function encode({ publicKeys, signatures }: Points): Encoded {
  return { publicKeys: publicKeys.map(publicKeyToBytes), signatures: signatures.map(signatureToBytes) };
}
