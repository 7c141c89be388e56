/**
 * What was wrong with an input, for programs:
 *
 * - `hex`: not a string of hexadecimal digits
 * - `length`: not the right number of bytes
 * - `range`: an integer that is negative, too large, or not below the field order (a non-canonical coordinate)
 * - `curve`: coordinates that are not on the curve
 * - `subgroup`: a point of the twist outside the subgroup of order r
 * - `infinity`: the point at infinity, where a real point is needed
 * - `scalar`: a secret key that is zero modulo r
 * - `hash`: no attempt out of 256 hashed to the curve (never seen; chance about 2^-256)
 * - `empty`: an empty list, where at least one item is needed
 */
export type BlsErrorCode = "hex" | "length" | "range" | "curve" | "subgroup" | "infinity" | "scalar" | "hash" | "empty";

/** Every error that this library throws on purpose. */
export class BlsError extends Error {
  /** The kind of fault, stable across versions. */
  readonly code: BlsErrorCode;
  /** Public particulars (names, lengths, coordinates); never a secret. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: BlsErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "BlsError";
    this.code = code;
    this.details = details;
  }
}
