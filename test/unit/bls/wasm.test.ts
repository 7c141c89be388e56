/** Pairings, subgroup checks and cofactors in WebAssembly, against the plain way in BigInt, on random and on special points. */
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import { clearCofactorPlain, fromJacobian, G1, G2, subgroupDefect, twistWords } from "../../../src/bls/curve.ts";
import { LazyFp2 } from "../../../src/bls/fields.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import { clearCofactor, isInSubgroup } from "../../../src/bls/curve.ts";
import { FIELD_ORDER, GROUP_ORDER } from "../../../src/bls/constants.ts";
import type { Signature } from "../../../src/bls/index.ts";
import { signHash } from "../../../src/bls/index.ts";
import { load } from "../../../src/bls/wasm/instance.ts";
import { checkValue, isOne, PreparedHash, preparedLinesOf } from "../../../src/bls/pairing.ts";
import type { Fp12Element } from "../../../src/bls/tower.ts";
import { publicKeyToBytes, publicKeyToHex, signatureToBytes, signatureToHex } from "../../../src/bls/codec.ts";
import { hexFromBytes, wordFromInteger } from "../../../src/bls/hex.ts";
import { Arena } from "../../../src/bls/wasm/arena.ts";
import { clearCofactorByWasm, isInSubgroupByWasm, multiplyByWasm, pairingByWasm } from "../../../src/bls/wasm/calls.ts";
import { message, multiply, tags } from "./support.ts";

const onTwist = (name: string): Signature => mapToTwist(message(name), tags.hashToG2).point;
/** Order of the twist, r (2p - r). */
const COFACTOR = 2n * FIELD_ORDER - GROUP_ORDER;
const canonical = ({ c0, c1 }: Fp12Element) =>
  [c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2].map((half) => LazyFp2.canonical(half));

