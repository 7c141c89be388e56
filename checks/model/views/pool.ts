import { balanceOf } from "../rules/token.ts";
import { payoutOf, released, rewardRate } from "../rules/pool.ts";
import type { World } from "../core/world.ts";
import type { Add } from "./add.ts";

const SAMPLES: readonly (readonly [bigint, bigint])[] = [
  [0n, 0n],
  [1n, 1n],
  [40_000_000_000_000_000n, 86_400n],
  [999_999_999n, 31_536_000n],
  [10n ** 16n, 10n ** 9n],
];

export function poolReads(add: Add, world: World, full: boolean): void {
  const { pool, at } = world;
  add("lastPaidOutTime", [], pool.lastPaidOut);
  add("totalPaidOut", [], pool.totalPaidOut);
  add("beneficiary", [], pool.beneficiary);
  if (pool.initialized > 0n) {
    add("calculateReleasedAmount", [], pool.totalPaidOut + released(world));
    add("rewardRate", [], rewardRate(world));
    add("calculateTotalDeposited", [], balanceOf(world, pool.token, at.pool) + pool.totalPaidOut);
  }
  if (!full) return;
  add("SESH", [], pool.token);
  add("owner", [], pool.owner);
  add("pendingOwner", [], pool.pendingOwner);
  add("VERSION", [], 2n);
  add("ANNUAL_SIMPLE_PAYOUT_RATE", [], 151n);
  add("BASIS_POINTS", [], 1000n);
  for (const [balance, elapsed] of SAMPLES) {
    add("calculatePayoutAmount", [balance, elapsed], payoutOf(balance, elapsed));
  }
}
