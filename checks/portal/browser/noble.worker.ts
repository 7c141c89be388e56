/** The same with `@noble/curves`. It has no hash to this curve's G2 as the contracts have it: that is this project's. */
import { bn254 } from "@noble/curves/bn254.js";
import { deriveTags, hashToG2, rewardMessage } from "../../../src/bls/index.ts";
import type { Task } from "./task.ts";
import { answer } from "./task.ts";

const { G1, G2, fields } = bn254;
const words = (hex: string): bigint[] => (hex.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));

answer(({ chainId, contract, recipient, amount, keys, aggregateKey, signature }: Task) => {
  let sum = G1.Point.ZERO;
  for (const key of keys) {
    const [x, y] = words(key) as [bigint, bigint];
    const point = G1.Point.fromAffine({ x, y });
    point.assertValidity();
    sum = sum.add(point);
  }
  const { x, y } = sum.toAffine();
  if (words(aggregateKey).join() !== [x, y].join()) return false;

  const tags = deriveTags({ chainId, contract });
  const hash = hashToG2(rewardMessage(tags, { recipient, amount }), tags.hashToG2);
  const [x0, x1, y0, y1] = words(signature) as [bigint, bigint, bigint, bigint];
  const point = G2.Point.fromAffine({
    x: fields.Fp2.create({ c0: x0, c1: x1 }),
    y: fields.Fp2.create({ c0: y0, c1: y1 }),
  });
  point.assertValidity();
  const product = bn254.pairingBatch([
    { g1: G1.Point.BASE, g2: point },
    { g1: sum.negate(), g2: hash },
  ]);
  return fields.Fp12.eql(product, fields.Fp12.ONE);
});
