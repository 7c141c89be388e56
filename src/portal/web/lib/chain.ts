/** The chain as the page sees it, through the visitor's own wallet. Loaded when a wallet is used: most of it is ethers. */
import { BrowserProvider, getAddress, isAddress, ZeroAddress } from "ethers";
import type { G1Params } from "../../../bls/index.ts";
import {
  addressFault,
  explain,
  getContribution,
  getContributionFactory,
  getRewards,
  getToken,
  presetOfChain,
  probeFeatures,
  readClaimState,
  readL1Gas,
  systemContract,
  toBatch,
} from "../../../chain/index.ts";
import type { Call, ContributionContract, RewardsContract, TokenContract } from "../../../chain/index.ts";
import type { Connection } from "./connection.ts";
import type { Config } from "./schemas.ts";
import type { Trouble } from "./trouble.ts";
import { PageError, plainTrouble, walletTrouble } from "./trouble.ts";

export type { Call, ClaimState } from "../../../chain/index.ts";
export { ZeroAddress };

/** @throws Error for what is no address */
export function checksum(address: string): string {
  return getAddress(address);
}

/** An address as it was typed, with its checksum; undefined for anything else, a wrong checksum too. */
export function readAddress(text: string): string | undefined {
  const trimmed = text.trim();
  return /^0x/i.test(trimmed) && isAddress(trimmed) ? getAddress(trimmed) : undefined;
}

/**
 * An address that rewards are to go to, as it was typed; or why they cannot: the zero address, which the contracts take for "as it
 * was", and the system's own contracts are nobody's to claim from.
 *
 * @param contribution - The contribution contract that is looked at.
 */
export function readPayee(
  text: string,
  contracts: Config["contracts"] | undefined,
  contribution?: string,
): { address: string } | { error: string } {
  const address = readAddress(text);
  if (address === undefined) return { error: `The rewards address ${addressFault(text) ?? "lacks its 0x"}.` };
  if (address === ZeroAddress) return { error: "The rewards address is the zero address, which nobody has." };
  const { rewards, token, pool, factory } = contracts ?? {};
  const what = systemContract(address, { rewards, token, pool, factory, contribution });
  if (what === undefined) return { address };
  return { error: `Rewards would go to ${what}, and nobody could claim them there.` };
}

/** Whatever was thrown, in words; what a contract refused is decoded. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof PageError) return error;
  const fromWallet = walletTrouble(error);
  if (fromWallet) return fromWallet;
  const decoded = explain(error);
  if (decoded) return { code: decoded.name, sentence: decoded.sentence, fix: decoded.fix };
  return plainTrouble(error);
}

/** A public read endpoint of a live chain, and its explorer: for the wallet, if it has to be told of the chain. */
export function publicPlaces(chainId: number): { rpcUrl: string | undefined; explorer: string | undefined } {
  const preset = presetOfChain(BigInt(chainId));
  return { rpcUrl: preset?.rpcUrl, explorer: preset?.explorer };
}

/** The contracts of this network, read through one wallet on one chain. */
export interface Chain {
  provider: BrowserProvider;
  config: Config;
  rewards: RewardsContract;
  token: TokenContract;
  contribution(address: string): ContributionContract;
  /** Whether the factory made it: a contract is what its code is, and only the factory vouches for that. */
  isOurs(contribution: string): Promise<boolean>;
}

const opened = new WeakMap<object, Map<string, Chain>>();

/** @throws PageError when the wallet is on another chain */
export async function openChain(connection: Connection, config: Config): Promise<Chain> {
  if (connection.chainId !== config.chainId) {
    throw new PageError("wrong-chain", `The wallet is on another chain than ${config.chainName}.`, "Switch it.");
  }
  const byContract = opened.get(connection.wallet.provider) ?? new Map<string, Chain>();
  opened.set(connection.wallet.provider, byContract);
  const key = `${config.chainId} ${config.contracts.rewards}`;
  const known = byContract.get(key);
  if (known) return known;
  const network = { chainId: config.chainId, name: config.chainName };
  const provider = new BrowserProvider(connection.wallet.provider as never, network, { cacheTimeout: -1 });
  const { rewards, token, factory } = config.contracts;
  const chain: Chain = {
    provider,
    config,
    rewards: getRewards(rewards, provider),
    token: getToken(token, provider),
    contribution: (address) => getContribution(address, provider),
    isOurs: async (address) => factory !== null && (await getContributionFactory(factory, provider).owns(address)),
  };
  byContract.set(key, chain);
  return chain;
}

