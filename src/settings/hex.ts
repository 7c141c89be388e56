import { z } from "zod";
import type { Hex } from "../bls/index.ts";
import { BlsError, normalizeHex } from "../bls/index.ts";

/** `bytes` bytes of hex, with or without 0x, in any case; becomes lower case with 0x. `what` names it in the error. */
export function hex(bytes: number, what: string) {
  return z.string(`${what} is not a string`).transform((text, context): Hex => {
    try {
      return normalizeHex(text.trim(), what, bytes);
    } catch (error) {
      if (!(error instanceof BlsError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}
