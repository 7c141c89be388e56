/** The exit codes of the program; `docs/cli.md` has the same table for people. */
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

/** The same for the end of each help. */
export const EXIT_CODES = `Exit codes:
    0  done, or nothing to do                5  signatures: too few, not eligible, wrong
    1  unexpected: a bug, most likely        6  a fee or cost cap would be exceeded
    2  the command line, or a file it names  7  a key, a keystore or a password
    3  the chain's endpoint                  8  sent, but not included in time
    4  the contract refuses, or no funds     9  some of many items failed
  130  interrupted`;

/** An error of the command line itself: what is wrong, and what to do about it. */
export class CliError extends Error {
  override name = "CliError";
  readonly exit: ExitName;
  readonly fix: string;
  /** Printable as JSON. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(exit: ExitName, message: string, fix = "", details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exit = exit;
    this.fix = fix;
    this.details = details;
  }
}
