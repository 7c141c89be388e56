import { readFileSync } from "node:fs";
import { addSecrets, secretOf } from "../core/keys.ts";
import type { Address, RewardsState } from "../core/world.ts";
import type { StateFile } from "../../compat/stateFile.ts";

const FILE = new URL("../../../test/fixtures/legacy-state.json", import.meta.url);

export function readStateFile(): StateFile {
  return JSON.parse(readFileSync(FILE, "utf8")) as StateFile;
}

/** What the live-style state says, as the model's: nodes and figures as its `expected` has them, settings from their slots. */
export function stateOfFile(file: StateFile): RewardsState {
  const { expected } = file;
  const words = new Map(Object.entries(file.storage).map(([slot, word]) => [BigInt(slot), BigInt(word)]));
  const at = (slot: number): bigint => words.get(BigInt(slot)) ?? 0n;
  const address = (text: string): Address => text.toLowerCase();
  const listed = expected.nodes.filter(({ operator }) => BigInt(operator) !== 0n);
  const nodes = Object.fromEntries(
    listed.map((node) => [
      String(node.id),
      {
        operator: address(node.operator),
        key: [BigInt(node.blsPubkey.X), BigInt(node.blsPubkey.Y)] as const,
        added: BigInt(node.addedTimestamp),
        leaveRequest: BigInt(node.leaveRequestTimestamp),
        latestLeaveRequest: BigInt(node.latestLeaveRequestTimestamp),
        deposit: BigInt(node.deposit),
        contributors: node.contributors.map(({ addr, beneficiary, stakedAmount }) => ({
          addr: address(addr),
          beneficiary: address(beneficiary),
          stake: BigInt(stakedAmount),
        })),
        ed25519: BigInt(node.ed25519Pubkey),
      },
    ]),
  );
  return {
    owner: address(file.owner),
    pendingOwner: `0x${"0".repeat(40)}`,
    paused: false,
    initialized: 1n,
    started: at(0) % 256n === 1n,
    token: address(file.token),
    foundationPool: address(file.foundationPool),
    nextId: at(1) >> 160n,
    totalNodes: at(2),
    threshold: at(3),
    thresholdMax: at(4),
    expiry: at(5),
    requirement: at(11),
    maxContributors: at(12),
    ratios: { liquidator: at(13), pool: at(14), recipient: at(15) },
    list: listed.map(({ id }) => String(id)),
    nodes,
    recipients: Object.fromEntries(
      Object.entries(expected.recipients).map(([account, { rewards, claimed }]) => [
        address(account),
        { rewards: BigInt(rewards), claimed: BigInt(claimed) },
      ]),
    ),
    // all its keys are known, so the aggregate is the sum of those listed; the first look compares it with the file's
    aggregate: Object.values(nodes).reduce((sum, { key }) => addSecrets(sum, secretOf(key)), 0n),
    lastHeight: at(21),
    additions: at(22),
    claimThreshold: at(23),
    claimCycle: at(24),
    claimTotal: at(25),
    cycle: at(26),
  };
}
