import type { Provider } from "ethers";
import { JsonRpcProvider, Network as EthersNetwork } from "ethers";
import { parseAddress } from "./address.ts";
import { ChainError } from "./errors.ts";

/** Where the system lives on one network. Addresses are missing where everyone deploys their own (local networks). */
export interface NetworkPreset {
  name: string;
  chainId: bigint;
  /** Endpoint used when none is given. */
  rpcUrl: string;
  /** Environment variable that replaces `rpcUrl`. */
  rpcVariable?: string;
  token?: string;
  rewards?: string;
  pool?: string;
  contributionFactory?: string;
  explorer?: string;
}

const LOCAL = { chainId: 31_337n, rpcUrl: "http://127.0.0.1:8545" };

/** The networks known by name. `hardhat` and `localhost` are the same local JSON-RPC node under its two usual names. */
export const networks: Readonly<Record<string, NetworkPreset>> = {
  arbitrum: {
    name: "arbitrum",
    chainId: 42_161n,
    rpcUrl: "https://arb1.arbitrum.io/rpc",
    rpcVariable: "ARBITRUM_RPC_URL",
    token: "0x10Ea9E5303670331Bdddfa66A4cEA47dae4fcF3b",
    rewards: "0xC2B9fC251aC068763EbDfdecc792E3352E351c00",
    pool: "0x11f040E89dFAbBA9070FFE6145E914AC68DbFea0",
    contributionFactory: "0x8129bE2D5eF7ACd39483C19F28DE86b7EF19DBCA",
    explorer: "https://arbiscan.io",
  },
  arbitrumSepolia: {
    name: "arbitrumSepolia",
    chainId: 421_614n,
    rpcUrl: "https://sepolia-rollup.arbitrum.io/rpc",
    rpcVariable: "ARBITRUM_SEPOLIA_RPC_URL",
    token: "0x7D7fD4E91834A96cD9Fb2369E7f4EB72383bbdEd",
    rewards: "0x9d8aB00880CBBdc2Dcd29C179779469A82E7be35",
    explorer: "https://sepolia.arbiscan.io",
  },
  localhost: { name: "localhost", ...LOCAL },
  hardhat: { name: "hardhat", ...LOCAL },
};

/** What a command line gives: every field replaces the preset's. */
export interface NetworkChoice {
  network?: string | undefined;
  rpc?: string | undefined;
  rewards?: string | undefined;
  token?: string | undefined;
  pool?: string | undefined;
  contributionFactory?: string | undefined;
}

/**
 * Combines a preset with what was given. Without a preset the chain id is taken from the endpoint, and nothing is checked.
 *
 * @throws ChainError `unknown-network`, `bad-address`, `no-rpc`
 */
export function resolveNetwork(
  choice: NetworkChoice,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Omit<NetworkPreset, "chainId"> & { chainId: bigint | undefined } {
  const preset = choice.network === undefined ? undefined : networks[choice.network];
  if (choice.network !== undefined && !preset) {
    throw new ChainError(
      "unknown-network",
      `There is no network preset "${choice.network}"; known are ${Object.keys(networks).join(", ")}.`,
    );
  }
  const rpcUrl = choice.rpc ?? (preset?.rpcVariable && environment[preset.rpcVariable]) ?? preset?.rpcUrl;
  if (!rpcUrl) throw new ChainError("no-rpc", "Give --rpc, or --network.");

  const pick = (what: string, given: string | undefined, known: string | undefined): string | undefined => {
    const address = given ?? known;
    if (address === undefined) return undefined;
    return parseAddress(address, what);
  };
  const addresses = {
    token: pick("token", choice.token, preset?.token),
    rewards: pick("rewards contract", choice.rewards, preset?.rewards),
    pool: pick("pool", choice.pool, preset?.pool),
    contributionFactory: pick("factory", choice.contributionFactory, preset?.contributionFactory),
    explorer: preset?.explorer,
  };
  return {
    name: preset?.name ?? "custom",
    chainId: preset?.chainId,
    rpcUrl,
    ...(Object.fromEntries(
      Object.entries(addresses).filter(([, value]) => value !== undefined),
    ) as Partial<NetworkPreset>),
  };
}

/**
 * Connects and checks that the endpoint serves the chain that was meant: a signature, a nonce or a fee meant for one chain must
 * not reach another.
 *
 * @throws ChainError `unreachable` | `wrong-chain`
 */
export async function connect(
  rpcUrl: string,
  expectedChainId?: bigint,
  timeoutMs = 30_000,
): Promise<{ provider: JsonRpcProvider; chainId: bigint }> {
  let chainId: bigint;
  try {
    chainId = await fetchChainId(rpcUrl, timeoutMs);
  } catch (cause) {
    throw new ChainError("unreachable", `No JSON-RPC answer from ${redact(rpcUrl)}: ${reason(cause)}.`, {}, cause);
  }
  checkChainId(chainId, expectedChainId, redact(rpcUrl));
  const network = EthersNetwork.from(chainId);
  // `staticNetwork`: the chain id was asked just now, and ethers would otherwise ask before every call.
  const provider = new JsonRpcProvider(rpcUrl, network, { staticNetwork: network, cacheTimeout: -1 });
  provider.pollingInterval = chainId === LOCAL.chainId ? 100 : 1_000;
  return { provider, chainId };
}

/** @throws ChainError `wrong-chain` */
export function checkChainId(actual: bigint, expected: bigint | undefined, where: string): void {
  if (expected === undefined || actual === expected) return;
  throw new ChainError("wrong-chain", `${where} serves chain ${actual}, but ${expected} was meant.`, {
    actual,
    expected,
  });
}

/** @throws ChainError `no-contract` when there is no code at the address. */
export async function requireContract(provider: Provider, address: string, what: string): Promise<void> {
  if ((await provider.getCode(address)) === "0x") {
    throw new ChainError("no-contract", `There is no contract at ${address} (${what}) on this network.`, { address });
  }
}

/** An URL without what may be a secret in it: user, password, path and query (providers put API keys there). */
export function redact(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return "the given URL";
  }
}

/** A text with every URL in it cut down by {@link redact}. */
export function redactUrls(text: string): string {
  return text.replace(/\bhttps?:\/\/[^\s"'`<>]+/g, redact);
}

/** What `fetch` hides in its cause: the refusal of the system. */
function reason(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { code?: unknown } };
  return typeof cause?.code === "string" ? `${message} (${cause.code})` : message;
}

async function fetchChainId(rpcUrl: string, timeoutMs: number): Promise<bigint> {
  const response = await fetch(rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body = (await response.json()) as { result?: string; error?: { message?: string } };
  if (typeof body.result !== "string") throw new Error(body.error?.message ?? `HTTP ${response.status}`);
  return BigInt(body.result);
}
