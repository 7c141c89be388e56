/** Ethereum clients under the same rules: Osaka, chain id 421614, the accounts of the development mnemonic, free loopback ports. */
import { execFile } from "node:child_process";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { JsonRpcProvider } from "ethers";
import hre from "hardhat";
import { rpcProvider } from "../../deploy/lib/connect.ts";
import { devWallet } from "../../devnet/chain.ts";
import { freePort } from "../ports.ts";
import type { Programs, Service } from "./programs.ts";

const execute = promisify(execFile);

/** What the programs are told that they talk to. */
export const CHAIN_ID = 421_614;
/** Accounts of the mnemonic that have money on every client, and how much, wei. */
const FUNDED = 10;
const BALANCE = 10_000n * 10n ** 18n;
const BLOCK_GAS_LIMIT = 30_000_000;

export interface Client {
  name: string;
  /** As the client calls itself. */
  version: string;
  url: string;
  provider: JsonRpcProvider;
  /** Its clock cannot be moved. */
  waits: boolean;
  /** Has the chain's newest block be at least so many seconds after the one of now: by moving the clock, or by waiting. */
  advance(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** Hardhat's node, in this process. */
export async function startHardhat(): Promise<Client> {
  const override = { chainId: CHAIN_ID, hardfork: "osaka", blockGasLimit: BigInt(BLOCK_GAS_LIMIT) };
  const server = await hre.network.createServer({ network: "hardhat", override }, "127.0.0.1", 0);
  const { port } = await server.listen();
  return client("Hardhat", `http://127.0.0.1:${port}`, moveClock, () => server.close());
}

/** The npm package with anvil for this platform, or nothing where there is none. */
export function findAnvil(platform: string = process.platform, arch: string = process.arch): string | undefined {
  const cpu = { x64: "amd64", arm64: "arm64" }[arch] ?? arch;
  const file = platform === "win32" ? "anvil.exe" : "anvil";
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`@foundry-rs/anvil-${platform}-${cpu}/package.json`)), "bin", file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

export async function startAnvil(binary: string, programs: Programs): Promise<Client> {
  const port = await freePort();
  const service = programs.start(binary, [
    ...["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(CHAIN_ID)],
    // Without the last one a transaction may take more than EIP-7825 allows.
    ...["--hardfork", "osaka", "--gas-limit", String(BLOCK_GAS_LIMIT), "--enable-tx-gas-limit"],
  ]);
  await service.line(/Listening on/);
  return client("anvil", `http://127.0.0.1:${port}`, moveClock, () => service.stop());
}

/** A geth of a path, or of the PATH or Go's folder. */
export async function findGeth(given: string | undefined): Promise<string | undefined> {
  const go = process.env["GOBIN"] ?? join(process.env["GOPATH"] ?? join(process.env["HOME"] ?? "", "go"), "bin");
  const folders = [...(process.env["PATH"] ?? "").split(":"), go];
  const places = given === undefined ? folders.map((folder) => join(folder, "geth")) : [given];
  for (const place of places) {
    const there = await access(place).then(
      () => true,
      () => false,
    );
    if (there) return place;
  }
  if (given === undefined) return undefined;
  throw new Error(`There is no geth at ${given}.`);
}

/** geth in developer mode, a block a second, on a genesis of its own: the developer's one has the next fork too. */
export async function startGeth(binary: string, programs: Programs): Promise<Client> {
  const folder = programs.file(`geth-${Date.now()}`);
  const genesis = join(folder, "genesis.json");
  await mkdir(folder, { recursive: true });
  const { stdout } = await execute(binary, ["--dev", "dumpgenesis"], { maxBuffer: 2 ** 26 });
  await writeFile(genesis, JSON.stringify(osaka(JSON.parse(stdout) as Genesis)));
  await execute(binary, ["--datadir", folder, "init", genesis]);
  const port = await freePort();
  const service = programs.start(binary, [
    ...["--datadir", folder, "--dev", "--dev.period", "1", "--networkid", String(CHAIN_ID)],
    ...["--http", "--http.port", String(port), "--http.api", "eth,net,web3,debug", "--nodiscover", "--ipcdisable"],
    // The dates of a genesis are those of its chain; a gas limit of the genesis stays.
    ...["--miner.gaslimit", String(BLOCK_GAS_LIMIT)],
  ]);
  await service.line(/HTTP server started/);
  return client("geth", `http://127.0.0.1:${port}`, waitFor, () => stopGeth(service, genesis));
}

interface Genesis {
  config: Record<string, unknown>;
  gasLimit: string;
  alloc: Record<string, { balance: string }>;
}

/** The genesis without the forks after Osaka, and with the accounts that the other clients have. */
function osaka(genesis: Genesis): Genesis {
  const { bogotaTime: _bogota, amsterdamTime: _amsterdam, verkleTime: _verkle, ...config } = genesis.config;
  const funded = Array.from({ length: FUNDED }, (_, index) => [
    devWallet(index).address.slice(2).toLowerCase(),
    { balance: `0x${BALANCE.toString(16)}` },
  ]);
  return {
    ...genesis,
    config: { ...config, chainId: CHAIN_ID },
    gasLimit: `0x${BLOCK_GAS_LIMIT.toString(16)}`,
    alloc: { ...genesis.alloc, ...(Object.fromEntries(funded) as Genesis["alloc"]) },
  };
}

async function stopGeth(service: Service, genesis: string): Promise<void> {
  await service.stop();
  // The rules that were meant are those that it ran under.
  const { config } = JSON.parse(await readFile(genesis, "utf8")) as Genesis;
  if (config["osakaTime"] === undefined) throw new Error("this geth's developer genesis has no Osaka");
}

async function client(
  name: string,
  url: string,
  advance: (provider: JsonRpcProvider, seconds: number) => Promise<void>,
  stop: () => Promise<void>,
): Promise<Client> {
  const provider = rpcProvider(url, CHAIN_ID);
  const version = (await provider.send("web3_clientVersion", [])) as string;
  return {
    name,
    version,
    url,
    provider,
    waits: advance === waitFor,
    advance: (seconds) => advance(provider, seconds),
    async stop() {
      provider.destroy();
      await stop();
    },
  };
}

async function moveClock(provider: JsonRpcProvider, seconds: number): Promise<void> {
  await provider.send("evm_increaseTime", [seconds]);
  await provider.send("evm_mine", []);
}

async function waitFor(provider: JsonRpcProvider, seconds: number): Promise<void> {
  const time = async (): Promise<number> => (await provider.getBlock("latest"))?.timestamp ?? 0;
  const until = (await time()) + seconds;
  while ((await time()) < until) await new Promise((resolve) => setTimeout(resolve, 500));
}
