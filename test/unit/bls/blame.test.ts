import { expect } from "chai";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { aggregateValid, blame, FIELD_ORDER, GROUP_ORDER, verifyHash } from "../../../src/bls/index.ts";
import type { Signature, SignatureEntry } from "../../../src/bls/index.ts";
import { G1, G2 } from "../../../src/bls/curve.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import { searchIn } from "../../../src/bls/blame.ts";
import { encode, plainRoom, wasmRoom } from "../../../src/bls/room.ts";
import { message, signers, tags, multiply } from "./support.ts";

const N = 61;
const { hash, list } = signers(N, "blame");
const honest: SignatureEntry[] = list.map(({ publicKey, signature }) => ({ publicKey, signature }));

/** A point of G2 whose multiples are the errors. */
const D = G2.BASE;
const COFACTOR = 2n * FIELD_ORDER - GROUP_ORDER;

/** The honest entries, with errors added to the signatures of some. */
function withErrors(errors: Record<number, Signature>, entries = honest): SignatureEntry[] {
  return entries.map((entry, i) => {
    const error = errors[i];
    return error === undefined ? entry : { ...entry, signature: entry.signature.add(error) };
  });
}

/** Weights that repeat themselves. */
function deterministic(seed = ""): { randomBytes: (length: number) => Uint8Array } {
  let counter = 0;
  return { randomBytes: (length) => keccak_256(utf8ToBytes(`${seed}${counter++}`)).subarray(0, length) };
}

const offendersOf = (entries: readonly SignatureEntry[]) => blame(hash, entries, deterministic()).offenders;
const oneByOne = (entries: readonly SignatureEntry[]) =>
  entries.flatMap(({ publicKey, signature }, i) => (verifyHash(publicKey, hash, signature) ? [] : [i]));

