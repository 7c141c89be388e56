import { expect } from "chai";
import { network } from "hardhat";
import { bn254 } from "@noble/curves/bn254.js";
import { getBytes, hexlify, keccak256, MaxUint256, toBeHex, toUtf8Bytes } from "ethers";
import { hashRoots } from "../../src/bls/index.ts";
import { hashPoint, hashingTag, vectors } from "../helpers/vectors.ts";
import type { G2Params } from "../helpers/vectors.ts";

const { ethers, networkHelpers } = await network.create();

/** Random messages per run: few in the daily suite, `HASH_FUZZ=2500` (four minutes) for the campaign. The seed is printed in every failing message. */
const RUNS = Number(process.env["HASH_FUZZ"] ?? 240);
/** Messages per call: the plain version takes about 1M gas each, a call at most 16.7M. */
const BATCH = 10;
const SEED = process.env["HASH_SEED"] ?? "hash-to-g2";
const { Fp } = bn254.fields;
const P = Fp.ORDER;

/** Deterministic bytes: keccak256 of the seed and a counter, repeated to `length`. */
function bytes(index: number, length: number): string {
  let hex = "";
  for (let block = 0; hex.length < 2 * length; block++)
    hex += keccak256(toUtf8Bytes(`${SEED}/${index}/${block}`)).slice(2);
  return `0x${hex.slice(0, 2 * length)}`;
}

/** Lengths around the block size of keccak256 (136), the messages of the protocol (84, 180, 128), and any up to 400. */
function lengthOf(index: number): number {
  const notable = [
    0, 1, 31, 32, 33, 63, 64, 65, 84, 98, 99, 100, 128, 135, 136, 137, 180, 234, 235, 236, 271, 272, 273,
  ];
  const random = Number(BigInt(keccak256(toUtf8Bytes(`${SEED}/length/${index}`))) % 401n);
  return index % 2 === 0 ? random : (notable[(index >> 1) % notable.length] ?? random);
}

/** Found by search: the first four-byte counters that take so many tries. */
const COUNTERS: [tries: number, counter: number][] = [
  [1, 0],
  [2, 2],
  [3, 13],
  [4, 21],
  [5, 23],
  [6, 17],
  [7, 47],
  [8, 344],
  [9, 226],
  [10, 372],
  [11, 160],
  [12, 3522],
  [13, 1810],
  [14, 49542],
  [15, 37658],
];

/** The square roots that the sums want with these messages. */
function roots(messages: readonly string[]): bigint[] {
  return hashRoots(
    messages.map((message) => getBytes(message)),
    getBytes(hashingTag),
  );
}

