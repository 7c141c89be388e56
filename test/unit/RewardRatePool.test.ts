import { expect } from "chai";
import { network } from "hardhat";
import { createContracts } from "../../src/node/contracts.ts";
import { Rpc } from "../../src/node/rpc.ts";
import { deployProxy, SESH_UNIT } from "../helpers/staking.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

const YEAR = 365n * 86_400n;
const FUNDS = 40_000_000n * SESH_UNIT;
const SOMEBODY = "0xcEe284F754E854890e311e3280b767F80797180d";

describe("RewardRatePool", () => {
  async function funded() {
    return deploy("RewardRatePool");
  }

  async function fundedTestnet() {
    const system = await deploy("TestnetRewardRatePool");
    return { ...system, testnet: await ethers.getContractAt("TestnetRewardRatePool", system.pool.target) };
  }

  async function deploy(contract: "RewardRatePool" | "TestnetRewardRatePool") {
    const [owner, beneficiary, other] = (await ethers.getSigners()).slice(0, 3);
    if (owner === undefined || beneficiary === undefined || other === undefined) throw new Error("three accounts");
    const token = await ethers.deployContract("SESH", [2n * FUNDS, owner.address, SOMEBODY, SOMEBODY]);
    const address = await deployProxy(connection, contract, [beneficiary.address, token.target], owner);
    const pool = await ethers.getContractAt("RewardRatePool", address);
    const start = await pool.lastPaidOutTime();
    await token.transfer(address, FUNDS);
    return { token, pool, owner, beneficiary, other, start };
  }

  it("starts its clock at initialisation, which runs once", async () => {
    const { token, pool, owner, beneficiary } = await networkHelpers.loadFixture(funded);

    expect(await pool.SESH()).to.equal(token.target);
    expect(await pool.beneficiary()).to.equal(beneficiary.address);
    expect(await pool.owner()).to.equal(owner.address);
    expect(await pool.totalPaidOut()).to.equal(0n);
    expect(await pool.ANNUAL_SIMPLE_PAYOUT_RATE()).to.equal(151n);
    expect(await pool.BASIS_POINTS()).to.equal(1000n);
    expect(await pool.VERSION(), "B5").to.equal(2n);
    await expect(pool.initialize(owner.address, token.target))
      .to.be.revertedWithCustomError(pool, "InvalidInitialization")
      .withArgs();
  });

  describe("calculatePayoutAmount", () => {
    it("is 15.1 % a year, simple, rounded down", async () => {
      const { pool } = await networkHelpers.loadFixture(funded);

      expect(await pool.calculatePayoutAmount(FUNDS, YEAR)).to.equal((FUNDS * 151n) / 1000n);
      expect(await pool.calculatePayoutAmount(1_000_003n, 86_400n)).to.equal((1_000_003n * 151n) / 365_000n);
      expect(await pool.calculatePayoutAmount(FUNDS, 0n)).to.equal(0n);
    });
  });

  describe("payoutReleased", () => {
    it("sends the accrual since the last payout, for anybody", async () => {
      const { token, pool, beneficiary, other, start } = await networkHelpers.loadFixture(funded);
      const first = (FUNDS * 151n * 1000n) / (1000n * YEAR);
      await time.setNextBlockTimestamp(start + 1000n);

      const payout = pool.connect(other).payoutReleased();

      await expect(payout).to.emit(pool, "FundsReleased").withArgs(first);
      await expect(payout).to.changeTokenBalances(ethers, token, [pool, beneficiary, other], [-first, first, 0n]);
      expect(await pool.totalPaidOut()).to.equal(first);
      expect(await pool.lastPaidOutTime()).to.equal(start + 1000n);

      // the next counts from there, on what remains
      const second = ((FUNDS - first) * 151n * 500n) / (1000n * YEAR);
      await time.setNextBlockTimestamp(start + 1500n);
      await expect(pool.payoutReleased()).to.changeTokenBalances(ethers, token, [beneficiary], [second]);
      expect(await pool.totalPaidOut()).to.equal(first + second);
      expect(await pool.calculateTotalDeposited()).to.equal(FUNDS);
    });

    it("H15: pays the balance, and no more, after a long idle time", async () => {
      const { token, pool, beneficiary } = await networkHelpers.loadFixture(funded);
      await time.increase(8n * YEAR);
      expect(await pool.rewardRate()).to.equal(0n);

      await expect(pool.payoutReleased()).to.changeTokenBalances(ethers, token, [pool, beneficiary], [-FUNDS, FUNDS]);
      await expect(pool.payoutReleased()).to.emit(pool, "FundsReleased").withArgs(0n);
    });
  });

  describe("views", () => {
    it("rewardRate is the payout of two minutes on what remains", async () => {
      const { pool, start } = await networkHelpers.loadFixture(funded);
      await networkHelpers.mine();
      await time.increaseTo(start + 1_000_000n);
      const accrued = (FUNDS * 151n * 1_000_000n) / (1000n * YEAR);

      expect(await pool.calculateReleasedAmount()).to.equal(accrued);
      expect(await pool.rewardRate()).to.equal(((FUNDS - accrued) * 151n * 120n) / (1000n * YEAR));
    });
  });

  it("pays at the rate that a node computes of its state and the header's time", async () => {
    const { token, pool, owner, other } = await networkHelpers.loadFixture(funded);
    const provider = ethers.provider as unknown as { send(method: string, params: unknown[]): Promise<unknown> };
    const rpc = new Rpc(provider);
    const contracts = createContracts({ rpc, rewards: other.address, pool: String(pool.target) });
    for (const [seconds, change] of [
      [1n, 0n],
      [119n, 3n],
      [86_400n, 10_000_000n * SESH_UNIT],
      [400n * 86_400n, 1n],
      [7n * YEAR, 0n],
    ] as const) {
      await time.increase(seconds);
      await token.connect(owner).transfer(pool.target, change);
      const header = await rpc.header("latest");
      expect(await contracts.rewardRate(header)).to.equal(await pool.rewardRate({ blockTag: header.height }));
      if (seconds === 86_400n) await pool.payoutReleased();
    }
    const nobody = createContracts({ rpc, rewards: other.address, pool: other.address });
    expect(await nobody.rewardRate(await rpc.header("latest"))).to.equal(0n);
  });

  describe("setBeneficiary", () => {
    it("H15: settles with the old one first", async () => {
      const { token, pool, beneficiary, other, start } = await networkHelpers.loadFixture(funded);
      const accrued = (FUNDS * 151n * 5000n) / (1000n * YEAR);
      await time.setNextBlockTimestamp(start + 5000n);

      const change = pool.setBeneficiary(other.address);

      await expect(change).to.changeTokenBalances(ethers, token, [beneficiary, other], [accrued, 0n]);
      await expect(change)
        .to.emit(pool, "FundsReleased")
        .withArgs(accrued)
        .to.emit(pool, "BeneficiaryUpdated")
        .withArgs(other.address);
      expect(await pool.beneficiary()).to.equal(other.address);
    });

    it("is the owner's", async () => {
      const { pool, other } = await networkHelpers.loadFixture(funded);

      await expect(pool.connect(other).setBeneficiary(other.address))
        .to.be.revertedWithCustomError(pool, "OwnableUnauthorizedAccount")
        .withArgs(other.address);
    });

    it("H15: refuses zero, and mends a pool that an older version left without", async () => {
      const { pool, other } = await networkHelpers.loadFixture(funded);
      await expect(pool.setBeneficiary(ethers.ZeroAddress))
        .to.be.revertedWithCustomError(pool, "NullAddress")
        .withArgs();
      await networkHelpers.setStorageAt(pool.target as string, 1, 0n);

      await pool.setBeneficiary(other.address);

      expect(await pool.beneficiary()).to.equal(other.address);
      await pool.payoutReleased();
    });
  });

  describe("H10: initialisation and ownership", () => {
    it("implementations are closed, zero is refused, renouncing reverts", async () => {
      const { token, pool, owner, other } = await networkHelpers.loadFixture(funded);
      for (const name of ["RewardRatePool", "TestnetRewardRatePool"] as const) {
        const { target } = await ethers.deployContract(name);
        const implementation = await ethers.getContractAt("RewardRatePool", target);
        await expect(implementation.initialize(owner.address, token.target))
          .to.be.revertedWithCustomError(implementation, "InvalidInitialization")
          .withArgs();
      }
      for (const args of [
        [ethers.ZeroAddress, token.target],
        [owner.address, ethers.ZeroAddress],
      ]) {
        await expect(deployProxy(connection, "RewardRatePool", args, owner))
          .to.be.revertedWithCustomError(pool, "NullAddress")
          .withArgs();
      }
      await expect(pool.renounceOwnership())
        .to.be.revertedWithCustomError(pool, "OwnableInvalidOwner")
        .withArgs(ethers.ZeroAddress);
      await expect(pool.connect(other).renounceOwnership())
        .to.be.revertedWithCustomError(pool, "OwnableUnauthorizedAccount")
        .withArgs(other.address);
    });
  });

  describe("test networks", () => {
    it("let the owner set the clock and withdraw", async () => {
      const { testnet, token, owner, other } = await networkHelpers.loadFixture(fundedTestnet);
      await expect(testnet.connect(other).setLastPaidOutTime(1n))
        .to.be.revertedWithCustomError(testnet, "OwnableUnauthorizedAccount")
        .withArgs(other.address);
      await expect(testnet.connect(other).withdrawSESH(1n))
        .to.be.revertedWithCustomError(testnet, "OwnableUnauthorizedAccount")
        .withArgs(other.address);

      await testnet.setLastPaidOutTime(123n);
      expect(await testnet.lastPaidOutTime()).to.equal(123n);
      const ahead = BigInt(await time.latest()) + 1_000n;
      await testnet.setLastPaidOutTime(ahead);
      expect(await testnet.lastPaidOutTime()).to.equal(ahead);

      const withdrawal = testnet.withdrawSESH(77n);
      await expect(withdrawal).to.emit(testnet, "SESHWithdrawn").withArgs(77n);
      await expect(withdrawal).to.changeTokenBalances(ethers, token, [testnet, owner], [-77n, 77n]);
    });
  });
});
