import { expect } from "chai";
import { network } from "hardhat";
import { aggregatePublicKeys, publicKeyToParams } from "../../../src/bls/index.ts";
import { contributor, deploySystem, nodeParams, plain, point, register, REQUIREMENT } from "../../helpers/staking.ts";
import { testNode, testNodes, TestNetwork } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

/** Not among the seeds. */
const node = testNode(100);

describe("ServiceNodeRewards", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  async function notStarted() {
    return deploySystem(connection, { seeds: 12, started: false });
  }

  describe("addBLSPublicKey", () => {
    it("registers the caller alone with the whole requirement", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, alice } = system;

      const registration = register(system, node, alice, { fee: 10_000 });

      await expect(registration)
        .to.emit(rewards, "NewServiceNodeV2")
        .withArgs(
          13n,
          alice.address,
          point(node),
          [node.ed25519Pubkey, 1n, 2n, 10_000n],
          [[[alice.address, alice.address], REQUIREMENT]],
        );
      await expect(registration).to.changeTokenBalances(ethers, token, [alice, rewards], [-REQUIREMENT, REQUIREMENT]);
      const added = BigInt(await networkHelpers.time.latest());
      expect(plain(await rewards.serviceNodes(13))).to.deep.equal({
        next: 0n,
        prev: 12n,
        operator: alice.address,
        blsPubkey: node.blsPubkey,
        addedTimestamp: added,
        leaveRequestTimestamp: 0n,
        latestLeaveRequestTimestamp: 0n,
        deposit: REQUIREMENT,
        contributors: [contributor(alice.address, REQUIREMENT)],
        ed25519Pubkey: node.ed25519Pubkey,
      });
      expect(await rewards.totalNodes()).to.equal(13n);
      expect(await rewards.nextServiceNodeID()).to.equal(14n);
      expect(await rewards.blsNonSignerThreshold()).to.equal(4n);
      expect(await rewards.serviceNodeIDs(ethers.solidityPacked(["uint256", "uint256"], point(node)))).to.equal(13n);
      expect(await rewards.ed25519ToServiceNodeID(node.ed25519Pubkey)).to.equal(13n);
      expect(plain(await rewards.aggregatePubkey())).to.deep.equal(
        publicKeyToParams(aggregatePublicKeys([...testNodes(12), node].map(({ publicKey }) => publicKey))),
      );
    });

    it("registers several contributors for an operator who is not the caller", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, alice, bob, carol, stranger } = system;
      const contributors = [
        contributor(bob.address, REQUIREMENT / 4n),
        contributor(carol.address, REQUIREMENT / 2n, stranger.address),
        contributor(alice.address, REQUIREMENT / 4n),
      ];

      const registration = register(system, node, alice, { contributors });

      await expect(registration).to.changeTokenBalances(
        ethers,
        token,
        [alice, bob, carol, rewards],
        [-REQUIREMENT, 0n, 0n, REQUIREMENT],
      );
      const stored = await rewards.serviceNodes(13);
      expect(stored.operator).to.equal(bob.address);
      expect(stored.contributors.map(plain)).to.deep.equal(contributors);
    });

    it("reverts while paused, then before the start", async () => {
      const system = await networkHelpers.loadFixture(notStarted);
      const { rewards, alice } = system;
      await expect(register(system, node, alice))
        .to.be.revertedWithCustomError(rewards, "ContractNotStarted")
        .withArgs();

      await rewards.pause();
      await expect(register(system, node, alice))
        .to.be.revertedWithCustomError(rewards, "EnforcedPause")
        .withArgs();
    });

    it("takes at most maxContributors", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      const contributors = Array.from({ length: 11 }, () => contributor(ethers.Wallet.createRandom().address, 1n));

      await expect(register(system, node, alice, { contributors }))
        .to.be.revertedWithCustomError(rewards, "MaxContributorsExceeded")
        .withArgs();
      contributors.pop();
      await expect(register(system, node, alice, { contributors }))
        .to.be.revertedWithCustomError(rewards, "ContributionTotalMismatch")
        .withArgs(REQUIREMENT, 10n);
    });

    it("takes exactly the requirement", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob } = system;

      for (const difference of [-1n, 1n]) {
        const contributors = [
          contributor(alice.address, REQUIREMENT / 2n),
          contributor(bob.address, REQUIREMENT / 2n + difference),
        ];
        await expect(register(system, node, alice, { contributors }))
          .to.be.revertedWithCustomError(rewards, "ContributionTotalMismatch")
          .withArgs(REQUIREMENT, REQUIREMENT + difference);
      }
    });

    it("wants a quarter from the operator, to the atom", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob } = system;
      const quarter = REQUIREMENT / 4n;

      await expect(
        register(system, node, alice, {
          contributors: [
            contributor(alice.address, quarter - 1n),
            contributor(bob.address, REQUIREMENT - quarter + 1n),
          ],
        }),
      )
        .to.be.revertedWithCustomError(rewards, "InsufficientOperatorContribution")
        .withArgs(quarter - 1n);
      await register(system, node, alice, {
        contributors: [contributor(alice.address, quarter), contributor(bob.address, REQUIREMENT - quarter)],
      });
    });

    it("wants a quarter of an indivisible requirement, rounded up", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob } = system;
      await rewards.setStakingRequirement(1001n);

      await expect(
        register(system, node, alice, {
          contributors: [contributor(alice.address, 250n), contributor(bob.address, 751n)],
        }),
      )
        .to.be.revertedWithCustomError(rewards, "InsufficientOperatorContribution")
        .withArgs(250n);
      await register(system, node, alice, {
        contributors: [contributor(alice.address, 251n), contributor(bob.address, 750n)],
      });
    });

    it("refuses a BLS key in use", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, nodes } = system;
      const twin = { ...nodes[3]!, ed25519Pubkey: 77n };

      await expect(register(system, twin, alice))
        .to.be.revertedWithCustomError(rewards, "BLSPubkeyAlreadyExists")
        .withArgs(4n);
    });

    it("refuses an Ed25519 key in use, after the proof of possession", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, nodes } = system;
      const twin = { ...node, ed25519Pubkey: nodes[3]!.ed25519Pubkey };

      await expect(register(system, twin, alice))
        .to.be.revertedWithCustomError(rewards, "Ed25519PubkeyAlreadyExists")
        .withArgs(4n);
      await expect(register(system, twin, alice, { provedFor: rewards.target as string }))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession")
        .withArgs();
    });

    it("frees both keys when the node leaves", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, network } = system;
      await register(system, node, alice);
      await networkHelpers.time.increase(7200);
      const timestamp = await networkHelpers.time.latest();
      await rewards.exitBLSPublicKeyWithSignature(
        node.blsPubkey,
        timestamp,
        network.exit(node, timestamp, [...system.nodes, node]),
        [],
      );

      await register(system, node, alice);

      expect(await rewards.ed25519ToServiceNodeID(node.ed25519Pubkey)).to.equal(14n);
    });

    it("refuses a proof for another operator, another Ed25519 key, another contract", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob } = system;
      const elsewhere = new TestNetwork(31337n, bob.address);

      for (const proof of [
        system.network.proofOfPossession(node, bob.address),
        system.network.proofOfPossession(node, alice.address, 5n),
        elsewhere.proofOfPossession(node, alice.address),
        system.network.proofOfPossession(testNode(101), alice.address),
      ]) {
        await expect(register(system, node, alice, { proof }))
          .to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession")
          .withArgs();
      }
    });

    it("wants the proof of the operator, not of the caller", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice, bob } = system;
      const contributors = [contributor(bob.address, REQUIREMENT)];

      await expect(register(system, node, alice, { contributors, provedFor: alice.address }))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession")
        .withArgs();
      await register(system, node, alice, { contributors });
    });

    it("refuses a null BLS key, though the null signature proves it", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      const zero = { sigs0: 0n, sigs1: 0n, sigs2: 0n, sigs3: 0n };

      await expect(rewards.connect(alice).addBLSPublicKey({ X: 0n, Y: 0n }, zero, nodeParams(node), []))
        .to.be.revertedWithCustomError(rewards, "NullBLSPubkey")
        .withArgs();
    });

    it("refuses a null Ed25519 key", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;

      await expect(register(system, { ...node, ed25519Pubkey: 0n }, alice))
        .to.be.revertedWithCustomError(rewards, "NullEd25519Pubkey")
        .withArgs();
    });

    it("takes at most 20 additions in a block, and as many in the next", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      expect(await rewards.maxPermittedPubkeyAggregations()).to.equal(20n);
      const proofs = testNodes(3, 100).map((one) => ({
        one,
        proof: system.network.proofOfPossession(one, alice.address),
      }));
      await networkHelpers.setBlockGasLimit(60_000_000n);
      await ethers.provider.send("evm_setAutomine", [false]);
      // 18 are counted in the block to come
      await networkHelpers.setStorageAt(rewards.target as string, 21, (await ethers.provider.getBlockNumber()) + 1);
      await networkHelpers.setStorageAt(rewards.target as string, 22, 18);

      const sent = [];
      for (const { one, proof } of proofs) {
        sent.push(
          await rewards
            .connect(alice)
            .addBLSPublicKey(one.blsPubkey, proof, nodeParams(one), [], { gasLimit: 16_000_000n }),
        );
      }
      await networkHelpers.mine();
      await ethers.provider.send("evm_setAutomine", [true]);

      const receipts = await Promise.all(sent.map((tx) => ethers.provider.getTransactionReceipt(tx.hash)));
      expect(new Set(receipts.map((receipt) => receipt?.blockNumber)).size).to.equal(1);
      expect(receipts.map((receipt) => receipt?.status)).to.deep.equal([1, 1, 0]);
      expect(await rewards.numPubkeyAggregationsForHeight()).to.equal(20n);
      const last = proofs[2]!;
      await rewards.connect(alice).addBLSPublicKey(last.one.blsPubkey, last.proof, nodeParams(last.one), []);
      expect(await rewards.numPubkeyAggregationsForHeight()).to.equal(1n);
      expect(await rewards.lastHeightPubkeyWasAggregated()).to.equal(await ethers.provider.getBlockNumber());
    });

    it("names the limit", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, alice } = system;
      // simulate: 20 additions were counted in the block to come
      const next = (await ethers.provider.getBlockNumber()) + 1;
      await networkHelpers.setStorageAt(rewards.target as string, 21, next);
      await networkHelpers.setStorageAt(rewards.target as string, 22, 20);

      await expect(register(system, node, alice))
        .to.be.revertedWithCustomError(rewards, "MaxPubkeyAggregationsExceeded")
        .withArgs();
    });

    it("lets 2 % of the nodes in when that is more", async () => {
      const { rewards } = await networkHelpers.loadFixture(twelveSeeds);
      for (const [total, most] of [
        [1049n, 20n],
        [1050n, 21n],
        [9600n, 192n],
      ] as const) {
        await networkHelpers.setStorageAt(rewards.target as string, 2, total);
        expect(await rewards.maxPermittedPubkeyAggregations()).to.equal(most);
      }
    });

    it("leaves nothing behind when the caller cannot pay", async () => {
      const system = await networkHelpers.loadFixture(twelveSeeds);
      const { rewards, token, stranger } = system;

      await expect(register(system, node, stranger))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(rewards.target, 0n, REQUIREMENT);
      expect(await rewards.totalNodes()).to.equal(12n);
    });
  });

  describe("validateProofOfPossession", () => {
    it("accepts the proof and nothing else", async () => {
      const { rewards, network, alice, bob } = await networkHelpers.loadFixture(twelveSeeds);
      const proof = network.proofOfPossession(node, alice.address);

      await rewards.validateProofOfPossession.staticCall(node.blsPubkey, proof, alice.address, node.ed25519Pubkey);

      await expect(rewards.validateProofOfPossession(node.blsPubkey, proof, bob.address, node.ed25519Pubkey))
        .to.be.revertedWithCustomError(rewards, "InvalidBLSProofOfPossession")
        .withArgs();
    });
  });
});
