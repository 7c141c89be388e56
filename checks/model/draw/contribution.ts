import { place } from "../chain/resolve.ts";
import { ceilDiv, max, Revert, Status } from "../core/world.ts";
import type { ContributionState } from "../core/world.ts";
import type { CallStep, Json, KeySpec, SignSpec } from "../core/steps.ts";
import {
  calcMinimumContribution,
  minimumContribution,
  openReservations,
  totalContribution,
  totalReserved,
} from "../rules/contribution/amounts.ts";
import { anyone, call, ed25519For, freeKeys, HUGE, keySpecOf, nameOf, NULL, someNode, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";
import { permitWords } from "./token.ts";

interface Terms {
  key: KeySpec;
  ed25519: string;
  signature: SignSpec;
  fee: string;
  reserved: [string, string][];
}

/** Keys, fee and reservations for an operator: sound as a rule, else with one flaw. */
function termsFor(draft: Draft, operator: string): Terms {
  const { rng } = draft;
  const free = freeKeys(draft);
  const index = free.length > 0 ? rng.pick(free) : 0;
  let key: KeySpec = { key: index };
  let ed25519 = ed25519For(index);
  let fee = rng.pick(["0", "77", "500", "10000"]);
  let reserved = rng.oneIn(2) ? [] : reservationsFor(draft, operator);
  let signature: SignSpec = { sign: [{ pop: { key, operator, ed25519 } }], by: [index] };
  if (rng.oneIn(4)) {
    const node = someNode(draft)?.node;
    const flaw = rng.below(8);
    if (flaw === 0 && node) key = keySpecOf(draft, node);
    if (flaw === 1 && node) ed25519 = node.ed25519.toString();
    if (flaw === 2) ed25519 = "0";
    if (flaw === 3) key = { key: ["0", "0"] };
    if (flaw === 4) key = rng.oneIn(2) ? { key: index, form: "unreduced" } : { key: ["3", "4"] };
    if (flaw === 5) signature = { ...signature, spoil: rng.pick(["zero", "garbage", "negated", "halves"] as const) };
    if (flaw === 6) fee = "10001";
    if (flaw === 7) reserved = spoilt(draft, reservationsFor(draft, operator));
    if (flaw < 4) signature = { sign: [{ pop: { key, operator, ed25519 } }], by: [index] };
  }
  return { key, ed25519, signature, fee, reserved };
}

function reservationsFor(draft: Draft, operator: string): [string, string][] {
  const { rng, world } = draft;
  const { requirement, maxContributors } = world.rewards;
  const others = rng.some(
    USERS.filter((user) => user !== operator),
    rng.between(0, 5),
  );
  let left = requirement;
  const out: [string, string][] = [];
  for (const [index, addr] of [operator, ...others].entries()) {
    if (BigInt(index) >= maxContributors || left === 0n) break;
    const least = calcMinimumContribution(left, BigInt(index), maxContributors);
    const amount = rng.oneIn(4) ? (left < 2n * least ? left : 2n * least) : least;
    out.push([addr, amount.toString()]);
    left -= amount;
  }
  return out;
}

function spoilt({ rng, world }: Draft, reserved: [string, string][]): [string, string][] {
  const entry = rng.pick(reserved);
  switch (rng.below(7)) {
    case 0:
      entry[0] = NULL;
      break;
    case 1:
      reserved.push([entry[0], entry[1]]);
      break;
    case 2:
      entry[1] = (BigInt(entry[1]) - 1n).toString();
      break;
    case 3:
      entry[1] = (world.rewards.requirement + 1n).toString();
      break;
    case 4:
      for (let i = 0; i < 12; i++) reserved.push(["@gateway", "1"]);
      break;
    case 5:
      reserved.push(["@gateway", rng.pick(["0", HUGE])]);
      break;
    default:
      reserved.shift();
      reserved.push(["@gateway", "1"]);
  }
  return reserved;
}

export const deploy: Draw = (draft) => {
  const operator = anyone(draft);
  const { key, ed25519, signature, fee, reserved } = termsFor(draft, operator);
  return call(operator, "@factory", "deploy", key, signature, [ed25519, "1", "2", fee], reserved, draft.rng.oneIn(3));
};

interface Target {
  at: string;
  state: ContributionState;
  operator: string;
}

/** Mostly the youngest, so that some of them get full. */
function target(draft: Draft): Target | undefined {
  const { rng, env, world } = draft;
  const all = env.made["contribution"] ?? [];
  const index = rng.oneIn(3)
    ? rng.below(Math.max(1, all.length))
    : all.length - 1 - rng.below(Math.min(2, Math.max(1, all.length)));
  const address = all[index];
  const state = address === undefined ? undefined : world.contributions[address];
  if (state === undefined) return undefined;
  return { at: `@contribution:${index}`, state, operator: nameOf(draft, state.operator) };
}

/** An allowance, where the payment would fail for the want of one. */
function approveFirst(draft: Draft, payer: string, at: string, amount: bigint): CallStep | undefined {
  const { rng, env, world } = draft;
  const allowance = world.tokens[world.at.token]?.allowances[`${place(env, payer)},${place(env, at)}`] ?? 0n;
  if (allowance >= amount || rng.oneIn(10)) return undefined;
  return call(payer, "@token", "approve", at, HUGE);
}

function payment(draft: Draft, { state }: Target, payer: string): bigint {
  const { rng, env } = draft;
  const address = place(env, payer);
  const remaining = max(state.requirement - totalContribution(state) - totalReserved(state), 0n);
  const own = openReservations(state).find(({ addr }) => addr === address)?.amount;
  let least: bigint;
  try {
    least = minimumContribution(state);
  } catch (error) {
    if (!(error instanceof Revert)) throw error;
    least = 1n;
  }
  const already = state.contributions[address] !== undefined;
  return rng.weighted([
    [10, own ?? (already ? 1n + least / 7n : least)],
    [4, (own ?? 0n) + remaining],
    [2, max((own ?? least) - 1n, 0n)],
    [1, (own ?? 0n) + remaining + 1n],
    [1, 0n],
    [1, BigInt(HUGE)],
    [2, ceilDiv(remaining, 2n)],
  ]);
}

export const pay: Draw = (draft) => {
  const { rng } = draft;
  const found = target(draft);
  if (found === undefined) return deploy(draft);
  const { at, state, operator } = found;
  const first = state.status === Status.WaitForOperator;
  const payer = first && !rng.oneIn(6) ? operator : rng.oneIn(8) ? operator : anyone(draft);
  const amount = payment(draft, found, payer);
  if (rng.oneIn(8)) {
    const hash: Json = { paramsHash: at, of: "now" };
    const permit = permitWords(draft, payer, "@token", at, amount.toString());
    return call(payer, at, "contributeFundsWithPermit", amount.toString(), NULL, hash, ...permit);
  }
  const approval = amount < state.requirement * 2n ? approveFirst(draft, payer, at, amount) : undefined;
  if (approval !== undefined) return approval;
  const beneficiary = rng.oneIn(2) ? NULL : rng.pick(USERS);
  if (rng.oneIn(3)) {
    const of = rng.weighted([
      [6, "now"],
      [2, "first"],
      [1, "nothing"],
    ] as const);
    const hash: Json = { paramsHash: at, of };
    return call(payer, at, "contributeFunds(uint256,address,bytes32)", amount.toString(), beneficiary, hash);
  }
  return call(payer, at, "contributeFunds(uint256,address)", amount.toString(), beneficiary);
};

/** A call on a contribution by somebody of it. */
function on(fn: string, who: "operator" | "contributor", args: (draft: Draft, found: Target) => Json[]): Draw {
  return (draft) => {
    const found = target(draft);
    if (found === undefined) return deploy(draft);
    const { state, operator, at } = found;
    const contributor =
      state.contributors.length > 0 ? nameOf(draft, draft.rng.pick(state.contributors).addr) : operator;
    const usual = who === "operator" ? operator : contributor;
    return call(draft.rng.oneIn(7) ? anyone(draft) : usual, at, fn, ...args(draft, found));
  };
}

/** By a contributor at the moment when it becomes possible. */
export function withdrawBy(at: string, person: string): Draw {
  return (draft) => call(nameOf(draft, person), at, "withdrawContribution");
}

export const withdraw = on("withdrawContribution", "contributor", () => []);
export const updateBeneficiary = on("updateBeneficiary", "contributor", ({ rng }) => [rng.pick([...USERS, NULL])]);
export const finalize = on("finalize", "operator", () => []);
export const reset = on("reset", "operator", () => []);
export const updateFee = on("updateFee", "operator", ({ rng }) => [
  rng.pick(["0", "77", "500", "10000", "10001", "65535"]),
]);
export const updateManual = on("updateManualFinalize", "operator", ({ rng }) => [rng.oneIn(2)]);
export const updateReserved = on("updateReservedContributors", "operator", (draft, { operator }) => {
  const reserved = draft.rng.oneIn(4) ? [] : reservationsFor(draft, operator);
  return [reserved.length > 0 && draft.rng.oneIn(2) ? spoilt(draft, reserved) : reserved];
});
export const updateKeys = on("updatePubkeys", "operator", (draft, { operator }) => {
  const { key, ed25519, signature } = termsFor(draft, operator);
  return [key, signature, ed25519, "3", "4"];
});
export const rescue = on("rescueERC20", "operator", ({ rng }) => [rng.pick(["@token", "@l1Token"])]);
export const initializeAgain = on("initialize", "operator", (draft, { operator }) => {
  const { key, ed25519, signature, fee, reserved } = termsFor(draft, operator);
  return [key, signature, [ed25519, "1", "2", fee], reserved, false];
});

export const startOver: Draw = (draft) => {
  const found = target(draft);
  if (found === undefined) return deploy(draft);
  const { at, operator, state } = found;
  const { rng } = draft;
  const { key, ed25519, signature, fee, reserved } = termsFor(draft, operator);
  const own = reserved[0] === undefined ? ceilDiv(state.requirement, 4n) : BigInt(reserved[0][1]);
  const amount = rng.pick([0n, own, own, own - 1n, state.requirement]);
  const from = rng.oneIn(8) ? anyone(draft) : operator;
  const beneficiary = rng.oneIn(2) ? NULL : "@erin";
  const params: Json = [ed25519, "5", "6", fee];
  return call(
    from,
    at,
    "resetUpdateAndContribute",
    key,
    signature,
    params,
    reserved,
    rng.oneIn(2),
    beneficiary,
    amount.toString(),
  );
};
