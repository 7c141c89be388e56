import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ethers } from "ethers";
import hre from "hardhat";
import type { Argv } from "yargs";
import { build } from "../lib/build.ts";
import { artifactOf } from "../lib/checks.ts";
import { readProxy } from "../lib/erc1967.ts";
import { throughRelay } from "../lib/relay.ts";
import { writeRecord } from "../lib/record.ts";
import { Refusal } from "../lib/refusal.ts";
import type { CommonArguments, Context } from "./context.ts";
import { commonOptions, withContext } from "./context.ts";
import { Output, guarded } from "./output.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROXY = "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol:TransparentUpgradeableProxy";

interface Arguments extends CommonArguments {
  service: string[];
}

/** One contract whose source is to be published. */
interface Target {
  name: string;
  address: string;
  artifact: string;
  constructorArguments: string[];
}

export const command = "verify";
export const describe = "publish and verify the sources (Arbiscan/Etherscan with ETHERSCAN_API_KEY, Sourcify)";

export function builder(parser: Argv): Argv<Arguments> {
  return commonOptions(parser).option("service", {
    type: "array",
    choices: ["etherscan", "sourcify"],
    default: ["etherscan", "sourcify"],
    describe: "where",
  }) as unknown as Argv<Arguments>;
}

export async function handler(args: Arguments): Promise<void> {
  const output = new Output(args.json);
  await guarded(output, () => withContext(args, output, (context) => verify(context, args), false));
}

async function verify(context: Context, args: Arguments): Promise<boolean> {
  const { output, info } = context;
  if (info.kind !== "live") {
    throw new Refusal("network", `${info.name} is a local chain: no service knows it, there is nothing to verify.`);
  }
  if (args.service.includes("etherscan") && !(await hasEtherscanKey())) {
    throw new Refusal(
      "variable",
      "ETHERSCAN_API_KEY is not set: get one at etherscan.io (it is good for Arbiscan too) and put it into .env, or add --service sourcify.",
    );
  }
  await build();
  const targets = await targetsOf(context);
  if (!args.broadcast) {
    output.table(
      [{ name: "contract" }, { name: "address", fit: "shorten" }, { name: "artifact" }],
      targets.map(({ name, address, artifact }) => [name, address, artifact]),
    );
    output.say(`Nothing was sent: add --broadcast to publish these sources at ${args.service.join(" and ")}.`);
    output.result({ ok: true, mode: "dry-run", network: info.name, targets });
    return true;
  }
  // Hardhat's plugin reads the code on the chain by a connection of its own: it goes through ours.
  const results = await throughRelay(context.provider.transport, async (url) => {
    const done = [];
    for (const target of targets) {
      for (const service of args.service) {
        const { ok, text } = await publish(context, service, target, url);
        done.push({ contract: target.name, address: target.address, service, ok, answer: text });
        output.say(`${ok ? "✓" : "✗"} ${target.name} ${target.address} at ${service}${ok ? "" : `: ${text}`}`);
      }
    }
    return done;
  });
  const failed = results.filter(({ ok }) => !ok).length;
  const file = writeRecord(context.record, "verification.json", { at: new Date().toISOString(), results });
  output.say(`${results.length - failed} verified, ${failed} failed. Record: ${file}`);
  output.result({ ok: failed === 0, mode: "broadcast", network: info.name, results });
  return failed === 0;
}

/** In the environment, `.env` or Hardhat's keystore. */
function hasEtherscanKey(): Promise<boolean> {
  return hre.config.verify.etherscan.apiKey.get().then(
    (key) => key !== "",
    () => false,
  );
}

/** Everything that was deployed: implementations, and their proxies with the arguments that made them. */
async function targetsOf(context: Context): Promise<Target[]> {
  const { deployment, provider } = context;
  if (deployment === undefined) {
    throw new Refusal("record", `${context.record} holds no deployment: deploy first, or name another with --record.`);
  }
  const targets: Target[] = [];
  for (const [name, address] of Object.entries(deployment.addresses)) {
    if (address === undefined || name.endsWith("Admin")) continue;
    const { implementation, admin } = await readProxy(provider, address);
    if (admin === ethers.ZeroAddress) {
      const given = deployment.parameters.Token;
      // A token that was there before is somebody else's to verify.
      if (name !== "token" || given === undefined) continue;
      const receiver = String(given["genesisReceiver"] ?? deployment.deployer);
      const args = [String(given["totalSupply"]), receiver, String(given["gateway"]), String(given["router"])];
      targets.push({ name, address, artifact: "SESH", constructorArguments: args });
      continue;
    }
    const artifact = artifactOf(name, deployment.parameters);
    targets.push({ name: `${name} implementation`, address: implementation, artifact, constructorArguments: [] });
    const created = await creation(
      provider,
      address,
      deployment.steps.map(({ hash }) => hash),
    );
    if (created !== undefined)
      targets.push({ name: `${name} proxy`, address, artifact: PROXY, constructorArguments: created });
  }
  return targets;
}

/** The constructor's arguments of a proxy, out of the transaction that made it. */
async function creation(provider: ethers.Provider, proxy: string, hashes: string[]): Promise<string[] | undefined> {
  for (const hash of hashes) {
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt?.contractAddress !== proxy) continue;
    const transaction = await provider.getTransaction(hash);
    const { bytecode } = await hre.artifacts.readArtifact("TransparentUpgradeableProxy");
    const encoded = `0x${transaction?.data.slice(bytecode.length) ?? ""}`;
    return ethers.AbiCoder.defaultAbiCoder().decode(["address", "address", "bytes"], encoded).map(String);
  }
  return undefined;
}

/** What a process of Hardhat ended with. */
interface Said {
  error: Error | null;
  stdout: string;
  stderr: string;
}

/** One verification, as hardhat-verify does it; its own words when it fails. */
async function publish(
  { info, signal }: Context,
  service: string,
  target: Target,
  url: string,
): Promise<{ ok: boolean; text: string }> {
  const contract = target.artifact.includes(":") ? ["--contract", target.artifact] : [];
  const args = ["verify", service, "--network", info.name, ...contract, target.address, ...target.constructorArguments];
  const env = { ...process.env, NO_COLOR: "1", ...(info.urlVariable === undefined ? {} : { [info.urlVariable]: url }) };
  const run = await new Promise<Said>((resolve) => {
    execFile(
      process.execPath,
      ["node_modules/hardhat/dist/src/cli.js", ...args],
      { cwd: ROOT, env, timeout: 180_000, signal },
      (error, stdout, stderr) => resolve({ error, stdout, stderr }),
    );
  });
  const ok = run.error === null || /already (been )?verified/i.test(run.stdout + run.stderr);
  return { ok, text: ok ? "verified" : wordsOf(run) };
}

/** Why it failed: what stands on standard error, which is the service's own account, else the last of what was said. */
function wordsOf({ stdout, stderr, error }: Said): string {
  const said = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("For more info"));
  const words = said(stderr).length > 0 ? said(stderr) : said(stdout).slice(-3);
  const { code, killed } = (error ?? {}) as { code?: unknown; killed?: boolean };
  const ended = killed === true ? ["nothing came of it within 180 s"] : typeof code === "string" ? [code] : [];
  return [...ended, ...words].join(" ").slice(0, 500);
}
