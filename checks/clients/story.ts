/** What happens on each client: from an empty chain to a network that has lost nodes in every way, by the programs that people run. */
import { readFile, writeFile } from "node:fs/promises";
import { Wallet } from "ethers";
import { deriveTags } from "../../src/bls/index.ts";
import { formatSesh, getPool, getRewards, getToken } from "../../src/chain/index.ts";
import type { Entry } from "../../src/chain/index.ts";
import { createSigner, nodeKeysFromSeed } from "../../src/node/index.ts";
import type { NodeKeys } from "../../src/node/index.ts";
import { devWallet } from "../../devnet/chain.ts";
import { check, checkEqual } from "../../devnet/report.ts";
import type { StepResult } from "../../devnet/report.ts";
import type { Client } from "./clients.ts";
import { CHAIN_ID } from "./clients.ts";
import type { Json, Programs, Service } from "./programs.ts";

const REQUIREMENT = 20_000_000_000_000n;
const POOL_FUNDING = 40_000_000_000_000_000n;
/** Nodes on the list from the start; two more register, or one in the short form. */
const SEEDED = { whole: 6, short: 4 };
/** What the short form leaves out. */
const LONG: readonly string[] = ["contribute", "watch", "look"];
/** Rules of the nodes: a network's days in seconds, nothing that depends on how fast this machine is. */
const RULES = {
  roundSeconds: 2,
  unlockDelay: 8,
  pollMs: 2_000,
  testIntervalMs: 3_600_000,
  leaseRounds: 100_000,
  voteRounds: 100_000,
};
/** How long an exit is signed: no longer than one waits for its end, long enough for a slow machine where the clock is moved. */
const SIGNING_WINDOW = { waiting: 30, moving: 600 };
/** Accounts of the development mnemonic. */
const PEOPLE = { deployer: 0, alice: 1, bob: 2, carol: 3, liquidator: 4, erin: 5, frank: 6, grace: 7 };
type Person = keyof typeof PEOPLE;
/** Operators of the seeded nodes: each of the first three takes theirs out, one way or the other. */
const OPERATORS: readonly Person[] = ["erin", "frank", "grace", "erin", "frank", "grace"];

interface RunningNode {
  keys: NodeKeys;
  url: string;
  service: Service;
}

interface Sent {
  transactions: { method: string; hash: string; gasUsed: string; status: string }[];
}

interface Pings {
  answered: number;
  missing: string[];
  unregistered: string[];
  rules: Record<string, number>;
}

type Step = (progress: (line: string) => void) => Promise<StepResult>;

/** A network on one client. */
export class Story {
  /** Gas by what it was for, in order. */
  readonly gas: [string, bigint][] = [];
  readonly #client: Client;
  readonly #programs: Programs;
  /** For the tests: no process is killed, and fewer are started. */
  readonly #short: boolean;
  readonly #nodes: RunningNode[] = [];
  #addresses: Record<string, string> = {};
  #genesisHeight = 0;

  constructor(client: Client, programs: Programs, short = false) {
    this.#client = client;
    this.#programs = programs;
    this.#short = short;
  }

