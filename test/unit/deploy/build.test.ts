import { expect } from "chai";
import { build } from "../../../deploy/lib/build.ts";

describe("compiling before an operation", function () {
  const lost = new Error("File cache/compile-cache.json.tmp not found");

  /** Fails with each of `errors` in turn, then does it. */
  const failing = (errors: readonly Error[]) => {
    const left = [...errors];
    const calls = { count: 0 };
    const run = async (): Promise<void> => {
      calls.count++;
      const error = left.shift();
      if (error) throw error;
    };
    return { run, calls };
  };

  it("asks again where another operation took the record's file away", async function () {
    const { run, calls } = failing([lost, lost]);
    await build(run);
    expect(calls.count).to.equal(3);
  });

  it("gives the error in the end, and any other at once", async function () {
    const always = failing(Array.from({ length: 9 }, () => lost));
    expect(await build(always.run).catch((error: unknown) => error)).to.equal(lost);
    expect(always.calls.count).to.equal(5);
    const other = new Error("Compilation failed");
    const once = failing([other]);
    expect(await build(once.run).catch((error: unknown) => error)).to.equal(other);
    expect(once.calls.count).to.equal(1);
  });
});
