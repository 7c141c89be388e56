import { concat, encodeBytes32String, id as hashOf, keccak256, toBeHex } from "ethers";
import type { Upgradeable } from "../chain/system.ts";
import type { Address, Governed, Key, NodeState, TokenState, World } from "../core/world.ts";
import { worldTags } from "../rules/rewards/signatures.ts";
import { keyOf } from "../core/keys.ts";
import { keyBytes, ringOf } from "../views/rewards.ts";

/** The storage of a live proxy, as `storage-layout.json` lays it out: slot to word, both 32 bytes. */
export type Slots = Map<bigint, bigint>;

type Put = (slot: bigint, value: bigint) => void;

function namespace(name: string): bigint {
  const inner = toBeHex(BigInt(hashOf(`openzeppelin.storage.${name}`)) - 1n, 32);
  return BigInt(keccak256(inner)) & ~0xffn;
}

const OWNABLE = namespace("Ownable");
const OWNABLE_2_STEP = namespace("Ownable2Step");
const PAUSABLE = namespace("Pausable");
const INITIALIZABLE = namespace("Initializable");
const ERC20 = namespace("ERC20");

function inMapping(slot: bigint, key: string | bigint): bigint {
  const word = typeof key === "bigint" ? toBeHex(key, 32) : toBeHex(BigInt(key), 32);
  return BigInt(keccak256(concat([word, toBeHex(slot, 32)])));
}

/** Live proxies are at version 1 of their initialiser. */
function governed(put: Put, { owner, pendingOwner, paused }: Governed): void {
  put(OWNABLE, BigInt(owner));
  put(OWNABLE_2_STEP, BigInt(pendingOwner));
  put(PAUSABLE, paused ? 1n : 0n);
  put(INITIALIZABLE, 1n);
}

export function slotsOf(world: World, role: Upgradeable): Slots {
  const slots: Slots = new Map();
  const put: Put = (slot, value) => void slots.set(slot, value);
  if (role === "rewards") rewards(put, world);
  else if (role === "pool") {
    const { pool } = world;
    governed(put, pool);
    put(0n, BigInt(pool.token));
    put(1n, BigInt(pool.beneficiary));
    put(2n, pool.totalPaidOut);
    put(3n, pool.lastPaidOut);
  } else if (role === "factory") {
    const { factory } = world;
    governed(put, factory);
    put(0n, BigInt(factory.rewards));
    for (const address of Object.keys(factory.deployed)) put(inMapping(1n, address), 1n);
  } else token(put, world.tokens[world.at.token] as TokenState, world.at.l1Token);
  return slots;
}

function token(put: Put, state: TokenState, l1Address: Address): void {
  put(INITIALIZABLE, 1n);
  put(0n, BigInt(state.gateway ?? 0n));
  put(1n, BigInt(l1Address));
  for (const [account, balance] of Object.entries(state.balances)) put(inMapping(ERC20, account), balance);
  for (const [pair, value] of Object.entries(state.allowances)) {
    const [owner, spender] = pair.split(",") as [Address, Address];
    put(inMapping(inMapping(ERC20 + 1n, owner), spender), value);
  }
  put(ERC20 + 2n, state.supply);
  put(ERC20 + 3n, shortString("Session Token"));
  put(ERC20 + 4n, shortString("SESH"));
}

/** Up to 31 bytes: the text, and twice its length in the last byte. */
function shortString(value: string): bigint {
  return BigInt(encodeBytes32String(value)) + BigInt(2 * value.length);
}

function rewards(put: Put, world: World): void {
  const state = world.rewards;
  governed(put, state);
  put(0n, (BigInt(state.token) << 8n) + (state.started ? 1n : 0n));
  put(1n, (state.nextId << 160n) + BigInt(state.foundationPool));
  put(2n, state.totalNodes);
  put(3n, state.threshold);
  put(4n, state.thresholdMax);
  put(5n, state.expiry);
  const tags = worldTags(world);
  const inOrder = [tags.proofOfPossession, tags.reward, tags.exit, tags.liquidate, tags.hashToG2];
  for (const [index, tag] of inOrder.entries()) put(6n + BigInt(index), BigInt(tag));
  put(11n, state.requirement);
  put(12n, state.maxContributors);
  put(13n, state.ratios.liquidator);
  put(14n, state.ratios.pool);
  put(15n, state.ratios.recipient);
  for (const id of ["0", ...state.list]) node(put, world, id);
  for (const [address, { rewards: lifetime, claimed }] of Object.entries(state.recipients)) {
    const slot = inMapping(17n, address);
    put(slot, lifetime);
    put(slot + 1n, claimed);
  }
  key(put, 19n, keyOf(state.aggregate));
  put(21n, state.lastHeight);
  put(22n, state.additions);
  put(23n, state.claimThreshold);
  put(24n, state.claimCycle);
  put(25n, state.claimTotal);
  put(26n, state.cycle);
}

function key(put: Put, slot: bigint, [X, Y]: Key): void {
  put(slot, X);
  put(slot + 1n, Y);
}

function node(put: Put, world: World, id: string): void {
  const slot = inMapping(16n, BigInt(id));
  const { next, prev } = ringOf(world, id);
  put(slot, (prev << 64n) + next);
  const state = world.rewards.nodes[id] as NodeState | undefined;
  if (state === undefined) return;
  put(slot + 1n, BigInt(state.operator));
  key(put, slot + 2n, state.key);
  put(slot + 4n, state.added);
  put(slot + 5n, state.leaveRequest);
  put(slot + 6n, state.latestLeaveRequest);
  put(slot + 7n, state.deposit);
  put(slot + 8n, BigInt(state.contributors.length));
  const data = BigInt(keccak256(toBeHex(slot + 8n, 32)));
  for (const [index, { addr, beneficiary, stake }] of state.contributors.entries()) {
    const at = data + 3n * BigInt(index);
    put(at, BigInt(addr));
    put(at + 1n, BigInt(beneficiary));
    put(at + 2n, stake);
  }
  put(slot + 9n, state.ed25519);
  // a mapping by bytes hashes the bytes as they are
  put(BigInt(keccak256(concat([keyBytes(state.key), toBeHex(18n, 32)]))), BigInt(id));
  put(inMapping(27n, state.ed25519), BigInt(id));
}
