/** Why a node does not sign; see the HTTP statuses of the room. */
export type RefusalCode =
  "malformed" | "stale" | "not-eligible" | "nothing-to-sign" | "height-not-available" | "busy" | "unavailable";

/** HTTP status by refusal. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed: 400,
  stale: 400,
  "not-eligible": 403,
  "nothing-to-sign": 403,
  "height-not-available": 410,
  busy: 429,
  unavailable: 503,
};

/** A question that the node answers with a refusal. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Refusal";
    this.code = code;
  }
}
