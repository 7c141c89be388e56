import type { Tags } from "../../bls/index.ts";
import { toAmount } from "../api/index.ts";
import type { ValidationError } from "../api/index.ts";
import { readAddress, readAmount, readBytes } from "./parameters.ts";
import type { Fields } from "./parameters.ts";
import { wrongProof } from "./registrations.ts";
import type { Proofs } from "./registrations.ts";
import { quarter } from "./snapshot.ts";

/** What a registration must meet. */
export interface Requirements {
  tags: Tags;
  /** Atomic SESH. */
  requirement: bigint;
  maxContributors: number;
}

/** Of a registration with several contributors: what is left for others. */
export interface Remaining {
  remaining_contribution?: number | string;
  remaining_spots?: number;
  remaining_min_contribution?: number | string;
}

const MAX_FEE = 10_000;

/** The proofs of a registration. `field` names the first that is not of its form. */
export function readProofs(fields: Fields, ed25519: string): { proofs: Proofs } | { field: string } {
  const bls = readBytes(fields["pubkey_bls"], 64);
  if (bls === undefined) return { field: "pubkey_bls" };
  const sigEd25519 = readBytes(fields["sig_ed25519"], 64);
  if (sigEd25519 === undefined) return { field: "sig_ed25519" };
  const sigBls = readBytes(fields["sig_bls"], 128);
  if (sigBls === undefined) return { field: "sig_bls" };
  const operator = readAddress(fields["operator"]);
  if (operator === undefined) return { field: "operator" };
  return { proofs: { ed25519, bls, sigEd25519, sigBls, operator } };
}

/** Whether the network and the contract would take a registration; amounts as the contract computes them. */
export function validate(fields: Fields, rules: Requirements): Remaining | { error: ValidationError } {
  const ed25519 = readBytes(fields["pubkey_ed25519"], 32);
  if (ed25519 === undefined) return badRequest("pubkey_ed25519");
  const read = readProofs(fields, ed25519);
  if ("field" in read) {
    if (read.field !== "operator" || fields["operator"] === undefined) return badRequest(read.field);
    return refuse("invalid_op_addr", "The operator's address is not valid: copy it again.");
  }
  if (fields["stake"] === undefined) return badRequest("stake");
  const stake = readAmount(fields["stake"]);
  if (stake === undefined) return refuse("invalid_op_stake", "The operator's stake is no whole amount of atomic SESH.");

  const several = ["contract", "fee", "res_addr", "res_stake"].some((name) => fields[name] !== undefined);
  const outcome = several ? shared(fields, stake, rules) : alone(stake, rules);
  if ("error" in outcome) return outcome;
  const wrong = wrongProof(rules.tags, read.proofs);
  if (wrong !== undefined) {
    const whose = wrong === "bls" ? "BLS key, for this operator" : "Ed25519 key";
    const error = `The signature by the node's ${whose} does not verify: have the node prepare the registration anew.`;
    return refuse("signature", error, { detail: `sig_${wrong}` });
  }
  return outcome;
}

function alone(stake: bigint, { requirement }: Requirements): Remaining | { error: ValidationError } {
  if (stake === requirement) return {};
  const error = "Who registers alone stakes the whole requirement.";
  return refuse("wrong_op_stake", error, { stake: toAmount(stake), required: toAmount(requirement) });
}

function shared(fields: Fields, stake: bigint, rules: Requirements): Remaining | { error: ValidationError } {
  const { requirement, maxContributors } = rules;
  if (fields["contract"] === undefined) return badRequest("contract");
  if (readAddress(fields["contract"]) === undefined) {
    return refuse("invalid_contract_addr", "The contribution contract's address is not valid: copy it again.");
  }
  const fee = readAmount(fields["fee"]);
  if (fee === undefined || fee > BigInt(MAX_FEE)) {
    return refuse("invalid_fee", `The fee is a whole number from 0 to ${MAX_FEE}, in units of 0.01 %.`);
  }
  const minimum = quarter(requirement);
  if (stake < minimum) {
    const error = "The operator stakes a quarter of the requirement at least.";
    return refuse("insufficient_op_stake", error, { stake: toAmount(stake), minimum: toAmount(minimum) });
  }
  const addresses = list(fields["res_addr"]);
  const stakes = list(fields["res_stake"]);
  if (addresses.length !== stakes.length)
    return badRequest(addresses.length > stakes.length ? "res_stake" : "res_addr");
  if (addresses.length + 1 > maxContributors) {
    const error = `A node has ${maxContributors} contributors at most, the operator among them.`;
    return refuse("too_many", error, { max_contributors: maxContributors });
  }
  let total = stake;
  const seen = new Set([readAddress(fields["operator"])]);
  for (const [index, text] of addresses.entries()) {
    const at = { address: text.slice(0, 80), index };
    const address = readAddress(text);
    if (address === undefined || seen.has(address) || /^0+$/.test(address)) {
      const detail = address === undefined ? {} : { detail: "Each contributor has one slot, and zero is nobody." };
      return refuse("invalid_res_addr", "The address of a reserved slot is not valid: copy it again.", {
        ...at,
        ...detail,
      });
    }
    seen.add(address);
    const reserved = readAmount(stakes[index]);
    if (reserved === undefined) {
      return refuse("invalid_res_stake", "The stake of a reserved slot is no whole amount of atomic SESH.", at);
    }
    const left = requirement > total ? requirement - total : 0n;
    const least = ceilDivide(left, BigInt(maxContributors - 1 - index));
    if (reserved < least) {
      const error = "The stake of a reserved slot is below the least that the contract takes at its place.";
      return refuse("insufficient_res_stake", error, { ...at, minimum: toAmount(least) });
    }
    total += reserved;
  }
  if (total > requirement) {
    const error = "The stakes together are more than the requirement.";
    return refuse("too_much", error, { total: toAmount(total), maximum: toAmount(requirement) });
  }
  const remaining = requirement - total;
  const spots = maxContributors - 1 - addresses.length;
  if (remaining > 0n && spots === 0) {
    const error = `Every slot is reserved, and the stakes are less than the requirement.`;
    return refuse("too_many", error, { max_contributors: maxContributors });
  }
  return {
    remaining_contribution: toAmount(remaining),
    remaining_spots: spots,
    remaining_min_contribution: toAmount(spots === 0 ? 0n : ceilDivide(remaining, BigInt(spots))),
  };
}

function badRequest(field: string): { error: ValidationError } {
  return refuse("bad_request", `The field ${field} is missing, or not of its form.`, { field });
}

function refuse(
  code: ValidationError["code"],
  error: string,
  details: Omit<ValidationError, "code" | "error"> = {},
): { error: ValidationError } {
  return { error: { code, error, ...details } };
}

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
