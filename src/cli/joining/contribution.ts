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
 * Checks that the address is a contribution contract of this system before any money goes there.
 *
 * @throws CliError `refused` when the factory did not make it, or it belongs to another rewards contract
 */
export async function openContribution(
  text: string,
  factory: string | undefined,
  session: Session,
): Promise<ContributionView> {
  const address = parseAddress(text, "contract");
  const { provider } = session;
  if (factory !== undefined) {
    const owns = await getContributionFactory(parseAddress(factory, "--factory"), provider).owns(address);
    if (!owns) {
      throw new CliError(
        "refused",
        `${address} was not made by the contribution factory.`,
        "Do not pay into it; ask the operator for the right address.",
      );
    }
  }
  if ((await provider.getCode(address)) === "0x") {
    throw new CliError("usage", `There is no contract at ${address}.`, "Check the address and --network.");
  }
  return readContribution(address, provider);
}

async function readContribution(address: string, provider: Provider): Promise<ContributionView> {
  const contract = getContribution(address, provider);
  const [status, operator, requirement, maxContributors, total, params, key, manualFinalize, minimum] =
    await Promise.all([
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
  const [contributions, reservations, paramsHash] = await Promise.all([
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
