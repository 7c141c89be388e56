/** `npm run simulate` in small: that it runs, gives the same for the same seed, and forgets nothing that is still to be shown. */
import { expect } from "chai";
import { IdealSignatures } from "../../checks/simulate/ideal.ts";
import { run } from "../../checks/simulate/run.ts";
import { SCENARIOS } from "../../checks/simulate/scenarios.ts";

describe("simulation", function () {
  this.timeout(60_000);

  it("lives through a week of a small network, and the same again", () => {
    const churn = SCENARIOS.find(({ name }) => name === "churn")!;
    const [first, second] = [1, 2].map(() => ({ ...run(churn, 3, { nodes: 60, days: 7 }), runMs: 0 }));
    expect(first).to.deep.equal(second);
    expect(first).to.include({ wronglyDeregistered: 0, missedDeregistrations: 0, largestDifferenceAtoms: "0" });
    expect(first?.deregistrations).to.be.greaterThan(0);
    expect(first?.ipChanges).to.be.greaterThan(0);
  });

  it("keeps the signature of a certificate that is hidden for days", () => {
    const signatures = new IdealSignatures();
    const message = new Uint8Array([1]);
    const [hidden, shown] = [signatures.sign(["0x01"], message), signatures.sign(["0x02"], message)];
    signatures.forget([hidden]);
    expect(signatures.verifyAggregate(["0x01"], message, hidden)).to.equal(true);
    expect(signatures.verifyAggregate(["0x02"], message, shown)).to.equal(false);
  });
});
