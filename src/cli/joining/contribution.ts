import type { Provider } from "ethers";
import { Contract, Interface } from "ethers";
import { verifyRegistration } from "../../bls/index.ts";
import type { G1Params } from "../../bls/index.ts";
import {
  contributeCall,
  contributeWithPermitCall,
  getContribution,
  getContributionFactory,
  optional,
  parseAddress,
  pinnedContributeCall,
  revertIn,
  serviceNodeContributionAdditions,
} from "../../chain/index.ts";
import type { Call, NodeParamsStruct, PermitStruct } from "../../chain/index.ts";
import { CliError } from "../terminal/errors.ts";
import { unsignedRegistration } from "./registration.ts";
import type { Session } from "../session/session.ts";

/** Names of the contract's states, in the order of its enumeration. */
export const CONTRIBUTION_STATES = ["waiting for the operator", "open", "full", "finalized"] as const;

/** One contribution contract. Amounts in atomic SESH. */
export interface ContributionView {
  address: string;
  state: (typeof CONTRIBUTION_STATES)[number];
  operator: string;
  requirement: bigint;
  maxContributors: bigint;
  total: bigint;
  /** Reserved and not paid yet. */
  reservedOpen: bigint;
  minimum: bigint;
  /** Percent times 100. */
  fee: number;
  manualFinalize: boolean;
  /** Whether the node's Ed25519 key signed the registration: otherwise the network pays nothing for the node. */
  registrationSigned: boolean;
  contributors: { address: string; beneficiary: string; amount: bigint }[];
  reserved: { address: string; amount: bigint; paid: boolean }[];
  /** Pins keys, fee and reservations; undefined on live-style contracts. */
  paramsHash: string | undefined;
}

/**
 * Checks that the address is a contribution contract of this system before any money goes there: a contract is what its code is, and
 * only the factory vouches for that. What it says of itself (rewards contract, token) must be the session's.
 *
 * @throws CliError `refused` when the factory did not make it, or either belongs to another rewards contract
 */
export async function openContribution(
  text: string,
  factory: string | undefined,
  session: Session,
): Promise<ContributionView> {
  const address = parseAddress(text, "contract");
  const maker = factory === undefined ? undefined : parseAddress(factory, "--factory");
  // All at once, and judged in this order: what is read of something else is not looked at.
  const checks = [
    requireCode(address, session),
    maker === undefined ? undefined : requireMadeBy(maker, address, session),
    requireSame(address, session),
  ];
  const view = readContribution(address, session.provider);
  view.catch(() => undefined);
  for (const outcome of await Promise.allSettled(checks)) if (outcome.status === "rejected") throw outcome.reason;
  return view;
}

async function requireCode(address: string, { provider }: Session): Promise<void> {
  if ((await provider.getCode(address)) !== "0x") return;
  throw new CliError("usage", `There is no contract at ${address}.`, "Check the address and --network.");
}

/**
 * Refuses to pay where nobody vouches for the contract.
 *
 * @throws CliError `refused`
 */
export function requireFactory(factory: string | undefined, { networkName }: Session): void {
  if (factory !== undefined) return;
  throw new CliError(
    "refused",
    `Nobody vouches for this contract: the network ${networkName} has no known contribution factory.`,
    "Give --factory, from a source that you trust: any contract can claim to be one of the network's.",
  );
}

const NOT_THIS = "Do not pay into it; ask the operator for the right address.";

async function requireMadeBy(address: string, contract: string, session: Session): Promise<void> {
  const factory = getContributionFactory(address, session.provider);
  const [owns, rewards] = await answersOf(
    () => Promise.all([factory.owns(contract), factory.stakingRewardsContract()]),
    new CliError("usage", `${address} is no contribution factory.`, "Check --factory and --network."),
  );
  if (rewards !== session.rewardsAddress) {
    throw new CliError(
      "refused",
      `The factory ${address} belongs to the rewards contract ${rewards}, not ${session.rewardsAddress}.`,
      "Check --factory, --rewards-contract and --network.",
    );
  }
  if (!owns) throw new CliError("refused", `${contract} was not made by the contribution factory.`, NOT_THIS);
}