describe("bls: single points in WebAssembly", function () {
  this.timeout(60_000);

  /** Random ones, of order r and not; the order r part and the rest of one; a point of an order that divides the cofactor. */
  const points = [
    G2.BASE,
    ...Array.from({ length: 6 }, (_, i) => onTwist(`random ${i}`)),
    clearCofactorPlain(onTwist("cleared")),
    strayOf("stray"),
    strayOf("stray").add(G2.BASE),
  ];

  it("tell the subgroup as in BigInt", function () {
    const found = points.map((point) => isInSubgroupByWasm(twistWords(point)));
    expect(found).to.deep.equal(points.map((point) => subgroupDefect(point).is0()));
    expect(new Set(found)).to.deep.equal(new Set([true, false]));
    expect(isInSubgroup(G2.ZERO)).to.equal(true);
  });

  it("clear the cofactor as in BigInt, to infinity where it does", function () {
    for (const point of points) {
      const words = clearCofactorByWasm(twistWords(point)) ?? [];
      const found = words.length === 0 ? G2.ZERO : fromJacobian(words);
      expect(found.equals(clearCofactorPlain(point))).to.equal(true);
      expect(isInSubgroup(found)).to.equal(true);
    }
    expect(clearCofactor(G2.ZERO).is0()).to.equal(true);
  });

  it("give the value of the pairing as in BigInt, for wrong signatures too, and at infinity", function () {
    for (let i = 0; i < 4; i++) {
      const hash = clearCofactorPlain(onTwist(`hash ${i}`));
      const lines = preparedLinesOf(hash.toAffine());
      const secret = BigInt(`0x${"5e5510".repeat(10)}`) + BigInt(i);
      const right = hash.multiply(secret).toAffine();
      const wrong = hash.multiply(secret + 1n).toAffine();
      const key = G1.BASE.multiply(secret).toAffine();
      const prepared = new PreparedHash(hash.toAffine());
      for (const [S, K] of [
        [right, key],
        [wrong, key],
        [undefined, key],
        [right, undefined],
        [undefined, undefined],
      ] as const) {
        const value = prepared.value(S, K);
        expect(canonical(value)).to.deep.equal(canonical(checkValue(S, K, lines)));
        expect(isOne(value)).to.equal((S === right && K === key) || (S === undefined && K === undefined));
      }
    }
  });

  describe("times a secret scalar", function () {
    const secret = BigInt(`0x${"5e5510".repeat(10)}`);
    const multiplied = (point: Signature, scalar: bigint): Signature => {
      const words = multiplyByWasm(twistWords(point), scalar);
      if (words === undefined) throw new Error("no point of the twist");
      const [xc0, xc1, yc0, yc1] = words as [bigint, bigint, bigint, bigint];
      return words.length === 0 ? G2.ZERO : G2.fromAffine({ x: { c0: xc0, c1: xc1 }, y: { c0: yc0, c1: yc1 } });
    };

    it("are as in BigInt, for any point, random scalars and those at the edges", function () {
      const edges = [1n, 2n, 15n, 16n, 17n, 240n, 2n ** 252n, GROUP_ORDER - 2n, GROUP_ORDER - 1n];
      const random = Array.from({ length: 20 }, (_, i) => secret ** BigInt(i + 5) % GROUP_ORDER);
      for (const scalar of edges) {
        for (const point of points) {
          expect(multiplied(point, scalar).equals(point.multiplyUnsafe(scalar))).to.equal(true);
        }
      }
      for (const [i, scalar] of random.entries()) {
        const point = points[i % points.length] as Signature;
        expect(multiplied(point, scalar).equals(point.multiplyUnsafe(scalar))).to.equal(true);
      }
    });

    it("are infinity where they are, also on the way", function () {
      const tiny = multiply(onTwist("tiny"), GROUP_ORDER * (COFACTOR / 10069n));
      expect(multiplyByWasm(twistWords(G2.BASE), 0n)).to.deep.equal([]);
      expect(multiplyByWasm(twistWords(G2.BASE), GROUP_ORDER)).to.deep.equal([]);
      expect(multiplied(G2.BASE, GROUP_ORDER + 1n).equals(G2.BASE)).to.equal(true);
      expect(multiplyByWasm(twistWords(tiny), 10069n * 16n)).to.deep.equal([]);
      expect(multiplied(tiny, 10069n * 16n + 3n).equals(tiny.double().add(tiny))).to.equal(true);
    });

    it("sign, and leave nothing of the key behind", function () {
      const hash = clearCofactorPlain(onTwist("signed"));
      expect(signHash(hash, secret).equals(hash.multiply(secret))).to.equal(true);
      const memory = Buffer.from(load()?.memory.buffer ?? new ArrayBuffer(0));
      expect(memory.length).to.be.greaterThan(0);
      expect(memory.includes(Buffer.from(wordFromInteger(secret)))).to.equal(false);
    });
  });

  it("take no point that is none: those are decided in BigInt", function () {
    const [xc0, xc1, yc0, yc1] = twistWords(G2.BASE);
    const hash = twistWords(G2.BASE);
    for (const bad of [
      [xc0, xc1, yc0, yc1 + 1n],
      [xc0 + FIELD_ORDER, xc1, yc0, yc1],
      [0n, 0n, 0n, 0n],
    ] as const) {
      expect(isInSubgroupByWasm(bad)).to.equal(undefined);
      expect(clearCofactorByWasm(bad)).to.equal(undefined);
      expect(multiplyByWasm(bad, 5n)).to.equal(undefined);
      expect(pairingByWasm([1n, 2n], hash, bad)).to.equal(undefined);
    }
    expect(pairingByWasm([1n, 3n], hash, hash)).to.equal(undefined);
    expect(pairingByWasm([1n, 2n + FIELD_ORDER], hash, hash)).to.equal(undefined);
    expect(pairingByWasm([1n, 2n], [xc0, xc1, yc0, yc1 + 1n], hash)).to.equal(undefined);
  });

  it("are not needed: without WebAssembly the live network's signature verifies, and a wrong one does not", function () {
    const program = `
      delete globalThis.WebAssembly;
      const { readFileSync } = await import("node:fs");
      const bls = await import("./src/bls/index.ts");
      const { hasWasm } = await import("./src/bls/wasm/instance.ts");
      const vector = JSON.parse(readFileSync("test/fixtures/mainnet-vector.json", "utf8"));
      const big = (of) => Object.fromEntries(Object.entries(of).map(([name, value]) => [name, BigInt(value)]));
      const tags = bls.deriveTags({ chainId: BigInt(vector.chainId), contract: vector.contract });
      const publicKey = bls.publicKeyFromParams(big(vector.aggregatePubkey));
      const signature = bls.signatureFromParams(big(vector.signature));
      const hash = bls.hashToG2(bls.bytesFromHex(vector.message), tags.hashToG2);
      const wire = { publicKey: bls.publicKeyToBytes(publicKey), signature: bls.signatureToBytes(signature) };
      console.log(JSON.stringify([
        hasWasm(),
        bls.verifyHash(publicKey, hash, signature),
        bls.verifyHash(publicKey, hash, signature.negate()),
        bls.aggregateWire(hash, [wire])?.signers,
      ]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    expect(JSON.parse(stdout || "null"), stderr).to.deep.equal([false, true, false, [0]]);
  });
});

describe("bls: pairs of points in WebAssembly", function () {
  const small = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })), { maxLength: 9 });
  const times = <T extends { multiplyUnsafe(k: bigint): T; negate(): T }>(base: T, k: number): T =>
    k < 0 ? base.multiplyUnsafe(BigInt(-k)).negate() : base.multiplyUnsafe(BigInt(k));

  it("are the sums in BigInt: equal points, opposite ones, infinity on either side", function () {
    const arena = Arena.open()!;
    fc.assert(
      fc.property(small, (pairs) => {
        const [a1, b1] = [0, 1].map((side) => pairs.map((pair) => times(G1.BASE, pair[side]!)));
        const sums1 = arena.add(
          1,
          arena.read(1, a1!.map(publicKeyToBytes))!,
          arena.read(1, b1!.map(publicKeyToBytes))!,
        );
        const [a2, b2] = [0, 1].map((side) => pairs.map((pair) => times(G2.BASE, pair[side]!)));
        const sums2 = arena.add(
          2,
          arena.read(2, a2!.map(signatureToBytes))!,
          arena.read(2, b2!.map(signatureToBytes))!,
        );
        expect(sums1.map((place) => place && hexFromBytes(arena.write(1, place)))).to.deep.equal(
          pairs.map(([a, b]) => (a + b === 0 ? undefined : publicKeyToHex(times(G1.BASE, a + b)))),
        );
        expect(sums2.map((place) => place && hexFromBytes(arena.write(2, place)))).to.deep.equal(
          pairs.map(([a, b]) => (a + b === 0 ? undefined : signatureToHex(times(G2.BASE, a + b)))),
        );
      }),
      { numRuns: 25 },
    );
  });

  it("reach over more memory than the module begins with, and give back what was temporary", function () {
    const arena = Arena.open()!;
    const ones = arena.read(2, new Array<Uint8Array>(3_000).fill(signatureToBytes(G2.BASE)))!;
    const first = arena.temporarily(() => arena.add(2, ones, ones));
    const second = arena.add(2, ones, ones);
    expect(second).to.deep.equal(first);
    const double = signatureToHex(G2.BASE.double());
    expect(new Set(second.map((place) => hexFromBytes(arena.write(2, place!))))).to.deep.equal(new Set([double]));
    expect(hexFromBytes(arena.write(2, ones[2_999]!))).to.equal(signatureToHex(G2.BASE));
  });

  it("take no coordinate that is not reduced", function () {
    const bytes = publicKeyToBytes(G1.BASE);
    bytes.set(wordFromInteger(FIELD_ORDER + 1n));
    expect(Arena.open()!.read(1, [publicKeyToBytes(G1.BASE), bytes])).to.equal(undefined);
  });
});

/** A point of the twist whose order divides the cofactor: r times a random one. */
function strayOf(name: string): Signature {
  const sum = multiply(onTwist(name), GROUP_ORDER);
  expect(sum.is0()).to.equal(false);
  expect(COFACTOR % 2n).to.equal(1n);
  return sum;
}
