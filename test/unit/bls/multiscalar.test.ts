import { expect } from "chai";
import fc from "fast-check";
import { G1, G2 } from "../../../src/bls/curve.ts";
import { multiplyEach, multiScalar, placeWeightedTree, sumTree } from "../../../src/bls/multiscalar.ts";
import { addKeys, addSignatures, fromAffineG1, fromAffineG2, toAffineG1, toAffineG2 } from "../../../src/bls/points.ts";

/** Multiples 0 to 31 of the generator of G2, 0 being infinity. */
const multiples = [G2.ZERO];
for (let k = 1; k < 32; k++) multiples.push(multiples[k - 1]!.add(G2.BASE));
const affine = toAffineG2(multiples);
const times = (k: bigint) => G2.BASE.multiplyUnsafe(k);
const littleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => 256n * sum + BigInt(byte), 0n);

const places = fc.array(fc.integer({ min: 0, max: 31 }), { minLength: 1, maxLength: 21 });

describe("bls: multiscalar", function () {
  this.timeout(60_000);

  it("every node of the tree is the sum of its points", function () {
    fc.assert(
      fc.property(places, (list) => {
        const tree = sumTree(
          addSignatures,
          list.map((k) => affine[k]),
        );
        const weighted = placeWeightedTree(addSignatures, tree);
        const spread = placeWeightedTree(addSignatures, tree, 3);
        expect(tree.at(-1)!.length).to.equal(1);
        tree.forEach((nodes, level) =>
          nodes.forEach((node, i) => {
            const members = list.slice(i * 2 ** level, (i + 1) * 2 ** level);
            const sum = members.reduce((a, k) => a + k, 0);
            const placed = members.reduce((a, k, place) => a + k * place, 0);
            expect(fromAffineG2(node).equals(times(BigInt(sum)))).to.equal(true);
            expect(fromAffineG2(weighted[level]![i]).equals(times(BigInt(placed)))).to.equal(true);
            // Three bits a level: the binary digits of the place, read to base 8.
            const octal = members.reduce((a, k, place) => a + k * parseInt(place.toString(2), 8), 0);
            expect(fromAffineG2(spread[level]![i]).equals(times(BigInt(octal)))).to.equal(true);
          }),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("multiScalar and multiplyEach multiply", function () {
    const terms = fc.array(fc.tuple(fc.integer({ min: 0, max: 31 }), fc.uint8Array({ minLength: 3, maxLength: 3 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(terms, (list) => {
        const points = list.map(([k]) => affine[k]);
        const scalars = list.map(([, scalar]) => scalar);
        const products = list.map(([k, scalar]) => BigInt(k) * littleEndian(scalar));
        const sum = fromAffineG2(multiScalar(addSignatures, points, scalars));
        expect(sum.equals(times(products.reduce((a, b) => a + b, 0n)))).to.equal(true);
        multiplyEach(addSignatures, points, scalars).forEach((point, i) =>
          expect(fromAffineG2(point).equals(times(products[i]!))).to.equal(true),
        );
      }),
      { numRuns: 10 },
    );
  });

  it("multiScalar works in G1, on weights of 8 bytes", function () {
    const points = toAffineG1([1n, 5n, 9n].map((k) => G1.BASE.multiply(k)));
    const weights = [1, 2, 3].map((seed) => Uint8Array.from({ length: 8 }, (_, i) => (seed * 97 + i * 61) % 256));
    const [a, b, c] = weights.map(littleEndian);
    const expected = G1.BASE.multiply(a! + 5n * b! + 9n * c!);
    expect(fromAffineG1(multiScalar(addKeys, points, weights)).equals(expected)).to.equal(true);
  });
});
