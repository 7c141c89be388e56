import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, FIELD_ORDER, GROUP_ORDER, publicKeyToParams } from "../../../src/bls/index.ts";
import {
  contributor,
  deploySystem,
  nodeParams,
  register,
  REQUIREMENT,
  SESH_UNIT,
  update,
} from "../../helpers/staking.ts";
import type { System } from "../../helpers/staking.ts";
import { cachedNode, NULL_SIGNATURE, testNode } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

/** Not among the seeds. */
const newcomer = testNode(100);

describe("ServiceNodeRewards hardening", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  async function notStarted() {
    return deploySystem(connection, { started: false });
  }

  async function devnet() {
    return deploySystem(connection, { seeds: 3, rewards: "LocalDevnetServiceNodeRewards" });
  }

  async function aggregate({ rewards }: System): Promise<[bigint, bigint]> {
    const { X, Y } = await rewards.aggregatePubkey();
    return [X, Y];
  }

  function seedOf(node: { blsPubkey: { X: bigint; Y: bigint }; ed25519Pubkey: bigint }, operator: string) {
    return { ...node, addedTimestamp: 1n, contributors: [contributor(operator, REQUIREMENT)] };
  }

  describe("H1: no network, no signature", () => {
    it("refuses the null signature without nodes", async () => {
      const { rewards, alice } = await deploySystem(connection);
      const entry = { recipient: alice.address, rewards: 1n };

      for (const call of [
        () => rewards.updateRewardsBalance(alice.address, 1n, NULL_SIGNATURE, []),
        () => rewards.updateRewardsBalance(alice.address, 1n, NULL_SIGNATURE, [1]),
        () => rewards.updateRewardsBalances([entry], NULL_SIGNATURE, [], []),
        () => rewards.connect(alice).updateRewardsBalanceAndClaim(1n, NULL_SIGNATURE, []),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(rewards, "InsufficientNodes").withArgs();
      }
      for (const call of ["exitBLSPublicKeyWithSignature", "liquidateBLSPublicKeyWithSignature"] as const) {
        await expect(rewards[call](newcomer.blsPubkey, 0, NULL_SIGNATURE, []))
          .to.be.revertedWithCustomError(rewards, "InsufficientNodes")
          .withArgs();
      }
    });

    it("refuses it when all nodes have gone", async () => {
      const system = await networkHelpers.loadFixture(devnet);
      const devnetRewards = await ethers.getContractAt("LocalDevnetServiceNodeRewards", system.rewards.target);
      await devnetRewards.exitNodeBySNID([1, 2, 3]);
      expect(await aggregate(system)).to.deep.equal([0n, 0n]);

      await expect(system.rewards.updateRewardsBalance(system.alice.address, 1n, NULL_SIGNATURE, []))
        .to.be.revertedWithCustomError(system.rewards, "InsufficientNodes")
        .withArgs();
    });

    it("refuses a true signature by the aggregate key that an older version left behind without nodes", async () => {
      const { rewards, alice, nodes, network: net } = await networkHelpers.loadFixture(devnet);
      await rewards.updateRewardsBalance(alice.address, 1n, net.reward(alice.address, 1n, nodes), []);

      await networkHelpers.setStorageAt(rewards.target as string, 2, 0n); // totalNodes; the aggregate key stays
      const again = net.reward(alice.address, 2n, nodes);
      await expect(rewards.updateRewardsBalance(alice.address, 2n, again, []))
        .to.be.revertedWithCustomError(rewards, "InsufficientNodes")
        .withArgs();
    });

    it("refuses it when the keys of the signers add up to infinity", async () => {
      const { rewards, alice, operator } = await networkHelpers.loadFixture(notStarted);
      const opposite = cachedNode(200, GROUP_ORDER - newcomer.secretKey);
      await rewards.seedPublicKeyList([newcomer, opposite].map((node) => seedOf(stripped(node), operator.address)));
      await rewards.start();

      await expect(rewards.updateRewardsBalance(alice.address, 1n, NULL_SIGNATURE, []))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
        .withArgs([0n, 0n]);
    });

    it("refuses it from a network in good order", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);

      await expect(system.rewards.updateRewardsBalance(system.alice.address, 1n, NULL_SIGNATURE, []))
        .to.be.revertedWithCustomError(system.rewards, "InvalidBLSSignature")
        .withArgs(await aggregate(system));
    });
  });

  describe("H2: public keys are canonical, on the curve, not infinity", () => {
    const { X, Y } = newcomer.blsPubkey;
    const badKeys = [
      ["Y + p", { X, Y: Y + FIELD_ORDER }],
      ["X + p", { X: X + FIELD_ORDER, Y }],
      ["off the curve", { X, Y: Y + 1n }],
      ["(0, p)", { X: 0n, Y: FIELD_ORDER }],
    ] as const;

    for (const [name, blsPubkey] of badKeys) {
      it(`${name} is refused at every way in`, async () => {
        const system = await networkHelpers.loadFixture(notStarted);
        const { rewards, alice } = system;
        const bad = { ...newcomer, blsPubkey };
        const key = [blsPubkey.X, blsPubkey.Y];
        const proof = system.network.proofOfPossession(newcomer, alice.address);

        await expect(rewards.seedPublicKeyList([seedOf(stripped(bad), alice.address)]))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSPubkey")
          .withArgs(key);
        await expect(rewards.validateProofOfPossession(blsPubkey, proof, alice.address, newcomer.ed25519Pubkey))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSPubkey")
          .withArgs(key);
        await rewards.start();
        await expect(register(system, bad, alice, { proof }))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSPubkey")
          .withArgs(key);
      });
    }

    it("infinity is refused at every way in", async () => {
      const { rewards, alice } = await networkHelpers.loadFixture(notStarted);
      const blsPubkey = { X: 0n, Y: 0n };
      const { ed25519Pubkey } = newcomer;

      await expect(rewards.seedPublicKeyList([seedOf({ blsPubkey, ed25519Pubkey }, alice.address)]))
        .to.be.revertedWithCustomError(rewards, "NullBLSPubkey")
        .withArgs();
      await expect(rewards.validateProofOfPossession(blsPubkey, NULL_SIGNATURE, alice.address, ed25519Pubkey))
        .to.be.revertedWithCustomError(rewards, "NullBLSPubkey")
        .withArgs();
      await rewards.start();
      await expect(rewards.connect(alice).addBLSPublicKey(blsPubkey, NULL_SIGNATURE, nodeParams(newcomer), []))
        .to.be.revertedWithCustomError(rewards, "NullBLSPubkey")
        .withArgs();
    });
  });

  describe("H3: the additions of a block are non-signers in it", () => {
    it("draws the line at the threshold, for every kind of signature", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, nodes } = system;
      const counted = async (additions: bigint) => {
        await networkHelpers.setStorageAt(rewards.target as string, 21, (await ethers.provider.getBlockNumber()) + 1);
        await networkHelpers.setStorageAt(rewards.target as string, 22, additions);
      };
      const timestamp = await time.latest();
      const node = nodes[0]!;

      await counted(5n);
      for (const call of [
        () => update(system, alice.address, 5n),
        () => rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, timestamp, NULL_SIGNATURE, []),
        () => rewards.liquidateBLSPublicKeyWithSignature(node.blsPubkey, timestamp, NULL_SIGNATURE, []),
      ]) {
        await counted(5n);
        await expect(call()).to.be.revertedWithCustomError(rewards, "TooManyAdditionsInBlock").withArgs(0n, 5n, 4n);
      }
      // four of twelve may be missing, whichever way
      await counted(2n);
      await expect(update(system, alice.address, 5n, 3))
        .to.be.revertedWithCustomError(rewards, "TooManyAdditionsInBlock")
        .withArgs(3n, 2n, 4n);
      await counted(2n);
      await update(system, alice.address, 5n, 2);
      await counted(4n);
      await update(system, alice.address, 6n);
    });

    it("stops half of the nodes with a third more borrowed for one block", async () => {
      // 12 nodes, of which the attacker owns 6; 20 additions are allowed in a block, a third of the 18 that 6 make is 6
      const system = await deploySystem(connection, { seeds: 12 });
      const { rewards, alice, nodes } = system;
      const borrowed = [100, 101, 102, 103, 104, 105].map(testNode);
      const forged = system.network.reward(alice.address, 5n, [...nodes.slice(6), ...borrowed]);
      const proofs = borrowed.map((node) => system.network.proofOfPossession(node, alice.address));

      await networkHelpers.setBlockGasLimit(100_000_000n);
      await ethers.provider.send("evm_setAutomine", [false]);
      for (const [i, node] of borrowed.entries())
        await rewards
          .connect(alice)
          .addBLSPublicKey(node.blsPubkey, proofs[i]!, nodeParams(node), [], { gasLimit: 10_000_000n });
      const { hash } = await rewards
        .connect(alice)
        .updateRewardsBalance(alice.address, 5n, forged, [1, 2, 3, 4, 5, 6], { gasLimit: 10_000_000n });
      await networkHelpers.mine();
      await ethers.provider.send("evm_setAutomine", [true]);

      expect(await rewards.totalNodes()).to.equal(18n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(6n);
      expect((await ethers.provider.getTransactionReceipt(hash))?.status).to.equal(0);
    });

    it("stops a majority bought within one block", async () => {
      const system = await deploySystem(connection, { seeds: 1 });
      const { rewards, alice } = system;
      const bought = [100, 101, 102].map(testNode);
      const forged = system.network.reward(alice.address, 1_000_000n * SESH_UNIT, bought);
      const registrations = bought.map((node) => ({
        node,
        proof: system.network.proofOfPossession(node, alice.address),
      }));
      const forge = () =>
        rewards
          .connect(alice)
          .updateRewardsBalance(alice.address, 1_000_000n * SESH_UNIT, forged, [1], { gasLimit: 10_000_000n });

      await networkHelpers.setBlockGasLimit(60_000_000n);
      await ethers.provider.send("evm_setAutomine", [false]);
      for (const { node, proof } of registrations) {
        await rewards
          .connect(alice)
          .addBLSPublicKey(node.blsPubkey, proof, nodeParams(node), [], { gasLimit: 10_000_000n });
      }
      const { hash } = await forge();
      await networkHelpers.mine();
      await ethers.provider.send("evm_setAutomine", [true]);

      expect(await rewards.totalNodes()).to.equal(4n);
      expect((await ethers.provider.getTransactionReceipt(hash))?.status).to.equal(0);
      // whoever holds the stake for longer than a flash loan is the network
      await forge();
    });
  });

  describe("H4: changing the claim cycle starts a fresh one", () => {
    it("longer and shorter again, claims go on", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      await rewards.setClaimThreshold(10n);
      await update(system, alice.address, 1000n);
      const claim = () => rewards.connect(alice)["claimRewards(uint256)"](10n);
      await claim();

      for (const cycle of [86_400n * 365n, 3600n, 86_400n]) {
        await rewards.setClaimCycle(cycle);
        expect(await rewards.currentClaimTotal()).to.equal(0n);
        await claim();
        expect(await rewards.currentClaimCycle()).to.equal(BigInt(await time.latest()) / cycle);
        await expect(claim()).to.be.revertedWithCustomError(rewards, "ClaimThresholdExceeded").withArgs();
      }
    });

    it("begins a fresh one also where the number of the cycle stays the same", async () => {
      const { rewards, alice, ...system } = await networkHelpers.loadFixture(twelveSeeds);
      await update({ rewards, alice, ...system }, alice.address, 1000n);
      await rewards.setClaimThreshold(10n);
      const claim = () => rewards.connect(alice)["claimRewards(uint256)"](10n);
      const year = 365n * 86_400n;
      await rewards.setClaimCycle(year);
      await claim();
      const cycle = await rewards.currentClaimCycle();

      await rewards.setClaimCycle(year + 1n);
      await claim();

      expect(await rewards.currentClaimCycle()).to.equal(cycle);
    });

    it("gets going again where the counter was frozen by an older version", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      await update(system, alice.address, 1000n);
      // the counter is ahead of now, its total at the cap
      await networkHelpers.setStorageAt(rewards.target as string, 25, 1_000_000n * SESH_UNIT);
      await networkHelpers.setStorageAt(rewards.target as string, 26, 10n ** 9n);

      await rewards.connect(alice)["claimRewards()"]();

      expect(await rewards.currentClaimTotal()).to.equal(1000n);
    });
  });

  describe("H5: no claims while paused", () => {
    it("stops both claim functions", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      await update(system, alice.address, 1000n);
      await rewards.pause();

      await expect(rewards.connect(alice)["claimRewards()"]())
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
      await expect(rewards.connect(alice)["claimRewards(uint256)"](1n))
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
      await rewards.unpause();
      await rewards.connect(alice)["claimRewards()"]();
    });
  });

  describe("H6: contributors that would strand a stake are refused", () => {
    it("no zero address, duplicate, zero stake, or fee above 100 %", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob } = system;
      const [a, b, zero, half] = [alice.address, bob.address, ethers.ZeroAddress, REQUIREMENT / 2n];

      for (const [contributors, error, args] of [
        [[contributor(a, half), contributor(zero, half, b)], "NullAddress", []],
        [[contributor(a, half), contributor(b, half, zero)], "NullAddress", []],
        [[contributor(zero, REQUIREMENT, a)], "NullAddress", []],
        [[contributor(a, REQUIREMENT), contributor(b, 0n)], "ZeroContribution", [b]],
        [[contributor(a, half), contributor(b, 1n), contributor(a, half - 1n, b)], "DuplicateContributor", [a]],
        [[contributor(a, half), contributor(b, 1n), contributor(b, half - 1n)], "DuplicateContributor", [b]],
      ] as const) {
        await expect(
          rewards
            .connect(alice)
            .addBLSPublicKey(newcomer.blsPubkey, NULL_SIGNATURE, nodeParams(newcomer), [...contributors]),
        )
          .to.be.revertedWithCustomError(rewards, error)
          .withArgs(...args);
      }
      await expect(register(system, newcomer, alice, { fee: 10_001n, proof: NULL_SIGNATURE }))
        .to.be.revertedWithCustomError(rewards, "FeeExceedsPossibleValue")
        .withArgs(10_001n, 10_000n);
    });

    it("no duplicates among the seeded either", async () => {
      const { rewards, alice } = await networkHelpers.loadFixture(notStarted);
      const half = contributor(alice.address, REQUIREMENT / 2n);

      await expect(
        rewards.seedPublicKeyList([{ ...seedOf(stripped(newcomer), alice.address), contributors: [half, half] }]),
      )
        .to.be.revertedWithCustomError(rewards, "DuplicateContributor")
        .withArgs(alice.address);
    });

    it("counts the stakes of an older version's duplicate together", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob, carol } = system;
      const part = REQUIREMENT / 5n;
      await register(system, newcomer, alice, {
        contributors: [
          contributor(alice.address, 3n * part),
          contributor(bob.address, part),
          contributor(carol.address, part),
        ],
      });
      // carol's entry becomes a second one of bob
      const node = BigInt(ethers.solidityPackedKeccak256(["uint256", "uint256"], [13n, 16n]));
      const list = BigInt(ethers.solidityPackedKeccak256(["uint256"], [node + 8n]));
      await networkHelpers.setStorageAt(rewards.target as string, list + 6n, BigInt(bob.address));

      // a fifth is a small contribution, two fifths are not
      await rewards.connect(bob).initiateExitBLSPublicKey(13);
    });
  });

  describe("H7: the timestamp of a signature has two ends", () => {
    it("is at most signatureExpiry ahead, to the second, without overflow", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, nodes, network: net } = system;
      const [node] = nodes as [TestNode];
      const mined = BigInt(await time.latest()) + 100n;
      const signature = net.exit(node, mined + 600n, nodes);

      for (const timestamp of [mined + 601n, 2n ** 256n - 1n]) {
        await time.setNextBlockTimestamp(mined);
        for (const call of ["exitBLSPublicKeyWithSignature", "liquidateBLSPublicKeyWithSignature"] as const) {
          const snapshot = await networkHelpers.takeSnapshot();
          await time.setNextBlockTimestamp(mined);
          await expect(rewards[call](node.blsPubkey, timestamp, signature, []))
            .to.be.revertedWithCustomError(rewards, "SignatureExpired")
            .withArgs(1n, timestamp, mined);
          await snapshot.restore();
        }
      }
      await time.setNextBlockTimestamp(mined);
      await rewards.exitBLSPublicKeyWithSignature(node.blsPubkey, mined + 600n, signature, []);
    });

    it("is not from before the registration: no replay on a node that came back", async () => {
      const system = await networkHelpers.loadFixture(devnet);
      const { rewards, alice, nodes, network: net } = system;
      await register(system, newcomer, alice);
      const timestamp = BigInt(await time.latest());
      const signature = net.exit(newcomer, timestamp, [...nodes, newcomer]);
      const exit = () => rewards.exitBLSPublicKeyWithSignature(newcomer.blsPubkey, timestamp, signature, []);
      await exit();
      await register(system, newcomer, alice);
      const mined = BigInt(await time.latest()) + 1n;

      await time.setNextBlockTimestamp(mined);
      await expect(exit()).to.be.revertedWithCustomError(rewards, "SignatureExpired").withArgs(5n, timestamp, mined);
    });

    it("made ahead of its exit, does not work again on the node's next life, however long the expiry", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, nodes, network: net } = system;
      await rewards.setSignatureExpiry(7200n);
      const { blsPubkey } = nodes[0]!;
      const now = BigInt(await time.latest()) + 10n;
      // an honest node's clock may be 3 minutes ahead; at the longest expiry such a signature has to wait for its time
      const timestamp = now + 180n;
      const signature = net.exit(nodes[0]!, timestamp, nodes);

      await time.setNextBlockTimestamp(now);
      await expect(rewards.exitBLSPublicKeyWithSignature(blsPubkey, timestamp, signature, []))
        .to.be.revertedWithCustomError(rewards, "SignatureExpired")
        .withArgs(1n, timestamp, now);
    });

    it("setSignatureExpiry goes up to the minimum exit age", async () => {
      const { rewards } = await networkHelpers.loadFixture(twelveSeeds);

      await expect(rewards.setSignatureExpiry(7201n))
        .to.be.revertedWithCustomError(rewards, "SignatureExpiryTooLong")
        .withArgs(7201n, 7200n);
      await rewards.setSignatureExpiry(7200n);
    });
  });

  describe("H8: any list of ids", () => {
    it("longer than the list of nodes is a typed error", async () => {
      const { rewards, alice } = await networkHelpers.loadFixture(twelveSeeds);
      const ids = Array.from({ length: 13 }, (_, i) => i + 1);

      await expect(rewards.updateRewardsBalance(alice.address, 1n, NULL_SIGNATURE, ids))
        .to.be.revertedWithCustomError(rewards, "InsufficientBLSSignatures")
        .withArgs(0n, 8n);
    });

    it("unknown and exited ids are no-ops, order does not matter", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, operator, network: net, nodes } = system;
      await rewards.connect(operator).initiateExitBLSPublicKey(12);
      await time.increase(30 * 86_400);
      await rewards.exitBLSPublicKeyAfterWaitTime(12);
      const signers = nodes.slice(1, 11);

      for (const [amount, ids] of [
        [1n, [12n, 1n]],
        [2n, [1n, 0n]],
        [3n, [2n ** 64n - 1n, 1n, 99n]],
      ] as const) {
        await rewards.updateRewardsBalance(alice.address, amount, net.reward(alice.address, amount, signers), [...ids]);
      }
    });

    it("ids beyond uint64 are unknown ids", async () => {
      const { rewards, alice, network: net, nodes } = await networkHelpers.loadFixture(twelveSeeds);
      const data = rewards.interface.encodeFunctionData("updateRewardsBalance", [
        alice.address,
        1n,
        net.reward(alice.address, 1n, nodes),
        [1n],
      ]);
      // the id of node 1 with a dirty upper bit
      await alice.sendTransaction({ to: rewards.target, data: `${data.slice(0, -64)}8${data.slice(-63)}` });

      expect((await rewards.recipients(alice.address)).rewards).to.equal(1n);
    });
  });

  describe("H9: the threshold follows at once", () => {
    it("setBLSNonSignerThresholdMax recomputes it", async () => {
      const { rewards } = await networkHelpers.loadFixture(twelveSeeds);
      expect(await rewards.blsNonSignerThreshold()).to.equal(4n);

      await rewards.setBLSNonSignerThresholdMax(2n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(2n);
      await rewards.setBLSNonSignerThresholdMax(300n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(4n);
    });

    it("rederive refreshes it, and leaves a zero aggregate for an empty list", async () => {
      const system = await deploySystem(connection);
      const { rewards } = system;
      for (const slot of [2, 3, 19, 20]) await networkHelpers.setStorageAt(rewards.target as string, slot, 99n);

      await rewards.rederiveTotalNodesAndAggregatePubkey();

      expect(await rewards.totalNodes()).to.equal(0n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(0n);
      expect(await aggregate(system)).to.deep.equal([0n, 0n]);
    });

    it("the last exit leaves a zero aggregate, whatever was there", async () => {
      const system = await networkHelpers.loadFixture(devnet);
      const devnetRewards = await ethers.getContractAt("LocalDevnetServiceNodeRewards", system.rewards.target);
      await devnetRewards.exitNodeBySNID([1, 2]);
      await networkHelpers.setStorageAt(system.rewards.target as string, 19, 1n);
      await networkHelpers.setStorageAt(system.rewards.target as string, 20, 2n);

      await devnetRewards.exitNodeBySNID([3]);

      expect(await aggregate(system)).to.deep.equal([0n, 0n]);
    });
  });

  describe("H10: nobody else's initialisation, no lost owner", () => {
    it("the implementations cannot be initialised", async () => {
      const { token, pool } = await networkHelpers.loadFixture(notStarted);
      for (const name of [
        "ServiceNodeRewards",
        "TestnetServiceNodeRewards",
        "LocalDevnetServiceNodeRewards",
      ] as const) {
        const { target } = await ethers.deployContract(name);
        const implementation = await ethers.getContractAt("ServiceNodeRewards", target);
        await expect(implementation.initialize(token.target, pool.target, REQUIREMENT, 10, 3, 17, 9980))
          .to.be.revertedWithCustomError(implementation, "InvalidInitialization")
          .withArgs();
      }
    });

    it("renouncing reverts", async () => {
      const { rewards, alice } = await networkHelpers.loadFixture(notStarted);

      await expect(rewards.renounceOwnership())
        .to.be.revertedWithCustomError(rewards, "OwnableInvalidOwner")
        .withArgs(ethers.ZeroAddress);
      await expect(rewards.connect(alice).renounceOwnership())
        .to.be.revertedWithCustomError(rewards, "OwnableUnauthorizedAccount")
        .withArgs(alice.address);
    });
  });

  describe("H21: bad points are typed errors", () => {
    const badSignatures = [
      ["off the curve", { sigs0: 1n, sigs1: 2n, sigs2: 3n, sigs3: 4n }],
      ["not reduced", { sigs0: FIELD_ORDER, sigs1: 0n, sigs2: 0n, sigs3: 0n }],
    ] as const;

    for (const [name, signature] of badSignatures) {
      it(`a signature ${name}`, async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, alice } = system;

        await expect(rewards.updateRewardsBalance(alice.address, 1n, signature, []))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
          .withArgs(await aggregate(system));
        await expect(register(system, newcomer, alice, { proof: signature }))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession")
          .withArgs();
      });
    }

    it("a non-signer's key off the curve, from an older version, is not subtracted", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, network: net, nodes } = system;
      const node = BigInt(ethers.solidityPackedKeccak256(["uint256", "uint256"], [3n, 16n]));
      await networkHelpers.setStorageAt(rewards.target as string, node + 2n, 7n);
      await networkHelpers.setStorageAt(rewards.target as string, node + 3n, 8n);
      const key = publicKeyToParams(aggregatePublicKeys(nodes.slice(1).map(({ publicKey }) => publicKey)));

      // all but nodes 1 and 3 have signed; of the two, only the key of node 1 can be subtracted
      const signers = nodes.filter((_, index) => index !== 0 && index !== 2);
      await expect(rewards.updateRewardsBalance(alice.address, 1n, net.reward(alice.address, 1n, signers), [3, 1]))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSSignature")
        .withArgs([key.X, key.Y]);
    });

    it("a listed key off the curve, from an older version, stops rederive", async () => {
      const system = await networkHelpers.loadFixture(devnet);
      const { rewards } = system;
      const node = BigInt(ethers.solidityPackedKeccak256(["uint256", "uint256"], [1n, 16n]));
      await networkHelpers.setStorageAt(rewards.target as string, node + 2n, 7n);
      await networkHelpers.setStorageAt(rewards.target as string, node + 3n, 8n);

      await expect(rewards.rederiveTotalNodesAndAggregatePubkey())
        .to.be.revertedWithCustomError(rewards, "PointAdditionFailed")
        .withArgs([0n, 0n], [7n, 8n]);
    });
  });

  function stripped({ blsPubkey, ed25519Pubkey }: { blsPubkey: { X: bigint; Y: bigint }; ed25519Pubkey: bigint }) {
    return { blsPubkey, ed25519Pubkey };
  }
});