/** What the contract says about the network, which a statement is checked against; at one block. */
export interface Authority {
  block: number;
  timestamp: number;
  /** 0x and 128 digits. */
  aggregateKey: string;
  totalNodes: bigint;
  /** How many may be missing. */
  threshold: bigint;
}

export async function readAuthority({ provider, rewards }: Chain): Promise<Authority> {
  const block = await provider.getBlock("latest");
  if (!block)
    throw new PageError("no-block", "The wallet's endpoint gives no block.", "Check the wallet's network settings.");
  const pinned = { blockTag: block.number };
  const [key, totalNodes, threshold] = await Promise.all([
    rewards.aggregatePubkey(pinned),
    rewards.totalNodes(pinned),
    rewards.blsNonSignerThreshold(pinned),
  ]);
  return { block: block.number, timestamp: block.timestamp, aggregateKey: keyHex(key), totalNodes, threshold };
}

/**
 * The keys that the contract has for the ids that did not sign.
 *
 * @throws PageError when the list cannot be one that the contract takes
 */
export async function readNonSigners(chain: Chain, at: Authority, ids: readonly bigint[]): Promise<string[]> {
  if (new Set(ids).size !== ids.length) throw lying("it lists a node twice among those that did not sign");
  if (BigInt(ids.length) > at.threshold) {
    throw new PageError(
      "too-few",
      `Only ${at.totalNodes - BigInt(ids.length)} of ${at.totalNodes} nodes signed; ${at.totalNodes - at.threshold} must.`,
      "Ask again in a few minutes: too many nodes did not answer.",
    );
  }
  const nodes = await Promise.all(ids.map((id) => chain.rewards.serviceNodes(id, { blockTag: at.block })));
  return nodes.map(({ blsPubkey }, i) => {
    if (blsPubkey.X === 0n && blsPubkey.Y === 0n) throw lying(`node ${ids[i]} is not registered`);
    return keyHex(blsPubkey);
  });
}

/** What the page says when the service's word does not hold. */
export function lying(detail: string): PageError {
  return new PageError(
    "lying-service",
    `What the service gave is not what the network signed: ${detail}. The page refuses it.`,
    "Ask again; if it stays so, do not use this service, and tell its operator.",
  );
}

export function keyHex({ X, Y }: G1Params): string {
  return `0x${X.toString(16).padStart(64, "0")}${Y.toString(16).padStart(64, "0")}`;
}

/** 0x and 256 digits, as the contracts take a signature. */
export function signatureWords(hex: string): { sigs0: bigint; sigs1: bigint; sigs2: bigint; sigs3: bigint } {
  const digits = hex.replace(/^0x/, "");
  const word = (i: number) => BigInt(`0x${digits.slice(64 * i, 64 * (i + 1))}`);
  return { sigs0: word(0), sigs1: word(1), sigs2: word(2), sigs3: word(3) };
}

/** What a transaction will cost, as far as it can be known before. Wei and gas. */
export interface Cost {
  gas: bigint;
  /** The part that pays for its bytes on L1; 0 where there is none. */
  l1Gas: bigint;
  price: bigint;
  wei: bigint;
}

/**
 * Plays the call without sending it, and says what it costs.
 *
 * @throws what the contract or the endpoint answers
 */
export async function simulate({ provider, config }: Chain, from: string, call: Call): Promise<Cost> {
  const request = { from, to: call.to, data: call.data };
  // The call first: its refusal has the reason, an estimate's often has not.
  await provider.call(request);
  const [gas, fees, l1Gas] = await Promise.all([
    provider.estimateGas(request),
    provider.getFeeData(),
    readL1Gas(provider, BigInt(config.chainId), call).catch(() => 0n),
  ]);
  const price = fees.gasPrice ?? fees.maxFeePerGas;
  if (price === null) {
    throw new PageError(
      "no-price",
      "The wallet's endpoint gives no gas price.",
      "Check the wallet's network settings.",
    );
  }
  return { gas, l1Gas, price, wei: gas * price };
}

export { explain, probeFeatures, readClaimState, toBatch };
export * from "../../../chain/calls.ts";
export * from "../../../chain/permitCalls.ts";
