import { expect } from "chai";
import { confirmationsFor, Waiting } from "../../../deploy/lib/confirmations.ts";
import { EndpointError } from "../../../src/chain/index.ts";
import type { Trouble } from "../../../src/chain/transport/trouble.ts";

describe("deploy/lib/confirmations", () => {
  const trouble = (kind: Trouble) => new EndpointError({ trouble: kind, host: "rpc.test", method: "?", words: "no" });
  /** A chain that answers these methods; all others are not there. */
  const chain = (answers: Record<string, unknown>, otherwise: Error = trouble("unsupported")) => ({
    fast: true,
    provider: {
      request: ({ method }: { method: string }) =>
        method in answers ? Promise.resolve(answers[method]) : Promise.reject(otherwise),
    },
  });

  for (const [name, answers, blocks] of [
    ["Hardhat that makes blocks on demand", { hardhat_getAutomine: true }, 1],
    ["anvil that makes blocks on demand", { anvil_getAutomine: true }, 1],
    ["anvil with an interval", { anvil_getAutomine: false, web3_clientVersion: "anvil/v1.7.1", eth_chainId: "0x1" }, 5],
    ["geth in developer mode", { web3_clientVersion: "Geth/v1.17.10", eth_chainId: "0x539" }, 1],
    ["Arbitrum", { web3_clientVersion: "nitro/v3", eth_chainId: "0xa4b1" }, 5],
    ["a chain that does not name its client", { eth_chainId: "0xa4b1" }, 5],
  ] as const) {
    it(`waits for ${blocks} on ${name}`, async () => {
      expect(await confirmationsFor(chain(answers), undefined)).to.equal(blocks);
      expect(await confirmationsFor(chain(answers), 3)).to.equal(3);
    });
  }

  for (const kind of ["rate-limited", "timeout", "unreachable"] as const) {
    it(`guesses nothing from an endpoint that is ${kind}`, async () => {
      const error = trouble(kind);
      const caught = await confirmationsFor(chain({ eth_chainId: "0x1" }, error), undefined).catch((e: unknown) => e);
      expect(caught).to.equal(error);
    });
  }

  it("says what is waited for, and what to do where no block comes", async () => {
    const told: string[] = [];
    const waiting = new Waiting(chain({ eth_blockNumber: "0x10" }), 5, (line) => told.push(line), 10);
    waiting.start("Token#SESH");
    while (told.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    waiting.stop();
    expect(told[0]).to.equal("Token#SESH waits for 5 blocks, 0 s, block 16");
    expect(told[3]).to.equal(
      "Token#SESH waits for 5 blocks, 0 s, block 16; no block comes: on a chain that makes them on demand, --confirmations 1",
    );
    const count = told.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told.length).to.equal(count);
  });
});
