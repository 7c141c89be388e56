/** What the worker is asked: everything is plain data, since it crosses into another thread. Hex with 0x. */

interface Common {
  chainId: number;
  /** Address of the rewards contract. */
  contract: string;
  /** The contract's own aggregate key (128 digits), as read through the visitor's endpoint. */
  aggregateKey: string;
  /** Keys of those that did not sign, as the contract has them. */
  nonSignerKeys: readonly string[];
  /** 256 digits. */
  signature: string;
  /** What the service says was signed; it must be what is checked here. */
  messageToSign?: string | undefined;
}

/** A statement of the network that is to be checked. */
export type Statement =
  | (Common & { kind: "reward"; recipient: string; amount: bigint })
  | (Common & { kind: "exit" | "liquidate"; blsKey: string; timestamp: bigint });

/** A registration: both signatures are checked. */
export interface RegistrationCheck {
  kind: "registration";
  chainId: number;
  contract: string;
  operator: string;
  blsKey: string;
  ed25519Key: string;
  proof: string;
  ed25519Signature: string;
}

/** All keys of the network, to be added up and compared with the contract's aggregate. */
export interface SumCheck {
  kind: "sum";
  aggregateKey: string;
  keys: readonly string[];
}

export type Work = Statement | RegistrationCheck | SumCheck;

/** The worker's answer. */
export type Verdict =
  | { ok: true; ms: number; /** Aggregate key of the signers. */ signersKey?: string }
  | {
      ok: false;
      ms: number;
      why: "message" | "signature" | "proof" | "identity" | "sum" | "malformed";
      detail: string;
    };
