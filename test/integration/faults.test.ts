/** The command line against an endpoint with faults; `npm run faults` runs all of the table, operations and long histories. */
import { expect } from "chai";
import type { Cell } from "../../checks/faults/table.ts";
import { runTable } from "../../checks/faults/table.ts";
import type { World } from "../../checks/faults/world.ts";
import { openWorld } from "../../checks/faults/world.ts";

describe("an endpoint that behaves as hosted ones do", function () {
  this.timeout(300_000);
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.stop());

  it("changes no answer, and ends a command with exit code 3 and its own words when it stays down", async () => {
    const cells: Cell[] = [];
    await runTable(world, "some", (cell) => cells.push(cell));
    expect(cells.filter(({ why }) => why !== "")).to.deep.equal([]);
    expect(cells).to.have.length.above(30);
  });
});
