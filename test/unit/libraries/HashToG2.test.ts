import { expect } from "chai";
import { network } from "hardhat";
import { hashPoint, hashingTag, signaturePoint, vectors } from "../../helpers/vectors.ts";

const { ethers, networkHelpers } = await network.create();

describe("HashToG2", () => {
  async function deploy() {
    return {
      hasher: await ethers.deployContract("HashToG2Harness"),
      curve: await ethers.deployContract("BN254Harness"),
    };
  }

  describe("hashToG2", () => {
    for (const [index, { message, attempts, point }] of vectors.hashToG2.entries()) {
      it(`vector ${index}: ${message.length / 2 - 1} bytes, ${attempts} attempts`, async () => {
        const { hasher } = await networkHelpers.loadFixture(deploy);

        const hash = await hasher.hashToG2(message, hashingTag);

        const expected = hashPoint(point);
        expect([hash.xc0, hash.xc1, hash.yc0, hash.yc1]).to.deep.equal(Object.values(expected));
      });
    }
  });

  describe("with the signature equation", () => {
    for (const [index, { message, aggregatePublicKeySigners, signature }] of vectors.aggregate.entries()) {
      it(`accepts aggregate ${index}, and not for another message`, async () => {
        const { hasher, curve } = await networkHelpers.loadFixture(deploy);
        const hash = asPoint(await hasher.hashToG2(message, hashingTag));
        const other = asPoint(await hasher.hashToG2(`${message}00`, hashingTag));

        expect(await curve.verify(aggregatePublicKeySigners, signaturePoint(signature), hash)).to.equal(true);
        expect(await curve.verify(aggregatePublicKeySigners, signaturePoint(signature), other)).to.equal(false);
      });
    }
  });
});

/** The named fields alone: what the next call takes. */
function asPoint({ xc0, xc1, yc0, yc1 }: Record<"xc0" | "xc1" | "yc0" | "yc1", bigint>) {
  return { xc0, xc1, yc0, yc1 };
}
