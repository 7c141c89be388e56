/** Facts of the index in the form of the interface. */
import { getAddress } from "ethers";
import type { ConsensusParams } from "../../node/index.ts";
import { toAmount } from "../api/index.ts";
import type { AppNodeRow, Contribution, Event, Stake, VestingContract } from "../api/index.ts";
import { argumentsOf, KINDS } from "../index/index.ts";
import type { ContributionFacts, NodeFacts, StoredEvent, VestingFacts } from "../index/index.ts";
import type { DepartingWord } from "./rules.ts";
import { isActive, stageOf } from "./rules.ts";

/** What views of nodes depend on besides the nodes. */
export interface Moment {
  /** The index's last block, and its time in unix seconds. */
  block: number;
  timestamp: number;
  /** Of the chain, on average over the last blocks. */
  secondsPerBlock: number;
  rules: ConsensusParams & { initialCredit: number; creditPerDay: number; maxCredit: number };
  requirement: bigint;
  departing: ReadonlyMap<string, DepartingWord>;
  /** Unix seconds of the newest announcement heard of each node. */
  proofs: ReadonlyMap<number, number>;
}

const checksummed = new Map<string, string>();

/** 40 digits of hex with 0x and checksum. */
export function checksum(address: string): string {
  let found = checksummed.get(address);
  if (found === undefined) {
    if (checksummed.size > 50_000) checksummed.clear();
    checksummed.set(address, (found = getAddress(`0x${address}`)));
  }
  return found;
}

export function toEventView(event: StoredEvent): Event {
  const kind = KINDS[event.kind];
  const args = argumentsOf(event);
  return {
    args,
    block: event.block,
    log_index: event.logIndex,
    main_arg: mainArgument(event, args),
    name: kind?.name ?? "",
    tx: `0x${event.tx}`,
  };
}

/** Of a contribution contract its address, of a node its BLS key, of a recipient the address. */
function mainArgument(event: StoredEvent, args: Record<string, unknown>): string | null {
  const room = KINDS[event.kind]?.room;
  if (room === "contribution" || room === "vesting") return checksum(event.emitter);
  if (room === "factory") return String(args["contributorContract"]);
  const key = (args["pubkey"] ?? args["blsPubkey"]) as { X: number | string; Y: number | string } | undefined;
  if (key) return [key.X, key.Y].map((half) => BigInt(half).toString(16).padStart(64, "0")).join("");
  return event.account === null ? null : checksum(event.account);
}

/** A node but its events, which never change and are kept as JSON. */
export function toStake(node: NodeFacts, at: Moment): Omit<Stake, "events"> {
  const word = node.exit ? undefined : at.departing.get(node.bls);
  const stage = stageOf(node, at.rules, at.timestamp, word);
  const active = node.exit === undefined && isActive(stage);
  const heightAt = (time: number) => Math.max(0, at.block + Math.ceil((time - at.timestamp) / at.secondsPerBlock));
  const unlocks = node.leaveAt + at.rules.unlockDelay;
  const deregistered = node.liquidated || word?.type === "deregister";
  const days = Math.max(0, at.timestamp - node.addedAt) / 86_400;
  const credit = Math.min(at.rules.maxCredit, at.rules.initialCredit + Math.floor(days * at.rules.creditPerDay));
  const left = node.exit?.block ?? (node.leaveAt !== 0 && at.timestamp >= unlocks ? heightAt(unlocks) : at.block);
  return {
    active,
    contract_id: node.id,
    contributors: node.shares.map(({ staker, beneficiary, amount }) => ({
      address: checksum(staker),
      beneficiary: checksum(beneficiary),
      amount: toAmount(amount),
    })),
    deregistration_height:
      word?.type === "deregister" ? word.height : node.liquidated ? (node.exit?.block ?? null) : null,
    earned_downtime_blocks: active ? credit : 0,
    exit_type: deregistered ? "deregister" : node.exit || !active ? "exit" : null,
    last_reward_block_height: left,
    last_uptime_proof: at.proofs.get(node.id) ?? 0,
    liquidation_height: node.exit
      ? null
      : (word?.liquidationHeight ?? (node.leaveAt === 0 ? null : heightAt(unlocks + at.rules.exitSigningWindow))),
    operator_address: checksum(node.operator),
    operator_fee: node.fee,
    pubkey_bls: node.bls,
    pubkey_ed25519: node.ed25519,
    registration_height: node.addedBlock,
    requested_unlock_height: node.leaveAt === 0 ? 0 : heightAt(unlocks),
    service_node_pubkey: node.ed25519,
    staking_requirement: toAmount(node.deposit === 0n ? at.requirement : node.deposit),
    total_contributed: toAmount(node.deposit),
  };
}

export function toContribution(at: ContributionFacts): Omit<Contribution, "events"> {
  const paid = at.contributors.map(({ staker, beneficiary, amount }) => ({
    address: checksum(staker),
    beneficiary_address: beneficiary === staker ? null : checksum(beneficiary),
    amount: toAmount(amount),
    reserved: toAmount(at.reserved.find(({ address }) => address === staker)?.amount ?? 0n),
  }));
  const open = at.reserved
    .filter(({ address }) => !at.contributors.some(({ staker }) => staker === address))
    .map(({ address, amount }) => ({
      address: checksum(address),
      beneficiary_address: null,
      amount: 0,
      reserved: toAmount(amount),
    }));
  return {
    address: checksum(at.address),
    contributors: [...paid, ...open],
    fee: at.fee,
    manual_finalize: at.manualFinalize,
    operator_address: checksum(at.operator),
    pubkey_bls: at.bls,
    service_node_pubkey: at.ed25519,
    status: at.status as Contribution["status"],
  };
}

export function toVesting(at: VestingFacts): VestingContract {
  return {
    address: checksum(at.address),
    beneficiary: checksum(at.beneficiary),
    initial_amount: toAmount(at.initialAmount),
    initial_beneficiary: checksum(at.initialBeneficiary),
    revoker: checksum(at.revoker),
    time_end: at.end,
    time_start: at.start,
    transferable_beneficiary: at.transferable,
  };
}

export function toRow(node: NodeFacts, at: Moment): AppNodeRow {
  const stage = stageOf(node, at.rules, at.timestamp, at.departing.get(node.bls));
  const { id, ed25519, bls, operator, shares, deposit, fee, addedAt, leaveAt } = node;
  return [id, ed25519, bls, checksum(operator), shares.length, toAmount(deposit), fee, addedAt, leaveAt, stage];
}
