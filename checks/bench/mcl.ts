import mcl from "mcl-wasm";
import { signatureToBytes } from "../../src/bls/index.ts";
import type { WireEntry } from "../../src/bls/index.ts";
import type { SignedNetwork } from "./network.ts";

/** mcl's mode of input: affine coordinates as bytes. Its declarations name only text, its code takes bytes as well. */
const AFFINE_BYTES = 4096;

/** Each 32-byte word the other way round. */
function littleEndian(words: Uint8Array): Uint8Array {
  const turned = new Uint8Array(words.length);
  for (let at = 0; at < words.length; at += 32) turned.set(words.slice(at, at + 32).reverse(), at);
  return turned;
}

/** The same work by mcl-wasm (curve BN_SNARK1), for the decision whether it is worth a dependency. */
export async function mclBench(network: SignedNetwork): Promise<{
  /** Decodes from bytes, its quickest interface: affine, little-endian, real half first (range and curve checked). */
  parse: (entries: readonly WireEntry[]) => { publicKeys: unknown[]; signatures: unknown[] };
  sumAndVerify: (parsed: { publicKeys: unknown[]; signatures: unknown[] }) => boolean;
  verifyOne: (entry: WireEntry) => boolean;
}> {
  await mcl.init(mcl.BN_SNARK1);
  // As here: the subgroup is checked once, for the sum.
  mcl.verifyOrderG2(false);
  const g1 = (bytes: Uint8Array) => {
    const point = new mcl.G1();
    point.setStr(littleEndian(bytes) as unknown as string, AFFINE_BYTES);
    return point;
  };
  const g2 = (bytes: Uint8Array) => {
    const point = new mcl.G2();
    point.setStr(littleEndian(bytes) as unknown as string, AFFINE_BYTES);
    return point;
  };
  const generator = new mcl.G1();
  generator.setStr("1 1 2", 10);
  const hash = new mcl.PrecomputedG2(g2(signatureToBytes(network.hash)));

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
