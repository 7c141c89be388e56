import { toBeHex } from "ethers";
import { execute } from "../chain/execute.ts";
import { outcomeDifferences } from "../chain/outcome.ts";
import { encodeCall, OLD_IMPLEMENTATION, PROXY_SLOTS } from "../chain/system.ts";
import type { Upgradeable } from "../chain/system.ts";
import type { Difference } from "../chain/outcome.ts";
import type { Env } from "../chain/resolve.ts";
import type { LiveSpec } from "../core/steps.ts";
import type { Emitted, World } from "../core/world.ts";
import { max } from "../core/world.ts";
import { QUIRKS } from "./quirks.ts";
import { slotsOf } from "./layout.ts";
import { readStateFile, stateOfFile } from "./stateFile.ts";

/**
 * Goes back to the base, puts the storage of live-style proxies there, whose implementation is not ours, and upgrades them in
 * place. `held`: the state that the model holds at this moment, as an older version would have written it; contracts that are no
 * proxies are gone with the chain. `file`: test/fixtures/legacy-state.json.
 */
export async function placeLive(env: Env, base: World, spec: LiveSpec, wait: bigint): Promise<Difference[]> {
  const { world } = env;
  const next = structuredClone(base);
  const roles: Upgradeable[] = ["rewards"];
  if (spec.state === "file") {
    const file = readStateFile();
    next.rewards = stateOfFile(file);
    next.now = max(base.now, BigInt(file.takenAt));
  } else {
    next.now = world.now;
    next.rewards = world.rewards;
    next.pool = world.pool;
    next.factory = world.factory;
    const token = world.tokens[next.at.token] as World["tokens"][string];
    // the live token knows no permit
    next.tokens[next.at.token] = { ...token, nonces: {}, initialized: 1n };
    roles.push("token", "pool", "factory");
  }
  // the chain starts again at a low number, which no addition may have seen
  next.rewards.lastHeight = 1n;
  for (const quirk of spec.quirks) QUIRKS[quirk]?.(next);
  env.world = next;
  env.made = {};

  for (const role of roles) await write(env, role);
  return upgrade(env, roles, wait);
}

async function write({ system, world }: Env, role: Upgradeable): Promise<void> {
  const slots = slotsOf(world, role);
  slots.set(BigInt(PROXY_SLOTS.implementation), BigInt(OLD_IMPLEMENTATION));
  await Promise.all(
    [...slots].map(([slot, value]) =>
      system.connection.provider.request({
        method: "hardhat_setStorageAt",
        params: [system.at[role], `0x${slot.toString(16)}`, toBeHex(value, 32)],
      }),
    ),
  );
}

/** By the owner of each ProxyAdmin, all in one transaction; the token learns permits on the way (H19). */
export async function upgrade(env: Env, roles: readonly Upgradeable[], wait: bigint): Promise<Difference[]> {
  const { system } = env;
  const owner = system.actors["owner"] as string;
  const timestamp = env.world.now + wait;
  const calls = roles.map((role) => {
    const data = role === "token" && isOld(env) ? encodeCall(system, "SESHL2", "initializePermit", []) : "0x";
    const to = system.proxyAdmin[role];
    return {
      to,
      data: encodeCall(system, "ProxyAdmin", "upgradeAndCall", [system.at[role], system.implementation[role], data]),
    };
  });
  const { outcomes, block } = await execute(env, owner, calls, timestamp);
  env.world.now = timestamp;
  env.world.block = block;
  return outcomes.flatMap((outcome, index) => {
    const role = roles[index] as Upgradeable;
    const events: Emitted[] = [{ at: system.at[role], name: "Upgraded", args: [system.implementation[role]] }];
    const state = env.world.tokens[env.world.at.token];
    if (role === "token" && state !== undefined && isOld(env)) {
      state.initialized = 2n;
      events.push({ at: system.at[role], name: "Initialized", args: [2n] });
    }
    return outcomeDifferences(`upgrade of ${role}`, outcome, { error: undefined, events });
  });
}

function isOld({ world }: Env): boolean {
  return (world.tokens[world.at.token]?.initialized ?? 0n) < 2n;
}
