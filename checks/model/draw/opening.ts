import type { Env } from "../chain/resolve.ts";
import type { Random } from "../core/random.ts";
import type { CallStep, Step } from "../core/steps.ts";
import { QUIRKS } from "../live/quirks.ts";
import { SESH } from "../core/world.ts";
import { seed, seedSoundly } from "./registration.ts";
import { call, HUGE, NULL, USERS } from "./context.ts";

const one = (step: CallStep): Step => ({ wait: "12", calls: [step] });

const FUNDS = (10_000_000n * SESH).toString();

/** Once, before all sequences: a token on the second layer, and money and allowances for everyone. */
export function baseSteps(): Step[] {
  const many = (calls: CallStep[]): Step => ({ wait: "12", calls });
  return [
    many([
      call("@gateway", "@token", "initialize", "@gateway", "@l1Token"),
      call("@alice", "@token", "initializePermit"),
      ...[...USERS, "@rewards", "@pool"].map((to) => call("@gateway", "@token", "bridgeMint", to, FUNDS)),
    ]),
    ...USERS.map((user) => many([call(user, "@token", "approve", "@rewards", HUGE)])),
    many(USERS.map((user) => call("@owner", "@l1Token", "transfer", user, FUNDS))),
  ];
}

/** Configuration that initialisation refuses. */
const REFUSED = [
  [NULL, "@pool", "1000", "10", "3", "17", "9980"],
  ["@token", NULL, "1000", "10", "3", "17", "9980"],
  ["@token", "@pool", "0", "10", "3", "17", "9980"],
  ["@token", "@pool", "1000", "10", "3", "17", "0"],
  ["@token", "@pool", "1000", "10", "3", "18", "62"],
];

/** The first steps of a sequence: it begins with nothing but proxies, or with the live-style state of the fixtures. */
export function* opening(rng: Random, env: Env): Generator<Step> {
  if (rng.oneIn(4)) {
    yield { wait: "12", live: { state: "file", quirks: rng.oneIn(2) ? [] : [rng.pick(Object.keys(QUIRKS))] } };
    yield* others(rng);
    return;
  }
  if (rng.oneIn(3)) yield one(call("@owner", "@rewards", "initialize", ...rng.pick(REFUSED)));
  const requirement = rng.pick([25_000n * SESH, 20_000n * SESH, 120n * SESH, 10_007n]).toString();
  const most = rng.pick(["10", "10", "10", "1", "4"]);
  const ratios = rng.pick([
    ["3", "17", "9980"],
    ["3", "17", "9980"],
    ["0", "0", "7"],
    ["1", "2", "10"],
  ]);
  const pool = rng.oneIn(4) ? "@erin" : "@pool";
  yield one(call("@owner", "@rewards", "initialize", "@token", pool, requirement, most, ...ratios));
  yield* others(rng);
  for (let i = rng.between(0, 5); i > 0; i--) {
    const draft = { rng, env, world: env.world, now: env.world.now + 12n };
    yield one(rng.oneIn(2) ? (seed(draft) as CallStep) : seedSoundly(draft, rng.between(1, 3)));
  }
  if (!rng.oneIn(8)) yield one(call("@owner", "@rewards", "start"));
}

/** The pool and the factory. */
function* others(rng: Random): Generator<Step> {
  if (rng.oneIn(6))
    yield one(
      call(
        "@owner",
        "@pool",
        "initialize",
        ...rng.pick([
          ["@rewards", NULL],
          [NULL, "@token"],
        ]),
      ),
    );
  yield one(call("@owner", "@pool", "initialize", "@rewards", "@token"));
  if (rng.oneIn(6)) yield one(call("@owner", "@factory", "initialize", NULL));
  yield one(call("@owner", "@factory", "initialize", "@rewards"));
}
