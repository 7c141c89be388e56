import { Interface } from "ethers";
import type { G1Params, SignatureParams } from "../bls/index.ts";
import { serviceNodeContributionAdditions, serviceNodeRewardsAdditions } from "./abi.ts";
import type { Call } from "./calls.ts";
import type { ContributorStruct, NodeParamsStruct, PermitStruct } from "./contracts.ts";

/*
 * Registration and contribution as this implementation adds them: the stake allowed by a signed permit instead of an approval, the
 * payment pinned to the terms that the contributor saw.
 */

const rewards = new Interface(serviceNodeRewardsAdditions);
const contribution = new Interface(serviceNodeContributionAdditions);

/** The types of an ERC-2612 permit, for `signTypedData`: owner, spender, value (atomic units), nonce, deadline (seconds since 1970). */
export const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** As `registerCall`, the stake allowed by a permit. Only on contracts that have it (`probeFeatures`). */
export function registerWithPermitCall(
  contract: string,
  key: G1Params,
  proof: SignatureParams,
  params: NodeParamsStruct,
  contributors: readonly ContributorStruct[],
  permit: PermitStruct,
): Call {
  const method = "addBLSPublicKeyWithPermit";
  const data = rewards.encodeFunctionData(method, [key, proof, params, contributors, permit]);
  return {
    to: contract,
    data,
    value: 0n,
    method,
    what: "register the node, with a permit",
    validUntil: Number(permit.deadline),
  };
}

/** As `contributeCall`, refused by the contract when its terms are not those of `paramsHash` any more. */
export function pinnedContributeCall(contract: string, amount: bigint, beneficiary: string, paramsHash: string): Call {
  const method = "contributeFunds";
  const data = contribution.encodeFunctionData(method, [amount, beneficiary, paramsHash]);
  return { to: contract, data, value: 0n, method, what: "contribute to the node, on the terms shown" };
}

/** As {@link pinnedContributeCall}, the amount allowed by a permit. */
export function contributeWithPermitCall(
  contract: string,
  amount: bigint,
  beneficiary: string,
  paramsHash: string,
  { deadline, v, r, s }: PermitStruct,
): Call {
  const method = "contributeFundsWithPermit";
  const data = contribution.encodeFunctionData(method, [amount, beneficiary, paramsHash, deadline, v, r, s]);
  return {
    to: contract,
    data,
    value: 0n,
    method,
    what: "contribute to the node, with a permit",
    validUntil: Number(deadline),
  };
}
