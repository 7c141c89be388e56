import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import hre from "hardhat";

/** What the local network deploys, and nothing else: tests, doubles and the other networks' variants are compiled for tests. */
const DEPLOYED = [
  "contracts/testnet/LocalDevnetServiceNodeRewards.sol",
  "contracts/testnet/TestnetRewardRatePool.sol",
  "contracts/ServiceNodeContributionFactory.sol",
  "contracts/token/SESH.sol",
  "contracts/vesting/TokenVestingStaking.sol",
  "npm:@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol",
  "npm:@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol",
];
/** What decides the outcome of compiling. */
const SOURCES = ["contracts/**/*.sol", "hardhat.config.ts", "package-lock.json", "devnet/contracts.ts"];
const STAMP = ".tmp/devnet/compiled";

/**
 * Compiles what is deployed, once: a digest of the sources is kept, since asking Hardhat's own cache loads the compiler first.
 *
 * @returns a sentence about what was done
 */
export async function compile(progress: (text: string) => void): Promise<string> {
  const digest = digestOf(SOURCES.flatMap((pattern) => globSync(pattern).sort()));
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === digest && (await areThere())) return "compiled before";
  progress(`compiling ${DEPLOYED.length} contracts and what they import (once; some 15 seconds)`);
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true, files: DEPLOYED });
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, digest);
  return `${DEPLOYED.length} contracts compiled`;
}

function digestOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

async function areThere(): Promise<boolean> {
  const names = DEPLOYED.map((file) => /(\w+)\.sol$/.exec(file)?.[1] ?? file);
  return (await Promise.all(names.map((name) => hre.artifacts.artifactExists(name)))).every(Boolean);
}
