import { z } from "zod";

/**
 * Atomic SESH as the interface writes it: a JSON number up to 2^53 - 1, a string of digits above. `BigInt(amount)` reads either.
 */
export const amount = z
  .union([z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER), z.string().regex(/^[1-9]\d{15,77}$/)])
  .meta({ id: "Amount", description: "Atomic SESH (10^-9): a number up to 2^53 - 1, a string of digits above" });
export type Amount = z.infer<typeof amount>;

/** Writes an amount. */
export function toAmount(value: bigint): Amount {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** With 0x and the checksum of EIP-55. */
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .meta({ id: "Address", description: "EIP-55 checksummed, with 0x" });

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

export const ed25519Key = hex(32).meta({ id: "Ed25519Key", description: "32 bytes, lower-case hex without 0x" });
export const blsKey = hex(64).meta({ id: "BlsKey", description: "X and Y, 64 bytes, lower-case hex without 0x" });
export const blsSignature = hex(128).meta({
  id: "BlsSignature",
  description: "x.c0, x.c1, y.c0, y.c1, 128 bytes, lower-case hex without 0x",
});
export const ed25519Signature = hex(64).meta({ id: "Ed25519Signature", description: "64 bytes, lower-case hex" });
export const bareHash = hex(32).meta({ id: "BareHash", description: "32 bytes, lower-case hex without 0x" });
export const transactionHash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ id: "TransactionHash", description: "32 bytes, lower-case hex with 0x" });
export const message = z
  .string()
  .regex(/^([0-9a-f]{2})*$/)
  .meta({ id: "Message", description: "The bytes that were signed, lower-case hex without 0x" });

/** A whole number that JSON carries without loss: heights, ids, unix seconds. */
export const whole = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
