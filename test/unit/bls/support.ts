import { expect } from "chai";
import { BlsError, deriveTags, hashToG2, importSecretKey, publicKeyOf, signHash } from "../../../src/bls/index.ts";
import type { BlsErrorCode, PublicKey, SecretKey, Signature } from "../../../src/bls/index.ts";
import { G2 } from "../../../src/bls/curve.ts";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Tags of a made-up contract. */
export const tags = deriveTags({ chainId: 31337, contract: "0x5e55105e55105e55105e55105e55105e55105e55" });

/** The i-th deterministic secret key. */
export function secretKey(i: number): SecretKey {
  return importSecretKey(keccak_256(utf8ToBytes(`secret key ${i}`)));
}

/** A message that names itself. */
export function message(text: string): Uint8Array {
  return utf8ToBytes(text);
}

/** Plain double-and-add, for scalars of any size and sign and points of any order. */
export function multiply(point: Signature, scalar: bigint): Signature {
  let result: Signature = G2.ZERO;
  for (const bit of (scalar < 0n ? -scalar : scalar).toString(2)) {
    result = result.double();
    if (bit === "1") result = result.add(point);
  }
  return scalar < 0n ? result.negate() : result;
}

export interface Signer {
  readonly secretKey: SecretKey;
  readonly publicKey: PublicKey;
  readonly signature: Signature;
}

/** Deterministic signers 0 to n - 1 of one message. */
export function signers(n: number, text: string): { hash: Signature; list: Signer[] } {
  const hash = hashToG2(message(text), tags.hashToG2);
  const list = Array.from({ length: n }, (_, i) => {
    const key = secretKey(i);
    return { secretKey: key, publicKey: publicKeyOf(key), signature: signHash(hash, key) };
  });
  return { hash, list };
}

/** Asserts that a call throws a BlsError of exactly that code. */
export function expectBlsError(call: () => unknown, code: BlsErrorCode): BlsError {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).to.be.instanceOf(BlsError);
  expect((thrown as BlsError).code).to.equal(code);
  return thrown as BlsError;
}
