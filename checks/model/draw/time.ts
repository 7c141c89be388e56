import { DAY, HOUR } from "../core/world.ts";
import type { Random } from "../core/random.ts";
import type { Env } from "../chain/resolve.ts";
import type { Draw } from "./context.ts";
import { withdrawBy } from "./contribution.ts";
import { exitAfterWaitOf, initiateExitOf, removeSignedOf } from "./removal.ts";

/** When a rule changes its mind, and the call that notices. */
interface Moment {
  at: bigint;
  then: Draw | undefined;
}

function moments({ world, made }: Env): Moment[] {
  const out: Moment[] = [];
  const add = (at: bigint, then?: Draw): void => void out.push({ at, then });
  for (const [id, { added, leaveRequest, latestLeaveRequest }] of Object.entries(world.rewards.nodes)) {
    add(added + 2n * HOUR, removeSignedOf(id));
    add(added + 30n * DAY, initiateExitOf(id));
    if (leaveRequest === 0n) continue;
    add(leaveRequest + 30n * DAY, exitAfterWaitOf(id));
    add(latestLeaveRequest + HOUR, initiateExitOf(id));
  }
  const { claimCycle } = world.rewards;
  if (claimCycle > 0n) add((world.now / claimCycle + 1n) * claimCycle);
  for (const [index, at] of (made["contribution"] ?? []).entries()) {
    for (const [person, time] of Object.entries(world.contributions[at]?.timestamps ?? {})) {
      add(time + DAY, withdrawBy(`@contribution:${index}`, person));
    }
  }
  for (const { start, end } of Object.values(world.vestings)) [start, end].forEach((at) => add(at));
  for (const { cliff, end } of Object.values(world.noStakings)) [cliff, end].forEach((at) => add(at));
  return out.filter(({ at }) => at > world.now && at < world.now + 40n * DAY);
}

/**
 * Seconds to the next transaction: mostly a few, sometimes a long time, sometimes to the second at which a rule turns, or one to
 * either side; then also what is mostly called at that moment.
 */
export function drawWait(rng: Random, env: Env): { wait: bigint; then: Draw | undefined } {
  const { world } = env;
  if (rng.oneIn(5)) {
    const ahead = moments(env);
    if (ahead.length > 0) {
      const { at, then } = rng.pick(ahead);
      const wait = at + BigInt(rng.between(-1, 1)) - world.now;
      if (wait > 0n) return { wait, then: rng.oneIn(4) ? undefined : then };
    }
  }
  return { wait: usual(rng), then: undefined };
}

function usual(rng: Random): bigint {
  return rng.weighted([
    [30, 12n],
    [4, 1n],
    [1, 0n],
    [6, 600n],
    [3, 2n * HOUR],
    [2, 13n * HOUR],
    [1, 3n * DAY],
    [1, 31n * DAY],
  ]);
}
