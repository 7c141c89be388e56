import { SESH } from "../core/world.ts";
import { balanceOf } from "../rules/token.ts";
import { anyone, around, call, governor, HUGE, NULL, USERS } from "./context.ts";
import type { Draw } from "./context.ts";

const RATES = [
  ["1", "1"],
  ["3", "2"],
  ["1", "1000"],
  ["7", "3"],
  ["0", "1"],
  ["1", "0"],
] as const;

export const create: Draw = ({ rng }) =>
  call(
    "@owner",
    "TokenConverter",
    "constructor",
    rng.oneIn(10) ? NULL : "@l1Token",
    rng.oneIn(10) ? NULL : "@token",
    ...rng.pick(RATES),
  );

export const use: Draw = (draft) => {
  const { rng, env, world } = draft;
  const all = env.made["converter"] ?? [];
  const index = rng.below(Math.max(1, all.length));
  const address = all[index];
  const state = address === undefined ? undefined : world.converters[address];
  if (address === undefined || state === undefined) return create(draft);
  const at = `@converter:${index}`;
  const owner = governor(draft, state.owner);
  const user = rng.pick(USERS);
  const stock = balanceOf(world, state.tokenB, address);
  const amount = rng.pick([
    "0",
    "1",
    "999",
    "1500",
    SESH.toString(),
    around(draft, (stock * state.denominator) / state.numerator),
  ]);
  return rng.weighted([
    [4, call(user, "@l1Token", "approve", at, HUGE)],
    [6, call(user, at, "convertTokens(uint256)", amount)],
    [
      6,
      call(
        user,
        at,
        "convertTokens(uint256,uint256)",
        amount,
        around(draft, (BigInt(amount) * state.numerator) / state.denominator),
      ),
    ],
    [3, call("@gateway", "@token", "bridgeMint", rng.oneIn(2) ? at : "@owner", (1000n * SESH).toString())],
    [2, call("@owner", "@token", "approve", at, HUGE)],
    [4, call(owner, at, "depositTokenB", rng.pick(["0", "5", (100n * SESH).toString()]))],
    [3, call(owner, at, "withdrawTokenB", around(draft, stock))],
    [2, call(owner, at, "updateConversionRate", ...rng.pick(RATES))],
    [1, call(owner, at, "pause")],
    [2, call(owner, at, "unpause")],
    [1, call(owner, at, rng.pick(["transferOwnership", "transferOwnership"]), rng.pick([...USERS, NULL]))],
    [1, call(governor(draft, state.pendingOwner), at, "acceptOwnership")],
    [1, call(rng.oneIn(2) ? owner : anyone(draft), at, "renounceOwnership")],
  ]);
};
