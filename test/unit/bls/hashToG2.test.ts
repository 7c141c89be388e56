import { expect } from "chai";
import fc from "fast-check";
import { hashToG2, hashToG2WithAttempts, isInSubgroup, signatureToHex, sumHashes } from "../../../src/bls/index.ts";
import { aggregateSignatures } from "../../../src/bls/index.ts";
import { expectBlsError, message, tags } from "./support.ts";

describe("bls: hashToG2", function () {
  this.timeout(60_000);

  it("gives points of G2, the same for the same message, another for another tag", function () {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const point = hashToG2(bytes, tags.hashToG2);
        expect(isInSubgroup(point)).to.equal(true);
        expect(point.equals(hashToG2(Uint8Array.from(bytes), tags.hashToG2))).to.equal(true);
        expect(point.equals(hashToG2(bytes, tags.reward))).to.equal(false);
      }),
      { numRuns: 15 },
    );
  });

  it("leaves the message as it was", function () {
    const bytes = message("untouched");
    hashToG2(bytes, tags.hashToG2);
    expect(bytes).to.deep.equal(message("untouched"));
  });

  it("counts attempts from 1, about half of the messages needing one", function () {
    const attempts = Array.from(
      { length: 60 },
      (_, i) => hashToG2WithAttempts(message(`try ${i}`), tags.hashToG2).attempts,
    );
    expect(Math.min(...attempts)).to.equal(1);
    expect(Math.max(...attempts)).to.be.within(3, 15);
    expect(attempts.filter((n) => n === 1).length).to.be.within(15, 45);
  });

  it("refuses a dst of any length but 32", function () {
    expectBlsError(() => hashToG2(message(""), new Uint8Array(31)), "length");
    expectBlsError(() => hashToG2(message(""), new Uint8Array(33)), "length");
  });

  it("sumHashes is the sum of the hashes, in any order", function () {
    const messages = ["a", "b", "c", "d"].map(message);
    const expected = aggregateSignatures(messages.map((m) => hashToG2(m, tags.hashToG2)));
    expect(signatureToHex(sumHashes(messages, tags.hashToG2))).to.equal(signatureToHex(expected));
    expect(sumHashes(messages.toReversed(), tags.hashToG2).equals(expected)).to.equal(true);
    expect(sumHashes(messages.slice(0, 1), tags.hashToG2).equals(hashToG2(message("a"), tags.hashToG2))).to.equal(true);
  });

  it("sumHashes refuses an empty list", function () {
    expectBlsError(() => sumHashes([], tags.hashToG2), "empty");
  });
});
