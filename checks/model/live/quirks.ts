import { FIELD_ORDER } from "../../../src/bls/index.ts";
import { addSecrets, secretOf } from "../core/keys.ts";
import { DAY, ZERO } from "../core/world.ts";
import type { NodeState, World } from "../core/world.ts";

/** What the live contracts let happen (hardening.md) and an upgrade therefore finds. Each takes the world as an older version left it. */
export const QUIRKS: { [name: string]: (world: World) => void } = {
  /** H9: the maximum was set, the threshold waits for the next registration. */
  staleThreshold({ rewards }) {
    rewards.thresholdMax = 1n;
    rewards.threshold = rewards.totalNodes / 3n;
  },
  /** H4: a longer cycle has put the counter into the past. */
  frozenCycle(world) {
    const { rewards } = world;
    rewards.cycle = world.now / 3600n + 1000n;
    rewards.claimTotal = rewards.claimThreshold;
  },
  /** H2: a key that is not reduced got in. */
  unreducedKey({ rewards }) {
    const node = firstNode(rewards.nodes);
    if (node !== undefined && node.key[1] < FIELD_ORDER) node.key = [node.key[0], node.key[1] + FIELD_ORDER];
  },
  /** H6: the same address twice, and a beneficiary that is nobody. */
  oddContributors({ rewards }) {
    const node = firstNode(rewards.nodes);
    const [first] = node?.contributors ?? [];
    if (node === undefined || first === undefined) return;
    const part = first.stake / 8n;
    first.stake -= part;
    node.contributors.push({ addr: first.addr, beneficiary: ZERO, stake: part });
  },
  /** H9: the aggregate and the count are not those of the list. */
  staleAggregate({ rewards }) {
    rewards.aggregate = addSecrets(rewards.aggregate, secretOf(firstNode(rewards.nodes)?.key ?? [1n, 2n]));
  },
  /** H7: an expiry longer than a node's minimum age. */
  longExpiry({ rewards }) {
    rewards.expiry = 2n * DAY;
  },
  /** H15: a pool that pays nobody. */
  poolWithoutBeneficiary({ pool }) {
    if (pool.initialized > 0n) pool.beneficiary = ZERO;
  },
  /** H15: nobody has asked the pool to pay for ten years. */
  idlePool(world) {
    if (world.pool.initialized > 0n) world.pool.lastPaidOut = world.now - 3650n * DAY;
  },
};

function firstNode(nodes: Record<string, NodeState>): NodeState | undefined {
  return Object.values(nodes)[0];
}
