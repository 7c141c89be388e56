/** What becomes of an error: words, a fix, an exit code. */
import { expect } from "chai";
import { Interface, JsonRpcProvider } from "ethers";
import { ChainError } from "../../../src/chain/index.ts";
import { showError } from "../../../src/cli/terminal/errors.ts";

describe("cli: errors", () => {
  const thrown = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    throw new Error("nothing was thrown");
  };

  it("take a block that is none for the endpoint's doing, and a contract's odd answer for another contract's", () => {
    const provider = new JsonRpcProvider("http://127.0.0.1:2", 1, { staticNetwork: true });
    try {
      const network = provider._network;
      const block = showError(thrown(() => provider._wrapBlock({ hash: "0x12" } as never, network)));
      expect([block.exit, block.code]).to.deep.equal(["chain", "bad-data"]);
      expect(block.message).to.match(/^The chain endpoint gave an answer that is none: .+\.$/);
      expect(block.fix).to.include("--rpc");
    } finally {
      provider.destroy();
    }
    const rate = new Interface(["function rewardRate() view returns (uint256)"]);
    for (const data of ["0x", "0x12", `0x${"00".repeat(16)}`]) {
      const answer = showError(thrown(() => rate.decodeFunctionResult("rewardRate", data)));
      const words = "The contract's answer does not fit its ABI: it is another contract than was meant.";
      expect([answer.exit, answer.message], data).to.deep.equal(["chain", words]);
    }
  });

  for (const code of ["not-taken", "under-way", "given-up", "end-unknown", "not-included", "no-receipt", "replaced"]) {
    it(`tell what to do: ${code}`, () => {
      expect(showError(new ChainError(code, "Something."))).to.have.property("fix").that.is.not.empty;
    });
  }
});
