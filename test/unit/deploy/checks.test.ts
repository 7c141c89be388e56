import { expect } from "chai";
import { Checklist } from "../../../deploy/lib/checks.ts";
import { EndpointError } from "../../../src/chain/index.ts";

describe("deploy/lib/checks", () => {
  it("takes a call that reverts for a check that failed, and an endpoint's trouble for neither", async () => {
    const checks = new Checklist();
    await checks.equal("owner", "0xA1", () => Promise.resolve("0xa1"));
    await checks.equal("pool", "0xA2", () => Promise.reject(new Error("execution reverted")));
    expect(checks.list).to.deep.equal([
      { name: "owner", ok: true, expected: "0xA1", found: "0xa1" },
      { name: "pool", ok: false, expected: "0xA2", found: "the read failed: execution reverted" },
    ]);
    const trouble = new EndpointError({ trouble: "rate-limited", host: "rpc.test", method: "eth_call", words: "slow" });
    const caught = await checks.equal("rewards", "0xA3", () => Promise.reject(trouble)).catch((e: unknown) => e);
    expect(caught).to.equal(trouble);
    expect(checks.list).to.have.length(2);
  });
});
