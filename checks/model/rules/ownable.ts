import { emit, revert, ZERO } from "../core/world.ts";
import type { Address, Call, Governed, Value, World } from "../core/world.ts";

type Owned = Pick<Governed, "owner" | "pendingOwner">;

/** OpenZeppelin's Ownable2Step, without renouncing (H10). */
export function onlyOwner(state: Owned, { from }: Call): void {
  if (from !== state.owner) revert("OwnableUnauthorizedAccount", from);
}

export function governance(
  world: World,
  at: Address,
  state: Owned & { paused?: boolean },
  call: Call,
  name: string,
  args: readonly Value[],
): boolean {
  switch (name) {
    case "transferOwnership":
      onlyOwner(state, call);
      state.pendingOwner = args[0] as Address;
      emit(world, at, "OwnershipTransferStarted", state.owner, state.pendingOwner);
      return true;
    case "acceptOwnership":
      if (call.from !== state.pendingOwner) revert("OwnableUnauthorizedAccount", call.from);
      emit(world, at, "OwnershipTransferred", state.owner, call.from);
      state.owner = call.from;
      state.pendingOwner = ZERO;
      return true;
    case "renounceOwnership":
      onlyOwner(state, call);
      revert("OwnableInvalidOwner", ZERO);
      break;
    case "pause":
      if (state.paused === undefined) return false;
      onlyOwner(state, call);
      whenNotPaused(state);
      state.paused = true;
      emit(world, at, "Paused", call.from);
      return true;
    case "unpause":
      if (state.paused === undefined) return false;
      onlyOwner(state, call);
      if (!state.paused) revert("ExpectedPause");
      state.paused = false;
      emit(world, at, "Unpaused", call.from);
      return true;
  }
  return false;
}

export function whenNotPaused(state: { paused?: boolean }): void {
  if (state.paused) revert("EnforcedPause");
}
