import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, publicKeyToParams } from "../../../src/bls/index.ts";
import {
  contributor,
  deployProxy,
  deploySystem,
  plain,
  point,
  register,
  REQUIREMENT,
  SESH_UNIT,
} from "../../helpers/staking.ts";
import { testNode, testNodes } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

describe("ServiceNodeRewards", () => {
  async function notStarted() {
    return deploySystem(connection, { started: false });
  }

  describe("initialize", () => {
    it("sets the defaults and what it is given", async () => {
      const { rewards, token, pool, owner } = await networkHelpers.loadFixture(notStarted);

      expect(await rewards.owner()).to.equal(owner.address);
      expect(await rewards.designatedToken()).to.equal(token.target);
      expect(await rewards.foundationPool()).to.equal(pool.target);
      expect(await rewards.stakingRequirement()).to.equal(REQUIREMENT);
      expect(await rewards.maxContributors()).to.equal(10n);
      expect(await rewards.liquidatorRewardRatio()).to.equal(3n);
      expect(await rewards.poolShareOfLiquidationRatio()).to.equal(17n);
      expect(await rewards.recipientRatio()).to.equal(9980n);
      expect(await rewards.signatureExpiry()).to.equal(600n);
      expect(await rewards.blsNonSignerThresholdMax()).to.equal(4000n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(0n);
      expect(await rewards.claimThreshold()).to.equal(1_000_000n * SESH_UNIT);
      expect(await rewards.claimCycle()).to.equal(43_200n);
      expect(await rewards.nextServiceNodeID()).to.equal(1n);
      expect(await rewards.isStarted()).to.equal(false);
      expect(await rewards.paused()).to.equal(false);
      expect(await rewards.totalNodes()).to.equal(0n);
    });

    it("has the constants of the live contract", async () => {
      const { rewards } = await networkHelpers.loadFixture(notStarted);

      expect(await rewards.LIST_SENTINEL()).to.equal(0n);
      expect(await rewards.MAX_SERVICE_NODE_EXIT_WAIT_TIME()).to.equal(30n * 86_400n);
      expect(await rewards.MIN_TIME_BEFORE_REPEATED_LEAVE_REQUEST()).to.equal(3600n);
      expect(await rewards.SMALL_CONTRIBUTOR_DIVISOR()).to.equal(4n);
      expect(await rewards.SMALL_CONTRIBUTOR_LEAVE_DELAY()).to.equal(30n * 86_400n);
      expect(await rewards.MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND()).to.equal(20n);
      expect(await rewards.VERSION(), "B5").to.equal(2n);
    });

    it("derives the tags from chain and address", async () => {
      const { rewards } = await networkHelpers.loadFixture(notStarted);
      const tag = (name: string) =>
        ethers.solidityPackedKeccak256(["string", "uint256", "address"], [name, 31337n, rewards.target]);

      expect(await rewards.proofOfPossessionTag()).to.equal(tag("BLS_SIG_TRYANDINCREMENT_POP"));
      expect(await rewards.rewardTag()).to.equal(tag("BLS_SIG_TRYANDINCREMENT_REWARD"));
      expect(await rewards.exitTag()).to.equal(tag("BLS_SIG_TRYANDINCREMENT_EXIT"));
      expect(await rewards.liquidateTag()).to.equal(tag("BLS_SIG_TRYANDINCREMENT_LIQUIDATE"));
      expect(await rewards.hashToG2Tag()).to.equal(tag("BLS_SIG_HASH_TO_FIELD_TAG"));
    });

    it("H10: refuses zero addresses, and other bad parameters", async () => {
      const { rewards, token, pool, owner } = await networkHelpers.loadFixture(notStarted);
      const zero = ethers.ZeroAddress;

      for (const [args, error] of [
        [[token.target, pool.target, REQUIREMENT, 10, 3, 17, 0], "PositiveNumberRequirement"],
        [[token.target, pool.target, 0, 10, 3, 17, 9980], "PositiveNumberRequirement"],
        [[token.target, pool.target, REQUIREMENT, 10, 3, 17, 59], "LiquidatorPenaltyTooHigh"],
        [[zero, pool.target, REQUIREMENT, 10, 3, 17, 9980], "NullAddress"],
        [[token.target, zero, REQUIREMENT, 10, 3, 17, 9980], "NullAddress"],
      ] as const) {
        await expect(deployProxy(connection, "ServiceNodeRewards", [...args], owner))
          .to.be.revertedWithCustomError(rewards, error)
          .withArgs();
      }
    });

    it("takes ratios at the limit", async () => {
      const { token, pool, owner } = await networkHelpers.loadFixture(notStarted);

      await deployProxy(
        connection,
        "ServiceNodeRewards",
        [token.target, pool.target, REQUIREMENT, 10, 3, 17, 60],
        owner,
      );
    });

    it("runs once", async () => {
      const { rewards, token, pool } = await networkHelpers.loadFixture(notStarted);

      await expect(rewards.initialize(token.target, pool.target, REQUIREMENT, 10, 3, 17, 9980))
        .to.be.revertedWithCustomError(rewards, "InvalidInitialization")
        .withArgs();
    });
  });

  describe("seedPublicKeyList", () => {
    const seed = (node: TestNode, contributors: ReturnType<typeof contributor>[], addedTimestamp = 1_700_000_000n) => ({
      blsPubkey: node.blsPubkey,
      ed25519Pubkey: node.ed25519Pubkey,
      addedTimestamp,
      contributors,
    });

    it("takes nodes over with their timestamps", async () => {
      const { rewards, token, alice, bob } = await networkHelpers.loadFixture(notStarted);
      const [first, second, third, fourth] = testNodes(4) as [TestNode, TestNode, TestNode, TestNode];
      const shared = [contributor(alice.address, 1n), contributor(bob.address, REQUIREMENT - 1n, alice.address)];
      const balance = await token.balanceOf(rewards);

      const seeding = rewards.seedPublicKeyList([
        seed(first, [contributor(bob.address, REQUIREMENT)], 5n),
        seed(second, shared),
        seed(third, [contributor(bob.address, REQUIREMENT)], 0n),
      ]);

      await expect(seeding)
        .to.emit(rewards, "NewSeededServiceNode")
        .withArgs(1n, point(first), first.ed25519Pubkey)
        .to.emit(rewards, "NewSeededServiceNode")
        .withArgs(2n, point(second), second.ed25519Pubkey);
      expect(plain(await rewards.serviceNodes(2))).to.deep.equal({
        next: 3n,
        prev: 1n,
        operator: alice.address,
        blsPubkey: second.blsPubkey,
        addedTimestamp: 1_700_000_000n,
        leaveRequestTimestamp: 0n,
        latestLeaveRequestTimestamp: 0n,
        deposit: REQUIREMENT,
        contributors: shared,
        ed25519Pubkey: second.ed25519Pubkey,
      });
      expect((await rewards.serviceNodes(1)).addedTimestamp).to.equal(5n);
      expect(await rewards.totalNodes()).to.equal(3n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(1n);
      expect(plain(await rewards.aggregatePubkey())).to.deep.equal(
        publicKeyToParams(aggregatePublicKeys([first, second, third].map(({ publicKey }) => publicKey))),
      );
      expect(await token.balanceOf(rewards)).to.equal(balance);
      // seeding is not limited in a block and does not count as an addition
      expect(await rewards.numPubkeyAggregationsForHeight()).to.equal(0n);
      await rewards.seedPublicKeyList([seed(fourth, shared)]);
      expect((await rewards.serviceNodes(4)).prev).to.equal(3n);
    });

    it("is the owner's, before the start", async () => {
      const { rewards, owner, alice } = await networkHelpers.loadFixture(notStarted);
      await expect(rewards.connect(alice).seedPublicKeyList([]))
        .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
        .withArgs(alice.address);
      await expect(rewards.connect(alice).start())
        .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
        .withArgs(alice.address);

      await rewards.connect(owner).start();

      expect(await rewards.isStarted()).to.equal(true);
      await expect(rewards.seedPublicKeyList([]))
        .to.be.revertedWithCustomError(rewards, "ContractAlreadyStarted")
        .withArgs();
    });

    it("checks contributors and keys", async () => {
      const { rewards, alice, bob } = await networkHelpers.loadFixture(notStarted);
      const node = testNode(0);
      const sole = [contributor(alice.address, REQUIREMENT)];
      const eleven = Array.from({ length: 11 }, (_, i) => contributor(ethers.toBeHex(i + 1, 20), REQUIREMENT / 11n));
      await rewards.seedPublicKeyList([seed(testNode(1), sole)]);

      for (const [bad, error, args] of [
        [seed(node, []), "InsufficientContributors", []],
        [seed(node, eleven), "MaxContributorsExceeded", []],
        [
          seed(node, [contributor(alice.address, REQUIREMENT - 1n)]),
          "ContributionTotalMismatch",
          [REQUIREMENT, REQUIREMENT - 1n],
        ],
        [seed(node, [contributor(ethers.ZeroAddress, REQUIREMENT)]), "NullAddress", []],
        [seed(node, [contributor(alice.address, REQUIREMENT, ethers.ZeroAddress)]), "NullAddress", []],
        [
          seed(node, [contributor(alice.address, REQUIREMENT), contributor(bob.address, 0n)]),
          "ZeroContribution",
          [bob.address],
        ],
        [seed(testNode(1), sole), "BLSPubkeyAlreadyExists", [1n]],
        [seed({ ...node, ed25519Pubkey: testNode(1).ed25519Pubkey }, sole), "Ed25519PubkeyAlreadyExists", [1n]],
        [seed({ ...node, ed25519Pubkey: 0n }, sole), "NullEd25519Pubkey", []],
        [seed({ ...node, blsPubkey: { X: 0n, Y: 0n } }, sole), "NullBLSPubkey", []],
      ] as const) {
        await expect(rewards.seedPublicKeyList([bad]))
          .to.be.revertedWithCustomError(rewards, error)
          .withArgs(...args);
      }
    });
  });

  describe("before the start", () => {
    it("nothing of the daily business works", async () => {
      const system = await networkHelpers.loadFixture(notStarted);
      const { rewards, alice } = system;
      const node = testNode(0);
      const none = { sigs0: 0n, sigs1: 0n, sigs2: 0n, sigs3: 0n };

      for (const call of [
        () => register(system, node, alice),
        () => rewards.initiateExitBLSPublicKey(1),
        () => rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, 0, none, []),
        () => rewards.exitBLSPublicKeyAfterWaitTime(1),
        () => rewards.liquidateBLSPublicKeyWithSignature(node.blsPubkey, 0, none, []),
        () => rewards.updateRewardsBalance(alice.address, 1, none, []),
        () => rewards["claimRewards()"](),
        () => rewards["claimRewards(uint256)"](1),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(rewards, "ContractNotStarted").withArgs();
      }
    });
  });
});
