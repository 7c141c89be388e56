import { toBeHex } from "ethers";
import { ed25519Of } from "../chain/signing.ts";
import type { Env } from "../chain/resolve.ts";
import { keyOf } from "../core/keys.ts";
import { DAY, HOUR, ZERO } from "../core/world.ts";
import type { Address, Key, NodeState, Value, World } from "../core/world.ts";
import { recipientOf } from "../rules/rewards/balances.ts";
import { contributorValues, idOfEd25519, idOfKey, maxAdditions } from "../rules/rewards/registration.ts";
import { worldTags } from "../rules/rewards/signatures.ts";
import type { Add } from "./add.ts";

export function rewardsReads(add: Add, world: World, people: readonly Address[], full: boolean): void {
  const { rewards } = world;
  add("totalNodes", [], rewards.totalNodes);
  add("blsNonSignerThreshold", [], rewards.threshold);
  add("aggregatePubkey", [], keyOf(rewards.aggregate));
  add("nextServiceNodeID", [], rewards.nextId);
  add("lastHeightPubkeyWasAggregated", [], rewards.lastHeight);
  add("numPubkeyAggregationsForHeight", [], rewards.additions);
  add("currentClaimTotal", [], rewards.claimTotal);
  add("currentClaimCycle", [], rewards.cycle);
  add("paused", [], rewards.paused);
  add("isStarted", [], rewards.started);
  const nodes = rewards.list.map((id) => rewards.nodes[id] as NodeState);
  add("allServiceNodeIDs", [], [rewards.list.map(BigInt), nodes.map(({ key }) => key)]);
  for (const person of people) {
    const { rewards: lifetime, claimed } = recipientOf(rewards, person);
    add("recipients", [person], [lifetime, claimed]);
  }
  if (!full) return;

  add("owner", [], rewards.owner);
  add("pendingOwner", [], rewards.pendingOwner);
  add("designatedToken", [], rewards.token);
  add("foundationPool", [], rewards.foundationPool);
  add("blsNonSignerThresholdMax", [], rewards.thresholdMax);
  add("signatureExpiry", [], rewards.expiry);
  add("stakingRequirement", [], rewards.requirement);
  add("maxContributors", [], rewards.maxContributors);
  add("liquidatorRewardRatio", [], rewards.ratios.liquidator);
  add("poolShareOfLiquidationRatio", [], rewards.ratios.pool);
  add("recipientRatio", [], rewards.ratios.recipient);
  add("claimThreshold", [], rewards.claimThreshold);
  add("claimCycle", [], rewards.claimCycle);
  add("maxPermittedPubkeyAggregations", [], maxAdditions(rewards));
  add("VERSION", [], 2n);
  add("LIST_SENTINEL", [], 0n);
  add("MAX_PERMITTED_PUBKEY_AGGREGATIONS_LOWER_BOUND", [], 20n);
  add("MAX_SERVICE_NODE_EXIT_WAIT_TIME", [], 30n * DAY);
  add("MIN_TIME_BEFORE_REPEATED_LEAVE_REQUEST", [], HOUR);
  add("SMALL_CONTRIBUTOR_DIVISOR", [], 4n);
  add("SMALL_CONTRIBUTOR_LEAVE_DELAY", [], 30n * DAY);
  if (rewards.initialized > 0n) {
    const tags = worldTags(world);
    add("proofOfPossessionTag", [], tags.proofOfPossession);
    add("rewardTag", [], tags.reward);
    add("exitTag", [], tags.exit);
    add("liquidateTag", [], tags.liquidate);
    add("hashToG2Tag", [], tags.hashToG2);
  }
}

/** Nodes, those that left too, and both maps. A light observation takes the first and the last two of the list. */
export function nodeReads(add: Add, { world, secrets }: Env, full: boolean): void {
  const { rewards } = world;
  const alive = full ? rewards.list : [...new Set([...rewards.list.slice(0, 1), ...rewards.list.slice(-2)])];
  for (const id of ["0", ...alive]) add("serviceNodes", [BigInt(id)], nodeValue(world, id));
  if (!full) return;
  for (let id = rewards.nextId; id > 0n && id > rewards.nextId - 12n; id--) {
    if (rewards.nodes[id.toString()] === undefined) add("serviceNodes", [id], nodeValue(world, id.toString()));
  }
  for (const [index, secret] of secrets.entries()) {
    const key = keyOf(secret);
    add("serviceNodeIDs", [keyBytes(key)], idOfKey(rewards, key));
    add("ed25519ToServiceNodeID", [ed25519Of(index)], idOfEd25519(rewards, ed25519Of(index)));
  }
  for (const id of rewards.list) {
    const { key, ed25519 } = rewards.nodes[id] as NodeState;
    add("serviceNodeIDs", [keyBytes(key)], idOfKey(rewards, key));
    add("ed25519ToServiceNodeID", [ed25519], idOfEd25519(rewards, ed25519));
  }
}

export function keyBytes([X, Y]: Key): string {
  return toBeHex(X, 32) + toBeHex(Y, 32).slice(2);
}

/** The doubly linked list around sentinel 0, in order of registration. */
export function ringOf({ rewards }: World, id: string): { next: bigint; prev: bigint } {
  const ring = ["0", ...rewards.list];
  const index = ring.indexOf(id);
  if (index < 0) return { next: 0n, prev: 0n };
  return {
    next: BigInt(ring[(index + 1) % ring.length] ?? 0),
    prev: BigInt(ring[(index + ring.length - 1) % ring.length] ?? 0),
  };
}

function nodeValue(world: World, id: string): Value {
  const { next, prev } = ringOf(world, id);
  const node = world.rewards.nodes[id];
  if (node === undefined) return [next, prev, ZERO, [0n, 0n], 0n, 0n, 0n, 0n, [], 0n];
  return [
    next,
    prev,
    node.operator,
    node.key,
    node.added,
    node.leaveRequest,
    node.latestLeaveRequest,
    node.deposit,
    contributorValues(node.contributors),
    node.ed25519,
  ];
}
