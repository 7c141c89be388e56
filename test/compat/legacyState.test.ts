import { readFileSync } from "node:fs";
import { expect } from "chai";
import { network } from "hardhat";
import { checkState } from "../../checks/compat/checkState.ts";
import type { StateFile } from "../../checks/compat/stateFile.ts";

const legacy = JSON.parse(readFileSync(new URL("../fixtures/legacy-state.json", import.meta.url), "utf8")) as StateFile;

function create(state: StateFile) {
  return network.create({
    network: "hardhat",
    override: { chainId: Number(state.chainId), initialDate: new Date(Number(state.takenAt) * 1000) },
  });
}

describe("storage of a live-style rewards proxy under this implementation", () => {
  it("answers every view as before, pays, registers, lets go and liquidates", async () => {
    const checks = await checkState(await create(legacy), legacy);

    expect(checks.filter(({ ok }) => !ok)).to.deep.equal([]);
    // 12 nodes, and the named ones
    expect(checks).to.have.length(29);
  });

  it("notices a state that does not answer as expected, or whose keys do not sign", async () => {
    const [expectedNode, ...nodes] = legacy.expected.nodes;
    const spoilt: StateFile = {
      ...legacy,
      secretKeys: legacy.secretKeys.slice(6),
      expected: { ...legacy.expected, totalNodes: "12", nodes: [{ ...expectedNode!, deposit: "1" }, ...nodes] },
    };

    const checks = await checkState(await create(spoilt), spoilt);

    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).to.deep.equal([
      "totalNodes()",
      "serviceNodes(1) and its keys",
      "a reward update signed by the nodes, and its claim",
      "an exit signed by the nodes",
      "a liquidation signed by the nodes, and its shares",
    ]);
  });
});
