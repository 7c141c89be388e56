import { expect } from "chai";
import { network } from "hardhat";
import { signPermit } from "../../helpers/permit.ts";
import { SESH_UNIT } from "../../helpers/staking.ts";

const { ethers, networkHelpers } = await network.create();

const SUPPLY = 240_000_000n * SESH_UNIT;
const L2_TOKEN = "0x000000000000000000000000000000000000dEaD";

describe("SESH", () => {
  async function deploy() {
    const [owner, genesis, other] = (await ethers.getSigners()).slice(0, 3);
    if (owner === undefined || genesis === undefined || other === undefined) throw new Error("three accounts");
    const gateway = await ethers.deployContract("L1BridgeMock");
    const router = await ethers.deployContract("L1BridgeMock");
    const token = await ethers.deployContract("SESH", [SUPPLY, genesis.address, gateway.target, router.target]);
    return { token, gateway, router, owner, genesis, other };
  }

  it("mints the supply once, with 9 decimals", async () => {
    const { token, gateway, router, genesis } = await networkHelpers.loadFixture(deploy);

    expect(await token.totalSupply()).to.equal(SUPPLY);
    expect(await token.balanceOf(genesis)).to.equal(SUPPLY);
    expect(await token.decimals()).to.equal(9n);
    expect(await token.symbol()).to.equal("SESH");
    expect(await token.gateway()).to.equal(gateway.target);
    expect(await token.router()).to.equal(router.target);
    expect(await token.genesisReceiver()).to.equal(genesis.address);
    expect(await token.VERSION(), "B5: as live, which is not upgraded in place").to.equal(2n);
  });

  it("B22: refuses a supply of 0", async () => {
    const { token, gateway, router, genesis } = await networkHelpers.loadFixture(deploy);
    const factory = await ethers.getContractFactory("SESH");
    await expect(factory.deploy(0n, genesis.address, gateway, router))
      .to.be.revertedWithCustomError(token, "ZeroSupply")
      .withArgs();
  });

  it("refuses to be born without gateway, router or receiver", async () => {
    const { token, gateway, genesis } = await networkHelpers.loadFixture(deploy);
    const zero = ethers.ZeroAddress;
    for (const [receiver, first, second] of [
      [genesis.address, zero, gateway.target],
      [genesis.address, gateway.target, zero],
    ] as const) {
      await expect(ethers.deployContract("SESH", [SUPPLY, receiver, first, second]))
        .to.be.revertedWithCustomError(token, "NullAddress")
        .withArgs();
    }
    await expect(ethers.deployContract("SESH", [SUPPLY, zero, gateway.target, gateway.target]))
      .to.be.revertedWithCustomError(token, "ERC20InvalidReceiver")
      .withArgs(zero);
  });

  it("takes a signed approval", async () => {
    const { token, genesis, other } = await networkHelpers.loadFixture(deploy);
    const { v, r, s } = await signPermit(token, genesis, other.address, 5n, 2n ** 64n);

    await token.permit(genesis.address, other.address, 5n, 2n ** 64n, v, r, s);

    expect(await token.allowance(genesis, other)).to.equal(5n);
  });

  describe("registerTokenOnL2", () => {
    const args = [L2_TOKEN, 11n, 12n, 13n, 14n, 15n, 100n, 200n] as const;

    it("registers with gateway and router, consenting only meanwhile", async () => {
      const { token, gateway, router, genesis, other } = await networkHelpers.loadFixture(deploy);

      const registration = token.connect(genesis).registerTokenOnL2(...args, other.address, { value: 300n });

      await expect(registration)
        .to.emit(gateway, "Registered")
        .withArgs(token.target, L2_TOKEN, 13n, 15n, 11n, other.address, 100n, 0xb1n);
      await expect(registration)
        .to.emit(router, "GatewaySet")
        .withArgs(token.target, gateway.target, 14n, 15n, 12n, other.address, 200n, 0xb1n);
      expect(await ethers.provider.getBalance(token)).to.equal(0n);
      await expect(token.isArbitrumEnabled()).to.be.revertedWithCustomError(token, "NotRegistering").withArgs();
    });

    it("H18: is the genesis receiver's alone", async () => {
      const { token, owner, other } = await networkHelpers.loadFixture(deploy);
      for (const caller of [owner, other]) {
        await expect(token.connect(caller).registerTokenOnL2(...args, other.address, { value: 300n }))
          .to.be.revertedWithCustomError(token, "OnlyGenesisReceiver")
          .withArgs(caller.address);
      }
    });

    it("takes the two values at least, and keeps what is more", async () => {
      const { token, genesis } = await networkHelpers.loadFixture(deploy);
      await expect(
        token.connect(genesis).registerTokenOnL2(...args, genesis.address, { value: 299n }),
      ).to.be.revertedWithoutReason(ethers);
      await token.connect(genesis).registerTokenOnL2(...args, genesis.address, { value: 301n });
      expect(await ethers.provider.getBalance(token)).to.equal(1n);
    });
  });
});
