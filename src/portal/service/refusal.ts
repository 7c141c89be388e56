/** A request that gets no result: `code` for programs, the message a sentence with the remedy. */
export class PortalError extends Error {
  override name = "PortalError";
  readonly status: number;
  readonly code: string;
  /** Seconds after which asking again may help. */
  readonly retryAfter: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { retryAfter?: number; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.details = options.details ?? {};
  }
}
