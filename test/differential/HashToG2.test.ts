import { expect } from "chai";
import { network } from "hardhat";
import { hashingTag, vectors } from "../helpers/vectors.ts";

const { ethers, networkHelpers } = await network.create();

describe("HashToG2 against ReferenceHashToG2", () => {
  async function deploy() {
    return {
      fast: await ethers.deployContract("HashToG2Harness"),
      reference: await ethers.deployContract("ReferenceHashToG2Harness"),
    };
  }

  it("sums the hashes of several messages", async () => {
    const { fast, reference } = await networkHelpers.loadFixture(deploy);
    const messages = vectors.hashToG2.map(({ message }) => message);

    for (const count of [1, 2, 3, 12]) {
      const some = messages.slice(0, count);
      expect(await fast.hashSumToG2(some, hashingTag)).to.deep.equal(await reference.hashSumToG2(some, hashingTag));
    }
  });
});
