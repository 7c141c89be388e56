import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { network } from "hardhat";
import { eventsOf } from "../../helpers/events.ts";
import { deployFamily, REQUIREMENT } from "../../helpers/family.ts";

const { ethers, networkHelpers } = await network.create();
const { loadFixture } = networkHelpers;

const QUARTER = REQUIREMENT / 4n;
const PAY = "contributeFunds(uint256,address)";
/** What stands for the implementation's address in ContributionClone.yul. */
const PLACEHOLDER = "c7ac1fd4d1a0b8a4fb1ba2b2e0dfb4c3e4b6a1d9";

/** A contribution with a fee of 5 % that is finalised by hand, and the implementation behind it under the same storage. */
async function fresh() {
  const all = await deployFamily(ethers);
  const contribution = await all.deployContribution({ fee: 500n, manualFinalize: true });
  return { ...all, contribution, byOperator: contribution.connect(all.operator) };
}

/** The runtime code that the compiler makes of ContributionClone.yul. */
function compiled(): string {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const content = readFileSync("contracts/contribution/ContributionClone.yul", "utf8");
  const settings = {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200, details: { yul: true } },
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  };
  const input = { language: "Yul", sources: { "clone.yul": { content } }, settings };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
  };
  return output.contracts["clone.yul"]!["ContributionClone"]!.evm.bytecode.object;
}

describe("ContributionClone", () => {
  it("is what its Yul source compiles to, with the implementation's address, and the arguments behind it", async () => {
    const { contribution, factory, rewards, sesh, operator } = await loadFixture(fresh);
    const implementation = (await factory.contributionImplementation()).slice(2).toLowerCase();
    const code = compiled().replace(PLACEHOLDER, implementation);
    const birth = ethers.solidityPacked(
      ["address", "address", "address", "uint96", "uint8"],
      [rewards.target, sesh.target, operator.address, REQUIREMENT, 10],
    );
    expect(code).to.contain(implementation);
    expect(await ethers.provider.getCode(contribution)).to.equal(`0x${code}${birth.slice(2)}`);
  });

  it("updateFee: the same events, books and errors as the implementation", async () => {
    const { contribution, byOperator, operator, alice } = await loadFixture(fresh);
    for (const fee of [0n, 1n, 255n, 256n, 9_999n, 10_000n]) {
      expect(await eventsOf(byOperator.updateFee(fee))).to.deep.equal([`UpdateFee(${fee})`]);
      expect((await contribution.serviceNodeParams()).fee).to.equal(fee);
    }
    await expect(byOperator.updateFee(10_001n))
      .to.be.revertedWithCustomError(contribution, "FeeExceedsPossibleValue")
      .withArgs(10_001n, 10_000n);
    await expect(contribution.connect(alice).updateFee(5n))
      .to.be.revertedWithCustomError(contribution, "OnlyOperatorIsAuthorised")
      .withArgs(alice, operator);
    await byOperator[PAY](QUARTER, ethers.ZeroAddress);
    await expect(byOperator.updateFee(5n))
      .to.be.revertedWithCustomError(contribution, "RequireWaitForOperatorContribStatus")
      .withArgs(1n);
    expect((await contribution.serviceNodeParams()).fee).to.equal(10_000n);
  });

  it("updateFee leaves the rest of its slot alone", async () => {
    const { contribution, byOperator, operator, alice } = await loadFixture(fresh);
    await byOperator.updateReservedContributors([
      { addr: operator, amount: QUARTER },
      { addr: alice, amount: 2n * QUARTER },
    ]);
    const before = await contribution.summary();
    await byOperator.updateFee(77n);
    const after = await contribution.summary();
    expect(after.params.fee).to.equal(77n);
    expect(after.totalReservedContribution).to.equal(3n * QUARTER);
    expect(after.reserved).to.deep.equal(before.reserved);
    expect(after.minimumContribution).to.equal(before.minimumContribution);
  });

  it("updateManualFinalize: the same events, books and errors as the implementation, in every status", async () => {
    const { contribution, byOperator, operator, alice } = await loadFixture(fresh);
    for (const value of [false, true, true, false]) {
      expect(await eventsOf(byOperator.updateManualFinalize(value))).to.deep.equal([`UpdateManualFinalize(${value})`]);
      expect(await contribution.manualFinalize()).to.equal(value);
    }
    await byOperator[PAY](QUARTER, ethers.ZeroAddress);
    await byOperator.updateManualFinalize(true);
    expect(await contribution.manualFinalize()).to.equal(true);
    await expect(contribution.connect(alice).updateManualFinalize(false))
      .to.be.revertedWithCustomError(contribution, "OnlyOperatorIsAuthorised")
      .withArgs(alice, operator);
  });

  it("gives anything but a plain success to the implementation: ether, other lengths, dirty words", async () => {
    const { contribution, operator } = await loadFixture(fresh);
    const iface = contribution.interface;
    const fee = iface.encodeFunctionData("updateFee", [77n]);
    const manual = iface.encodeFunctionData("updateManualFinalize", [false]);
    const word = (value: bigint) => ethers.toBeHex(value, 32).slice(2);
    for (const { data, value = 0n } of [
      { data: fee, value: 1n },
      { data: manual, value: 1n },
      // together as long as the call should be
      { data: fee.slice(0, 10), value: 32n },
      { data: fee.slice(0, -2) },
      { data: manual.slice(0, -2) },
      { data: fee.slice(0, 10) + word(2n ** 16n + 77n) },
      { data: manual.slice(0, 10) + word(2n) },
      { data: manual.slice(0, 10) + word(2n ** 255n) },
      { data: "0x" },
      { data: "0x12345678" + word(1n) },
    ])
      await expect(operator.sendTransaction({ to: contribution, data, value })).to.be.revertedWithoutReason(ethers);
    expect((await contribution.serviceNodeParams()).fee).to.equal(500n);
    expect(await contribution.manualFinalize()).to.equal(true);
    // words behind the arguments are ignored, as Solidity does
    await operator.sendTransaction({ to: contribution, data: fee + word(5n) });
    expect((await contribution.serviceNodeParams()).fee).to.equal(77n);
  });
});
