import type { Signature } from "ethers";
import { permitDigest } from "../core/permits.ts";
import type { Json, KeySpec, MessageSpec, PermitSpec, SignSpec, Special } from "../core/steps.ts";
import type { Address, Argument, Value, World } from "../core/world.ts";
import { resolveKey, resolveRoots, resolveSignature } from "./signing.ts";
import type { System } from "./system.ts";

/** A sequence under way: the chain, the model beside it, and the names of what was made on the way. */
export interface Env {
  system: System;
  world: World;
  secrets: readonly bigint[];
  /** Contracts created in this sequence, by kind, in order. */
  made: Record<string, Address[]>;
  /** paramsHash of each contribution, by what it stands for, see rules/contribution. */
  paramsHashes: Map<string, string>;
  firstHash: Map<Address, string>;
  /** Contracts called since the state was last looked at. */
  touched: Set<Address>;
}

/** An argument in both forms: as ethers encodes it, as a rule reads it. They differ in signatures only. */
export interface Resolved {
  abi: unknown;
  model: Argument;
}

/** A place that does not exist (yet): no code there. */
const NOWHERE = "0x00000000000000000000000000000000000dead0";

export function place(env: Env, name: string): Address {
  if (name.startsWith("0x")) return name.toLowerCase();
  const { system } = env;
  const label = name.replace(/^@/, "");
  const [role = "", index] = label.split(":");
  if (role === "admin") return system.proxyAdmin[index as keyof System["proxyAdmin"]];
  if (index !== undefined) return env.made[role]?.[Number(index)] ?? NOWHERE;
  return system.actors[role] ?? system.at[role as keyof System["at"]] ?? NOWHERE;
}

export function resolve(env: Env, json: Json): Resolved {
  if (typeof json === "boolean") return { abi: json, model: json };
  if (typeof json === "string") {
    if (/^\d+$/.test(json)) return { abi: BigInt(json), model: BigInt(json) };
    const address = json.startsWith("@") ? place(env, json) : json.toLowerCase();
    return { abi: address, model: address };
  }
  if (Array.isArray(json)) {
    const items = (json as readonly Json[]).map((item) => resolve(env, item));
    return { abi: items.map(({ abi }) => abi), model: items.map(({ model }) => model) as Value };
  }
  return resolveSpecial(env, json as Special);
}

function resolveSpecial(env: Env, special: Special): Resolved {
  const at = (name: string): Address => place(env, name);
  if ("sign" in special) {
    const signature = resolveSignature(env.world, special as SignSpec, env.secrets, at);
    return { abi: [...signature.words], model: signature };
  }
  if ("roots" in special) {
    const roots = resolveRoots(env.world, special.roots as MessageSpec[], env.secrets, at);
    if (special.spoil === "wrong" && roots.length > 0) roots[0] = (roots[0] ?? 0n) + 1n;
    return { abi: roots, model: { wrongAt: special.spoil === "wrong" ? 0n : undefined } };
  }
  if ("paramsHash" in special) {
    const contract = at(special.paramsHash);
    const hash =
      special.of === "nothing"
        ? `0x${"0".repeat(64)}`
        : special.of === "first"
          ? env.firstHash.get(contract)
          : env.world.contributions[contract]?.paramsHash;
    const value = hash ?? `0x${"0".repeat(64)}`;
    return { abi: value, model: value };
  }
  if ("permit" in special) {
    const signature = signPermit(env, special.permit);
    // a rule recovers the signer from the whole, wherever it meets a part
    return { abi: signature[special.part], model: signature.serialized };
  }
  const key = resolveKey(special as KeySpec, env.secrets);
  return { abi: [...key], model: key };
}

function signPermit(env: Env, spec: PermitSpec): Signature {
  const { world, system } = env;
  const owner = place(env, spec.signer);
  const token = place(env, spec.token);
  const wallet = system.wallets[owner];
  if (wallet === undefined) throw new Error(`${spec.signer} has no key`);
  const digest = permitDigest(world.chainId, token, {
    owner,
    spender: place(env, spec.spender),
    value: BigInt(spec.value),
    nonce: (world.tokens[token]?.nonces[owner] ?? 0n) + BigInt(spec.ahead ?? 0),
    deadline: BigInt(spec.deadline),
  });
  return wallet.signingKey.sign(digest);
}
