import { expect } from "chai";
import vectors from "../../fixtures/bls-vectors.json" with { type: "json" };
import mainnet from "../../fixtures/mainnet-vector.json" with { type: "json" };
import * as bls from "../../../src/bls/index.ts";

interface KeyVector {
  X: string;
  Y: string;
}
interface SignatureVector {
  sigs0: string;
  sigs1: string;
  sigs2: string;
  sigs3: string;
}

const keyOf = ({ X, Y }: KeyVector) => bls.publicKeyFromParams({ X: BigInt(X), Y: BigInt(Y) });
const signatureOf = (s: SignatureVector) =>
  bls.signatureFromParams({
    sigs0: BigInt(s.sigs0),
    sigs1: BigInt(s.sigs1),
    sigs2: BigInt(s.sigs2),
    sigs3: BigInt(s.sigs3),
  });
const expectKey = (actual: bls.PublicKey, expected: KeyVector) =>
  expect(bls.publicKeyToHex(actual)).to.equal(bls.publicKeyToHex(keyOf(expected)));
const expectSignature = (actual: bls.Signature, expected: SignatureVector) =>
  expect(bls.signatureToHex(actual)).to.equal(bls.signatureToHex(signatureOf(expected)));
const expectMessage = (actual: Uint8Array, expected: string) => expect(bls.hexFromBytes(actual)).to.equal(expected);

describe("bls: known answers", function () {
  this.timeout(60_000);

  const tags = bls.deriveTags({ chainId: BigInt(vectors.chainId), contract: vectors.contract });

  describe("tags", function () {
    for (const [name, { base, value }] of Object.entries(vectors.tags)) {
      it(name, function () {
        expect(bls.TAG_NAMES[name as keyof bls.Tags]).to.equal(base);
        expect(bls.hexFromBytes(tags[name as keyof bls.Tags])).to.equal(value);
      });
    }
  });

  describe("hashToG2", function () {
    for (const { message, attempts, point } of vectors.hashToG2) {
      it(`${(message.length - 2) / 2} bytes, ${attempts} attempts`, function () {
        const actual = bls.hashToG2WithAttempts(bls.bytesFromHex(message), tags.hashToG2);
        expect(actual.attempts).to.equal(attempts);
        expect(bls.signatureToParams(actual.point)).to.deep.equal({
          sigs0: BigInt(point.x_c0),
          sigs1: BigInt(point.x_c1),
          sigs2: BigInt(point.y_c0),
          sigs3: BigInt(point.y_c1),
        });
        expect(bls.isInSubgroup(actual.point)).to.equal(true);
      });
    }
  });

  vectors.proofOfPossession.forEach((v, i) =>
    it(`proof of possession ${i}`, function () {
      const secretKey = bls.importSecretKey(v.secretKey);
      const publicKey = bls.publicKeyOf(secretKey);
      expectKey(publicKey, v.publicKey);
      const message = bls.proofOfPossessionMessage(tags, {
        publicKey,
        operator: v.operator,
        ed25519PublicKey: BigInt(v.ed25519Pubkey),
      });
      expectMessage(message, v.message);
      const signature = bls.proveProofOfPossession(tags, secretKey, v.operator, v.ed25519Pubkey);
      expectSignature(signature, v.signature);
      expect(bls.verify(publicKey, message, signature, tags.hashToG2)).to.equal(true);
    }),
  );

  vectors.reward.forEach((v, i) =>
    it(`reward ${i}`, function () {
      const secretKey = bls.importSecretKey(v.secretKey);
      const message = bls.rewardMessage(tags, { recipient: v.recipient, amount: BigInt(v.amount) });
      expectMessage(message, v.message);
      expectSignature(bls.sign(message, secretKey, tags.hashToG2), v.signature);
    }),
  );

  for (const kind of ["exit", "liquidate"] as const) {
    vectors[kind].forEach((v, i) =>
      it(`${kind} ${i}`, function () {
        const encode = kind === "exit" ? bls.exitMessage : bls.liquidateMessage;
        const message = encode(tags, { publicKey: keyOf(v.nodePublicKey), timestamp: BigInt(v.timestamp) });
        expectMessage(message, v.message);
        expectSignature(bls.sign(message, bls.importSecretKey(v.secretKey), tags.hashToG2), v.signature);
      }),
    );
  }

  vectors.aggregate.forEach((v, i) =>
    it(`aggregate ${i}: ${v.nonSignerIndexes.length} of ${v.secretKeys.length} did not sign`, function () {
      const secretKeys = v.secretKeys.map((key) => bls.importSecretKey(key));
      const publicKeys = secretKeys.map((key) => bls.publicKeyOf(key));
      publicKeys.forEach((key, k) => expectKey(key, v.publicKeys[k]!));

      const absent = new Set<number>(v.nonSignerIndexes);
      const message = bls.rewardMessage(tags, { recipient: v.recipient, amount: BigInt(v.amount) });
      expectMessage(message, v.message);

      const all = bls.aggregatePublicKeys(publicKeys);
      expectKey(all, v.aggregatePublicKeyAll);
      const signers = bls.subtractPublicKeys(
        all,
        publicKeys.filter((_, k) => absent.has(k)),
      );
      expectKey(signers, v.aggregatePublicKeySigners);

      const hash = bls.hashToG2(message, tags.hashToG2);
      const signature = bls.aggregateSignatures(
        secretKeys.filter((_, k) => !absent.has(k)).map((key) => bls.signHash(hash, key)),
      );
      expectSignature(signature, v.signature);
      expect(bls.verify(signers, message, signature, tags.hashToG2)).to.equal(true);
      if (absent.size > 0) expect(bls.verify(all, message, signature, tags.hashToG2)).to.equal(false);
    }),
  );

  it("accepts the published signature of the live network", function () {
    const live = bls.deriveTags({ chainId: BigInt(mainnet.chainId), contract: mainnet.contract });
    const message = bls.rewardMessage(live, { recipient: mainnet.recipient, amount: BigInt(mainnet.amount) });
    expectMessage(message, mainnet.message);
    expect(bls.verify(keyOf(mainnet.aggregatePubkey), message, signatureOf(mainnet.signature), live.hashToG2)).to.equal(
      true,
    );
    const more = bls.rewardMessage(live, { recipient: mainnet.recipient, amount: BigInt(mainnet.amount) + 1n });
    expect(bls.verify(keyOf(mainnet.aggregatePubkey), more, signatureOf(mainnet.signature), live.hashToG2)).to.equal(
      false,
    );
  });
});
