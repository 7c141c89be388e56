/** The short form of `npm run model`: the contracts against the model written from the specification. */
import { expect } from "chai";
import hre from "hardhat";
import { prepareBase } from "../../checks/model/run/environment.ts";
import type { Base } from "../../checks/model/run/base.ts";
import { connect } from "../../checks/model/run/connect.ts";
import { describe as tell } from "../../checks/model/run/report.ts";
import { runSeed } from "../../checks/model/run/sequences.ts";
import { kindOf, shrink } from "../../checks/model/run/shrink.ts";
import { Tally } from "../../checks/model/run/tally.ts";

const OPERATIONS = 1200;

describe("contracts against the model", function () {
  // some 10 s; a busy machine takes its time
  this.timeout(400_000);
  let base: Base;

  before(async function () {
    base = await prepareBase(await connect(hre));
  });

  it(`agree in ${OPERATIONS} operations, upgrades in between`, async function () {
    const tally = new Tally();
    let operations = 0;
    for (let seed = 1n; operations < OPERATIONS; seed++) {
      const failure = await runSeed(base, seed, (result) => {
        operations += result.said.length;
        tally.add(result);
      });
      expect(failure === undefined ? "" : tell(failure)).to.equal("");
    }
    const seen = tally.toJSON();
    for (const upgrade of ["upgrade from file", "upgrade from held", "upgrade in place"]) {
      expect(seen[upgrade]?.["done"], upgrade).to.be.greaterThan(0);
    }
    expect(tally.idle(40)).to.deep.equal([]);
  });

  it("a model that is wrong by one atom is found out, and the sequence cut down to what shows it", async function () {
    const wrong = { ...base, world: structuredClone(base.world) };
    const { token } = base.system.at;
    const balances = wrong.world.tokens[token]?.balances ?? {};
    const alice = base.system.actors["alice"] ?? "";
    balances[alice] = (balances[alice] ?? 0n) + 1n;
    const failure = await runSeed(wrong, 2n);
    expect(failure, "a difference").to.not.equal(undefined);
    if (failure === undefined) return;
    const short = await shrink(wrong, failure, 20);
    expect(kindOf(short)).to.equal(kindOf(failure));
    expect(short.steps.length).to.be.lessThan(4);
    expect(tell(short)).to.contain("npm run model -- --seed 2").and.to.contain("model: ");
  });
});
