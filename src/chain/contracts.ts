import type { BaseContractMethod, ContractRunner, ContractTransactionResponse } from "ethers";
import { BaseContract, Interface } from "ethers";
import type { G1Params, SignatureParams } from "../bls/index.ts";
import * as abi from "./abi.ts";

/** Identity of a node: Ed25519 key and the signature of its registration, and the fee in units of 0.01 %. */
export interface NodeParamsStruct {
  serviceNodePubkey: bigint;
  serviceNodeSignature1: bigint;
  serviceNodeSignature2: bigint;
  fee: bigint | number;
}

/** One stake in a node: who pays it in and gets it back, and who receives its rewards. */
export interface ContributorStruct {
  staker: { addr: string; beneficiary: string };
  /** Atomic SESH. */
  stakedAmount: bigint;
}

/** A stake that a contribution contract keeps free for an address. */
export interface ReservedStruct {
  addr: string;
  /** Atomic SESH. */
  amount: bigint;
}

/** A signed ERC-2612 approval. */
export interface PermitStruct {
  /** Unix seconds. */
  deadline: bigint;
  v: number;
  r: string;
  s: string;
}

/**
 * A node as the contract stores it. Times in unix seconds, 0 where there was no such request; `deposit` in atomic SESH; `next` and
 * `prev` are ids, 0 being the sentinel of the list. All zero for an id that is not registered.
 */
export interface ServiceNodeStruct {
  next: bigint;
  prev: bigint;
  operator: string;
  blsPubkey: G1Params;
  addedTimestamp: bigint;
  leaveRequestTimestamp: bigint;
  latestLeaveRequestTimestamp: bigint;
  deposit: bigint;
  contributors: ContributorStruct[];
  ed25519Pubkey: bigint;
}

/** A function that only reads. */
export type View<Args extends unknown[], Result> = BaseContractMethod<Args, Result, Result>;
/** A function that sends a transaction. */
export type Write<Args extends unknown[]> = BaseContractMethod<Args, void, ContractTransactionResponse>;

type Signed = [signature: SignatureParams, ids: bigint[]];

/** ServiceNodeRewards, typed. Amounts in atomic SESH, times in unix seconds, ids as uint64. */
export interface RewardsMethods {
  aggregatePubkey: View<[], G1Params>;
  allServiceNodeIDs: View<[], { ids: bigint[]; pubkeys: G1Params[] }>;
  blsNonSignerThreshold: View<[], bigint>;
  blsNonSignerThresholdMax: View<[], bigint>;
  claimCycle: View<[], bigint>;
  claimThreshold: View<[], bigint>;
  currentClaimCycle: View<[], bigint>;
  currentClaimTotal: View<[], bigint>;
  designatedToken: View<[], string>;
  ed25519ToServiceNodeID: View<[ed25519Pubkey: bigint], bigint>;
  foundationPool: View<[], string>;
  isStarted: View<[], boolean>;
  liquidatorRewardRatio: View<[], bigint>;
  maxContributors: View<[], bigint>;
  nextServiceNodeID: View<[], bigint>;
  owner: View<[], string>;
  paused: View<[], boolean>;
  poolShareOfLiquidationRatio: View<[], bigint>;
  recipientRatio: View<[], bigint>;
  recipients: View<[address: string], { rewards: bigint; claimed: bigint }>;
  serviceNodeIDs: View<[blsPubkey: string], bigint>;
  serviceNodes: View<[id: bigint], ServiceNodeStruct>;
  signatureExpiry: View<[], bigint>;
  stakingRequirement: View<[], bigint>;
  totalNodes: View<[], bigint>;
  addBLSPublicKey: Write<
    [key: G1Params, proof: SignatureParams, params: NodeParamsStruct, contributors: ContributorStruct[]]
  >;
  "claimRewards()": Write<[]>;
  "claimRewards(uint256)": Write<[amount: bigint]>;
  exitBLSPublicKeyAfterWaitTime: Write<[id: bigint]>;
  exitBLSPublicKeyWithSignature: Write<[key: G1Params, timestamp: bigint, ...Signed]>;
  initiateExitBLSPublicKey: Write<[id: bigint]>;
  liquidateBLSPublicKeyWithSignature: Write<[key: G1Params, timestamp: bigint, ...Signed]>;
  updateRewardsBalance: Write<[recipient: string, lifetime: bigint, ...Signed]>;
  updateRewardsBalanceAndClaim: Write<[lifetime: bigint, ...Signed]>;
}

/** RewardRatePool, typed. */
export interface PoolMethods {
  beneficiary: View<[], string>;
  calculateReleasedAmount: View<[], bigint>;
  lastPaidOutTime: View<[], bigint>;
  rewardRate: View<[], bigint>;
  totalPaidOut: View<[], bigint>;
  payoutReleased: Write<[]>;
}

