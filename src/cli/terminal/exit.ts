import type { ExitName } from "../../settings/exit.ts";

export { EXIT } from "../../settings/exit.ts";
export type { ExitName } from "../../settings/exit.ts";

/** The exit codes for the end of each help. */
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
