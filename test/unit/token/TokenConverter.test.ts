import { expect } from "chai";
import { network } from "hardhat";

const { ethers, networkHelpers } = await network.create();
const { loadFixture } = networkHelpers;

async function deployConverter() {
  const [owner, user, other] = await ethers.getSigners();
  if (!owner || !user || !other) throw new Error("three accounts are needed");
  const tokenA = await ethers.deployContract("TokenMock", ["old"]);
  const tokenB = await ethers.deployContract("TokenMock", ["new"]);
  // 3 of the new for 2 of the old
  const converter = await ethers.deployContract("TokenConverter", [tokenA, tokenB, 3n, 2n]);
  await tokenA.mint(user, 1_000n);
  await tokenA.connect(user).approve(converter, 1_000n);
  await tokenB.mint(owner, 900n);
  await tokenB.approve(converter, 900n);
  return { converter, tokenA, tokenB, owner, user, other };
}

async function stockedConverter() {
  const all = await deployConverter();
  await all.converter.depositTokenB(900n);
  return all;
}

/** ethers cannot choose between the overloads by their names. */
const convert = "convertTokens(uint256)";
const convertAtLeast = "convertTokens(uint256,uint256)";

describe("TokenConverter", () => {
  describe("constructor", () => {
    it("takes tokens, rate and owner", async () => {
      const { converter, tokenA, tokenB, owner } = await loadFixture(deployConverter);
      expect(await converter.tokenA()).to.equal(tokenA);
      expect(await converter.tokenB()).to.equal(tokenB);
      expect(await converter.conversionRateNumerator()).to.equal(3n);
      expect(await converter.conversionRateDenominator()).to.equal(2n);
      expect(await converter.owner()).to.equal(owner);
      await expect(converter.deploymentTransaction()).to.emit(converter, "RateUpdated").withArgs(3n, 2n);
    });

    it("refuses a zero token and a zero rate", async () => {
      const { converter, tokenA, tokenB } = await loadFixture(deployConverter);
      const factory = await ethers.getContractFactory("TokenConverter");
      const deploy = (...args: Parameters<typeof factory.deploy>) => factory.deploy(...args);
      await expect(deploy(ethers.ZeroAddress, tokenB, 1n, 1n)).to.be.revertedWithCustomError(converter, "ZeroAddress");
      await expect(deploy(tokenA, ethers.ZeroAddress, 1n, 1n)).to.be.revertedWithCustomError(converter, "ZeroAddress");
      await expect(deploy(tokenA, tokenB, 0n, 1n)).to.be.revertedWithCustomError(converter, "ZeroRate");
      await expect(deploy(tokenA, tokenB, 1n, 0n)).to.be.revertedWithCustomError(converter, "ZeroRate");
    });
  });

  describe("convertTokens", () => {
    it("pays at the rate, rounded down, and keeps what came in", async () => {
      const { converter, tokenA, tokenB, user } = await loadFixture(stockedConverter);
      expect(await converter.quote(101n)).to.equal(151n);
      const converted = converter.connect(user)[convert](101n);
      await expect(converted).to.emit(converter, "Conversion").withArgs(user, 101n, 151n);
      await expect(converted).to.changeTokenBalances(ethers, tokenA, [user, converter], [-101n, 101n]);
      await expect(converted).to.changeTokenBalances(ethers, tokenB, [user, converter], [151n, -151n]);
    });

    it("multiplies without overflow", async () => {
      const { converter } = await loadFixture(stockedConverter);
      await converter.updateConversionRate(ethers.MaxUint256, ethers.MaxUint256);
      expect(await converter.quote(ethers.MaxUint256)).to.equal(ethers.MaxUint256);
    });

    it("refuses nothing, and more than the stock", async () => {
      const { converter, user } = await loadFixture(stockedConverter);
      await expect(converter.connect(user)[convert](0n)).to.be.revertedWithCustomError(converter, "ZeroAmount");
      await expect(converter.connect(user)[convert](601n))
        .to.be.revertedWithCustomError(converter, "InsufficientStock")
        .withArgs(900n, 901n);
      await converter.connect(user)[convert](600n);
    });

    it("H20: refuses a conversion that yields nothing", async () => {
      const { converter, tokenA, user } = await loadFixture(stockedConverter);
      await converter.updateConversionRate(1n, 1_000n);
      await expect(converter.connect(user)[convert](999n))
        .to.be.revertedWithCustomError(converter, "ZeroOutput")
        .withArgs(999n);
      expect(await tokenA.balanceOf(user)).to.equal(1_000n);
      await converter.connect(user)[convert](1_000n);
    });

    it("H20: the overload with a minimum protects from a change of the rate", async () => {
      const { converter, tokenB, user } = await loadFixture(stockedConverter);
      const expected = await converter.quote(100n);
      await converter.updateConversionRate(149n, 100n);
      await expect(converter.connect(user)[convertAtLeast](100n, expected))
        .to.be.revertedWithCustomError(converter, "SlippageExceeded")
        .withArgs(149n, 150n);
      await expect(converter.connect(user)[convertAtLeast](100n, 149n)).to.changeTokenBalance(
        ethers,
        tokenB,
        user,
        149n,
      );
    });

    it("stops while paused", async () => {
      const { converter, user } = await loadFixture(stockedConverter);
      await converter.pause();
      for (const call of [converter.connect(user)[convert](1n), converter.connect(user)[convertAtLeast](1n, 1n)])
        await expect(call).to.be.revertedWithCustomError(converter, "EnforcedPause");
      await converter.unpause();
      await converter.connect(user)[convert](1n);
    });

    it("lets no token call back into a conversion", async () => {
      const { tokenB, owner } = await loadFixture(stockedConverter);
      const evil = await ethers.deployContract("ReentrantTokenMock");
      const target = await ethers.deployContract("TokenConverter", [evil, tokenB, 1n, 1n]);
      await tokenB.mint(target, 10n);
      await evil.callOnTransfer(target, target.interface.encodeFunctionData(convert, [1n]));
      await expect(target.connect(owner)[convert](1n)).to.be.revertedWithCustomError(
        target,
        "ReentrancyGuardReentrantCall",
      );
    });
  });

  describe("the owner", () => {
    it("deposits and withdraws the stock", async () => {
      const { converter, tokenB, owner } = await loadFixture(deployConverter);
      const deposit = converter.depositTokenB(900n);
      await expect(deposit).to.emit(converter, "TokenBDeposited").withArgs(900n);
      await expect(deposit).to.changeTokenBalances(ethers, tokenB, [owner, converter], [-900n, 900n]);
      const withdrawal = converter.withdrawTokenB(400n);
      await expect(withdrawal).to.emit(converter, "TokenBWithdrawn").withArgs(400n);
      await expect(withdrawal).to.changeTokenBalances(ethers, tokenB, [owner, converter], [400n, -400n]);
      await expect(converter.withdrawTokenB(501n))
        .to.be.revertedWithCustomError(converter, "InsufficientStock")
        .withArgs(500n, 501n);
      await expect(converter.depositTokenB(0n)).to.be.revertedWithCustomError(converter, "ZeroAmount");
      await expect(converter.withdrawTokenB(0n)).to.be.revertedWithCustomError(converter, "ZeroAmount");
    });

    it("sets the rate, never to zero", async () => {
      const { converter } = await loadFixture(deployConverter);
      await expect(converter.updateConversionRate(7n, 5n)).to.emit(converter, "RateUpdated").withArgs(7n, 5n);
      expect(await converter.conversionRateNumerator()).to.equal(7n);
      expect(await converter.conversionRateDenominator()).to.equal(5n);
      await expect(converter.updateConversionRate(0n, 1n)).to.be.revertedWithCustomError(converter, "ZeroRate");
      await expect(converter.updateConversionRate(1n, 0n)).to.be.revertedWithCustomError(converter, "ZeroRate");
    });

    it("is the only one to do any of it", async () => {
      const { converter, other } = await loadFixture(deployConverter);
      const stranger = converter.connect(other);
      for (const call of [
        () => stranger.depositTokenB(1n),
        () => stranger.withdrawTokenB(1n),
        () => stranger.updateConversionRate(1n, 1n),
        () => stranger.pause(),
        () => stranger.unpause(),
        () => stranger.transferOwnership(other),
        () => stranger.renounceOwnership(),
      ])
        await expect(call()).to.be.revertedWithCustomError(converter, "OwnableUnauthorizedAccount").withArgs(other);
    });

    it("H20: hands over in two steps, and cannot renounce", async () => {
      const { converter, owner, other } = await loadFixture(deployConverter);
      await converter.transferOwnership(other);
      expect(await converter.owner()).to.equal(owner);
      expect(await converter.pendingOwner()).to.equal(other);
      await converter.connect(other).acceptOwnership();
      expect(await converter.owner()).to.equal(other);
      await expect(converter.connect(other).renounceOwnership())
        .to.be.revertedWithCustomError(converter, "OwnableInvalidOwner")
        .withArgs(ethers.ZeroAddress);
    });
  });
});
