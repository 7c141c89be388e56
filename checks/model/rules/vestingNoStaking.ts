import { emit, revert, ZERO } from "../core/world.ts";
import type { Address, Call, NoStakingState, Value, World } from "../core/world.ts";
import { balanceOf, transfer } from "./token.ts";

/** A fifth at the cliff. */
export const CLIFF_DENOMINATOR = 5n;

export function createNoStaking(world: World, call: Call, args: readonly Value[]): void {
  const [beneficiary, revoker, cliff, end, transferable] = args as [Address, Address, bigint, bigint, boolean];
  if (beneficiary === ZERO) revert("ZeroAddress");
  // B22
  if (cliff < world.now || end < cliff || end <= world.now) revert("InvalidSchedule", cliff, end);
  world.noStakings[call.created] = { beneficiary, revoker, cliff, end, transferable, revoked: {}, released: {} };
}

/** 20 % at the cliff, the rest linearly to the end; B18: all of it once revoked. */
function vested(world: World, state: NoStakingState, token: Address, total: bigint): bigint {
  if (state.revoked[token] || world.now >= state.end) return total;
  if (world.now < state.cliff) return 0n;
  const atCliff = total / CLIFF_DENOMINATOR;
  return atCliff + ((total - atCliff) * (world.now - state.cliff)) / (state.end - state.cliff);
}

export function releasable(world: World, at: Address, token: Address): bigint {
  const state = world.noStakings[at] as NoStakingState;
  const released = state.released[token] ?? 0n;
  return vested(world, state, token, balanceOf(world, token, at) + released) - released;
}

export function noStakingCall(world: World, at: Address, call: Call, name: string, args: readonly Value[]): boolean {
  const state = world.noStakings[at] as NoStakingState;
  const [address] = args as [Address];
  switch (name) {
    case "release": {
      if (call.from !== state.beneficiary) revert("OnlyBeneficiary", call.from, state.beneficiary);
      const amount = releasable(world, at, address);
      if (amount === 0n) revert("NothingToRelease", address);
      state.released[address] = (state.released[address] ?? 0n) + amount;
      emit(world, at, "TokensReleased", address, amount);
      transfer(world, address, at, state.beneficiary, amount);
      return true;
    }
    case "revoke": {
      if (call.from !== state.revoker) revert("OnlyRevoker", call.from, state.revoker);
      // B19
      if (world.now > state.end) revert("VestingEnded", state.end, world.now);
      if (state.revoked[address]) revert("AlreadyRevoked", address);
      const refund = balanceOf(world, address, at) - releasable(world, at, address);
      state.revoked[address] = true;
      emit(world, at, "TokenVestingRevoked", address, refund);
      transfer(world, address, at, state.revoker, refund);
      return true;
    }
    case "transferBeneficiary":
      if (call.from !== state.beneficiary) revert("OnlyBeneficiary", call.from, state.beneficiary);
      if (!state.transferable) revert("BeneficiaryNotTransferable");
      if (address === ZERO) revert("ZeroAddress");
      emit(world, at, "BeneficiaryTransferred", state.beneficiary, address);
      state.beneficiary = address;
      return true;
    case "transferRevoker":
      if (call.from !== state.revoker) revert("OnlyRevoker", call.from, state.revoker);
      if (address === ZERO) revert("ZeroAddress");
      emit(world, at, "RevokerTransferred", state.revoker, address);
      state.revoker = address;
      return true;
  }
  return false;
}
