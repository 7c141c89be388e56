/** The replies that our page needs beside the live ones; all under `/app/`. Camel case; amounts as in the live replies. */
import { z } from "zod";
import { exitSignature, network, rewardsSignature } from "./live.ts";
import { address, amount, blsKey, ed25519Key, transactionHash, whole } from "./primitives.ts";

/** A refusal: `code` for programs, `error` a sentence with the remedy for people. Those of the live routes carry the network, as every reply there does. */
export const errorReply = z
  .object({
    network: network.optional(),
    t: z.number().optional(),
    error: z.object({ code: z.string(), error: z.string() }),
  })
  .meta({ id: "Error" });
export type ErrorReply = z.infer<typeof errorReply>;

export const appConfig = z
  .object({
    chainId: whole,
    chainName: z.string(),
    /** `mainnet`, `testnet` or `devnet`: whose rules the nodes follow. */
    nettype: z.string(),
    /** Base URL, transactions under `/tx/`. */
    explorer: z.string().nullable(),
    /** A read endpoint for the page; null: the wallet's own. */
    rpcUrl: z.string().nullable(),
    contracts: z.object({
      rewards: address,
      pool: address,
      token: address,
      factory: address.nullable(),
      lens: address.nullable(),
    }),
    /** Block of the rewards contract's deployment, where it is known. */
    deployedBlock: whole.nullable(),
    nativeSymbol: z.string(),
    /** Seconds behind the chain's newest block from which on figures are to be shown as stale. */
    stale: whole,
    /** Whether signatures can be collected: nodes or a daemon are known. */
    collects: z.boolean(),
    /** What this rewards contract has beside the live ABI: names of functions. */
    features: z.array(z.string()),
    /** The network's rules, seconds. */
    rules: z.object({
      roundSeconds: whole,
      unlockDelay: whole,
      exitSigningWindow: whole,
      liquidationDelay: whole,
      /** From the request to the exit without a signature. */
      exitWait: whole,
      /** Who has less than a quarter of a node requests its exit only after this. */
      smallContributorWait: whole,
      /** A departure's signature lives so long in the contract. */
      signatureExpiry: whole,
    }),
    version: z.string(),
  })
  .meta({ id: "AppConfig" });
export type AppConfig = z.infer<typeof appConfig>;

export const appState = z
  .object({
    head: z.object({
      block: whole,
      hash: transactionHash,
      timestamp: whole,
      /** Whether everything from the deployment on is known. */
      complete: z.boolean(),
      /** What is not, a sentence each. */
      missing: z.array(z.string()),
      /** Newest block that the endpoint told of. */
      chainHead: whole,
      /** Seconds between both blocks, and since the endpoint last answered. */
      lagSeconds: z.number().nonnegative(),
    }),
    figures: z.object({
      nodes: whole,
      active: whole,
      /** Exit requested, still in the contract. */
      awaitingExit: whole,
      totalStake: amount,
      stakingRequirement: amount,
      maxContributors: whole,
      minOperatorContribution: amount,
      /** Of the whole network, at the pool's rate of now. */
      rewardsPerDay: amount,
      poolBalance: amount,
      claim: z.object({
        threshold: amount,
        cycleSeconds: whole,
        used: amount,
        left: amount,
        /** Unix seconds. */
        resetsAt: whole,
      }),
      paused: z.object({ rewards: z.boolean(), factory: z.boolean().nullable() }),
      started: z.boolean(),
      blsNonSignerThreshold: whole,
      aggregatePubkey: blsKey,
      ratios: z.object({ liquidator: whole, pool: whole, recipient: whole }),
    }),
  })
  .meta({ id: "AppState" });
export type AppState = z.infer<typeof appState>;

/**
 * Where a node is on its way, by contract and rules: `active`; `unlocking` (exit requested); `unlocked` (the network signs its exit);
 * `overdue` (it may be liquidated); `free` (anybody may exit it without a signature); `deregistered` (by the nodes' word).
 */
export const nodeStage = z.enum(["active", "unlocking", "unlocked", "overdue", "free", "deregistered"]);
export type NodeStage = z.infer<typeof nodeStage>;

