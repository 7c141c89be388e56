import { expect } from "chai";
import { AbiCoder, ZeroAddress } from "ethers";
import type { TransactionReceipt, Contract } from "ethers";
import { network } from "hardhat";
import { deployBridge } from "../helpers/arbitrum/deployBridge.ts";
import { RetryableRelay } from "../helpers/arbitrum/RetryableRelay.ts";
import { behindProxy, SESH, signPermit } from "../helpers/family.ts";

/** Ethereum and Arbitrum, as two local chains. */
const l1 = await network.create({ network: "hardhat", override: { chainId: 1 } });
const l2 = await network.create({ network: "hardhat", override: { chainId: 42_161 } });

const SUPPLY = 240_000_000n * SESH;
const MAX_GAS = 1_000_000n;
const GAS_PRICE_BID = 1_000_000_000n;
const SUBMISSION_COST = 10n ** 16n;
/** What one ticket costs at most. */
const TICKET_VALUE = SUBMISSION_COST + MAX_GAS * GAS_PRICE_BID;
/** Arbitrum's shift between an L1 contract and its alias on L2. */
const ALIAS_OFFSET = 0x1111000000000000000000000000000000001111n;

async function mined(
  transaction: Promise<{ wait(): Promise<TransactionReceipt | null> }>,
): Promise<TransactionReceipt> {
  const receipt = await (await transaction).wait();
  if (receipt === null) throw new Error("not mined");
  return receipt;
}

/** The vendor's bridge, SESH on L1 and SESHL2 on L2, not yet registered. */
async function deployTokens() {
  const [deployer, treasury, alice] = await l1.ethers.getSigners();
  const [l2Deployer, l2Treasury, l2Alice, l2Stranger] = await l2.ethers.getSigners();
  if (!deployer || !treasury || !alice || !l2Deployer || !l2Treasury || !l2Alice || !l2Stranger)
    throw new Error("four accounts are needed");
  const bridge = await deployBridge(deployer, l2Deployer, l2.ethers.provider);
  const sesh = await l1.ethers.deployContract("SESH", [SUPPLY, treasury, bridge.l1Gateway, bridge.l1Router]);
  const seshL2 = await behindProxy(l2.ethers, await l2.ethers.deployContract("SESHL2"), l2Deployer, [
    await bridge.l2Gateway.getAddress(),
    await sesh.getAddress(),
  ]);
  const relay = new RetryableRelay(bridge, { l2: l2.ethers.provider });
  const registrationBy = (by: typeof treasury, l2Token: string) =>
    sesh
      .connect(by)
      .registerTokenOnL2(
        l2Token,
        SUBMISSION_COST,
        SUBMISSION_COST,
        MAX_GAS,
        MAX_GAS,
        GAS_PRICE_BID,
        TICKET_VALUE,
        TICKET_VALUE,
        by,
        { value: 2n * TICKET_VALUE, gasLimit: 2_000_000n },
      );
  const actors = { deployer, treasury, alice, l2Treasury, l2Alice, l2Stranger };
  return { bridge, sesh, seshL2, relay, registrationBy, ...actors };
}

async function registered() {
  const all = await deployTokens();
  await all.relay.relay(await mined(all.registrationBy(all.treasury, await all.seshL2.getAddress())));
  const { bridge, sesh, relay, treasury, l2Alice } = all;
  const deposit = async (amount: bigint) => {
    await sesh.connect(treasury).approve(bridge.l1Gateway, amount);
    const router = bridge.l1Router.connect(treasury) as Contract;
    const data = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes"], [SUBMISSION_COST, "0x"]);
    return mined(
      router.getFunction("outboundTransferCustomRefund")(
        sesh,
        treasury,
        l2Alice,
        amount,
        MAX_GAS,
        GAS_PRICE_BID,
        data,
        { value: TICKET_VALUE },
      ),
    );
  };
  /** Alice's tokens on L2 to her account on L1. */
  const withdraw = (amount: bigint) => {
    const router = bridge.l2Router.connect(l2Alice) as Contract;
    const withdrawal = router.getFunction("outboundTransfer(address,address,uint256,bytes)");
    return mined(withdrawal(sesh, l2Alice, amount, "0x"));
  };
  return { ...all, relay, deposit, withdraw };
}

