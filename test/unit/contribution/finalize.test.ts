import { expect } from "chai";
import { network } from "hardhat";
import { deployFamily, MAX_CONTRIBUTORS, REQUIREMENT } from "../../helpers/family.ts";
import { testNode } from "../../helpers/testNode.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture } = networkHelpers;

const ZERO = ethers.ZeroAddress;
const QUARTER = REQUIREMENT / 4n;
const PAY = "contributeFunds(uint256,address)";

/** Three quarters are in: the operator's, bob's (rewards to dave), alice's; carol's payment fills it. */
async function almostFull(manualFinalize: boolean) {
  const all = await deployFamily(ethers);
  const { operator, alice, bob, carol, dave } = all;
  const contribution = await all.deployContribution({ manualFinalize, fee: 12n });
  await contribution.connect(operator)[PAY](QUARTER, ZERO);
  await contribution.connect(bob)[PAY](QUARTER, dave);
  await contribution.connect(alice)[PAY](QUARTER, ZERO);
  const fill = () => contribution.connect(carol)[PAY](QUARTER, ZERO);
  return { ...all, contribution, fill, byOperator: contribution.connect(operator) };
}

const automatic = () => almostFull(false);
const manual = () => almostFull(true);

describe("ServiceNodeContribution: finalisation", () => {
  it("registers the node with the payment that fills it", async () => {
    const { contribution, fill, rewards, sesh, operator, alice, bob, carol, dave } = await loadFixture(automatic);
    const filled = fill();
    await expect(filled).to.emit(contribution, "Filled").withArgs();
    await expect(filled).to.emit(contribution, "Finalized").withArgs();
    const { key, ed25519 } = testNode(1);
    await expect(filled)
      .to.emit(rewards, "NewServiceNodeV2")
      .withArgs(
        1n,
        contribution,
        [key.X, key.Y],
        [ed25519, 1n, 2n, 12n],
        // in order of the first payment, the operator first
        [
          [[operator.address, operator.address], QUARTER],
          [[bob.address, dave.address], QUARTER],
          [[alice.address, alice.address], QUARTER],
          [[carol.address, carol.address], QUARTER],
        ],
      );
    await expect(filled).to.changeTokenBalances(
      ethers,
      sesh,
      [carol, contribution, rewards],
      [-QUARTER, -3n * QUARTER, REQUIREMENT],
    );
    expect(await contribution.status()).to.equal(3n);
    expect(await sesh.allowance(contribution, rewards)).to.equal(0n);
  });

  it("the operator of the node is the operator, not the contribution contract", async () => {
    const { contribution, fill, rewards, operator } = await loadFixture(automatic);
    await fill();
    const node = await rewards.serviceNodes(1);
    expect(node.operator).to.equal(operator);
    expect(node.contributors.map(({ staker }) => staker.addr)).to.not.include(await contribution.getAddress());
  });

  it("lets each contributor ask for the exit", async () => {
    const { fill, rewards, carol } = await loadFixture(automatic);
    await fill();
    await expect(rewards.connect(carol).initiateExitBLSPublicKey(1n)).to.emit(rewards, "ServiceNodeExitRequest");
  });

  it("waits for the operator if so asked", async () => {
    const { contribution, fill, byOperator, rewards, sesh } = await loadFixture(manual);
    await expect(byOperator.finalize()).to.be.revertedWithCustomError(contribution, "FinalizeNotPossible").withArgs(1n);
    const filled = fill();
    await expect(filled).to.emit(contribution, "Filled").withArgs();
    await expect(filled).to.not.emit(contribution, "Finalized");
    expect(await contribution.status()).to.equal(2n);
    expect(await rewards.totalNodes()).to.equal(0n);
    const finalised = byOperator.finalize();
    await expect(finalised).to.emit(contribution, "Finalized").withArgs();
    await expect(finalised).to.changeTokenBalances(ethers, sesh, [contribution, rewards], [-REQUIREMENT, REQUIREMENT]);
    await expect(byOperator.finalize()).to.be.revertedWithCustomError(contribution, "FinalizeNotPossible").withArgs(3n);
  });

  it("H13: names what changed in the rewards contract meanwhile", async () => {
    const { contribution, fill, byOperator, rewards } = await loadFixture(manual);
    await fill();
    await rewards.setStakingRequirement(REQUIREMENT + 1n);
    await expect(byOperator.finalize())
      .to.be.revertedWithCustomError(contribution, "RewardsContractStakingRequirementChanged")
      .withArgs(REQUIREMENT, REQUIREMENT + 1n);
    await networkHelpers.setStorageAt(await rewards.getAddress(), 12, 11n);
    await expect(byOperator.finalize())
      .to.be.revertedWithCustomError(contribution, "RewardsContractMaxContributorsChanged")
      .withArgs(MAX_CONTRIBUTORS, 11n);
  });

  it("tells all in one call", async () => {
    const { contribution, byOperator, operator, alice, bob, dave } = await loadFixture(automatic);
    const before = await contribution.summary();
    const { key, ed25519 } = testNode(1);
    expect(before.status).to.equal(1n);
    expect(before.manualFinalize).to.equal(false);
    expect(before.operator).to.equal(operator);
    expect(before.stakingRequirement).to.equal(REQUIREMENT);
    expect(before.maxContributors).to.equal(MAX_CONTRIBUTORS);
    expect(before.totalContribution).to.equal(3n * QUARTER);
    expect(before.totalReservedContribution).to.equal(0n);
    expect(before.minimumContribution).to.equal(await contribution.minimumContribution());
    expect(before.paramsHash).to.equal(await contribution.paramsHash());
    expect(before.blsPubkey).to.deep.equal([key.X, key.Y]);
    expect(before.params).to.deep.equal([ed25519, 1n, 2n, 12n]);
    expect(before.contributors).to.deep.equal([
      [[operator.address, operator.address], QUARTER],
      [[bob.address, dave.address], QUARTER],
      [[alice.address, alice.address], QUARTER],
    ]);
    expect(before.reserved).to.deep.equal([]);
    await byOperator.reset();
    await byOperator.updateReservedContributors([
      { addr: operator, amount: QUARTER },
      { addr: alice, amount: 2n * QUARTER },
    ]);
    await byOperator[PAY](QUARTER, ZERO);
    const after = await contribution.summary();
    expect(after.reserved).to.deep.equal([
      [operator.address, QUARTER],
      [alice.address, 2n * QUARTER],
    ]);
    expect(after.received).to.deep.equal([true, false]);
    expect(after.totalReservedContribution).to.equal(2n * QUARTER);
    expect(after.minimumContribution).to.equal((QUARTER + 7n) / 8n);
  });
});
