/**
 * What the page takes from the service, field by field, checked before it is shown or used; the service's own schemas (`../../api`)
 * say more and weigh fifteen times as much. Amounts become bigint, whether they came as numbers or as digits.
 */
import * as z from "zod/mini";

// A page's policy forbids making functions from text.
z.config({ jitless: true });

const whole = z.number().check(z.int(), z.nonnegative());
const amount = z.pipe(
  z.union([z.string().check(z.regex(/^\d{1,78}$/)), whole]),
  z.transform((value) => BigInt(value)),
);
const address = z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/));
const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));
const text = z.string().check(z.maxLength(2_000));
const url = z.nullable(z.string().check(z.regex(/^https?:\/\/[^\s"'<>]+$/)));

export const Config = z.object({
  chainId: whole,
  chainName: text,
  nettype: text,
  explorer: url,
  rpcUrl: url,
  contracts: z.object({
    rewards: address,
    pool: address,
    token: address,
    factory: z.nullable(address),
    lens: z.nullable(address),
  }),
  nativeSymbol: text,
  stale: whole,
  collects: z.boolean(),
  features: z.array(text),
  rules: z.object({
    roundSeconds: whole,
    unlockDelay: whole,
    exitSigningWindow: whole,
    liquidationDelay: whole,
    exitWait: whole,
    smallContributorWait: whole,
    signatureExpiry: whole,
  }),
});
export type Config = z.infer<typeof Config>;

export const State = z.object({
  head: z.object({
    block: whole,
    timestamp: whole,
    complete: z.boolean(),
    missing: z.array(text),
    chainHead: whole,
    lagSeconds: z.number(),
  }),
  figures: z.object({
    nodes: whole,
    active: whole,
    awaitingExit: whole,
    totalStake: amount,
    stakingRequirement: amount,
    maxContributors: whole,
    minOperatorContribution: amount,
    rewardsPerDay: amount,
    poolBalance: amount,
    claim: z.object({ threshold: amount, cycleSeconds: whole, used: amount, left: amount, resetsAt: whole }),
    paused: z.object({ rewards: z.boolean(), factory: z.nullable(z.boolean()) }),
    started: z.boolean(),
    blsNonSignerThreshold: whole,
    ratios: z.object({ liquidator: whole, pool: whole, recipient: whole }),
  }),
});
export type State = z.infer<typeof State>;

const STAGES = ["active", "unlocking", "unlocked", "overdue", "free", "deregistered"] as const;
export const Nodes = z.object({
  block: whole,
  timestamp: whole,
  rows: z.array(z.tuple([whole, hex(32), hex(64), address, whole, amount, whole, whole, whole, z.enum(STAGES)])),
});
export type Nodes = z.infer<typeof Nodes>;
export type Stage = (typeof STAGES)[number];

export const Keys = z.object({ block: whole, aggregatePubkey: hex(64), keys: z.array(z.tuple([whole, hex(64)])) });
export type Keys = z.infer<typeof Keys>;

export const NetworkHistory = z.array(
  z.object({ t: whole, block: whole, nodes: whole, stake: amount, rewardRate: z.nullable(amount), claimed: amount }),
);
export type NetworkHistory = z.infer<typeof NetworkHistory>;

export const AddressHistory = z.array(
  z.object({ t: whole, block: whole, lifetime: amount, earned: amount, claimed: amount }),
);
export type AddressHistory = z.infer<typeof AddressHistory>;

export const Vesting = z.object({
  address,
  beneficiary: address,
  revoker: address,
  start: whole,
  end: whole,
  revoked: z.boolean(),
  transferableBeneficiary: z.boolean(),
  balance: amount,
  staked: amount,
  releasable: amount,
  releasableAt: whole,
});
export type Vesting = z.infer<typeof Vesting>;
export const VestingList = z.array(Vesting);

export const Progress = z.object({
  of: whole,
  asked: whole,
  signed: whole,
  needed: whole,
  refused: whole,
  silent: whole,
  nodes: whole,
});
export type Progress = z.infer<typeof Progress>;

const collected = { msg_to_sign: text, non_signer_indices: z.array(whole), signature: hex(128), collectedAt: whole };
export const RewardsResult = z.object({ ...collected, address, amount, height: whole });
export type RewardsResult = z.infer<typeof RewardsResult>;
export const DepartureResult = z.object({ ...collected, bls_pubkey: hex(64), timestamp: whole, validUntil: whole });
export type DepartureResult = z.infer<typeof DepartureResult>;
export const CollectFailure = z.object({
  code: text,
  error: text,
  signed: z.nullable(whole),
  needed: z.nullable(whole),
});
export type CollectFailure = z.infer<typeof CollectFailure>;

const Stake = z.object({
  active: z.boolean(),
  contract_id: whole,
  contributors: z.array(z.object({ address, beneficiary: address, amount })),
  exit_type: z.nullable(z.enum(["exit", "deregister"])),
  operator_address: address,
  operator_fee: whole,
  pubkey_bls: hex(64),
  service_node_pubkey: hex(32),
  requested_unlock_height: whole,
  staking_requirement: amount,
  total_contributed: amount,
});
export type Stake = z.infer<typeof Stake>;

const Contribution = z.object({
  address,
  contributors: z.array(z.object({ address, beneficiary_address: z.nullable(address), amount, reserved: amount })),
  fee: z.nullable(whole),
  manual_finalize: z.boolean(),
  operator_address: address,
  pubkey_bls: z.nullable(hex(64)),
  service_node_pubkey: hex(32),
  status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
});
export type Contribution = z.infer<typeof Contribution>;

export const Stakes = z.object({ stakes: z.array(Stake), contracts: z.array(Contribution) });
export type Stakes = z.infer<typeof Stakes>;
export const Contributions = z.object({ contracts: z.array(Contribution) });

export const Rewards = z.object({
  rewards: z.object({
    amount,
    claimed_rewards: amount,
    claimed_stakes: amount,
    lifetime_liquidated_stakes: amount,
    lifetime_locked_stakes: amount,
    lifetime_rewards: amount,
    lifetime_unlocked_stakes: amount,
    locked_stakes: amount,
    timelocked_stakes: amount,
  }),
});
export type Rewards = z.infer<typeof Rewards>["rewards"];

export const Departing = z.object({
  result: z.array(
    z.object({
      info: z.object({ bls_public_key: hex(64) }),
      height: whole,
      liquidation_height: whole,
      service_node_pubkey: hex(32),
      type: z.enum(["exit", "deregister"]),
    }),
  ),
});
export type Departing = z.infer<typeof Departing>["result"];

const Registration = z.object({
  operator: address,
  pubkey_bls: hex(64),
  pubkey_ed25519: hex(32),
  sig_bls: hex(128),
  sig_ed25519: hex(64),
  timestamp: z.number(),
  type: z.enum(["solo", "contract"]),
  contract: z.optional(address),
});
export type Registration = z.infer<typeof Registration>;
export const Registrations = z.object({ registrations: z.array(Registration) });

export const Refusal = z.object({ error: z.object({ code: text, error: text }) });
