import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { Interface } from "ethers";
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

describe("chain/abi", function () {
  for (const file of readdirSync(FIXTURES)) {
    const name = file.replace(".json", "");

    it(`${name} is the live ABI, entry by entry`, function () {
      const live = JSON.parse(readFileSync(new URL(file, FIXTURES), "utf8")) as string[];

      expect([...(byContract[name] ?? [])].sort()).to.deep.equal([...live].sort());
      expect(() => new Interface(byContract[name] ?? [])).not.to.throw();
    });
  }

  it("adds to the rewards contract without touching what is there", function () {
    const all = new Interface([...abis.serviceNodeRewardsAbi, ...abis.serviceNodeRewardsAdditions]);
    const selectors = new Set<string>();
    all.forEachFunction((fragment) => selectors.add(fragment.selector));

    const functions = [...abis.serviceNodeRewardsAbi, ...abis.serviceNodeRewardsAdditions].filter((entry) =>
      entry.startsWith("function"),
    );
    expect(selectors.size).to.equal(functions.length);
  });
});
