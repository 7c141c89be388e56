import { secretOf } from "../../core/keys.ts";
import { removalMessage } from "../../core/messages.ts";
import { ceilDiv, DAY, emit, HOUR, max, min, revert } from "../../core/world.ts";
import type { Call, Key, NodeState, RewardsState, RootsValue, SignatureValue, World } from "../../core/world.ts";
import { whenNotPaused } from "../ownable.ts";
import { transfer } from "../token.ts";
import { idOfKey, updateThreshold } from "./registration.ts";
import { removeKey, requireNetworkSignature, requireRoots, requireSigners, worldTags } from "./signatures.ts";

export const MINIMUM_EXIT_AGE = 2n * HOUR;
const LEAVE_WAIT = 30n * DAY;
const SMALL_CONTRIBUTOR_DELAY = 30n * DAY;
const REPEAT_DELAY = HOUR;

export type RemovalKind = "exit" | "liquidate";

function requireRunning(rewards: RewardsState): void {
  whenNotPaused(rewards);
  if (!rewards.started) revert("ContractNotStarted");
}

export function initiateExit(world: World, call: Call, id: bigint): void {
  const { rewards, at } = world;
  requireRunning(rewards);
  const node = rewards.nodes[id.toString()];
  // an older version let an address appear twice: its entries count together
  const own = node?.contributors.filter(({ addr }) => addr === call.from) ?? [];
  if (node === undefined || own.length === 0) revert("CallerNotContributor", id, call.from);

  if (node.leaveRequest === 0n) {
    const staked = own.reduce((sum, { stake }) => sum + stake, 0n);
    if (staked * 4n < node.deposit && world.now < node.added + SMALL_CONTRIBUTOR_DELAY) {
      revert("SmallContributorLeaveTooEarly", id, call.from);
    }
    node.leaveRequest = world.now;
  } else {
    const end = node.latestLeaveRequest + REPEAT_DELAY;
    if (world.now < end) revert("LeaveRequestTooEarly", id, end, world.now);
  }
  node.latestLeaveRequest = world.now;
  emit(world, at.rewards, "ServiceNodeExitRequest", id, call.from, node.key);
}

export function exitAfterWaitTime(world: World, call: Call, id: bigint): void {
  const { rewards, at } = world;
  requireRunning(rewards);
  const node = rewards.nodes[id.toString()];
  if (node === undefined || node.leaveRequest === 0n) revert("LeaveRequestNotInitiatedYet", id);
  const end = node.leaveRequest + LEAVE_WAIT;
  if (world.now < end) revert("LeaveRequestTooEarly", id, end, world.now);
  remove(rewards, id);
  emit(world, at.rewards, "ServiceNodeExit", id, call.from, node.deposit, node.key);
}

function remove(rewards: RewardsState, id: bigint): void {
  const node = rewards.nodes[id.toString()] as NodeState;
  delete rewards.nodes[id.toString()];
  rewards.list = rewards.list.filter((item) => item !== id.toString());
  rewards.totalNodes--;
  removeKey(rewards, secretOf(node.key));
  // H9: an empty list has the zero key, whatever an older version left there
  if (rewards.list.length === 0) rewards.aggregate = 0n;
  updateThreshold(rewards);
}

/**
 * H7: at most the expiry away, ahead as well as behind, not before the registration; ahead only so far that no signature outlives
 * the minimum age of the node's next life.
 */
function requireTimely(world: World, id: bigint, node: NodeState, timestamp: bigint): void {
  const { expiry } = world.rewards;
  const ahead = min(expiry, max(MINIMUM_EXIT_AGE - expiry - 1n, 0n));
  if (timestamp + expiry < world.now || timestamp > world.now + ahead || timestamp < node.added) {
    revert("SignatureExpired", id, timestamp, world.now);
  }
}

