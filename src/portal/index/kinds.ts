/** The events that the index keeps, and how they are read. */
import { Interface } from "ethers";
import type { EventFragment, ParamType, Result } from "ethers";
import {
  rewardRatePoolAbi,
  serviceNodeContributionAbi,
  serviceNodeContributionFactoryAbi,
  serviceNodeRewardsAbi,
  tokenVestingStakingAbi,
} from "../../chain/abi.ts";
import { toAmount } from "../api/index.ts";

/** Whose event it is. */
export type Room = "rewards" | "pool" | "factory" | "contribution" | "vesting";

/** Stored by number: append only. */
const NAMES: readonly (readonly [room: Room, name: string])[] = [
  ["rewards", "NewSeededServiceNode"],
  ["rewards", "NewServiceNodeV2"],
  ["rewards", "ServiceNodeExitRequest"],
  ["rewards", "ServiceNodeLiquidated"],
  ["rewards", "ServiceNodeExit"],
  ["rewards", "RewardsBalanceUpdated"],
  ["rewards", "RewardsClaimed"],
  ["rewards", "StakingRequirementUpdated"],
  ["rewards", "ClaimThresholdUpdated"],
  ["rewards", "ClaimCycleUpdated"],
  ["rewards", "LiquidationRatiosUpdated"],
  ["rewards", "SignatureExpiryUpdated"],
  ["rewards", "BLSNonSignerThresholdMaxUpdated"],
  ["rewards", "Paused"],
  ["rewards", "Unpaused"],
  ["pool", "FundsReleased"],
  ["pool", "BeneficiaryUpdated"],
  ["factory", "NewServiceNodeContributionContract"],
  ["contribution", "Filled"],
  ["contribution", "Finalized"],
  ["contribution", "NewContribution"],
  ["contribution", "OpenForPublicContribution"],
  ["contribution", "Reset"],
  ["contribution", "UpdateFee"],
  ["contribution", "UpdateManualFinalize"],
  ["contribution", "UpdatePubkeys"],
  ["contribution", "UpdateReservedContributors"],
  ["contribution", "UpdateStakerBeneficiary"],
  ["contribution", "WithdrawContribution"],
  ["vesting", "BeneficiaryTransferred"],
  ["vesting", "RevokerTransferred"],
  ["vesting", "TokenVestingRevoked"],
  ["vesting", "TokensReleased"],
  ["vesting", "TokensRevokedReleased"],
];

const interfaces: Readonly<Record<Room, Interface>> = {
  rewards: new Interface(serviceNodeRewardsAbi),
  pool: new Interface(rewardRatePoolAbi),
  factory: new Interface(serviceNodeContributionFactoryAbi),
  contribution: new Interface(serviceNodeContributionAbi),
  vesting: new Interface(tokenVestingStakingAbi),
};

/** What is known of a kind beforehand. */
export interface Kind {
  readonly number: number;
  readonly room: Room;
  readonly name: string;
  readonly topic: string;
  readonly fragment: EventFragment;
  /** Indexed arguments. */
  readonly indexed: number;
}

export const KINDS: readonly Kind[] = NAMES.map(([room, name], number) => {
  const fragment = interfaces[room].getEvent(name);
  if (fragment === null) throw new Error(`the ABI has no event ${name}`);
  const indexed = fragment.inputs.filter((input) => input.indexed).length;
  return { number, room, name, topic: fragment.topicHash, fragment, indexed };
});

const byTopic = new Map(KINDS.map((kind) => [`${kind.room} ${kind.topic}`, kind]));

/** The kind of a log; undefined for one that is not kept. */
export function kindOf(room: Room, topic: string | undefined): Kind | undefined {
  return topic === undefined ? undefined : byTopic.get(`${room} ${topic}`);
}

/** An event as it is stored. Hex is lower case without 0x. */
export interface StoredEvent {
  block: number;
  logIndex: number;
  /** Of the block, unix seconds. */
  timestamp: number;
  kind: number;
  /** The contract. */
  emitter: string;
  /** Id of the node that it is about. */
  node: number | null;
  /** The address that it is about. */
  account: string | null;
  tx: string;
  /** Topics behind the first, then the data. */
  data: string;
}

/** The 32-byte word at a position of the data. */
export function word(event: Pick<StoredEvent, "data">, index: number): bigint {
  return BigInt(`0x${event.data.slice(64 * index, 64 * index + 64) || "0"}`);
}

/** The address in a word, 40 digits of lower-case hex. */
export function addressAt(event: Pick<StoredEvent, "data">, index: number): string {
  return event.data.slice(64 * index + 24, 64 * index + 64);
}

/** Decoded arguments, by ethers. */
function decode(event: Pick<StoredEvent, "kind" | "data">): Result {
  const kind = KINDS[event.kind] as Kind;
  const topics = Array.from({ length: kind.indexed }, (_, i) => `0x${event.data.slice(64 * i, 64 * i + 64)}`);
  const data = `0x${event.data.slice(64 * kind.indexed)}`;
  return interfaces[kind.room].decodeEventLog(kind.fragment, data, [kind.topic, ...topics]);
}

/** The arguments as JSON: integers as amounts, tuples as objects. */
export function argumentsOf(event: Pick<StoredEvent, "kind" | "data">): Record<string, unknown> {
  const { fragment } = KINDS[event.kind] as Kind;
  const values = decode(event);
  return Object.fromEntries(fragment.inputs.map((input, i) => [input.name || `arg${i}`, toJson(values[i], input)]));
}

function toJson(value: unknown, type: ParamType): unknown {
  if (type.arrayChildren) return [...(value as Result)].map((item) => toJson(item, type.arrayChildren as ParamType));
  if (type.components) {
    return Object.fromEntries(type.components.map((part, i) => [part.name, toJson((value as Result)[i], part)]));
  }
  return typeof value === "bigint" ? toAmount(value) : value;
}
