/** An integer in JSON: decimal or 0x hex, or a number. */
export type JsonInteger = string | number;

export interface NodeJson {
  id: JsonInteger;
  next: JsonInteger;
  prev: JsonInteger;
  operator: string;
  blsPubkey: { X: JsonInteger; Y: JsonInteger };
  addedTimestamp: JsonInteger;
  leaveRequestTimestamp: JsonInteger;
  latestLeaveRequestTimestamp: JsonInteger;
  deposit: JsonInteger;
  ed25519Pubkey: JsonInteger;
  contributors: { addr: string; beneficiary: string; stakedAmount: JsonInteger }[];
}

/** What the views of the contract must answer. Further keys are getters without arguments. */
export interface ExpectedJson {
  aggregatePubkey: { X: JsonInteger; Y: JsonInteger };
  recipients: Record<string, { rewards: JsonInteger; claimed: JsonInteger }>;
  /** In order of id, nodes that have left included (all zero). */
  nodes: NodeJson[];
  [getter: string]: unknown;
}

/** The storage of a rewards proxy, as in test/fixtures/legacy-state.json. */
export interface StateFile {
  chainId: JsonInteger;
  proxy: string;
  token: string;
  foundationPool: string;
  owner: string;
  /** When it was taken, seconds since 1970: the time at which its signatures and ages make sense. */
  takenAt: JsonInteger;
  /** Secret keys of its nodes, in any order; keys of nodes that have left may be among them. */
  secretKeys: string[];
  expected: ExpectedJson;
  /** Slot to word. */
  storage: Record<string, string>;
}
