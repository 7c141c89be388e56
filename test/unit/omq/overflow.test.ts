import { expect } from "chai";
import { OverflowWatch } from "../../../src/omq/overflow.ts";

describe("omq/OverflowWatch", function () {
  it("tells of growth beyond the least that was seen, once for each such growth", function () {
    let bytes = 100;
    const told: number[] = [];
    const watch = new OverflowWatch(
      50,
      (grown) => told.push(grown),
      () => bytes,
    );
    const look = (now: number) => {
      bytes = now;
      watch.look();
      return told.splice(0);
    };
    expect([100, 150, 120].flatMap(look)).to.deep.equal([]);
    expect(look(151)).to.deep.equal([51]);
    // It was given back to the process only, and is used again.
    expect([151, 140, 190].flatMap(look)).to.deep.equal([]);
    expect(look(191)).to.deep.equal([51]);
    expect(look(10)).to.deep.equal([]);
    expect(look(61)).to.deep.equal([51]);
    watch.stop();
  });
});
