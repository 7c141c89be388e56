import type { Env } from "../chain/resolve.ts";
import type { System } from "../chain/system.ts";
import type { World } from "../core/world.ts";

/** The point to which every sequence goes back. */
export interface Base {
  system: System;
  secrets: readonly bigint[];
  world: World;
}

export function newEnv({ system, secrets, world }: Base): Env {
  return {
    system,
    secrets,
    world: structuredClone(world),
    made: {},
    paramsHashes: new Map(),
    firstHash: new Map(),
    touched: new Set(),
  };
}

/** Takes the chain back to the base. */
export async function rewind({ system }: Base): Promise<void> {
  const { provider } = system.connection;
  await provider.request({ method: "evm_revert", params: [system.snapshot] });
  system.snapshot = (await provider.request({ method: "evm_snapshot" })) as string;
}

/** A sequence begins. */
export async function reset(base: Base): Promise<Env> {
  await rewind(base);
  return newEnv(base);
}
