import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ethers } from "ethers";
import { checkParameters } from "../../deploy/lib/parameters.ts";
import { refusalsOf } from "../../deploy/lib/refusal.ts";
import { OWNED } from "../../deploy/lib/stages.ts";
import type { LocalNode } from "../helpers/deployCommand.ts";
import { DEPLOYER, DEPLOYER_KEY, placeToken, runScript, scratch, startNode } from "../helpers/deployCommand.ts";

const TOKEN = "0x7D7fD4E91834A96cD9Fb2369E7f4EB72383bbdEd";
const STAGENET = {
  token: TOKEN,
  stakingRequirement: 20_000_000_000_000n,
  maxContributors: 10,
  liquidatorRatio: 3,
  poolRatio: 17,
  recipientRatio: 9980,
};
const OWNER = new ethers.Wallet(ethers.id("the new owner"));

interface Result {
  ok: boolean;
  mode?: string;
  problems?: { code: string; message: string }[];
  steps: { step: string; gasUsed: string; status?: string; hash?: string }[];
  totalGas: string;
  addresses: { token: string; pool: string; rewards: string } & Record<string, string>;
  waitingFor?: string;
  checks: { name: string; ok: boolean; found: string }[];
}

describe("npm run deploy", function () {
  this.timeout(300_000);

  let node: LocalNode;
  let directory: ReturnType<typeof scratch>;
  let env: Record<string, string>;

  before(async function () {
    node = await startNode(421_614);
    await placeToken(node, TOKEN, 5_000_000_000n);
  });
  after(() => node.close());

  beforeEach(function () {
    directory = scratch();
    env = { ARBITRUM_SEPOLIA_RPC_URL: node.url, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY };
  });
  afterEach(() => directory.remove());

  function deploy(
    args: string[] = [],
    options: { env?: Record<string, string>; network?: string; onProgress?: Parameters<typeof runScript>[2] } = {},
  ) {
    const base = ["--network", options.network ?? "arbitrumSepolia", "--record", join(directory.path, "record")];
    return runScript("scripts/deploy.ts", [...base, ...args], { ...options.onProgress, env: options.env ?? env });
  }

  function result(stdout: string): Result {
    return JSON.parse(stdout) as Result;
  }

  const transactionCount = () => node.provider.getTransactionCount(DEPLOYER);

  function parameters(change: (values: Record<string, unknown>) => void = () => {}, more: object = {}): string {
    const values: Record<string, unknown> = { ...STAGENET, stakingRequirement: "20000000000000n" };
    change(values);
    return directory.file("parameters.json5", JSON.stringify({ StakingTestnet: values, ...more }));
  }

  describe("without --broadcast", function () {
    it("shows every step with its gas and sends nothing", async function () {
      const before = await transactionCount();
      const { code, stdout, stderr } = await deploy(["--json"]);
      expect(stderr).to.not.contain("✗");
      expect(code).to.equal(0);

      const plan = result(stdout);
      expect(plan.ok).to.equal(true);
      expect(plan.mode).to.equal("dry-run");
      expect(plan.steps.map((step) => step.step)).to.have.members([
        "StakingTestnet#TestnetRewardRatePool_Implementation",
        "StakingTestnet#TestnetServiceNodeRewards_Implementation",
        "StakingTestnet#TestnetRewardRatePool_Proxy",
        "StakingTestnet#TestnetServiceNodeRewards_Proxy",
        "StakingTestnet#PoolBeneficiary",
        "StakingTestnet#ServiceNodeContributionFactory_Implementation",
        "StakingTestnet#ServiceNodeContributionFactory_Proxy",
      ]);
      expect(plan.steps.every((step) => BigInt(step.gasUsed) > 21_000n && step.status === "to do")).to.equal(true);
      expect(BigInt(plan.totalGas)).to.equal(plan.steps.reduce((sum, step) => sum + BigInt(step.gasUsed), 0n));
      expect(await transactionCount()).to.equal(before);
    });

    it("ends with the command that sends it, all options included", async function () {
      const file = parameters();
      const { code, stdout } = await deploy(["--parameters", file]);
      expect(code).to.equal(0);
      expect(stdout.trim().split("\n").at(-1)).to.equal(
        `Nothing was sent. To send it: npm run deploy -- --network arbitrumSepolia --parameters ${file} ` +
          `--record ${join(directory.path, "record")} --broadcast`,
      );
      const url = node.url.replace("//", "//me:s3cr3t@");
      const more = await deploy(["--parameters", file, "--confirmations", "3", "--yes", "--rpc", url], {
        env: { DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY },
      });
      expect(more.stdout.trim().split("\n").at(-1)).to.equal(
        `Nothing was sent. To send it, with the same --rpc: npm run deploy -- --network arbitrumSepolia --parameters ${file} ` +
          `--record ${join(directory.path, "record")} --confirmations 3 --yes --broadcast`,
      );
      expect(more.stdout + more.stderr).to.not.contain("s3cr3t");
    });
  });

  describe("--broadcast", function () {
    it("goes on where a killed run stopped, with an endpoint by --rpc as well, and never deploys twice", async function () {
      const before = await transactionCount();
      const killed = await deploy(["--broadcast"], {
        onProgress: {
          onProgress: (line, child) => {
            if (line.includes("Pool_Proxy sent")) child.kill("SIGKILL");
          },
        },
      });
      expect(killed.code).to.equal(null);
      const halfway = await transactionCount();
      expect(halfway - before).to.be.within(1, 6);

      const elsewhere = { env: { ...env, ARBITRUM_SEPOLIA_RPC_URL: "" } };
      const { code, stdout, stderr } = await deploy(["--broadcast", "--json", "--rpc", node.url], elsewhere);
      expect(stderr).to.not.contain("✗");
      expect(code).to.equal(0);
      const deployment = result(stdout);
      expect((await transactionCount()) - before).to.equal(7);
      expect(deployment.steps.length).to.equal(7);
      expect(new Set(deployment.steps.map((step) => step.hash)).size).to.equal(7);
      expect(deployment.checks.filter((check) => !check.ok)).to.deep.equal([]);
      expect(deployment.addresses.token).to.equal(TOKEN);

      const pool = new ethers.Contract(
        deployment.addresses.pool,
        ["function beneficiary() view returns (address)", "function SESH() view returns (address)"],
        node.provider,
      );
      expect(await pool.getFunction("beneficiary")()).to.equal(deployment.addresses.rewards);
      expect(await pool.getFunction("SESH")()).to.equal(TOKEN);

      const record = JSON.parse(readFileSync(join(directory.path, "record", "deployment.json"), "utf8")) as Result;
      expect(record.addresses).to.deep.equal(deployment.addresses);

      const again = await deploy(["--broadcast", "--json"]);
      expect(again.code).to.equal(0);
      expect(result(again.stdout).addresses).to.deep.equal(deployment.addresses);
      expect((await transactionCount()) - before).to.equal(7);

      const plan = await deploy(["--json"]);
      expect(result(plan.stdout).steps.every((step) => step.status === "done")).to.equal(true);
    });

    it("funds the pool and hands everything over in two steps, the ProxyAdmins last", async function () {
      const file = parameters(undefined, { Funding: { amount: "5000000000n" }, Handover: { owner: OWNER.address } });
      const first = await deploy(["--broadcast", "--json", "--parameters", file]);
      expect(first.stderr).to.not.contain("✗");
      expect(first.code).to.equal(0);
      const { addresses, waitingFor } = result(first.stdout);
      expect(waitingFor).to.equal(OWNER.address);

      const token = new ethers.Contract(TOKEN, ["function balanceOf(address) view returns (uint256)"], node.provider);
      expect(await token.getFunction("balanceOf")(addresses.pool)).to.equal(5_000_000_000n);

      const ownable = [
        "function owner() view returns (address)",
        "function pendingOwner() view returns (address)",
        "function acceptOwnership()",
      ];
      const owner = OWNER.connect(node.provider);
      await node.provider.send("hardhat_setBalance", [OWNER.address, ethers.toQuantity(10n ** 18n)]);
      for (const address of OWNED.map((name) => addresses[name] ?? "")) {
        const contract = new ethers.Contract(address, ownable, owner);
        expect(await contract.getFunction("owner")()).to.equal(DEPLOYER);
        expect(await contract.getFunction("pendingOwner")()).to.equal(OWNER.address);
        await ((await contract.getFunction("acceptOwnership")()) as ethers.ContractTransactionResponse).wait();
      }

      const second = await deploy(["--broadcast", "--json", "--parameters", file]);
      expect(second.code).to.equal(0);
      expect(result(second.stdout).waitingFor).to.be.undefined;
      expect(result(second.stdout).checks.filter((check) => !check.ok)).to.deep.equal([]);
      for (const address of [...OWNED, ...OWNED.map((name) => `${name}Admin`)].map((name) => addresses[name] ?? "")) {
        expect(await new ethers.Contract(address, ownable, node.provider).getFunction("owner")()).to.equal(
          OWNER.address,
        );
      }
    });

    it("hands the ProxyAdmin of SESHL2 over with the others", async function () {
      const sections = {
        TokenL2: { l2Gateway: OWNER.address, l1Address: TOKEN },
        Handover: { owner: OWNER.address },
      };
      const file = parameters((values) => delete values["token"], sections);
      const first = await deploy(["--broadcast", "--json", "--parameters", file]);
      expect(first.code, first.stderr).to.equal(0);
      const { addresses } = result(first.stdout);

      const ownable = ["function owner() view returns (address)", "function acceptOwnership()"];
      await node.provider.send("hardhat_setBalance", [OWNER.address, ethers.toQuantity(10n ** 18n)]);
      for (const name of OWNED) {
        const contract = new ethers.Contract(addresses[name] ?? "", ownable, OWNER.connect(node.provider));
        await ((await contract.getFunction("acceptOwnership")()) as ethers.ContractTransactionResponse).wait();
      }
      // Accepted, but the code can still be replaced by the deployer: the check must say so.
      const record = ["--network", "arbitrumSepolia", "--record", join(directory.path, "record"), "--json"];
      const between = await runScript("scripts/check-deployment.ts", record, { env });
      expect(between.code).to.equal(1);
      expect(
        result(between.stdout)
          .checks.filter((check) => !check.ok)
          .map(({ name }) => name),
      ).to.deep.equal(["pool", "rewards", "factory", "token"].map((name) => `${name}.proxyAdmin.owner`));

      const second = await deploy(["--broadcast", "--json", "--parameters", file]);
      expect(second.code, second.stderr).to.equal(0);
      const admin = new ethers.Contract(addresses["tokenAdmin"] ?? "", ownable, node.provider);
      expect(await admin.getFunction("owner")()).to.equal(OWNER.address);
      const after = await runScript("scripts/check-deployment.ts", record, { env });
      expect(after.code, after.stdout).to.equal(0);
    });

    it("goes the same way on a plain local node", async function () {
      const { code, stderr } = await deploy(["--broadcast"], { network: "hardhat" });
      expect(stderr).to.not.contain("✗");
      expect(code).to.equal(0);
    });
  });

  describe("refuses, before anything is sent,", function () {
    const refusals: {
      name: string;
      code: string;
      sentence: RegExp;
      file?: () => string;
      env?: () => Record<string, string>;
    }[] = [
      {
        name: "a zero address",
        code: "parameters",
        sentence: /StakingTestnet\.token is the zero address: give the real one\./,
        file: () => parameters((values) => (values["token"] = ethers.ZeroAddress)),
      },
      {
        name: "a token without code on that chain",
        code: "token",
        sentence: /There is no contract at 0x0\S+777 on arbitrumSepolia: correct StakingTestnet\.token/,
        file: () => parameters((values) => (values["token"] = ethers.toBeHex(0x777777, 20))),
      },
      {
        name: "more funding than the deployer has",
        code: "funds",
        sentence: /has \S+ SESH and Funding\.amount is 6,000,000: send it the difference/,
        file: () => parameters(undefined, { Funding: { amount: "6000000000000000n" } }),
      },
      {
        name: "a missing RPC variable",
        code: "variable",
        sentence: /ARBITRUM_SEPOLIA_RPC_URL is not set: put the JSON-RPC URL of arbitrumSepolia into \.env/,
        env: () => ({ ...env, ARBITRUM_SEPOLIA_RPC_URL: "" }),
      },
      {
        name: "a missing key",
        code: "variable",
        sentence: /DEPLOYER_PRIVATE_KEY is not set: put the key of the account that deploys/,
        env: () => ({ ...env, DEPLOYER_PRIVATE_KEY: "" }),
      },
      {
        name: "something that is not a key",
        code: "key",
        sentence: /DEPLOYER_PRIVATE_KEY is not a private key: it must be 0x and 64 hex digits/,
        env: () => ({ ...env, DEPLOYER_PRIVATE_KEY: "0x1234567890" }),
      },
      {
        name: "an RPC that does not answer",
        code: "rpc",
        sentence: /127\.0\.0\.1:1 does not answer .*: check ARBITRUM_SEPOLIA_RPC_URL\./,
        env: () => ({ ...env, ARBITRUM_SEPOLIA_RPC_URL: "http://127.0.0.1:1" }),
      },
      {
        name: "an account without funds",
        code: "funds",
        sentence: /The deployer 0x\S+ has 0\.0 ETH on arbitrumSepolia and needs about 0\.\d+: send it the difference\./,
        env: () => ({ ...env, DEPLOYER_PRIVATE_KEY: ethers.id("an account without funds") }),
      },
    ];

    for (const refusal of refusals) {
      it(refusal.name, async function () {
        const before = await transactionCount();
        const args = refusal.file === undefined ? [] : ["--parameters", refusal.file()];
        const { code, stdout, stderr } = await deploy(["--broadcast", "--json", ...args], {
          env: refusal.env?.() ?? env,
        });
        // the endpoint's trouble has an exit code of its own
        expect(code).to.equal(refusal.code === "rpc" ? 3 : 1);
        const { ok, problems } = result(stdout);
        expect(ok).to.equal(false);
        expect(problems?.map((problem) => problem.code)).to.deep.equal([refusal.code]);
        expect(problems?.[0]?.message).to.match(refusal.sentence);
        expect(stderr).to.match(refusal.sentence);
        expect(stdout + stderr).to.not.contain("1234567890");
        expect(await transactionCount()).to.equal(before);
      });
    }

    // The parameter file is judged before anything else, in one place: one case above goes through the command, the rest ask it.
    const wrongParameters: {
      name: string;
      sentence: string;
      change: (values: Record<string, unknown>) => void;
      more?: object;
    }[] = [
      {
        name: "a wrong checksum",
        sentence:
          "StakingTestnet.token 0x7d7fD4E91834A96cD9Fb2369E7f4EB72383bbdEd has a wrong checksum: copy the address again.",
        change: (values) => (values["token"] = "0x7d7fD4E91834A96cD9Fb2369E7f4EB72383bbdEd"),
      },
      {
        name: "something that is not an address",
        sentence: 'StakingTestnet.token "0x1234" is not an address (0x and 40 hex digits).',
        change: (values) => (values["token"] = "0x1234"),
      },
      {
        name: "a missing parameter",
        sentence: "StakingTestnet.maxContributors is missing.",
        change: (values) => delete values["maxContributors"],
      },
      {
        name: "a missing token",
        sentence:
          "StakingTestnet.token is missing: give SESH's address on that chain, or a section (TokenL2, Token) that deploys it.",
        change: (values) => delete values["token"],
      },
      {
        name: "a misspelt parameter",
        sentence: 'StakingTestnet has no parameter "maxContributor": remove it or correct its name.',
        change: (values) => (values["maxContributor"] = 10),
      },
      {
        name: "a requirement of zero",
        sentence: "StakingTestnet.stakingRequirement must be greater than zero.",
        change: (values) => (values["stakingRequirement"] = 0n),
      },
      {
        name: "a fraction",
        sentence: 'StakingTestnet.stakingRequirement must be an integer (a big one as "123n").',
        change: (values) => (values["stakingRequirement"] = 0.5),
      },
      {
        name: "ratios that the contract would not take",
        sentence:
          "StakingTestnet.recipientRatio is too small: (liquidatorRatio + poolRatio) * 3 must not exceed it, " +
          "or the contract refuses to initialise.",
        change: (values) => (values["recipientRatio"] = 59),
      },
      {
        name: "an owner that is the zero address",
        sentence: "Handover.owner is the zero address: give the real one.",
        change: () => {},
        more: { Handover: { owner: ethers.ZeroAddress } },
      },
      {
        name: "a section that does not exist",
        sentence:
          'there is no section "Stakeing": choose from Token, TokenL2, Devnet, StakingTestnet, Staking, Funding, Handover.',
        change: () => {},
        more: { Stakeing: {} },
      },
      {
        name: "two kinds of staking contracts",
        sentence: "StakingTestnet and Staking exclude one another: keep one.",
        change: () => {},
        more: { Staking: { ...STAGENET } },
      },
    ];
    for (const { name, sentence, change, more } of wrongParameters) {
      it(name, function () {
        const values: Record<string, unknown> = { ...STAGENET };
        change(values);
        let error: unknown;
        try {
          checkParameters({ StakingTestnet: values, ...more }, "file.json5");
        } catch (caught) {
          error = caught;
        }
        expect(refusalsOf(error)?.map((refusal) => refusal.message)).to.deep.equal([`file.json5: ${sentence}`]);
      });
    }

    it("a chain with another chain id", async function () {
      const other = await startNode(42_161);
      try {
        const { code, stdout } = await deploy(["--broadcast", "--json"], {
          env: { ...env, ARBITRUM_SEPOLIA_RPC_URL: other.url },
        });
        expect(code).to.equal(1);
        expect(result(stdout).problems).to.deep.equal([
          {
            code: "chain-id",
            message:
              "The RPC answers with chain id 42161, but arbitrumSepolia is 421614: " +
              "set ARBITRUM_SEPOLIA_RPC_URL to a node of arbitrumSepolia.",
          },
        ]);
        expect(await other.provider.getTransactionCount(DEPLOYER)).to.equal(0);
      } finally {
        await other.close();
      }
    });

    it("nothing for a variable that is left empty: Hardhat's keystore is asked", async function () {
      const print = 'await import("./hardhat.config.ts"); console.log(process.env.DEPLOYER_PRIVATE_KEY === undefined)';
      const { stdout } = await runScript("--input-type=module", ["--eval", print], {
        env: { DEPLOYER_PRIVATE_KEY: "" },
      });
      expect(stdout).to.equal("true\n");
    });

    it("an unknown network", async function () {
      const { code, stderr } = await deploy([], { network: "arbitrumSepolla" });
      expect(code).to.equal(1);
      expect(stderr).to.contain('There is no network "arbitrumSepolla": choose one of hardhat, localhost,');
    });
  });
});
