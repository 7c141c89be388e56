/** The replies of the live network's page backend: names, types and nullability as its clients expect them. */
import { z } from "zod";
import {
  address,
  amount,
  bareHash,
  blsKey,
  blsSignature,
  ed25519Key,
  ed25519Signature,
  message,
  transactionHash,
  whole,
} from "./primitives.ts";

export const network = z
  .object({
    active_node_count: whole,
    block_hash: bareHash,
    block_height: whole,
    block_timestamp: whole,
    hard_fork: whole,
    immutable_block_hash: bareHash,
    immutable_block_height: whole,
    max_stakers: whole,
    median_operator_fee: z.number().nonnegative(),
    min_operator_contribution: amount,
    nettype: z.string(),
    node_count: whole,
    pulse_target_timestamp: whole,
    staking_requirement: amount,
    version: z.string(),
  })
  .meta({ id: "Network" });
export type Network = z.infer<typeof network>;

const envelope = { network, t: z.number() };
const envelopeTimeOptional = { network, t: z.number().optional() };

/** A Solidity event. Integers among the arguments are amounts; tuples are objects. */
export const event = z
  .object({
    args: z.record(z.string(), z.unknown()),
    block: whole,
    log_index: whole,
    main_arg: z.string().nullable(),
    name: z.string(),
    tx: transactionHash,
  })
  .meta({ id: "Event" });
export type Event = z.infer<typeof event>;

export const stake = z
  .object({
    active: z.boolean(),
    contract_id: whole,
    contributors: z.array(z.object({ address, beneficiary: address, amount })),
    deregistration_height: whole.nullable(),
    earned_downtime_blocks: z.number(),
    events: z.array(event),
    exit_type: z.enum(["exit", "deregister"]).nullable(),
    last_reward_block_height: whole,
    last_uptime_proof: whole,
    liquidation_height: whole.nullable(),
    operator_address: address,
    operator_fee: whole,
    pubkey_bls: blsKey,
    pubkey_ed25519: ed25519Key,
    registration_height: whole,
    requested_unlock_height: whole,
    service_node_pubkey: ed25519Key,
    staking_requirement: amount,
    total_contributed: amount,
  })
  .meta({ id: "Stake" });
export type Stake = z.infer<typeof stake>;

export const contribution = z
  .object({
    address,
    contributors: z.array(z.object({ address, beneficiary_address: address.nullable(), amount, reserved: amount })),
    events: z.array(event),
    fee: whole.max(10_000).nullable(),
    manual_finalize: z.boolean(),
    operator_address: address,
    pubkey_bls: blsKey.nullable(),
    service_node_pubkey: ed25519Key,
    status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  })
  .meta({ id: "Contribution" });
export type Contribution = z.infer<typeof contribution>;

/** BLS key to the contract's id. */
export const addedBlsKeys = z.record(blsKey, whole).meta({ id: "AddedBlsKeys" });

export const vestingContract = z
  .object({
    address,
    beneficiary: address,
    initial_amount: amount,
    initial_beneficiary: address,
    revoker: address,
    time_end: whole,
    time_start: whole,
    transferable_beneficiary: z.boolean(),
  })
  .meta({ id: "VestingContract" });
export type VestingContract = z.infer<typeof vestingContract>;

export const rewardsInfo = z
  .object({
    amount,
    claimed_rewards: amount,
    claimed_stakes: amount,
    lifetime_liquidated_stakes: amount,
    lifetime_locked_stakes: amount,
    lifetime_rewards: amount,
    lifetime_unlocked_stakes: amount,
    locked_stakes: amount,
    timelocked_stakes: amount,
  })
  .meta({ id: "RewardsInfo" });
export type RewardsInfo = z.infer<typeof rewardsInfo>;

export const rewardsSignature = z
  .object({
    aggregate_pubkey: blsKey,
    amount,
    height: whole,
    msg_to_sign: message,
    non_signer_indices: z.array(whole),
    signature: blsSignature,
  })
  .meta({ id: "RewardsSignature" });
export type RewardsSignature = z.infer<typeof rewardsSignature>;

export const exitSignature = z
  .object({
    bls_pubkey: blsKey,
    msg_to_sign: message,
    non_signer_indices: z.array(whole),
    signature: blsSignature,
    timestamp: whole,
  })
  .meta({ id: "ExitSignature" });
