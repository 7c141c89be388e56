import { expect } from "chai";
import { patiently } from "../../../deploy/lib/execute.ts";

describe("Ignition's refusal for an unconfirmed transaction", function () {
  const unconfirmed = new Error(
    "HHE10402: You have sent transactions from 0x00 and they interfere with Hardhat Ignition.",
  );

  it("is waited out", async function () {
    let calls = 0;
    const answer = await patiently(async () => {
      if (++calls < 3) throw unconfirmed;
      return "deployed";
    }, 1);
    expect([answer, calls]).to.deep.equal(["deployed", 3]);
  });

  it("is told in the end, and any other error at once", async function () {
    const fail = async (error: Error): Promise<number> => {
      let calls = 0;
      const caught = await patiently(async () => {
        calls++;
        throw error;
      }, 1).catch((thrown: unknown) => thrown);
      expect(caught).to.equal(error);
      return calls;
    };
    expect(await fail(unconfirmed)).to.equal(6);
    expect(await fail(new Error("HHE10000: other"))).to.equal(1);
  });
});
