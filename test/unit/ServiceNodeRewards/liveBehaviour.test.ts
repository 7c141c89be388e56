import { expect } from "chai";
import { network } from "hardhat";
import { eventsOf } from "../../helpers/events.ts";
import { contributor, DAY, deploySystem, HOUR, register, REQUIREMENT } from "../../helpers/staking.ts";
import { testNode } from "../../helpers/TestNetwork.ts";
import type { TestNode } from "../../helpers/TestNetwork.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const key = ({ blsPubkey }: TestNode) => `[${blsPubkey.X}, ${blsPubkey.Y}]`;

describe("ServiceNodeRewards: as live", () => {
  async function twelveSeeds() {
    return deploySystem(connection, { seeds: 12 });
  }

  async function notStarted() {
    return deploySystem(connection, { started: false });
  }

  async function testnet() {
    const system = await deploySystem(connection, { seeds: 3, rewards: "TestnetServiceNodeRewards", started: false });
    return { ...system, testnet: await ethers.getContractAt("TestnetServiceNodeRewards", system.rewards) };
  }

  /** Node 13 of alice (three quarters) and bob (less than a quarter) and carol (the rest). */
  async function shared() {
    const system = await twelveSeeds();
    const { alice, bob, carol } = system;
    const quarter = REQUIREMENT / 4n;
    await register(system, testNode(100), alice, {
      contributors: [
        contributor(alice.address, 3n * quarter),
        contributor(bob.address, quarter - 1n),
        contributor(carol.address, 1n),
      ],
    });
    return { ...system, added: BigInt(await time.latest()) };
  }

  it("B3: a small contributor repeats a request within the 30 days, an hour after the last one", async () => {
    const { rewards, alice, bob, carol, added } = await networkHelpers.loadFixture(shared);
    const small = (by: typeof bob) => rewards.connect(by).initiateExitBLSPublicKey(13);
    await expect(small(bob))
      .to.be.revertedWithCustomError(rewards, "SmallContributorLeaveTooEarly")
      .withArgs(13n, bob.address);
    await rewards.connect(alice).initiateExitBLSPublicKey(13);
    const requested = BigInt(await time.latest());

    await time.setNextBlockTimestamp(requested + HOUR - 1n);
    await expect(small(bob))
      .to.be.revertedWithCustomError(rewards, "LeaveRequestTooEarly")
      .withArgs(13n, requested + HOUR, requested + HOUR - 1n);
    await time.setNextBlockTimestamp(requested + HOUR);
    expect(await eventsOf(small(bob))).to.deep.equal([
      `ServiceNodeExitRequest(13, ${bob.address}, ${key(testNode(100))})`,
    ]);
    await time.setNextBlockTimestamp(requested + 2n * HOUR);
    await small(carol);
    const stored = await rewards.serviceNodes(13);
    expect(stored.leaveRequestTimestamp).to.equal(requested);
    expect(stored.latestLeaveRequestTimestamp).to.equal(requested + 2n * HOUR);
    expect(added + 30n * DAY).to.be.greaterThan(requested + 2n * HOUR);
  });

  it("B5: VERSION is one more than live wherever an upgrade in place can happen, and never less", async () => {
    const { rewards, pool, token } = await networkHelpers.loadFixture(notStarted);
    const versions = [
      [rewards, 2n],
      [pool, 2n],
      [await ethers.deployContract("ServiceNodeContributionFactory"), 2n],
      [await ethers.deployContract("SESHL2"), 3n],
      // constructed, not upgraded
      [token, 2n],
    ] as const;
    for (const [contract, version] of versions) expect(await contract.VERSION()).to.equal(version);
  });

  it("B6: requestExitNodeBySNID speaks for the operator, from the start", async () => {
    const { testnet: contract, operator, nodes } = await networkHelpers.loadFixture(testnet);
    await expect(contract.requestExitNodeBySNID([2]))
      .to.be.revertedWithCustomError(contract, "ContractNotStarted")
      .withArgs();
    await contract.start();
    expect(await eventsOf(contract.requestExitNodeBySNID([2, 1]))).to.deep.equal([
      `ServiceNodeExitRequest(2, ${operator.address}, ${key(nodes[1]!)})`,
      `ServiceNodeExitRequest(1, ${operator.address}, ${key(nodes[0]!)})`,
    ]);
  });

  describe("B13: liquidation transfers no zero", () => {
    for (const [liquidator, pool, transfers] of [
      [0, 0, 0],
      [3, 0, 1],
      [0, 17, 1],
      [3, 17, 2],
    ] as const) {
      it(`B13: ratios ${liquidator} / ${pool} / 9980`, async () => {
        const system = await networkHelpers.loadFixture(twelveSeeds);
        const { rewards, nodes, network: net, stranger } = system;
        await rewards.setLiquidationRatios(liquidator, pool, 9980);
        const node = nodes[3]!;
        const timestamp = await time.latest();
        const events = await eventsOf(
          rewards
            .connect(stranger)
            .liquidateBLSPublicKeyWithSignature(node.blsPubkey, timestamp, net.liquidate(node, timestamp, nodes), []),
        );
        expect(events.map((event) => event.split("(")[0])).to.deep.equal([
          "ServiceNodeLiquidated",
          "ServiceNodeExit",
          ...Array.from({ length: transfers }, () => "Transfer"),
        ]);
      });
    }
  });

  it("B14: initialize emits no setter's event", async () => {
    const { rewards, token, pool, owner } = await networkHelpers.loadFixture(notStarted);
    const implementation = await ethers.deployContract("ServiceNodeRewards");
    const args = [token.target, pool.target, REQUIREMENT, 10, 3, 17, 9980];
    const data = rewards.interface.encodeFunctionData("initialize", args as never);
    const proxy = await ethers.deployContract("TransparentUpgradeableProxy", [implementation, owner, data]);
    const names = (await ethers.provider.getLogs({ address: await proxy.getAddress(), fromBlock: 0 }))
      .map((log) => rewards.interface.parseLog(log)?.name)
      .filter((name) => name !== undefined);
    expect(names).to.deep.equal(["OwnershipTransferred", "Initialized"]);
  });

  it("B20: seeding checks counts, null keys, known keys, stakers, sum, in this order", async () => {
    const { rewards, alice } = await networkHelpers.loadFixture(notStarted);
    const known = testNode(1);
    const seed = {
      blsPubkey: known.blsPubkey,
      ed25519Pubkey: known.ed25519Pubkey,
      addedTimestamp: 1n,
      contributors: [contributor(alice.address, REQUIREMENT)],
    };
    await rewards.seedPublicKeyList([seed]);
    const zero = ethers.ZeroAddress;
    // everything is wrong, and is mended one by one
    const eleven = Array.from({ length: 11 }, () => contributor(zero, 1n));
    let bad = { ...seed, blsPubkey: { X: 0n, Y: 0n }, ed25519Pubkey: 0n, contributors: [] as typeof eleven };
    const expectError = (error: string, ...args: unknown[]) =>
      expect(rewards.seedPublicKeyList([bad]))
        .to.be.revertedWithCustomError(rewards, error)
        .withArgs(...args);

    await expectError("InsufficientContributors");
    bad = { ...bad, contributors: eleven };
    await expectError("MaxContributorsExceeded");
    bad = { ...bad, contributors: [contributor(zero, 1n)] };
    await expectError("NullBLSPubkey");
    bad = { ...bad, blsPubkey: known.blsPubkey };
    await expectError("NullEd25519Pubkey");
    bad = { ...bad, ed25519Pubkey: known.ed25519Pubkey };
    await expectError("BLSPubkeyAlreadyExists", 1n);
    bad = { ...bad, blsPubkey: testNode(2).blsPubkey };
    await expectError("Ed25519PubkeyAlreadyExists", 1n);
    bad = { ...bad, ed25519Pubkey: testNode(2).ed25519Pubkey };
    await expectError("NullAddress");
    bad = { ...bad, contributors: [contributor(alice.address, 1n)] };
    await expectError("ContributionTotalMismatch", REQUIREMENT, 1n);
    bad = { ...bad, contributors: [contributor(alice.address, REQUIREMENT)] };
    await rewards.seedPublicKeyList([bad]);
  });

  it("B21: the variant for local networks is found by its live name", async () => {
    const devnet = await ethers.deployContract("LocalDevnetServiceNodeRewards");
    expect(await devnet.VERSION()).to.equal(2n);
  });
});
