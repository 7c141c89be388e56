import { expect } from "chai";
import { network } from "hardhat";
import { signPermit } from "../../helpers/permit.ts";
import { deploySystem, nodeParams, REQUIREMENT } from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import { testNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

const node = testNode(100);

describe("ServiceNodeRewards", () => {
  /** alice has tokens but has approved nothing. */
  async function unapproved() {
    const system = await deploySystem(connection, { seeds: 12 });
    await system.token.connect(system.alice).approve(system.rewards, 0n);
    const deadline = BigInt(await networkHelpers.time.latest()) + 3600n;
    const signature = await signPermit(
      system.token,
      system.alice,
      system.rewards.target as string,
      REQUIREMENT,
      deadline,
    );
    return { ...system, permit: { deadline, v: signature.v, r: signature.r, s: signature.s } };
  }

  type Permit = Awaited<ReturnType<typeof unapproved>>["permit"];

  function register({ rewards, alice, network: net }: System, permit: Permit) {
    const proof = net.proofOfPossession(node, alice.address);
    return rewards.connect(alice).addBLSPublicKeyWithPermit(node.blsPubkey, proof, nodeParams(node), [], permit);
  }

  describe("addBLSPublicKeyWithPermit", () => {
    it("registers without an approval before", async () => {
      const system = await networkHelpers.loadFixture(unapproved);
      const { rewards, token, alice, permit } = system;

      const registration = register(system, permit);

      await expect(registration).to.changeTokenBalances(ethers, token, [alice, rewards], [-REQUIREMENT, REQUIREMENT]);
      expect((await rewards.serviceNodes(13)).operator).to.equal(alice.address);
      expect(await token.allowance(alice, rewards)).to.equal(0n);
    });

    it("is not hindered by somebody who uses the permit first", async () => {
      const system = await networkHelpers.loadFixture(unapproved);
      const { rewards, token, alice, stranger, permit } = system;
      const { deadline, v, r, s } = permit;
      await token.connect(stranger).permit(alice.address, rewards.target, REQUIREMENT, deadline, v, r, s);

      await register(system, permit);

      expect(await rewards.totalNodes()).to.equal(13n);
    });

    it("fails for want of allowance with a permit that does not hold", async () => {
      const system = await networkHelpers.loadFixture(unapproved);
      const { rewards, token, permit } = system;

      await expect(register(system, { ...permit, deadline: permit.deadline + 1n }))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(rewards.target, 0n, REQUIREMENT);
    });

    it("keeps the rules of a registration", async () => {
      const system = await networkHelpers.loadFixture(unapproved);
      const { rewards, alice, bob, network: net, permit } = system;
      const wrongProof = net.proofOfPossession(node, bob.address);

      await expect(
        rewards.connect(alice).addBLSPublicKeyWithPermit(node.blsPubkey, wrongProof, nodeParams(node), [], permit),
      )
        .to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession")
        .withArgs();
      await rewards.pause();
      await expect(register(system, permit)).to.be.revertedWithCustomError(rewards, "EnforcedPause").withArgs();
    });
  });
});
