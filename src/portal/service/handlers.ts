/** What the routes answer, apart from how they are reached. Addresses are 40 digits, keys 64, both lower-case hex without 0x. */
import { toAmount } from "../api/index.ts";
import type {
  AppConfig,
  AppVesting,
  CollectProgress,
  DepartingEntry,
  DepartureResult,
  ExitSignature,
  NetworkPoint,
  RewardsResult,
  RewardsSignature,
} from "../api/index.ts";
import { stakedBy } from "../index/index.ts";
import type { NodeFacts } from "../index/index.ts";
import type { Collection } from "./collections.ts";
import { stakeSums, toRewardsInfo } from "./earnings.ts";
import { readAddress } from "./parameters.ts";
import type { Fields } from "./parameters.ts";
import type { Portal } from "./portal.ts";
import { PortalError } from "./refusal.ts";
import { wrongProof } from "./registrations.ts";
import { EXIT_WAIT_SECONDS, rulesOf, SMALL_CONTRIBUTOR_SECONDS } from "./rules.ts";
import { readProofs, validate } from "./validation.ts";
import { checksum } from "./views.ts";

const NATIVE = "ETH";

export function config(portal: Portal): AppConfig {
  const { options, deps, features, deployed, figures } = portal;
  const { addresses } = deps.contracts;
  const { nettype, rules } = rulesOf(options.chainId);
  return {
    chainId: Number(options.chainId),
    chainName: options.networkName,
    nettype,
    explorer: options.explorer ?? null,
    rpcUrl: options.pageRpc ?? null,
    contracts: {
      rewards: addresses.rewards,
      pool: addresses.pool,
      token: addresses.token,
      factory: addresses.factory ?? null,
      lens: options.lens ?? null,
    },
    deployedBlock: deployed,
    nativeSymbol: NATIVE,
    stale: options.stale,
    collects: portal.collections.available,
    features: [...features],
    rules: {
      roundSeconds: rules.roundSeconds,
      unlockDelay: rules.unlockDelay,
      exitSigningWindow: rules.exitSigningWindow,
      liquidationDelay: rules.liquidationDelay,
      exitWait: EXIT_WAIT_SECONDS,
      smallContributorWait: SMALL_CONTRIBUTOR_SECONDS,
      signatureExpiry: figures.signatureExpiry,
    },
    version: options.version,
  };
}

/** Claims are the contract's word, lifetime rewards the nodes' as far as they say more than the contract has on record. */
export async function rewards(portal: Portal, address: string) {
  const { follower, snapshots } = portal;
  const { recorded, claimed } = await onRecord(portal, address);
  const said = await lifetimeOf(portal, address);
  const lifetime = said !== undefined && said > recorded ? said : recorded;
  const { rules, timestamp } = snapshots.moment;
  return toRewardsInfo(stakeSums(follower.state, address, rules, timestamp), lifetime, claimed);
}

/** By the index where it knows the address; where history is not complete, by the contract. */
async function onRecord(portal: Portal, address: string): Promise<{ recorded: bigint; claimed: bigint }> {
  const { follower, deps } = portal;
  const known = follower.state.recipients.get(address);
  if (follower.gaps.length === 0) return known ?? { recorded: 0n, claimed: 0n };
  const block = portal.figures.block;
  const entry = await deps.contracts.rewards.recipients(checksum(address), { blockTag: block });
  return { recorded: entry.rewards, claimed: entry.claimed };
}

const said = new WeakMap<Portal, Map<string, { at: number; amount: Promise<bigint | undefined> }>>();
const MOST_SAID = 10_000;

/** What nodes say that an address has earned; asked once a round for each address. */
async function lifetimeOf(portal: Portal, address: string): Promise<bigint | undefined> {
  let cache = said.get(portal);
  if (!cache) said.set(portal, (cache = new Map()));
  const { roundSeconds } = portal.snapshots.moment.rules;
  const known = cache.get(address);
  if (known && performance.now() - known.at < roundSeconds * 1_000) return known.amount;
  if (cache.size >= MOST_SAID) cache.clear();
  const amount = portal.words.lifetime(address).then(async (figure) => {
    const collected = portal.collections.lastAmount(`0x${address}`);
    const best = figure === undefined || (collected !== undefined && collected > figure) ? collected : figure;
    if (best !== undefined) {
      const { block, timestamp } = portal.snapshots.moment;
      await portal.earnings.note(address, best, block, timestamp);
    }
    return best;
  });
  cache.set(address, { at: performance.now(), amount });
  amount.catch(() => cache.delete(address));
  return amount;
}

/** Listens to a collection that may be somebody else's. */
export interface Listening {
  onProgress?: (progress: CollectProgress) => void;
  signal?: AbortSignal;
}

export async function signRewards(
  portal: Portal,
  address: string,
  { onProgress, signal }: Listening = {},
): Promise<RewardsResult> {
  portal.requireReady();
  if (/^0+$/.test(address)) throw new PortalError(400, "bad-request", "The zero address has no rewards.");
  const recipient = checksum(address);
  const collection = await portal.collections.get({ kind: "reward", recipient }, onProgress, signal);
  const { signature, collectedAt, blockheight } = collection;
  const { timestamp, block } = portal.snapshots.moment;
  if (signature.amount !== undefined) await portal.earnings.note(address, signature.amount, block, timestamp);
  return {
    aggregate_pubkey: signature.aggregatePubkey,
    amount: toAmount(signature.amount ?? 0n),
    height: signature.height,
    msg_to_sign: signature.message,
    non_signer_indices: signature.nonSigners,
    signature: signature.signature,
    address: recipient,
    blockheight,
    nodes: signature.nodes,
    signed: signature.nodes - signature.nonSigners.length,
    collectedAt,
  };
}

