import { quote } from "../rules/converter.ts";
import { CLIFF_DENOMINATOR, releasable } from "../rules/vestingNoStaking.ts";
import type { Address, ConverterState, NoStakingState, VestingState, World } from "../core/world.ts";
import type { Add } from "./add.ts";

export function vestingReads(add: Add, world: World, at: Address): void {
  const state = world.vestings[at] as VestingState;
  add("beneficiary", [], state.beneficiary);
  add("revoker", [], state.revoker);
  add("start", [], state.start);
  add("end", [], state.end);
  add("revoked", [], state.revoked);
  add("transferableBeneficiary", [], state.transferable);
  add("SESH", [], world.at.token);
  add("rewardsContract", [], world.at.rewards);
  add("snContribFactory", [], world.at.factory);
}

export function noStakingReads(add: Add, world: World, at: Address): void {
  const state = world.noStakings[at] as NoStakingState;
  add("getBeneficiary", [], state.beneficiary);
  add("getRevoker", [], state.revoker);
  add("cliff", [], state.cliff);
  add("end", [], state.end);
  add("transferableBeneficiary", [], state.transferable);
  add("CLIFF_DENOMINATOR", [], CLIFF_DENOMINATOR);
  // H16: by token; the global one says whether any was
  add("revoked", [], Object.keys(state.revoked).length > 0);
  for (const token of [world.at.token, world.at.l1Token]) {
    add("isRevoked", [token], state.revoked[token] ?? false);
    add("released", [token], state.released[token] ?? 0n);
    add("releasable", [token], releasable(world, at, token));
  }
}

export function converterReads(add: Add, world: World, at: Address): void {
  const state = world.converters[at] as ConverterState;
  add("owner", [], state.owner);
  add("pendingOwner", [], state.pendingOwner);
  add("paused", [], state.paused);
  add("tokenA", [], state.tokenA);
  add("tokenB", [], state.tokenB);
  add("conversionRateNumerator", [], state.numerator);
  add("conversionRateDenominator", [], state.denominator);
  for (const amount of [0n, 1n, 999n, 10n ** 18n]) add("quote", [amount], quote(state, amount));
}
