import type { Provider, Signer } from "ethers";
import { Interface } from "ethers";
import type {
  Call,
  ClaimState,
  Features,
  NodeSet,
  RewardsContract,
  SendOptions,
  SendRecord,
} from "../../chain/index.ts";
import {
  ChainError,
  claimRewardsCall,
  getRewards,
  probeFeatures,
  readClaimState,
  readNodeSet,
  send,
} from "../../chain/index.ts";
import type { CollectEvent, CollectorOptions, NodeEndpoint } from "../../collect/index.ts";
import { fromCollected } from "../session/signed.ts";
import type { Signed } from "../session/signed.ts";
import { CollectError, Collector } from "../../collect/index.ts";

/** What a claim needs. */
export interface ClaimOptions extends Omit<SendOptions, "provider" | "from"> {
  provider: Provider;
  contract: string;
  chainId: bigint;
  /** Whose rewards: the signer's own, when a signer is given. */
  recipient: string;
  nodes: readonly NodeEndpoint[];
  collector?: Partial<CollectorOptions>;
  /** Gives the signature instead of a collection from `nodes`. */
  signatures?: () => Promise<Signed>;
  /** Stop at this many signers. */
  stopAt?: number;
  /** Claim at most this much, atomic SESH. */
  amount?: bigint;
  signal?: AbortSignal;
  signer?: Signer;
  onEvent?: (event: CollectEvent) => void;
  /** Is told what will be done, before anything is simulated; `later`: calls that follow the first. */
  onReady?: (report: ClaimReport, later: readonly Call[]) => Promise<void>;
  /** Pay nothing out unless so much is claimable, atomic SESH. */
  minimum?: bigint;
  /** Takes note of each transaction. */
  onRecord?: (call: Call, record: SendRecord) => void;
}

/** What will be, or was, sent; in this order. */
export type ClaimPath = "update-and-claim" | "update-then-claim" | "claim-only" | "nothing";

/** Everything that there is to say about a claim. Amounts in atomic SESH, gas in units, costs in wei. */
export interface ClaimReport {
  status: "nothing-to-claim" | "below-minimum" | "simulated" | "claimed";
  path: ClaimPath;
  chainId: bigint;
  contract: string;
  recipient: string;
  before: ClaimState;
  /** Lifetime rewards by the network's signature, or as recorded when the network did not sign. */
  lifetime: bigint;
  /** lifetime - claimed. */
  claimable: bigint;
  /** What this claim pays: `claimable` within the cap and the wish. */
  amount: bigint;
  collected: Signed | undefined;
  /** Why there is no signature, if what is recorded can be claimed without. */
  collectError: CollectError | undefined;
  calls: Call[];
  records: SendRecord[];
  /** Estimated gas of all calls together. */
  estimatedGas: bigint;
  /** True when a part of it is a rule of thumb: a claim cannot be simulated before its update is included. */
  estimateIsRough: boolean;
  /** In the wallet afterwards; only after a broadcast. */
  balanceAfter: bigint | undefined;
}

/** Gas of a first `claimRewards` through the proxy, rounded up; used only where it cannot be simulated. */
const CLAIM_GAS = 120_000n;

/**
 * Claims one recipient's rewards: asks the network for the signed lifetime amount, records it and pays it out, in one transaction
 * where the contract has one for it, in two on a live-style contract, and without any signature when the amount is recorded already.
 * Sends only with `broadcast`.
 */
export async function claim(options: ClaimOptions): Promise<ClaimReport> {
  const { provider, contract, recipient } = options;
  const rewards = getRewards(contract, provider);
  const [before, features] = await Promise.all([readClaimState(rewards, recipient), probeFeatures(provider, contract)]);
  if (!before.started)
    throw new ChainError("not-started", "The contract has not been started yet: nothing can be claimed.");
  if (before.paused) throw new ChainError("paused", "The contract is paused: nothing can be claimed now.");

  const { collected, collectError } = await collectRewards(options, rewards, before);
  const signed = collected?.rewards[0]?.amount ?? 0n;
  const lifetime = signed > before.recorded ? signed : before.recorded;
  const claimable = lifetime - before.claimed;
  const amount = [before.capLeft, options.amount ?? claimable].reduce((a, b) => (b < a ? b : a), claimable);

  const report: ClaimReport = {
    status: "simulated",
    path: choosePath({ needsUpdate: signed > before.recorded, claimable, amount, features }),
    chainId: options.chainId,
    contract,
    recipient,
    before,
    lifetime,
    claimable,
    amount,
    collected,
    collectError,
    calls: [],
    records: [],
    estimatedGas: 0n,
    estimateIsRough: false,
    balanceAfter: undefined,
  };
  if (report.path === "nothing") return { ...report, status: "nothing-to-claim" };
  if (options.minimum !== undefined && amount < options.minimum) return { ...report, status: "below-minimum" };
  if (amount === 0n && report.path === "claim-only") {
    throw new ChainError("cap-reached", "The contract has paid out what it may pay in this cycle.", {
      cycleEnds: before.cycleEnds,
    });
  }
  await execute(report, options, rewards);
  report.estimatedGas += report.records.reduce((sum, record) => sum + record.gasEstimate, 0n);
  if (options.broadcast) {
    report.status = "claimed";
    report.balanceAfter = (await readClaimState(rewards, recipient)).balance;
  }
  return report;
}

