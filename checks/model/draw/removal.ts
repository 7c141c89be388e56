import { DAY, HOUR } from "../core/world.ts";
import type { CallStep, KeySpec, MessageSpec } from "../core/steps.ts";
import type { NodeState } from "../core/world.ts";
import { anyone, call, freeKeys, HUGE, keySpecOf, nameOf, nodeOf, nonSigners, signedBy, someNode } from "./context.ts";
import type { Draft, Draw } from "./context.ts";

export const initiateExit: Draw = (draft) => {
  const { rng, world } = draft;
  const found = someNode(draft);
  if (found === undefined || rng.oneIn(15)) {
    return call(
      anyone(draft),
      "@rewards",
      "initiateExitBLSPublicKey",
      rng.pick(["0", "7", world.rewards.nextId.toString(), "12345"]),
    );
  }
  const young = world.rewards.list.filter((id) => {
    const node = nodeOf(draft, id);
    return small(node).length > 0 && draft.now < node.added + 30n * DAY;
  });
  if (young.length > 0 && rng.oneIn(2)) return initiateYoung(draft, rng.pick(young));
  const asked = world.rewards.list.filter((id) => nodeOf(draft, id).leaveRequest > 0n);
  return initiateExitOf(asked.length > 0 && rng.oneIn(3) ? rng.pick(asked) : found.id)(draft);
};

/** B3: who may not start the clock yet may repeat the request of one who did. */
function initiateYoung(draft: Draft, id: string): CallStep {
  const node = nodeOf(draft, id);
  const starters = node.contributors.filter((contributor) => !small(node).includes(contributor));
  const { addr } = draft.rng.pick(node.leaveRequest === 0n && starters.length > 0 ? starters : small(node));
  return call(nameOf(draft, addr), "@rewards", "initiateExitBLSPublicKey", id);
}

function small({ contributors, deposit }: NodeState): NodeState["contributors"] {
  return contributors.filter(({ stake }) => stake * 4n < deposit);
}

/** By a contributor as a rule, the small ones first: the 30 days are theirs. */
export function initiateExitOf(id: string): Draw {
  return (draft) => {
    const { rng } = draft;
    const node = nodeOf(draft, id);
    const few = small(node);
    const { addr } = rng.pick(few.length > 0 && rng.oneIn(2) ? few : node.contributors);
    return call(rng.oneIn(6) ? anyone(draft) : nameOf(draft, addr), "@rewards", "initiateExitBLSPublicKey", id);
  };
}

export function exitAfterWaitOf(id: string): Draw {
  return (draft) => call(anyone(draft), "@rewards", "exitBLSPublicKeyAfterWaitTime", id);
}

export const exitAfterWait: Draw = (draft) => {
  const { rng, world } = draft;
  const { list, nodes, nextId } = world.rewards;
  const asked = list.filter((id) => (nodes[id]?.leaveRequest ?? 0n) > 0n);
  const ids = rng.oneIn(5) || asked.length === 0 ? [...list, "0", nextId.toString()] : asked;
  return call(anyone(draft), "@rewards", "exitBLSPublicKeyAfterWaitTime", rng.pick(ids));
};

/** Times that a signature may carry: good ones as a rule, on a coarse grid so that signatures come again; else a corner. */
function timestampFor(draft: Draft, added: bigint): bigint {
  const { rng, now, world } = draft;
  const { expiry } = world.rewards;
  if (!rng.oneIn(3)) {
    const round = now - (now % 60n);
    return round >= added ? round : now;
  }
  const value = rng.pick([
    now,
    now - expiry,
    now - expiry - 1n,
    now + expiry,
    now + expiry + 1n,
    now + 2n * HOUR - expiry,
    now + 2n * HOUR - expiry - 1n,
    now + 2n * HOUR - expiry + 1n,
    added,
    added - 1n,
    0n,
    BigInt(HUGE),
    2n ** 64n,
  ]);
  return value < 0n ? 0n : value;
}

/** A key to remove: of an old enough node as a rule. */
function target(draft: Draft): { key: KeySpec; added: bigint } {
  const { rng, now, world } = draft;
  if (rng.oneIn(15)) {
    const free = freeKeys(draft);
    if (free.length > 0) return { key: { key: rng.pick(free) }, added: now };
  }
  const old = world.rewards.list.filter((id) => (world.rewards.nodes[id]?.added ?? 0n) + 2n * HOUR <= now);
  const id = old.length > 0 && !rng.oneIn(5) ? rng.pick(old) : someNode(draft)?.id;
  const node = id === undefined ? undefined : world.rewards.nodes[id];
  if (node === undefined) return { key: { key: ["1", "2"] }, added: now };
  const key = keySpecOf(draft, node);
  return { key: rng.oneIn(40) && typeof key.key === "number" ? { ...key, form: "unreduced" } : key, added: node.added };
}

function message(kind: "exit" | "liquidate", key: KeySpec, timestamp: bigint): MessageSpec {
  const removal = { key, timestamp: timestamp.toString() };
  return kind === "exit" ? { exit: removal } : { liquidate: removal };
}

export const removeSigned: Draw = (draft) => signedRemoval(draft, target(draft));

export function removeSignedOf(id: string): Draw {
  return (draft) => {
    const node = nodeOf(draft, id);
    return signedRemoval(draft, { key: keySpecOf(draft, node), added: node.added });
  };
}

function signedRemoval(draft: Draft, { key, added }: { key: KeySpec; added: bigint }): CallStep {
  const { rng } = draft;
  const kind = rng.pick(["exit", "liquidate"] as const);
  const timestamp = timestampFor(draft, added);
  const ids = nonSigners(draft);
  // now and then the other kind of consent
  const signed = rng.oneIn(25) ? (kind === "exit" ? "liquidate" : "exit") : kind;
  const signature = signedBy(draft, [message(signed, key, timestamp)], ids);
  return call(anyone(draft), "@rewards", `${kind}BLSPublicKeyWithSignature`, key, timestamp.toString(), signature, ids);
}

export const removeBatch: Draw = (draft) => {
  const { rng } = draft;
  const kind = rng.pick(["exit", "liquidate"] as const);
  const size = rng.weighted([
    [1, 0],
    [4, 1],
    [6, 2],
    [2, 3],
  ]);
  const entries = Array.from({ length: size }, () => {
    const { key, added } = target(draft);
    return { key, timestamp: timestampFor(draft, added) };
  });
  const [first] = entries;
  const distinct = entries.filter(
    (entry, index) =>
      rng.oneIn(6) || entries.findIndex(({ key }) => JSON.stringify(key) === JSON.stringify(entry.key)) === index,
  );
  if (first !== undefined && rng.oneIn(20)) distinct.push({ ...first, timestamp: first.timestamp ^ 1n });
  const messages = distinct.map(({ key, timestamp }) => message(kind, key, timestamp));
  const ids = nonSigners(draft);
  const roots = rng.oneIn(2) ? [] : { roots: messages, ...(rng.oneIn(10) ? { spoil: "wrong" as const } : {}) };
  return call(
    anyone(draft),
    "@rewards",
    `${kind}BLSPublicKeysWithSignature`,
    distinct.map(({ key, timestamp }) => [key, timestamp.toString()]),
    signedBy(draft, messages, ids),
    ids,
    roots,
  );
};
