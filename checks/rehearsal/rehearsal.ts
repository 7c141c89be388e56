import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ethers } from "ethers";
import {
  GROUP_ORDER,
  aggregateSignatures,
  deriveTags,
  hashToG2,
  rewardMessage,
  signHash,
  signatureToParams,
} from "../../src/bls/index.ts";
import { claimRewardsCall, updateRewardsBalanceCall } from "../../src/chain/calls.ts";
import { getRewards, getToken } from "../../src/chain/contracts.ts";
import { send } from "../../src/chain/send.ts";
import type { Report } from "../../devnet/report.ts";
import { check, checkEqual } from "../../devnet/report.ts";
import type { TwoChains } from "./chains.ts";
import { L2_CHAIN_ID, developmentKey, startChains } from "./chains.ts";
import type { Result } from "./command.ts";
import { run } from "./command.ts";
import { person, rehearsalNodes, seedFileOf } from "./nodes.ts";

export interface RehearsalOptions {
  nodes: number;
  vestings: number;
}

const REQUIREMENT = 20_000_000_000_000n;
const POOL_FUNDING = 40_000_000_000_000_000n;
const VESTING = 1_000_500_000_000n;
const SIGNERS_MISSING = 20;

/** Everything that a rehearsal does, in order, with the commands that an operator runs. */
export async function rehearse(report: Report, options: RehearsalOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "session-staking-rehearsal-"));
  let chains: TwoChains | undefined;
  try {
    await report.step("two chains", async (progress) => {
      progress("starting an L1 and an L2, deploying Arbitrum's bridge");
      chains = await startChains();
      return {
        what: `L1 ${chains.l1.url}, L2 ${chains.l2.url}, inbox, bridge, routers and gateways as Offchain Labs built them`,
      };
    });
    if (chains === undefined) throw new Error("the chains did not start");
    await new Rehearsal(report, options, chains, directory).run();
  } finally {
    await chains?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

class Rehearsal {
  readonly #report: Report;
  readonly #options: RehearsalOptions;
  readonly #chains: TwoChains;
  readonly #directory: string;
  readonly #environment: Record<string, string>;
  readonly #deployer = new ethers.Wallet(developmentKey(0));
  readonly #owner = new ethers.Wallet(developmentKey(1));
  readonly #claimer = new ethers.Wallet(developmentKey(2));
  readonly #nodes;
  #addresses: Record<string, string> = {};

  constructor(report: Report, options: RehearsalOptions, chains: TwoChains, directory: string) {
    this.#report = report;
    this.#options = options;
    this.#chains = chains;
    this.#directory = directory;
    this.#environment = {
      SEPOLIA_RPC_URL: chains.l1.url,
      ARBITRUM_SEPOLIA_RPC_URL: chains.l2.url,
      DEPLOYER_PRIVATE_KEY: this.#deployer.privateKey,
      OWNER_PRIVATE_KEY: this.#owner.privateKey,
    };
    this.#nodes = rehearsalNodes(options.nodes, REQUIREMENT);
  }

  async run(): Promise<void> {
    await this.#deployL1();
    await this.#deployL2();
    await this.#bridge();
    await this.#finishL2();
    await this.#seed();
    await this.#vest();
    await this.#handOver();
    await this.#claim("claim", 3n, true);
    await this.#check("checks");
    await this.#upgrade();
    await this.#check("checks after the way back");
  }

  get #record() {
    return { l1: join(this.#directory, "l1"), l2: join(this.#directory, "l2") };
  }

  #file(name: string, content: string): string {
    const file = join(this.#directory, name);
    writeFileSync(file, content);
    return file;
  }

  /** A command on one of the networks, with its record. */
  async #command(
    script: string,
    network: "sepolia" | "arbitrumSepolia",
    args: string[],
    options: Parameters<typeof run>[3] = {},
    environment: Record<string, string> = {},
  ): Promise<Result> {
    const record = network === "sepolia" ? this.#record.l1 : this.#record.l2;
    const all = [...args, "--network", network, "--record", record];
    return (await run(script, all, { ...this.#environment, ...environment }, options)) ?? {};
  }

  async #deployL1(): Promise<void> {
    await this.#report.step("SESH on L1", async (progress) => {
      const { l1Gateway, l1Router } = this.#chains.bridge;
      const file = this.#file(
        "l1.json5",
        `{ Token: { totalSupply: "240000000000000000n", gateway: "${await l1Gateway.getAddress()}", router: "${await l1Router.getAddress()}" } }`,
      );
      const result = await this.#command("scripts/deploy.ts", "sepolia", ["--broadcast", "--parameters", file], {
        progress,
      });
      this.#addresses["l1Token"] = addressesOf(result)["token"] ?? "";
      return { what: `SESH at ${this.#addresses["l1Token"]}`, gasUsed: BigInt(String(result["totalGas"])) };
    });
  }

  async #parametersL2(complete: boolean): Promise<string> {
    const l2Gateway = await this.#chains.bridge.l2Gateway.getAddress();
    const more = complete
      ? `, Funding: { amount: "${POOL_FUNDING}n" }, Handover: { owner: "${this.#owner.address}" }`
      : "";
    return this.#file(
      complete ? "l2-complete.json5" : "l2.json5",
      `{ TokenL2: { l2Gateway: "${l2Gateway}", l1Address: "${this.#addresses["l1Token"]}" },
         StakingTestnet: { stakingRequirement: "${REQUIREMENT}n", maxContributors: 10, liquidatorRatio: 3, poolRatio: 17, recipientRatio: 9980 }${more} }`,
    );
  }

  async #deployL2(): Promise<void> {
    const { provider } = this.#chains.l2;
    await this.#report.step("staking on L2", async (progress) => {
      const args = ["--broadcast", "--parameters", await this.#parametersL2(false)];
      const count = () => provider.getTransactionCount(this.#deployer.address);
      const kill = (killAt: string) =>
        this.#command("scripts/deploy.ts", "arbitrumSepolia", args, { progress, killAt });
      await kill("SESHL2_Proxy sent");
      const first = await count();
      await kill("Rewards_Proxy sent");
      const second = await count();
      const result = await this.#command("scripts/deploy.ts", "arbitrumSepolia", args, { progress });
      Object.assign(this.#addresses, addressesOf(result));
      const steps = (result["steps"] as unknown[]).length;
      checkEqual(BigInt(await count()), BigInt(steps), "transactions of a deployment killed twice");
      return {
        what: `killed after ${first} and ${second} of ${steps} transactions, resumed twice, none sent twice; every check passed`,
        gasUsed: BigInt(String(result["totalGas"])),
      };
    });
  }

  async #bridge(): Promise<void> {
    const { l2 } = this.#chains;
    const ops = (args: string[], progress: (line: string) => void) =>
      this.#command(
        "scripts/ops.ts",
        "sepolia",
        ["bridge", ...args, "--broadcast", "--l2-record", this.#record.l2, "--wait", "60"],
        { progress },
      );
    await this.#report.step("registration with the gateway", async (progress) => {
      await ops(["register"], progress);
      return {
        what: `gateway and router know SESH on both sides, ${this.#chains.relayed()} retryable tickets relayed`,
      };
    });
    await this.#report.step("bridging L1 -> L2", async (progress) => {
      const deposits = BigInt(this.#options.nodes) * REQUIREMENT + BigInt(this.#options.vestings) * VESTING;
      const amount = POOL_FUNDING + deposits;
      const token = getToken(this.#addresses["token"] ?? "", l2.provider);
      await ops(["deposit", "--amount", ethers.formatUnits(amount, 9), "--id", "launch"], progress);
      checkEqual(await token.balanceOf(this.#deployer.address), amount, "SESH of the deployer on L2");
      // The same command again must not bridge a second time.
      await ops(["deposit", "--amount", ethers.formatUnits(amount, 9), "--id", "launch"], progress);
      checkEqual(await token.totalSupply(), amount, "SESH on L2 after the same command again");
      return { what: `${ethers.formatUnits(amount, 9)} SESH arrived; the same command again sent nothing` };
    });
  }

  async #finishL2(): Promise<void> {
    await this.#report.step("funding the pool", async (progress) => {
      const args = ["--broadcast", "--parameters", await this.#parametersL2(true)];
      const result = await this.#command("scripts/deploy.ts", "arbitrumSepolia", args, { progress });
      const token = getToken(this.#addresses["token"] ?? "", this.#chains.l2.provider);
      checkEqual(await token.balanceOf(this.#addresses["pool"] ?? ""), POOL_FUNDING, "SESH of the pool");
      return { what: `40,000,000 SESH in the pool; ownership offered to ${String(result["waitingFor"])}` };
    });
  }

  async #seed(): Promise<void> {
    const { nodes } = this.#options;
    let file = "";
    await this.#report.step("proofs of possession", (progress) => {
      progress(`signing ${nodes}`);
      const domain = { chainId: L2_CHAIN_ID, contract: this.#addresses["rewards"] ?? "" };
      file = this.#file("seed.json", JSON.stringify(seedFileOf(this.#nodes, domain, 1_700_000_000)));
      return Promise.resolve({ what: `${nodes} nodes with their proofs in a seed file` });
    });
    await this.#report.step("seeding", async (progress) => {
      const result = await this.#command(
        "scripts/ops.ts",
        "arbitrumSepolia",
        ["seed", file, "--fund-stakes", "--broadcast"],
        { progress },
      );
      checkEqual(BigInt(String(result["totalNodes"])), BigInt(nodes), "nodes on the list");
      return {
        what: `${nodes} nodes verified and seeded in portions, deposits funded, started`,
        gasUsed: BigInt(String(result["gasUsed"])),
      };
    });
  }

  async #vest(): Promise<void> {
    const { vestings } = this.#options;
    await this.#report.step("vesting", async (progress) => {
      const rows = Array.from({ length: vestings }, (_, index) =>
        [
          person(`investor ${index}`),
          person("foundation"),
          "2030-01-01",
          "2035-01-01",
          index % 2 === 0,
          ethers.formatUnits(VESTING, 9),
        ].join(","),
      );
      const header = "beneficiary,revoker,start,end,transferableBeneficiary,amount";
      const file = this.#file("vesting.csv", [header, ...rows].join("\n"));
      const { provider } = this.#chains.l2;
      const result = await this.#command("scripts/ops.ts", "arbitrumSepolia", ["vesting", file, "--broadcast"], {
        progress,
      });
      const before = await provider.getTransactionCount(this.#deployer.address);
      await this.#command("scripts/ops.ts", "arbitrumSepolia", ["vesting", file, "--broadcast"], { progress });
      checkEqual(
        BigInt(await provider.getTransactionCount(this.#deployer.address)),
        BigInt(before),
        "transactions of a second run",
      );
      const token = getToken(this.#addresses["token"] ?? "", provider);
      for (const { contract } of result["vestings"] as { contract: string }[]) {
        checkEqual(await token.balanceOf(contract), VESTING, `SESH of the vesting ${contract}`);
      }
      return {
        what: `${vestings} contracts deployed and funded; a second run sent nothing`,
        gasUsed: BigInt(String(result["gasUsed"])),
      };
    });
  }

  async #handOver(): Promise<void> {
    await this.#report.step("handover", async (progress) => {
      await this.#command("scripts/ops.ts", "arbitrumSepolia", ["accept-ownership", "--broadcast"], { progress });
      const args = ["--broadcast", "--parameters", await this.#parametersL2(true)];
      const result = await this.#command("scripts/deploy.ts", "arbitrumSepolia", args, { progress });
      check(result["waitingFor"] === undefined, "the owner accepted, and the deployment still waits");
      return { what: `pool, rewards and factory accepted by ${this.#owner.address}, then the ProxyAdmins` };
    });
  }

  /**
   * Rewards signed by all nodes but twenty, recorded and claimed. The first time each node signs by itself and the signatures are
   * added up; afterwards one signature with the sum of the keys, which is the same point, saves the time.
   */
  async #claim(name: string, sesh: bigint, oneByOne: boolean): Promise<void> {
    const { provider } = this.#chains.l2;
    const address = this.#addresses["rewards"] ?? "";
    await this.#report.step(name, async (progress) => {
      await provider.send("evm_increaseTime", [3_600]);
      await provider.send("evm_mine", []);
      await this.#command("scripts/ops.ts", "arbitrumSepolia", ["release", "--broadcast"], { progress });
      const rewards = getRewards(address, provider);
      const { rewards: before } = await rewards.recipients(this.#claimer.address);
      const amount = sesh * 1_000_000_000n;
      const tags = deriveTags({ chainId: L2_CHAIN_ID, contract: address });
      const message = rewardMessage(tags, { recipient: this.#claimer.address, amount: before + amount });
      const hash = hashToG2(message, tags.hashToG2);
      const missing = Math.min(SIGNERS_MISSING, Math.floor(this.#nodes.length / 4));
      progress(`${this.#nodes.length - missing} nodes sign`);
      const signing = this.#nodes.slice(missing);
      const signature = oneByOne
        ? aggregateSignatures(signing.map((node) => signHash(hash, node.secretKey)))
        : signHash(
            hash,
            signing.reduce((sum, node) => (sum + node.secretKey) % GROUP_ORDER, 0n),
          );
      const nonSigners = Array.from({ length: missing }, (_, index) => BigInt(index + 1));
      const update = updateRewardsBalanceCall(address, this.#claimer.address, before + amount, {
        signature: signatureToParams(signature),
        nonSigners,
      });
      const options = { provider, signer: this.#claimer.connect(provider), broadcast: true };
      const token = getToken(this.#addresses["token"] ?? "", provider);
      const balance = await token.balanceOf(this.#claimer.address);
      const updated = await send(update, options);
      const claimed = await send(claimRewardsCall(address), options);
      checkEqual((await token.balanceOf(this.#claimer.address)) - balance, amount, "SESH claimed");
      return {
        what: `${sesh} SESH claimed to the last atom`,
        signers: `${this.#nodes.length - missing} / ${this.#nodes.length}`,
        gasUsed: (updated.gasUsed ?? 0n) + (claimed.gasUsed ?? 0n),
      };
    });
  }

  async #check(name: string): Promise<void> {
    await this.#report.step(name, async (progress) => {
      const result = await this.#command("scripts/check-deployment.ts", "arbitrumSepolia", [], { progress });
      return { what: `${(result["checks"] as unknown[]).length} checks of npm run check-deployment passed` };
    });
  }

  async #upgrade(): Promise<void> {
    const owner = { DEPLOYER_PRIVATE_KEY: this.#owner.privateKey };
    let from = "";
    await this.#report.step("upgrade", async (progress) => {
      const args = ["upgrade", "rewards", "--artifact", "ServiceNodeRewards", "--broadcast"];
      const result = await this.#command("scripts/ops.ts", "arbitrumSepolia", args, { progress }, owner);
      from = String(result["from"]);
      const { gasUsed } = result["transaction"] as { gasUsed: string };
      return {
        what: "layout validated, simulated on a fork, sent by the owner; the whole state is what it was",
        gasUsed: BigInt(gasUsed),
      };
    });
    await this.#claim("claim after the upgrade", 2n, false);
    await this.#report.step("the way back", async (progress) => {
      const args = ["upgrade", "rewards", "--to", from, "--no-simulate", "--broadcast"];
      const result = await this.#command("scripts/ops.ts", "arbitrumSepolia", args, { progress }, owner);
      const { gasUsed } = result["transaction"] as { gasUsed: string };
      return { what: `back to ${from}; the whole state is what it was`, gasUsed: BigInt(gasUsed) };
    });
  }
}

function addressesOf(result: Result): Record<string, string> {
  return result["addresses"] as Record<string, string>;
}
