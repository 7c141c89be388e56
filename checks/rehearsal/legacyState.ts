import { ethers } from "ethers";
import { aggregatePublicKeys, publicKeyOf, publicKeyToParams } from "../../src/bls/index.ts";
import type { NodeJson, StateFile } from "../compat/stateFile.ts";
import { rehearsalNodes } from "./nodes.ts";

/** Slots of the deployed layout (test/fixtures/storage-layout.json) that a generated state writes. */
const SLOT = {
  nextServiceNodeID: 1,
  totalNodes: 2,
  threshold: 3,
  nodes: 16,
  recipients: 17,
  ids: 18,
  aggregate: 19,
  ed25519: 27,
};
/** First slot after the last variable: what is below it in a model is a variable, not an entry of a mapping. */
const END = 28n;
const THRESHOLD_MAX = 4_000n;

const word = (value: bigint) => ethers.toBeHex(value, 32);
const at = (base: string | bigint, offset = 0n) => word((BigInt(base) + offset) % 2n ** 256n);
const mapped = (key: bigint | string, slot: number) =>
  ethers.keccak256(
    ethers.concat([typeof key === "string" ? ethers.zeroPadValue(key, 32) : word(key), word(BigInt(slot))]),
  );

/**
 * The storage of a live-style proxy with `count` nodes, written slot by slot from the deployed layout and by no contract of ours.
 * Settings, owner and tags are those of `model` (chain and proxy included); nodes, keys, recipients and the aggregate are new.
 */
export function generateLegacyState(model: StateFile, count: number): StateFile {
  const requirement = BigInt(model.storage[word(11n)] ?? 0n);
  const made = rehearsalNodes(count, requirement);
  const storage: Record<string, string> = {};
  const namespaces = new Set(
    ["Ownable", "Ownable2Step", "Pausable", "Initializable"].map((name) => {
      const inner = ethers.toBeHex(BigInt(ethers.id(`openzeppelin.storage.${name}`)) - 1n, 32);
      return word((BigInt(ethers.keccak256(inner)) >> 8n) << 8n);
    }),
  );
  for (const [slot, value] of Object.entries(model.storage)) {
    if (BigInt(slot) < END || namespaces.has(word(BigInt(slot)))) storage[word(BigInt(slot))] = value;
  }

  const set = (slot: string, value: bigint) => {
    if (value !== 0n) storage[slot] = word(value);
    else Reflect.deleteProperty(storage, slot);
  };
  const link = (id: number, next: number, prev: number) =>
    set(mapped(BigInt(id), SLOT.nodes), BigInt(next) | (BigInt(prev) << 64n));
  link(0, count === 0 ? 0 : 1, count);

  const keys = made.map((node) => publicKeyOf(node.secretKey));
  const recipients: StateFile["expected"]["recipients"] = {};
  const nodes: NodeJson[] = made.map((node, index) => {
    const id = index + 1;
    const next = id === count ? 0 : id + 1;
    const { X, Y } = publicKeyToParams(keys[index] as (typeof keys)[number]);
    const base = mapped(BigInt(id), SLOT.nodes);
    const operator = node.contributors[0]?.address ?? ethers.ZeroAddress;
    const addedTimestamp = BigInt(1_700_000_000 + index);
    link(id, next, index);
    set(at(base, 1n), BigInt(operator));
    set(at(base, 2n), X);
    set(at(base, 3n), Y);
    set(at(base, 4n), addedTimestamp);
    set(at(base, 7n), requirement);
    set(at(base, 8n), BigInt(node.contributors.length));
    const list = ethers.keccak256(at(base, 8n));
    node.contributors.forEach(({ address, beneficiary, amount }, seat) => {
      set(at(list, BigInt(3 * seat)), BigInt(address));
      set(at(list, BigInt(3 * seat + 1)), BigInt(beneficiary));
      set(at(list, BigInt(3 * seat + 2)), BigInt(amount));
    });
    set(at(base, 9n), BigInt(node.ed25519Pubkey));
    set(mapped(BigInt(node.ed25519Pubkey), SLOT.ed25519), BigInt(id));
    set(ethers.keccak256(ethers.concat([word(X), word(Y), word(BigInt(SLOT.ids))])), BigInt(id));
    if (index % 3 === 0) {
      const rewards = 1_000_000_000n * BigInt(index + 2);
      const claimed = BigInt(index) * 7n;
      const slot = mapped(operator, SLOT.recipients);
      set(slot, rewards);
      set(at(slot, 1n), claimed);
      recipients[operator] = { rewards: rewards.toString(), claimed: claimed.toString() };
    }
    return {
      id: String(id),
      next: String(next),
      prev: String(index),
      operator,
      blsPubkey: { X: X.toString(), Y: Y.toString() },
      addedTimestamp: addedTimestamp.toString(),
      leaveRequestTimestamp: "0",
      latestLeaveRequestTimestamp: "0",
      deposit: requirement.toString(),
      ed25519Pubkey: BigInt(node.ed25519Pubkey).toString(),
      contributors: node.contributors.map(({ address, beneficiary, amount }) => ({
        addr: address,
        beneficiary,
        stakedAmount: amount,
      })),
    };
  });

  const total = BigInt(count);
  const threshold = total / 3n < THRESHOLD_MAX ? total / 3n : THRESHOLD_MAX;
  const aggregate = publicKeyToParams(aggregatePublicKeys(keys));
  const pool = BigInt(model.foundationPool);
  set(word(BigInt(SLOT.nextServiceNodeID)), pool | (BigInt(count + 1) << 160n));
  set(word(BigInt(SLOT.totalNodes)), total);
  set(word(BigInt(SLOT.threshold)), threshold);
  set(word(BigInt(SLOT.aggregate)), aggregate.X);
  set(word(BigInt(SLOT.aggregate + 1)), aggregate.Y);
  return {
    ...model,
    secretKeys: made.map((node) => word(node.secretKey)),
    storage,
    expected: {
      totalNodes: total.toString(),
      nextServiceNodeID: String(count + 1),
      blsNonSignerThreshold: threshold.toString(),
      isStarted: true,
      aggregatePubkey: { X: aggregate.X.toString(), Y: aggregate.Y.toString() },
      recipients,
      currentClaimTotal: model.expected["currentClaimTotal"],
      currentClaimCycle: model.expected["currentClaimCycle"],
      nodes,
    },
  };
}
