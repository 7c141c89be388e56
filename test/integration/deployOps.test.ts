import { cpSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ethers } from "ethers";
import { readProxy } from "../../deploy/lib/erc1967.ts";
import { person, rehearsalNodes, seedFileOf } from "../../checks/rehearsal/nodes.ts";
import { formatSesh } from "../../src/chain/units.ts";
import { getPool, getRewards, getToken } from "../../src/chain/contracts.ts";
import { FaultProxy } from "../../checks/faults/proxy.ts";
import type { LocalNode } from "../helpers/deployCommand.ts";
import { LyingProxy } from "../helpers/lyingProxy.ts";
import {
  DEPLOYER,
  DEPLOYER_KEY,
  REQUIREMENT,
  runScript,
  scratch,
  startNode,
  testnetParameters,
} from "../helpers/deployCommand.ts";

const NODES = 12;

/** Holds no contract. */
const SOMEBODY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("npm run ops", function () {
  this.timeout(300_000);

  let node: LocalNode;
  let sepolia: LocalNode;
  let directory: ReturnType<typeof scratch>;
  let env: Record<string, string>;
  let record: string;
  let addresses: Record<string, string>;

  before(async function () {
    [node, sepolia] = [await startNode(421_614), await startNode(11_155_111)];
    directory = scratch();
    record = join(directory.path, "record");
    env = { ARBITRUM_SEPOLIA_RPC_URL: node.url, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY };
    const parameters = directory.file("parameters.json5", testnetParameters());
    const deployed = await runScript(
      "scripts/deploy.ts",
      ["--network", "arbitrumSepolia", "--broadcast", "--json", "--record", record, "--parameters", parameters],
      { env },
    );
    expect(deployed.code, deployed.stderr).to.equal(0);
    addresses = (JSON.parse(deployed.stdout) as { addresses: Record<string, string> }).addresses;
  });
  after(async function () {
    directory.remove();
    await node.close();
    await sepolia.close();
  });

  function ops(operation: string, args: string[] = [], more: Parameters<typeof runScript>[2] = {}) {
    const base = [operation, "--network", "arbitrumSepolia", "--record", record, "--json"];
    return runScript("scripts/ops.ts", [...base, ...args], { env, ...more });
  }

  const address = (name: string) => addresses[name] ?? "";
  const transactionCount = () => node.provider.getTransactionCount(DEPLOYER);

  /** What the rewards contract holds besides the pool's payouts. */
  async function held(): Promise<bigint> {
    const balance = await getToken(address("token"), node.provider).balanceOf(address("rewards"));
    return balance - (await getPool(address("pool"), node.provider).totalPaidOut());
  }

  function seedFile(change: (file: { nodes: Record<string, unknown>[] }) => void = () => {}): string {
    const file = seedFileOf(
      rehearsalNodes(NODES, REQUIREMENT),
      { chainId: 421_614, contract: address("rewards") },
      1_700_000_000,
    ) as { nodes: Record<string, unknown>[] };
    change(file);
    return directory.file(`seed-${Math.random()}.json`, JSON.stringify(file));
  }

  describe("call", function () {
    it("prepares an owner's call with names and the value of now, and sends nothing", async function () {
      const before = await transactionCount();
      const out = join(directory.path, "batch.json");
      const { code, stdout, stderr } = await ops("call", ["setClaimThreshold", "25000SESH", "--out", out]);
      expect(code, stderr).to.equal(0);
      const { call, owner, before: now } = JSON.parse(stdout) as Record<string, unknown> & { call: { data: string } };
      const data = getRewards(address("rewards"), node.provider).interface.encodeFunctionData("setClaimThreshold", [
        25_000n * 10n ** 9n,
      ]);
      expect(call).to.deep.equal({ to: address("rewards"), value: "0", data, method: "setClaimThreshold" });
      expect(owner).to.equal(DEPLOYER);
      expect(now).to.match(/^[1-9]\d*$/);
      const batch = JSON.parse(readFileSync(out, "utf8")) as { chainId: string; transactions: object[] };
      expect(batch.chainId).to.equal("421614");
      expect(batch.transactions).to.deep.equal([
        {
          to: address("rewards"),
          value: "0",
          data: null,
          contractMethod: {
            name: "setClaimThreshold",
            payable: false,
            inputs: [{ name: "newMax", type: "uint256", internalType: "uint256" }],
          },
          contractInputsValues: { newMax: "25000000000000" },
        },
      ]);
      expect(await transactionCount()).to.equal(before);
    });

    it("takes addresses for what they are, and shows amounts in SESH", async function () {
      for (const written of [SOMEBODY, SOMEBODY.slice(2)]) {
        const { code, stdout, stderr } = await ops("call", ["transferOwnership", written]);
        expect(code, stderr).to.equal(0);
        const { call } = JSON.parse(stdout) as { call: { data: string } };
        expect(call.data).to.equal(
          getRewards(address("rewards"), node.provider).interface.encodeFunctionData("transferOwnership", [SOMEBODY]),
        );
      }
      const args = [
        "call",
        "setStakingRequirement",
        "25,000.5SESH",
        "--network",
        "arbitrumSepolia",
        "--record",
        record,
      ];
      const { stdout } = await runScript("scripts/ops.ts", args, { env });
      expect(stdout).to.match(
        /\n {2}now {13}[\d,]+ SESH \(\d+\)\n {2}newRequirement {2}25,000\.5 SESH \(25000500000000\)\n/,
      );
    });

    it("refuses what the contract would refuse, and what is no owner's function", async function () {
      for (const [args, text] of [
        [["setClaimThreshold", "0"], "The contract refuses: "],
        [["setClaimThreshold", "2,5SESH"], "newMax: "],
        [["claimRewards"], 'rewards has no owner\'s function "claimRewards"'],
        [["pause", "1"], "pause() takes 0 arguments"],
        [
          ["transferOwnership", SOMEBODY.replace(/C8$/, "c8")],
          `newOwner: "${SOMEBODY.replace(/C8$/, "c8")}" has a wrong`,
        ],
        [["transferOwnership", "alice.eth"], 'newOwner: "alice.eth" is not an address but a name'],
        [
          ["setStakingRequirement", "25000"],
          'newRequirement: "25000" can be read as 25,000 SESH or, in atomic SESH, as 0.000025',
        ],
        [
          ["pause", "--out", join(directory.path, "none", "batch.json")],
          "batch.json (ENOENT): name another file with --out.",
        ],
        [["pause", "--address", SOMEBODY], "There is no contract at"],
        [["pause", "--address", address("token"), "--on", "factory"], "There is a contract without an owner at"],
      ] as const) {
        const { code, stderr } = await ops("call", [...args]);
        expect(code).to.equal(1);
        expect(stderr).to.contain(text);
      }
    });
  });

  describe("every operation", function () {
    it("shows no more of an RPC's URL than its host, whatever fails", async function () {
      const server = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk) => (body += String(chunk)));
        request.on("end", () => {
          const { id, method } = JSON.parse(body) as { id: number; method: string };
          if (method === "eth_chainId") response.end(JSON.stringify({ jsonrpc: "2.0", id, result: "0x66eee" }));
          else response.writeHead(401).end("no");
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3/s3cr3t`;
      try {
        const failing = { env: { ...env, ARBITRUM_SEPOLIA_RPC_URL: url, DEBUG: "1" } };
        for (const script of ["scripts/ops.ts", "scripts/deploy.ts"]) {
          const args = ["--network", "arbitrumSepolia", "--record", record, "--json"];
          const run = await runScript(script, [...(script.includes("ops") ? ["release"] : []), ...args], failing);
          expect(run.code).to.equal(3);
          expect(run.stderr).to.contain("HTTP 401");
          expect(run.stdout + run.stderr).to.not.contain("s3cr3t");
        }
      } finally {
        server.close();
      }
    });

    it("takes endpoints by --rpc, repeated: the others when one is silent or of another chain", async function () {
      const without = { env: { ...env, ARBITRUM_SEPOLIA_RPC_URL: "" } };
      const args = ["call", "pause", "--network", "arbitrumSepolia", "--record", record, "--json"];
      const rpc = ["http://127.0.0.1:9", `${sepolia.url},${node.url}`].flatMap((url) => ["--rpc", url]);
      const { code, stdout, stderr } = await runScript("scripts/ops.ts", [...args, ...rpc], without);
      expect(code, stderr).to.equal(0);
      expect((JSON.parse(stdout) as { owner: string }).owner).to.equal(DEPLOYER);
    });

    for (const [script, args, message] of [
      ["scripts/ops.ts", ["sed"], "There is no such command. Did you mean seed?"],
      [
        "scripts/ops.ts",
        ["dump", "--netwrok", "hardhat", "--network", "x"],
        "Unknown argument: netwrok. Did you mean --network?",
      ],
      ["scripts/ops.ts", ["dump", "--network", "hardhat", "--network", "x"], "--network is given twice."],
      ["scripts/ops.ts", ["call", "pause", "--network", ""], "--network has nothing behind it."],
      ["scripts/ops.ts", ["dump", "--network", "arbitrumSepolia", "--colour"], "Unknown argument: colour"],
      ["scripts/deploy.ts", [], "Missing required argument: network"],
      [
        "scripts/deploy.ts",
        ["--network", "arbitrumSepolia", "--rpc", "ftp://x"],
        "An endpoint's URL must begin with http:// or https://, not ftp://.",
      ],
    ] as const) {
      it(`answers "${message}" with exit code 2, in JSON too`, async function () {
        const { code, stdout, stderr } = await runScript(script, [...args, "--json"]);
        expect(code).to.equal(2);
        const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] };
        expect(problems.map((problem) => problem.code)).to.deep.equal(["usage"]);
        expect(problems[0]?.message.replace(/s: json,/, ":")).to.equal(message);
        expect(stderr.trim().split("\n")).to.have.length(1);
      });
    }

    it("refuses the record of another network", async function () {
      const { code, stderr } = await runScript("scripts/ops.ts", ["dump", "--network", "sepolia", "--record", record], {
        env: { ...env, SEPOLIA_RPC_URL: sepolia.url },
      });
      expect(code).to.equal(1);
      expect(stderr).to.contain("is the record of arbitrumSepolia (chain id 421614), not of sepolia: name another");
    });

    it("refuses to broadcast while another process works on the record", async function () {
      const lock = directory.file("record/.lock", String(process.pid));
      try {
        const { code, stderr } = await ops("release", ["--broadcast"]);
        expect(code).to.equal(1);
        expect(stderr).to.contain(
          `Process ${process.pid} on ${hostname()} works with ${record}; its lock is ${lock}. Wait for it`,
        );
        expect((await ops("release")).code).to.equal(0);
      } finally {
        rmSync(lock);
      }
    });
  });

  describe("seed", function () {
    it("refuses a proof of possession that is not the node's, and names the node", async function () {
      const before = await transactionCount();
      const file = seedFile(({ nodes }) => {
        const [first, second] = nodes;
        if (first !== undefined && second !== undefined) first["proofOfPossession"] = second["proofOfPossession"];
      });
      const { code, stdout } = await ops("seed", [file, "--broadcast"]);
      expect(code).to.equal(1);
      const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] };
      expect(problems.length).to.equal(1);
      expect(problems[0]?.message).to.match(
        /^nodes\.0: the proof of possession is not one of 0x\w+ for its operator on/,
      );
      expect(await transactionCount()).to.equal(before);
    });

    it("refuses contributions that do not sum up, and keys that are there twice", async function () {
      const file = seedFile(({ nodes }) => {
        const [first] = nodes;
        if (first !== undefined) (first["contributors"] as { amount: string }[])[0]!.amount = "1";
        nodes.push({ ...nodes[3] });
        nodes[5]!["addedTimestamp"] = 1_700_000_000_000;
      });
      const { code, stdout } = await ops("seed", [file]);
      expect(code).to.equal(1);
      const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] };
      expect(problems.map(({ message }) => message)).to.deep.equal([
        `nodes.0: its contributions sum up to 1 (0.000000001 SESH), the requirement is ${REQUIREMENT} (${formatSesh(REQUIREMENT)} SESH).`,
        "nodes.5: addedTimestamp 1700000000000 is not past: give unix seconds.",
        "nodes.12: has a key of node 3: each key may be there once.",
      ]);
    });

    it("finds out that SESH is missing before anything is sent", async function () {
      const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
      try {
        const wallet = new ethers.Wallet(DEPLOYER_KEY, node.provider);
        const rest = await getToken(address("token"), node.provider).balanceOf(DEPLOYER);
        const token = new ethers.Contract(address("token"), ["function transfer(address, uint256)"], wallet);
        const given = await token.getFunction("transfer").send(address("factory"), rest - 5n);
        await given.wait();
        const before = await transactionCount();
        const { code, stdout } = await ops("seed", [seedFile(), "--broadcast", "--fund-stakes"]);
        expect(code).to.equal(1);
        const { problems } = JSON.parse(stdout) as { problems: object[] };
        expect(problems).to.deep.equal([
          {
            code: "funds",
            message:
              `The account ${DEPLOYER} has 0.000000005 SESH, and the seeded deposits need ${formatSesh(12n * REQUIREMENT)}: ` +
              "send it the difference, or leave --fund-stakes out. Nothing was sent.",
          },
        ]);
        expect(await transactionCount()).to.equal(before);
      } finally {
        await node.provider.send("evm_revert", [snapshot]);
      }
    });

    it("funds the deposits of one file after the other, apart from what the pool has paid out", async function () {
      const released = await ops("release", ["--broadcast"]);
      expect(released.code, released.stderr).to.equal(0);
      for (const nodes of [1, 2]) {
        const file = seedFile((content) => content.nodes.splice(nodes));
        const { code, stderr } = await ops("seed", [file, "--broadcast", "--fund-stakes", "--no-start"]);
        expect(code, stderr).to.equal(0);
        expect(await held()).to.equal(BigInt(nodes) * REQUIREMENT);
      }
    });

    it("does not fund again what a replica in arrears does not show", async function () {
      const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
      const own = join(directory.path, "arrears");
      cpSync(record, own, { recursive: true });
      const file = seedFile((content) => content.nodes.splice(3));
      const args = ["seed", "--network", "arbitrumSepolia", "--record", own, "--json"];
      const behind = await new LyingProxy(node.url).start();
      try {
        const given = [file, "--broadcast", "--fund-stakes", "--no-start"];
        const first = await runScript("scripts/ops.ts", [...args, ...given], { env });
        expect(first.code, first.stderr).to.equal(0);
        const [sent, funded] = [await transactionCount(), await held()];
        const newest = await node.provider.getBlockNumber();
        let asked = 0;
        let stale = false;
        // The first to be asked for the deposits is a block behind; all others are not.
        behind.lie = (call) => {
          if (call.method === "eth_blockNumber" && stale) {
            stale = false;
            return ethers.toQuantity(newest - 1);
          }
          const { data = "" } = (call.params[0] ?? {}) as { data?: string };
          const balance = `70a08231${ethers.zeroPadValue(address("rewards"), 32).slice(2).toLowerCase()}`;
          if (call.method !== "eth_call" || !data.includes(balance) || asked++ > 0) return undefined;
          stale = true;
          call.params[1] = ethers.toQuantity(newest - 1);
          return undefined;
        };
        const through = { env: { ...env, ARBITRUM_SEPOLIA_RPC_URL: behind.url } };
        const { code, stderr } = await runScript("scripts/ops.ts", [...args, ...given], through);
        expect(code, stderr).to.equal(0);
        expect(asked).to.be.greaterThan(1);
        expect([await transactionCount(), await held()]).to.deep.equal([sent, funded]);
      } finally {
        await behind.stop();
        await node.provider.send("evm_revert", [snapshot]);
      }
    });

    it("seeds in portions, goes on after a kill, and starts", async function () {
      const file = seedFile();
      const dry = await ops("seed", [file, "--portion-gas", "1500000"]);
      expect(dry.code, dry.stderr).to.equal(0);
      const { portions } = JSON.parse(dry.stdout) as { portions: { nodes: number }[] };
      expect(portions.length).to.be.greaterThan(2);

      const args = [file, "--broadcast", "--fund-stakes", "--portion-gas", "1500000"];
      const killed = await ops("seed", args, {
        onProgress: (line, child) => {
          if (line.startsWith("seeded")) child.kill("SIGKILL");
        },
      });
      expect(killed.code).to.equal(null);
      const rewards = getRewards(address("rewards"), node.provider);
      const halfway = await rewards.totalNodes();
      expect(Number(halfway)).to.be.within(1, NODES - 1);
      expect(await rewards.isStarted()).to.equal(false);

      const { code, stdout, stderr } = await ops("seed", args);
      expect(code, stderr).to.equal(0);
      expect(JSON.parse(stdout)).to.include({ ok: true, totalNodes: String(NODES), started: true });
      expect(await rewards.totalNodes()).to.equal(BigInt(NODES));
      expect(await rewards.isStarted()).to.equal(true);
      expect(await held()).to.equal(BigInt(NODES) * REQUIREMENT);

      const count = await transactionCount();
      const again = await ops("seed", args);
      expect(again.code, again.stderr).to.equal(0);
      expect(await transactionCount()).to.equal(count);
    });
  });

  describe("release", function () {
    it("shows first, then pays the rewards contract what has accrued", async function () {
      const pool = getPool(address("pool"), node.provider);
      const last = await pool.lastPaidOutTime();
      const balance = await getToken(address("token"), node.provider).balanceOf(address("pool"));
      expect(balance > 39_999_000_000_000_000n).to.equal(true);
      await node.provider.send("evm_increaseTime", [3_600]);
      await node.provider.send("evm_mine", []);
      const count = await transactionCount();
      const dry = await ops("release");
      expect(dry.code, dry.stderr).to.equal(0);
      expect(await transactionCount()).to.equal(count);

      const { code, stdout, stderr } = await ops("release", ["--broadcast"]);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.match(/sending (0x[0-9a-f]{64})\n[^\n]+\n {2}https:\/\/sepolia\.arbiscan\.io\/tx\/\1\n/);
      const { released } = JSON.parse(stdout) as { released: string };
      const elapsed = (await pool.lastPaidOutTime()) - last;
      expect(elapsed >= 3_600n).to.equal(true);
      // 15.1 % a year
      expect(BigInt(released)).to.equal((balance * 151n * elapsed) / (1_000n * 31_536_000n));
    });
  });

  describe("vesting", function () {
    const HEADER = "beneficiary,revoker,start,end,transferableBeneficiary,amount";
    const rows = Array.from({ length: 5 }, (_, index) =>
      [
        person(`investor ${index}`),
        person("foundation"),
        "2030-01-01",
        "2031-01-01",
        index % 2 === 0,
        `${1000 + index}.5`,
      ].join(","),
    );

    it("names every wrong cell and sends nothing", async function () {
      const count = await transactionCount();
      const file = directory.file(
        "wrong.csv",
        [
          HEADER,
          "# comments and empty lines count",
          "",
          `${ethers.ZeroAddress},0x12,then,2020-01-01,maybe,1.0000000001`,
          `${person("a")},${person("b")},2026-01-31T12:00Z,2031-01-01 10:00,true,1`,
        ].join("\n"),
      );
      const { code, stdout } = await ops("vesting", [file, "--broadcast"]);
      expect(code).to.equal(1);
      const { problems } = JSON.parse(stdout) as { problems: { message: string }[] };
      expect(problems.map(({ message }) => message.replace(file, ""))).to.deep.equal([
        ":4: beneficiary is the zero address.",
        ':4: revoker "0x12" has 2 hex digits, an address has 40.',
        ':4: start "then" is neither unix seconds nor a date such as 2026-01-31 or 2026-01-31T12:00Z (UTC).',
        ':4: transferableBeneficiary "maybe" is neither true nor false.',
        ':4: amount "1.0000000001" has more than 9 decimals. There is no smaller part of SESH.',
        ":4: end is past: nothing would be locked.",
        ':5: end "2031-01-01 10:00" is neither unix seconds nor a date such as 2026-01-31 or 2026-01-31T12:00Z (UTC).',
        ":5: start is after end.",
        ":5: end is past: nothing would be locked.",
      ]);
      expect(await transactionCount()).to.equal(count);
    });

    it("shows the list in 80 columns, points under points", async function () {
      const file = directory.file(
        "shown.csv",
        [HEADER, ...rows.slice(0, 2), rows[2]?.replace("1002.5", "3")].join("\n"),
      );
      const args = ["vesting", file, "--network", "arbitrumSepolia", "--record", record];
      const { code, stdout, stderr } = await runScript("scripts/ops.ts", args, { env: { ...env, COLUMNS: "80" } });
      expect(code, stderr).to.equal(0);
      for (const line of stdout.split("\n")) expect(line.length, line).to.be.at.most(80);
      expect(stdout.match(/[\d,.]+ +(?=│ +│ deploy and fund)/g)).to.deep.equal(["1,000.5 ", "1,001.5 ", "3   "]);
    });

    it("deploys and funds each once, over a kill and reruns, and takes new rows", async function () {
      const file = directory.file("vesting.csv", [HEADER, ...rows.slice(0, 4)].join("\n"));
      const count = await transactionCount();
      const killed = await ops("vesting", [file, "--broadcast"], {
        onProgress: (line, child) => {
          if (line.startsWith("vesting 2")) child.kill("SIGKILL");
        },
      });
      expect(killed.code).to.equal(null);

      const { code, stdout, stderr } = await ops("vesting", [file, "--broadcast"]);
      expect(code, stderr).to.equal(0);
      // Four contracts and four transfers, whatever was cut short.
      expect((await transactionCount()) - count).to.equal(8);
      const { vestings } = JSON.parse(stdout) as {
        vestings: { contract: string; amount: string; beneficiary: string }[];
      };
      const token = new ethers.Contract(
        address("token"),
        ["function balanceOf(address) view returns (uint256)"],
        node.provider,
      );
      for (const vesting of vestings) {
        expect(await token.getFunction("balanceOf")(vesting.contract)).to.equal(BigInt(vesting.amount));
        const contract = new ethers.Contract(
          vesting.contract,
          ["function beneficiary() view returns (address)", "function rewardsContract() view returns (address)"],
          node.provider,
        );
        expect(await contract.getFunction("beneficiary")()).to.equal(vesting.beneficiary);
        expect(await contract.getFunction("rewardsContract")()).to.equal(address("rewards"));
      }

      const longer = directory.file("longer.csv", [HEADER, ...rows].join("\n"));
      const more = await ops("vesting", [longer, "--broadcast"]);
      expect(more.code, more.stderr).to.equal(0);
      expect((await transactionCount()) - count).to.equal(10);
    });
  });

  describe("upgrade", function () {
    it("refuses another layout, and names what differs", async function () {
      const count = await transactionCount();
      const layouts = JSON.parse(readFileSync("test/fixtures/storage-layout.json", "utf8")) as Record<
        string,
        { storage: { label: string; slot: number }[] }
      >;
      const pool = layouts["RewardRatePool"];
      if (pool?.storage[1] !== undefined) pool.storage[1].slot = 5;
      const file = directory.file("layouts.json", JSON.stringify(layouts));
      const { code, stdout } = await ops("upgrade", ["pool", "--layout", file, "--broadcast"]);
      expect(code).to.equal(1);
      const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] };
      expect(problems).to.deep.equal([
        {
          code: "layout",
          message:
            "TestnetRewardRatePool cannot replace the deployed implementation: TestnetRewardRatePool: the deployed contract " +
            "has beneficiary (t_address) at slot 5, byte 0, the new one beneficiary (t_address) at slot 1, byte 0.",
        },
      ]);
      expect(await transactionCount()).to.equal(count);
    });

    it("simulates on a fork, upgrades, leaves the state as it was, and goes back", async function () {
      const count = await transactionCount();
      const dry = await ops("upgrade", ["rewards", "--artifact", "ServiceNodeRewards"]);
      expect(dry.code, dry.stderr).to.equal(0);
      const { simulation, from } = JSON.parse(dry.stdout) as {
        from: string;
        simulation: {
          upgradeGas: string;
          differences: string[];
          gas: { operation: string; before: string; after: string }[];
        };
      };
      expect(simulation.differences).to.deep.equal([]);
      expect(simulation.gas.map(({ operation }) => operation)).to.include("rederiveTotalNodesAndAggregatePubkey()");
      expect(simulation.gas.every(({ before, after }) => Number(before) > 2_000 && Number(after) > 2_000)).to.equal(
        true,
      );
      expect(await transactionCount()).to.equal(count);

      const up = await ops("upgrade", ["rewards", "--artifact", "ServiceNodeRewards", "--broadcast"]);
      expect(up.code, up.stderr).to.equal(0);
      const { implementation } = JSON.parse(up.stdout) as { implementation: string };
      expect((await readProxy(node.provider, address("rewards"))).implementation).to.equal(implementation);
      expect((await transactionCount()) - count).to.equal(2);

      const back = await ops("upgrade", ["rewards", "--to", from, "--broadcast"]);
      expect(back.code, back.stderr).to.equal(0);
      expect((await readProxy(node.provider, address("rewards"))).implementation).to.equal(from);
      expect(await getRewards(address("rewards"), node.provider).totalNodes()).to.equal(BigInt(NODES));
    });

    it("simulates the same where replicas are in arrears, and ends with the endpoint's words where it fails", async function () {
      const proxy = await new FaultProxy(node.url, { fault: "lagging" }).start();
      const through = (onProgress: (line: string) => void = () => {}) =>
        ops("upgrade", ["rewards", "--artifact", "ServiceNodeRewards"], {
          env: { ...env, ARBITRUM_SEPOLIA_RPC_URL: proxy.url, SESSION_RPC_BACKOFF: "0.02" },
          onProgress,
        });
      try {
        const right = await ops("upgrade", ["rewards", "--artifact", "ServiceNodeRewards"]);
        const lagging = await through();
        expect(lagging.code, lagging.stderr).to.equal(0);
        expect(JSON.parse(lagging.stdout)).to.deep.equal(JSON.parse(right.stdout));

        const ended = await through((line) => {
          if (line.startsWith("simulating")) Object.assign(proxy, { fault: "html", always: true });
        });
        expect(ended.code, ended.stderr).to.equal(3);
        expect(ended.stderr).to.include(`✗ ${new URL(proxy.url).host} does not answer eth_`);
        expect(ended.stderr).to.include('"Service Temporarily Unavailable"');
      } finally {
        await proxy.stop();
      }
    });

    it("goes forth and back as often as it must, and does nothing when it is there", async function () {
      const count = await transactionCount();
      const old = (await readProxy(node.provider, address("rewards"))).implementation;
      const forth = ["rewards", "--artifact", "ServiceNodeRewards", "--no-simulate", "--broadcast"];
      for (let round = 0; round < 2; round++) {
        const up = await ops("upgrade", forth);
        expect(up.code, up.stderr).to.equal(0);
        const again = await ops("upgrade", forth);
        expect(again.code, again.stderr).to.equal(0);
        expect(JSON.parse(again.stdout)).to.include({ ok: true, mode: "done" });
        const back = await ops("upgrade", ["rewards", "--to", old, "--no-simulate", "--broadcast"]);
        expect(back.code, back.stderr).to.equal(0);
        expect((await readProxy(node.provider, address("rewards"))).implementation).to.equal(old);
      }
      // The implementation stands since the test before: two ways, twice.
      expect((await transactionCount()) - count).to.equal(4);
    });

    it("prepares the call for an owner elsewhere, and checks once that owner has sent it", async function () {
      const stranger = new ethers.Wallet(ethers.id("no owner"));
      await node.provider.send("hardhat_setBalance", [stranger.address, ethers.toQuantity(10n ** 20n)]);
      const old = (await readProxy(node.provider, address("pool"))).implementation;
      const args = ["pool", "--artifact", "RewardRatePool", "--no-simulate", "--broadcast"];
      const other = { env: { ...env, DEPLOYER_PRIVATE_KEY: stranger.privateKey } };
      const prepared = await ops("upgrade", args, other);
      expect(prepared.code, prepared.stderr).to.equal(0);
      const { mode, transaction } = JSON.parse(prepared.stdout) as {
        mode: string;
        transaction: { to: string; data: string };
      };
      expect(mode).to.equal("prepared");
      await (await new ethers.Wallet(DEPLOYER_KEY, node.provider).sendTransaction(transaction)).wait();

      const count = await node.provider.getTransactionCount(stranger.address);
      expect(count).to.equal(1);
      const checked = await ops("upgrade", args, other);
      expect(checked.code, checked.stderr).to.equal(0);
      expect(JSON.parse(checked.stdout)).to.include({ ok: true, mode: "done" });
      expect(await node.provider.getTransactionCount(stranger.address)).to.equal(count);

      const back = await ops("upgrade", ["pool", "--to", old, "--no-simulate", "--broadcast"]);
      expect(back.code, back.stderr).to.equal(0);
    });
  });

  describe("check-deployment", function () {
    const check = () =>
      runScript("scripts/check-deployment.ts", ["--network", "arbitrumSepolia", "--record", record, "--json"], {
        env: { ...env, DEPLOYER_PRIVATE_KEY: "" },
      });
    const failures = (stdout: string) =>
      (JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] }).checks
        .filter(({ ok }) => !ok)
        .map(({ name }) => name);

    it("passes on what was deployed, without a key", async function () {
      const { code, stdout, stderr } = await check();
      expect(code, stderr).to.equal(0);
      expect(failures(stdout)).to.deep.equal([]);
    });

    it("names what was changed behind its back", async function () {
      const owner = new ethers.Wallet(DEPLOYER_KEY, node.provider);
      const pool = new ethers.Contract(address("pool"), ["function setBeneficiary(address)"], owner);
      const rewards = new ethers.Contract(address("rewards"), ["function setStakingRequirement(uint256)"], owner);
      const wait = async (sent: Promise<unknown>) => (await (sent as Promise<ethers.TransactionResponse>)).wait();
      await wait(pool.getFunction("setBeneficiary")(DEPLOYER));
      await wait(rewards.getFunction("setStakingRequirement")(1n));
      const { code, stdout } = await check();
      expect(code).to.equal(1);
      expect(failures(stdout)).to.deep.equal(["pool.beneficiary", "rewards.stakingRequirement"]);
      await wait(pool.getFunction("setBeneficiary")(address("rewards")));
      await wait(rewards.getFunction("setStakingRequirement")(REQUIREMENT));
      expect((await check()).code).to.equal(0);
    });
  });

  describe("dump", function () {
    it("holds every node, contributor and recipient, read in a handful of calls", async function () {
      const { code, stdout, stderr } = await ops("dump");
      expect(code, stderr).to.equal(0);
      const { file, nodes } = JSON.parse(stdout) as { file: string; nodes: number };
      expect(nodes).to.equal(NODES);
      const state = JSON.parse(readFileSync(file, "utf8")) as {
        values: Record<string, unknown>;
        nodes: { id: string; deposit: string; contributors: { addr: string; stakedAmount: string }[] }[];
      };
      expect(state.values["totalNodes"]).to.equal(String(NODES));
      const made = rehearsalNodes(NODES, REQUIREMENT);
      state.nodes.forEach((found, index) => {
        expect(found.id).to.equal(String(index + 1));
        expect(found.contributors.map(({ addr, stakedAmount }) => [addr, stakedAmount])).to.deep.equal(
          made[index]?.contributors.map((contributor) => [contributor.address, contributor.amount]),
        );
      });
    });
  });
});