/** The part of it that the live route has. */
export function toRewardsSignature(result: RewardsResult): RewardsSignature {
  const { aggregate_pubkey, amount, height, msg_to_sign, non_signer_indices, signature } = result;
  return { aggregate_pubkey, amount, height, msg_to_sign, non_signer_indices, signature };
}

export async function signDeparture(
  portal: Portal,
  kind: "exit" | "liquidate",
  ed25519: string,
  { onProgress, signal }: Listening = {},
): Promise<DepartureResult> {
  portal.requireReady();
  const node = heldNode(portal, ed25519);
  const request = { kind, blsPubkey: `0x${node.bls}`, ed25519Pubkey: `0x${ed25519}` };
  const { signature, collectedAt, blockheight }: Collection = await portal.collections.get(request, onProgress, signal);
  const timestamp = signature.timestamp as number;
  return {
    bls_pubkey: node.bls,
    msg_to_sign: signature.message,
    non_signer_indices: signature.nonSigners,
    signature: signature.signature,
    timestamp,
    blockheight,
    nodes: signature.nodes,
    signed: signature.nodes - signature.nonSigners.length,
    collectedAt,
    validUntil: timestamp + portal.figures.signatureExpiry,
  };
}

export function toExitSignature(result: DepartureResult): ExitSignature {
  const { bls_pubkey, msg_to_sign, non_signer_indices, signature, timestamp } = result;
  return { bls_pubkey, msg_to_sign, non_signer_indices, signature, timestamp };
}

function heldNode(portal: Portal, ed25519: string): NodeFacts {
  const { state } = portal.follower;
  for (const id of state.held) {
    const node = state.nodes.get(id);
    if (node?.ed25519 === ed25519) return node;
  }
  throw new PortalError(
    404,
    "no-such-node",
    "The contract holds no node with this key: it has left, or never was there.",
  );
}

/** By the nodes' word; where nobody is asked, by the rules and the contract: who unlocked and is still there. */
export function departing(portal: Portal): DepartingEntry[] {
  const { follower, snapshots, words, options } = portal;
  const { rules, timestamp, block, secondsPerBlock } = snapshots.moment;
  const heightAt = (time: number) => Math.max(0, block + Math.ceil((time - timestamp) / secondsPerBlock));
  const list: DepartingEntry[] = [];
  for (const id of follower.state.held) {
    const node = follower.state.nodes.get(id) as NodeFacts;
    const word = words.departing.get(node.bls);
    const unlocks = node.leaveAt + rules.unlockDelay;
    const unlocked = node.leaveAt !== 0 && unlocks <= timestamp;
    if (!word && !unlocked) continue;
    list.push({
      info: { bls_public_key: node.bls },
      height: word?.height ?? heightAt(unlocks),
      liquidation_height: word?.liquidationHeight ?? heightAt(unlocks + rules.exitSigningWindow),
      service_node_pubkey: node.ed25519,
      type: word?.type ?? "exit",
      version: options.version,
    });
  }
  return list;
}

/** Stores a registration. @throws PortalError 400 naming the field, or the signature that does not verify */
export async function store(portal: Portal, ed25519: string, fields: Fields) {
  const read = readProofs(fields, ed25519);
  if ("field" in read) {
    throw new PortalError(400, "bad-request", `The field ${read.field} is missing, or not of its form.`, {
      details: { field: read.field },
    });
  }
  const given = fields["contract"];
  const contract = given === undefined || given === "" ? undefined : readAddress(given);
  if (given !== undefined && given !== "" && contract === undefined) {
    throw new PortalError(400, "bad-request", "The field contract is not an address, or has a wrong checksum.", {
      details: { field: "contract" },
    });
  }
  const wrong = wrongProof(portal.tags, read.proofs);
  if (wrong !== undefined) {
    throw new PortalError(
      400,
      "signature",
      `The signature sig_${wrong} does not verify for these keys, operator, contract and chain.`,
      {
        details: { field: `sig_${wrong}` },
      },
    );
  }
  return portal.registrations.store(read.proofs, contract, Date.now() / 1_000);
}

export function check(portal: Portal, fields: Fields) {
  const { stakingRequirement: requirement, maxContributors } = portal.figures;
  return validate(fields, { tags: portal.tags, requirement, maxContributors });
}

const MOST_POINTS = 2_000;

export function networkHistory(portal: Portal, points: number): NetworkPoint[] {
  const count = Math.max(2, Math.min(MOST_POINTS, points));
  return portal.follower.state.points(count).map(({ t, block, nodes, stake, claimed, rate }) => ({
    t,
    block,
    nodes,
    stake: toAmount(stake),
    rewardRate: rate === undefined ? null : toAmount(rate),
    claimed: toAmount(claimed),
  }));
}

/** Of a beneficiary or revoker, or the contract itself. */
export async function vesting(portal: Portal, address: string): Promise<AppVesting[]> {
  const { follower, deps, source } = portal;
  const { block } = portal.figures;
  const { timestamp } = portal.snapshots.moment;
  const mine = [...follower.state.vesting.values()].filter((one) =>
    [one.address, one.beneficiary, one.revoker].includes(address),
  );
  return Promise.all(
    mine.map(async (one) => {
      const balance = await source.balance(deps.contracts.addresses.token, one.address, block);
      return {
        address: checksum(one.address),
        beneficiary: checksum(one.beneficiary),
        revoker: checksum(one.revoker),
        start: one.start,
        end: one.end,
        revoked: one.revoked,
        transferableBeneficiary: one.transferable,
        balance: toAmount(balance),
        staked: toAmount(stakedBy(follower, one.address)),
        releasable: toAmount(timestamp >= one.end ? balance : 0n),
        releasableAt: one.end,
      };
    }),
  );
}
