import { ethers } from "ethers";
import hre from "hardhat";
import type { NetworkInfo } from "./networks.ts";
import { normalizeHex } from "../../src/bls/index.ts";
import {
  EndpointProvider,
  parseEndpointUrl,
  RPC_VARIABLE,
  splitUrls,
  Transport,
  transportSettings,
} from "../../src/chain/transport/index.ts";
import { Refusal } from "./refusal.ts";

/** What the variables of a network say, and what is missing. Keys stay in here: nothing prints them. */
export interface Access {
  url?: string;
  deployer?: string;
  problems: Refusal[];
}

/**
 * The transport to a network: what the variables of all programs say (`SESSION_RPC`, those of a local network only where they name
 * this machine), then the network's own URL, which may be several with commas. The first of the right chain that does well is used.
 */
function transportTo(url: string, chainId: number): Transport {
  return new Transport(splitUrls(url), { ...transportSettings(process.env), chainId: BigInt(chainId) });
}

/**
 * A provider over it.
 *
 * @param notBefore - A block that the chain is known to have: a replica without it is in arrears.
 */
export function rpcProvider(url: string, chainId: number, notBefore = 0): EndpointProvider {
  const transport = transportTo(url, chainId);
  transport.notBefore(notBefore);
  const provider = new EndpointProvider(transport, BigInt(chainId));
  provider.pollingInterval = isLoopback(url) ? 50 : 1_000;
  return provider;
}

export function isLoopback(url: string): boolean {
  return /^https?:\/\/(127\.|localhost|\[::1\])/.test(url);
}

/**
 * The endpoints that `--rpc` names.
 *
 * @param rpc - URLs, separated by commas.
 * @throws ChainError `bad-url`
 */
export function endpointsOf(rpc: string): string[] {
  const urls = splitUrls(rpc);
  for (const url of urls) parseEndpointUrl(url);
  return urls;
}

/**
 * URL and deployer of a network: `--rpc`, then variables (environment, `.env`, `hardhat keystore`), else the node's first account.
 * What is missing comes back as `problems`, so that everything can be told at once.
 *
 * @param endpoints - Those of `--rpc`: one of another chain is passed over, so that an operation between two chains is given those
 * of both.
 */
export async function access(info: NetworkInfo, endpoints: readonly string[] = []): Promise<Access> {
  const problems: Refusal[] = [];
  const config = hre.config.networks[info.name];
  if (info.kind === "edr" || config === undefined || config.type !== "http") return { problems };

  const own = await variable(info.urlVariable, () => config.url.get());
  const shared = splitUrls(process.env[RPC_VARIABLE] ?? "").filter((one) => info.kind === "live" || isLoopback(one));
  const url = [...endpoints, ...shared, ...(own === undefined ? [] : [own])].join(",") || undefined;
  if (url === undefined) {
    problems.push(missing(info.urlVariable ?? "", `the JSON-RPC URL of ${info.name}`));
    return { problems };
  }
  for (const one of splitUrls(url)) {
    try {
      parseEndpointUrl(one);
    } catch (error) {
      const { message } = error as Error;
      problems.push(
        new Refusal("variable", `${info.urlVariable} is not an http(s) URL: correct it in .env. (${message})`),
      );
      return { problems };
    }
  }
  if (info.kind === "node") return { url, problems };

  const accounts = config.accounts;
  const first = Array.isArray(accounts) ? accounts[0] : undefined;
  const key = first === undefined ? undefined : await variable(info.keyVariable, () => first.get());
  if (key === undefined) {
    problems.push(missing(info.keyVariable ?? "", "the key of the account that deploys (0x and 64 hex digits)"));
    return { url, problems };
  }
  const deployer = deployerOf(key);
  if (deployer === undefined) {
    problems.push(
      new Refusal("key", `${info.keyVariable} is not a private key: it must be 0x and 64 hex digits, not zero.`),
    );
    return { url, problems };
  }
  return { url, deployer, problems };
}

/** The account of a network's key, for what {@link access} has found in order. */
export async function keySigner(info: NetworkInfo, provider: ethers.Provider | null = null): Promise<ethers.Wallet> {
  const config = hre.config.networks[info.name];
  const accounts = config?.type === "http" ? config.accounts : undefined;
  const first = Array.isArray(accounts) ? accounts[0] : undefined;
  if (first === undefined) throw new Refusal("account", `${info.name} has no account in hardhat.config.ts.`);
  const key = (await first.get()).trim();
  return new ethers.Wallet(normalizeHex(key, "the key", 32), provider);
}

function missing(name: string, what: string): Refusal {
  return new Refusal(
    "variable",
    `${name} is not set: put ${what} into .env (see .env.example), or run \`npx hardhat keystore set ${name}\`.`,
  );
}

async function variable(name: string | undefined, read: () => Promise<string>): Promise<string | undefined> {
  try {
    const value = (await read()).trim();
    return value === "" ? undefined : value;
  } catch (error) {
    // Hardhat throws for a variable that neither the environment nor the keystore has; `.env.example` copied as it is gives "".
    if (name !== undefined) return undefined;
    throw error;
  }
}

function deployerOf(key: string): string | undefined {
  try {
    return ethers.computeAddress(normalizeHex(key, "the key", 32));
  } catch {
    return undefined;
  }
}