export type ExitSignature = z.infer<typeof exitSignature>;

export const departing = z
  .object({
    info: z.object({ bls_public_key: blsKey }),
    height: whole,
    liquidation_height: whole,
    service_node_pubkey: ed25519Key,
    type: z.enum(["exit", "deregister"]),
    version: z.string(),
  })
  .meta({ id: "Departing" });
export type DepartingEntry = z.infer<typeof departing>;

export const registration = z
  .object({
    operator: address,
    pubkey_bls: blsKey,
    pubkey_ed25519: ed25519Key,
    sig_bls: blsSignature,
    sig_ed25519: ed25519Signature,
    timestamp: z.number(),
    type: z.enum(["solo", "contract"]),
    contract: address.optional(),
  })
  .meta({ id: "Registration" });
export type Registration = z.infer<typeof registration>;

/** All three are numbers whatever their size: clients of this one route take no string. */
export const dailyRewards = z
  .object({ block: z.number(), lifetime_rewards: z.number(), timestamp: z.number() })
  .meta({ id: "DailyRewards" });
export type DailyRewards = z.infer<typeof dailyRewards>;

/** Why `/validate` refuses. */
export const validationError = z
  .object({
    code: z.enum([
      "bad_request",
      "invalid_op_addr",
      "invalid_op_stake",
      "wrong_op_stake",
      "insufficient_op_stake",
      "invalid_contract_addr",
      "invalid_res_addr",
      "invalid_res_stake",
      "insufficient_res_stake",
      "too_much",
      "too_many",
      "invalid_fee",
      "signature",
    ]),
    error: z.string(),
    detail: z.string().optional(),
    field: z.string().optional(),
    stake: amount.optional(),
    required: amount.optional(),
    minimum: amount.optional(),
    address: z.string().optional(),
    index: whole.optional(),
    total: amount.optional(),
    maximum: amount.optional(),
    max_contributors: whole.optional(),
  })
  .meta({ id: "ValidationError" });
export type ValidationError = z.infer<typeof validationError>;

export const infoReply = z.object(envelope).meta({ id: "InfoReply" });
export const nodesReply = z
  .object({
    ...envelope,
    contracts: z.array(contribution),
    stakes: z.array(stake),
    vesting: z.array(vestingContract),
    added_bls_keys: addedBlsKeys,
  })
  .meta({ id: "NodesReply" });
export const blsKeysReply = z.object({ ...envelope, bls_keys: addedBlsKeys }).meta({ id: "BlsKeysReply" });
export const contributionsReply = z
  .object({
    ...envelope,
    contracts: z.array(contribution),
    added_bls_keys: addedBlsKeys,
  })
  .meta({ id: "ContributionsReply" });
export const contributionReply = z
  .object({ ...envelope, contract: contribution.nullable() })
  .meta({ id: "ContributionReply" });
export const rewardsReply = z.object({ ...envelope, rewards: rewardsInfo }).meta({ id: "RewardsReply" });
export const rewardsSignatureReply = z
  .object({ ...envelope, rewards: rewardsSignature })
  .meta({ id: "RewardsSignatureReply" });
export const dailyRewardsReply = z
  .object({ ...envelopeTimeOptional, rewards: z.array(dailyRewards) })
  .meta({ id: "DailyRewardsReply" });
export const exitReply = z.object({ ...envelope, result: exitSignature }).meta({ id: "ExitReply" });
export const departingReply = z.object({ ...envelope, result: z.array(departing) }).meta({ id: "DepartingReply" });
export const registrationsReply = z
  .object({ ...envelopeTimeOptional, registrations: z.array(registration) })
  .meta({ id: "RegistrationsReply" });
export const storeReply = z.object({ ...envelope, success: z.literal(true), registration }).meta({ id: "StoreReply" });
export const validateReply = z
  .union([
    z.object({
      ...envelope,
      success: z.literal(true),
      remaining_contribution: amount.optional(),
      remaining_spots: whole.optional(),
      remaining_min_contribution: amount.optional(),
    }),
    z.object({ ...envelope, error: validationError }),
  ])
  .meta({ id: "ValidateReply" });
