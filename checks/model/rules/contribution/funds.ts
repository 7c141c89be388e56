import { DAY, emit, MAX_UINT, min, revert, Status, ZERO } from "../../core/world.ts";
import type { Address, Call, ContributionState, World } from "../../core/world.ts";
import { addBLSPublicKey, idOfEd25519, idOfKey } from "../rewards/registration.ts";
import type { Params } from "../rewards/registration.ts";
import { approve, transfer, transferFrom } from "../token.ts";
import { isOpen, minimumContribution, totalContribution, totalReserved } from "./amounts.ts";

const WITHDRAWAL_DELAY = DAY;

export function stateOf(world: World, at: Address): ContributionState {
  return world.contributions[at] as ContributionState;
}

/** H13: names what changed. */
function requireSameParent(world: World, state: ContributionState): void {
  const { rewards } = world;
  if (rewards.maxContributors !== state.maxContributors) {
    revert("RewardsContractMaxContributorsChanged", state.maxContributors, rewards.maxContributors);
  }
  if (rewards.requirement !== state.requirement) {
    revert("RewardsContractStakingRequirementChanged", state.requirement, rewards.requirement);
  }
}

/** H14 */
export function requireUnregistered(world: World, key: ContributionState["key"], ed25519: bigint): void {
  const id = idOfKey(world.rewards, key);
  if (id !== 0n) revert("BLSPubkeyAlreadyExists", id);
  const other = idOfEd25519(world.rewards, ed25519);
  if (other !== 0n) revert("Ed25519PubkeyAlreadyExists", other);
}

export function contribute(
  world: World,
  at: Address,
  { from }: Call,
  amount: bigint,
  named: Address,
  expectedHash?: string,
): void {
  const state = stateOf(world, at);
  if (expectedHash !== undefined && expectedHash !== state.paramsHash) {
    revert("ParamsChanged", expectedHash, state.paramsHash);
  }
  if (!isOpen(state)) revert("ContributeFundsNotPossible", state.status);
  requireSameParent(world, state);

  if (state.status === Status.WaitForOperator) {
    if (from !== state.operator) revert("FirstContributionMustBeOperator", from, state.operator);
    requireUnregistered(world, state.key, state.params[0]);
    state.status = Status.Open;
    emit(world, at, "OpenForPublicContribution");
  }

  const known = state.contributors.find(({ addr }) => addr === from);
  const reservation = state.reserved.find(({ addr }) => addr === from);
  if (known === undefined) {
    if (reservation !== undefined) {
      if (amount < reservation.amount) revert("ContributionBelowReservedAmount", amount, reservation.amount);
    } else {
      const least = minimumContribution(state);
      if (amount < least) revert("ContributionBelowMinAmount", amount, least);
    }
  }
  if (amount === 0n) revert("ZeroContribution");
  if (reservation !== undefined) reservation.received = true;
  const paid = min(totalContribution(state) + amount, MAX_UINT);
  const reserved = totalReserved(state);
  if (paid + reserved > state.requirement) {
    revert("ContributionExceedsStakingRequirement", paid, reserved, state.requirement);
  }
  if (known === undefined && BigInt(state.contributors.length) >= state.maxContributors) {
    revert("MaxContributorsExceeded", state.maxContributors);
  }

  state.contributions[from] = (state.contributions[from] ?? 0n) + amount;
  state.timestamps[from] = world.now;
  let beneficiary: Address;
  if (known === undefined) {
    beneficiary = named === ZERO ? from : named;
    state.contributors.push({ addr: from, beneficiary });
  } else {
    // H12: 0 keeps the one there is; B7: another one is told
    beneficiary = named === ZERO ? known.beneficiary : named;
    setBeneficiary(world, at, known, beneficiary);
  }
  const isFull = paid === state.requirement;
  if (isFull) {
    state.status = Status.WaitForFinalized;
    emit(world, at, "Filled");
  }
  emit(world, at, "NewContribution", from, beneficiary, amount);
  transferFrom(world, world.at.token, at, from, at, amount);
  if (isFull && !state.manualFinalize) finalize(world, at);
}

/** B12: no news, no event. */
export function setBeneficiary(
  world: World,
  at: Address,
  contributor: { addr: Address; beneficiary: Address },
  beneficiary: Address,
): void {
  if (contributor.beneficiary === beneficiary) return;
  contributor.beneficiary = beneficiary;
  emit(world, at, "UpdateStakerBeneficiary", contributor.addr, beneficiary);
}

export function finalize(world: World, at: Address): void {
  const state = stateOf(world, at);
  if (state.status !== Status.WaitForFinalized) revert("FinalizeNotPossible", state.status);
  requireSameParent(world, state);
  state.status = Status.Finalized;
  emit(world, at, "Finalized");
  approve(world, world.at.token, at, world.at.rewards, state.requirement);
  // B16: in the order of the list
  const contributors = state.contributors.map(
    ({ addr, beneficiary }) => [[addr, beneficiary], state.contributions[addr] ?? 0n] as const,
  );
  addBLSPublicKey(world, { from: at, created: "" }, state.key, state.sig, state.params as Params, contributors);
}

export function withdraw(world: World, at: Address, call: Call): void {
  const state = stateOf(world, at);
  const { from } = call;
  if (from === state.operator) {
    resetAll(world, at);
    return;
  }
  // B15
  const amount = state.contributions[from] ?? 0n;
  if (amount === 0n || state.status === Status.Finalized) return;
  const since = state.timestamps[from] ?? 0n;
  if (world.now < since + WITHDRAWAL_DELAY) revert("WithdrawTooEarly", since, world.now, WITHDRAWAL_DELAY);

  delete state.contributions[from];
  delete state.timestamps[from];
  // B16: the last takes the gap
  const index = state.contributors.findIndex(({ addr }) => addr === from);
  const last = state.contributors.pop();
  if (last !== undefined && index < state.contributors.length) state.contributors[index] = last;
  const reservation = state.reserved.find(({ addr }) => addr === from);
  if (reservation !== undefined) reservation.received = false;
  if (state.status === Status.WaitForFinalized) state.status = Status.Open;
  // B10
  transfer(world, world.at.token, at, from, amount);
  emit(world, at, "WithdrawContribution", from, amount);
}

/** B8: refunds, then the empty list, then Reset. */
export function resetAll(world: World, at: Address): void {
  const state = stateOf(world, at);
  const refunds = state.contributors.map(({ addr }) => [addr, state.contributions[addr] ?? 0n] as const);
  const isFinalized = state.status === Status.Finalized;
  state.contributors = [];
  state.contributions = {};
  state.timestamps = {};
  state.reserved = [];
  state.status = Status.WaitForOperator;
  if (!isFinalized) for (const [addr, amount] of refunds) transfer(world, world.at.token, at, addr, amount);
  emit(world, at, "UpdateReservedContributors", []);
  emit(world, at, "Reset");
}
