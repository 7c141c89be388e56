import { readFileSync } from "node:fs";
import { emptyWorld } from "../core/genesis.ts";
import type { Address } from "../core/world.ts";
import { CHAIN_ID, deploySystem } from "../chain/system.ts";
import type { Connection } from "../chain/system.ts";
import { initMultiplication } from "../chain/multiply.ts";
import { makeSecrets } from "../chain/signing.ts";
import { baseSteps } from "../draw/opening.ts";
import { newEnv } from "./base.ts";
import type { Base } from "./base.ts";
import { runStep } from "./sequence.ts";

const LEGACY = new URL("../../../test/fixtures/legacy-state.json", import.meta.url);

export async function prepareBase(connection: Connection): Promise<Base> {
  const { secretKeys } = JSON.parse(readFileSync(LEGACY, "utf8")) as { secretKeys: string[] };
  await initMultiplication();
  const system = await deploySystem(connection);
  const secrets = makeSecrets(secretKeys);
  const world = emptyWorld(CHAIN_ID, { ...system.at }, system.actors["owner"] as Address, 10n ** 18n);
  const block = (await connection.provider.request({ method: "eth_getBlockByNumber", params: ["latest", false] })) as {
    timestamp: string;
  };
  world.now = BigInt(block.timestamp);
  const env = newEnv({ system, secrets, world });
  for (const step of baseSteps()) {
    const { differences } = await runStep({ system, secrets, world }, env, step, "all");
    if (differences.length > 0) throw new Error(`the base differs: ${JSON.stringify(differences, null, 1)}`);
  }
  system.snapshot = (await connection.provider.request({ method: "evm_snapshot" })) as string;
  return { system, secrets, world: env.world };
}
