import { expect } from "chai";
import fc from "fast-check";
import * as bls from "../../../src/bls/index.ts";
import { G1, G2 } from "../../../src/bls/curve.ts";
import { mapToTwist } from "../../../src/bls/hashToG2.ts";
import { message, secretKey, signers, tags } from "./support.ts";

const dst = tags.hashToG2;
const { hash, list } = signers(7, "verify");
const [first, second] = [list[0]!, list[1]!];

describe("bls: verify", function () {
  this.timeout(60_000);

  it("accepts its own signature and nothing else", function () {
    const text = message("verify");
    expect(bls.verify(first.publicKey, text, first.signature, dst)).to.equal(true);
    expect(bls.verify(second.publicKey, text, first.signature, dst)).to.equal(false);
    expect(bls.verify(first.publicKey, message("Verify"), first.signature, dst)).to.equal(false);
    expect(bls.verify(first.publicKey, text, first.signature.negate(), dst)).to.equal(false);
    expect(bls.verify(first.publicKey, text, first.signature.double(), dst)).to.equal(false);
    expect(bls.verify(first.publicKey, text, first.signature, tags.exit)).to.equal(false);
  });

  it("refuses infinity on either side, though its pairings cancel", function () {
    expect(bls.verifyHash(G1.ZERO, hash, G2.ZERO)).to.equal(false);
    expect(bls.verifyHash(G1.ZERO, hash, first.signature)).to.equal(false);
    expect(bls.verifyHash(first.publicKey, hash, G2.ZERO)).to.equal(false);
    expect(bls.verifyHash(first.publicKey, G2.ZERO, G2.ZERO)).to.equal(false);
  });

  it("refuses a signature with a part outside the subgroup", function () {
    const torsion = mapToTwist(message("torsion"), dst).point;
    const strayed = first.signature.add(torsion).subtract(bls.hashToG2(message("other"), dst));
    expect(bls.verifyHash(first.publicKey, hash, strayed)).to.equal(false);
  });

  it("accepts a point in any projective form", function () {
    const key = first.publicKey.double().add(first.publicKey.negate());
    const signature = first.signature.double().add(first.signature.negate());
    expect(bls.verifyHash(key, hash, signature)).to.equal(true);
  });

  it("is linear: the sum verifies under the sum of the keys, whoever is left out", function () {
    fc.assert(
      fc.property(fc.subarray(list, { minLength: 1 }), fc.subarray(list), (signed, others) => {
        const key = bls.aggregatePublicKeys(signed.map((s) => s.publicKey));
        const sum = bls.aggregateSignatures(signed.map((s) => s.signature));
        expect(bls.verifyHash(key, hash, sum)).to.equal(true);

        const otherKey = bls.aggregatePublicKeys(others.map((s) => s.publicKey));
        expect(bls.verifyHash(otherKey, hash, sum)).to.equal(otherKey.equals(key));
      }),
      { numRuns: 6 },
    );
  });

  it("subtracting the non-signers is leaving them out", function () {
    fc.assert(
      fc.property(fc.subarray(list), (absent) => {
        const all = bls.aggregatePublicKeys(list.map((s) => s.publicKey));
        const left = bls.aggregatePublicKeys(list.filter((s) => !absent.includes(s)).map((s) => s.publicKey));
        const difference = bls.subtractPublicKeys(
          all,
          absent.map((s) => s.publicKey),
        );
        expect(difference.equals(left)).to.equal(true);
      }),
      { numRuns: 20 },
    );
  });

  it("adds up the same in any order, with doubles and cancelling points", function () {
    const { signature, publicKey } = first;
    const points = [signature, signature, signature.negate(), second.signature];
    const expected = bls.signatureToHex(signature.add(second.signature));
    expect(bls.signatureToHex(bls.aggregateSignatures(points))).to.equal(expected);
    expect(bls.signatureToHex(bls.aggregateSignatures(points.toReversed()))).to.equal(expected);
    expect(bls.aggregateSignatures([signature, signature.negate()]).is0()).to.equal(true);
    expect(bls.aggregatePublicKeys([publicKey, publicKey.negate()]).is0()).to.equal(true);
    expect(bls.aggregatePublicKeys([publicKey, publicKey]).equals(publicKey.double())).to.equal(true);
    expect(bls.aggregateSignatures([]).is0()).to.equal(true);
    expect(bls.aggregatePublicKeys([]).is0()).to.equal(true);
  });

  it("a proof of possession is bound to operator and Ed25519 key", function () {
    const operator = "0x1111111111111111111111111111111111111111";
    const proof = bls.proveProofOfPossession(tags, secretKey(0), operator, 5n);
    const check = (other: string, ed25519PublicKey: bigint) =>
      bls.verify(
        first.publicKey,
        bls.proofOfPossessionMessage(tags, { publicKey: first.publicKey, operator: other, ed25519PublicKey }),
        proof,
        dst,
      );
    expect(check(operator, 5n)).to.equal(true);
    expect(check(operator, 6n)).to.equal(false);
    expect(check("0x1111111111111111111111111111111111111112", 5n)).to.equal(false);
  });

  describe("verifyBatch", function () {
    const messages = ["one", "two", "three"].map(message);
    const everything = (signed: Uint8Array[]) =>
      bls.aggregateSignatures(signed.flatMap((m) => list.map((s) => bls.sign(m, s.secretKey, dst))));
    const key = bls.aggregatePublicKeys(list.map((s) => s.publicKey));

    it("accepts one signature of one signer set over many messages", function () {
      const signature = everything(messages);
      expect(bls.verifyBatch(key, messages, signature, dst)).to.equal(true);
      expect(bls.verifyBatch(key, messages.toReversed(), signature, dst)).to.equal(true);
    });

    it("refuses a message more, less, or another", function () {
      const signature = everything(messages);
      expect(bls.verifyBatch(key, messages.slice(1), signature, dst)).to.equal(false);
      expect(bls.verifyBatch(key, [...messages, message("four")], signature, dst)).to.equal(false);
      expect(bls.verifyBatch(key, [messages[0]!, messages[0]!, messages[2]!], signature, dst)).to.equal(false);
      expect(bls.verifyBatch(first.publicKey, messages, signature, dst)).to.equal(false);
    });

    it("refuses an empty list", function () {
      expect(bls.verifyBatch(key, [], everything(messages), dst)).to.equal(false);
      expect(bls.verifyBatch(key, [], G2.ZERO, dst)).to.equal(false);
    });
  });
});
