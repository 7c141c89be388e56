import { expect } from "chai";
import fc from "fast-check";
import { FIELD_ORDER } from "../../../src/bls/index.ts";
import { conjugate, Fp, Fp2, FROBENIUS_X, FROBENIUS_Y, sqrtFp, sqrtFp2, TWIST_B } from "../../../src/bls/fp2.ts";

const element = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
const pair = fc.record({ c0: element, c1: element });
const XI = Fp2.fromBigTuple([9n, 1n]);

describe("bls: fp2", function () {
  it("constants follow from their formulas", function () {
    expect(Fp2.eql(TWIST_B, Fp2.mul(Fp2.fromBigTuple([3n, 0n]), Fp2.inv(XI)))).to.equal(true);
    expect(Fp2.eql(FROBENIUS_X, Fp2.pow(XI, (FIELD_ORDER - 1n) / 3n))).to.equal(true);
    expect(Fp2.eql(FROBENIUS_Y, Fp2.pow(XI, (FIELD_ORDER - 1n) / 2n))).to.equal(true);
  });

  it("conjugate is the Frobenius map", function () {
    fc.assert(
      fc.property(pair, (a) => Fp2.eql(conjugate(a), Fp2.pow(a, FIELD_ORDER))),
      { numRuns: 5 },
    );
  });

  it("sqrtFp gives the root that is itself a square, and nothing for others", function () {
    fc.assert(
      fc.property(element, (a) => {
        const root = sqrtFp(Fp.sqr(a));
        expect(root === a || root === Fp.neg(a)).to.equal(true);
        expect(sqrtFp(root!)).to.not.be.undefined;
        // -1 is not a square, so the negation of one is none either.
        if (a !== 0n) expect(sqrtFp(Fp.neg(Fp.sqr(a)))).to.be.undefined;
      }),
      { numRuns: 30 },
    );
  });

  it("sqrtFp2 squares back, with a real half that is a square", function () {
    fc.assert(
      fc.property(pair, (a) => {
        fc.pre(a.c0 !== 0n && a.c1 !== 0n);
        const root = sqrtFp2(Fp2.sqr(a));
        expect(root).to.not.be.undefined;
        expect(Fp2.eql(Fp2.sqr(root!), Fp2.sqr(a))).to.equal(true);
        expect(sqrtFp(root!.c0)).to.not.be.undefined;
      }),
      { numRuns: 30 },
    );
  });

  it("takes both branches of t", function () {
    let plus = 0;
    for (let i = 1n; i <= 40n; i++) {
      const a = Fp2.sqr({ c0: i, c1: 3n * i + 1n });
      const norm = sqrtFp(Fp.add(Fp.sqr(a.c0), Fp.sqr(a.c1)))!;
      if (sqrtFp(Fp.div(Fp.add(a.c0, norm), 2n)) !== undefined) plus++;
      expect(sqrtFp2(a)).to.not.be.undefined;
    }
    expect(plus).to.be.within(5, 35);
  });

  it("refuses a non-residue, and roots with a zero half", function () {
    expect(sqrtFp2(XI)).to.be.undefined;
    expect(sqrtFp2({ c0: 0n, c1: 0n })).to.be.undefined;
    expect(sqrtFp2({ c0: 4n, c1: 0n })).to.be.undefined;
    expect(sqrtFp2({ c0: FIELD_ORDER - 4n, c1: 0n })).to.be.undefined;
  });
});