describe("bls: blame", function () {
  this.timeout(120_000);

  it("names nobody where all is well", function () {
    const { offenders, pairings } = blame(hash, honest);
    expect(offenders).to.deep.equal([]);
    expect(pairings).to.equal(2);
    expect(offendersOf([])).to.deep.equal([]);
    expect(offendersOf(honest.slice(0, 1))).to.deep.equal([]);
  });

  it("names a single offender wherever it is, with four pairings or less", function () {
    for (const place of [0, 1, 31, 32, 59, 60]) {
      const { offenders, pairings } = blame(hash, withErrors({ [place]: D }), deterministic());
      expect(offenders).to.deep.equal([place]);
      expect(pairings).to.be.at.most(4);
    }
  });

  for (const n of [1, 2, 3, 4, 5, 17]) {
    it(`names any one of ${n}, and all of them`, function () {
      const entries = honest.slice(0, n);
      for (let place = 0; place < n; place += Math.max(1, n - 2)) {
        expect(offendersOf(withErrors({ [place]: D }, entries))).to.deep.equal([place]);
      }
      const all = Object.fromEntries(entries.map((_, i) => [i, multiply(D, BigInt(i + 1))]));
      expect(offendersOf(withErrors(all, entries))).to.deep.equal(entries.map((_, i) => i));
    });
  }

  it("finds the same in big integers and in WebAssembly, by as many pairings", function () {
    const stray = mapToTwist(message("stray"), tags.hashToG2).point;
    const cases: SignatureEntry[][] = [
      honest,
      withErrors({ 3: D, 40: D, 41: multiply(D, 5n) }),
      // errors that cancel, a signature out of the subgroup, infinity on either side
      withErrors({ 7: D, 8: multiply(D, -1n), 30: stray }),
      withErrors({ 12: D }).map((entry, i) => (i === 20 ? { ...entry, signature: G2.ZERO } : entry)),
      honest.map((entry, i) => (i === 60 ? { ...entry, publicKey: G1.ZERO } : entry)),
    ];
    for (const entries of cases) {
      const points = { publicKeys: entries.map((e) => e.publicKey), signatures: entries.map((e) => e.signature) };
      const plain = searchIn(plainRoom(hash, points), deterministic().randomBytes);
      const wasm = searchIn(wasmRoom(hash, encode(points))!, deterministic().randomBytes);
      expect(wasm).to.deep.equal(plain);
      expect(wasm.offenders).to.deep.equal(oneByOne(entries));
    }
  });

  it("agrees with one-by-one verification on many patterns", function () {
    for (let seed = 0; seed < 6; seed++) {
      const errors: Record<number, Signature> = {};
      for (let i = 0; i < N; i++) {
        const draw = keccak_256(concatBytes(utf8ToBytes("pattern"), Uint8Array.of(seed, i)));
        if (draw[0]! < 20 * (seed + 1)) errors[i] = multiply(D, BigInt(draw[1]! + 1));
      }
      expect(offendersOf(withErrors(errors))).to.deep.equal(Object.keys(errors).map(Number));
    }
  });

  it("names those who signed another message, or swapped signatures", function () {
    const other = signers(2, "another message").list;
    const entries = [...honest];
    entries[3] = { ...entries[3]!, signature: other[0]!.signature };
    entries[10] = { ...entries[10]!, signature: honest[40]!.signature };
    entries[40] = { ...entries[40]!, signature: honest[10]!.signature };
    // Swapping cancels in the sum; with a third error it is found all the same.
    expect(offendersOf(entries)).to.deep.equal([3, 10, 40]);
  });

  it("names infinity, in key or signature", function () {
    const entries = [...honest];
    entries[5] = { ...entries[5]!, signature: G2.ZERO };
    entries[6] = { publicKey: G1.ZERO, signature: G2.ZERO };
    expect(offendersOf(entries)).to.deep.equal([5, 6]);
    expect(blame(G2.ZERO, honest.slice(0, 2)).offenders).to.deep.equal([0, 1]);
  });

  describe("collusion", function () {
    it("errors that cancel beside another are named, and no honest entry", function () {
      const errors = { 2: D, 3: D.negate(), 17: multiply(D, 5n), 44: multiply(D, 7n), 45: multiply(D, -7n) };
      expect(offendersOf(withErrors(errors))).to.deep.equal([2, 3, 17, 44, 45]);
    });

    it("errors that cancel in the sum of all are named as well when asked", function () {
      expect(offendersOf(withErrors({ 8: D, 9: D.negate() }))).to.deep.equal([8, 9]);
    });

    it("errors shaped to point the exponent test at an honest entry do not", function () {
      // Places 0, 1, 2, 3 weigh 0, 1, 8, 9. Errors 8 at place 1 and -7 at place 0: weighted sum 8, sum 1, which is place 2.
      expect(offendersOf(withErrors({ 1: multiply(D, 8n), 0: multiply(D, -7n) }))).to.deep.equal([0, 1]);
      // Errors 9 at place 2 and -8 at place 3: weighted sum 0, sum 1, which is place 0.
      expect(offendersOf(withErrors({ 2: multiply(D, 9n), 3: multiply(D, -8n) }))).to.deep.equal([2, 3]);
      // At the root, 64 places: place 32 weighs 8^5. Errors 8^5 at place 1 and 1 - 8^5 at place 0 point at 32.
      const big = 8n ** 5n;
      expect(offendersOf(withErrors({ 1: multiply(D, big), 0: multiply(D, 1n - big) }))).to.deep.equal([0, 1]);
      // And beyond the list, at place 63.
      const last = 8n ** 5n + 8n ** 4n + 8n ** 3n + 64n + 8n + 1n;
      expect(offendersOf(withErrors({ 1: multiply(D, last), 0: multiply(D, 1n - last) }))).to.deep.equal([0, 1]);
    });

    it("equal errors do not mislead the search: few pairings", function () {
      for (const places of [
        [0, 2],
        [3, 5, 7],
        [10, 20, 30, 40],
        [1, 3, 5, 7, 9, 11, 13],
      ]) {
        const errors = Object.fromEntries(places.map((place) => [place, D]));
        const { offenders, pairings } = blame(hash, withErrors(errors), deterministic());
        expect(offenders).to.deep.equal(places);
        expect(pairings).to.be.at.most(3 * places.length + 8);
      }
    });

    it("errors with sum and place-weighted sum zero are named", function () {
      // Places 4 to 7 weigh 64, 65, 72, 73.
      const errors = { 4: D, 5: D.negate(), 6: D.negate(), 7: D };
      expect(offendersOf(withErrors(errors))).to.deep.equal([4, 5, 6, 7]);
    });
  });

  it("falls back to one by one where the weights of the search are no good", function () {
    const { randomBytes } = deterministic();
    const stuck = (length: number) => (length === 2 ? Uint8Array.of(1, 0) : randomBytes(length));
    const entries = withErrors({ 8: D, 9: D.negate() }, honest.slice(0, 12));
    expect(blame(hash, entries, { randomBytes: stuck }).offenders).to.deep.equal([8, 9]);
  });

  describe("points outside the subgroup", function () {
    const stray = (i: number): Signature =>
      multiply(mapToTwist(message(`stray ${i}`), tags.hashToG2).point, GROUP_ORDER);
    const tiny = multiply(stray(0), COFACTOR / 10069n);

    it("are named, with or without other errors", function () {
      expect(offendersOf(withErrors({ 7: stray(1) }))).to.deep.equal([7]);
      const errors = { 0: stray(1), 1: D, 30: stray(2), 31: stray(3).add(D), 60: tiny, 33: multiply(D, 9n) };
      expect(offendersOf(withErrors(errors))).to.deep.equal([0, 1, 30, 31, 33, 60]);
    });

    it("are named though they cancel each other", function () {
      const errors = { 12: stray(1), 13: stray(1).negate(), 40: tiny, 50: tiny.negate() };
      expect(offendersOf(withErrors(errors))).to.deep.equal([12, 13, 40, 50]);
      expect(offendersOf(withErrors({ ...errors, 20: D }))).to.deep.equal([12, 13, 20, 40, 50]);
    });

    it("and errors that cancel, both at once", function () {
      const errors = { 12: stray(1), 13: stray(1).negate(), 20: D, 21: D.negate(), 40: multiply(D, 3n) };
      expect(offendersOf(withErrors(errors))).to.deep.equal([12, 13, 20, 21, 40]);
    });
  });

  it("agrees with one-by-one verification on all of the above together", function () {
    const entries = withErrors({ 1: D, 2: D.negate(), 3: mapToTwist(message("x"), tags.hashToG2).point, 55: D });
    expect(offendersOf(entries)).to.deep.equal(oneByOne(entries));
  });

  describe("aggregateValid", function () {
    it("takes all when the sum verifies, cancelling errors included: their sum is right", function () {
      const entries = withErrors({ 8: D, 9: D.negate() });
      const result = aggregateValid(hash, entries)!;
      expect(result.signers.length).to.equal(N);
      expect(result.offenders).to.deep.equal([]);
      expect(verifyHash(result.publicKey, hash, result.signature)).to.equal(true);
    });

    it("leaves out the bad ones and gives what the contract accepts", function () {
      const result = aggregateValid(hash, withErrors({ 0: D, 9: D, 60: D }))!;
      expect(result.offenders).to.deep.equal([0, 9, 60]);
      expect(result.signers.length).to.equal(N - 3);
      expect(verifyHash(result.publicKey, hash, result.signature)).to.equal(true);
    });

    it("gives nothing without a valid entry", function () {
      expect(aggregateValid(hash, [])).to.equal(undefined);
      expect(aggregateValid(hash, withErrors({ 0: D, 1: D }, honest.slice(0, 2)))).to.equal(undefined);
      const opposite = [
        honest[0]!,
        { publicKey: honest[0]!.publicKey.negate(), signature: honest[0]!.signature.negate() },
      ];
      expect(aggregateValid(hash, opposite)).to.equal(undefined);
    });
  });
});
