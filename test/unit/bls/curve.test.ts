import { expect } from "chai";
import { BN_X, FIELD_ORDER, GROUP_ORDER, isInSubgroup } from "../../../src/bls/index.ts";
import { clearCofactor, G2, psi } from "../../../src/bls/curve.ts";
import type { Signature } from "../../../src/bls/index.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import { message, secretKey, tags, multiply } from "./support.ts";

const p = FIELD_ORDER;
const r = GROUP_ORDER;
const x = BN_X;
/** Trace of Frobenius: p + 1 - t = r. */
const t = p + 1n - r;
const COFACTOR = 2n * p - r;

const onTwist = (i: number): Signature => mapToTwist(message(`twist ${i}`), tags.hashToG2).point;

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b);
}

describe("bls: curve", function () {
  this.timeout(60_000);

  it("orders follow from the seed", function () {
    expect(36n * x ** 4n + 36n * x ** 3n + 24n * x ** 2n + 6n * x + 1n).to.equal(p);
    expect(36n * x ** 4n + 36n * x ** 3n + 18n * x ** 2n + 6n * x + 1n).to.equal(r);
    expect(multiply(onTwist(0), r * COFACTOR).is0()).to.equal(true);
  });

  it("psi satisfies psi^2 - [t] psi + [p] = 0 on the twist, and is [p] on G2", function () {
    const point = onTwist(1);
    const sum = psi(psi(point))
      .add(multiply(point, p))
      .subtract(multiply(psi(point), t));
    expect(sum.is0()).to.equal(true);
    const inGroup = multiply(point, COFACTOR);
    expect(psi(inGroup).equals(multiply(inGroup, p))).to.equal(true);
  });

  it("the subgroup criterion has no kernel beyond G2", function () {
    // L = (x + 1) + x psi + x psi^2 - 2x psi^3, reduced to a + b psi by psi^2 = t psi - p.
    let [a, b] = [0n, 0n];
    let power = [1n, 0n] as [bigint, bigint];
    for (const coefficient of [x + 1n, x, x, -2n * x]) {
      a += coefficient * power[0];
      b += coefficient * power[1];
      power = [-power[1] * p, power[0] + power[1] * t];
    }
    const degree = a * a + a * b * t + b * b * p;
    expect(gcd(degree, r * COFACTOR)).to.equal(r);
  });

  it("isInSubgroup agrees with multiplication by r", function () {
    for (let i = 0; i < 12; i++) {
      const anywhere = onTwist(i);
      const inside = multiply(anywhere, COFACTOR);
      const torsion = multiply(anywhere, r);
      for (const point of [anywhere, inside, torsion, inside.add(torsion), clearCofactor(anywhere)]) {
        expect(isInSubgroup(point)).to.equal(multiply(point, r).is0());
      }
      expect(isInSubgroup(anywhere)).to.equal(false);
      expect(isInSubgroup(inside)).to.equal(true);
      expect(isInSubgroup(torsion)).to.equal(false);
    }
  });

  it("isInSubgroup refuses the points of the smallest order outside, 10069", function () {
    const point = multiply(onTwist(3), (r * COFACTOR) / 10069n);
    expect(point.is0()).to.equal(false);
    expect(multiply(point, 10069n).is0()).to.equal(true);
    expect(isInSubgroup(point)).to.equal(false);
    expect(isInSubgroup(point.add(G2.BASE))).to.equal(false);
  });

  it("clearCofactor is linear, and no multiplication by the cofactor", function () {
    const [a, b] = [onTwist(4), onTwist(5)];
    expect(clearCofactor(a.add(b)).equals(clearCofactor(a).add(clearCofactor(b)))).to.equal(true);
    expect(clearCofactor(a).equals(multiply(a, COFACTOR))).to.equal(false);
    const k = secretKey(0);
    expect(clearCofactor(multiply(a, k)).equals(multiply(clearCofactor(a), k))).to.equal(true);
  });
});
