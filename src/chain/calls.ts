import { Interface } from "ethers";
import { exitMessage, hashRoots, liquidateMessage, publicKeyToParams, rewardMessage } from "../bls/index.ts";
import type { G1Params, PublicKey, Reward, SignatureParams, Tags } from "../bls/index.ts";
import * as abi from "./abi.ts";
import type { ContributorStruct, NodeParamsStruct, ReservedStruct } from "./contracts.ts";

/** A transaction to be: what a multisig, a wallet or `send` needs. */
export interface Call {
  to: string;
  /** 0x calldata. */
  data: string;
  /** Wei; no function of the system takes any. */
  value: bigint;
  /** The function, for people and logs. */
  method: string;
  /** What it does, as a sentence without a full stop. */
  what: string;
  /** Unix seconds after which the contract refuses it: a signature inside expires. */
  validUntil?: number;
}

/** What every call with a network signature carries. */
export interface NetworkSignature {
  signature: SignatureParams;
  /** Ids of the contract that did not sign; order does not matter. */
  nonSigners: readonly bigint[];
}

const rewards = new Interface([...abi.testnetServiceNodeRewardsAbi, ...abi.serviceNodeRewardsAdditions]);
const token = new Interface(abi.seshAbi);
const factory = new Interface(abi.serviceNodeContributionFactoryAbi);
const contribution = new Interface(abi.serviceNodeContributionAbi);

function call(iface: Interface, to: string, method: string, args: readonly unknown[], what: string): Call {
  return { to, data: iface.encodeFunctionData(method, args), value: 0n, method, what };
}

/** Raises a recipient's lifetime rewards (atomic SESH) on the contract. Anyone may send it. */
export function updateRewardsBalanceCall(
  contract: string,
  recipient: string,
  lifetimeRewards: bigint,
  { signature, nonSigners }: NetworkSignature,
): Call {
  const args = [recipient, lifetimeRewards, signature, nonSigners];
  return call(rewards, contract, "updateRewardsBalance", args, `record the lifetime rewards of ${recipient}`);
}

/** The two forms of one batch: which is cheaper depends on what the chain asks for its bytes (docs/gas.md has the break-even). */
export interface BatchForms {
  /** With the square roots of the hashes: less gas, three times the compressed bytes. */
  withRoots: Call;
  /** Without: the contract takes the roots itself. */
  lean: Call;
}

/**
 * Raises the lifetime rewards of many recipients with one signature over all of them, in both forms. Only on contracts that have it
 * (`probeFeatures`); they want the addresses in ascending order, which this takes care of.
 *
 * @param tags - Of the contract (`deriveTags`).
 */
export function updateRewardsBalancesForms(
  contract: string,
  entries: readonly Reward[],
  { signature, nonSigners }: NetworkSignature,
  tags: Tags,
): BatchForms {
  const sorted = [...entries].sort((a, b) => (BigInt(a.recipient) < BigInt(b.recipient) ? -1 : 1));
  const messages = sorted.map((entry) => rewardMessage(tags, entry));
  const list = sorted.map(({ recipient, amount }) => [recipient, amount]);
  const what = `record the lifetime rewards of ${entries.length} recipients`;
  const form = (roots: readonly bigint[]) =>
    call(rewards, contract, "updateRewardsBalances", [list, signature, nonSigners, roots], what);
  return { withRoots: form(hashRoots(messages, tags.hashToG2)), lean: form([]) };
}

/** The form with roots of `updateRewardsBalancesForms`. */
export function updateRewardsBalancesCall(
  contract: string,
  entries: readonly Reward[],
  signed: NetworkSignature,
  tags: Tags,
): Call {
  return updateRewardsBalancesForms(contract, entries, signed, tags).withRoots;
}

/** A node that leaves, and the unix time in its signed message. */
export interface RemovalEntry {
  publicKey: PublicKey;
  timestamp: bigint;
}

/**
 * Removes many nodes with one signature over all their messages, in both forms. Anyone may send it; keys that are no longer listed are
 * passed over. Only on contracts that have it (`probeFeatures`).
 *
 * @param kind - `exit`, or `liquidate`, which pays the sender its shares of the stakes at once.
 * @param tags - Of the contract (`deriveTags`).
 */
export function removalsForms(
  contract: string,
  kind: "exit" | "liquidate",
  entries: readonly RemovalEntry[],
  { signature, nonSigners }: NetworkSignature,
  tags: Tags,
): BatchForms {
  const messages = entries.map((entry) => (kind === "exit" ? exitMessage : liquidateMessage)(tags, entry));
  const list = entries.map(({ publicKey, timestamp }) => [publicKeyToParams(publicKey), timestamp]);
  const method = `${kind}BLSPublicKeysWithSignature`;
  const form = (roots: readonly bigint[]) =>
    call(rewards, contract, method, [list, signature, nonSigners, roots], `${kind} ${entries.length} nodes`);
  return { withRoots: form(hashRoots(messages, tags.hashToG2)), lean: form([]) };
}

