import { getBytes, id as hashOf } from "ethers";
import {
  bytesFromHex,
  FIELD_ORDER,
  GROUP_ORDER,
  hashRoots,
  hashToG2,
  importSecretKey,
} from "../../../src/bls/index.ts";
import type { Signature } from "../../../src/bls/index.ts";
import { addSecrets, keyOf } from "../core/keys.ts";
import { popMessage, removalMessage, rewardMessage } from "../core/messages.ts";
import type { KeySpec, MessageSpec, SignSpec } from "../core/steps.ts";
import type { Address, Key, SignatureValue, World } from "../core/world.ts";
import { signersSecret, worldTags } from "../rules/rewards/signatures.ts";
import { multiply } from "./multiply.ts";

/** How many keys beside those of the live-style state. Few, since each new combination of signers costs a multiplication in G2. */
const MORE_KEYS = 20;

export function makeSecrets(fromState: readonly string[]): bigint[] {
  const secrets = [
    ...fromState.map((secret) => importSecretKey(secret)),
    ...Array.from({ length: MORE_KEYS }, (_, index) => BigInt(hashOf(`model key ${index}`)) % GROUP_ORDER),
  ];
  for (const secret of secrets) keyOf(secret);
  return secrets;
}

/** The Ed25519 key that goes with a BLS key, when nothing else is asked for. */
export function ed25519Of(index: number): bigint {
  return BigInt(hashOf(`model ed25519 ${index}`));
}

export function resolveKey(spec: KeySpec, secrets: readonly bigint[]): Key {
  const [X, Y]: Key =
    typeof spec.key === "number" ? keyOf(secrets[spec.key] ?? 0n) : [BigInt(spec.key[0]), BigInt(spec.key[1])];
  return spec.form === "unreduced" ? [X, Y + FIELD_ORDER] : [X, Y];
}

function resolveMessage(
  world: World,
  spec: MessageSpec,
  secrets: readonly bigint[],
  place: (name: string) => Address,
): string {
  const tags = worldTags(world);
  if ("reward" in spec) return rewardMessage(tags, place(spec.reward.recipient), BigInt(spec.reward.amount));
  if ("pop" in spec) {
    const { key, operator, ed25519 } = spec.pop;
    return popMessage(tags, resolveKey(key, secrets), place(operator), BigInt(ed25519));
  }
  const [kind, removal] = "exit" in spec ? (["exit", spec.exit] as const) : (["liquidate", spec.liquidate] as const);
  return removalMessage(tags, kind, resolveKey(removal.key, secrets), BigInt(removal.timestamp));
}

const hashes = new Map<string, Signature>();
const signatures = new Map<string, SignatureValue["words"]>();
const CACHED = 60_000;

function hashOfMessage(message: string, dst: string): Signature {
  let hash = hashes.get(message);
  if (hash === undefined) {
    if (hashes.size > CACHED) hashes.clear();
    hash = hashToG2(getBytes(`0x${message}`), bytesFromHex(dst));
    hashes.set(message, hash);
  }
  return hash;
}

function wordsOf(messages: readonly string[], secret: bigint, dst: string): SignatureValue["words"] {
  if (secret === 0n || messages.length === 0) return [0n, 0n, 0n, 0n];
  const name = `${messages.join()},${secret}`;
  let words = signatures.get(name);
  if (words === undefined) {
    if (signatures.size > CACHED) signatures.clear();
    const [first, ...rest] = messages.map((message) => hashOfMessage(message, dst)) as [Signature, ...Signature[]];
    const sum = rest.reduce((total, hash) => total.add(hash), first);
    words = multiply(sum, secret);
    signatures.set(name, words);
  }
  return words;
}

/** Signs for real, and keeps for the model what was signed by whom. */
export function resolveSignature(
  world: World,
  spec: SignSpec,
  secrets: readonly bigint[],
  place: (name: string) => Address,
): SignatureValue {
  const messages = spec.sign.map((message) => resolveMessage(world, message, secrets, place));
  const secret = Array.isArray(spec.by)
    ? spec.by.reduce((sum, index) => addSecrets(sum, secrets[index] ?? 0n), 0n)
    : signersSecret(world.rewards, spec.by.allBut.map(BigInt));
  const words = wordsOf(messages, secret, worldTags(world).hashToG2);
  const [a, b, c, d] = words;
  switch (spec.spoil) {
    case "zero":
      return { words: [0n, 0n, 0n, 0n], messages, secret: 0n };
    case "garbage":
      return { words: [1n, 2n, 3n, 4n], messages: [], secret: 0n };
    case "unreduced":
      return { words: [a + FIELD_ORDER, b, c, d], messages: [], secret: 0n };
    case "halves":
      return { words: [b, a, d, c], messages: [], secret: 0n };
    case "negated": {
      const negated = secret === 0n ? 0n : GROUP_ORDER - secret;
      return { words: wordsOf(messages, negated, worldTags(world).hashToG2), messages, secret: negated };
    }
    default:
      return { words, messages, secret };
  }
}

export function resolveRoots(
  world: World,
  specs: readonly MessageSpec[],
  secrets: readonly bigint[],
  place: (name: string) => Address,
): bigint[] {
  const messages = specs.map((spec) => getBytes(`0x${resolveMessage(world, spec, secrets, place)}`));
  return hashRoots(messages, bytesFromHex(worldTags(world).hashToG2));
}
