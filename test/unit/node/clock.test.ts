import { expect } from "chai";
import { chainClock, wallClock } from "../../../src/node/index.ts";

describe("node/clocks", () => {
  it("reads the machine's", () => {
    expect(Math.abs(wallClock().now() - Date.now() / 1000) <= 1).to.equal(true);
  });

  it("follows a chain that is moved ahead, and runs between its blocks", () => {
    let wall = 1_000;
    const clock = chainClock(() => wall);
    clock.observe?.(1_000);
    wall += 30;
    expect(clock.now()).to.equal(1_030);
    clock.observe?.(1_030 + 86_400);
    expect(clock.now()).to.equal(1_030 + 86_400);
    wall += 5;
    expect(clock.now()).to.equal(1_035 + 86_400);
    // A late look at an older block does not turn it back.
    clock.observe?.(1_030 + 86_400);
    expect(clock.now()).to.equal(1_035 + 86_400);
    expect(clock.readings()).to.deep.equal([1_035 + 86_400, 1_030 + 86_400]);
  });
});
