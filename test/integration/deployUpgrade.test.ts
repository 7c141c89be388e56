import { expect } from "chai";
import { Report } from "../../devnet/report.ts";
import { generateLegacyState } from "../../checks/rehearsal/legacyState.ts";
import { legacyState, upgradeOne } from "../../checks/rehearsal/upgradeLive.ts";

/** A report that keeps its steps to itself. */
class QuietReport extends Report {
  constructor() {
    super(true);
  }

  override async step(name: string, run: Parameters<Report["step"]>[1]): Promise<void> {
    const result = await run(() => {});
    this.steps.push({ name, what: result.what, signers: "", gasUsed: Number(result.gasUsed ?? 0n), ms: 0, ok: true });
  }
}

describe("upgrade of a live-style proxy", function () {
  this.timeout(300_000);

  const states = {
    "legacy-state.json": () => legacyState(),
    "a generated state": () => generateLegacyState(legacyState(), 24),
  };
  for (const [name, state] of Object.entries(states)) {
    it(`takes ${name} through the ProxyAdmin and back with every slot as it was, and everything works on`, async function () {
      const report = new QuietReport();
      await upgradeOne(report, name, state());
      expect(report.steps.map((step) => step.name.replace(`${name}: `, ""))).to.deep.equal([
        "layout",
        "upgrade",
        "gas",
        "the way back",
        "compat:state",
      ]);
    });
  }

  it("fails when one slot of the state is not what the state says", async function () {
    const state = legacyState();
    const totalNodes = `0x${"0".repeat(63)}2`;
    state.storage[totalNodes] = `0x${"0".repeat(63)}c`;
    const failure = await upgradeOne(new QuietReport(), "broken", state).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure?.message).to.match(/^totalNodes\(\): got .*12.*, expected .*11/);
  });
});
