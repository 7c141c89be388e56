import type { Contribution } from "../../lib/schemas.ts";

/** Rounded up. */
function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** What may be paid into a contribution contract, by the specification's formula. Atomic SESH; undefined: nothing by anybody new. */
export function limits(
  contract: Contribution,
  requirement: bigint,
  maxContributors: number,
): { minimum: bigint; maximum: bigint; paid: bigint } | undefined {
  const paid = contract.contributors.reduce((sum, { amount }) => sum + amount, 0n);
  const open = contract.contributors.filter(({ amount, reserved }) => amount === 0n && reserved > 0n);
  const reserved = open.reduce((sum, entry) => sum + entry.reserved, 0n);
  const remaining = requirement - paid - reserved;
  const payers = contract.contributors.filter(({ amount }) => amount > 0n).length;
  const slots = BigInt(maxContributors - payers - open.length);
  if (payers === 0 || remaining <= 0n || slots <= 0n) return undefined;
  return { minimum: ceilDiv(remaining, slots), maximum: remaining, paid };
}

/** The least for the next reserved slot: a quarter for the operator, an equal part of the rest for the others. */
export function reservedMinimum(requirement: bigint, maxContributors: number, before: readonly bigint[]): bigint {
  if (before.length === 0) return ceilDiv(requirement, 4n);
  const left = requirement - before.reduce((sum, amount) => sum + amount, 0n);
  const slots = BigInt(maxContributors - before.length);
  return slots <= 0n || left <= 0n ? 0n : ceilDiv(left, slots);
}
