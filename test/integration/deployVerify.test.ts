import { join } from "node:path";
import { expect } from "chai";
import hre from "hardhat";
import solc from "solc";
import { readProxy } from "../../deploy/lib/erc1967.ts";
import type { LocalNode } from "../helpers/deployCommand.ts";
import { DEPLOYER, DEPLOYER_KEY, runScript, scratch, startNode, testnetParameters } from "../helpers/deployCommand.ts";
import { startFakeSourcify } from "../helpers/fakeSourcify.ts";

interface Compiled {
  contracts: Record<string, Record<string, { evm: { deployedBytecode: { object: string } } }>>;
}

describe("npm run ops -- verify", function () {
  this.timeout(300_000);

  let node: LocalNode;
  let directory: ReturnType<typeof scratch>;
  let env: Record<string, string>;

  before(async function () {
    node = await startNode(421_614);
    directory = scratch();
    env = { ARBITRUM_SEPOLIA_RPC_URL: node.url, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY };
    await deploy("whole", testnetParameters({ funded: false }));
  });
  after(async function () {
    directory.remove();
    await node.close();
  });

  function run(record: string, script: string, args: string[], more: Record<string, string> = {}) {
    const base = ["--network", "arbitrumSepolia", "--record", join(directory.path, record), "--json"];
    return runScript(script, [...args, ...base], { env: { ...env, ETHERSCAN_API_KEY: "", ...more } });
  }

  async function deploy(record: string, parameters: string): Promise<Record<string, string>> {
    const file = directory.file(`${record}.json5`, parameters);
    const deployed = await run(record, "scripts/deploy.ts", ["--broadcast", "--parameters", file]);
    expect(deployed.code, deployed.stderr).to.equal(0);
    return (JSON.parse(deployed.stdout) as { addresses: Record<string, string> }).addresses;
  }

  it("asks for the key of the service before anything is published", async function () {
    const { code, stderr } = await run("whole", "scripts/ops.ts", ["verify", "--broadcast"]);
    expect(code).to.equal(1);
    expect(stderr).to.contain("ETHERSCAN_API_KEY is not set: get one at etherscan.io");
  });

  it("lists implementations and proxies with the arguments that made them", async function () {
    const { code, stdout, stderr } = await run("whole", "scripts/ops.ts", ["verify", "--service", "sourcify"]);
    expect(code, stderr).to.equal(0);
    const { targets } = JSON.parse(stdout) as { targets: { name: string; constructorArguments: string[] }[] };
    expect(targets.map(({ name }) => name)).to.have.members([
      "token",
      ...["pool", "rewards", "factory"].flatMap((name) => [`${name} implementation`, `${name} proxy`]),
    ]);
    const proxy = targets.find(({ name }) => name === "pool proxy");
    expect(proxy?.constructorArguments[1]).to.equal(DEPLOYER);
  });

  it("sends what compiles to the code on the chain, and tells a refusal in the service's own words", async function () {
    const { token = "" } = await deploy("token", `{ TokenL2: { l2Gateway: "${DEPLOYER}", l1Address: "${DEPLOYER}" } }`);
    const sourcify = await startFakeSourcify();
    try {
      const words = "The recompiled bytecode does not match the chain's";
      sourcify.refuse.set(token.toLowerCase(), words);
      const args = ["verify", "--broadcast", "--service", "sourcify"];
      const { code, stdout, stderr } = await run("token", "scripts/ops.ts", args, { SOURCIFY_URL: sourcify.url });
      expect(code, stderr).to.equal(1);
      const { ok, results } = JSON.parse(stdout) as {
        ok: boolean;
        results: { contract: string; address: string; ok: boolean; answer: string }[];
      };
      expect(ok).to.equal(false);
      expect(results.map(({ contract }) => contract)).to.deep.equal(["token implementation", "token proxy"]);
      const failed = results.filter((result) => !result.ok);
      expect(failed.map(({ contract }) => contract)).to.deep.equal(["token proxy"]);
      expect(failed[0]?.answer).to.contain(`Reason: "${words}`);

      expect(new Set(sourcify.submissions.map((submission) => submission.address))).to.deep.equal(
        new Set(results.map((result) => result.address)),
      );
      const { implementation } = await readProxy(node.provider, token);
      const sent = sourcify.submissions.find((submission) => submission.address === implementation);
      expect(sent?.compilerVersion).to.match(/^v?0\.8\.34\+commit\.80d5c536$/);
      const [source = "", name = ""] = sent?.contractIdentifier.split(/:(?=[^:]*$)/) ?? [];
      const compiled = JSON.parse(solc.compile(JSON.stringify(sent?.stdJsonInput))) as Compiled;
      const { deployedBytecode } = await hre.artifacts.readArtifact("SESHL2");
      const found = `0x${compiled.contracts[source]?.[name]?.evm.deployedBytecode.object}`;
      expect(withoutMetadata(found)).to.equal(withoutMetadata(deployedBytecode));
    } finally {
      await sourcify.close();
    }
  });
});

/** Without the hash of sources and settings at the end, whose length is in the last two bytes: fewer remappings are another hash. */
function withoutMetadata(code: string): string {
  return code.slice(0, -2 * (Number(`0x${code.slice(-4)}`) + 2));
}