function requireRemovable(world: World, key: Key, timestamp: bigint): bigint {
  const id = idOfKey(world.rewards, key);
  if (id === 0n) revert("BLSPubkeyDoesNotExist", key);
  const node = world.rewards.nodes[id.toString()] as NodeState;
  requireTimely(world, id, node, timestamp);
  if (world.now < node.added + MINIMUM_EXIT_AGE) revert("ExitTooEarly", id, node.added, world.now);
  return id;
}

export function removeWithSignature(
  world: World,
  call: Call,
  kind: RemovalKind,
  key: Key,
  timestamp: bigint,
  signature: SignatureValue,
  ids: readonly bigint[],
): void {
  requireRunning(world.rewards);
  requireSigners(world, ids);
  const id = requireRemovable(world, key, timestamp);
  requireNetworkSignature(world, [removalMessage(worldTags(world), kind, key, timestamp)], signature, ids);
  pay(world, call, [removeNode(world, call, kind, id)]);
}

interface Shares {
  liquidator: bigint;
  pool: bigint;
}

/** Removes and tells; what is to be paid comes back, since transfers are last. */
function removeNode(world: World, call: Call, kind: RemovalKind, id: bigint): Shares {
  const { rewards, at } = world;
  const { key, deposit } = rewards.nodes[id.toString()] as NodeState;
  remove(rewards, id);
  if (kind === "exit") {
    emit(world, at.rewards, "ServiceNodeExit", id, call.from, deposit, key);
    return { liquidator: 0n, pool: 0n };
  }
  const { liquidator, pool, recipient } = rewards.ratios;
  const sum = liquidator + pool + recipient;
  const toLiquidator = (deposit * liquidator) / sum;
  const toPool = ceilDiv(deposit * pool, sum);
  emit(world, at.rewards, "ServiceNodeLiquidated", id, call.from, key);
  emit(world, at.rewards, "ServiceNodeExit", id, call.from, deposit - toLiquidator - toPool, key);
  return { liquidator: toLiquidator, pool: toPool };
}

/** One transfer to each, whatever the number of nodes. B13: nothing is no transfer. */
function pay(world: World, call: Call, shares: readonly Shares[]): void {
  const { rewards, at } = world;
  const liquidator = shares.reduce((sum, share) => sum + share.liquidator, 0n);
  const pool = shares.reduce((sum, share) => sum + share.pool, 0n);
  if (liquidator > 0n) transfer(world, rewards.token, at.rewards, call.from, liquidator);
  if (pool > 0n) transfer(world, rewards.token, at.rewards, rewards.foundationPool, pool);
}

/** H22: keys that are no longer listed are passed over, if the signature over the whole batch still holds. */
export function removeBatch(
  world: World,
  call: Call,
  kind: RemovalKind,
  removals: readonly (readonly [Key, bigint])[],
  signature: SignatureValue,
  ids: readonly bigint[],
  roots: RootsValue,
): void {
  requireRunning(world.rewards);
  requireSigners(world, ids);
  if (removals.length === 0) revert("EmptyBatch");
  const messages = removals.map(([key, timestamp]) => removalMessage(worldTags(world), kind, key, timestamp));
  const listed: bigint[] = [];
  for (const [index, [key, timestamp]] of removals.entries()) {
    if (idOfKey(world.rewards, key) !== 0n) listed.push(requireRemovable(world, key, timestamp));
    if (index === 0) requireRoots(roots);
  }
  const [first] = removals as [readonly [Key, bigint]];
  if (listed.length === 0) revert("BLSPubkeyDoesNotExist", first[0]);
  // the sum of two equal points is what the batch's addition does not do
  if (messages[0] === messages[1]) revert("DegenerateSum");
  requireNetworkSignature(world, messages, signature, ids);
  const twice = listed.find((id, index) => listed.indexOf(id) < index);
  if (twice !== undefined) revert("ServiceNodeDoesntExist", twice);
  pay(
    world,
    call,
    listed.map((id) => removeNode(world, call, kind, id)),
  );
}
