import { ethers } from "ethers";
import { formatSesh } from "../../src/chain/units.ts";
import type { Access } from "./connect.ts";
import { rpcProvider } from "./connect.ts";
import type { NetworkInfo } from "./networks.ts";
import type { Parameters } from "./parameters.ts";
import { STAKING_SECTIONS } from "./parameters.ts";
import { redact, redactUrls } from "../../src/chain/networks.ts";
import { optional } from "../../src/chain/optional.ts";
import { EndpointError } from "../../src/chain/transport/index.ts";
import { Refusal } from "./refusal.ts";
import { givenToken } from "./stages.ts";

/**
 * The balance must cover the planned gas at this multiple of today's gas price: Arbitrum adds the cost of the data on L1, which
 * a local run does not see, and prices move between two runs.
 */
const FUNDS_MARGIN = 2n;

const ERC20 = [
  "function balanceOf(address) view returns (uint256)",
  "function decimals() view returns (uint8)",
  "function symbol() view returns (string)",
];

export interface Preflight {
  problems: Refusal[];
  deployer?: string;
  balance?: bigint;
  gasPrice?: bigint;
}

/** What a run has yet to send. */
export interface Remaining {
  gas: bigint;
  /** Atomic SESH that the deployer has yet to put into the pool. */
  funding: bigint;
  /** Where the parameters deploy SESHL2: its address if that is done, else empty. */
  bridgedToken?: string;
}

/** What the chain itself says before anything is sent: is it the right one, is the token there, can the deployer pay. */
export async function preflight(
  info: NetworkInfo,
  reach: Access,
  parameters: Parameters,
  remaining: Remaining,
): Promise<Preflight> {
  const problems = [...reach.problems];
  if (reach.url === undefined) return { problems };
  const provider = rpcProvider(reach.url, info.chainId);
  try {
    let chainId: bigint;
    try {
      chainId = BigInt((await provider.send("eth_chainId", [])) as string);
    } catch (error) {
      problems.push(unreachable(info, reach.url, error));
      return { problems };
    }
    if (chainId !== BigInt(info.chainId)) {
      problems.push(
        new Refusal(
          "chain-id",
          `The RPC answers with chain id ${chainId}, but ${info.name} is ${info.chainId}: ` +
            `set ${info.urlVariable ?? "--network"} to a node of ${info.name}.`,
        ),
      );
      return { problems };
    }
    const deployer = reach.deployer ?? (info.kind === "node" ? await firstAccount(provider) : undefined);
    if (deployer === undefined) {
      if (info.kind === "node") {
        problems.push(
          new Refusal(
            "account",
            `The node of ${info.name} has no unlocked account: start one with \`npx hardhat node\`.`,
          ),
        );
      }
      problems.push(...(await tokenProblems(provider, info, parameters, remaining)));
      return { problems };
    }
    problems.push(...(await tokenProblems(provider, info, parameters, remaining, deployer)));
    const [balance, price] = await Promise.all([provider.getBalance(deployer), provider.send("eth_gasPrice", [])]);
    const gasPrice = BigInt(price as string);
    const needed = remaining.gas * gasPrice * FUNDS_MARGIN;
    if (balance < needed || (balance === 0n && remaining.gas > 0n)) {
      problems.push(
        new Refusal(
          "funds",
          `The deployer ${deployer} has ${ethers.formatEther(balance)} ETH on ${info.name} and needs about ` +
            `${ethers.formatEther(needed)}: send it the difference.`,
        ),
      );
    }
    return { problems, deployer, balance, gasPrice };
  } finally {
    provider.destroy();
  }
}

async function firstAccount(provider: ethers.JsonRpcProvider): Promise<string | undefined> {
  let accounts: string[];
  try {
    accounts = (await provider.send("eth_accounts", [])) as string[];
  } catch (error) {
    // An endpoint that keeps no accounts may have no such method.
    if (!(error instanceof EndpointError) || error.trouble !== "unsupported") throw error;
    accounts = [];
  }
  return accounts[0] === undefined ? undefined : ethers.getAddress(accounts[0]);
}

async function tokenProblems(
  provider: ethers.JsonRpcProvider,
  info: NetworkInfo,
  parameters: Parameters,
  { funding, bridgedToken }: Remaining,
  deployer?: string,
): Promise<Refusal[]> {
  if (bridgedToken === "" && funding > 0n) {
    return [
      new Refusal(
        "funds",
        "Funding needs SESH that is bridged already, and SESHL2 is not deployed yet: leave the section out, deploy, " +
          "bridge (`npm run ops -- bridge`), then put it back and run the deployment again.",
      ),
    ];
  }
  const token = givenToken(parameters) ?? (bridgedToken === "" ? undefined : bridgedToken);
  if (token === undefined) return [];
  const section = STAKING_SECTIONS.find((name) => parameters[name] !== undefined);
  if ((await provider.getCode(token)) === "0x") {
    return [
      new Refusal(
        "token",
        `There is no contract at ${token} on ${info.name}: correct ${section}.token in the parameter file.`,
      ),
    ];
  }
  const contract = new ethers.Contract(token, ERC20, provider);
  const decimals = await optional(contract.getFunction("decimals")() as Promise<bigint>, provider, token);
  if (decimals !== 9n) {
    const found = decimals === undefined ? "is not an ERC-20" : `has ${decimals} decimals`;
    return [new Refusal("token", `The contract at ${token} ${found}, SESH has 9: correct ${section}.token.`)];
  }
  if (funding > 0n && deployer !== undefined) {
    const balance = (await contract.getFunction("balanceOf")(deployer)) as bigint;
    if (balance < funding) {
      return [
        new Refusal(
          "funds",
          `The deployer ${deployer} has ${formatSesh(balance)} SESH and Funding.amount is ` +
            `${formatSesh(funding)}: send it the difference, or leave the section out and fund the pool later.`,
        ),
      ];
    }
  }
  return [];
}

function unreachable(info: NetworkInfo, url: string, error: unknown): Refusal {
  const why = error instanceof EndpointError ? error.words : redactUrls(String((error as Error).message)).slice(0, 160);
  const host = error instanceof EndpointError ? error.host : redact(url);
  return new Refusal(
    "rpc",
    `${host} does not answer (${why}): check ${info.urlVariable ?? "that a node runs there"}.`,
    { cause: error },
  );
}
