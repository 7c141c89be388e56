import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { Interface } from "ethers";
import hre from "hardhat";

const directory = new URL("../fixtures/abi/", import.meta.url);
/** Constructors may differ: they are gone once a contract is deployed. */
const entries = (abi: Interface) =>
  abi.fragments.filter(({ type }) => type !== "constructor").map((fragment) => fragment.format("full"));

describe("ABI of the live contracts", () => {
  for (const file of readdirSync(directory)) {
    const contract = file.replace(".json", "");
    it(`${contract} has every entry, unchanged`, async () => {
      const live = new Interface(JSON.parse(readFileSync(new URL(file, directory), "utf8")) as string[]);

      const { abi } = await hre.artifacts.readArtifact(contract);

      expect(entries(new Interface(abi))).to.include.members(entries(live));
      // additions may not shadow: no two errors or functions with one selector
      expect(new Set(abi.map((entry) => JSON.stringify(entry))).size).to.equal(abi.length);
    });
  }
});
