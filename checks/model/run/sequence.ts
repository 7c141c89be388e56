import { execute, prepare } from "../chain/execute.ts";
import type { Prepared } from "../chain/execute.ts";
import { observe } from "../chain/observe.ts";
import { outcomeDifferences, outcomeText } from "../chain/outcome.ts";
import type { Difference, Outcome } from "../chain/outcome.ts";
import type { Env } from "../chain/resolve.ts";
import { UPGRADEABLE } from "../chain/system.ts";
import type { CallStep, Step } from "../core/steps.ts";
import type { Address } from "../core/world.ts";
import { placeLive, upgrade } from "../live/place.ts";
import { runCall } from "../rules/dispatch.ts";
import { readsOf } from "../views/views.ts";
import { rewind } from "./base.ts";
import type { Base } from "./base.ts";

export interface StepResult {
  /** The outcome of each call in a few words, for the printed list. */
  said: string[];
  /** `Contract.function outcome`, for the tally. */
  tally: string[];
  differences: Difference[];
}

/** How much of the state is looked at after a step: nothing, what was touched, everything. */
export type Look = "no" | "touched" | "all";

/** After these the hash of a contribution's terms is asked for at once: the next payment may name it. */
const TERMS: ReadonlySet<string> = new Set(["UpdatePubkeys", "UpdateFee", "UpdateReservedContributors"]);

/** One step on chain and model; leaves the env as it is after it. */
export async function runStep(base: Base, env: Env, step: Step, look: Look): Promise<StepResult> {
  const result: StepResult = { said: [], tally: [], differences: [] };
  const wait = BigInt(step.wait);
  if ("live" in step) {
    await rewind(base);
    result.differences.push(...(await placeLive(env, base.world, step.live, wait)));
    result.tally.push(`upgrade from ${step.live.state}`, ...step.live.quirks.map((quirk) => `upgrade with ${quirk}`));
    look = "all";
  } else if ("upgrade" in step) {
    result.differences.push(...(await upgrade(env, UPGRADEABLE, wait)));
    result.tally.push("upgrade in place");
    look = "all";
  } else {
    await runCalls(env, step.calls, env.world.now + wait, look, result);
  }
  if (look !== "no") {
    result.differences.push(...(await observe(env, readsOf(env, env.touched, look === "all"))));
    env.touched.clear();
  }
  return result;
}

async function runCalls(
  env: Env,
  steps: readonly CallStep[],
  now: bigint,
  look: Look,
  result: StepResult,
): Promise<void> {
  const calls = steps.map((call) => prepare(env, call));
  const [{ from }] = calls as [Prepared];
  const records = calls.map(({ record }) => record);
  const { outcomes, block } = await execute(env, from, records, now);
  env.world.now = now;
  env.world.block = block;

  const renewed = new Set<Address>();
  for (const [index, { to, kind, args, step }] of calls.entries()) {
    const chain = outcomes[index] as Outcome;
    if (chain.created !== undefined && kind !== undefined) learn(env, kind, chain.created);
    const model = runCall(env.world, { from, created: chain.created ?? "" }, to, kind, step.fn, args);
    env.world = model.world;
    result.said.push(outcomeText(chain));
    result.tally.push(`${kind ?? "nowhere"}.${step.fn.replace(/\(.*/, "")} ${chain.error?.name ?? "ok"}`);
    result.differences.push(...outcomeDifferences(`${step.to}.${step.fn}`, chain, model));
    env.touched.add(to);
    for (const { at, name } of chain.events) {
      env.touched.add(at);
      if (TERMS.has(name)) renewed.add(at);
    }
  }
  if (look === "no" && renewed.size > 0) {
    const kind = "ServiceNodeContribution";
    const reads = [...renewed].map((to) => ({ to, kind, fn: "paramsHash", args: [], expect: { learn: to } }));
    result.differences.push(...(await observe(env, reads)));
  }
}

const ROLES: { [kind: string]: string } = {
  ServiceNodeContributionFactory: "contribution",
  TokenVestingStaking: "vesting",
  TokenVestingNoStaking: "noStaking",
  TokenConverter: "converter",
};

/** A contract that came into being. */
function learn(env: Env, maker: string, address: Address): void {
  const role = ROLES[maker];
  if (role === undefined) throw new Error(`${maker} makes no contracts`);
  env.system.kinds.set(address, role === "contribution" ? "ServiceNodeContribution" : maker);
  (env.made[role] ??= []).push(address);
}
