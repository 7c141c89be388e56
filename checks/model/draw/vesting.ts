import { DAY, SESH } from "../core/world.ts";
import type { Json, SignSpec } from "../core/steps.ts";
import { place } from "../chain/resolve.ts";
import { minimumContribution } from "../rules/contribution/amounts.ts";
import { Revert, Status } from "../core/world.ts";
import { anyone, around, call, ed25519For, freeKeys, HUGE, nameOf, NULL, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";
import { balanceOf } from "../rules/token.ts";

const TOKENS = ["@token", "@token", "@token", "@l1Token"];

/** A schedule: mostly of days and weeks from now on. */
function schedule({ rng, now }: Draft): [string, string] {
  const from = now + rng.pick([0n, 60n, DAY, 20n * DAY]);
  const until = from + rng.pick([DAY, 30n * DAY, 200n * DAY]);
  if (!rng.oneIn(8)) return [from.toString(), until.toString()];
  return rng
    .pick<[bigint, bigint]>([
      [now - 1n, until],
      [from, from],
      [until, from],
      [now, now],
    ])
    .map(String) as [string, string];
}

export const createVesting: Draw = (draft) => {
  const { rng } = draft;
  const who = rng.some(USERS, 2) as [string, string];
  const system = ["@rewards", "@factory", "@token"];
  if (rng.oneIn(10)) system[rng.below(3)] = NULL;
  if (rng.oneIn(10)) who[rng.below(2)] = NULL;
  return call(
    anyone(draft),
    "TokenVestingStaking",
    "constructor",
    who[0],
    who[1],
    ...schedule(draft),
    rng.oneIn(2),
    ...system,
  );
};

export const createNoStaking: Draw = (draft) => {
  const { rng } = draft;
  const who = rng.some(USERS, 2) as [string, string];
  if (rng.oneIn(10)) who[rng.below(2)] = NULL;
  return call(anyone(draft), "TokenVestingNoStaking", "constructor", who[0], who[1], ...schedule(draft), rng.oneIn(2));
};

function find(draft: Draft, role: "vesting" | "noStaking"): { at: string; address: string } | undefined {
  const all = draft.env.made[role] ?? [];
  if (all.length === 0) return undefined;
  const index = draft.rng.below(all.length);
  return { at: `@${role}:${index}`, address: all[index] as string };
}

function onVesting(draw: (draft: Draft, at: string, address: string, holder: string) => ReturnType<Draw>): Draw {
  return (draft) => {
    const found = find(draft, "vesting");
    const state = found === undefined ? undefined : draft.world.vestings[found.address];
    if (found === undefined || state === undefined) return createVesting(draft);
    const holder = state.revoked ? state.revoker : state.beneficiary;
    const from = draft.rng.oneIn(7) ? anyone(draft) : nameOf(draft, holder);
    // empty pockets stake nothing
    const { token } = draft.world.at;
    if (balanceOf(draft.world, token, found.address) === 0n && draft.rng.oneIn(2)) {
      return call(
        "@gateway",
        "@token",
        "bridgeMint",
        found.at,
        (draft.world.rewards.requirement * 2n + 1000n).toString(),
      );
    }
    return draw(draft, found.at, found.address, from);
  };
}

export const stake = onVesting((draft, at, _address, from) => {
  const { rng } = draft;
  const free = freeKeys(draft);
  const index = free.length > 0 ? rng.pick(free) : 0;
  const key = { key: index };
  const ed25519 = ed25519For(index);
  const operator = rng.oneIn(8) ? from : at;
  const signature: SignSpec = { sign: [{ pop: { key, operator, ed25519 } }], by: [index] };
  return call(
    from,
    at,
    "addBLSPublicKey",
    key,
    signature,
    [ed25519, "1", "2", "0"],
    rng.oneIn(8) ? NULL : rng.pick(USERS),
  );
});

function someContribution({ rng, env }: Draft): string {
  const count = (env.made["contribution"] ?? []).length;
  return rng.oneIn(12) || count === 0
    ? rng.pick(["@alice", "@contribution:99", "@rewards"])
    : `@contribution:${count - 1 - rng.below(Math.min(3, count))}`;
}

export const contribute = onVesting((draft, at, _address, from) => {
  const { rng, env, world } = draft;
  const contribution = someContribution(draft);
  const state = world.contributions[place(env, contribution)];
  let least = 100n;
  try {
    if (state !== undefined && state.status === Status.Open) least = minimumContribution(state);
  } catch (error) {
    if (!(error instanceof Revert)) throw error;
  }
  const amount = rng.oneIn(6) ? around(draft, least) : least.toString();
  const beneficiary = rng.oneIn(8) ? NULL : rng.pick(USERS);
  if (rng.oneIn(3)) {
    const hash: Json = { paramsHash: contribution, of: rng.oneIn(4) ? "nothing" : "now" };
    return call(from, at, "contributeFunds(address,uint256,address,bytes32)", contribution, amount, beneficiary, hash);
  }
  return call(from, at, "contributeFunds(address,uint256,address)", contribution, amount, beneficiary);
});

export const withdraw = onVesting((draft, at, _, from) =>
  call(from, at, "withdrawContribution", someContribution(draft)),
);
export const updateBeneficiary = onVesting((draft, at, _, from) =>
  call(from, at, "updateBeneficiary", someContribution(draft), draft.rng.oneIn(8) ? NULL : draft.rng.pick(USERS)),
);
export const initiateExit = onVesting((draft, at, address, from) => {
  const { list, nodes } = draft.world.rewards;
  const own = list.filter((id) => nodes[id]?.contributors.some(({ addr }) => addr === address));
  return call(from, at, "initiateExitBLSPublicKey", draft.rng.pick(own.length > 0 ? own : [...list, "0"]));
});
export const claim = onVesting((draft, at, _, from) =>
  draft.rng.oneIn(2)
    ? call(from, at, "claimRewards()")
    : call(from, at, "claimRewards(uint256)", draft.rng.pick(["0", SESH.toString(), HUGE])),
);
export const release = onVesting((draft, at, _, from) => call(from, at, "release", draft.rng.pick(TOKENS)));

export const revoke = onVesting((draft, at, address) => {
  const revoker = draft.world.vestings[address]?.revoker ?? NULL;
  return call(draft.rng.oneIn(5) ? anyone(draft) : nameOf(draft, revoker), at, "revoke", draft.rng.pick(TOKENS));
});

export const transferVesting = onVesting((draft, at, address, from) => {
  const { rng } = draft;
  const to = rng.oneIn(8) ? NULL : rng.pick(USERS);
  const revoker = draft.world.vestings[address]?.revoker ?? NULL;
  return rng.oneIn(2)
    ? call(from, at, "transferBeneficiary", to)
    : call(rng.oneIn(5) ? anyone(draft) : nameOf(draft, revoker), at, "transferRevoker", to);
});

export const noStaking: Draw = (draft) => {
  const { rng, world } = draft;
  const found = find(draft, "noStaking");
  const state = found === undefined ? undefined : world.noStakings[found.address];
  if (found === undefined || state === undefined) return createNoStaking(draft);
  const { at } = found;
  const beneficiary = rng.oneIn(7) ? anyone(draft) : nameOf(draft, state.beneficiary);
  const revoker = rng.oneIn(7) ? anyone(draft) : nameOf(draft, state.revoker);
  const to = rng.oneIn(8) ? NULL : rng.pick(USERS);
  return rng.weighted([
    [4, call("@gateway", "@token", "bridgeMint", at, rng.pick(["1", "999", (1000n * SESH).toString()]))],
    [1, call("@owner", "@l1Token", "transfer", at, "12345")],
    [9, call(beneficiary, at, "release", rng.pick(TOKENS))],
    [3, call(revoker, at, "revoke", rng.pick(TOKENS))],
    [1, call(beneficiary, at, "transferBeneficiary", to)],
    [1, call(revoker, at, "transferRevoker", to)],
  ]);
};
