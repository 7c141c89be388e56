import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { FaultProxy } from "../../checks/faults/proxy.ts";
import type { LocalNode } from "../helpers/deployCommand.ts";
import { DEPLOYER, DEPLOYER_KEY, runScript, scratch, startNode, testnetParameters } from "../helpers/deployCommand.ts";
import type { SwallowingRpc } from "../helpers/swallowingRpc.ts";
import { startSwallowingRpc } from "../helpers/swallowingRpc.ts";

/** The token, seven of the staking contracts, the funding. */
const TRANSACTIONS = 9;

describe("npm run deploy, killed at the worst moment", function () {
  this.timeout(300_000);

  let node: LocalNode;
  let rpc: SwallowingRpc;
  let directory: ReturnType<typeof scratch>;

  before(async function () {
    node = await startNode(421_614);
    rpc = await startSwallowingRpc(node.url);
  });
  after(async function () {
    await rpc.close();
    await node.close();
  });
  beforeEach(() => (directory = scratch()));
  afterEach(() => directory.remove());

  function deploy(
    record: string,
    onStart: NonNullable<Parameters<typeof runScript>[2]>["onStart"] = () => {},
    url = rpc.url,
    onProgress: NonNullable<Parameters<typeof runScript>[2]>["onProgress"] = () => {},
  ) {
    const parameters = directory.file("parameters.json5", testnetParameters());
    const args = ["--network", "arbitrumSepolia", "--broadcast", "--json", "--parameters", parameters];
    return runScript("scripts/deploy.ts", [...args, "--record", join(directory.path, record)], {
      env: { ARBITRUM_SEPOLIA_RPC_URL: url, DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY, SESSION_RPC_BACKOFF: "0.02" },
      onStart,
      onProgress,
    });
  }

  const transactionCount = () => node.provider.getTransactionCount(DEPLOYER);

  for (const [name, nth] of Object.entries({ "a creation": 3, "the funding": TRANSACTIONS })) {
    it(`sends ${name} once, though the answer of the node was lost with the process`, async function () {
      const before = await transactionCount();
      const killed = await deploy("record", (child) => rpc.arm(nth, () => child.kill("SIGKILL")));
      expect(killed.code).to.equal(null);
      expect((await transactionCount()) - before).to.equal(nth);

      // Its nonce is used, and the endpoint does not know it: no reason to send it anew.
      rpc.hides = true;
      const refused = await deploy("record").finally(() => (rpc.hides = false));
      expect(refused.code).to.equal(3);
      expect(refused.stderr).to.match(
        /✗ Nonce \d+ of 0x\w{40} is used, and the endpoint does not show whether by 0x\w{64}: /,
      );
      expect((await transactionCount()) - before).to.equal(nth);

      const resumed = await deploy("record");
      expect(resumed.code, resumed.stderr).to.equal(0);
      const { steps } = JSON.parse(resumed.stdout) as { steps: { hash: string }[] };
      expect(new Set(steps.map(({ hash }) => hash)).size).to.equal(TRANSACTIONS);
      expect((await transactionCount()) - before).to.equal(TRANSACTIONS);
    });
  }

  it("does not take its own transaction for replaced where the endpoint shows none, and sends it once", async function () {
    const before = await transactionCount();
    rpc.hides = true;
    try {
      for (const run of ["first", "resumed"]) {
        const { code, stderr } = await deploy("record");
        expect(code, run).to.equal(3);
        expect(stderr, run).to.match(
          /✗ Nonce \d+ of 0x\w{40} is used, and the endpoint does not show whether by 0x\w{64}: /,
        );
        expect((await transactionCount()) - before, run).to.equal(1);
      }
    } finally {
      rpc.hides = false;
    }
    const { code, stderr } = await deploy("record");
    expect(code, stderr).to.equal(0);
    expect((await transactionCount()) - before).to.equal(TRANSACTIONS);
  });

  it("ends with code 3 and the endpoint's words when it goes away half-way, and goes on though replicas are in arrears", async function () {
    const before = await transactionCount();
    const proxy = await new FaultProxy(node.url).start();
    try {
      const ended = await deploy("record", undefined, proxy.url, (line) => {
        if (line.startsWith("[3/")) Object.assign(proxy, { fault: "html", always: true });
      });
      const { host } = new URL(proxy.url);
      expect(ended.code, ended.stderr).to.equal(3);
      expect(ended.stderr)
        .to.include(`✗ ${host} does not answer eth_`)
        .and.include('"Service Temporarily Unavailable"');
      // How far it has come depends on when its line was read here; some of it is done, and not all.
      expect((await transactionCount()) - before).to.be.within(3, TRANSACTIONS - 1);

      Object.assign(proxy, { fault: "lagging", always: false });
      const resumed = await deploy("record", undefined, proxy.url);
      expect(resumed.code, resumed.stderr).to.equal(0);
      expect((await transactionCount()) - before).to.equal(TRANSACTIONS);
    } finally {
      await proxy.stop();
    }
  });

  it("sends again what never reached the node", async function () {
    const before = await transactionCount();
    const killed = await deploy("record", (child) => rpc.arm(3, () => child.kill("SIGKILL"), "lose"));
    expect(killed.code).to.equal(null);
    expect((await transactionCount()) - before).to.equal(2);

    const resumed = await deploy("record");
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect((await transactionCount()) - before).to.equal(TRANSACTIONS);
  });

  it("goes on from a step that was begun and for which nothing was sent", async function () {
    const whole = await deploy("whole");
    expect(whole.code, whole.stderr).to.equal(0);
    const journal = (record: string) => join(directory.path, record, "ignition", "StakingTestnet", "journal.jsonl");
    const lines = readFileSync(journal("whole"), "utf8").split("\n");
    const begun = lines.findIndex((line) => line.includes("DEPLOYMENT_EXECUTION_STATE_INITIALIZE"));
    expect(begun).to.be.greaterThan(0);
    mkdirSync(dirname(journal("cut")), { recursive: true });
    writeFileSync(journal("cut"), lines.slice(0, begun + 1).join("\n"));
    copyFolder(dirname(journal("whole")), dirname(journal("cut")), "artifacts");
    copyFolder(dirname(journal("whole")), dirname(journal("cut")), "build-info");

    const before = await transactionCount();
    const resumed = await deploy("cut");
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect((await transactionCount()) - before).to.equal(TRANSACTIONS);
  });

  it("does not go on with a record of another chain that has the same id", async function () {
    const done = await deploy("record");
    expect(done.code, done.stderr).to.equal(0);
    const other = await startNode(421_614);
    try {
      const { code, stderr } = await deploy("record", undefined, other.url);
      expect(code).to.equal(1);
      expect(stderr).to.match(
        /✗ The RPC of arbitrumSepolia does not know transaction 0x\w{64} of .*: the record is of another chain with this id/,
      );
      expect(await other.provider.getTransactionCount(DEPLOYER)).to.equal(0);
    } finally {
      await other.close();
    }
  });
});

function copyFolder(from: string, to: string, name: string): void {
  mkdirSync(join(to, name));
  for (const file of readdirSync(join(from, name))) {
    writeFileSync(join(to, name, file), readFileSync(join(from, name, file)));
  }
}
