import { expect } from "chai";
import { network } from "hardhat";

const { ethers, networkHelpers } = await network.create();
const { loadFixture, time } = networkHelpers;

const TOTAL = 1_000n;
const DAY = 86_400n;

async function deployVesting() {
  const [funder, beneficiary, revoker, other] = await ethers.getSigners();
  if (!funder || !beneficiary || !revoker || !other) throw new Error("four accounts are needed");
  const token = await ethers.deployContract("TokenMock", ["token"]);
  const cliff = BigInt(await time.latest()) + 100n * DAY;
  const end = cliff + 400n * DAY;
  const deploy = (transferable: boolean) =>
    ethers.deployContract("TokenVestingNoStaking", [beneficiary, revoker, cliff, end, transferable]);
  const vesting = await deploy(true);
  await token.mint(vesting, TOTAL);
  return { vesting, token, cliff, end, beneficiary, revoker, other, deploy };
}

/** The next transaction, and views until then, happen at `timestamp`. */
async function at(timestamp: bigint): Promise<void> {
  await time.setNextBlockTimestamp(timestamp);
}

describe("TokenVestingNoStaking", () => {
  describe("constructor", () => {
    it("keeps its arguments", async () => {
      const { vesting, cliff, end, beneficiary, revoker } = await loadFixture(deployVesting);
      expect(await vesting.getBeneficiary()).to.equal(beneficiary);
      expect(await vesting.getRevoker()).to.equal(revoker);
      expect(await vesting.cliff()).to.equal(cliff);
      expect(await vesting.end()).to.equal(end);
      expect(await vesting.transferableBeneficiary()).to.equal(true);
      expect(await vesting.revoked()).to.equal(false);
      expect(await vesting.CLIFF_DENOMINATOR()).to.equal(5n);
    });

    it("B22: refuses a cliff in the past; now is not", async () => {
      const { vesting, end, beneficiary, revoker } = await loadFixture(deployVesting);
      const factory = await ethers.getContractFactory("TokenVestingNoStaking");
      const now = BigInt(await time.latest()) + 10n;
      await at(now);
      await expect(factory.deploy(beneficiary, revoker, now - 1n, end, true))
        .to.be.revertedWithCustomError(vesting, "InvalidSchedule")
        .withArgs(now - 1n, end);
      await at(now + 1n);
      await factory.deploy(beneficiary, revoker, now + 1n, end, true);
    });

    it("refuses a zero beneficiary, a cliff after the end and an end now", async () => {
      const { vesting, cliff, end, beneficiary, revoker } = await loadFixture(deployVesting);
      const factory = await ethers.getContractFactory("TokenVestingNoStaking");
      await expect(factory.deploy(ethers.ZeroAddress, revoker, cliff, end, true)).to.be.revertedWithCustomError(
        vesting,
        "ZeroAddress",
      );
      await expect(factory.deploy(beneficiary, revoker, end + 1n, end, true))
        .to.be.revertedWithCustomError(vesting, "InvalidSchedule")
        .withArgs(end + 1n, end);
      const now = BigInt(await time.latest()) + 10n;
      await at(now);
      await expect(factory.deploy(beneficiary, revoker, now, now, true))
        .to.be.revertedWithCustomError(vesting, "InvalidSchedule")
        .withArgs(now, now);
    });
  });

  describe("release", () => {
    it("pays nothing before the cliff, a fifth at it, the rest linearly, all at the end", async () => {
      const { vesting, token, cliff, end, beneficiary } = await loadFixture(deployVesting);
      const release = () => vesting.connect(beneficiary).release(token);
      await at(cliff - 1n);
      await expect(release()).to.be.revertedWithCustomError(vesting, "NothingToRelease").withArgs(token);
      await at(cliff);
      const first = release();
      await expect(first).to.emit(vesting, "TokensReleased").withArgs(token, 200n);
      await expect(first).to.changeTokenBalance(ethers, token, beneficiary, 200n);
      // a quarter of the way: 200 + 800 / 4
      await at(cliff + 100n * DAY);
      await expect(release()).to.emit(vesting, "TokensReleased").withArgs(token, 200n);
      expect(await vesting.released(token)).to.equal(400n);
      // one second before the end: 200 + floor(800 * (1 - 1 / 34,560,000))
      await at(end - 1n);
      await expect(release()).to.emit(vesting, "TokensReleased").withArgs(token, 599n);
      await at(end);
      await expect(release()).to.emit(vesting, "TokensReleased").withArgs(token, 1n);
      expect(await token.balanceOf(beneficiary)).to.equal(TOTAL);
      await expect(release()).to.be.revertedWithCustomError(vesting, "NothingToRelease").withArgs(token);
    });

    it("counts tokens that arrive later as if they had been there", async () => {
      const { vesting, token, cliff, beneficiary } = await loadFixture(deployVesting);
      await at(cliff);
      await vesting.connect(beneficiary).release(token);
      await token.mint(vesting, 1_000n);
      await at(cliff + 200n * DAY);
      // half way with 2,000: 400 + 800, of which 200 are paid
      await expect(vesting.connect(beneficiary).release(token))
        .to.emit(vesting, "TokensReleased")
        .withArgs(token, 1_000n);
    });

    it("is the beneficiary's", async () => {
      const { vesting, token, end, beneficiary, revoker } = await loadFixture(deployVesting);
      await at(end);
      await expect(vesting.connect(revoker).release(token))
        .to.be.revertedWithCustomError(vesting, "OnlyBeneficiary")
        .withArgs(revoker, beneficiary);
    });
  });

  describe("revoke", () => {
    it("returns the unvested part at once and leaves the vested part", async () => {
      const { vesting, token, cliff, beneficiary, revoker } = await loadFixture(deployVesting);
      await at(cliff);
      await vesting.connect(beneficiary).release(token);
      await at(cliff + 100n * DAY);
      const revocation = vesting.connect(revoker).revoke(token);
      await expect(revocation).to.emit(vesting, "TokenVestingRevoked").withArgs(token, 600n);
      await expect(revocation).to.changeTokenBalances(ethers, token, [revoker, vesting], [600n, -600n]);
      expect(await vesting.revoked()).to.equal(true);
      expect(await vesting.isRevoked(token)).to.equal(true);
      expect(await vesting.releasable(token)).to.equal(200n);
      await vesting.connect(beneficiary).release(token);
      expect(await token.balanceOf(beneficiary)).to.equal(400n);
      expect(await token.balanceOf(vesting)).to.equal(0n);
    });

    it("takes all before the cliff", async () => {
      const { vesting, token, revoker } = await loadFixture(deployVesting);
      await expect(vesting.connect(revoker).revoke(token)).to.changeTokenBalance(ethers, token, revoker, TOTAL);
      expect(await vesting.releasable(token)).to.equal(0n);
    });

    it("happens once", async () => {
      const { vesting, token, cliff, revoker } = await loadFixture(deployVesting);
      await at(cliff);
      await vesting.connect(revoker).revoke(token);
      await token.mint(vesting, 50n);
      await expect(vesting.connect(revoker).revoke(token))
        .to.be.revertedWithCustomError(vesting, "AlreadyRevoked")
        .withArgs(token);
    });

    it("B18: what arrives after it is released at once", async () => {
      const { vesting, token, cliff, beneficiary, revoker } = await loadFixture(deployVesting);
      await at(cliff);
      await vesting.connect(beneficiary).release(token);
      await vesting.connect(revoker).revoke(token);
      const left = await vesting.releasable(token);
      await token.mint(vesting, 50n);
      expect(await vesting.releasable(token)).to.equal(left + 50n);
      await expect(vesting.connect(beneficiary).release(token)).to.changeTokenBalances(
        ethers,
        token,
        [beneficiary, vesting],
        [left + 50n, -(left + 50n)],
      );
      await token.mint(vesting, 7n);
      await expect(vesting.connect(beneficiary).release(token)).to.emit(vesting, "TokensReleased").withArgs(token, 7n);
      expect(await vesting.released(token)).to.equal(200n + left + 57n);
    });

    it("B19: at the very end it succeeds and refunds nothing, a second later it does not", async () => {
      const { vesting, token, end, beneficiary, revoker } = await loadFixture(deployVesting);
      const before = await networkHelpers.takeSnapshot();
      await at(end);
      const revocation = vesting.connect(revoker).revoke(token);
      await expect(revocation).to.emit(vesting, "TokenVestingRevoked").withArgs(token, 0n);
      await expect(revocation).to.changeTokenBalances(ethers, token, [revoker, vesting], [0n, 0n]);
      await expect(vesting.connect(beneficiary).release(token)).to.changeTokenBalance(
        ethers,
        token,
        beneficiary,
        TOTAL,
      );
      await before.restore();
      await at(end + 1n);
      await expect(vesting.connect(revoker).revoke(token))
        .to.be.revertedWithCustomError(vesting, "VestingEnded")
        .withArgs(end, end + 1n);
    });

    it("is the revoker's", async () => {
      const { vesting, token, beneficiary, revoker } = await loadFixture(deployVesting);
      await expect(vesting.connect(beneficiary).revoke(token))
        .to.be.revertedWithCustomError(vesting, "OnlyRevoker")
        .withArgs(beneficiary, revoker);
    });

    it("H16: revoking a worthless token releases nothing of another", async () => {
      const { vesting, token, cliff, beneficiary, revoker } = await loadFixture(deployVesting);
      const worthless = await ethers.deployContract("TokenMock", ["worthless"]);
      await worthless.mint(vesting, 1n);
      await at(cliff - 10n);
      await vesting.connect(revoker).revoke(worthless);
      expect(await vesting.revoked()).to.equal(true);
      expect(await vesting.isRevoked(token)).to.equal(false);
      await expect(vesting.connect(beneficiary).release(token))
        .to.be.revertedWithCustomError(vesting, "NothingToRelease")
        .withArgs(token);
      await at(cliff);
      await expect(vesting.connect(beneficiary).release(token))
        .to.emit(vesting, "TokensReleased")
        .withArgs(token, 200n);
      // and the real token can still be revoked
      await expect(vesting.connect(revoker).revoke(token)).to.changeTokenBalance(ethers, token, revoker, 800n);
    });
  });

  describe("parties", () => {
    it("the beneficiary hands over, if so deployed", async () => {
      const { vesting, beneficiary, other, deploy } = await loadFixture(deployVesting);
      await expect(vesting.connect(other).transferBeneficiary(other))
        .to.be.revertedWithCustomError(vesting, "OnlyBeneficiary")
        .withArgs(other, beneficiary);
      await expect(vesting.connect(beneficiary).transferBeneficiary(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        vesting,
        "ZeroAddress",
      );
      await expect(vesting.connect(beneficiary).transferBeneficiary(other))
        .to.emit(vesting, "BeneficiaryTransferred")
        .withArgs(beneficiary, other);
      expect(await vesting.getBeneficiary()).to.equal(other);
      const fixed = await deploy(false);
      await expect(fixed.connect(beneficiary).transferBeneficiary(other)).to.be.revertedWithCustomError(
        fixed,
        "BeneficiaryNotTransferable",
      );
    });

    it("the revoker hands over", async () => {
      const { vesting, revoker, other } = await loadFixture(deployVesting);
      await expect(vesting.connect(other).transferRevoker(other))
        .to.be.revertedWithCustomError(vesting, "OnlyRevoker")
        .withArgs(other, revoker);
      await expect(vesting.connect(revoker).transferRevoker(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        vesting,
        "ZeroAddress",
      );
      await expect(vesting.connect(revoker).transferRevoker(other))
        .to.emit(vesting, "RevokerTransferred")
        .withArgs(revoker, other);
      expect(await vesting.getRevoker()).to.equal(other);
    });
  });
});
