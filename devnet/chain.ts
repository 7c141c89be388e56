import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import hre from "hardhat";
import type { Interface, JsonRpcProvider } from "ethers";
import { ethers } from "ethers";
import Devnet from "../deploy/modules/Devnet.ts";
import type { Extent } from "./contracts.ts";
import { compile } from "./contracts.ts";

/** Hardhat's well-known development mnemonic: its accounts are funded on the local chain and worthless anywhere else. */
const MNEMONIC = "test test test test test test test test test test test junk";

/** A wallet of the development mnemonic that counts its own nonces: a cached `eth_getTransactionCount` cannot trip it. */
export function devAccount(index: number, provider: JsonRpcProvider): ethers.NonceManager {
  return new ethers.NonceManager(devWallet(index).connect(provider));
}

let parent: ethers.HDNodeWallet | undefined;

export function devWallet(index: number): ethers.HDNodeWallet {
  // Deriving the seed is what takes time.
  parent ??= ethers.HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0");
  return parent.deriveChild(index);
}

export interface Devchain {
  url: string;
  provider: JsonRpcProvider;
  addresses: { token: string; pool: string; rewards: string; factory: string };
  /** The contracts' interfaces. */
  artifacts: { token: Interface; pool: Interface; rewards: Interface; factory: Interface };
  /** Mines one block `seconds` later than the newest and answers its timestamp. */
  advance(seconds: number): Promise<number>;
  close(): Promise<void>;
}

/** Starts Hardhat's node in this process on a free loopback port (or `port`) and deploys the system through Ignition. */
export async function startChain(options: {
  port?: number;
  progress: (text: string) => void;
  /** Remarks that stay. */
  note?: (text: string) => void;
  /** What is compiled: without `traces` a call that fails has its bytes, and no name of its error, in the node's answer. */
  extent?: Extent;
}): Promise<Devchain> {
  await compile(options.progress, options.extent);

  options.progress("starting the chain");
  const { server, port } = await listen(options);
  const url = `http://127.0.0.1:${port}`;

  try {
    options.progress(`deploying through Ignition over ${url}`);
    return await deployOn(url, () => server.close());
  } catch (error) {
    // a server left open would keep the process alive
    await server.close();
    throw error;
  }
}

/** A port that somebody else has is no reason to end: any free one does, and it is said which. */
async function listen(options: { port?: number; note?: (text: string) => void }) {
  const wanted = options.port ?? 0;
  // Tried by ourselves: Hardhat's WebSocket server on a port that is taken ends the process.
  const free = wanted === 0 || (await isFree(wanted));
  const server = await hre.network.createServer("hardhat", "127.0.0.1", free ? wanted : 0);
  const { port } = await server.listen();
  if (!free) options.note?.(`port ${wanted} cannot be had: the chain listens on ${port}`);
  return { server, port };
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

async function deployOn(url: string, closeServer: () => Promise<void>): Promise<Devchain> {
  const connection = await hre.network.create({ network: "localhost", override: { url } });
  // Ignition resumes what it has a record of; this chain is new, so its record is too, and goes with it
  const deploymentId = `devnet-${process.pid}-${new URL(url).port}`;
  const { token, pool, rewards, factory } = await connection.ignition
    .deploy(Devnet, {
      deploymentId,
      parameters: fileURLToPath(new URL("../deploy/parameters/localhost.json5", import.meta.url)),
    })
    .finally(() =>
      rm(new URL(`../deploy/deployments/${deploymentId}`, import.meta.url), { recursive: true, force: true }),
    );
  await connection.close();

  const provider = new ethers.JsonRpcProvider(url, undefined, { staticNetwork: true, cacheTimeout: -1, polling: true });
  provider.pollingInterval = 50;
  return {
    url,
    provider,
    addresses: {
      token: await token.getAddress(),
      pool: await pool.getAddress(),
      rewards: await rewards.getAddress(),
      factory: await factory.getAddress(),
    },
    artifacts: { token: token.interface, pool: pool.interface, rewards: rewards.interface, factory: factory.interface },
    async advance(seconds) {
      await provider.send("evm_increaseTime", [seconds]);
      await provider.send("evm_mine", []);
      const block = await provider.getBlock("latest");
      if (block === null) throw new Error("the chain has no newest block");
      return block.timestamp;
    },
    async close() {
      provider.destroy();
      await closeServer();
    },
  };
}
