import { ZERO } from "../core/world.ts";
import type { CallStep, Json, KeySpec, SignSpec } from "../core/steps.ts";
import { anyone, call, ed25519For, freeKeys, governor, keySpecOf, NULL, someNode, USERS } from "./context.ts";
import type { Draft, Draw } from "./context.ts";
import { permitWords } from "./token.ts";

type Entry = [[string, string], string];

/** A registration in parts, so that faults can be put into any of them. */
interface Registration {
  from: string;
  index: number;
  key: KeySpec;
  operator: string;
  ed25519: string;
  fee: string;
  contributors: Entry[];
  signature: SignSpec;
}

/** Splits the requirement among distinct people, the operator first. */
function contributorsFor(draft: Draft, count: number): Entry[] {
  const { rng, world } = draft;
  const { requirement } = world.rewards;
  const people = rng.some(USERS, count);
  const quarter = (requirement + 3n) / 4n;
  let left = requirement;
  return people.map((addr, index) => {
    const isLast = index === people.length - 1;
    const share = isLast
      ? left
      : index === 0
        ? quarter + (rng.oneIn(2) ? 0n : quarter / 2n)
        : left / BigInt(rng.between(2, 4));
    left -= share;
    const beneficiary = rng.oneIn(3) ? rng.pick(USERS) : addr;
    return [[addr, beneficiary], share.toString()] as Entry;
  });
}

function sound(draft: Draft): Registration {
  const { rng, world } = draft;
  const free = freeKeys(draft);
  const index = free.length > 0 ? rng.pick(free) : 0;
  const most = Number(world.rewards.maxContributors);
  const contributors = rng.oneIn(2) ? [] : contributorsFor(draft, rng.between(1, Math.min(7, Math.max(1, most))));
  const from = rng.pick(USERS);
  const operator = contributors[0]?.[0][0] ?? from;
  const key: KeySpec = { key: index };
  const ed25519 = ed25519For(index);
  return {
    from,
    index,
    key,
    operator,
    ed25519,
    fee: String(rng.pick([0, 100, 500, 10_000])),
    contributors,
    signature: { sign: [{ pop: { key, operator, ed25519 } }], by: [index] },
  };
}

type Fault = (draft: Draft, it: Registration) => void;

const FAULTS: readonly Fault[] = [
  // key known
  (draft, it) => {
    const node = someNode(draft);
    if (node) it.key = keySpecOf(draft, node.node);
  },
  // Ed25519 key known, with a proof for it
  (draft, it) => {
    const other = someNode(draft);
    if (other) it.ed25519 = other.node.ed25519.toString();
    resign(it);
  },
  (_, it) => {
    it.ed25519 = "0";
    resign(it);
  },
  (_, it) => {
    it.key = { key: ["0", "0"] };
    it.signature = { ...it.signature, spoil: "zero" };
  },
  (_, it) => void (it.key = { key: it.index, form: "unreduced" }),
  (_, it) => void (it.key = { key: ["1", "1"] }),
  // proofs of something else
  ({ rng }, it) =>
    void (it.signature = {
      ...it.signature,
      spoil: rng.pick(["zero", "garbage", "unreduced", "negated", "halves"] as const),
    }),
  (_, it) => void (it.signature = { ...it.signature, by: [(it.index + 1) % 20] }),
  ({ rng }, it) => {
    it.signature = { sign: [{ pop: { key: it.key, operator: rng.pick(USERS), ed25519: it.ed25519 } }], by: [it.index] };
  },
  ({ rng }, it) => void (it.fee = rng.pick(["10001", "65535"])),
  // contributors
  ({ rng, world }, it) => {
    const most = Number(world.rewards.maxContributors);
    const each = world.rewards.requirement / BigInt(most + 1);
    it.contributors = Array.from({ length: most + 1 }, (_, i) => [
      [rng.pick(USERS), USERS[i % USERS.length] as string],
      (i === 0 ? world.rewards.requirement - each * BigInt(most) : each).toString(),
    ]);
    it.operator = it.contributors[0]?.[0][0] ?? it.operator;
    resign(it);
  },
  ({ rng }, it) => {
    const entry = rng.pick(it.contributors.length > 0 ? it.contributors : [[["@alice", "@alice"], "0"] as Entry]);
    entry[1] = (BigInt(entry[1]) + (rng.oneIn(2) ? 1n : BigInt(entry[1]) > 0n ? -1n : 0n)).toString();
  },
  // the operator below a quarter
  ({ world }, it) => {
    const below = (world.rewards.requirement + 3n) / 4n - 1n;
    it.contributors = [
      [["@alice", "@alice"], below.toString()],
      [["@bob", "@bob"], (world.rewards.requirement - below).toString()],
    ];
    it.operator = "@alice";
    resign(it);
  },
  ({ rng }, it) => void (it.contributors.length > 0 && (rng.pick(it.contributors)[0][rng.below(2)] = NULL)),
  ({ rng }, it) => {
    const [first] = it.contributors;
    const other = it.contributors.at(-1);
    if (first && other && first !== other) other[0][0] = rng.oneIn(4) ? NULL : first[0][0];
  },
  (_, it) => void it.contributors.push([["@gateway", "@gateway"], "0"]),
];

