import { ceilDiv, revert, Status, ZERO } from "../../core/world.ts";
import type { Address, ContributionState, Reservation } from "../../core/world.ts";

/** Who has to pay at least what. Nobody yet: a quarter of what remains; else an equal part of it for each free slot. Rounded up. */
export function calcMinimumContribution(remaining: bigint, contributors: bigint, most: bigint): bigint {
  if (contributors >= most) revert("CalcMinContributionGivenBadContribArgs", contributors, most);
  return contributors === 0n ? ceilDiv(remaining, 4n) : ceilDiv(remaining, most - contributors);
}

export function minimumOperatorContribution(requirement: bigint): bigint {
  return ceilDiv(requirement, 4n);
}

export function totalContribution({ contributions }: ContributionState): bigint {
  return Object.values(contributions).reduce((sum, amount) => sum + amount, 0n);
}

export function openReservations({ reserved }: ContributionState): Reservation[] {
  return reserved.filter(({ received }) => !received);
}

export function totalReserved(state: ContributionState): bigint {
  return openReservations(state).reduce((sum, { amount }) => sum + amount, 0n);
}

/** B4, H13: 0 when all is paid or reserved. */
export function minimumContribution(state: ContributionState): bigint {
  const open = openReservations(state);
  const remaining = state.requirement - totalContribution(state) - totalReserved(state);
  if (remaining === 0n) return 0n;
  return calcMinimumContribution(remaining, BigInt(state.contributors.length + open.length), state.maxContributors);
}

/** Each reservation at its place, in order. */
export function requireReservations(
  state: ContributionState,
  list: readonly (readonly [Address, bigint])[],
): Reservation[] {
  if (BigInt(list.length) > state.maxContributors) {
    revert("TooManyReservedContributors", BigInt(list.length), state.maxContributors);
  }
  let remaining = state.requirement;
  const out: Reservation[] = [];
  for (const [place, [addr, amount]] of list.entries()) {
    const index = BigInt(place);
    if (place === 0 && addr !== state.operator) revert("FirstReservedContributorMustBeOperator", index, state.operator);
    if (addr === ZERO) revert("ReservedContributorHasZeroAddress", index);
    if (out.some((other) => other.addr === addr)) revert("DuplicateAddressInReservedContributor", index);
    // H13: after the whole there is room for nobody, not even with nothing
    if (amount > remaining || remaining === 0n)
      revert("ReservedContributionExceedsStakingRequirement", index, amount, remaining);
    const least = calcMinimumContribution(remaining, index, state.maxContributors);
    if (amount < least) revert("ReservedContributionBelowMinAmount", index, amount, least);
    remaining -= amount;
    out.push({ addr, amount, received: false });
  }
  return out;
}

export function isOpen({ status }: ContributionState): boolean {
  return status === Status.WaitForOperator || status === Status.Open;
}
