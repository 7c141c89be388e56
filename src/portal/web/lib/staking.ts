/** Reads and signatures around stakes; part of the chunk that comes with a wallet. */
import type { TypedDataDomain } from "ethers";
import { Contract, Interface, Signature } from "ethers";
import { optional, seshL2Additions } from "../../../chain/index.ts";
import * as abi from "../../../chain/abi.ts";
import type { Call, PermitStruct } from "../../../chain/index.ts";
import type { Chain } from "./chain.ts";
import { keyHex } from "./chain.ts";
import type { Subject } from "./onchain.ts";
import { PageError } from "./trouble.ts";
import { requireUnchanged } from "./wallet.ts";

/** Half an hour to be included in. */
const PERMIT_SECONDS = 1_800n;
const PERMIT = [
  { name: "owner", type: "address" },
  { name: "spender", type: "address" },
  { name: "value", type: "uint256" },
  { name: "nonce", type: "uint256" },
  { name: "deadline", type: "uint256" },
];
const DOMAIN_FIELDS = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];

/** Whether the token takes permits, and what is needed to sign one. */
async function permitDomain(chain: Chain, owner: string) {
  const address = chain.config.contracts.token;
  const token = new Contract(address, seshL2Additions, chain.provider);
  const view = (name: string, ...args: unknown[]): Promise<unknown> =>
    optional(token.getFunction(name).staticCall(...args) as Promise<unknown>, chain.provider, address);
  const [domain, nonce] = await Promise.all([view("eip712Domain"), view("nonces", owner)]);
  if (domain === undefined || nonce === undefined) return undefined;
  const { name, version, chainId, verifyingContract } = domain as Record<string, string | bigint>;
  return { domain: { name, version, chainId, verifyingContract } as TypedDataDomain, nonce: nonce as bigint };
}

/** Whether an allowance can be signed instead of sent. */
export async function takesPermits(chain: Chain, owner: string): Promise<boolean> {
  return (await permitDomain(chain, owner)) !== undefined;
}

/** Has the wallet sign that `spender` may take exactly `value`. It costs nothing and is good for half an hour. */
export async function signPermit(chain: Chain, { account, connection }: Subject, spender: string, value: bigint) {
  const [known, block] = await Promise.all([permitDomain(chain, account), chain.provider.getBlock("latest")]);
  if (!known || !block) throw new PageError("no-permit", "The token takes no permits.", "Approve the amount instead.");
  const { domain, nonce } = known;
  const deadline = BigInt(block.timestamp) + PERMIT_SECONDS;
  const message = { owner: account, spender, value, nonce, deadline };
  const text = JSON.stringify(
    { types: { EIP712Domain: DOMAIN_FIELDS, Permit: PERMIT }, primaryType: "Permit", domain, message },
    (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part),
  );
  // The wallet may have gone to another account while the chain was read.
  await requireUnchanged(connection);
  const signed = await connection.wallet.provider.request({ method: "eth_signTypedData_v4", params: [account, text] });
  const { v, r, s } = Signature.from(signed as string);
  return { deadline, v, r, s } satisfies PermitStruct;
}

/** @throws PageError when the account has less SESH */
export async function requireBalance(chain: Chain, holder: string, amount: bigint): Promise<void> {
  const [balance, { formatSesh }] = await Promise.all([
    chain.token.balanceOf(holder),
    import("../../../chain/units.ts"),
  ]);
  if (balance >= amount) return;
  throw new PageError(
    "balance",
    `There are ${formatSesh(balance)} SESH, and ${formatSesh(amount)} are needed.`,
    "Send SESH to the account, or choose a smaller amount.",
  );
}

/** One contribution contract as the chain has it. Amounts in atomic SESH, times in unix seconds. */
export interface ContributionView {
  address: string;
  status: number;
  operator: string;
  requirement: bigint;
  maxContributors: number;
  total: bigint;
  reservedOpen: bigint;
  minimum: bigint;
  fee: number;
  manualFinalize: boolean;
  ed25519: string;
  ed25519Signature: string;
  bls: string;
  proof: string;
  contributors: { address: string; beneficiary: string; amount: bigint }[];
  reserved: { address: string; amount: bigint; paid: boolean }[];
  /** Pins keys, fee and reservations; undefined on contracts of the live kind. */
  paramsHash: string | undefined;
  /** When the account paid last. */
  paidAt: number;
}

