import { DAY, HOUR, SESH } from "../core/world.ts";
import { anyone, call, governor, HUGE, NULL, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";

type Place = "rewards" | "pool" | "factory";

function setter(fn: string, values: (draft: Draft) => readonly (bigint | string)[]): Draw {
  return (draft) =>
    call(governor(draft, draft.world.rewards.owner), "@rewards", fn, draft.rng.pick(values(draft)).toString());
}

const REQUIREMENTS = [25_000n * SESH, 20_000n * SESH, 120n * SESH, 101n];

export const setRequirement = setter("setStakingRequirement", () => [...REQUIREMENTS, 0n]);
export const setClaimThreshold = setter("setClaimThreshold", () => [
  0n,
  1n,
  1000n * SESH,
  1_000_000n * SESH,
  10n ** 18n,
]);
export const setClaimCycle = setter("setClaimCycle", () => [0n, 1n, HOUR, 12n * HOUR, 12n * HOUR, DAY, HUGE]);
export const setExpiry = setter("setSignatureExpiry", () => [
  0n,
  1n,
  600n,
  600n,
  HOUR,
  7000n,
  2n * HOUR,
  2n * HOUR + 1n,
  HUGE,
]);
export const setThresholdMax = setter("setBLSNonSignerThresholdMax", () => [0n, 1n, 2n, 4000n, 4000n, HUGE]);

export const setRatios: Draw = (draft) => {
  const ratios = draft.rng.pick([
    ["3", "17", "9980"],
    ["3", "17", "9980"],
    ["0", "0", "1"],
    ["0", "17", "1000"],
    ["10", "0", "30"],
    ["10", "0", "29"],
    ["1", "2", "9"],
    ["1", "2", "8"],
    ["0", "0", "0"],
    ["1", "1", "0"],
  ] as const);
  return call(governor(draft, draft.world.rewards.owner), "@rewards", "setLiquidationRatios", ...ratios);
};

export function pause(at: "rewards" | "factory"): Draw {
  return (draft) => call(governor(draft, draft.world[at].owner), `@${at}`, "pause");
}

export function unpause(at: "rewards" | "factory"): Draw {
  return (draft) => call(governor(draft, draft.world[at].owner), `@${at}`, "unpause");
}

export function ownership(at: Place): Draw {
  return (draft) => {
    const { rng, world } = draft;
    const { owner, pendingOwner } = world[at];
    return rng.weighted([
      [3, call(governor(draft, owner), `@${at}`, "transferOwnership", rng.pick(["@owner", ...USERS, NULL]))],
      [4, call(governor(draft, pendingOwner), `@${at}`, "acceptOwnership")],
      [1, call(governor(draft, owner), `@${at}`, "renounceOwnership")],
    ]);
  };
}

export const initializeAgain: Draw = (draft) =>
  draft.rng.pick([
    call(anyone(draft), "@rewards", "initialize", "@token", "@pool", "1", "1", "0", "0", "1"),
    call(anyone(draft), "@pool", "initialize", "@rewards", "@token"),
    call(anyone(draft), "@factory", "initialize", "@rewards"),
    call(anyone(draft), "@token", "initialize", "@gateway", "@l1Token"),
  ]);

export const payout: Draw = (draft) => call(anyone(draft), "@pool", "payoutReleased");

export const setPoolBeneficiary: Draw = (draft) =>
  call(
    governor(draft, draft.world.pool.owner),
    "@pool",
    "setBeneficiary",
    draft.rng.pick(["@rewards", "@rewards", "@alice", NULL]),
  );
