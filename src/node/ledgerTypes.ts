/** The ledger's own picture of nodes and chain events: plain data, addresses and keys in lower-case hex with 0x. */

export type Hex = `0x${string}`;

/** One stake in a node. */
export interface LedgerContributor {
  /** Who staked: the stake goes back to this address. */
  readonly staker: string;
  /** Who receives this contributor's rewards. */
  readonly beneficiary: string;
  /** Stake in atomic SESH. */
  readonly amount: bigint;
}

/** A node of the contract. */
export interface LedgerNode {
  readonly id: bigint;
  /** 64 bytes X || Y. */
  readonly blsPubkey: Hex;
  /** 32 bytes. */
  readonly ed25519Pubkey: Hex;
  /** 1/10,000 of the node's part. */
  readonly fee: number;
  /** The operator first. */
  readonly contributors: readonly LedgerContributor[];
  /** Sum of the contributors' stakes. */
  readonly deposit: bigint;
  /** Unix seconds; the contract's `addedTimestamp`. */
  readonly addedAt: number;
  /** Unix seconds of the first exit request. */
  readonly leaveRequestedAt: number | null;
  /**
   * Whether the identity key signed the registration (`verifyRegistration`). True for seeded nodes and those held at genesis: the
   * state does not keep the signature. A node without it is on the contract's list and not on the network's: neither paid nor heard.
   */
  readonly signed: boolean;
  /** Set by `ServiceNodeLiquidated`, which precedes `ServiceNodeExit` in the same transaction. */
  readonly liquidated: boolean;
}

/** What a block does to the nodes, in the order of its logs. `returnedAmount` in atomic SESH. */
export type LedgerEvent =
  | { readonly kind: "added"; readonly node: LedgerNode }
  /** The contract took a lifetime figure on record, in atomic SESH. */
  | { readonly kind: "recorded"; readonly recipient: string; readonly amount: bigint }
  | { readonly kind: "exitRequested"; readonly id: bigint }
  | { readonly kind: "liquidated"; readonly id: bigint }
  | { readonly kind: "exited"; readonly id: bigint; readonly returnedAmount: bigint };

/** Rounds from `from` to below `until`. */
export interface Rounds {
  readonly from: number;
  readonly until: number;
}

/** A block by height and hash. */
export interface BlockPoint {
  readonly height: number;
  readonly hash: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** One block that matters: it carries events, or settles rounds, or is simply the newest. */
export interface LedgerBlock extends BlockPoint {
  readonly events: readonly LedgerEvent[];
  /**
   * The pool's `rewardRate()` read at this block, 0n when rounds do not pay (contract not started). Needed exactly when a round
   * falls due in this block.
   */
  readonly rewardRate?: bigint;
}
