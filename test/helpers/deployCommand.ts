import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { ethers } from "ethers";
import { network } from "hardhat";
import { rpcProvider } from "../../deploy/lib/connect.ts";
import type { EndpointProvider } from "../../src/chain/transport/index.ts";

/** The root of the repository. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Hardhat's first development key: funded on every local node, worthless elsewhere. */
export const DEPLOYER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
export const DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/** The stake of a node by {@link testnetParameters}, atomic SESH. */
export const REQUIREMENT = 20_000_000_000_000n;

/** What is under test here: a JSON-RPC node of Hardhat that says it is another chain, on a free loopback port. */
export interface LocalNode {
  url: string;
  provider: EndpointProvider;
  close(): Promise<void>;
}

/** @param blockGasLimit - Hardhat's own where it is left out. */
export async function startNode(chainId: number, blockGasLimit?: bigint): Promise<LocalNode> {
  const override = { chainId, ...(blockGasLimit === undefined ? {} : { blockGasLimit }) };
  const server = await network.createServer({ network: "hardhat", override }, "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const provider = rpcProvider(url, chainId);
  return {
    url,
    provider,
    async close() {
      provider.destroy();
      await server.close();
    },
  };
}

/** Puts SESH at `token` on a node that has it not: code, and `balance` atomic SESH for the deployer. */
export async function placeToken(node: LocalNode, token: string, balance = 0n): Promise<void> {
  const { ethers: local } = await network.create();
  const factory = await local.getContractFactory("SESH");
  const signer = new ethers.Wallet(DEPLOYER_KEY, node.provider);
  const supply = 240_000_000n * 10n ** 9n;
  const stand = await factory.connect(signer).deploy(supply, DEPLOYER, DEPLOYER, DEPLOYER);
  await stand.waitForDeployment();
  const code = await node.provider.getCode(await stand.getAddress());
  await node.provider.send("hardhat_setCode", [token, code]);
  const slot = ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [DEPLOYER, 0]));
  await node.provider.send("hardhat_setStorageAt", [token, slot, ethers.toBeHex(balance, 32)]);
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  /** Called with every line of standard error; may kill the process. */
  onProgress?: (line: string, child: ChildProcessByStdio<null, Readable, Readable>) => void;
  /** Called with the process itself. */
  onStart?: (child: ChildProcessByStdio<null, Readable, Readable>) => void;
}

/** Runs a script as a user would: a process of its own, with only the environment that is given for it. */
export function runScript(script: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const env: Record<string, string | undefined> = {
    ...process.env,
    ARBITRUM_SEPOLIA_RPC_URL: "",
    ARBITRUM_RPC_URL: "",
    SEPOLIA_RPC_URL: "",
    ETHEREUM_RPC_URL: "",
    DEPLOYER_PRIVATE_KEY: "",
    // No keystore of the developer's either.
    XDG_CONFIG_HOME: join(tmpdir(), "session-staking-without-keystore"),
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    ...options.env,
  };
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  options.onStart?.(child);
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      for (const line of text.split("\n")) if (line !== "") options.onProgress?.(line, child);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Parameters of a test network, token and all: 20,000 SESH a node, and 40 million for the pool where it is funded. */
export function testnetParameters({ funded = true } = {}): string {
  return `{
    Token: { totalSupply: "240000000000000000n", gateway: "${DEPLOYER}", router: "${DEPLOYER}" },
    StakingTestnet: {
      stakingRequirement: "${REQUIREMENT}n", maxContributors: 10, liquidatorRatio: 3, poolRatio: 17, recipientRatio: 9980,
    },
    ${funded ? 'Funding: { amount: "40000000000000000n" },' : ""}
  }`;
}

/** A directory for records that goes away at the end. */
export function scratch(): { path: string; file(name: string, content: string): string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "session-staking-"));
  return {
    path,
    file(name, content) {
      const file = join(path, name);
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
