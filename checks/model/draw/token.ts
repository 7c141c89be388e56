import { place } from "../chain/resolve.ts";
import { ACTORS } from "../chain/system.ts";
import { balanceOf } from "../rules/token.ts";
import { SESH } from "../core/world.ts";
import type { Json, PermitSpec } from "../core/steps.ts";
import { anyone, around, call, HUGE, NULL, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";

const PLACES = ["@rewards", "@pool", "@factory", "@token", ...ACTORS.map((name) => `@${name}`)];

function somewhere({ rng, env }: Draft): string {
  const made = Object.entries(env.made).flatMap(([role, list]) => list.map((_, index) => `@${role}:${index}`));
  return rng.oneIn(12) ? NULL : rng.pick([...PLACES, ...made]);
}

function amount(draft: Draft, from: string, token: string): string {
  const balance = balanceOf(draft.world, place(draft.env, token), place(draft.env, from));
  return draft.rng.pick(["0", "1", (50n * SESH).toString(), (1000n * SESH).toString(), around(draft, balance), HUGE]);
}

export const transfer: Draw = (draft) => {
  const from = anyone(draft);
  const token = draft.rng.oneIn(4) ? "@l1Token" : "@token";
  return call(
    from,
    token,
    "transfer",
    somewhere(draft),
    draft.rng.oneIn(5) ? amount(draft, from, token) : (10n * SESH).toString(),
  );
};

export const transferFrom: Draw = (draft) => {
  const from = somewhere(draft);
  return call(anyone(draft), "@token", "transferFrom", from, somewhere(draft), amount(draft, from, "@token"));
};

/** Mostly what makes the others work: no end of allowance. */
export const approve: Draw = (draft) => {
  const { rng } = draft;
  const spender = rng.oneIn(3) ? somewhere(draft) : "@rewards";
  return call(
    anyone(draft),
    "@token",
    "approve",
    spender,
    rng.weighted([
      [5, HUGE],
      [1, "0"],
      [1, (25_000n * SESH).toString()],
      [1, "12345"],
    ]),
  );
};

export const mint: Draw = (draft) =>
  call(
    draft.rng.oneIn(6) ? anyone(draft) : "@gateway",
    "@token",
    "bridgeMint",
    somewhere(draft),
    (100_000n * SESH).toString(),
  );

export const burn: Draw = (draft) => {
  const from = somewhere(draft);
  const value = draft.rng.pick([
    "0",
    SESH.toString(),
    around(draft, balanceOf(draft.world, draft.world.at.token, place(draft.env, from))),
  ]);
  return call(draft.rng.oneIn(6) ? anyone(draft) : "@gateway", "@token", "bridgeBurn", from, value);
};

/** Words of a permit by `signer`, mostly a good one. */
export function permitWords(
  draft: Draft,
  signer: string,
  token: string,
  spender: string,
  value: string,
): [string, Json, Json, Json] {
  const { rng, now } = draft;
  const deadline = rng.oneIn(8) ? now - 1n : now + BigInt(rng.pick([0, 3600]));
  const spec: PermitSpec = {
    signer: rng.oneIn(12) ? anyone(draft) : signer,
    token,
    spender: rng.oneIn(12) ? "@alice" : spender,
    value: rng.oneIn(12) ? "7" : value,
    deadline: deadline.toString(),
    ...(rng.oneIn(12) ? { ahead: 1 } : {}),
  };
  return [deadline.toString(), { permit: spec, part: "v" }, { permit: spec, part: "r" }, { permit: spec, part: "s" }];
}

export const permit: Draw = (draft) => {
  const { rng } = draft;
  const owner = rng.pick(USERS);
  const token = rng.oneIn(3) ? "@l1Token" : "@token";
  const spender = rng.oneIn(12) ? NULL : rng.pick(["@rewards", ...USERS]);
  const value = rng.pick([HUGE, (1000n * SESH).toString()]);
  return call(
    anyone(draft),
    token,
    "permit",
    owner,
    spender,
    value,
    ...permitWords(draft, owner, token, spender, value),
  );
};
