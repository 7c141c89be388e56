import { DAY, HOUR } from "../core/world.ts";
import type { World } from "../core/world.ts";
import type { Random } from "../core/random.ts";

/** Every moment at which a rule changes its mind, as far as it lies ahead. */
function moments(world: World): bigint[] {
  const out: bigint[] = [];
  for (const { added, leaveRequest, latestLeaveRequest } of Object.values(world.rewards.nodes)) {
    out.push(added + 2n * HOUR, added + 30n * DAY);
    if (leaveRequest > 0n) out.push(leaveRequest + 30n * DAY, latestLeaveRequest + HOUR);
  }
  const { claimCycle } = world.rewards;
  if (claimCycle > 0n) out.push((world.now / claimCycle + 1n) * claimCycle);
  for (const { timestamps } of Object.values(world.contributions)) {
    for (const time of Object.values(timestamps)) out.push(time + DAY);
  }
  for (const { start, end } of Object.values(world.vestings)) out.push(start, end);
  for (const { cliff, end } of Object.values(world.noStakings)) out.push(cliff, end);
  return out.filter((moment) => moment > world.now && moment < world.now + 40n * DAY);
}

/** Seconds to the next transaction: mostly a few, sometimes a long time, sometimes to the second at which a rule turns. */
export function drawWait(rng: Random, world: World): bigint {
  if (rng.oneIn(6)) {
    const ahead = moments(world);
    if (ahead.length > 0) {
      const wait = rng.pick(ahead) + BigInt(rng.between(-1, 1)) - world.now;
      if (wait > 0n) return wait;
    }
  }
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
