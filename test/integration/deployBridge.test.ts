import { join } from "node:path";
import { getArbitrumNetwork } from "@arbitrum/sdk";
import { expect } from "chai";
import { ethers } from "ethers";
import { formatSesh } from "../../src/chain/units.ts";
import { readProxy } from "../../deploy/lib/erc1967.ts";
import { ticketFees } from "../../deploy/ops/ticketFees.ts";
import type { TwoChains } from "../../checks/rehearsal/chains.ts";
import { L2_CHAIN_ID, startChains } from "../../checks/rehearsal/chains.ts";
import { DEPLOYER, DEPLOYER_KEY, runScript, scratch } from "../helpers/deployCommand.ts";
import { startSwallowingRpc } from "../helpers/swallowingRpc.ts";

const AMOUNT = 12_345_678_901n;

describe("npm run ops -- bridge", function () {
  this.timeout(300_000);

  let chains: TwoChains;
  let directory: ReturnType<typeof scratch>;
  let env: Record<string, string>;
  let l2Token: string;

  const balance = (account: string) =>
    new ethers.Contract(
      l2Token,
      ["function balanceOf(address) view returns (uint256)"],
      chains.l2.provider,
    ).getFunction("balanceOf")(account) as Promise<bigint>;
  const l1TokenAddress = () =>
    new ethers.Contract(l2Token, ["function l1Address() view returns (address)"], chains.l2.provider).getFunction(
      "l1Address",
    )() as Promise<string>;
  const record = (name: string) => join(directory.path, name);

  async function deploy(network: string, name: string, parameters: string): Promise<string> {
    const file = directory.file(`${name}.json5`, parameters);
    const args = ["--network", network, "--broadcast", "--json", "--record", record(name), "--parameters", file];
    const { code, stdout, stderr } = await runScript("scripts/deploy.ts", args, { env });
    expect(code, stderr).to.equal(0);
    return (JSON.parse(stdout) as { addresses: { token: string } }).addresses.token;
  }

  function bridge(args: string[], more: Parameters<typeof runScript>[2] = {}) {
    const base = ["bridge", "--network", "sepolia", "--record", record("l1"), "--l2-record", record("l2"), "--json"];
    return runScript("scripts/ops.ts", [...base, ...args], { env, ...more });
  }

  before(async function () {
    chains = await startChains();
    directory = scratch();
    env = {
      SEPOLIA_RPC_URL: chains.l1.url,
      ARBITRUM_SEPOLIA_RPC_URL: chains.l2.url,
      DEPLOYER_PRIVATE_KEY: DEPLOYER_KEY,
    };
    const { l1Gateway, l1Router, l2Gateway } = chains.bridge;
    const l1Token = await deploy(
      "sepolia",
      "l1",
      `{ Token: { totalSupply: "240000000000000000n", gateway: "${await l1Gateway.getAddress()}", router: "${await l1Router.getAddress()}" } }`,
    );
    l2Token = await deploy(
      "arbitrumSepolia",
      "l2",
      `{ TokenL2: { l2Gateway: "${await l2Gateway.getAddress()}", l1Address: "${l1Token}" } }`,
    );
  });
  after(async function () {
    directory.remove();
    await chains.close();
  });

  it("refuses a deposit before the registration", async function () {
    const { code, stderr } = await bridge(["deposit", "--amount", "1"]);
    expect(code).to.equal(1);
    expect(stderr).to.contain("SESH is not registered with the router: run `npm run ops -- bridge register` first.");
  });

  it("refuses a SESHL2 that names another token", async function () {
    const { code, stderr } = await bridge(["register", "--l2-token", await chains.bridge.l2Router.getAddress()]);
    expect(code).to.equal(1);
    expect(stderr).to.contain("has no l1Address(): it is not the contract that belongs there.");
  });

  it("registers with the vendor's gateway and router on both sides, once", async function () {
    const count = () => chains.l1.provider.getTransactionCount(DEPLOYER);
    const before = await count();
    const { code, stderr } = await bridge(["register", "--broadcast", "--wait", "60"]);
    expect(code, stderr).to.equal(0);
    const again = await bridge(["register", "--broadcast", "--wait", "60"]);
    expect(again.code, again.stderr).to.equal(0);
    expect((await count()) - before).to.equal(1);
  });

  it("bridges an amount to the last atom, waits for it, and goes on after a kill without sending twice", async function () {
    const to = ethers.getAddress("0x00000000000000000000000000000000000b0b00");
    const args = ["deposit", "--amount", ethers.formatUnits(AMOUNT, 9), "--to", to, "--broadcast", "--wait", "60"];
    const killed = await bridge(args, {
      onProgress: (line, child) => {
        if (line.startsWith("deposited")) child.kill("SIGKILL");
      },
    });
    expect(killed.code).to.equal(null);
    const { code, stderr } = await bridge(args);
    expect(code, stderr).to.equal(0);
    expect(await balance(to)).to.equal(AMOUNT);

    const again = await bridge(args);
    expect(again.code, again.stderr).to.equal(0);
    expect(await balance(to)).to.equal(AMOUNT);

    const other = await bridge([...args, "--id", "a second one"]);
    expect(other.code, other.stderr).to.equal(0);
    expect(await balance(to)).to.equal(2n * AMOUNT);
  });

  it("does not bridge the whole balance twice when the node's answer was lost", async function () {
    const rpc = await startSwallowingRpc(chains.l1.url);
    try {
      const to = ethers.getAddress("0x00000000000000000000000000000000000b0b01");
      const l1Token = new ethers.Contract(
        await l1TokenAddress(),
        ["function balanceOf(address) view returns (uint256)"],
        chains.l1.provider,
      );
      const whole = (await l1Token.getFunction("balanceOf")(DEPLOYER)) as bigint;
      const args = ["deposit", "--amount", ethers.formatUnits(whole, 9), "--to", to, "--id", "whole"];
      const send = [...args, "--broadcast", "--wait", "60"];
      const before = await chains.l1.provider.getTransactionCount(DEPLOYER);
      const killed = await bridge(send, {
        env: { ...env, SEPOLIA_RPC_URL: rpc.url },
        // the approval, then the deposit
        onStart: (child) => rpc.arm(2, () => child.kill("SIGKILL")),
      });
      expect(killed.code).to.equal(null);
      const resumed = await bridge(send);
      expect(resumed.code, resumed.stderr).to.equal(0);
      expect(await balance(to)).to.equal(whole);
      expect((await chains.l1.provider.getTransactionCount(DEPLOYER)) - before).to.equal(2);

      const other = await bridge(["deposit", "--amount", "1", "--to", to, "--id", "whole"]);
      expect(other.code).to.equal(1);
      expect(other.stderr).to.contain(`is a deposit of ${formatSesh(whole)} SESH to ${to}: name another`);
      const climbing = await bridge(["deposit", "--amount", "1", "--id", "../../elsewhere"]);
      expect(climbing.code).to.equal(1);
      expect(climbing.stderr).to.contain("--id names a file: letters, digits, dot, dash, underscore and space only.");
    } finally {
      await rpc.close();
    }
  });

  it("asks Arbitrum's SDK for the fees where the L2 has Arbitrum's precompiles", async function () {
    const { l1, l2, bridge: vendor } = chains;
    // Arbitrum Sepolia's own inbox, as the SDK knows it, and the code that every precompile shows there
    const { inbox } = getArbitrumNetwork(L2_CHAIN_ID).ethBridge;
    const implementation = await readProxy(l1.provider, await vendor.inbox.getAddress());
    await l1.provider.send("hardhat_setCode", [inbox, await l1.provider.getCode(implementation.implementation)]);
    const arbSys = "0x0000000000000000000000000000000000000064";
    const before = await l2.provider.getCode(arbSys);
    await l2.provider.send("hardhat_setCode", [arbSys, "0xfe"]);
    try {
      const ends = { l1: l1.provider, l2: l2.provider, local: true, inbox };
      const message = { from: DEPLOYER, to: DEPLOYER, data: "0x12345678", refundTo: DEPLOYER };
      const fees = await ticketFees(ends, message);
      expect(fees.by).to.equal("sdk");
      expect(fees.gasLimit > 21_000n && fees.maxFeePerGas > 0n && fees.maxSubmissionCost > 0n).to.equal(true);
      expect(fees.value).to.equal(fees.maxSubmissionCost + fees.gasLimit * fees.maxFeePerGas);
    } finally {
      await l2.provider.send("hardhat_setCode", [arbSys, before]);
    }
  });
});