function resign(it: Registration): void {
  it.signature = { sign: [{ pop: { key: it.key, operator: it.operator, ed25519: it.ed25519 } }], by: [it.index] };
}

/** A flaw or two, or none: two show the order of the checks. */
function faulted(draft: Draft, faults: readonly Fault[], it: Registration, none = 6): Registration {
  const count = draft.rng.weighted([
    [none, 0],
    [4, 1],
    [3, 2],
  ]);
  for (let i = 0; i < count; i++) draft.rng.pick(faults)(draft, it);
  return it;
}

export const register: Draw = (draft) => {
  const it = faulted(draft, FAULTS, sound(draft));
  const params: Json = [it.ed25519, "1", "2", it.fee];
  const parts: Json[] = [it.key, it.signature, params, it.contributors as unknown as Json];
  if (!draft.rng.oneIn(6)) return call(it.from, "@rewards", "addBLSPublicKey", ...parts);
  const permit = permitWords(draft, it.from, "@token", "@rewards", draft.world.rewards.requirement.toString());
  return call(it.from, "@rewards", "addBLSPublicKeyWithPermit", ...parts, permit);
};

/** Registrations that are sound, for bursts: the key is given. */
export function registerSoundly(draft: Draft, index: number, from: string): CallStep {
  const key: KeySpec = { key: index };
  const ed25519 = ed25519For(index);
  const signature: SignSpec = { sign: [{ pop: { key, operator: from, ed25519 } }], by: [index] };
  return call(from, "@rewards", "addBLSPublicKey", key, signature, [ed25519, "1", "2", "0"], []);
}

export const seed: Draw = (draft) => {
  const { rng, world } = draft;
  const free = freeKeys(draft);
  const nodes = rng.some(free, rng.between(0, 4)).map((index) => {
    const most = Math.min(7, Math.max(1, Number(world.rewards.maxContributors)));
    const it: Registration = { ...sound(draft), index, key: { key: index }, ed25519: ed25519For(index) };
    it.contributors = contributorsFor(draft, rng.between(1, most));
    if (rng.oneIn(3)) faulted(draft, FAULTS, it, 0);
    if (rng.oneIn(12)) it.contributors = [];
    const added = rng.pick([draft.now, draft.now - 10_000n, 1_700_000_000n, 0n, draft.now + 100n]);
    return [it.key, it.ed25519, added.toString(), it.contributors] as unknown as Json;
  });
  const [first] = nodes;
  if (first !== undefined && rng.oneIn(15)) nodes.push(first);
  return call(
    governor(draft, world.rewards.owner === ZERO ? "" : world.rewards.owner),
    "@rewards",
    "seedPublicKeyList",
    nodes,
  );
};

/** Nodes that are there from the beginning. */
export function seedSoundly(draft: Draft, count: number): CallStep {
  const { rng, world } = draft;
  const most = Math.min(7, Number(world.rewards.maxContributors));
  const nodes = rng.some(freeKeys(draft), count).map((index) => {
    const contributors = contributorsFor(draft, rng.between(1, most));
    const added = draft.now - BigInt(rng.pick([0, 3600, 7190, 100_000, 40 * 86_400]));
    return [{ key: index }, ed25519For(index), added.toString(), contributors] as unknown as Json;
  });
  return call("@owner", "@rewards", "seedPublicKeyList", nodes);
}

export const start: Draw = (draft) => call(governor(draft, draft.world.rewards.owner), "@rewards", "start");

export const rederive: Draw = (draft) => call(anyone(draft), "@rewards", "rederiveTotalNodesAndAggregatePubkey");