  get #seeded(): number {
    return this.#short ? SEEDED.short : SEEDED.whole;
  }

  /** Nodes that register. */
  get #joining(): number {
    return this.#short ? 1 : 2;
  }

  /** The steps, in their order. */
  get steps(): [string, Step][] {
    const all: [string, Step][] = [
      ["deploy", (progress) => this.#deploy(progress)],
      ["seed", (progress) => this.#seed(progress)],
      ["nodes", (progress) => this.#startNodes(progress)],
      ["register", (progress) => this.#register(progress)],
      ["contribute", (progress) => this.#contribute(progress)],
      ["claim", (progress) => this.#claim(progress)],
      ["batch", (progress) => this.#batch(progress)],
      ["requests", (progress) => this.#requestExits(progress)],
      ["exit", (progress) => this.#exit(progress)],
      ["liquidate", (progress) => this.#liquidate(progress)],
      ["watch", (progress) => this.#watch(progress)],
      ["look", (progress) => this.#look(progress)],
    ];
    return all.filter(([name]) => !this.#short || !LONG.includes(name));
  }

  /** Ends the nodes; what they logged as wrong comes back. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(({ service }) => service.stop()));
  }

  get #rewards() {
    return getRewards(this.#addresses["rewards"] ?? "", this.#client.provider);
  }

  get #token() {
    return getToken(this.#addresses["token"] ?? "", this.#client.provider);
  }

  #file(name: string): string {
    return this.#programs.file(`${this.#client.name}-${name}`);
  }

  /** `npm run deploy` and `npm run ops`. */
  async #operate(script: string, args: string[], progress?: (line: string) => void, killAt?: RegExp) {
    const env = { ARBITRUM_SEPOLIA_RPC_URL: this.#client.url, DEPLOYER_PRIVATE_KEY: key("deployer") };
    const all = [...args, "--network", "arbitrumSepolia", "--record", this.#file("record"), "--json", "--broadcast"];
    return this.#programs.run({ script, args: all, env, progress, ...(killAt ? { killAt } : {}) });
  }

  /** The command line, as somebody. */
  async #cli(who: Person, args: string[], killAt?: RegExp): Promise<Json | undefined> {
    const on = ["--network", "arbitrumSepolia", "--rewards-contract", this.#addresses["rewards"] ?? ""];
    const state = ["--state-dir", this.#file("state")];
    const run = {
      script: "src/cli/main.ts",
      args: [
        ...args,
        ...on,
        ...(args.includes("--broadcast") ? state : []),
        ...(args[0] === "watch" ? [] : ["--json"]),
      ],
      env: { SESSION_RPC: this.#client.url, PRIVATE_KEY: key(who) },
    };
    return this.#programs.run(killAt ? { ...run, killAt } : run);
  }

  /** A command that sends: all that it sent is included, and counted. */
  async #send(who: Person, args: string[]): Promise<Json & Sent> {
    const result = (await this.#cli(who, [...args, "--broadcast"])) as (Json & Sent) | undefined;
    check(result !== undefined && result.transactions.length > 0, `${args[0]} sent nothing`);
    for (const { method, status, gasUsed } of result.transactions) {
      check(status === "included", `${method} is ${status}`);
      this.gas.push([`${args[0]}: ${method}`, BigInt(gasUsed)]);
    }
    return result;
  }

  #sentBy(who: Person): Promise<number> {
    return this.#client.provider.getTransactionCount(address(who));
  }

  async #give(who: Person, amount: bigint): Promise<void> {
    const deployer = new Wallet(key("deployer"), this.#client.provider);
    const sent = await this.#token.connect(deployer).getFunction("transfer").send(address(who), amount);
    await sent.wait();
  }

  async #deploy(progress: (line: string) => void): Promise<StepResult> {
    const [deployer, parameters] = [address("deployer"), this.#file("parameters.json5")];
    await writeFile(
      parameters,
      JSON.stringify({
        Token: { totalSupply: "240000000000000000n", gateway: deployer, router: deployer },
        StakingTestnet: {
          ...{ stakingRequirement: `${REQUIREMENT}n`, maxContributors: 10 },
          ...{ liquidatorRatio: 3, poolRatio: 17, recipientRatio: 9_980 },
        },
        Funding: { amount: `${POOL_FUNDING}n` },
      }),
    );
    const args = ["--parameters", parameters];
    if (!this.#short)
      await this.#operate("scripts/deploy.ts", args, progress, /^\[\d+\/\d+\] .*RewardRatePool.* sent 0x/);
    const result = await this.#operate("scripts/deploy.ts", args, progress);
    const { steps, addresses, checks } = result as unknown as {
      steps: { step: string; gasUsed: string }[];
      addresses: Record<string, string>;
      checks: { ok: boolean }[];
    };
    this.#addresses = addresses;
    check(checks.length > 0 && checks.every(({ ok }) => ok), "a check of the deployment failed");
    const sent = await this.#sentBy("deployer");
    check(sent === steps.length, `${sent} transactions for ${steps.length} steps`);
    for (const { step, gasUsed } of steps) this.gas.push([step, BigInt(gasUsed)]);
    const how = this.#short ? "" : "killed and resumed: ";
    return done(`${how}${sent} transactions for ${steps.length} steps, ${checks.length} checks`, steps);
  }

  async #seed(progress: (line: string) => void): Promise<StepResult> {
    const contract = this.#addresses["rewards"] ?? "";
    const tags = deriveTags({ chainId: CHAIN_ID, contract });
    const nodes = OPERATORS.slice(0, this.#seeded).map((who, index) => {
      const keys = nodeKeysFromSeed(seedOf(index));
      return {
        blsPubkey: keys.blsPubkey,
        ed25519Pubkey: keys.ed25519Pubkey,
        addedTimestamp: 1_700_000_000 + index,
        proofOfPossession: createSigner(keys, tags).proveOwnership(address(who)),
        contributors: [{ address: address(who), beneficiary: address(who), amount: String(REQUIREMENT) }],
      };
    });
    await writeFile(this.#file("seed.json"), JSON.stringify({ nodes }));
    const result = await this.#operate("scripts/ops.ts", ["seed", this.#file("seed.json"), "--fund-stakes"], progress);
    check(result?.["started"] === true && Number(result["totalNodes"]) === this.#seeded, "the seeding is not complete");
    const { entries } = JSON.parse(await readFile(String(result["record"]), "utf8")) as { entries: Entry[] };
    for (const { what, gasUsed } of entries) this.gas.push([what, BigInt(gasUsed ?? 0)]);
    this.#genesisHeight = Number(entries.at(-1)?.block);
    check(this.#genesisHeight > 0, "the record does not say when the contract was started");
    return {
      what: `${this.#seeded} nodes seeded, their stakes funded, started`,
      gasUsed: BigInt(String(result["gasUsed"])),
    };
  }

  async #startNodes(progress: (line: string) => void): Promise<StepResult> {
    await writeFile(this.#file("rules.json"), JSON.stringify({ ...RULES, exitSigningWindow: this.#window }));
    await writeFile(this.#file("seeds.json"), "[]");
    const all = Array.from({ length: this.#seeded + this.#joining }, (_, index) => index);
    // The others learn of all from the first.
    for (const some of [all.slice(0, 1), all.slice(1)]) {
      await Promise.all(
        some.map(async (index) => {
          const node = await this.#startNode(index);
          this.#nodes[index] = node;
          progress(`node ${index} answers at ${node.url}`);
        }),
      );
      await writeFile(this.#file("seeds.json"), JSON.stringify(this.#nodes.map(({ url }) => ({ url }))));
    }
    const nodes = this.#nodes.map(({ url, keys }) => ({ url, blsPubkey: keys.blsPubkey }));
    await writeFile(this.#file("nodes.json"), JSON.stringify({ nodes }));
    return { what: `${nodes.length} processes, ${this.#joining} of them not registered yet` };
  }

  async #startNode(index: number): Promise<RunningNode> {
    const keys = nodeKeysFromSeed(seedOf(index));
    const service = this.#programs.start(
      process.execPath,
      [
        "src/node/main.ts",
        ...["--contract", this.#addresses["rewards"] ?? "", "--network", "devnet", "--clock", "chain"],
        ...["--params", this.#file("rules.json"), "--genesis-height", String(this.#genesisHeight)],
        ...["--chain-id", String(CHAIN_ID), "--state-dir", this.#file(`node-${index}`)],
        ...["--seeds", this.#file("seeds.json"), "--operators", `${address("alice")},${address("bob")}`],
      ],
      { SESSION_NODE_RPC: this.#client.url, SESSION_NODE_SEED: seedOf(index) },
    );
    const { url } = JSON.parse(await service.line(/"url":/)) as { url: string };
    return { keys, url, service };
  }

  async #register(_progress: (line: string) => void): Promise<StepResult> {
    await this.#give("alice", REQUIREMENT);
    const daemon = this.#nodes[this.#seeded]?.url ?? "";
    const { transactions } = await this.#send("alice", ["register", "--daemon", daemon, "--fee", "5"]);
    checkEqual(await this.#rewards.totalNodes(), BigInt(this.#seeded + 1), "nodes on the list");
    return done("by the node's own registration, the stake by permit", transactions);
  }

  async #contribute(_progress: (line: string) => void): Promise<StepResult> {
    await this.#give("bob", REQUIREMENT);
    await this.#give("carol", REQUIREMENT);
    const factory = ["--factory", this.#addresses["factory"] ?? ""];
    const daemon = this.#nodes[this.#seeded + 1]?.url ?? "";
    const opened = await this.#send("bob", ["register", "--open", "--daemon", daemon, "--fee", "10", ...factory]);
    const pay = ["contribute", String(opened["contributionContract"]), ...factory, "--amount"];
    const first = await this.#send("bob", [...pay, "min"]);
    const last = await this.#send("carol", [...pay, "rest", "--no-permit"]);
    const { state } = last["contribution"] as { state: string };
    check(state === "finalized", `the contribution contract is ${state}`);
    checkEqual(await this.#rewards.totalNodes(), BigInt(this.#seeded + 2), "nodes on the list");
    return done("a node of two people, one by permit, one by approval", [
      ...opened.transactions,
      ...first.transactions,
      ...last.transactions,
    ]);
  }

  async #accrue(seconds: number, progress: (line: string) => void): Promise<void> {
    await this.#client.advance(seconds);
    await this.#operate("scripts/ops.ts", ["release"], progress);
  }

  async #claim(progress: (line: string) => void): Promise<StepResult> {
    await this.#accrue(20, progress);
    const before = await this.#token.balanceOf(address("erin"));
    const result = await this.#send("erin", ["claim", ...this.#signing]);
    const claimed = (await this.#token.balanceOf(address("erin"))) - before;
    check(claimed > 0n, "nothing was claimed");
    checkEqual(claimed, BigInt(String(result["amount"])), "SESH that arrived, against what was said");
    const again = await this.#cli("erin", ["rewards", address("erin"), ...this.#signing]);
    const { recorded, claimed: paid } = again as unknown as { recorded: string; claimed: string };
    checkEqual(BigInt(paid), claimed, "claimed, as the contract says");
    checkEqual(BigInt(recorded), claimed, "recorded, as the contract says");
    return done(`${formatSesh(claimed)} SESH, to the atom what was shown`, result.transactions);
  }

  get #signing(): string[] {
    return ["--nodes-file", this.#file("nodes.json"), "--timeout", "30", "--deadline", "60"];
  }

  get #window(): number {
    return this.#client.waits ? SIGNING_WINDOW.waiting : SIGNING_WINDOW.moving;
  }

  /** One that was killed after it had sent does not send again. */
  async #batch(progress: (line: string) => void): Promise<StepResult> {
    await this.#accrue(4, progress);
    const others: Person[] = this.#short ? [] : ["bob", "carol"];
    const people = (["alice", "frank", "grace", ...others] as const).map(address);
    await writeFile(this.#file("people.txt"), people.join("\n"));
    const height = await this.#client.provider.getBlockNumber();
    const before = await this.#sentBy("liquidator");
    const args = ["claim", "--file", this.#file("people.txt"), ...this.#signing, "--height", String(height)];
    if (!this.#short) await this.#cli("liquidator", [...args, "--broadcast"], /^sending 0x/);
    const result = (await this.#cli("liquidator", [...args, "--broadcast"])) as unknown as Sent;
    const sent = (await this.#sentBy("liquidator")) - before;
    check(sent === 1, `${sent} transactions for one batch`);
    let total = 0n;
    for (const person of people) {
      const { rewards } = await this.#rewards.recipients(person);
      check(rewards > 0n, `nothing is recorded for ${person}`);
      total += rewards;
    }
    for (const { method, gasUsed } of result.transactions) this.gas.push([`batch: ${method}`, BigInt(gasUsed)]);
    return done(
      `killed and resumed: ${formatSesh(total)} SESH of ${people.length} people recorded once`,
      result.transactions,
    );
  }

  /** Nodes 1 to 3 ask to leave. */
  async #requestExits(_progress: (line: string) => void): Promise<StepResult> {
    const sent: Sent["transactions"] = [];
    for (const [index, who] of OPERATORS.slice(0, 3).entries()) {
      sent.push(...(await this.#send(who, ["exit", String(index + 1)])).transactions);
    }
    return done("three nodes ask to leave", sent);
  }

  async #exit(_progress: (line: string) => void): Promise<StepResult> {
    await this.#client.advance(RULES.unlockDelay + 1);
    const { transactions } = await this.#send("erin", ["exit", "1", ...this.#signing]);
    await this.#gone(1);
    return done("node 1 left with the network's signature", transactions);
  }

  async #liquidate(_progress: (line: string) => void): Promise<StepResult> {
    await this.#client.advance(this.#window + RULES.unlockDelay + 1);
    const list = await this.#cli("liquidator", ["liquidate", "list", ...this.#signing]);
    const ripe = (list?.["candidates"] as { id: string; liquidatable: boolean }[]).filter(
      ({ liquidatable }) => liquidatable,
    );
    check(
      ripe
        .map(({ id }) => Number(id))
        .sort()
        .join() === "2,3",
      `liquidatable are ${JSON.stringify(ripe)}`,
    );
    const before = await this.#token.balanceOf(address("liquidator"));
    const { transactions } = await this.#send("liquidator", ["liquidate", "2", ...this.#signing]);
    await this.#gone(2);
    const share = (await this.#token.balanceOf(address("liquidator"))) - before;
    checkEqual(share, (REQUIREMENT * 3n) / 10_000n, "the liquidator's share");
    return done(`node 2 stayed too long: ${formatSesh(share)} SESH to the liquidator`, transactions);
  }

  async #watch(_progress: (line: string) => void): Promise<StepResult> {
    const before = await this.#token.balanceOf(address("liquidator"));
    await this.#cli("liquidator", ["watch", "--once", "--any-price", "--broadcast", ...this.#signing]);
    await this.#gone(3);
    const share = (await this.#token.balanceOf(address("liquidator"))) - before;
    checkEqual(share, (REQUIREMENT * 3n) / 10_000n, "the liquidator's share");
    return { what: `node 3 liquidated by the service: ${formatSesh(share)} SESH` };
  }

  /** What the reading commands make of it in the end. */
  async #look(_progress: (line: string) => void): Promise<StepResult> {
    const left = this.#seeded + 2 - 3;
    const status = await this.#cli("alice", ["status"]);
    const nodes = (await this.#cli("alice", ["nodes"])) as unknown as { nodes: unknown[] };
    const mine = (await this.#cli("alice", ["mine", address("alice")])) as unknown as { nodes: unknown[] };
    const pings = (await this.#cli("alice", ["network", ...this.#signing])) as unknown as Pings;
    check(status !== undefined && nodes.nodes.length === left, `${nodes.nodes.length} nodes are listed, not ${left}`);
    check(mine.nodes.length === 1, `alice has ${mine.nodes.length} nodes`);
    check(pings.answered === this.#seeded + 2 && pings.missing.length === 0, `${pings.answered} nodes answered`);
    check(pings.unregistered.length === 3, `${pings.unregistered.length} of them are not on the list, not 3`);
    check(Object.keys(pings.rules).length === 1, "the nodes have different rules");
    const wrong = this.#nodes.flatMap(({ service }) => service.lines.filter((line) => /"level":(50|60)/.test(line)));
    check(wrong.length === 0, `a node logged an error: ${wrong[0]}`);
    const pool = getPool(this.#addresses["pool"] ?? "", this.#client.provider);
    return {
      what: `${left} nodes left; the pool has paid ${formatSesh(await pool.totalPaidOut())} SESH; no node logged an error`,
    };
  }

  async #gone(id: number): Promise<void> {
    const { ids } = await this.#rewards.allServiceNodeIDs();
    check(!ids.includes(BigInt(id)), `node ${id} is still on the list`);
  }
}

function done(what: string, transactions: readonly { gasUsed: string }[]): StepResult {
  return { what, gasUsed: transactions.reduce((sum, { gasUsed }) => sum + BigInt(gasUsed), 0n) };
}

const key = (who: Person): string => devWallet(PEOPLE[who]).privateKey;
const address = (who: Person): string => devWallet(PEOPLE[who]).address;
const seedOf = (index: number): string => `clients node ${index}`;
