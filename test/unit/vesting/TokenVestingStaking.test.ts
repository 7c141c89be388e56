import { expect } from "chai";
import { network } from "hardhat";
import * as bls from "../../../src/bls/index.ts";
import { eventsOf } from "../../helpers/events.ts";
import { deployFamily, REQUIREMENT } from "../../helpers/family.ts";
import { networkSignature, registration, testNode } from "../../helpers/testNode.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture, time } = networkHelpers;

const ZERO = ethers.ZeroAddress;
const QUARTER = REQUIREMENT / 4n;
const DAY = 86_400n;
const PAY = "contributeFunds(address,uint256,address)";
const PAY_PINNED = "contributeFunds(address,uint256,address,bytes32)";
const CLAIM_ALL = "claimRewards()";
const CLAIM = "claimRewards(uint256)";

/** Carol's tokens, two nodes' worth, locked from tomorrow for 400 days; dave may revoke; rewards go to bob. */
async function deployVesting() {
  const all = await deployFamily(ethers);
  const { carol: beneficiary, dave: revoker, rewards, factory, sesh } = all;
  const start = BigInt(await time.latest()) + DAY;
  const end = start + 400n * DAY;
  const args = { beneficiary: beneficiary.address, revoker: revoker.address, start, end, transferable: true };
  const deploy = async (changes: Partial<typeof args & { rewards: string; factory: string; sesh: string }> = {}) => {
    const full = {
      ...args,
      rewards: await rewards.getAddress(),
      factory: await factory.getAddress(),
      sesh: await sesh.getAddress(),
      ...changes,
    };
    return ethers.deployContract("TokenVestingStaking", [
      full.beneficiary,
      full.revoker,
      full.start,
      full.end,
      full.transferable,
      full.rewards,
      full.factory,
      full.sesh,
    ]);
  };
  const vesting = await deploy();
  await sesh.transfer(vesting, 2n * REQUIREMENT);
  const { operator, alice } = all;
  const contribution = await all.deployContribution({ node: 9 });
  await contribution.connect(operator)["contributeFunds(uint256,address)"](QUARTER, ZERO);
  const node = registration(all.tags, testNode(1), await vesting.getAddress());
  return {
    ...all,
    vesting,
    deploy,
    start,
    end,
    beneficiary,
    revoker,
    stranger: alice,
    contribution,
    node,
    byBeneficiary: vesting.connect(beneficiary),
    byRevoker: vesting.connect(revoker),
  };
}

async function started() {
  const all = await deployVesting();
  await time.increaseTo(all.start);
  return all;
}

/** Node 1 registered from the locked tokens. */
async function staked() {
  const all = await started();
  const { byBeneficiary, node, bob } = all;
  await byBeneficiary.addBLSPublicKey(node.key, node.proof, node.params, bob);
  return all;
}

type All = Awaited<ReturnType<typeof deployVesting>>;

/** Every right of the holder, as calls by `by`. */
function rights({ vesting, node, contribution, bob, sesh }: All, by: All["alice"]): (() => Promise<unknown>)[] {
  const caller = vesting.connect(by);
  return [
    () => caller.addBLSPublicKey(node.key, node.proof, node.params, bob),
    () => caller[PAY](contribution, QUARTER, bob),
    () => caller[PAY_PINNED](contribution, QUARTER, bob, ethers.ZeroHash),
    () => caller.withdrawContribution(contribution),
    () => caller.updateBeneficiary(contribution, bob),
    () => caller.initiateExitBLSPublicKey(1n),
    () => caller[CLAIM_ALL](),
    () => caller[CLAIM](1n),
    () => caller.release(sesh),
  ];
}

