/**
 * What a sequence consists of: plain JSON, so that a failing one can be printed, cut down and run again. Integers are decimal
 * strings, places are `@name`; what only the run knows (a signature, a contract made on the way) is an object.
 */
export type Json = string | boolean | readonly Json[] | Special;

/** A network signature, or a proof of possession. */
export interface SignSpec {
  sign: MessageSpec[];
  /** Secret keys, by number, whose sum signs; or all nodes of the moment less these ids. */
  by: number[] | { allBut: string[] };
  /** How it is spoilt afterwards. */
  spoil?: "zero" | "garbage" | "unreduced" | "negated" | "halves";
}

export type MessageSpec =
  | { pop: { key: KeySpec; operator: string; ed25519: string } }
  | { reward: { recipient: string; amount: string } }
  | { exit: { key: KeySpec; timestamp: string } }
  | { liquidate: { key: KeySpec; timestamp: string } };

/** The public key of the secret key of this number; or any two numbers. */
export interface KeySpec {
  key: number | readonly [string, string];
  /** Y + p: the same point, not in canonical form. */
  form?: "unreduced";
}

export type Special =
  | SignSpec
  | KeySpec
  /** The hash that contributeFunds takes: of what the contract says now, of what it said when first asked, or none. */
  | { paramsHash: string; of: "now" | "first" | "nothing" }
  /** One word of an ERC-2612 signature by `signer` over a permit of its own; the nonce is that of the moment, plus `ahead`. */
  | { permit: PermitSpec; part: "v" | "r" | "s" }
  /** Square roots for a batch, from the toolkit. */
  | { roots: MessageSpec[]; spoil?: "wrong" };

export interface PermitSpec {
  signer: string;
  token: string;
  spender: string;
  value: string;
  deadline: string;
  ahead?: number;
}

export interface CallStep {
  /** An actor. */
  from: string;
  /** A place, or the name of a contract to create. */
  to: string;
  fn: string;
  args: Json[];
}

/** One transaction: its calls share a block. Or something done to the chain itself. */
export type Step =
  { wait: string; calls: CallStep[] } | { wait: string; live: LiveSpec } | { wait: string; upgrade: string };

/** A live-style state to begin with: the file's, or one made of what the model holds at this moment. */
export interface LiveSpec {
  state: "file" | "held";
  quirks: string[];
}