function choosePath(facts: { needsUpdate: boolean; claimable: bigint; amount: bigint; features: Features }): ClaimPath {
  if (facts.claimable === 0n) return "nothing";
  if (!facts.needsUpdate) return "claim-only";
  const whole = facts.amount === facts.claimable;
  return whole && facts.features.has("updateRewardsBalanceAndClaim") ? "update-and-claim" : "update-then-claim";
}

async function execute(report: ClaimReport, options: ClaimOptions, rewards: RewardsContract): Promise<void> {
  const { contract, recipient, intent, onRecord } = options;
  const whole = report.amount === report.claimable;
  const claimCall = claimRewardsCall(contract, whole ? undefined : report.amount);
  const sending: SendOptions = { ...options, from: recipient };
  const note = (call: Call, record: SendRecord) => {
    report.calls.push(call);
    report.records.push(record);
    onRecord?.(call, record);
  };
  if (report.path === "claim-only") {
    await options.onReady?.(report, []);
    return note(claimCall, await send(claimCall, { ...sending, intent: { ...intent, key: "claim" } }));
  }

  const oneStep = report.path === "update-and-claim";
  const claims = !oneStep && report.amount > 0n;
  await options.onReady?.(report, claims ? [claimCall] : []);
  const submitted = await (report.collected as Signed).submit({
    ...sending,
    intent: { ...intent, key: oneStep ? "update-and-claim" : "update", final: !claims },
    readSet: reader(rewards),
    ...(oneStep ? { makeCall: (signed: Signed) => signed.claimCall() } : {}),
  });
  report.collected = submitted.signed;
  note(submitted.call, submitted.record);
  if (!claims) return;

  if (options.broadcast) {
    const nonce = options.nonce === undefined ? {} : { nonce: options.nonce + 1 };
    note(claimCall, await send(claimCall, { ...sending, ...nonce, intent: { ...intent, key: "claim" } }));
  } else {
    report.calls.push(claimCall);
    report.estimatedGas += CLAIM_GAS;
    report.estimateIsRough = true;
  }
}

/** What a transaction has paid out to a recipient, by the contract's event; atomic SESH. @throws ChainError `no-receipt` */
export async function claimedBy(
  hash: string,
  { provider, contract, recipient }: Pick<ClaimOptions, "provider" | "contract" | "recipient">,
): Promise<bigint> {
  const receipt = await provider.getTransactionReceipt(hash);
  if (receipt === null) {
    throw new ChainError("no-receipt", `${hash} is in a block, but the endpoint does not give its receipt.`, { hash });
  }
  const events = new Interface(["event RewardsClaimed(address indexed recipientAddress, uint256 amount)"]);
  let sum = 0n;
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== contract.toLowerCase()) continue;
    const event = events.parseLog(log);
    const [who, amount] = (event?.args.toArray() ?? []) as [string?, bigint?];
    if (who?.toLowerCase() === recipient.toLowerCase()) sum += amount ?? 0n;
  }
  return sum;
}

/** A network that does not sign does not keep anybody from what is recorded already. */
async function collectRewards(options: ClaimOptions, rewards: RewardsContract, before: ClaimState) {
  try {
    const collected = await (options.signatures?.() ?? collectFromNodes(options, rewards));
    return { collected, collectError: undefined };
  } catch (error) {
    if (error instanceof CollectError && error.code === "nothing-to-sign") {
      return { collected: undefined, collectError: undefined };
    }
    const rest = before.recorded - before.claimed;
    if (!(error instanceof CollectError) || error.code === "cancelled" || rest === 0n) throw error;
    return { collected: undefined, collectError: error };
  }
}

async function collectFromNodes(options: ClaimOptions, rewards: RewardsContract): Promise<Signed> {
  const collector = new Collector(
    { ...options.collector, chainId: options.chainId, contract: options.contract },
    { nodes: options.nodes, readSet: reader(rewards) },
  );
  try {
    const collected = await collector.collect(
      { kind: "reward", recipient: options.recipient },
      {
        ...(options.signal ? { signal: options.signal } : {}),
        ...(options.onEvent ? { onEvent: options.onEvent } : {}),
        ...(options.stopAt === undefined ? {} : { stopAt: options.stopAt }),
      },
    );
    return fromCollected(collected);
  } finally {
    await collector.close();
  }
}

function reader(rewards: RewardsContract): (previous?: NodeSet) => Promise<NodeSet> {
  return (previous) => readNodeSet(rewards, previous ? { previous } : {});
}
