import { expect } from "chai";
import fc from "fast-check";
import { G1, G2 } from "../../../src/bls/curve.ts";
import { invertAll, LazyFp, LazyFp2, signedDigits } from "../../../src/bls/fields.ts";
import { Fp2 } from "../../../src/bls/fp2.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import {
  addKeys,
  addPairs,
  addSignatures,
  fromAffineG1,
  fromAffineG2,
  sumAffine,
  toAffineG1,
  toAffineG2,
} from "../../../src/bls/points.ts";
import { BN_X, FIELD_ORDER } from "../../../src/bls/index.ts";
import type { PublicKey, Signature } from "../../../src/bls/index.ts";
import { message, tags } from "./support.ts";

/** Multiples from -LIMIT to LIMIT of the generators. */
const LIMIT = 40;
const multiples1: PublicKey[] = [G1.ZERO];
const multiples2: Signature[] = [G2.ZERO];
for (let k = 1; k <= LIMIT; k++) {
  multiples1.push(multiples1[k - 1]!.add(G1.BASE));
  multiples2.push(multiples2[k - 1]!.add(G2.BASE));
}
const point1 = (k: number): PublicKey => (k < 0 ? multiples1[-k]!.negate() : multiples1[k]!);
const point2 = (k: number): Signature => (k < 0 ? multiples2[-k]!.negate() : multiples2[k]!);
const small = fc.integer({ min: -3, max: 3 });
const total = (list: number[]) => list.reduce((a, b) => a + b, 0);

describe("bls: points", function () {
  this.timeout(60_000);

  it("invertAll inverts each", function () {
    const element = fc.bigInt({ min: 1n, max: FIELD_ORDER - 1n });
    fc.assert(
      fc.property(fc.array(fc.record({ c0: element, c1: element }), { maxLength: 6 }), (list) => {
        invertAll(LazyFp2, list).forEach((inverse, i) => {
          expect(LazyFp2.canonical(inverse)).to.deep.equal(Fp2.inv(list[i]!));
        });
      }),
      { numRuns: 20 },
    );
    expect(invertAll(LazyFp, [])).to.deep.equal([]);
  });

  it("fields agree with noble's on signed residues", function () {
    const element = fc.bigInt({ min: -FIELD_ORDER, max: FIELD_ORDER });
    const pair = fc.record({ c0: element, c1: element });
    fc.assert(
      fc.property(pair, pair, (a, b) => {
        const [ca, cb] = [LazyFp2.canonical(a), LazyFp2.canonical(b)];
        expect(LazyFp2.canonical(LazyFp2.mul(a, b))).to.deep.equal(Fp2.mul(ca, cb));
        expect(LazyFp2.canonical(LazyFp2.sqr(a))).to.deep.equal(Fp2.sqr(ca));
        expect(LazyFp2.canonical(LazyFp2.add(a, b))).to.deep.equal(Fp2.add(ca, cb));
        expect(LazyFp2.canonical(LazyFp2.sub(a, b))).to.deep.equal(Fp2.sub(ca, cb));
        expect(LazyFp2.isZero(LazyFp2.sub(a, ca))).to.equal(true);
      }),
    );
  });

  it("signedDigits writes the number, without neighbours", function () {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 70n }), (value) => {
        const digits = signedDigits(value);
        expect(digits.reduce((sum, digit) => 2n * sum + BigInt(digit), 1n)).to.equal(value);
        digits.forEach((digit, i) => digit !== 0 && i > 0 && expect(digits[i - 1]).to.equal(0));
      }),
    );
    expect(signedDigits(BN_X).length).to.be.within(62, 63);
  });

  // Multiples from -3 to 3 make infinity, equal and opposite points frequent, at every level of the tree.
  it("sums are exact in every case: equal, opposite, infinity", function () {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 12 }), (list) => {
        const sum1 = fromAffineG1(sumAffine(addKeys, toAffineG1(list.map(point1))));
        expect(sum1.equals(point1(total(list)))).to.equal(true);
        const sum2 = fromAffineG2(sumAffine(addSignatures, toAffineG2(list.map(point2))));
        expect(sum2.equals(point2(total(list)))).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });

  it("addPairs adds each pair of its own", function () {
    fc.assert(
      fc.property(fc.array(fc.tuple(small, small), { maxLength: 8 }), (pairs) => {
        const sums = addPairs(
          LazyFp2,
          toAffineG2(pairs.map(([a]) => point2(a))),
          toAffineG2(pairs.map(([, b]) => point2(b))),
        );
        pairs.forEach(([a, b], i) => expect(fromAffineG2(sums[i]).equals(point2(a + b))).to.equal(true));
      }),
      { numRuns: 40 },
    );
  });

  it("sums points outside the subgroup, in projective form", function () {
    const list = Array.from({ length: 9 }, (_, i) => mapToTwist(message(`sum ${i}`), tags.hashToG2).point.double());
    const expected = list.reduce((a, b) => a.add(b));
    expect(fromAffineG2(sumAffine(addSignatures, toAffineG2(list))).equals(expected)).to.equal(true);
  });
});
