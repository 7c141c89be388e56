import { concatBytes } from "@noble/hashes/utils.js";
import { FIELD_ORDER, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, WORD_BYTES } from "./constants.ts";
import { G1, G2, isInSubgroup } from "./curve.ts";
import type { PublicKey, Signature } from "./curve.ts";
import { BlsError } from "./errors.ts";
import { Fp2, TWIST_B } from "./fp2.ts";
import { bytesFromHex, hexFromBytes, integerFromBytes, wordFromInteger } from "./hex.ts";
import type { Hex } from "./hex.ts";

/**
 * Every encoding of points. This is the only place that knows the order of the halves of an Fp2 element:
 *
 * - on the wire and in `BLSSignatureParams`: real half first, `x.c0, x.c1, y.c0, y.c1` (`sigs0..sigs3`);
 * - in the input of the pairing precompile (EIP-197): imaginary half first, `x.c1, x.c0, y.c1, y.c0`.
 *
 * Infinity has no place in either: decoders refuse all zeros (`infinity`). Encoders write it as zeros, the form in which the
 * contracts keep an empty aggregate key.
 */

/** A public key as the contracts take it (`BN254.G1Point`). */
export interface G1Params {
  readonly X: bigint;
  readonly Y: bigint;
}

/** A signature as the contracts take it (`BLSSignatureParams`). */
export interface SignatureParams {
  /** x, real half. */
  readonly sigs0: bigint;
  /** x, imaginary half. */
  readonly sigs1: bigint;
  /** y, real half. */
  readonly sigs2: bigint;
  /** y, imaginary half. */
  readonly sigs3: bigint;
}

/** The four words of a G2 point in the order of the pairing precompile: `x.c1, x.c0, y.c1, y.c0`. */
export type PrecompileG2 = readonly [xc1: bigint, xc0: bigint, yc1: bigint, yc0: bigint];

/** How strictly a signature is decoded. */
export interface SignatureDecodeOptions {
  /**
   * Whether to check that the point has order r (default true). With false only length, range and curve are checked: for
   * lists of signatures that are added up and whose *sum* is checked before any pairing, which `verifyHash` does.
   */
  readonly subgroup?: boolean;
}

function checkLength(bytes: Uint8Array, expected: number, name: string): void {
  if (bytes.length !== expected) {
    throw new BlsError("length", `${name} has ${bytes.length} bytes, expected ${expected}`, {
      name,
      expected,
      length: bytes.length,
    });
  }
}

function checkCoordinate(value: bigint, name: string): void {
  if (value < 0n || value >= FIELD_ORDER) {
    throw new BlsError("range", `${name} is not below the field order`, { name, value });
  }
}

function word(bytes: Uint8Array, index: number): bigint {
  return integerFromBytes(bytes.subarray(index * WORD_BYTES, (index + 1) * WORD_BYTES));
}

/**
 * Reads a public key from the form of the contracts.
 *
 * @throws {@link BlsError} `range`, `infinity` or `curve`. Every point of the curve is in the group (cofactor 1).
 */
export function publicKeyFromParams({ X, Y }: G1Params): PublicKey {
  checkCoordinate(X, "X");
  checkCoordinate(Y, "Y");
  if (X === 0n && Y === 0n) throw new BlsError("infinity", "the public key is the point at infinity");
  if ((Y * Y - X * X * X - 3n) % FIELD_ORDER !== 0n) {
    throw new BlsError("curve", "the public key is not on the curve", { X, Y });
  }
  return new G1(X, Y, 1n);
}

/** Gives a public key in the form of the contracts; infinity as zeros. */
export function publicKeyToParams(publicKey: PublicKey): G1Params {
  const { x, y } = publicKey.toAffine();
  return { X: x, Y: y };
}

/** Reads the 64 bytes `X || Y`. Errors: `length`, and those of {@link publicKeyFromParams}. */
export function publicKeyFromBytes(bytes: Uint8Array): PublicKey {
  checkLength(bytes, PUBLIC_KEY_BYTES, "public key");
  return publicKeyFromParams({ X: word(bytes, 0), Y: word(bytes, 1) });
}

/** Gives the 64 bytes `X || Y`; infinity as zeros. */
export function publicKeyToBytes(publicKey: PublicKey): Uint8Array {
  const { X, Y } = publicKeyToParams(publicKey);
  return concatBytes(wordFromInteger(X), wordFromInteger(Y));
}

