/** `npm run simulate` in small: that it runs, gives the same for the same seed, and forgets nothing that is still to be shown. */
import { expect } from "chai";
import { IdealSignatures } from "../../checks/simulate/ideal.ts";
import { documentOf, pictureOf } from "../../checks/simulate/report.ts";
import { allowanceOf, run } from "../../checks/simulate/run.ts";
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

  it("is drawn with a scale for each scenario, and written as a table of the worst of its seeds", () => {
    const churn = SCENARIOS.find(({ name }) => name === "churn")!;
    const outcomes = [3, 4].map((seed) => ({ ...run(churn, seed, { nodes: 40, days: 2 }), runMs: 2_000 }));
    const picture = pictureOf(outcomes);
    expect(picture.match(/<polyline /g)).to.have.length(1);
    expect(picture)
      .to.match(/>churn</)
      .and.match(/>\d+ %</)
      .and.match(/>days</);
    expect(picture).not.to.contain("NaN");
    const wrong = pictureOf(outcomes.map((outcome) => ({ ...outcome, wronglyDeregistered: 1 })));
    expect(wrong).to.contain('class="line wrong"').and.not.equal(picture);
    const document = documentOf([outcomes[0]!, { ...outcomes[1]!, exitsRefused: 1, largestDifferenceAtoms: "12" }]);
    const [, , row] = document.split("\n");
    const cells = row!.split("|").map((cell) => cell.trim());
    expect(cells.slice(1, 8)).to.deep.equal(["churn", "2", "0", "0", "1", "0", "12"]);
    expect(cells[13]).to.equal("2");
  });

  it("counts a dead node's time by what it could afford when it died, also when an absence lapses and begins anew", () => {
    // Partition 60 %, seed 7: six dead nodes were held for missed that were deregistered before their credit was used up.
    const absences = [
      { from: 10, until: 80, quorums: [0], credit: 100, allowance: 100 },
      { from: 1_000, until: 1_600, quorums: [990], credit: 900, allowance: 900 },
      { from: 1_620, until: 1_700, quorums: [1_610], credit: 0, allowance: 60 },
    ];
    expect(allowanceOf(absences, 930)).to.equal(900);
    expect(allowanceOf(absences, 40)).to.equal(100);
    expect(allowanceOf(absences, 1_700)).to.equal(undefined);
    expect(allowanceOf([], 1)).to.equal(undefined);
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
