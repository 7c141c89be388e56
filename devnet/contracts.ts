import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import hre from "hardhat";
import type { SolidityHooks } from "hardhat/types/hooks";
import type { CompilerInput } from "hardhat/types/solidity";

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
const FILES = DEPLOYED.map((file) => file.slice(file.lastIndexOf("/")));
const NAMES = FILES.map((file) => file.slice(1, -".sol".length));
/** What decides the outcome of compiling. */
const SOURCES = ["contracts/**/*.sol", "hardhat.config.ts", "package-lock.json", "devnet/contracts.ts"];
const STAMP = ".tmp/devnet/compiled";

/** `code`: bytecode and ABI. `traces`: also what Hardhat's node needs to name the error and the function of a call that failed. */
export type Extent = "code" | "traces";

/**
 * Compiles what is deployed, once: a digest of the sources is kept, since asking Hardhat's own cache loads the compiler first.
 *
 * @param extent `code` takes half the time and is for a network that ends with the command. What an earlier build left is kept up
 * to date by Hardhat, whole, and never cut down.
 * @returns a sentence about what was done
 */
export async function compile(progress: (text: string) => void, extent: Extent = "traces"): Promise<string> {
  const digest = digestOf(SOURCES.flatMap((pattern) => globSync(pattern).sort()));
  const there = areThere();
  const [before, beforeExtent] = existsSync(STAMP) ? readFileSync(STAMP, "utf8").split(" ") : [];
  if (there && before === digest && (extent === "code" || beforeExtent === "traces")) return "compiled before";
  const done: Extent = there ? "traces" : extent;
  const seconds = done === "code" ? 10 : 15;
  progress(`compiling ${DEPLOYED.length} contracts and what they import (once; some ${seconds} seconds)`);
  await (done === "code" ? buildCode() : build());
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, `${digest} ${done}`);
  return `${DEPLOYED.length} contracts compiled`;
}

function build(): Promise<unknown> {
  return hre.tasks.getTask("build").run({ quiet: true, noTests: true, files: DEPLOYED });
}

/**
 * Hardhat asks for everything about every contract that is imported, and solc then generates code for the variants of other
 * networks too. The artifacts are the same; the build info, half empty, goes at once. Hardhat's next build has another id, and
 * makes it anew.
 */
async function buildCode(): Promise<void> {
  const lean: Partial<SolidityHooks> = {
    preprocessSolcInputBeforeBuilding: async (context, input, next) => deployedOnly(await next(context, input)),
    processArtifactsAfterSuccessfulBuild: dropBuildInfo,
  };
  hre.hooks.registerHandlers("solidity", lean);
  try {
    await build();
  } finally {
    hre.hooks.unregisterHandlers("solidity", lean);
  }
}

async function dropBuildInfo(): Promise<void> {
  for (const id of new Set(await Promise.all(NAMES.map((name) => hre.artifacts.getBuildInfoId(name))))) {
    if (id === undefined) continue;
    const paths = [await hre.artifacts.getBuildInfoPath(id), await hre.artifacts.getBuildInfoOutputPath(id)];
    for (const path of paths) if (path !== undefined) rmSync(path);
  }
}

/** The same input, with output for the files that are deployed alone: solc generates code for no others but those that these create. */
export function deployedOnly(input: CompilerInput): CompilerInput {
  const { outputSelection } = input.settings;
  const contracts = { "*": outputSelection["*"]?.["*"] ?? [] };
  const deployed = Object.keys(input.sources).filter((source) => FILES.some((file) => source.endsWith(file)));
  const selection = Object.fromEntries(deployed.map((source) => [source, contracts]));
  return { ...input, settings: { ...input.settings, outputSelection: selection } };
}

function digestOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** By their files: Hardhat keeps in mind what was not there when it was first asked. */
function areThere(): boolean {
  const folder = (file: string) => join(hre.config.paths.artifacts, file.replace(/^npm:/, ""));
  return DEPLOYED.every((file, i) => existsSync(join(folder(file), `${NAMES[i]}.json`)));
}