/** Reads 128 hex digits, with or without `0x`. Errors: `hex`, and those of {@link publicKeyFromBytes}. */
export function publicKeyFromHex(hex: string): PublicKey {
  return publicKeyFromBytes(bytesFromHex(hex, "public key", PUBLIC_KEY_BYTES));
}

/** Gives 128 hex digits with `0x`. */
export function publicKeyToHex(publicKey: PublicKey): Hex {
  return hexFromBytes(publicKeyToBytes(publicKey));
}

/**
 * Reads a signature from the form of the contracts.
 *
 * @throws {@link BlsError} `range`, `infinity`, `curve` or `subgroup`.
 */
export function signatureFromParams(params: SignatureParams, options: SignatureDecodeOptions = {}): Signature {
  const { sigs0, sigs1, sigs2, sigs3 } = params;
  checkCoordinate(sigs0, "sigs0");
  checkCoordinate(sigs1, "sigs1");
  checkCoordinate(sigs2, "sigs2");
  checkCoordinate(sigs3, "sigs3");
  if (sigs0 === 0n && sigs1 === 0n && sigs2 === 0n && sigs3 === 0n) {
    throw new BlsError("infinity", "the signature is the point at infinity");
  }
  const x = { c0: sigs0, c1: sigs1 };
  const y = { c0: sigs2, c1: sigs3 };
  if (!Fp2.eql(Fp2.sqr(y), Fp2.add(Fp2.mul(Fp2.sqr(x), x), TWIST_B))) {
    throw new BlsError("curve", "the signature is not on the curve", { ...params });
  }
  const point = new G2(x, y, Fp2.ONE);
  if ((options.subgroup ?? true) && !isInSubgroup(point)) {
    throw new BlsError("subgroup", "the signature is not in the subgroup of order r", { ...params });
  }
  return point;
}

/** Gives a signature in the form of the contracts; infinity as zeros. */
export function signatureToParams(signature: Signature): SignatureParams {
  const { x, y } = signature.toAffine();
  return { sigs0: x.c0, sigs1: x.c1, sigs2: y.c0, sigs3: y.c1 };
}

/** Reads the 128 bytes `x.c0 || x.c1 || y.c0 || y.c1`. Errors: `length`, and those of {@link signatureFromParams}. */
export function signatureFromBytes(bytes: Uint8Array, options: SignatureDecodeOptions = {}): Signature {
  checkLength(bytes, SIGNATURE_BYTES, "signature");
  return signatureFromParams(
    { sigs0: word(bytes, 0), sigs1: word(bytes, 1), sigs2: word(bytes, 2), sigs3: word(bytes, 3) },
    options,
  );
}

/** Gives the 128 bytes `x.c0 || x.c1 || y.c0 || y.c1`; infinity as zeros. */
export function signatureToBytes(signature: Signature): Uint8Array {
  const { sigs0, sigs1, sigs2, sigs3 } = signatureToParams(signature);
  return concatBytes(wordFromInteger(sigs0), wordFromInteger(sigs1), wordFromInteger(sigs2), wordFromInteger(sigs3));
}

/** Reads 256 hex digits, with or without `0x`. Errors: `hex`, and those of {@link signatureFromBytes}. */
export function signatureFromHex(hex: string, options: SignatureDecodeOptions = {}): Signature {
  return signatureFromBytes(bytesFromHex(hex, "signature", SIGNATURE_BYTES), options);
}

/** Gives 256 hex digits with `0x`. */
export function signatureToHex(signature: Signature): Hex {
  return hexFromBytes(signatureToBytes(signature));
}

/** Gives a point of G2 in the order of the pairing precompile, imaginary halves first (EIP-197). */
export function signatureToPrecompile(signature: Signature): PrecompileG2 {
  const { sigs0, sigs1, sigs2, sigs3 } = signatureToParams(signature);
  return [sigs1, sigs0, sigs3, sigs2];
}

/** Reads a point of G2 in the order of the pairing precompile. Errors: those of {@link signatureFromParams}. */
export function signatureFromPrecompile(words: PrecompileG2, options: SignatureDecodeOptions = {}): Signature {
  const [sigs1, sigs0, sigs3, sigs2] = words;
  return signatureFromParams({ sigs0, sigs1, sigs2, sigs3 }, options);
}
