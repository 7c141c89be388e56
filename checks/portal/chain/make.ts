/** Makes the chain, or takes it from the last time. */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import hre from "hardhat";
import { KEPT, scratch } from "../processes.ts";
import type { Anvil } from "./anvil.ts";
import { startAnvil } from "./anvil.ts";
import type { Counted } from "./count.ts";
import { plainCount } from "./count.ts";
import { Driver } from "./driver.ts";
import type { Plan } from "./plan.ts";
import { Stage } from "./stage.ts";
import { play } from "./story.ts";

/** Seconds between blocks: a year of 50,000 blocks. */
const INTERVAL = 600;
/** What decides the chain. */
const STORY = "{plan,cast,stage,joining,leaving,earning,story}.ts";
const SOURCES = ["contracts/**/*.sol", `checks/portal/chain/${STORY}`];

/** What indexers are told of a chain, and what they must find on it. */
export interface ChainFacts {
  token: string;
  pool: string;
  rewards: string;
  factory: string;
  lens: string;
  deployedBlock: number;
  counted: Counted;
}

export interface Chain extends Anvil {
  facts: ChainFacts;
}

/** Plays the story on a node that is there already. */
async function makeOn(url: string, plan: Plan, tell: (text: string) => void): Promise<ChainFacts> {
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  const driver = await Driver.at(url, INTERVAL);
  try {
    const deployedBlock = driver.height + 1;
    const stage = await Stage.build(driver, plan);
    await play(stage, tell);
    const counted = await plainCount((method, params) => driver.rpc(method, params), stage.contracts);
    if (counted.total !== plan.events) throw new Error(`the chain has ${counted.total} events, not ${plan.events}`);
    const nodes = (await driver.read(stage.contracts.rewards, "totalNodes")) as bigint;
    if (nodes !== BigInt(plan.nodes)) throw new Error(`the contract has ${nodes} nodes, not ${plan.nodes}`);
    const { token, pool, rewards, factory, lens } = stage.contracts;
    const [a, b, c, d, e] = [token, pool, rewards, factory, lens].map(({ address }) => address) as [
      string,
      string,
      string,
      string,
      string,
    ];
    return { token: a, pool: b, rewards: c, factory: d, lens: e, deployedBlock, counted };
  } finally {
    await driver.close();
  }
}

/** The chain, served by anvil; made and kept on disk when contracts or story have changed since. */
export async function openChain(plan: Plan, tell: (text: string) => void): Promise<Chain> {
  const digest = createHash("sha256").update(JSON.stringify(plan));
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern).sort())) digest.update(readFileSync(file));
  const folder = join(KEPT, `chain-${plan.events}`);
  const [state, facts, stamp] = ["state.json", "facts.json", "stamp"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const name = digest.digest("hex");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== name) {
    const part = scratch("chain");
    const began = performance.now();
    const known = await write(join(part, "state.json"), plan, tell);
    writeFileSync(join(part, "facts.json"), JSON.stringify(known, null, 2));
    writeFileSync(join(part, "stamp"), name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(KEPT, { recursive: true });
    renameSync(part, folder);
    tell(`the chain took ${Math.round((performance.now() - began) / 1_000)} s to make and is kept`);
  }
  const anvil = await startAnvil({ load: state });
  return { ...anvil, facts: JSON.parse(readFileSync(facts, "utf8")) as ChainFacts };
}

async function write(state: string, plan: Plan, tell: (text: string) => void): Promise<ChainFacts> {
  const timestamp = Math.floor(Date.now() / 1_000) - 760 * 86_400;
  const empty = await startAnvil({ timestamp });
  try {
    const anvil = await startAnvil({ dump: state, fork: empty.url });
    const facts = await makeOn(anvil.url, plan, tell);
    tell("writing the chain");
    await anvil.stop();
    return facts;
  } finally {
    await empty.stop();
  }
}
