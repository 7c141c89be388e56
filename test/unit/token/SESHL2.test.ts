import { expect } from "chai";
import { network } from "hardhat";
import { signPermit } from "../../helpers/permit.ts";
import { deployProxy } from "../../helpers/staking.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

const L1_TOKEN = "0x10Ea9E5303670331Bdddfa66A4cEA47dae4fcF3b";
/** keccak256(abi.encode(uint256(keccak256("openzeppelin.storage.Initializable")) - 1)) & ~0xff */
const INITIALIZABLE_SLOT = "0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00";
/** The same of "openzeppelin.storage.EIP712": two hashes, name, version. */
const EIP712_SLOT = 0xa16a46d94261c7517cc8ff89f61c0ce93598e3c849801011dee649a6a557d100n;

describe("SESHL2", () => {
  async function deploy() {
    const [owner, gateway, alice, bob] = (await ethers.getSigners()).slice(0, 4);
    if (owner === undefined || gateway === undefined || alice === undefined || bob === undefined) {
      throw new Error("four accounts");
    }
    const address = await deployProxy(connection, "SESHL2", [gateway.address, L1_TOKEN], owner);
    return { token: await ethers.getContractAt("SESHL2", address), owner, gateway, alice, bob };
  }

  it("is SESH on L2 for its gateway, initialised once", async () => {
    const { token, gateway } = await networkHelpers.loadFixture(deploy);

    expect(await token.l2Gateway()).to.equal(gateway.address);
    expect(await token.l1Address()).to.equal(L1_TOKEN);
    expect(await token.decimals()).to.equal(9n);
    expect(await token.symbol()).to.equal("SESH");
    expect(await token.totalSupply()).to.equal(0n);
    expect(await token.VERSION(), "B5").to.equal(3n);
    await expect(token.initialize(gateway.address, L1_TOKEN))
      .to.be.revertedWithCustomError(token, "InvalidInitialization")
      .withArgs();
  });

  it("H10: the implementation is closed, zero addresses are refused", async () => {
    const { token, owner, gateway } = await networkHelpers.loadFixture(deploy);
    const implementation = await ethers.deployContract("SESHL2");
    await expect(implementation.initialize(gateway.address, L1_TOKEN))
      .to.be.revertedWithCustomError(implementation, "InvalidInitialization")
      .withArgs();
    for (const args of [
      [ethers.ZeroAddress, L1_TOKEN],
      [gateway.address, ethers.ZeroAddress],
    ]) {
      await expect(deployProxy(connection, "SESHL2", args, owner))
        .to.be.revertedWithCustomError(token, "NullAddress")
        .withArgs();
    }
  });

  it("is minted and burnt by the gateway alone", async () => {
    const { token, gateway, alice } = await networkHelpers.loadFixture(deploy);
    for (const call of ["bridgeMint", "bridgeBurn"] as const) {
      await expect(token.connect(alice)[call](alice.address, 1n))
        .to.be.revertedWithCustomError(token, "OnlyL2Gateway")
        .withArgs(alice.address);
    }

    await expect(token.connect(gateway).bridgeMint(alice.address, 10n))
      .to.emit(token, "Transfer")
      .withArgs(ethers.ZeroAddress, alice.address, 10n);
    await expect(token.connect(gateway).bridgeBurn(alice.address, 4n))
      .to.emit(token, "Transfer")
      .withArgs(alice.address, ethers.ZeroAddress, 4n);
    expect(await token.balanceOf(alice)).to.equal(6n);
    expect(await token.totalSupply()).to.equal(6n);
    await expect(token.connect(gateway).bridgeBurn(alice.address, 7n))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
      .withArgs(alice.address, 6n, 7n);
  });

  describe("H19: permit", () => {
    it("works from the first day", async () => {
      const { token, alice, bob } = await networkHelpers.loadFixture(deploy);
      const { v, r, s } = await signPermit(token, alice, bob.address, 5n, 2n ** 64n);

      await token.permit(alice.address, bob.address, 5n, 2n ** 64n, v, r, s);

      expect(await token.allowance(alice, bob)).to.equal(5n);
      await expect(token.permit(alice.address, bob.address, 5n, 2n ** 64n, v, r, s)).to.be.revertedWithCustomError(
        token,
        "ERC2612InvalidSigner",
      );
    });

    it("comes to a token that was deployed without, by a reinitialiser for anybody, once", async () => {
      const { token, alice, bob } = await networkHelpers.loadFixture(deploy);
      // as the live proxy: initialised to version 1, no EIP-712 domain
      for (const offset of [2n, 3n])
        await networkHelpers.setStorageAt(token.target as string, EIP712_SLOT + offset, 0n);
      expect(await ethers.provider.getStorage(token, INITIALIZABLE_SLOT)).to.equal(ethers.toBeHex(1, 32));
      expect((await token.eip712Domain()).name).to.equal("");

      await expect(token.connect(bob).initializePermit()).to.emit(token, "Initialized").withArgs(2n);

      const { v, r, s } = await signPermit(token, alice, bob.address, 5n, 2n ** 64n);
      await token.permit(alice.address, bob.address, 5n, 2n ** 64n, v, r, s);
      expect(await token.allowance(alice, bob)).to.equal(5n);
      await expect(token.initializePermit()).to.be.revertedWithCustomError(token, "InvalidInitialization").withArgs();
    });
  });
});
