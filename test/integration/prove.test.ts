import { expect } from "chai";
import config from "../../hardhat.config.ts";
import { faults } from "../../checks/prove/faults/list.ts";
import { plant } from "../../checks/prove/faults/plant.ts";
import { parts, prove } from "../../checks/prove/prove.ts";
import { settings } from "../../checks/prove/settings.ts";

/** One of each kind; `npm run prove -- --faults` plants all. */
const SAMPLE = [
  "addition: G + 2V is taken from 4p",
  "doubling: a comment one p too tight",
  "a word behind m is stored",
  "expansion: a byte behind the message is hashed",
  "the free memory pointer goes back",
  "doubling: the sign of C",
  "chain: a tripling less",
  "roots: the real half is not compared",
  "unlink: backward links stay",
  "remove: the node is cleared before its key is looked up",
];

describe("prove", function () {
  for (const part of parts)
    it(`proves every statement: ${part}`, async function () {
      const { statements, failed } = await prove([part]);
      expect(failed).to.deep.equal([]);
      expect(statements).not.to.be.empty;
    });

  for (const what of SAMPLE)
    it(`fails when planted: ${what}`, async function () {
      const fault = faults.find((candidate) => candidate.what === what);
      expect(await plant(fault!)).to.include({ ok: true, detail: "" });
    });

  for (const part of ["bounds", "formulas"] as const)
    it(`finds no fault where none was planted: ${part}`, async function () {
      const nothing = { part, what: "nothing", file: "Fp2", from: "library Fp2", to: "library Fp2" };
      expect(await plant(nothing)).to.include({ ok: false, detail: "all is still proved" });
    });

  it("compiles as Hardhat does", function () {
    const { profiles } = config.solidity as { profiles: Record<string, { settings: unknown }> };
    for (const profile of Object.values(profiles)) expect(profile.settings).to.include.keys("evmVersion");
    const { evmVersion, optimizer } = profiles["production"]!.settings as typeof settings;
    expect({ evmVersion, optimizer }).to.deep.equal(settings);
  });
});
