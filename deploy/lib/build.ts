import { setTimeout as sleep } from "node:timers/promises";
import hre from "hardhat";

/** Names of Hardhat's record of what it has compiled, in its errors. */
const CACHE = /compile-cache\.json/;
const ATTEMPTS = 5;

/**
 * Compiles what has changed since the last time. Hardhat 3 writes its record by way of one file of a fixed name: of two operations in
 * the same folder at the same moment one does not find it any more. What was compiled is there, so that one asks again.
 *
 * @param run - What compiles, for tests.
 */
export async function build(
  run: () => Promise<unknown> = () => hre.tasks.getTask("build").run({ quiet: true }),
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof Error) || !CACHE.test(error.message)) throw error;
      await sleep(200 * attempt * (0.5 + Math.random()));
    }
  }
}
