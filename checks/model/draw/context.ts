import type { Env } from "../chain/resolve.ts";
import { ed25519Of } from "../chain/signing.ts";
import { ACTORS } from "../chain/system.ts";
import type { Random } from "../core/random.ts";
import { keyOf, sameKey, secretOf } from "../core/keys.ts";
import type { CallStep, Json, KeySpec, SignSpec } from "../core/steps.ts";
import type { NodeState, World } from "../core/world.ts";

/** What a drawing function sees: the model's world, the time at which its call will run, and the dice. */
export interface Draft {
  rng: Random;
  env: Env;
  world: World;
  now: bigint;
}

export type Draw = (draft: Draft) => CallStep | undefined;

export const USERS = ["@alice", "@bob", "@carol", "@dave", "@erin", "@frank", "@grace"] as const;
export const NULL = `0x${"0".repeat(40)}`;
export const HUGE = (2n ** 256n - 1n).toString();

export function anyone({ rng }: Draft): string {
  return rng.oneIn(12) ? `@${rng.pick(ACTORS)}` : rng.pick(USERS);
}

/** The owner as a rule, so that setters mostly go through. */
export function governor(draft: Draft, owner: string): string {
  return draft.rng.oneIn(6) ? anyone(draft) : nameOf(draft, owner);
}

/** The actor of an address, or an actor at all. */
export function nameOf({ env }: Draft, address: string): string {
  const found = Object.entries(env.system.actors).find(([, at]) => at === address);
  return found === undefined ? "@owner" : `@${found[0]}`;
}

export function call(from: string, to: string, fn: string, ...args: Json[]): CallStep {
  return { from, to, fn, args };
}

/** Numbers of the secret keys that no node uses. */
export function freeKeys({ env, world }: Draft): number[] {
  const used = new Set(world.rewards.list.map((id) => secretOf((world.rewards.nodes[id] as NodeState).key)));
  return env.secrets.flatMap((secret, index) => (used.has(secret) ? [] : [index]));
}

/** The node's key as a step writes it. */
export function keySpecOf({ env }: Draft, node: NodeState): KeySpec {
  const secret = secretOf(node.key);
  const index = env.secrets.indexOf(secret);
  if (index >= 0 && sameKey(keyOf(secret), node.key)) return { key: index };
  return { key: [node.key[0].toString(), node.key[1].toString()] };
}

export function ed25519For(index: number): string {
  return ed25519Of(index).toString();
}

export function nodeOf({ world }: Draft, id: string): NodeState {
  return world.rewards.nodes[id] as NodeState;
}

/** A node that is there; undefined without nodes. */
export function someNode(draft: Draft): { id: string; node: NodeState } | undefined {
  const { list } = draft.world.rewards;
  if (list.length === 0) return undefined;
  const id = draft.rng.pick(list);
  return { id, node: nodeOf(draft, id) };
}

/** Ids that do not sign: mostly as many as may be missing, sometimes one more, unknown ones, or the same one twice. */
export function nonSigners({ rng, world }: Draft): string[] {
  const { list, threshold, nextId } = world.rewards;
  const count = rng.weighted([
    [4, 0],
    [3, rng.between(0, Number(threshold))],
    [2, Number(threshold)],
    [2, Number(threshold) + 1],
    [1, list.length + 2],
  ]);
  const ids = rng.some(list, count);
  if (rng.oneIn(10)) ids.push(rng.pick(["0", (nextId + 5n).toString(), (2n ** 64n - 1n).toString()]));
  if (rng.oneIn(30) && ids.length > 0) ids.push(rng.pick(ids));
  return ids;
}

/** By whom, and with what flaw. A sound signature in three of four cases. */
export function signedBy({ rng, world }: Draft, sign: SignSpec["sign"], ids: string[]): SignSpec {
  const fault = rng.oneIn(4);
  if (!fault) return { sign, by: { allBut: ids } };
  return rng.pick<SignSpec>([
    { sign, by: { allBut: [] } },
    { sign, by: { allBut: rng.some(world.rewards.list, ids.length + 1) } },
    { sign, by: [rng.below(8)] },
    { sign, by: { allBut: ids }, spoil: "zero" },
    { sign, by: { allBut: ids }, spoil: "garbage" },
    { sign, by: { allBut: ids }, spoil: "unreduced" },
    { sign, by: { allBut: ids }, spoil: "negated" },
    { sign, by: { allBut: ids }, spoil: "halves" },
    { sign: [], by: { allBut: ids } },
  ]);
}

/** Round figures near a bound: the bound itself, one beside it, nothing, the most. */
export function around({ rng }: Draft, bound: bigint): string {
  const value = rng.pick([bound, bound, bound - 1n, bound + 1n, bound / 2n, 0n, 1n]);
  return (value < 0n ? 0n : value).toString();
}
