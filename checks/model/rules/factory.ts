import { emit, revert, ZERO } from "../core/world.ts";
import type { Address, Call, Key, SignatureValue, Value, World } from "../core/world.ts";
import { deploy } from "./contribution/index.ts";
import { governance } from "./ownable.ts";
import type { Params } from "./rewards/registration.ts";

export function factoryCall(world: World, call: Call, name: string, args: readonly Value[]): boolean {
  const { factory, at } = world;
  if (governance(world, at.factory, factory, call, name, args)) return true;
  switch (name) {
    case "initialize": {
      const [rewards] = args as [Address];
      if (factory.initialized > 0n) revert("InvalidInitialization");
      if (rewards === ZERO) revert("NullAddress");
      Object.assign(factory, { initialized: 1n, owner: call.from, rewards });
      emit(world, at.factory, "OwnershipTransferred", ZERO, call.from);
      emit(world, at.factory, "Initialized", 1n);
      return true;
    }
    case "deploy": {
      const [key, signature, params, reserved, manual] = args as unknown as [
        Key,
        SignatureValue,
        Params,
        [Address, bigint][],
        boolean,
      ];
      deploy(world, call, key, signature, params, reserved, manual);
      return true;
    }
  }
  return false;
}