async function deposited() {
  const all = await registered();
  await all.relay.relay(await all.deposit(1_000n * SESH));
  return all;
}

describe("SESH across Arbitrum's bridge", () => {
  // two chains: a snapshot of one would not fit the other, so every test deploys its own

  describe("registration", () => {
    it("by the genesis receiver sets gateway and router on both sides", async () => {
      const { bridge, sesh, seshL2, relay, registrationBy, treasury } = await deployTokens();
      const receipt = await mined(registrationBy(treasury, await seshL2.getAddress()));
      const tickets = relay.tickets(receipt);
      const aliasOf = async (contract: Contract) =>
        l1.ethers.getAddress(l1.ethers.toBeHex((BigInt(await contract.getAddress()) + ALIAS_OFFSET) % 2n ** 160n, 20));
      expect(tickets.map(({ from }) => from)).to.deep.equal([
        await aliasOf(bridge.l1Gateway),
        await aliasOf(bridge.l1Router),
      ]);
      expect(tickets.map(({ to }) => to)).to.deep.equal([
        await bridge.l2Gateway.getAddress(),
        await bridge.l2Router.getAddress(),
      ]);
      await relay.relay(receipt);

      expect(await bridge.l1Gateway.getFunction("l1ToL2Token")(sesh)).to.equal(seshL2);
      expect(await bridge.l1Router.getFunction("getGateway")(sesh)).to.equal(bridge.l1Gateway);
      expect(await bridge.l2Gateway.getFunction("l1ToL2Token")(sesh)).to.equal(seshL2);
      expect(await bridge.l2Router.getFunction("getGateway")(sesh)).to.equal(bridge.l2Gateway);
      expect(await bridge.l1Router.getFunction("calculateL2TokenAddress")(sesh)).to.equal(seshL2);
    });

    it("H18: nobody else can come first with another token", async () => {
      const { bridge, sesh, seshL2, relay, registrationBy, treasury, alice } = await deployTokens();
      const forged = alice.address;
      await expect(registrationBy(alice, forged))
        .to.be.revertedWithCustomError(sesh, "OnlyGenesisReceiver")
        .withArgs(alice);
      // past the token: the gateway asks it for its consent, which it gives to its own registration only
      await expect(sesh.isArbitrumEnabled()).to.be.revertedWithCustomError(sesh, "NotRegistering");
      expect(await bridge.l1Gateway.getFunction("l1ToL2Token")(sesh)).to.equal(ZeroAddress);

      await relay.relay(await mined(registrationBy(treasury, await seshL2.getAddress())));
      expect(await bridge.l2Gateway.getFunction("l1ToL2Token")(sesh)).to.equal(seshL2);
      // the vendor's gateway is first-write-wins
      await expect(registrationBy(treasury, forged)).to.be.revertedWith("NO_UPDATE_TO_DIFFERENT_ADDR");
    });
  });

  describe("deposit, L1 to L2", () => {
    it("locks in the gateway and mints the same on L2", async () => {
      const { bridge, sesh, seshL2, relay, deposit, treasury, l2Alice } = await registered();
      const amount = 1_000n * SESH + 1n;
      const receipt = await deposit(amount);
      expect(await sesh.balanceOf(treasury)).to.equal(SUPPLY - amount);
      expect(await sesh.balanceOf(bridge.l1Gateway)).to.equal(amount);
      expect(await seshL2.totalSupply()).to.equal(0n);
      await relay.relay(receipt);
      expect(await seshL2.balanceOf(l2Alice)).to.equal(amount);
      expect(await seshL2.totalSupply()).to.equal(amount);
    });

    it("a ticket for somebody else's message mints nothing", async () => {
      const { bridge, sesh, relay, deposit, l2Stranger } = await registered();
      const [ticket] = relay.tickets(await deposit(5n));
      const gateway = bridge.l2Gateway.connect(l2Stranger) as Contract;
      await expect(
        gateway.getFunction("finalizeInboundTransfer")(sesh, l2Stranger, l2Stranger, 5n, "0x"),
      ).to.be.revertedWith("ONLY_COUNTERPART_GATEWAY");
      // neither from the L1 gateway's address without its alias
      if (!ticket) throw new Error("no ticket");
      const unaliased = await bridge.l1Gateway.getAddress();
      const failure = await relay.execute({ ...ticket, from: unaliased }).catch((error: unknown) => error);
      expect(String(failure)).to.contain("ONLY_COUNTERPART_GATEWAY");
    });
  });

  describe("withdrawal, L2 to L1", () => {
    it("burns on L2 and releases the same from the gateway", async () => {
      const { bridge, sesh, seshL2, relay, withdraw, deployer, l2Alice } = await deposited();
      for (const amount of [400n * SESH, 1n]) {
        const [before, held] = [await sesh.balanceOf(l2Alice), await sesh.balanceOf(bridge.l1Gateway)];
        const supply = await seshL2.totalSupply();
        const receipt = await withdraw(amount);
        expect(await seshL2.totalSupply()).to.equal(supply - amount);
        expect(await sesh.balanceOf(l2Alice)).to.equal(before);
        await relay.relayWithdrawals(receipt, deployer);
        expect(await sesh.balanceOf(l2Alice)).to.equal(before + amount);
        expect(await sesh.balanceOf(bridge.l1Gateway)).to.equal(held - amount);
      }
    });

    it("needs the tokens", async () => {
      const { seshL2, withdraw, l2Alice } = await deposited();
      await expect(withdraw(1_000n * SESH + 1n))
        .to.be.revertedWithCustomError(seshL2, "ERC20InsufficientBalance")
        .withArgs(l2Alice, 1_000n * SESH, 1_000n * SESH + 1n);
    });
  });

  it("nobody but the gateway mints or burns", async () => {
    const { seshL2, l2Treasury, l2Alice, l2Stranger } = await deposited();
    for (const account of [l2Treasury, l2Alice, l2Stranger]) {
      await expect(seshL2.connect(account).bridgeMint(account, 1n))
        .to.be.revertedWithCustomError(seshL2, "OnlyL2Gateway")
        .withArgs(account);
      await expect(seshL2.connect(account).bridgeBurn(l2Alice, 1n))
        .to.be.revertedWithCustomError(seshL2, "OnlyL2Gateway")
        .withArgs(account);
    }
    expect(await seshL2.totalSupply()).to.equal(1_000n * SESH);
  });

  it("H19: a permit takes the place of an approval on either side, and not on the other", async () => {
    const { sesh, seshL2, treasury, l2Alice, l2Stranger, alice } = await deposited();
    for (const [token, chainId] of [
      [sesh, 1n],
      [seshL2, 42_161n],
    ] as const) {
      const domain = await token.eip712Domain();
      expect([domain.name, domain.version, domain.chainId, domain.verifyingContract]).to.deep.equal([
        "Session Token",
        "1",
        chainId,
        await token.getAddress(),
      ]);
    }
    const value = 5n * SESH;
    const permit = { spender: alice.address, value, deadline: 2n ** 40n };
    const onL1 = await signPermit(treasury, sesh, permit);
    const onL2 = await signPermit(l2Alice, seshL2, { ...permit, spender: l2Stranger.address });

    await sesh.connect(alice).permit(treasury, alice, value, permit.deadline, onL1.v, onL1.r, onL1.s);
    await sesh.connect(alice).transferFrom(treasury, alice, value);
    expect(await sesh.balanceOf(alice)).to.equal(value);

    const onL2By = seshL2.connect(l2Stranger);
    await onL2By.permit(l2Alice, l2Stranger, value, permit.deadline, onL2.v, onL2.r, onL2.s);
    await onL2By.transferFrom(l2Alice, l2Stranger, value);
    expect(await seshL2.balanceOf(l2Stranger)).to.equal(value);

    // each is bound to its chain and token: what was signed for L1 recovers to somebody else on L2
    await expect(
      onL2By.permit(treasury.address, alice.address, value, permit.deadline, onL1.v, onL1.r, onL1.s),
    ).to.be.revertedWithCustomError(seshL2, "ERC2612InvalidSigner");
  });
});