/** SESH, typed. */
export interface TokenMethods {
  allowance: View<[owner: string, spender: string], bigint>;
  balanceOf: View<[account: string], bigint>;
  decimals: View<[], bigint>;
  symbol: View<[], string>;
  totalSupply: View<[], bigint>;
  approve: Write<[spender: string, amount: bigint]>;
  transfer: Write<[to: string, amount: bigint]>;
}

/** ServiceNodeContributionFactory, typed. */
export interface FactoryMethods {
  owns: View<[contract: string], boolean>;
  paused: View<[], boolean>;
  stakingRewardsContract: View<[], string>;
  deploy: Write<
    [
      key: G1Params,
      proof: SignatureParams,
      params: NodeParamsStruct,
      reserved: ReservedStruct[],
      manualFinalize: boolean,
    ]
  >;
}

/** ServiceNodeContribution, typed. */
export interface ContributionMethods {
  blsPubkey: View<[], G1Params>;
  contributions: View<[staker: string], bigint>;
  getContributions: View<[], { addrs: string[]; beneficiaries: string[]; contribs: bigint[] }>;
  getReserved: View<[], { addrs: string[]; contribs: bigint[]; received: boolean[] }>;
  SESH: View<[], string>;
  manualFinalize: View<[], boolean>;
  maxContributors: View<[], bigint>;
  minimumContribution: View<[], bigint>;
  operator: View<[], string>;
  serviceNodeParams: View<[], NodeParamsStruct>;
  stakingRequirement: View<[], bigint>;
  stakingRewardsContract: View<[], string>;
  status: View<[], bigint>;
  totalContribution: View<[], bigint>;
  contributeFunds: Write<[amount: bigint, beneficiary: string]>;
  finalize: Write<[]>;
  reset: Write<[]>;
  updateBeneficiary: Write<[beneficiary: string]>;
  withdrawContribution: Write<[]>;
}

/** ServiceNodeRewards: ethers' contract with typed methods. */
export type RewardsContract = BaseContract & RewardsMethods;
/** RewardRatePool: ethers' contract with typed methods. */
export type PoolContract = BaseContract & PoolMethods;
/** SESH: ethers' contract with typed methods. */
export type TokenContract = BaseContract & TokenMethods;
/** ServiceNodeContributionFactory: ethers' contract with typed methods. */
export type FactoryContract = BaseContract & FactoryMethods;
/** ServiceNodeContribution: ethers' contract with typed methods. */
export type ContributionContract = BaseContract & ContributionMethods;

/** An interface, parsed when it is first needed and then kept: a hundred entries take milliseconds. */
function interfaceOf(...entries: readonly (readonly string[])[]): () => Interface {
  let parsed: Interface | undefined;
  return () => (parsed ??= new Interface(entries.flat()));
}

const rewards = interfaceOf(abi.testnetServiceNodeRewardsAbi, abi.serviceNodeRewardsAdditions);
const pool = interfaceOf(abi.testnetRewardRatePoolAbi, abi.rewardRatePoolAdditions);
const token = interfaceOf(abi.seshAbi, abi.seshAdditions);
const factory = interfaceOf(abi.serviceNodeContributionFactoryAbi, abi.serviceNodeContributionFactoryAdditions);
const contribution = interfaceOf(abi.serviceNodeContributionAbi, abi.serviceNodeContributionAdditions);

/** The rewards contract at an address, live ABI and additions. `runner`: a provider to read, a signer to send. */
export function getRewards(address: string, runner: ContractRunner): RewardsContract {
  return at<RewardsMethods>(address, rewards(), runner);
}

/** The pool at an address. `runner`: a provider to read, a signer to send. */
export function getPool(address: string, runner: ContractRunner): PoolContract {
  return at<PoolMethods>(address, pool(), runner);
}

/** The SESH token at an address. `runner`: a provider to read, a signer to send. */
export function getToken(address: string, runner: ContractRunner): TokenContract {
  return at<TokenMethods>(address, token(), runner);
}

/** The contribution factory at an address. `runner`: a provider to read, a signer to send. */
export function getContributionFactory(address: string, runner: ContractRunner): FactoryContract {
  return at<FactoryMethods>(address, factory(), runner);
}

/** One contribution contract. `runner`: a provider to read, a signer to send. */
export function getContribution(address: string, runner: ContractRunner): ContributionContract {
  return at<ContributionMethods>(address, contribution(), runner);
}

function at<Methods>(address: string, parsed: Interface, runner: ContractRunner): BaseContract & Methods {
  return new BaseContract(address, parsed, runner) as BaseContract & Methods;
}
