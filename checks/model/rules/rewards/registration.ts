import { isNull, isValidKey, keyOf, sameKey, secretOf } from "../../core/keys.ts";
import { popMessage } from "../../core/messages.ts";
import { emit, max, min, revert, ZERO } from "../../core/world.ts";
import type { Address, Call, Contributor, Key, RewardsState, SignatureValue, Value, World } from "../../core/world.ts";
import { onlyOwner, whenNotPaused } from "../ownable.ts";
import { transferFrom } from "../token.ts";
import { addKey, additionsOfBlock, signs, worldTags } from "./signatures.ts";

export type ContributorArg = readonly [readonly [Address, Address], bigint];
export type Params = readonly [bigint, bigint, bigint, bigint];

export const MAX_FEE = 10_000n;

export function idOfKey(rewards: RewardsState, key: Key): bigint {
  const id = rewards.list.find((item) => sameKey(rewards.nodes[item]?.key ?? [0n, 0n], key));
  return BigInt(id ?? 0);
}

export function idOfEd25519(rewards: RewardsState, ed25519: bigint): bigint {
  const id = rewards.list.find((item) => rewards.nodes[item]?.ed25519 === ed25519);
  return BigInt(id ?? 0);
}

export function maxAdditions(rewards: RewardsState): bigint {
  return max(20n, (rewards.totalNodes * 2n) / 100n);
}

export function updateThreshold(rewards: RewardsState): void {
  rewards.threshold = min(rewards.totalNodes / 3n, rewards.thresholdMax);
}

/** Also a public view. */
export function requireProofOfPossession(
  world: World,
  key: Key,
  signature: SignatureValue,
  operator: Address,
  ed25519: bigint,
): void {
  // the pairing holds for infinity twice, and only then the null key is what is wrong
  if (isNull(key))
    revert(signature.words.every((word) => word === 0n) ? "NullBLSPubkey" : "InvalidBLSProofOfPossession");
  if (!isValidKey(key)) revert("InvalidBLSPubkey", key);
  if (!signs(signature, [popMessage(worldTags(world), key, operator, ed25519)], secretOf(key))) {
    revert("InvalidBLSProofOfPossession");
  }
}

/** H6: who could never be paid. */
function requireSoundContributors(contributors: readonly Contributor[]): void {
  const seen = new Set<Address>();
  for (const { addr, beneficiary, stake } of contributors) {
    if (addr === ZERO || beneficiary === ZERO) revert("NullAddress");
    if (stake === 0n) revert("ZeroContribution", addr);
    if (seen.has(addr)) revert("DuplicateContributor", addr);
    seen.add(addr);
  }
}

function toContributors(list: readonly ContributorArg[]): Contributor[] {
  return list.map(([[addr, beneficiary], stake]) => ({ addr, beneficiary, stake }));
}

export function contributorValues(contributors: readonly Contributor[]): Value {
  return contributors.map(({ addr, beneficiary, stake }) => [[addr, beneficiary], stake]);
}

function total(contributors: readonly Contributor[]): bigint {
  return contributors.reduce((sum, { stake }) => sum + stake, 0n);
}

function insert(world: World, key: Key, ed25519: bigint, added: bigint, contributors: Contributor[]): bigint {
  const { rewards } = world;
  const id = rewards.nextId++;
  rewards.list.push(id.toString());
  rewards.nodes[id.toString()] = {
    operator: contributors[0]?.addr ?? ZERO,
    key,
    added,
    leaveRequest: 0n,
    latestLeaveRequest: 0n,
    deposit: total(contributors),
    contributors,
    ed25519,
  };
  rewards.totalNodes++;
  addKey(rewards, secretOf(key));
  updateThreshold(rewards);
  return id;
}

export function addBLSPublicKey(
  world: World,
  call: Call,
  key: Key,
  signature: SignatureValue,
  params: Params,
  given: readonly ContributorArg[],
): void {
  const { rewards, at } = world;
  whenNotPaused(rewards);
  if (!rewards.started) revert("ContractNotStarted");

  const contributors =
    given.length === 0
      ? [{ addr: call.from, beneficiary: call.from, stake: rewards.requirement }]
      : toContributors(given);
  if (BigInt(contributors.length) > rewards.maxContributors) revert("MaxContributorsExceeded");
  if (total(contributors) !== rewards.requirement) {
    revert("ContributionTotalMismatch", rewards.requirement, total(contributors));
  }
  const [operator] = contributors as [Contributor];
  if (operator.stake * 4n < rewards.requirement) revert("InsufficientOperatorContribution", operator.stake);
  requireSoundContributors(contributors);
  if (params[3] > MAX_FEE) revert("FeeExceedsPossibleValue", params[3], MAX_FEE);

  const [ed25519] = params;
  const known = idOfKey(rewards, key);
  if (known !== 0n) revert("BLSPubkeyAlreadyExists", known);
  requireProofOfPossession(world, key, signature, operator.addr, ed25519);
  if (ed25519 === 0n) revert("NullEd25519Pubkey");
  const knownEd25519 = idOfEd25519(rewards, ed25519);
  if (knownEd25519 !== 0n) revert("Ed25519PubkeyAlreadyExists", knownEd25519);
  const additions = additionsOfBlock(world) + 1n;
  if (additions > maxAdditions(rewards)) revert("MaxPubkeyAggregationsExceeded");

  rewards.lastHeight = world.block;
  rewards.additions = additions;
  const id = insert(world, key, ed25519, world.now, contributors);
  emit(world, at.rewards, "NewServiceNodeV2", id, call.from, key, params, contributorValues(contributors));
  transferFrom(world, rewards.token, at.rewards, call.from, at.rewards, rewards.requirement);
}

export type SeedArg = readonly [Key, bigint, bigint, readonly ContributorArg[]];

/** Behaviour B20: counts, null keys, known keys, zero address, sum. */
export function seedPublicKeyList(world: World, call: Call, nodes: readonly SeedArg[]): void {
  const { rewards, at } = world;
  onlyOwner(rewards, call);
  if (rewards.started) revert("ContractAlreadyStarted");
  for (const [key, ed25519, added, list] of nodes) {
    const contributors = toContributors(list);
    if (contributors.length === 0) revert("InsufficientContributors");
    if (BigInt(contributors.length) > rewards.maxContributors) revert("MaxContributorsExceeded");
    if (isNull(key)) revert("NullBLSPubkey");
    if (ed25519 === 0n) revert("NullEd25519Pubkey");
    const known = idOfKey(rewards, key);
    if (known !== 0n) revert("BLSPubkeyAlreadyExists", known);
    const knownEd25519 = idOfEd25519(rewards, ed25519);
    if (knownEd25519 !== 0n) revert("Ed25519PubkeyAlreadyExists", knownEd25519);
    if (!isValidKey(key)) revert("InvalidBLSPubkey", key);
    requireSoundContributors(contributors);
    if (total(contributors) !== rewards.requirement) {
      revert("ContributionTotalMismatch", rewards.requirement, total(contributors));
    }
    const id = insert(world, key, ed25519, added, contributors);
    emit(world, at.rewards, "NewSeededServiceNode", id, key, ed25519);
  }
  // also for no node at all: what an older version left stale is mended
  updateThreshold(rewards);
}

export function rederive(rewards: RewardsState): void {
  rewards.totalNodes = BigInt(rewards.list.length);
  rewards.aggregate = 0n;
  for (const id of rewards.list) addKey(rewards, secretOf(rewards.nodes[id]?.key ?? keyOf(0n)));
  updateThreshold(rewards);
}