async function requireSame(address: string, session: Session): Promise<void> {
  const contract = getContribution(address, session.provider);
  const [rewards, token, expected] = await answersOf(
    () => Promise.all([contract.stakingRewardsContract(), contract.SESH(), session.token()]),
    new CliError("refused", `${address} is no contribution contract.`, NOT_THIS),
  );
  const [what, found, wanted] =
    rewards === session.rewardsAddress
      ? ["takes the token", token, expected.address]
      : ["registers at", rewards, session.rewardsAddress];
  if (found === wanted) return;
  throw new CliError("refused", `The contract ${address} ${what} ${found}, not ${wanted}.`, NOT_THIS);
}

/** A contract of another kind reverts, or answers what does not fit; an endpoint's trouble stays what it is. */
async function answersOf<T>(read: () => Promise<T>, otherwise: CliError): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const other = revertIn(error) !== undefined || (error as { code?: unknown }).code === "BAD_DATA";
    throw other ? otherwise : error;
  }
}

async function readContribution(address: string, provider: Provider): Promise<ContributionView> {
  const contract = getContribution(address, provider);
  const terms = Promise.all([
    contract.status(),
    contract.operator(),
    contract.stakingRequirement(),
    contract.maxContributors(),
    contract.totalContribution(),
    contract.serviceNodeParams() as Promise<NodeParamsStruct>,
    contract.blsPubkey() as Promise<G1Params>,
    contract.manualFinalize(),
    // A live-style contract panics where no slot is free.
    optional(contract.minimumContribution(), provider, address).then((minimum) => minimum ?? 0n),
  ]);
  const [termsRead, contributions, reservations, paramsHash] = await Promise.all([
    terms,
    contract.getContributions(),
    contract.getReserved(),
    // Whether the terms can be pinned is the contract's to say: an endpoint's silence must not lose the pin.
    optional(
      new Contract(address, serviceNodeContributionAdditions, provider)
        .getFunction("paramsHash")
        .staticCall() as Promise<string>,
      provider,
      address,
    ),
  ]);
  const [status, operator, requirement, maxContributors, total, params, key, manualFinalize, minimum] = termsRead;
  const reserved = reservations.addrs.map((addr, i) => ({
    address: addr,
    amount: reservations.contribs[i] ?? 0n,
    paid: reservations.received[i] ?? false,
  }));
  return {
    address,
    state: CONTRIBUTION_STATES[Number(status)] ?? "finalized",
    operator,
    requirement,
    maxContributors,
    total,
    reservedOpen: reserved.reduce((sum, { amount, paid }) => (paid ? sum : sum + amount), 0n),
    minimum,
    fee: Number(params.fee),
    manualFinalize,
    registrationSigned: verifyRegistration(params.serviceNodePubkey, key, [
      params.serviceNodeSignature1,
      params.serviceNodeSignature2,
    ]),
    contributors: contributions.addrs.map((addr, i) => ({
      address: addr,
      beneficiary: contributions.beneficiaries[i] ?? addr,
      amount: contributions.contribs[i] ?? 0n,
    })),
    reserved,
    paramsHash,
  };
}

/**
 * Refuses a contract whose node would be registered and never paid: its registration is not signed by the node's Ed25519 key.
 *
 * @throws CliError `signatures`
 */
export function requireSigned(view: ContributionView): void {
  if (view.registrationSigned) return;
  throw unsignedRegistration("Do not pay into it; the operator can correct it with updatePubkeys, or reset it.");
}

/** The payment; pinned to the terms that were shown where the contract can. */
export function payCall(view: ContributionView, amount: bigint, beneficiary: string, permit?: PermitStruct): Call {
  const { address, paramsHash } = view;
  if (paramsHash === undefined) return contributeCall(address, amount, beneficiary);
  return permit
    ? contributeWithPermitCall(address, amount, beneficiary, paramsHash, permit)
    : pinnedContributeCall(address, amount, beneficiary, paramsHash);
}

/** Calls of the contract without arguments. */
export function plainCall(address: string, method: "finalize" | "reset" | "withdrawContribution", what: string): Call {
  const iface = new Interface([`function ${method}()`]);
  return { to: address, data: iface.encodeFunctionData(method), value: 0n, method, what };
}
