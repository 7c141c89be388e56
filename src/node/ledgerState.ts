import type { History } from "./history.ts";
import type { BlockPoint, LedgerNode, Rounds } from "./ledgerTypes.ts";
import type { Shares } from "./shares.ts";

/** Stakes that are held for a while after a liquidation. */
export interface Release {
  /** Unix seconds. */
  readonly at: number;
  readonly credits: readonly { recipient: string; amount: bigint }[];
}

/** A node that the ledger knows, gone ones included: its rounds never change any more once they are past. */
export interface Member {
  readonly node: LedgerNode;
  /** Rounds in which the network counts it as one of its own: it may be drawn, and must answer. `until` is exclusive. */
  readonly active: Rounds;
  /** Rounds that it is paid for, unless it is told to earn nothing. */
  readonly paid: Rounds;
}

/** What a ledger is made of; a copy of it is another ledger. */
export interface LedgerState {
  tip: BlockPoint;
  /** Nodes in the contract at the tip, in order of registration. */
  readonly held: Map<bigint, Member>;
  /** Nodes that have left, while anybody may still ask for what they earned. */
  readonly gone: Map<bigint, Member>;
  readonly shares: Shares;
  /** Stakes paid back. */
  readonly stakes: History;
  /** What the contract has on record. */
  readonly records: History;
  releases: readonly Release[];
  stakesReturned: bigint;
  /** Hash of the block that settled a round, for the rounds that were the last of theirs. */
  readonly roundHashes: Map<number, string>;
}
