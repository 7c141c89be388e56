import type { Provider } from "ethers";
import { parseAddress } from "./address.ts";
import { getRewards } from "./contracts.ts";
import type { RewardsContract } from "./contracts.ts";
import { ChainError, explain } from "./errors.ts";
import { EndpointProvider, RPC_VARIABLE, splitUrls, Transport } from "./transport/index.ts";
import type { TransportOptions } from "./transport/index.ts";

export { redact, redactUrls } from "./transport/index.ts";

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

/** The live network of a chain, if there is one; local chains are everybody's own. */
export function presetOfChain(chainId: bigint): NetworkPreset | undefined {
  return Object.values(networks).find((preset) => preset.chainId === chainId && preset.rewards !== undefined);
}

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
  // An empty variable is not set.
  const given = [choice.rpc, environment[RPC_VARIABLE], preset?.rpcVariable && environment[preset.rpcVariable]];
  const rpcUrl = given.find((text) => text !== undefined && text.trim() !== "") ?? preset?.rpcUrl;
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

/** How to reach the chain, besides where. */
export type ConnectOptions = Omit<TransportOptions, "chainId">;

/**
 * Connects and checks that the endpoint serves the chain that was meant: a signature, a nonce or a fee meant for one chain must
 * not reach another. Of several endpoints (a list, or one text with commas) the first good one is used, the others when it fails.
 *
 * @throws EndpointError when none answers
 * @throws ChainError `wrong-chain` | `bad-url` | `no-rpc`
 */
export async function connect(
  rpc: string | readonly string[],
  expectedChainId?: bigint,
  options: ConnectOptions = {},
): Promise<{ provider: EndpointProvider; chainId: bigint }> {
  const urls = typeof rpc === "string" ? splitUrls(rpc) : rpc.flatMap(splitUrls);
  const transport = new Transport(urls, {
    ...options,
    ...(expectedChainId === undefined ? {} : { chainId: expectedChainId }),
  });
  const chainId = await transport.open();
  const provider = new EndpointProvider(transport, chainId);
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

/** A rewards contract and what it says of its neighbours. */
export interface OpenedRewards {
  rewards: RewardsContract;
  /** Address of the SESH token. */
  token: string;
  /** Address of the pool that pays it. */
  pool: string;
}

/**
 * The rewards contract at an address, after a look at whether it is one.
 *
 * @throws ChainError `no-contract` when there is no code, `not-rewards` when it is another contract
 * @throws EndpointError when the endpoint does not say
 */
export async function openRewards(provider: Provider, address: string): Promise<OpenedRewards> {
  const rewards = getRewards(address, provider);
  // All at once, and judged in this order.
  const [code, token, pool, threshold] = await Promise.allSettled([
    requireContract(provider, address, "ServiceNodeRewards"),
    rewards.designatedToken(),
    rewards.foundationPool(),
    rewards.blsNonSignerThreshold(),
  ]);
  for (const outcome of [code, token, pool, threshold]) {
    if (outcome.status === "fulfilled") continue;
    const cause: unknown = outcome.reason;
    // A function that reverts, or that answers something else: only a contract can do that.
    const another = explain(cause) !== undefined || (cause as { code?: unknown }).code === "BAD_DATA";
    if (!another) throw cause;
    throw new ChainError(
      "not-rewards",
      `The contract at ${address} is no ServiceNodeRewards: it does not answer as one.`,
      { address },
      cause,
    );
  }
  return {
    rewards,
    token: (token as PromiseFulfilledResult<string>).value,
    pool: (pool as PromiseFulfilledResult<string>).value,
  };
}
