/**
 * The state that the model keeps, plain data throughout: a transaction that reverts puts a clone back. Addresses are lower-case
 * hex, amounts atomic SESH, times seconds since 1970.
 */
export type Address = string;
/** A value in the form in which chain and model are compared: tuples and lists are arrays. */
export type Value = bigint | string | boolean | readonly Value[];

export const ZERO: Address = `0x${"0".repeat(40)}`;
export const HOUR = 3600n;
export const DAY = 24n * HOUR;
export const SESH = 1_000_000_000n;
export const MAX_UINT = 2n ** 256n - 1n;

/** A revert: the error's name and arguments. */
export class Revert extends Error {
  readonly error: string;
  readonly args: readonly Value[];

  constructor(error: string, args: readonly Value[]) {
    super(error);
    this.error = error;
    this.args = args;
  }
}

export function revert(error: string, ...args: Value[]): never {
  throw new Revert(error, args);
}

export interface Emitted {
  at: Address;
  name: string;
  args: readonly Value[];
}

/** OpenZeppelin's Ownable2Step and Pausable. */
export interface Governed {
  owner: Address;
  pendingOwner: Address;
  paused: boolean;
  /** Version of OpenZeppelin's Initializable, 0 before `initialize`. */
  initialized: bigint;
}

export interface TokenState extends Partial<Governed> {
  balances: Record<Address, bigint>;
  /** `owner,spender` */
  allowances: Record<string, bigint>;
  nonces: Record<Address, bigint>;
  supply: bigint;
  /** SESHL2 only. */
  gateway?: Address;
  /** SESH only. */
  genesisReceiver?: Address;
}

/** `[X, Y]` */
export type Key = readonly [bigint, bigint];
/** `[address, beneficiary, stake]` */
export interface Contributor {
  addr: Address;
  beneficiary: Address;
  stake: bigint;
}

export interface NodeState {
  operator: Address;
  key: Key;
  added: bigint;
  leaveRequest: bigint;
  latestLeaveRequest: bigint;
  deposit: bigint;
  contributors: Contributor[];
  ed25519: bigint;
}

export interface RewardsState extends Governed {
  started: boolean;
  token: Address;
  foundationPool: Address;
  nextId: bigint;
  totalNodes: bigint;
  threshold: bigint;
  thresholdMax: bigint;
  expiry: bigint;
  requirement: bigint;
  maxContributors: bigint;
  ratios: { liquidator: bigint; pool: bigint; recipient: bigint };
  /** Ids in order of registration. */
  list: string[];
  nodes: Record<string, NodeState>;
  recipients: Record<Address, { rewards: bigint; claimed: bigint }>;
  /** Secret key of the aggregate: the sum of those of the nodes. */
  aggregate: bigint;
  /** Blocks of additions. */
  lastHeight: bigint;
  additions: bigint;
  claimThreshold: bigint;
  claimCycle: bigint;
  claimTotal: bigint;
  cycle: bigint;
}

export interface PoolState extends Governed {
  token: Address;
  beneficiary: Address;
  totalPaidOut: bigint;
  lastPaidOut: bigint;
}

export interface FactoryState extends Governed {
  rewards: Address;
  deployed: Record<Address, true>;
}

export const Status = { WaitForOperator: 0n, Open: 1n, WaitForFinalized: 2n, Finalized: 3n } as const;

export interface Reservation {
  addr: Address;
  amount: bigint;
  received: boolean;
}

export interface ContributionState {
  operator: Address;
  requirement: bigint;
  maxContributors: bigint;
  key: Key;
  sig: SignatureValue;
  /** Ed25519 key, two halves of its signature, fee. */
  params: readonly [bigint, bigint, bigint, bigint];
  reserved: Reservation[];
  contributors: { addr: Address; beneficiary: Address }[];
  contributions: Record<Address, bigint>;
  timestamps: Record<Address, bigint>;
  status: bigint;
  manualFinalize: boolean;
  /** What `paramsHash()` said after the last change: the specification names what goes in, not the hash. */
  paramsHash: string;
}

export interface VestingState {
  beneficiary: Address;
  revoker: Address;
  start: bigint;
  end: bigint;
  transferable: boolean;
  revoked: boolean;
}

export interface NoStakingState {
  beneficiary: Address;
  revoker: Address;
  cliff: bigint;
  end: bigint;
  transferable: boolean;
  revoked: Record<Address, true>;
  released: Record<Address, bigint>;
}

export interface ConverterState {
  owner: Address;
  pendingOwner: Address;
  paused: boolean;
  tokenA: Address;
  tokenB: Address;
  numerator: bigint;
  denominator: bigint;
}

/** A signature: its four words, and what it really is, if it is one: the sum of the hashes of `messages` times `secret`. */
export interface SignatureValue {
  words: readonly [bigint, bigint, bigint, bigint];
  messages: string[];
  secret: bigint;
}

/** Square roots beside a batch: right ones, none (the contract takes them itself, H23), or wrong from this word on. */
export interface RootsValue {
  wrongAt: bigint | undefined;
}

/** What a rule takes. */
export type Argument = Value | SignatureValue | RootsValue;

export interface World {
  chainId: bigint;
  now: bigint;
  block: bigint;
  /** Where the system's contracts are. */
  at: { token: Address; l1Token: Address; rewards: Address; pool: Address; factory: Address };
  tokens: Record<Address, TokenState>;
  rewards: RewardsState;
  pool: PoolState;
  factory: FactoryState;
  contributions: Record<Address, ContributionState>;
  vestings: Record<Address, VestingState>;
  noStakings: Record<Address, NoStakingState>;
  converters: Record<Address, ConverterState>;
  /** Events of the transaction under way. */
  log: Emitted[];
}

/** Who calls, and what the chain decided that no rule can know. */
export interface Call {
  from: Address;
  /** Address of the contract that this call makes, if it makes one. */
  created: Address;
}

export function emit(world: World, at: Address, name: string, ...args: Value[]): void {
  world.log.push({ at, name, args });
}

export function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
