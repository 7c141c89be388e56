import { Revert } from "../core/world.ts";
import type { Argument, Call, Emitted, Value, World } from "../core/world.ts";
import { contributionCall } from "./contribution/index.ts";
import { converterCall, createConverter } from "./converter.ts";
import { factoryCall } from "./factory.ts";
import { poolCall } from "./pool.ts";
import { rewardsCall } from "./rewards/index.ts";
import { tokenCall } from "./token.ts";
import { createNoStaking, noStakingCall } from "./vestingNoStaking.ts";
import { createVesting, vestingCall } from "./vestingStaking.ts";

export interface ModelOutcome {
  error: { name: string; args: readonly Value[] } | undefined;
  events: Emitted[];
  world: World;
}

/** One call on the model. A revert leaves the world as it was. */
export function runCall(
  before: World,
  call: Call,
  to: string,
  kind: string | undefined,
  fn: string,
  args: readonly Argument[],
): ModelOutcome {
  const world = structuredClone(before);
  world.log = [];
  try {
    route(world, call, to, kind, fn.replace(/\(.*/, ""), args as readonly Value[]);
    return { error: undefined, events: world.log, world };
  } catch (error) {
    if (!(error instanceof Revert)) throw error;
    before.log = [];
    return { error: { name: error.error, args: error.args }, events: [], world: before };
  }
}

function route(
  world: World,
  call: Call,
  to: string,
  kind: string | undefined,
  name: string,
  args: readonly Value[],
): void {
  const { at } = world;
  // a call to where no code is succeeds and does nothing
  if (kind === undefined) return;
  let known = true;
  if (name === "constructor") {
    if (kind === "TokenVestingStaking") createVesting(world, call, args);
    else if (kind === "TokenVestingNoStaking") createNoStaking(world, call, args);
    else if (kind === "TokenConverter") createConverter(world, call, args);
    else known = false;
  } else if (to === at.token || to === at.l1Token) known = tokenCall(world, to, call, name, args);
  else if (to === at.rewards) known = rewardsCall(world, call, name, args);
  else if (to === at.pool) known = poolCall(world, call, name, args);
  else if (to === at.factory) known = factoryCall(world, call, name, args);
  else if (world.contributions[to] !== undefined) known = contributionCall(world, to, call, name, args);
  else if (world.vestings[to] !== undefined) known = vestingCall(world, to, call, name, args);
  else if (world.noStakings[to] !== undefined) known = noStakingCall(world, to, call, name, args);
  else if (world.converters[to] !== undefined) known = converterCall(world, to, call, name, args);
  else known = false;
  if (!known) throw new Error(`the model has no ${kind}.${name}`);
}