export const appNodes = z
  .object({
    block: whole,
    timestamp: whole,
    /**
     * id, Ed25519 key, BLS key, operator, contributors, stake, fee (1/10,000), registered at, exit requested at (0: never), stage.
     */
    rows: z.array(z.tuple([whole, ed25519Key, blsKey, address, whole, amount, whole, whole, whole, nodeStage])),
  })
  .meta({ id: "AppNodes" });
export type AppNodes = z.infer<typeof appNodes>;
export type AppNodeRow = AppNodes["rows"][number];

export const appKeys = z
  .object({
    block: whole,
    hash: transactionHash,
    /** As the contract has it at that block; read it through another endpoint before it is believed. */
    aggregatePubkey: blsKey,
    keys: z.array(z.tuple([whole, blsKey])),
  })
  .meta({ id: "AppKeys" });
export type AppKeys = z.infer<typeof appKeys>;

export const networkPoint = z
  .object({
    /** Unix seconds. */
    t: whole,
    block: whole,
    nodes: whole,
    stake: amount,
    /** A day's rewards of the whole network at that time; null before the pool paid out twice. */
    rewardRate: amount.nullable(),
    /** Claimed by everybody until then. */
    claimed: amount,
  })
  .meta({ id: "NetworkPoint" });
export type NetworkPoint = z.infer<typeof networkPoint>;
export const networkHistory = z.array(networkPoint).meta({ id: "NetworkHistory" });

export const addressDay = z
  .object({
    /** Midnight UTC that begins the day, unix seconds. */
    t: whole,
    /** The last block of the day of which there is a figure. */
    block: whole,
    /** Lifetime rewards at the end of the day, as far as somebody said. */
    lifetime: amount,
    /** More than on the day before. */
    earned: amount,
    claimed: amount,
  })
  .meta({ id: "AddressDay" });
export type AddressDay = z.infer<typeof addressDay>;
export const addressHistory = z.array(addressDay).meta({ id: "AddressHistory" });

export const appVesting = z
  .object({
    address,
    beneficiary: address,
    revoker: address,
    start: whole,
    end: whole,
    revoked: z.boolean(),
    transferableBeneficiary: z.boolean(),
    /** SESH that it holds now. */
    balance: amount,
    /** SESH of it in nodes and contributions. */
    staked: amount,
    /** Who gets it when: all of it at the end, to the beneficiary, or to the revoker once revoked. */
    releasable: amount,
    releasableAt: whole,
  })
  .meta({ id: "AppVesting" });
export type AppVesting = z.infer<typeof appVesting>;
export const appVestingList = z.array(appVesting).meta({ id: "AppVestingList" });

/** `event: progress` of a collection. */
export const collectProgress = z
  .object({
    /** Addresses to ask, and asked so far. */
    of: whole,
    asked: whole,
    /** The contract's nodes that agree, and how many must. */
    signed: whole,
    needed: whole,
    /** Answered that they do not sign, or answered wrongly. */
    refused: whole,
    /** Not reached, or no answer yet given up. */
    silent: whole,
    /** Registered nodes. */
    nodes: whole,
  })
  .meta({ id: "CollectProgress" });
export type CollectProgress = z.infer<typeof collectProgress>;

/** `event: result`: what the live routes give, with the time until which it is good. */
export const rewardsResult = rewardsSignature
  .extend({
    /** The recipient. */
    address,
    blockheight: whole,
    nodes: whole,
    signed: whole,
    /** Unix seconds when it was made. */
    collectedAt: whole,
  })
  .meta({ id: "RewardsResult" });
export type RewardsResult = z.infer<typeof rewardsResult>;

export const departureResult = exitSignature
  .extend({
    blockheight: whole,
    nodes: whole,
    signed: whole,
    collectedAt: whole,
    /** The contract refuses it from then on, unix seconds. */
    validUntil: whole,
  })
  .meta({ id: "DepartureResult" });
export type DepartureResult = z.infer<typeof departureResult>;

/** `event: failure`. */
export const collectFailure = z
  .object({ code: z.string(), error: z.string(), signed: whole.nullable(), needed: whole.nullable() })
  .meta({ id: "CollectFailure" });
export type CollectFailure = z.infer<typeof collectFailure>;

export const health = z
  .object({
    ok: z.boolean(),
    block: whole.nullable(),
    lagSeconds: z.number().nullable(),
    /** `embedded` or `postgres`. */
    database: z.string(),
    indexing: z.boolean(),
    problems: z.array(z.string()),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof health>;