/** Both steps of a claim in one transaction, for the sender. Only on contracts that have it (`probeFeatures`). */
export function updateAndClaimCall(
  contract: string,
  lifetimeRewards: bigint,
  { signature, nonSigners }: NetworkSignature,
): Call {
  const args = [lifetimeRewards, signature, nonSigners];
  return call(rewards, contract, "updateRewardsBalanceAndClaim", args, "record the lifetime rewards and claim them");
}

/** Pays the sender `amount` atomic SESH, or everything claimable when it is left out. */
export function claimRewardsCall(contract: string, amount?: bigint): Call {
  return amount === undefined
    ? call(rewards, contract, "claimRewards()", [], "claim all rewards")
    : call(rewards, contract, "claimRewards(uint256)", [amount], "claim rewards");
}

/**
 * Takes a node out with the network's exit signature. Anyone may send it; the stake is paid back later, through rewards.
 *
 * @param key - The leaving node's BLS key, affine.
 * @param timestamp - Unix seconds, as signed; the contract takes it for `signatureExpiry` (10 minutes).
 */
export function exitCall(
  contract: string,
  key: G1Params,
  timestamp: bigint,
  { signature, nonSigners }: NetworkSignature,
): Call {
  return call(
    rewards,
    contract,
    "exitBLSPublicKeyWithSignature",
    [key, timestamp, signature, nonSigners],
    "exit the node",
  );
}

/**
 * Removes a dead node with the network's liquidation signature; pays the sender its share of the stake at once.
 *
 * @param key - The node's BLS key, affine.
 * @param timestamp - Unix seconds, as signed; the contract takes it for `signatureExpiry` (10 minutes).
 */
export function liquidateCall(
  contract: string,
  key: G1Params,
  timestamp: bigint,
  { signature, nonSigners }: NetworkSignature,
): Call {
  const args = [key, timestamp, signature, nonSigners];
  return call(rewards, contract, "liquidateBLSPublicKeyWithSignature", args, "liquidate the node");
}

/** Starts the clock of a node's exit. For one of its contributors; `id` is the contract's number of the node. */
export function requestExitCall(contract: string, id: bigint): Call {
  return call(rewards, contract, "initiateExitBLSPublicKey", [id], `request the exit of node ${id}`);
}

/** Takes a node out without a signature, 30 days after its first exit request. Anyone may send it. */
export function exitAfterWaitCall(contract: string, id: bigint): Call {
  return call(rewards, contract, "exitBLSPublicKeyAfterWaitTime", [id], `exit node ${id} without a signature`);
}

/**
 * Registers a node with the stake of the sender, who must have approved the whole requirement.
 *
 * @param key - The node's BLS key, affine.
 * @param proof - Its proof of possession, signed for the operator (the first contributor, or the sender).
 * @param contributors - Stakes that add up to the requirement, the operator first; empty: the sender alone.
 */
export function registerCall(
  contract: string,
  key: G1Params,
  proof: SignatureParams,
  params: NodeParamsStruct,
  contributors: readonly ContributorStruct[],
): Call {
  return call(rewards, contract, "addBLSPublicKey", [key, proof, params, contributors], "register the node");
}

/** Lets `spender` take `amount` atomic SESH from the sender. */
export function approveCall(tokenAddress: string, spender: string, amount: bigint): Call {
  return call(token, tokenAddress, "approve", [spender, amount], `let ${spender} take the stake`);
}

/**
 * Makes a contribution contract of the factory's, with the sender as operator.
 *
 * @param reserved - Reserved stakes, the operator's first; may be empty.
 * @param manualFinalize - Whether the operator registers the full node itself, instead of the last payment doing it.
 */
export function deployContributionCall(
  factoryAddress: string,
  key: G1Params,
  proof: SignatureParams,
  params: NodeParamsStruct,
  reserved: readonly ReservedStruct[],
  manualFinalize: boolean,
): Call {
  const args = [key, proof, params, reserved, manualFinalize];
  return call(factory, factoryAddress, "deploy", args, "make a contribution contract");
}

/** Pays `amount` atomic SESH (approved before) into a contribution contract. `beneficiary` receives the rewards; 0x0: the sender. */
export function contributeCall(contract: string, amount: bigint, beneficiary: string): Call {
  return call(contribution, contract, "contributeFunds", [amount, beneficiary], "contribute to the node");
}

/** Takes the sender's contribution out again, 24 hours after its last payment; for the operator it resets the contract. */
export function withdrawContributionCall(contract: string): Call {
  return call(contribution, contract, "withdrawContribution", [], "withdraw the contribution");
}