describe("HashToG2 against ReferenceHashToG2", () => {
  async function deploy() {
    return {
      fast: await ethers.deployContract("HashToG2Harness"),
      reference: await ethers.deployContract("ReferenceHashToG2Harness"),
    };
  }

  /** The points of the vectors: in G2, and before clearing on the whole twist. */
  async function mapped(count: number): Promise<G2Params[]> {
    const { reference } = await networkHelpers.loadFixture(deploy);
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const [xc0, xc1, yc0, yc1] = await reference.map(bytes(i, 84), hashingTag, 0);
        return { xc0, xc1, yc0, yc1 };
      }),
    );
  }
  const negated = ({ xc0, xc1, yc0, yc1 }: G2Params): G2Params => ({ xc0, xc1, yc0: P - yc0, yc1: P - yc1 });

  it(`agrees on ${RUNS} random messages, with dirty memory`, async function () {
    this.timeout(0);
    const { fast, reference } = await networkHelpers.loadFixture(deploy);
    for (let i = 0; i < RUNS; i += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, RUNS - i) }, (_, j) => i + j);
      const messages = indexes.map((index) => bytes(index, lengthOf(index)));
      const tags = indexes.map((index) => (index % 3 === 0 ? keccak256(bytes(index, 8)) : hashingTag));
      const dirts = indexes.map((index) => (index % 2 === 0 ? `0x${"ff".repeat(32)}` : keccak256(bytes(index, 9))));

      const hashes = await fast.hashManyInDirt(messages, tags, dirts);
      const expected = await reference.hashMany(messages, tags);

      for (const [j, index] of indexes.entries())
        expect(hashes[j], `seed ${SEED}, message ${index}`).to.deep.equal(expected[j]);
    }
  });

  it("agrees on every vector, with dirty memory", async () => {
    const { fast } = await networkHelpers.loadFixture(deploy);
    for (const { message, point } of vectors.hashToG2) {
      const hash = await fast.hashToG2InDirt(message, hashingTag, keccak256(message));
      expect([...hash]).to.deep.equal(Object.values(hashPoint(point)));
    }
  });

  describe("tries", () => {
    for (const [tries, counter] of COUNTERS)
      it(`takes ${tries}`, async () => {
        const { fast, reference } = await networkHelpers.loadFixture(deploy);
        const message = toBeHex(counter, 4);
        const point = await fast.map(message, hashingTag, 0);
        expect(await fast.map(message, hashingTag, tries - 1)).to.deep.equal(point);
        expect(await fast.map(message, hashingTag, tries)).not.to.deep.equal(point);
        expect(point).to.deep.equal(await reference.map(message, hashingTag, 0));
        expect(await fast.hashToG2(message, hashingTag)).to.deep.equal(await reference.hashToG2(message, hashingTag));
      });

    it("agrees at the last tries and runs out with a typed error", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      let ranOut = 0;
      for (let index = 0; index < 24; index++) {
        const message = bytes(index, 84);
        const expected = await reference.map(message, hashingTag, 254).catch(() => undefined);
        if (expected === undefined) {
          ranOut++;
          await expect(fast.map(message, hashingTag, 254)).to.be.revertedWithCustomError(fast, "HashToG2Failed");
        } else expect(await fast.map(message, hashingTag, 254)).to.deep.equal(expected);
      }
      expect(ranOut).to.be.within(1, 23);
      await expect(fast.map("0x", hashingTag, 256)).to.be.revertedWithCustomError(fast, "HashToG2Failed");
    });
  });

  describe("reduction of 48 bytes", () => {
    const max256 = (1n << 256n) - 1n;
    const max128 = (1n << 128n) - 1n;
    const split = (value: bigint): [bigint, bigint] => [value >> 128n, value & max128];
    const cases = [0n, 1n, P - 1n, P, P + 1n, 2n * P - 1n, 2n * P, 5n * P, max256, P * P, P << 128n, (P << 128n) - 1n];
    for (const value of cases.filter((value) => value < 1n << 384n))
      it(toBeHex(value), async () => {
        const { fast, reference } = await networkHelpers.loadFixture(deploy);
        expect(await fast.reduce(...split(value))).to.equal(value % P);
        expect(await reference.reduce(...split(value))).to.equal(value % P);
      });
    it("the largest", async () => {
      const { fast } = await networkHelpers.loadFixture(deploy);
      expect(await fast.reduce(max256, max128)).to.equal(((1n << 384n) - 1n) % P);
    });
  });

  describe("square root", () => {
    it("agrees on squares and non-squares, in every branch", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      const { Fp } = bn254.fields;
      const legendre = (a: bigint) => Fp.pow(a, (P - 1n) / 2n) === 1n;
      const branches = new Map<string, number>();
      for (let i = 0; i < 64; i++) {
        const a0 = BigInt(bytes(i, 32)) % P;
        const a1 = BigInt(bytes(i + 1000, 32)) % P;
        const result = await fast.sqrt(a0, a1);
        expect(result).to.deep.equal(await reference.sqrt(a0, a1));
        // which half the real part came from shows in whether t = (a0 + n) / 2 is its square
        const n = Fp.pow(Fp.add(Fp.sqr(a0), Fp.sqr(a1)), (P + 1n) / 4n);
        const t = Fp.div(Fp.add(a0, n), 2n);
        const branch = !result.exists ? "none" : legendre(t) ? "t" : legendre(a1) ? "t', +" : "t', -";
        branches.set(branch, (branches.get(branch) ?? 0) + 1);
      }
      expect([...branches.keys()].sort()).to.deep.equal(["none", "t", "t', +", "t', -"]);
    });

    it("finds no root where a half is zero, and none of zero", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      for (const a0 of [0n, 1n, 4n, 5n, P - 1n, P - 4n]) {
        expect((await fast.sqrt(a0, 0)).exists).to.equal(false);
        expect((await reference.sqrt(a0, 0)).exists).to.equal(false);
      }
      for (const a1 of [1n, 2n, 3n, P - 1n, P - 2n])
        for (const a0 of [0n, 1n, P - 1n]) expect(await fast.sqrt(a0, a1)).to.deep.equal(await reference.sqrt(a0, a1));
    });

    it("inverts", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      for (const [a0, a1] of [
        [0n, 0n],
        [1n, 0n],
        [0n, 1n],
        [P - 1n, P - 1n],
        [BigInt(bytes(1, 32)) % P, BigInt(bytes(2, 32)) % P],
      ] as const) {
        const [c0, c1] = await fast.inverse(a0, a1);
        const [e0, e1] = await reference.inverse(a0, a1);
        expect([c0 % P, c1 % P]).to.deep.equal([e0, e1]);
      }
    });
  });

  describe("cofactor clearing and sums", () => {
    it("clears points and their negations alike", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      for (const point of await mapped(6))
        for (const p of [point, negated(point)])
          expect(await fast.clearCofactor(p)).to.deep.equal(await reference.clearCofactor(p));
    });

    it("clears points that are in G2 already", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      for (const { point } of vectors.hashToG2.slice(0, 4)) {
        const p = hashPoint(point);
        expect(await fast.clearCofactor(p)).to.deep.equal(await reference.clearCofactor(p));
      }
    });

    it("refuses a point that clears to infinity", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      const [point] = (await mapped(1)) as [G2Params];
      // [r]Q has no part in G2; noble's multiply wants scalars below r, so double and add
      const q = bn254.G2.Point.fromAffine({
        x: { c0: point.xc0, c1: point.xc1 },
        y: { c0: point.yc0, c1: point.yc1 },
      });
      let torsion = bn254.G2.Point.ZERO;
      for (const bit of bn254.fields.Fr.ORDER.toString(2))
        torsion = bit === "1" ? torsion.double().add(q) : torsion.double();
      const { x, y } = torsion.toAffine();
      const args = { xc0: x.c0, xc1: x.c1, yc0: y.c0, yc1: y.c1 };

      expect([...(await reference.clearCofactor(args))]).to.deep.equal([0n, 0n, 0n, 0n]);
      await expect(fast.clearCofactor(args)).to.be.revertedWithCustomError(fast, "DegenerateSum");
    });

    it("sums the hashes of several messages", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      const messages = Array.from({ length: 20 }, (_, i) => bytes(i, 84));
      for (const count of [1, 2, 3, 20]) {
        const some = messages.slice(0, count);
        expect(await fast.hashSumToG2(some, hashingTag, roots(some))).to.deep.equal(
          await reference.hashSumToG2(some, hashingTag),
        );
      }
    });

    it("takes every root as its negation too, and nothing else", async () => {
      const { fast } = await networkHelpers.loadFixture(deploy);
      for (const [tries, counter] of COUNTERS.slice(0, 5)) {
        const message = toBeHex(counter, 4);
        const right = roots([message]);
        expect(right).to.have.length(tries + 1);
        const sumWith = (words: bigint[]) => fast.hashSumToG2([message], hashingTag, words);
        const sum = await sumWith(right);
        const last = tries - 1;
        const y1 = right[tries] as bigint;
        const wrong: [words: bigint[], position: number][] = [
          [right.slice(0, -1), last],
          // y1 of the other root, whose y0 is no square
          [right.with(tries, P - y1), last],
          [right.with(tries, y1 + P), last],
          [right.with(tries, 0n), last],
          // 4 y0 and y1 / 4: the imaginary half of the square is right, the real one is not
          [right.with(last, (2n * (right[last] as bigint)) % P).with(tries, Fp.div(y1, 4n)), last],
          // a try that gives a point is not to be passed over
          [right.toSpliced(last, 0, 0n), last],
        ];
        // no root at all, for a single try, is the lean form and no wrong one
        if (tries > 1) wrong.push([right.slice(0, -2), last], [right.slice(1), 0], [right.slice(-2), 0]);
        for (const [at, root] of right.slice(0, -1).entries()) {
          for (const same of [P - root, root + P]) expect(await sumWith(right.with(at, same))).to.deep.equal(sum);
          for (const other of [0n, 1n, P - 1n, P, MaxUint256, root ^ 1n]) wrong.push([right.with(at, other), at]);
        }

        for (const [words, position] of wrong) {
          await expect(sumWith(words)).to.be.revertedWithCustomError(fast, "WrongRoot").withArgs(position);
        }
      }
    });

    it("needs no word for a try whose root would have a zero half, and takes none", async () => {
      const { fast } = await networkHelpers.loadFixture(deploy);
      for (const [root, other] of [
        [3n, 5n],
        [7n, 0n],
      ] as const) {
        // c0 is a square of a square, so that (root, 0) would pass for a root of it; or minus that, whose root is imaginary
        for (const c0 of [root ** 4n, P - root ** 4n, 0n]) {
          for (const words of [[], [root, 0n], [root, other], [0n, 0n]]) {
            expect([...(await fast.checkRoots(c0, 0n, words, 0))]).to.deep.equal([0n, 0n, 0n]);
          }
        }
      }
    });

    it("is the sum of the single hashes", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      const messages = [hexlify(toUtf8Bytes("a")), hexlify(toUtf8Bytes("b")), hexlify(toUtf8Bytes("c"))];
      const hashes = await Promise.all(
        messages.map(async (m) => {
          const { xc0, xc1, yc0, yc1 } = await fast.hashToG2(m, hashingTag);
          return { xc0, xc1, yc0, yc1 };
        }),
      );
      expect(await fast.hashSumToG2(messages, hashingTag, roots(messages))).to.deep.equal(
        await reference.sumOfPoints(hashes),
      );
    });

    it("refuses no message, one twice in a row, and a point with its negation", async () => {
      const { fast } = await networkHelpers.loadFixture(deploy);
      // The sum must not start afresh after a message that vanished.
      for (const messages of [[], ["0x01", "0x01"], ["0x01", "0x01", "0x02"]]) {
        await expect(fast.hashSumToG2(messages, hashingTag, roots(messages))).to.be.revertedWithCustomError(
          fast,
          "DegenerateSum",
        );
      }
      const [a, b] = (await mapped(2)) as [G2Params, G2Params];
      await expect(fast.sumOfPoints([a, a, b])).to.be.revertedWithCustomError(fast, "DegenerateSum");
      await expect(fast.sumOfPoints([a, negated(a)])).to.be.revertedWithCustomError(fast, "DegenerateSum");
      await expect(fast.sumOfPoints([a, b, negated(b), negated(a)])).to.be.revertedWithCustomError(
        fast,
        "DegenerateSum",
      );
    });

    it("adds in any order", async () => {
      const { fast, reference } = await networkHelpers.loadFixture(deploy);
      const [a, b, c] = (await mapped(3)) as [G2Params, G2Params, G2Params];
      const sum = await reference.sumOfPoints([a, b, c]);
      for (const order of [
        [a, b, c],
        [c, b, a],
        [b, c, a],
      ])
        expect(await fast.sumOfPoints(order)).to.deep.equal(sum);
      expect(await fast.sumOfPoints([a, b, negated(a)])).to.deep.equal(await reference.sumOfPoints([b]));
    });
  });
});
