import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";
import { RevertError } from "../../src/chain/index.ts";
import { colorsFor } from "../../src/settings/colors.ts";
import type { ClaimOptions } from "../../src/cli/claiming/claim.ts";
import { claim } from "../../src/cli/claiming/claim.ts";
import { claimFields } from "../../src/cli/claiming/claimText.ts";
import type { ChaosNode } from "../helpers/chaosNode.ts";
import type { ChaosSystem } from "../helpers/chaosSystem.ts";
import { RECIPIENT_KEY, startChaosSystem } from "../helpers/chaosSystem.ts";

const SESH = 1_000_000_000n;
const run = promisify(execFile);

describe("claim, over real HTTP and JSON-RPC", function () {
  let chain: ChaosSystem;
  /** Lifetime rewards that the network signs; each test raises them. */
  let lifetime = 0n;

  before(async function () {
    chain = await startChaosSystem({ seeds: 9 });
    chain.chaos.amountOf = () => lifetime;
    (chain.nodes[7] as ChaosNode).behaviour = "lying";
    (chain.nodes[8] as ChaosNode).behaviour = "unwilling";
  });

  after(async function () {
    await chain.stop();
  });

  function options(more: Partial<ClaimOptions> = {}): ClaimOptions {
    return {
      provider: chain.provider,
      contract: chain.contract,
      chainId: 31_337n,
      recipient: chain.recipient.address,
      signer: chain.recipient,
      nodes: chain.nodes.map(({ url, hex }) => ({ url, blsPubkey: hex })),
      ...more,
    };
  }

  it("shows what a claim would do, and sends nothing", async function () {
    lifetime = 100n * SESH;
    const before = await chain.provider.getBlockNumber();
    const report = await claim(options());

    expect(report.status).to.equal("simulated");
    expect(report.claimable).to.equal(100n * SESH);
    expect(report.amount).to.equal(100n * SESH);
    expect(report.collected?.signers.map((signer) => signer.id)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
    expect(report.collected?.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
      [8n, "bad-signature"],
      [9n, "not-eligible"],
    ]);
    expect(report.collected?.badNodes.map((node) => node.url)).to.deep.equal([chain.nodes[7]?.url]);
    expect(report.records[0]?.gasEstimate).to.be.greaterThan(200_000n);
    expect(await chain.provider.getBlockNumber()).to.equal(before);
    expect(claimFields(report, colorsFor({ isTTY: false }, {}))).to.deep.include(["this claim pays", "100 SESH"]);
  });

  it("claims, and the wallet holds exactly that", async function () {
    const report = await claim(options({ broadcast: true }));

    expect(report.status).to.equal("claimed");
    expect(report.balanceAfter).to.equal(100n * SESH);
    const [recorded, claimed] = await chain.system.rewards.recipients(chain.recipient.address);
    expect([recorded, claimed]).to.deep.equal([100n * SESH, 100n * SESH]);
  });

  it("finds nothing to claim right after", async function () {
    const report = await claim(options({ broadcast: true }));

    expect(report.status).to.equal("nothing-to-claim");
    expect(report.calls).to.deep.equal([]);
  });

  it("claims a part, and then the recorded rest without any signature", async function () {
    lifetime = 150n * SESH;
    const part = await claim(options({ broadcast: true, amount: 20n * SESH }));
    expect(part.path).to.equal("update-then-claim");
    expect(part.balanceAfter).to.equal(120n * SESH);

    const rest = await claim(
      options({ broadcast: true, nodes: [{ url: "http://127.0.0.1:1" }], collector: { retries: 0 } }),
    );
    expect(rest.path).to.equal("claim-only");
    expect(rest.collectError?.code).to.equal("too-few-signers");
    expect(rest.balanceAfter).to.equal(150n * SESH);
  });

  it("claims only what the cycle's cap leaves", async function () {
    lifetime = 250n * SESH;
    await chain.system.rewards.setClaimThreshold(190n * SESH);
    const report = await claim(options({ broadcast: true }));

    expect(report.before.capLeft).to.equal(40n * SESH);
    expect(report.claimable).to.equal(100n * SESH);
    expect(report.balanceAfter).to.equal(190n * SESH);
    await chain.system.rewards.setClaimThreshold(1_000_000n * SESH);
  });

  it("does not ask the contract when it is paused", async function () {
    await chain.system.rewards.pause();
    try {
      await claim(options());
      expect.fail("it is paused");
    } catch (error) {
      expect((error as Error).message).to.equal("The contract is paused: nothing can be claimed now.");
    } finally {
      await chain.system.rewards.unpause();
    }
  });

  it("decodes what the contract refuses, before anything is sent", async function () {
    await chain.system.rewards.setBLSNonSignerThresholdMax(2);
    const outsider = { ...options(), recipient: chain.recipient.address, maxFeePerGas: 1n };
    try {
      await claim({ ...outsider, broadcast: true });
      expect.fail("over the cap");
    } catch (error) {
      expect(error).not.to.be.instanceOf(RevertError);
      expect((error as { code: string }).code).to.equal("fee-cap");
    }
  });

  describe("npm run claim", function () {
    let folder: string;

    before(async function () {
      folder = await mkdtemp(join(tmpdir(), "claim-"));
      await writeFile(
        join(folder, "nodes.json"),
        JSON.stringify({ nodes: chain.nodes.map(({ url, hex }) => ({ url, blsPubkey: hex })) }),
      );
      await writeFile(join(folder, "password"), "correct horse\n");
      await writeFile(
        join(folder, "keystore.json"),
        encryptKeystoreJsonSync(
          { address: chain.recipient.address, privateKey: chain.recipient.privateKey },
          "correct horse",
          // Weak on purpose: the cost of a real one is seconds.
          { scrypt: { N: 1_024 } },
        ),
      );
    });

    after(async function () {
      await rm(folder, { recursive: true });
    });

    const script = async (args: string[], env: Record<string, string> = {}) => {
      const all = ["scripts/claim.ts", "--rpc", chain.url, "--rewards-contract", chain.contract, ...args];
      try {
        const { stdout, stderr } = await run(process.execPath, all, { env: { PATH: process.env["PATH"], ...env } });
        return { code: 0, stdout, stderr };
      } catch (error) {
        const failed = error as { code: number; stdout: string; stderr: string };
        return { code: failed.code, stdout: failed.stdout, stderr: failed.stderr };
      }
    };

    it("prints one JSON object of a dry run without a key", async function () {
      const { code, stdout } = await script([
        "--network",
        "hardhat",
        "--nodes-file",
        join(folder, "nodes.json"),
        "--from",
        chain.recipient.address,
        "--json",
      ]);
      const report = JSON.parse(stdout) as Record<string, unknown> & { collected: { signers: string[] } };

      expect(code).to.equal(0);
      expect(report["status"]).to.equal("simulated");
      expect(report["claimable"]).to.equal("60000000000");
      expect(report.collected.signers).to.have.length(7);
    });

    it("broadcasts with a key from an encrypted keystore, and tells it to people", async function () {
      const { code, stdout, stderr } = await script([
        "--network",
        "localhost",
        "--node-urls",
        chain.nodes.map((node) => node.url).join(","),
        "--keystore",
        join(folder, "keystore.json"),
        "--password-file",
        join(folder, "password"),
        "--broadcast",
      ]);

      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain("Claimed 60 SESH.");
      expect(stdout).to.contain("7 of 9 at block");
    });

    it("takes the key from the environment, and says what is wrong in a sentence", async function () {
      const urls = ["--node-urls", chain.nodes.map((node) => node.url).join(",")];
      const paid = await script(urls, { PRIVATE_KEY: RECIPIENT_KEY });
      expect(paid.stdout).to.contain("There is nothing to claim.");

      const wrongChain = await script([...urls, "--network", "arbitrumSepolia"], { PRIVATE_KEY: RECIPIENT_KEY });
      expect(wrongChain.code).to.equal(3);
      expect(wrongChain.stderr).to.contain("serves chain 31337, but 421614 was meant.");

      const badKey = await script(urls, { PRIVATE_KEY: "hunter2" });
      expect(badKey.stderr).to.contain("$PRIVATE_KEY is not a private key");
      expect(badKey.stderr).not.to.contain("hunter2");

      expect(badKey.code).to.equal(7);

      const usage = await script(["--broadcast", "--dry-run", ...urls]);
      expect(usage.code).to.equal(2);
      expect(usage.stderr).to.contain("mutually exclusive");
    });
  });
});
