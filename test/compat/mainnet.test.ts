import { expect } from "chai";
import { network } from "hardhat";
import { placeState } from "../../checks/compat/placeState.ts";
import vector from "../fixtures/mainnet-vector.json" with { type: "json" };

const connection = await network.create({ network: "hardhat", override: { chainId: Number(vector.chainId) } });
const { ethers, networkHelpers } = connection;

describe("a signature of the live network", () => {
  /**
   * The live proxy as far as a reward update reads it: started, 1500 nodes, threshold 500, and the aggregate key. That key
   * has the non-signers subtracted already, so their nodes are left out: their ids subtract nothing then.
   */
  async function liveProxy() {
    const word = (value: bigint | string) => ethers.toBeHex(value, 32);
    const { rewards } = await placeState(connection, {
      proxy: vector.contract,
      token: "0x10Ea9E5303670331Bdddfa66A4cEA47dae4fcF3b",
      storage: {
        [word(0n)]: word(1n),
        [word(2n)]: word(1500n),
        [word(3n)]: word(500n),
        [word(19n)]: word(vector.aggregatePubkey.X),
        [word(20n)]: word(vector.aggregatePubkey.Y),
      },
    });
    return rewards;
  }

  const { recipient, amount, signature, nonSigners } = vector;

  it("is accepted with its very bytes", async () => {
    const rewards = await networkHelpers.loadFixture(liveProxy);

    await expect(rewards.updateRewardsBalance(recipient, amount, signature, nonSigners))
      .to.emit(rewards, "RewardsBalanceUpdated")
      .withArgs(ethers.getAddress(recipient), BigInt(amount), 0n);
    expect((await rewards.recipients(recipient)).rewards).to.equal(BigInt(amount));
  });

  it("is refused for another amount, recipient, or with one signer less", async () => {
    const rewards = await networkHelpers.loadFixture(liveProxy);
    const signers = [BigInt(vector.aggregatePubkey.X), BigInt(vector.aggregatePubkey.Y)];

    for (const [who, howMuch] of [
      [recipient, BigInt(amount) + 1n],
      [vector.contract, BigInt(amount)],
    ] as const) {
      await expect(rewards.updateRewardsBalance(who, howMuch, signature, nonSigners))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
        .withArgs(signers);
    }
    // a node with the key (1, 2) under an id that is listed
    const slot = ethers.solidityPackedKeccak256(["uint256", "uint256"], [44n, 16n]);
    await networkHelpers.setStorageAt(vector.contract, BigInt(slot) + 2n, 1n);
    await networkHelpers.setStorageAt(vector.contract, BigInt(slot) + 3n, 2n);
    await expect(rewards.updateRewardsBalance(recipient, amount, signature, nonSigners)).to.be.revertedWithCustomError(
      rewards,
      "InvalidBLSSignature",
    );
  });
});
