import { addSecrets, keyOf, secretOf, subtractSecrets } from "../../core/keys.ts";
import { tagsOf } from "../../core/messages.ts";
import type { Tags } from "../../core/messages.ts";
import { max, revert } from "../../core/world.ts";
import type { RewardsState, RootsValue, SignatureValue, World } from "../../core/world.ts";

let cached: { key: string; tags: Tags } | undefined;

export function worldTags(world: World): Tags {
  const key = `${world.chainId},${world.at.rewards}`;
  if (cached?.key !== key) cached = { key, tags: tagsOf(world.chainId, world.at.rewards) };
  return cached.tags;
}

/** Whether the words are the sum of the hashes of exactly these messages times this secret. Infinity is no signature (H1). */
export function signs(signature: SignatureValue, messages: readonly string[], secret: bigint): boolean {
  return (
    secret !== 0n &&
    signature.secret === secret &&
    [...signature.messages].sort().join() === [...messages].sort().join()
  );
}

export function additionsOfBlock(world: World): bigint {
  return world.rewards.lastHeight === world.block ? world.rewards.additions : 0n;
}

/** Protocol 2, non-signers; H1, H3, H8. */
export function requireSigners(world: World, ids: readonly bigint[]): void {
  const { totalNodes, threshold } = world.rewards;
  if (totalNodes === 0n) revert("InsufficientNodes");
  const missing = BigInt(ids.length);
  if (missing > threshold) revert("InsufficientBLSSignatures", max(totalNodes - missing, 0n), totalNodes - threshold);
  const additions = additionsOfBlock(world);
  if (missing + additions > threshold) revert("TooManyAdditionsInBlock", missing, additions, threshold);
}

/** The sum of all keys less those of the ids; unknown ids count for nothing (H8). */
export function signersSecret(rewards: RewardsState, ids: readonly bigint[]): bigint {
  return ids.reduce((rest, id) => {
    const node = rewards.nodes[id.toString()];
    // H2: a key that an older version let in unreduced counts as the point that it stands for
    return node === undefined ? rest : subtractSecrets(rest, secretOf(node.key));
  }, rewards.aggregate);
}

export function requireNetworkSignature(
  world: World,
  messages: readonly string[],
  signature: SignatureValue,
  ids: readonly bigint[],
): void {
  const secret = signersSecret(world.rewards, ids);
  if (!signs(signature, messages, secret)) revert("InvalidBLSSignature", keyOf(secret));
}

/** Beside a batch: roots are checked before anything is verified with them. */
export function requireRoots({ wrongAt }: RootsValue): void {
  if (wrongAt !== undefined) revert("WrongRoot", wrongAt);
}

export function addKey(rewards: RewardsState, secret: bigint): void {
  rewards.aggregate = addSecrets(rewards.aggregate, secret);
}

export function removeKey(rewards: RewardsState, secret: bigint): void {
  rewards.aggregate = subtractSecrets(rewards.aggregate, secret);
}
