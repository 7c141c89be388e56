/** What `npm start` promises apart from its story, which runs whole in `npm start` itself. */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import hre from "hardhat";
import type { CompilerInput } from "hardhat/types/solidity";
import solc from "solc";
import { startChain } from "../../devnet/chain.ts";
import { deployedOnly } from "../../devnet/contracts.ts";
import { Report } from "../../devnet/report.ts";

interface Compiled {
  abi: unknown[];
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
}

describe("npm start", function () {
  this.timeout(60_000);

  it("does not die of a port that somebody else has: it takes another, and says which", async function () {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const notes: string[] = [];
    const chain = await startChain({ port, progress: () => undefined, note: (text) => notes.push(text) });
    try {
      const taken = Number(new URL(chain.url).port);
      expect(taken).not.to.equal(port);
      expect(notes).to.deep.equal([`port ${port} cannot be had: the chain listens on ${taken}`]);
      expect(await chain.provider.send("eth_chainId", [])).to.equal("0x7a69");
    } finally {
      await chain.close();
      other.close();
    }
  });

  it("compiles to the same artifacts where it asks solc for the deployed contracts alone", async function () {
    const id = await hre.artifacts.getBuildInfoId("SESH");
    const path = id === undefined ? undefined : await hre.artifacts.getBuildInfoPath(id);
    if (path === undefined) throw new Error("SESH has no build info");
    const { input } = JSON.parse(readFileSync(path, "utf8")) as { input: CompilerInput };
    // The token, the proxies and what they import: the rest takes solc many seconds.
    const few = Object.entries(input.sources).filter(([name]) =>
      /^npm\/@openzeppelin\/contracts@|\/token\/SESH\.sol$|\/interfaces\/ISESH\.sol$/.test(name),
    );
    const lean = deployedOnly({ ...input, sources: Object.fromEntries(few) });
    expect({ ...lean.settings, outputSelection: undefined }).to.deep.equal({
      ...input.settings,
      outputSelection: undefined,
    });

    const { contracts, errors } = JSON.parse(solc.compile(JSON.stringify(lean))) as {
      contracts: Record<string, Record<string, Compiled>>;
      errors?: { severity: string }[];
    };
    expect((errors ?? []).filter(({ severity }) => severity === "error")).to.deep.equal([]);
    const names = Object.values(contracts).flatMap((file) => Object.keys(file));
    expect(names.sort()).to.deep.equal([
      "ITransparentUpgradeableProxy",
      "ProxyAdmin",
      "SESH",
      "TransparentUpgradeableProxy",
    ]);
    for (const file of Object.values(contracts)) {
      for (const [name, { abi, evm }] of Object.entries(file)) {
        const artifact = await hre.artifacts.readArtifact(name);
        expect(abi, name).to.deep.equal(artifact.abi);
        expect(`0x${evm.bytecode.object}`, name).to.equal(artifact.bytecode);
        expect(`0x${evm.deployedBytecode.object}`, name).to.equal(artifact.deployedBytecode);
      }
    }
  });

  it("ends with a verdict, after the step that failed", async function () {
    const report = new Report(true);
    const written: string[] = [];
    const { write } = process.stderr;
    process.stderr.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
    try {
      await report.step("one", () => Promise.resolve({ what: "done", gasUsed: 7n }));
      const failed = report.step("two", () => Promise.reject(new Error("a sum differs")));
      expect(await failed.catch((error: unknown) => (error as Error).message)).to.equal("a sum differs");
      report.verdict(false, "It failed.");
    } finally {
      process.stderr.write = write;
    }
    expect(report.steps.map(({ name, what, gasUsed, ok }) => [name, what, gasUsed, ok])).to.deep.equal([
      ["one", "done", 7, true],
      ["two", "a sum differs", 0, false],
    ]);
    const lines = stripVTControlCharacters(written.join("")).split("\n");
    expect(lines.filter((line) => /[✓✗]/.test(line)).map((line) => line.replace(/ \d+ ms$/, ""))).to.deep.equal([
      "✓ one: done",
      "✗ two: a sum differs",
      "✗ It failed.",
    ]);
  });
});
