import { readFileSync } from "node:fs";
import { expect } from "chai";
import { bn254 } from "@noble/curves/bn254.js";

const { Fp, Fp2 } = bn254.fields;
const P = Fp.ORDER;
const U = 4_965_661_367_192_848_881n;
type Element = { c0: bigint; c1: bigint };

/** The constants of a library, by name, as its source states them. */
function constantsOf(library: string): Map<string, bigint> {
  const source = readFileSync(new URL(`../../contracts/libraries/${library}.sol`, import.meta.url), "utf8");
  const matches = source.matchAll(/uint256 (?:private|internal) constant (\w+)\s*=\s*(0x[0-9a-f]+|\d+);/g);
  return new Map([...matches].map(([, name, value]) => [name as string, BigInt(value as string)]));
}

const conj = ({ c0, c1 }: Element): Element => ({ c0, c1: Fp.neg(c1) });
const mul = (...factors: Element[]): Element => factors.reduce((a, b) => Fp2.mul(a, b));
const XI: Element = { c0: 9n, c1: 1n };
const PSI_X = Fp2.pow(XI, (P - 1n) / 3n);
const PSI_Y = Fp2.pow(XI, (P - 1n) / 2n);

/** Runs a program of G2._run on multiples of one point: what `_run` does, on integers. */
function run(program: bigint, start: bigint, table: readonly bigint[]): bigint {
  let value = start;
  for (let rest = program; rest > 0n; rest >>= 12n) {
    value *= (-2n) ** (rest & 15n) * 3n ** ((rest >> 4n) & 15n);
    value += table[Number((rest >> 8n) & 3n)] ?? 0n;
  }
  return value;
}

describe("constants of the hashing libraries", () => {
  const bn = constantsOf("BN254");
  const fp2 = constantsOf("Fp2");
  const g2 = constantsOf("G2");
  const hash = constantsOf("HashToG2");
  const expectPair = (from: Map<string, bigint>, name: string, { c0, c1 }: Element) => {
    expect(from.get(`${name}_C0`), `${name}_C0`).to.equal(c0);
    expect(from.get(`${name}_C1`), `${name}_C1`).to.equal(c1);
  };

  it("BN254: the modulus", () => {
    expect(bn.get("P")).to.equal(P);
    expect(36n * U ** 4n + 36n * U ** 3n + 24n * U ** 2n + 6n * U + 1n).to.equal(P);
    expect(P % 8n).to.equal(7n);
    expect(5n * P < 1n << 256n && 6n * P > 1n << 256n).to.equal(true);
  });

  it("Fp2: the exponent and one half", () => {
    expect(fp2.get("EXPONENT")).to.equal((P - 3n) / 4n);
    expect(fp2.get("HALF")).to.equal((P + 1n) / 2n);
  });

  it("HashToG2: the constant of the twist", () => {
    expectPair(hash, "B", Fp2.div({ c0: 3n, c1: 0n }, XI));
  });

  it("G2: psi^-1 and psi^3", () => {
    expectPair(g2, "PSI_INVERSE_X", conj(Fp2.inv(PSI_X)));
    expectPair(g2, "PSI_INVERSE_Y", conj(Fp2.inv(PSI_Y)));
    expectPair(g2, "PSI_CUBED_X", mul(PSI_X, PSI_X, conj(PSI_X)));
    // the factor of y in psi^3 is that of psi^-1
    expect(mul(PSI_Y, PSI_Y, conj(PSI_Y))).to.deep.equal(conj(Fp2.inv(PSI_Y)));
  });

  it("G2: M = 1 + psi^2", () => {
    const omega = mul(PSI_X, conj(PSI_X));
    expect(omega.c1).to.equal(0n);
    const w = omega.c0;
    expect(Fp.add(Fp.add(1n, w), Fp.mul(w, w))).to.equal(0n);
    expect(mul(PSI_Y, conj(PSI_Y))).to.deep.equal({ c0: P - 1n, c1: 0n });
    expect(g2.get("THREE_EIGHTHS")).to.equal(Fp.div(3n, 8n));
    const w2 = Fp.mul(w, w);
    const kappa = Fp.div(Fp.mul(w2, Fp.sub(w, w2)), 2n);
    expect(g2.get("KAPPA")).to.equal(kappa);
    // the conjugate of M has w2 for w: a tripling multiplies Z by 3/4
    expect(Fp.mul(kappa, Fp.div(Fp.mul(w, Fp.sub(w2, w)), 2n))).to.equal(Fp.div(3n, 4n));
  });

  it("G2: the programs give -385 and u", () => {
    expect(run(g2.get("PROGRAM_385") ?? 0n, 1n, [1n, -1n])).to.equal(-385n);
    expect(run(g2.get("PROGRAM_U") ?? 0n, -385n, [1n, -1n, -385n, 385n])).to.equal(U);
    expect(run(g2.get("PROGRAM_ADD") ?? 0n, 7n, [0n, 5n])).to.equal(12n);
  });
});
