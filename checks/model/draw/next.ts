import type { Env } from "../chain/resolve.ts";
import type { Random } from "../core/random.ts";
import type { CallStep, Json, Step } from "../core/steps.ts";
import { QUIRKS } from "../live/quirks.ts";
import * as balances from "./balances.ts";
import { freeKeys, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";
import * as contribution from "./contribution.ts";
import * as converter from "./converter.ts";
import * as governance from "./governance.ts";
import * as registration from "./registration.ts";
import * as removal from "./removal.ts";
import { drawWait } from "./time.ts";
import * as token from "./token.ts";
import * as vesting from "./vesting.ts";

/** Operations by room, with their weights. */
const ROOMS: { [room: string]: readonly (readonly [number, Draw])[] } = {
  registration: [
    [30, registration.register],
    [3, registration.seed],
    [1, registration.start],
    [3, registration.rederive],
  ],
  removal: [
    [14, removal.initiateExit],
    [5, removal.exitAfterWait],
    [22, removal.removeSigned],
    [10, removal.removeBatch],
  ],
  balances: [
    [16, balances.updateOne],
    [10, balances.updateMany],
    [8, balances.updateAndClaim],
    [6, balances.claimAll],
    [8, balances.claimSome],
  ],
  governance: [
    [2, governance.setRequirement],
    [2, governance.setClaimThreshold],
    [3, governance.setClaimCycle],
    [2, governance.setExpiry],
    [3, governance.setThresholdMax],
    [3, governance.setRatios],
    [1, governance.pause("rewards")],
    [4, governance.unpause("rewards")],
    [2, governance.ownership("rewards")],
    [1, governance.ownership("pool")],
    [1, governance.initializeAgain],
  ],
  contribution: [
    [9, contribution.deploy],
    [42, contribution.pay],
    [8, contribution.withdraw],
    [4, contribution.updateBeneficiary],
    [5, contribution.finalize],
    [2, contribution.reset],
    [2, contribution.updateFee],
    [2, contribution.updateManual],
    [3, contribution.updateReserved],
    [3, contribution.updateKeys],
    [2, contribution.rescue],
    [4, contribution.startOver],
    [1, contribution.initializeAgain],
    [1, governance.pause("factory")],
    [3, governance.unpause("factory")],
    [1, governance.ownership("factory")],
  ],
  vesting: [
    [2, vesting.createVesting],
    [2, vesting.createNoStaking],
    [10, vesting.stake],
    [10, vesting.contribute],
    [4, vesting.withdraw],
    [2, vesting.updateBeneficiary],
    [4, vesting.initiateExit],
    [4, vesting.claim],
    [6, vesting.release],
    [4, vesting.revoke],
    [3, vesting.transferVesting],
    [12, vesting.noStaking],
  ],
  converter: [
    [1, converter.create],
    [12, converter.use],
  ],
  pool: [
    [8, governance.payout],
    [3, governance.setPoolBeneficiary],
  ],
  token: [
    [4, token.transfer],
    [3, token.transferFrom],
    [5, token.approve],
    [3, token.permit],
    [2, token.mint],
    [2, token.burn],
  ],
};

const ALL = Object.values(ROOMS).flat();

/** One more step of a sequence: one call as a rule, several in one block or an upgrade now and then. */
export function drawStep(rng: Random, env: Env): Step {
  const { wait, then } = drawWait(rng, env);
  const draft: Draft = { rng, env, world: env.world, now: env.world.now + wait };
  const noticed = then?.(draft);
  if (noticed !== undefined) return { wait: wait.toString(), calls: [noticed] };
  if (rng.oneIn(80)) return { wait: wait.toString(), upgrade: "in place" };
  if (rng.oneIn(80)) {
    const quirks = rng.some(Object.keys(QUIRKS), rng.below(3));
    return { wait: wait.toString(), live: { state: "held", quirks } };
  }
  if (rng.oneIn(25)) return { wait: wait.toString(), calls: burst(draft) };
  for (;;) {
    const drawn = rng.weighted(ALL)(draft);
    if (drawn !== undefined) return { wait: wait.toString(), calls: [drawn] };
  }
}

/** What a precompile refuses burns the gas of the calls behind it in the transaction. */
function unspoiled(arg: Json): Json {
  if (typeof arg !== "object" || !("spoil" in arg)) return arg;
  const { spoil: _, ...rest } = arg;
  return rest;
}

/**
 * Several calls of one actor in one transaction: additions up to the bound of a block and beyond, then a signature, of which the
 * additions must be no part (H3).
 */
function burst(draft: Draft): CallStep[] {
  const { rng } = draft;
  const from = rng.pick(USERS);
  const indices = rng.some(freeKeys(draft), rng.oneIn(12) ? 22 : rng.between(1, 4));
  const calls: (CallStep | undefined)[] = indices.map((index) => registration.registerSoundly(draft, index, from));
  for (let i = rng.between(0, 2); i > 0; i--) {
    const drawn = rng.pick([balances.updateOne, balances.updateMany, removal.removeSigned, balances.updateAndClaim])(
      draft,
    );
    if (drawn !== undefined) calls.push({ ...drawn, args: drawn.args.map(unspoiled), from });
  }
  // as the network with and without the new nodes would sign
  const keys = indices.concat(
    draft.env.secrets.flatMap((_, index) => (freeKeys(draft).includes(index) ? [] : [index])),
  );
  if (rng.oneIn(2)) {
    const sign = [{ reward: { recipient: from, amount: "123456789000000" } }];
    calls.push({
      from,
      to: "@rewards",
      fn: "updateRewardsBalance",
      args: [from, "123456789000000", { sign, by: keys }, []],
    });
  }
  const out = calls.filter((item) => item !== undefined);
  return out.length > 0 ? out : [{ from, to: "@rewards", fn: "claimRewards()", args: [] }];
}
