/**
 * Why a reply is wrong. Each of these is a fault of the node that no network causes:
 *
 * - `bad-shape`: fields missing or of another type
 * - `bad-key`, `bad-signature-encoding`: not canonical, off the curve, infinity
 * - `other-question`: it answers for another recipient, height, node or timestamp
 * - `other-message`: what it says it signed is not the message of its own figures
 * - `impostor`: it answers with the key of another node than the one known at this address
 * - `bad-signature`: well-formed, but does not verify (found by blame)
 */
export type OffenceReason =
  | "bad-shape"
  | "bad-key"
  | "bad-signature-encoding"
  | "other-question"
  | "other-message"
  | "impostor"
  | "bad-signature";

/** A reply that is wrong. */
export class Offence extends Error {
  override name = "Offence";
  readonly reason: OffenceReason;

  constructor(reason: OffenceReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** @throws Offence `other-question` unless what the reply answers for is what was asked */
export function echo(same: boolean, what: string): void {
  if (!same) throw new Offence("other-question", `it answers for another ${what}`);
}
