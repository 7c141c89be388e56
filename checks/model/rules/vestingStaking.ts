import { emit, revert, ZERO } from "../core/world.ts";
import type { Address, Call, Key, SignatureValue, Value, VestingState, World } from "../core/world.ts";
import { contributionCall } from "./contribution/index.ts";
import { rewardsCall } from "./rewards/index.ts";
import { addBLSPublicKey } from "./rewards/registration.ts";
import type { Params } from "./rewards/registration.ts";
import { approve, balanceOf, transfer } from "./token.ts";

type ConstructorArgs = [Address, Address, bigint, bigint, boolean, Address, Address, Address];

export function createVesting(world: World, call: Call, args: readonly Value[]): void {
  const [beneficiary, revoker, start, end, transferable, rewards, factory, token] = args as ConstructorArgs;
  // H17; a zero revoker is the promise not to revoke
  if ([beneficiary, rewards, factory, token].includes(ZERO)) revert("ZeroAddress");
  // B22
  if (start < world.now || end < start || end <= world.now) revert("InvalidSchedule", start, end);
  world.vestings[call.created] = { beneficiary, revoker, start, end, transferable, revoked: false };
}

function holderOf(state: VestingState): Address {
  return state.revoked ? state.revoker : state.beneficiary;
}

function onlyHolder(state: VestingState, { from }: Call): void {
  if (from !== holderOf(state)) revert("OnlyHolder", from, holderOf(state));
}

/** What the locked tokens may do, from the start on; B17: also after the end. */
function onlyActing(world: World, state: VestingState, call: Call): void {
  onlyHolder(state, call);
  if (world.now < state.start) revert("VestingNotStarted", state.start, world.now);
}

export function vestingCall(world: World, at: Address, call: Call, name: string, args: readonly Value[]): boolean {
  const state = world.vestings[at] as VestingState;
  const self: Call = { from: at, created: "" };
  switch (name) {
    case "addBLSPublicKey": {
      const [key, signature, params, beneficiary] = args as unknown as [Key, SignatureValue, Params, Address];
      onlyActing(world, state, call);
      if (beneficiary === ZERO) revert("ZeroAddress");
      const { requirement } = world.rewards;
      approve(world, world.at.token, at, world.at.rewards, requirement);
      addBLSPublicKey(world, self, key, signature, params, [[[at, beneficiary], requirement]]);
      return true;
    }
    case "contributeFunds": {
      const [contribution, amount, beneficiary, hash] = args as [Address, bigint, Address, string?];
      onlyActing(world, state, call);
      requireOurs(world, contribution);
      if (beneficiary === ZERO) revert("ZeroAddress");
      approve(world, world.at.token, at, contribution, amount);
      const rest = hash === undefined ? [] : [hash];
      return contributionCall(world, contribution, self, "contributeFunds", [amount, beneficiary, ...rest]);
    }
    case "withdrawContribution":
      onlyActing(world, state, call);
      requireOurs(world, args[0] as Address);
      return contributionCall(world, args[0] as Address, self, "withdrawContribution", []);
    case "updateBeneficiary":
      onlyActing(world, state, call);
      requireOurs(world, args[0] as Address);
      if (args[1] === ZERO) revert("ZeroAddress");
      return contributionCall(world, args[0] as Address, self, "updateBeneficiary", [args[1] as Address]);
    case "initiateExitBLSPublicKey":
    case "claimRewards":
      onlyActing(world, state, call);
      return rewardsCall(world, self, name, args);
    case "release":
      release(world, at, state, call, args[0] as Address);
      return true;
    case "revoke":
      revoke(world, at, state, call, args[0] as Address);
      return true;
    case "transferBeneficiary":
      if (args[0] === ZERO) revert("ZeroAddress");
      if (call.from !== state.beneficiary) revert("OnlyBeneficiary", call.from, state.beneficiary);
      if (!state.transferable) revert("BeneficiaryNotTransferable");
      emit(world, at, "BeneficiaryTransferred", state.beneficiary, args[0] as Address);
      state.beneficiary = args[0] as Address;
      return true;
    case "transferRevoker":
      if (args[0] === ZERO) revert("ZeroAddress");
      onlyRevoker(state, call);
      emit(world, at, "RevokerTransferred", state.revoker, args[0] as Address);
      state.revoker = args[0] as Address;
      return true;
  }
  return false;
}

function requireOurs(world: World, contribution: Address): void {
  if (world.factory.deployed[contribution] === undefined) revert("UnknownContribution", contribution);
}

function onlyRevoker(state: { revoker: Address }, { from }: Call): void {
  if (from !== state.revoker) revert("OnlyRevoker", from, state.revoker);
}

function release(world: World, at: Address, state: VestingState, call: Call, token: Address): void {
  onlyActing(world, state, call);
  if (world.now < state.end) revert("VestingNotEnded", state.end, world.now);
  const amount = balanceOf(world, token, at);
  if (amount === 0n) revert("NothingToRelease", token);
  emit(world, at, state.revoked ? "TokensRevokedReleased" : "TokensReleased", token, amount);
  transfer(world, token, at, holderOf(state), amount);
}

/** H17: for the first time only before the end. B1: again, to fetch what came in. */
function revoke(world: World, at: Address, state: VestingState, call: Call, token: Address): void {
  onlyRevoker(state, call);
  if (!state.revoked) {
    if (world.now >= state.end) revert("VestingEnded", state.end, world.now);
    state.revoked = true;
    emit(world, at, "TokenVestingRevoked", token);
    return;
  }
  if (world.now < state.end) return;
  const amount = balanceOf(world, token, at);
  if (amount === 0n) revert("NothingToRelease", token);
  emit(world, at, "TokensRevokedReleased", token, amount);
  transfer(world, token, at, state.revoker, amount);
}
