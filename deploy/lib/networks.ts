import { Refusal } from "./refusal.ts";

/** A network that the scripts know: what must be set for it and what it may be mistaken for. */
export interface NetworkInfo {
  name: string;
  chainId: number;
  /** `edr` runs inside this process, `node` is a local node with unlocked accounts, `live` needs a URL and a key. */
  kind: "edr" | "node" | "live";
  /** The environment variable (or `hardhat keystore` entry) that holds the RPC URL. */
  urlVariable?: string;
  /** The environment variable (or `hardhat keystore` entry) that holds the deployer's key. */
  keyVariable?: string;
  /** Where a transaction or address is looked up. */
  explorer?: string;
}

const KEY = "DEPLOYER_PRIVATE_KEY";

const NETWORKS: readonly NetworkInfo[] = [
  { name: "hardhat", chainId: 31337, kind: "edr" },
  { name: "localhost", chainId: 31337, kind: "node" },
  {
    name: "arbitrumSepolia",
    chainId: 421614,
    kind: "live",
    urlVariable: "ARBITRUM_SEPOLIA_RPC_URL",
    keyVariable: KEY,
    explorer: "https://sepolia.arbiscan.io",
  },
  {
    name: "arbitrum",
    chainId: 42161,
    kind: "live",
    urlVariable: "ARBITRUM_RPC_URL",
    keyVariable: KEY,
    explorer: "https://arbiscan.io",
  },
  {
    name: "sepolia",
    chainId: 11155111,
    kind: "live",
    urlVariable: "SEPOLIA_RPC_URL",
    keyVariable: KEY,
    explorer: "https://sepolia.etherscan.io",
  },
  {
    name: "ethereum",
    chainId: 1,
    kind: "live",
    urlVariable: "ETHEREUM_RPC_URL",
    keyVariable: KEY,
    explorer: "https://etherscan.io",
  },
];

export const NETWORK_NAMES: readonly string[] = NETWORKS.map((info) => info.name);

/** @throws Refusal `network` for a name that is not in the list. */
export function networkInfo(name: string): NetworkInfo {
  const info = NETWORKS.find((candidate) => candidate.name === name);
  if (info === undefined) {
    throw new Refusal("network", `There is no network "${name}": choose one of ${NETWORK_NAMES.join(", ")}.`);
  }
  return info;
}
