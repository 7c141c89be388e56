/** The command line against an endpoint with faults; `npm run faults` runs all of the table, operations and long histories. */
import { expect } from "chai";
import { agreement } from "../../checks/faults/ledgers.ts";
import { CASES } from "../../checks/faults/cases.ts";
import { FAULTS } from "../../checks/faults/proxy.ts";
import { countRequests, MOST_REQUESTS } from "../../checks/faults/requests.ts";
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
    expect(new Set(cells.map(({ name }) => name))).to.deep.equal(new Set(CASES.map(({ name }) => name)));
    expect(cells.map(({ fault }) => fault)).to.include.members([...FAULTS]);
  });

  it("feeds two ledgers that agree to the atom with one that is fed well", async () => {
    expect((await agreement("mixed", 90, 3)).why).to.equal("");
    expect((await agreement("lagging", 60, 3)).why).to.equal("");
  });

  it("is asked as often by a command at a large network as at a small one, twelve times at most", async () => {
    const [small, large] = [await countRequests(9), await countRequests(60)];
    expect(large.map(({ command, requests }) => [command, requests])).to.deep.equal(
      small.map(({ command, requests }) => [command, requests]),
    );
    for (const { command, requests, calls } of large) {
      expect(requests, command).to.be.at.most(MOST_REQUESTS);
      expect(calls, command).to.be.at.most(24);
    }
  });
});
