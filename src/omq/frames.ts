/** A frame of this size or more is not delivered under CURVE; without CURVE exactly this size still is. */
export const MAX_FRAME_BYTES = 1_048_576;

/** What CURVE adds to a frame: 8 bytes of name, 8 of nonce, 16 of authenticator, 1 of flags. */
const CURVE_BYTES = 33;

/** Most bytes of one frame's payload, with and without CURVE. */
export function maxPayload(curve: boolean): number {
  return curve ? MAX_FRAME_BYTES - CURVE_BYTES : MAX_FRAME_BYTES;
}

/** Words that begin a message and are no command. */
export const HI = "HI";
export const HELLO = "HELLO";
export const BYE = "BYE";
export const REPLY = "REPLY";
export const UNKNOWN_COMMAND = "UNKNOWNCOMMAND";
export const NO_REPLY_TAG = "NO_REPLY_TAG";
export const FORBIDDEN = "FORBIDDEN";
export const FORBIDDEN_SN = "FORBIDDEN_SN";
export const NOT_A_SERVICE_NODE = "NOT_A_SERVICE_NODE";

/** A part to send: bytes, or text as UTF-8. */
export type Part = Uint8Array | string;

/** Bytes of a list of parts. */
export function byteLength(parts: readonly Part[]): number {
  let sum = 0;
  for (const part of parts) sum += typeof part === "string" ? Buffer.byteLength(part) : part.length;
  return sum;
}

/** Printable ASCII, cut short: what comes from the wire must not steer a terminal. */
export function shown(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 80))
    .toString("latin1")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
}
