import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { InterfaceAbi } from "ethers";
import { Interface } from "ethers";
import { artifacts } from "hardhat";
import * as abis from "../../../src/chain/abi.ts";

const FIXTURES = new URL("../../fixtures/abi/", import.meta.url);

const byContract: Record<string, readonly string[]> = {
  RewardRatePool: abis.rewardRatePoolAbi,
  SESH: abis.seshAbi,
  SESHL2: abis.seshL2Abi,
  ServiceNodeContribution: abis.serviceNodeContributionAbi,
  ServiceNodeContributionFactory: abis.serviceNodeContributionFactoryAbi,
  ServiceNodeRewards: abis.serviceNodeRewardsAbi,
  TestnetRewardRatePool: abis.testnetRewardRatePoolAbi,
  TestnetServiceNodeRewards: abis.testnetServiceNodeRewardsAbi,
  TokenConverter: abis.tokenConverterAbi,
  TokenVestingNoStaking: abis.tokenVestingNoStakingAbi,
  TokenVestingStaking: abis.tokenVestingStakingAbi,
};

const byAddition: Record<string, readonly string[]> = {
  RewardRatePool: abis.rewardRatePoolAdditions,
  SESH: abis.seshAdditions,
  SESHL2: abis.seshL2Additions,
  ServiceNodeContribution: abis.serviceNodeContributionAdditions,
  ServiceNodeContributionFactory: abis.serviceNodeContributionFactoryAdditions,
  ServiceNodeRewards: abis.serviceNodeRewardsAdditions,
  TestnetRewardRatePool: abis.rewardRatePoolAdditions,
  TestnetServiceNodeRewards: abis.serviceNodeRewardsAdditions,
  TokenConverter: abis.tokenConverterAdditions,
  TokenVestingNoStaking: abis.tokenVestingNoStakingAdditions,
  TokenVestingStaking: abis.tokenVestingStakingAdditions,
};

describe("chain/abi", function () {
  for (const file of readdirSync(FIXTURES)) {
    const name = file.replace(".json", "");

    it(`${name} is the live ABI, entry by entry`, function () {
      const live = JSON.parse(readFileSync(new URL(file, FIXTURES), "utf8")) as string[];

      expect([...(byContract[name] ?? [])].sort()).to.deep.equal([...live].sort());
      expect(() => new Interface(byContract[name] ?? [])).not.to.throw();
    });
  }

  for (const [name, additions] of Object.entries(byAddition)) {
    it(`${name} has what is listed as added, and nothing that the toolkit does not know`, async function () {
      const { abi } = await artifacts.readArtifact(name);
      const compiled = entriesOf(abi as unknown as InterfaceAbi);
      const known = new Set([...entriesOf(byContract[name] ?? []), ...entriesOf(additions)]);

      expect(compiled.filter((entry) => !known.has(entry))).to.deep.equal([]);
      expect(entriesOf(additions).filter((entry) => !compiled.includes(entry))).to.deep.equal([]);
    });
  }
});

/** Without the constructor, which is not part of the ABI that others depend on. */
function entriesOf(abi: InterfaceAbi): string[] {
  return new Interface(abi).format(false).filter((entry) => !entry.startsWith("constructor"));
}
