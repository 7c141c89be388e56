import mcl from "mcl-wasm";
import { signatureToParams } from "../../../src/bls/index.ts";
import type { Signature } from "../../../src/bls/index.ts";
import type { SignatureValue } from "../core/world.ts";

/** Ready before the first signature. */
export async function initMultiplication(): Promise<void> {
  await mcl.init(mcl.BN_SNARK1);
}

/**
 * `secret * hash` by mcl, which takes a fifteenth of the time of src/bls: signing is most of what a sequence costs. A foreign
 * hand also signs what the contracts check.
 */
export function multiply(hash: Signature, secret: bigint): SignatureValue["words"] {
  const { sigs0, sigs1, sigs2, sigs3 } = signatureToParams(hash);
  const point = new mcl.G2();
  point.setStr(`1 ${[sigs0, sigs1, sigs2, sigs3].map((word) => word.toString(16)).join(" ")}`, 16);
  const scalar = new mcl.Fr();
  scalar.setStr(secret.toString(16), 16);
  const words = mcl.normalize(mcl.mul(point, scalar)).getStr(16).split(" ");
  const [a = 0n, b = 0n, c = 0n, d = 0n] = words.slice(1).map((word) => BigInt(`0x${word}`));
  return [a, b, c, d];
}
