/** The exit codes of the command line, of `deploy` and of the operations; `docs/cli.md` has the same table for people. */
export const EXIT = {
  ok: 0,
  /** Something that this table does not know: a bug, most likely. */
  failure: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** The chain endpoint: unreachable, the wrong chain, no contract there. */
  chain: 3,
  /** The contract refuses (found by simulation: nothing was spent), or refused on-chain. */
  refused: 4,
  /** The nodes or the daemon: too few signatures, not eligible, unreachable. */
  signatures: 5,
  /** A fee or cost cap would be exceeded. */
  cap: 6,
  /** A key, a keystore or a password. */
  key: 7,
  /** Sent, but not included before the time limit. */
  pending: 8,
  /** Some of many items failed; the others went through. */
  partial: 9,
  /** SIGINT or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** Where what a `ChainError` calls its code ends a program. */
const CHAIN_EXITS: Readonly<Record<string, ExitName>> = {
  "unknown-network": "usage",
  "bad-address": "usage",
  "no-rpc": "usage",
  "bad-file": "usage",
  "bad-url": "usage",
  "bad-variable": "usage",
  "no-account": "key",
  "no-signer": "key",
  "no-password": "key",
  "bad-keystore": "key",
  "bad-key": "key",
  reverted: "refused",
  "no-funds": "refused",
  "fee-cap": "cap",
  "cost-cap": "cap",
  "gas-limit": "usage",
  "not-included": "pending",
  "under-way": "pending",
  "no-receipt": "pending",
  unrecorded: "pending",
  "not-taken": "refused",
  replaced: "refused",
  expired: "refused",
  "given-up": "refused",
  left: "interrupted",
  cancelled: "interrupted",
  locked: "usage",
  "lock-lost": "usage",
  "state-file": "usage",
  interrupted: "interrupted",
};

/** How a program ends for a `ChainError`: by its code, and with the chain's endpoint where nothing else is said. */
export function exitOfChain(code: string): ExitName {
  return CHAIN_EXITS[code] ?? "chain";
}
