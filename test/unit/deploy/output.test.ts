/** How `deploy` and the operations end: the exit codes of the command line. */
import { expect } from "chai";
import { Refusal, Refusals } from "../../../deploy/lib/refusal.ts";
import { guarded, Output } from "../../../deploy/ops/output.ts";
import { ChainError, EndpointError, RevertError } from "../../../src/chain/index.ts";

describe("deploy/ops/output", () => {
  const trouble = new EndpointError({ trouble: "unreachable", host: "rpc.test", method: "eth_call", words: "no" });
  const reverted = new RevertError({ name: "Error", selector: "0x08c379a0", args: {}, sentence: "No.", fix: "" });

  for (const [name, ended, code] of [
    ["done", true, 0],
    ["done, and something is not as it should be", false, 1],
    ["refused", new Refusals([new Refusal("funds", "no ETH"), new Refusal("rpc", "no answer")]), 1],
    ["refused for the endpoint alone", new Refusal("rpc", "no answer"), 3],
    ["a no", new Refusal("interrupted", "Nothing was sent."), 130],
    ["the endpoint's trouble", trouble, 3],
    ["perhaps in a block that the endpoint does not show", new ChainError("end-unknown", "nonce 3 is used"), 3],
    ["refused by a contract", reverted, 4],
    ["perhaps on its way", new ChainError("not-included", "0x12 may have been sent"), 8],
    ["left while it was on its way", new ChainError("left", "0x12 is on its way"), 130],
    ["something else", new TypeError("a bug"), 1],
  ] as const) {
    it(`ends with ${code}: ${name}`, async () => {
      const [before, written] = [process.exitCode, process.stderr.write];
      let told = "";
      process.stderr.write = (text) => Boolean((told += String(text)));
      try {
        await guarded(new Output(false), () =>
          typeof ended === "boolean" ? Promise.resolve(ended) : Promise.reject(ended),
        );
        expect(process.exitCode).to.equal(code);
      } finally {
        process.stderr.write = written;
        process.exitCode = before;
      }
      if (ended instanceof Error) for (const words of ended.message.split("\n")) expect(told).to.include(words);
    });
  }
});
