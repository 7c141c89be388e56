import mcl from "mcl-wasm";
import { publicKeyToParams, signatureToParams } from "../../src/bls/index.ts";
import type { PublicKey, Signature, SignatureEntry } from "../../src/bls/index.ts";
import type { SignedNetwork } from "./network.ts";

/** The same work by mcl-wasm (curve BN_SNARK1), for the decision whether it is worth a dependency. */
export async function mclBench(network: SignedNetwork): Promise<{
  /** Decodes from hexadecimal text, the only form of affine coordinates that its interface takes (range and curve checked). */
  parse: (entries: readonly SignatureEntry[]) => { publicKeys: unknown[]; signatures: unknown[] };
  sumAndVerify: (parsed: { publicKeys: unknown[]; signatures: unknown[] }) => boolean;
  verifyOne: (entry: SignatureEntry) => boolean;
}> {
  await mcl.init(mcl.BN_SNARK1);
  // As here: the subgroup is checked once, for the sum.
  mcl.verifyOrderG2(false);
  const hex = (value: bigint) => value.toString(16);
  const g1 = (publicKey: PublicKey) => {
    const { X, Y } = publicKeyToParams(publicKey);
    const point = new mcl.G1();
    point.setStr(`1 ${[X, Y].map(hex).join(" ")}`, 16);
    return point;
  };
  const g2 = (signature: Signature) => {
    const { sigs0, sigs1, sigs2, sigs3 } = signatureToParams(signature);
    const point = new mcl.G2();
    point.setStr(`1 ${[sigs0, sigs1, sigs2, sigs3].map(hex).join(" ")}`, 16);
    return point;
  };
  const generator = new mcl.G1();
  generator.setStr("1 1 2", 10);
  const hash = new mcl.PrecomputedG2(g2(network.hash));

  /** e(P1, sig) * e(-pk, H) == 1 */
  const check = (publicKey: mcl.G1, signature: mcl.G2) =>
    mcl.finalExp(mcl.precomputedMillerLoop2mixed(generator, signature, mcl.neg(publicKey), hash)).isOne();

  return {
    parse: (entries) => ({
      publicKeys: entries.map((entry) => g1(entry.publicKey)),
      signatures: entries.map((entry) => g2(entry.signature)),
    }),
    sumAndVerify: ({ publicKeys, signatures }) => {
      const keys = (publicKeys as mcl.G1[]).reduce((sum, key) => mcl.add(sum, key));
      const sum = (signatures as mcl.G2[]).reduce((left, right) => mcl.add(left, right));
      return sum.isValidOrder() && check(keys, sum);
    },
    verifyOne: ({ publicKey, signature }) => check(g1(publicKey), g2(signature)),
  };
}
