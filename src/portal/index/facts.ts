/** What the fold keeps: plain data. Addresses and keys are lower-case hex without 0x, amounts atomic SESH, times unix seconds. */
import type { StoredEvent } from "./kinds.ts";

/** One stake in a node. */
export interface Share {
  staker: string;
  /** Who receives its rewards. */
  beneficiary: string;
  amount: bigint;
}

/** A node, also one that has left. */
export interface NodeFacts {
  id: number;
  bls: string;
  ed25519: string;
  operator: string;
  /** 1/10,000; 0 where no event has told it. */
  fee: number;
  /** The operator first. */
  shares: Share[];
  deposit: bigint;
  addedAt: number;
  addedBlock: number;
  /** First exit request. */
  leaveAt: number;
  leaveBlock: number;
  exit: { at: number; block: number; returned: bigint } | undefined;
  liquidated: boolean;
  events: StoredEvent[];
}

/** What the contract has on record for an address. */
export interface RecipientFacts {
  recorded: bigint;
  claimed: bigint;
}

export interface ContributionFacts {
  address: string;
  operator: string;
  ed25519: string;
  bls: string | null;
  fee: number | null;
  manualFinalize: boolean;
  /** 0 to 3. */
  status: number;
  contributors: Share[];
  reserved: { address: string; amount: bigint }[];
  events: StoredEvent[];
}

/** A TokenVestingStaking that stakes here. */
export interface VestingFacts {
  address: string;
  beneficiary: string;
  initialBeneficiary: string;
  revoker: string;
  start: number;
  end: number;
  transferable: boolean;
  revoked: boolean;
  /** What it held when it was found, with what it had staked by then. */
  initialAmount: bigint;
}

/** The whole network after an event. */
export interface Point {
  t: number;
  block: number;
  nodes: number;
  stake: bigint;
  claimed: bigint;
  /** A day's payout of the pool; undefined before it paid twice. */
  rate: bigint | undefined;
}

/** A node as the contract's state has it: what seeds and bases bring along. */
export interface NodeBody {
  id: number;
  bls: string;
  ed25519: string;
  operator: string;
  shares: { staker: string; beneficiary: string; amount: string }[];
  addedAt: number;
  leaveAt: number;
}

/** The contract's state at the block that events go on from. */
export interface BaseBody {
  block: number;
  timestamp: number;
  nodes: NodeBody[];
  recipients: { address: string; rewards: string; claimed: string }[];
}

/** A vesting contract as it was found. */
export interface VestingBody {
  beneficiary: string;
  revoker: string;
  start: number;
  end: number;
  transferable: boolean;
  revoked: boolean;
  amount: string;
}