/** @throws PageError when the factory did not make it */
export async function readContribution(chain: Chain, address: string, who: string): Promise<ContributionView> {
  const contract = chain.contribution(address);
  const more = new Contract(
    address,
    [...abi.serviceNodeContributionAbi, ...abi.serviceNodeContributionAdditions],
    chain.provider,
  );
  const view = (name: string, ...args: unknown[]) => more.getFunction(name).staticCall(...args) as Promise<never>;
  if (!(await chain.isOurs(address))) {
    throw new PageError(
      "foreign",
      "The factory has not made this contract.",
      "Pay nothing into it; ask the operator for the right address.",
    );
  }
  const [status, operator, requirement, max, total, params, key, manualFinalize, minimum, contributions, reservations] =
    await Promise.all([
      contract.status(),
      contract.operator(),
      contract.stakingRequirement(),
      contract.maxContributors(),
      contract.totalContribution(),
      contract.serviceNodeParams(),
      contract.blsPubkey(),
      contract.manualFinalize(),
      // a contract of the live kind panics where no slot is free
      optional(contract.minimumContribution(), chain.provider, address).then((found) => found ?? 0n),
      contract.getContributions(),
      contract.getReserved(),
    ]);
  const [signature, paidAt, paramsHash] = await Promise.all([
    view("blsSignature") as Promise<{ sigs0: bigint; sigs1: bigint; sigs2: bigint; sigs3: bigint }>,
    view("contributionTimestamp", who) as Promise<bigint>,
    optional(view("paramsHash") as Promise<string>, chain.provider, address),
  ]);
  const reserved = reservations.addrs.map((addr, i) => ({
    address: addr,
    amount: reservations.contribs[i] ?? 0n,
    paid: reservations.received[i] ?? false,
  }));
  const words = [signature.sigs0, signature.sigs1, signature.sigs2, signature.sigs3];
  return {
    address,
    status: Number(status),
    operator,
    requirement,
    maxContributors: Number(max),
    total,
    reservedOpen: reserved.reduce((sum, { amount, paid }) => (paid ? sum : sum + amount), 0n),
    minimum,
    fee: Number(params.fee),
    manualFinalize,
    ed25519: word(params.serviceNodePubkey),
    ed25519Signature: word(params.serviceNodeSignature1) + word(params.serviceNodeSignature2),
    bls: keyHex(key).slice(2),
    proof: words.map(word).join(""),
    contributors: contributions.addrs.map((addr, i) => ({
      address: addr,
      beneficiary: contributions.beneficiaries[i] ?? addr,
      amount: contributions.contribs[i] ?? 0n,
    })),
    reserved,
    paramsHash,
    paidAt: Number(paidAt),
  };
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

const contribution = new Interface(abi.serviceNodeContributionAbi);
const vesting = new Interface([...abi.tokenVestingStakingAbi, ...abi.tokenVestingStakingAdditions]);

/** A call of a contribution contract. */
export function contributionCall(to: string, method: string, args: readonly unknown[], what: string): Call {
  return { to, data: contribution.encodeFunctionData(method, args), value: 0n, method, what };
}

/** A call of a vesting contract, which acts with the tokens that it holds; by its beneficiary. */
export function vestingCall(to: string, method: string, args: readonly unknown[], what: string): Call {
  return { to, data: vesting.encodeFunctionData(method, args), value: 0n, method: method.replace(/\(.*/, ""), what };
}

const factory = new Interface(abi.serviceNodeContributionFactoryAbi);

/** The contribution contract that a transaction has made. */
export async function madeBy(chain: Chain, hash: string): Promise<string> {
  const receipt = await chain.provider.getTransactionReceipt(hash);
  for (const log of receipt?.logs ?? []) {
    const parsed = log.address.toLowerCase() === chain.config.contracts.factory?.toLowerCase() && factory.parseLog(log);
    if (parsed && parsed.name === "NewServiceNodeContributionContract") return parsed.args[0] as string;
  }
  throw new PageError("no-event", "The transaction made no contract.", "Look at it in the explorer.");
}
