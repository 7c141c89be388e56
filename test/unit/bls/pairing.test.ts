import { expect } from "chai";
import fc from "fast-check";
import { bn254 } from "@noble/curves/bn254.js";
import { BN_X, FIELD_ORDER, GROUP_ORDER } from "../../../src/bls/index.ts";
import type { PublicKey, Signature } from "../../../src/bls/index.ts";
import { G1, G2, multiplyBySeed } from "../../../src/bls/curve.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import { checkValue, finalExponentiation, isOne, preparedLinesOf } from "../../../src/bls/pairing.ts";
import * as tower from "../../../src/bls/tower.ts";
import { message, tags, multiply } from "./support.ts";

const { Fp12 } = bn254.fields;
const scalar = fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n });
const value = (S: Signature, K: PublicKey, H: Signature) =>
  checkValue(S.is0() ? undefined : S.toAffine(), K.is0() ? undefined : K.toAffine(), preparedLinesOf(H.toAffine()));

/** The reduced pairing by its definition. */
const reduced = (f: tower.Fp12Element): tower.Fp12Element => Fp12.pow(f, (FIELD_ORDER ** 12n - 1n) / GROUP_ORDER);

/** Power to which this final exponentiation raises the standard one, from its source. */
const EXTRA = 2n * BN_X * (6n * BN_X ** 2n + 3n * BN_X + 1n);

describe("bls: pairing, against noble's", function () {
  this.timeout(60_000);

  const f = bn254.pairing(G1.BASE.multiply(7n), G2.BASE.multiply(11n), false);
  const g = bn254.pairing(G1.BASE.multiply(5n), G2.BASE.multiply(3n), false);
  const unit = Fp12.finalExponentiate(f);

  it("tower: product, square, cyclotomic square and power, conjugate", function () {
    expect(tower.equal12(tower.multiply(f, g), Fp12.mul(f, g))).to.equal(true);
    expect(tower.equal12(tower.multiply(f, tower.ONE), f)).to.equal(true);
    expect(tower.equal12(tower.square(f), Fp12.sqr(f))).to.equal(true);
    expect(tower.equal12(tower.squareCyclotomic(unit), Fp12.sqr(unit))).to.equal(true);
    const other = Fp12.finalExponentiate(g);
    const powers = tower.productOfPowers([unit, other], [Uint8Array.of(0x39, 0x30), Uint8Array.of(7, 1)]);
    expect(tower.equal12(powers, Fp12.mul(Fp12.pow(unit, 12345n), Fp12.pow(other, 263n)))).to.equal(true);
    expect(isOne(tower.productOfPowers([], []))).to.equal(true);
    expect(isOne(tower.multiply(unit, tower.conjugate12(unit)))).to.equal(true);
    expect(isOne(tower.multiply(f, tower.invert(f)))).to.equal(true);
    expect(tower.equal12(f, g)).to.equal(false);
  });

  it("tower: works on signed residues, many operations on", function () {
    let [ours, theirs] = [f as tower.Fp12Element, f];
    for (let i = 0; i < 20; i++) {
      ours = tower.multiply(tower.square(ours), tower.conjugate12(g));
      theirs = Fp12.mul(Fp12.sqr(theirs), Fp12.conjugate(g));
    }
    expect(tower.equal12(ours, theirs)).to.equal(true);
  });

  it("final exponentiation is the standard one to its stated power, coprime to r", function () {
    const expected = Fp12.pow(reduced(f), EXTRA % GROUP_ORDER);
    expect(EXTRA % GROUP_ORDER).to.not.equal(0n);
    expect(tower.equal12(finalExponentiation(f), expected)).to.equal(true);
  });

  it("checkValue is e(P1, S) e(-K, H) to that power", function () {
    fc.assert(
      fc.property(scalar, scalar, scalar, (s, k, h) => {
        const [S, K, H] = [G2.BASE.multiply(s), G1.BASE.multiply(k), G2.BASE.multiply(h)];
        const theirs = bn254.pairingBatch(
          [
            { g1: G1.BASE, g2: S },
            { g1: K.negate(), g2: H },
          ],
          false,
        );
        expect(tower.equal12(value(S, K, H), Fp12.pow(reduced(theirs), EXTRA % GROUP_ORDER))).to.equal(true);
        // s = k h, and one off
        expect(isOne(value(H.multiply(k), K, H))).to.equal(true);
        expect(isOne(value(H.multiply(k).add(G2.BASE), K, H))).to.equal(false);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  it("infinity on one side leaves the other pairing", function () {
    const H = G2.BASE.multiply(9n);
    const K = G1.BASE.multiply(4n);
    expect(isOne(value(G2.ZERO, G1.ZERO, H))).to.equal(true);
    const both = tower.multiply(value(H, G1.ZERO, H), value(G2.ZERO, K, H));
    expect(tower.equal12(both, value(H, K, H))).to.equal(true);
    expect(isOne(value(G2.ZERO, K, H))).to.equal(false);
  });

  describe("multiplyBySeed", function () {
    it("agrees with double-and-add, in and out of the subgroup", function () {
      for (let i = 0; i < 5; i++) {
        const point = mapToTwist(message(`seed ${i}`), tags.hashToG2).point;
        for (const Q of [point, point.double(), G2.BASE.multiply(BigInt(i) + 2n)]) {
          expect(multiplyBySeed(Q).equals(Q.multiplyUnsafe(BN_X))).to.equal(true);
        }
      }
      expect(multiplyBySeed(G2.ZERO).is0()).to.equal(true);
    });

    it("agrees on points of order 10069 and its multiples, where the fast additions meet exceptions", function () {
      const cofactor = 2n * bn254.fields.Fp.ORDER - GROUP_ORDER;
      const tiny = multiply(mapToTwist(message("tiny"), tags.hashToG2).point, GROUP_ORDER * (cofactor / 10069n));
      expect(tiny.is0()).to.equal(false);
      for (let k = 1n; k < 12n; k++) {
        const Q = multiply(tiny, k);
        expect(multiplyBySeed(Q).equals(multiply(Q, BN_X))).to.equal(true);
      }
    });
  });
});