describe("TokenVestingStaking", () => {
  describe("constructor", () => {
    it("keeps its arguments", async () => {
      const { vesting, start, end, beneficiary, revoker, rewards, factory, sesh } = await loadFixture(deployVesting);
      expect(await vesting.beneficiary()).to.equal(beneficiary);
      expect(await vesting.revoker()).to.equal(revoker);
      expect(await vesting.start()).to.equal(start);
      expect(await vesting.end()).to.equal(end);
      expect(await vesting.transferableBeneficiary()).to.equal(true);
      expect(await vesting.revoked()).to.equal(false);
      expect(await vesting.rewardsContract()).to.equal(rewards);
      expect(await vesting.snContribFactory()).to.equal(factory);
      expect(await vesting.SESH()).to.equal(sesh);
    });

    it("H17: refuses a zero factory, and the other zeros", async () => {
      const { vesting, deploy } = await loadFixture(deployVesting);
      for (const zero of ["factory", "beneficiary", "rewards", "sesh"])
        await expect(deploy({ [zero]: ZERO })).to.be.revertedWithCustomError(vesting, "ZeroAddress");
    });

    it("B22: refuses a start in the past; now is not", async () => {
      const { vesting, deploy, start, end } = await loadFixture(deployVesting);
      await time.setNextBlockTimestamp(start + 1n);
      await expect(deploy({ start })).to.be.revertedWithCustomError(vesting, "InvalidSchedule").withArgs(start, end);
      await time.setNextBlockTimestamp(start + 2n);
      await deploy({ start: start + 2n });
    });

    it("refuses a start after the end and an end now", async () => {
      const { vesting, deploy, start, end } = await loadFixture(deployVesting);
      await expect(deploy({ start: end + 1n }))
        .to.be.revertedWithCustomError(vesting, "InvalidSchedule")
        .withArgs(end + 1n, end);
      await time.setNextBlockTimestamp(start);
      await expect(deploy({ start, end: start }))
        .to.be.revertedWithCustomError(vesting, "InvalidSchedule")
        .withArgs(start, start);
    });
  });

  describe("the holder's rights", () => {
    it("are nobody else's, the revoker's neither", async () => {
      const all = await loadFixture(started);
      for (const account of [all.stranger, all.revoker])
        for (const call of rights(all, account))
          await expect(call())
            .to.be.revertedWithCustomError(all.vesting, "OnlyHolder")
            .withArgs(account, all.beneficiary);
    });

    it("begin with the start", async () => {
      const all = await loadFixture(deployVesting);
      for (const call of rights(all, all.beneficiary)) {
        await time.setNextBlockTimestamp(all.start - 1n);
        await expect(call())
          .to.be.revertedWithCustomError(all.vesting, "VestingNotStarted")
          .withArgs(all.start, all.start - 1n);
      }
    });

    it("go to the revoker with a revocation", async () => {
      const all = await loadFixture(started);
      await expect(all.byRevoker.revoke(all.sesh)).to.emit(all.vesting, "TokenVestingRevoked").withArgs(all.sesh);
      expect(await all.vesting.revoked()).to.equal(true);
      for (const call of rights(all, all.beneficiary))
        await expect(call())
          .to.be.revertedWithCustomError(all.vesting, "OnlyHolder")
          .withArgs(all.beneficiary, all.revoker);
      const { node, bob, rewards } = all;
      await all.byRevoker.addBLSPublicKey(node.key, node.proof, node.params, bob);
      expect((await rewards.serviceNodes(1)).operator).to.equal(all.vesting);
    });
  });

  describe("addBLSPublicKey", () => {
    it("stakes the locked tokens; the stake is the contract's, the rewards are those of who is named", async () => {
      const { vesting, byBeneficiary, rewards, sesh, node, bob } = await loadFixture(started);
      const call = byBeneficiary.addBLSPublicKey(node.key, node.proof, node.params, bob);
      await expect(call).to.changeTokenBalances(ethers, sesh, [vesting, rewards], [-REQUIREMENT, REQUIREMENT]);
      const { operator, contributors } = await rewards.serviceNodes(1);
      expect(operator).to.equal(vesting);
      const address = await vesting.getAddress();
      expect(contributors).to.deep.equal([[[address, bob.address], REQUIREMENT]]);
      expect(await sesh.allowance(vesting, rewards)).to.equal(0n);
    });

    it("wants the rewards to go to somebody", async () => {
      const { vesting, byBeneficiary, node } = await loadFixture(started);
      await expect(
        byBeneficiary.addBLSPublicKey(node.key, node.proof, node.params, ZERO),
      ).to.be.revertedWithCustomError(vesting, "ZeroAddress");
    });

    it("B17: works after the end too", async () => {
      const { byBeneficiary, rewards, node, bob, end } = await loadFixture(started);
      await time.increaseTo(end);
      await byBeneficiary.addBLSPublicKey(node.key, node.proof, node.params, bob);
      expect(await rewards.totalNodes()).to.equal(1n);
    });
  });

  describe("contributions", () => {
    it("pay locked tokens into what the factory made", async () => {
      const { vesting, byBeneficiary, contribution, sesh, bob } = await loadFixture(started);
      const call = byBeneficiary[PAY](contribution, QUARTER, bob);
      await expect(call).to.changeTokenBalances(ethers, sesh, [vesting, contribution], [-QUARTER, QUARTER]);
      await expect(call).to.emit(contribution, "NewContribution").withArgs(vesting, bob, QUARTER);
      expect(await sesh.allowance(vesting, contribution)).to.equal(0n);
    });

    it("pay nothing to anything else", async () => {
      const { vesting, byBeneficiary, factory, bob } = await loadFixture(started);
      const forged = await factory.contributionImplementation();
      for (const call of [
        () => byBeneficiary[PAY](forged, QUARTER, bob),
        () => byBeneficiary[PAY_PINNED](forged, QUARTER, bob, ethers.ZeroHash),
        () => byBeneficiary.withdrawContribution(forged),
        () => byBeneficiary.updateBeneficiary(forged, bob),
      ])
        await expect(call()).to.be.revertedWithCustomError(vesting, "UnknownContribution").withArgs(forged);
    });

    it("want the rewards to go to somebody", async () => {
      const { vesting, byBeneficiary, contribution } = await loadFixture(started);
      for (const call of [
        () => byBeneficiary[PAY](contribution, QUARTER, ZERO),
        () => byBeneficiary[PAY_PINNED](contribution, QUARTER, ZERO, ethers.ZeroHash),
        () => byBeneficiary.updateBeneficiary(contribution, ZERO),
      ])
        await expect(call()).to.be.revertedWithCustomError(vesting, "ZeroAddress");
    });

    it("B17: work after the end too", async () => {
      const { vesting, byBeneficiary, contribution, bob, end } = await loadFixture(started);
      await time.increaseTo(end);
      await byBeneficiary[PAY](contribution, QUARTER, bob);
      await byBeneficiary[PAY_PINNED](contribution, 5n, bob, await contribution.paramsHash());
      expect(await contribution.contributions(vesting)).to.equal(QUARTER + 5n);
    });

    it("H11: can be pinned to keys, fee and reservations", async () => {
      const { byBeneficiary, contribution, sesh, bob } = await loadFixture(started);
      const seen = await contribution.paramsHash();
      await expect(byBeneficiary[PAY_PINNED](contribution, QUARTER, bob, ethers.ZeroHash))
        .to.be.revertedWithCustomError(contribution, "ParamsChanged")
        .withArgs(ethers.ZeroHash, seen);
      await expect(byBeneficiary[PAY_PINNED](contribution, QUARTER, bob, seen)).to.changeTokenBalance(
        ethers,
        sesh,
        contribution,
        QUARTER,
      );
    });

    it("change the beneficiary and come back, also after the end", async () => {
      const { vesting, byBeneficiary, contribution, sesh, bob, stranger, end } = await loadFixture(started);
      await byBeneficiary[PAY](contribution, QUARTER, bob);
      await time.increaseTo(end);
      await expect(byBeneficiary.updateBeneficiary(contribution, stranger))
        .to.emit(contribution, "UpdateStakerBeneficiary")
        .withArgs(vesting, stranger);
      await expect(byBeneficiary.withdrawContribution(contribution)).to.changeTokenBalances(
        ethers,
        sesh,
        [vesting, contribution],
        [QUARTER, -QUARTER],
      );
    });
  });

  describe("the way back", () => {
    it("exit, claim and release give everything to the beneficiary, and nothing before the end", async () => {
      const all = await loadFixture(staked);
      const { vesting, byBeneficiary, rewards, sesh, tags, end, beneficiary } = all;
      // a second node that remains to sign what the first one is owed
      const other = registration(tags, testNode(2), all.alice.address);
      await sesh.connect(all.alice).approve(rewards, REQUIREMENT);
      await rewards.connect(all.alice).addBLSPublicKey(other.key, other.proof, other.params, []);
      await expect(byBeneficiary.initiateExitBLSPublicKey(1n)).to.emit(rewards, "ServiceNodeExitRequest");
      await time.increase(30n * DAY);
      await rewards.exitBLSPublicKeyAfterWaitTime(1n);
      const recipient = await vesting.getAddress();
      const message = bls.rewardMessage(tags, { recipient, amount: REQUIREMENT });
      await rewards.updateRewardsBalance(recipient, REQUIREMENT, networkSignature(tags, [testNode(2)], message), []);

      await expect(byBeneficiary[CLAIM](5n)).to.changeTokenBalances(ethers, sesh, [vesting, beneficiary], [5n, 0n]);
      await expect(byBeneficiary[CLAIM_ALL]()).to.changeTokenBalances(
        ethers,
        sesh,
        [vesting, beneficiary],
        [REQUIREMENT - 5n, 0n],
      );
      await time.setNextBlockTimestamp(end - 1n);
      await expect(byBeneficiary.release(sesh))
        .to.be.revertedWithCustomError(vesting, "VestingNotEnded")
        .withArgs(end, end - 1n);
      await time.setNextBlockTimestamp(end);
      await expect(byBeneficiary.release(sesh)).to.changeTokenBalances(
        ethers,
        sesh,
        [vesting, beneficiary],
        [-2n * REQUIREMENT, 2n * REQUIREMENT],
      );
    });

    it("is open after the end for what is still staked", async () => {
      const { byBeneficiary, rewards, end } = await loadFixture(staked);
      await time.increaseTo(end);
      await expect(byBeneficiary.initiateExitBLSPublicKey(1n)).to.emit(rewards, "ServiceNodeExitRequest");
      await expect(byBeneficiary[CLAIM](1n)).to.be.revertedWithCustomError(rewards, "MaxClaimExceeded");
    });
  });

  describe("release", () => {
    it("pays all of any token from the end, again and again", async () => {
      const { vesting, byBeneficiary, beneficiary, sesh, end } = await loadFixture(deployVesting);
      const other = await ethers.deployContract("TokenMock", ["other"]);
      await time.setNextBlockTimestamp(end);
      await expect(byBeneficiary.release(sesh))
        .to.emit(vesting, "TokensReleased")
        .withArgs(sesh, 2n * REQUIREMENT);
      await expect(byBeneficiary.release(other))
        .to.be.revertedWithCustomError(vesting, "NothingToRelease")
        .withArgs(other);
      await other.mint(vesting, 3n);
      await expect(byBeneficiary.release(other)).to.changeTokenBalance(ethers, other, beneficiary, 3n);
    });

    it("pays the revoker after a revocation, at the end and not before", async () => {
      const { vesting, byRevoker, revoker, sesh, end } = await loadFixture(started);
      await byRevoker.revoke(sesh);
      await time.setNextBlockTimestamp(end - 1n);
      await expect(byRevoker.release(sesh))
        .to.be.revertedWithCustomError(vesting, "VestingNotEnded")
        .withArgs(end, end - 1n);
      await time.setNextBlockTimestamp(end);
      const release = byRevoker.release(sesh);
      await expect(release)
        .to.emit(vesting, "TokensRevokedReleased")
        .withArgs(sesh, 2n * REQUIREMENT);
      await expect(release).to.changeTokenBalance(ethers, sesh, revoker, 2n * REQUIREMENT);
    });
  });

  describe("revoke", () => {
    it("B1: again, before the end, it does nothing", async () => {
      const { vesting, byRevoker, sesh, end } = await loadFixture(started);
      expect(await eventsOf(byRevoker.revoke(sesh))).to.deep.equal([`TokenVestingRevoked(${String(sesh.target)})`]);
      await time.setNextBlockTimestamp(end - 1n);
      expect(await eventsOf(byRevoker.revoke(sesh))).to.deep.equal([]);
      expect(await sesh.balanceOf(vesting)).to.equal(2n * REQUIREMENT);
    });

    it("B1: again, from the end, it pays what is there, and what comes in later", async () => {
      const { vesting, byRevoker, revoker, sesh, end } = await loadFixture(started);
      await byRevoker.revoke(sesh);
      await time.setNextBlockTimestamp(end);
      expect(await eventsOf(byRevoker.revoke(sesh))).to.deep.equal([
        `TokensRevokedReleased(${String(sesh.target)}, ${2n * REQUIREMENT})`,
        `Transfer(${String(vesting.target)}, ${revoker.address}, ${2n * REQUIREMENT})`,
      ]);
      await expect(byRevoker.revoke(sesh)).to.be.revertedWithCustomError(vesting, "NothingToRelease").withArgs(sesh);
      await sesh.transfer(vesting, 5n);
      await expect(byRevoker.revoke(sesh)).to.changeTokenBalance(ethers, sesh, revoker, 5n);
    });

    it("is the revoker's", async () => {
      const { vesting, byBeneficiary, byRevoker, beneficiary, revoker, sesh } = await loadFixture(deployVesting);
      await expect(byBeneficiary.revoke(sesh))
        .to.be.revertedWithCustomError(vesting, "OnlyRevoker")
        .withArgs(beneficiary, revoker);
      await byRevoker.revoke(sesh);
      await expect(byBeneficiary.revoke(sesh))
        .to.be.revertedWithCustomError(vesting, "OnlyRevoker")
        .withArgs(beneficiary, revoker);
    });

    it("H17: is possible one second before the end and not at the end, when the release is", async () => {
      const { vesting, byBeneficiary, byRevoker, sesh, end, deploy } = await loadFixture(deployVesting);
      const second = (await deploy()).connect(await ethers.getSigner(await vesting.revoker()));
      await time.setNextBlockTimestamp(end - 1n);
      await second.revoke(sesh);
      await time.setNextBlockTimestamp(end);
      await expect(byRevoker.revoke(sesh)).to.be.revertedWithCustomError(vesting, "VestingEnded").withArgs(end, end);
      await byBeneficiary.release(sesh);
    });

    it("is nobody's without a revoker", async () => {
      const { deploy, byRevoker, revoker, sesh } = await loadFixture(deployVesting);
      const irrevocable = await deploy({ revoker: ZERO });
      await expect(irrevocable.connect(revoker).revoke(sesh))
        .to.be.revertedWithCustomError(byRevoker, "OnlyRevoker")
        .withArgs(revoker, ZERO);
    });
  });

  describe("parties", () => {
    it("the beneficiary hands over, if so deployed", async () => {
      const { vesting, byBeneficiary, beneficiary, stranger, deploy } = await loadFixture(deployVesting);
      await expect(vesting.connect(stranger).transferBeneficiary(stranger))
        .to.be.revertedWithCustomError(vesting, "OnlyBeneficiary")
        .withArgs(stranger, beneficiary);
      await expect(byBeneficiary.transferBeneficiary(ZERO)).to.be.revertedWithCustomError(vesting, "ZeroAddress");
      await expect(byBeneficiary.transferBeneficiary(stranger))
        .to.emit(vesting, "BeneficiaryTransferred")
        .withArgs(beneficiary, stranger);
      expect(await vesting.beneficiary()).to.equal(stranger);
      const fixed = await deploy({ transferable: false });
      await expect(fixed.connect(beneficiary).transferBeneficiary(stranger)).to.be.revertedWithCustomError(
        fixed,
        "BeneficiaryNotTransferable",
      );
    });

    it("the revoker hands over", async () => {
      const { vesting, byRevoker, revoker, stranger } = await loadFixture(deployVesting);
      await expect(vesting.connect(stranger).transferRevoker(stranger))
        .to.be.revertedWithCustomError(vesting, "OnlyRevoker")
        .withArgs(stranger, revoker);
      await expect(byRevoker.transferRevoker(ZERO)).to.be.revertedWithCustomError(vesting, "ZeroAddress");
      await expect(byRevoker.transferRevoker(stranger))
        .to.emit(vesting, "RevokerTransferred")
        .withArgs(revoker, stranger);
      expect(await vesting.revoker()).to.equal(stranger);
    });
  });
});
