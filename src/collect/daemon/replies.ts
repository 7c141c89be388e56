import { z } from "zod";
import { BlsError, normalizeHex } from "../../bls/index.ts";
import type { Hex } from "../../bls/index.ts";
import { hex } from "../../settings/hex.ts";
import { CollectError } from "../errors.ts";

/**
 * What a daemon answers, of every age: fields that older ones leave out are optional where nothing depends on them, keys go by
 * both their names. Integers are bigints.
 */

const unsigned = z.bigint().nonnegative();
const small = unsigned.refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER)).transform(Number);
const amount = unsigned.refine((value) => value >> 256n === 0n);
const message = z
  .string()
  .max(1_026)
  .transform((text, context): Hex => {
    try {
      return normalizeHex(text, "msg_to_sign");
    } catch (error) {
      if (!(error instanceof BlsError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });

const aggregateFields = {
  msg_to_sign: message,
  signature: hex(128, "signature"),
  // Not needed: the contract's own key is what counts. Where it is sent, it tells another set from a lie.
  aggregate_pubkey: hex(64, "aggregate_pubkey").optional(),
  non_signer_indices: z.array(unsigned).max(100_000),
};

export const rewardsResult = z.object({ address: hex(20, "address"), amount, height: small, ...aggregateFields });

const departureFields = z.object({
  bls_pubkey: hex(64, "bls_pubkey").optional(),
  pubkey_bls: hex(64, "pubkey_bls").optional(),
  bls_public_key: hex(64, "bls_public_key").optional(),
  timestamp: small,
  ...aggregateFields,
});
export const departureResult = departureFields.transform((reply) => ({
  ...reply,
  // Left out by some: the message names the node all the same.
  key: reply.bls_pubkey ?? reply.pubkey_bls ?? reply.bls_public_key,
}));

export const registrationResult = z.object({
  address: hex(20, "address"),
  bls_pubkey: hex(64, "bls_pubkey"),
  proof_of_possession: hex(128, "proof_of_possession"),
  service_node_pubkey: hex(32, "service_node_pubkey"),
  service_node_signature: hex(64, "service_node_signature"),
});

export const infoResult = z.object({ nettype: z.string().max(32).optional(), height: small });
export const heightResult = z.object({ height: small });

export type AggregateResult = z.output<z.ZodObject<typeof aggregateFields>>;

/** A node that is on its way out of the contract. */
export interface Departing {
  ed25519PublicKey: Hex;
  blsPublicKey: Hex;
  /** Since when; a height of the daemon's chain. */
  height: number;
  /** From when on it can be liquidated; a height of the daemon's chain. */
  liquidationHeight: number;
  /** The same in unix seconds, where the source tells (our nodes do). */
  liquidationTimestamp: number | undefined;
  type: "exit" | "deregister";
}

const listEntry = z.object({
  service_node_pubkey: hex(32, "service_node_pubkey"),
  height: small.optional(),
  liquidation_height: small,
  liquidation_timestamp: small.optional(),
  type: z.enum(["exit", "deregister"]),
  // `bls_public_key` in older daemons, `pubkey_bls` in newer ones.
  info: z.object({ bls_public_key: z.unknown().optional(), pubkey_bls: z.unknown().optional() }),
});
const anyKey = hex(64, "the BLS key");

/**
 * Reads the list of those that leave, entry by entry: one that is odd does not hide the others.
 *
 * @returns what could be read, and how many could not
 * @throws CollectError `bad-reply` when it is no list, or nothing of it can be read
 */
export function readDepartures(result: unknown): { entries: Departing[]; odd: number } {
  if (!Array.isArray(result) || result.length > 100_000) {
    throw badReply("bls_exit_liquidation_list: result is not what it should be");
  }
  const entries: Departing[] = [];
  for (const item of result) {
    const entry = listEntry.safeParse(item);
    if (!entry.success) continue;
    const { info } = entry.data;
    const keys = [info.pubkey_bls, info.bls_public_key].map((key) => anyKey.safeParse(key));
    const key = keys.find(({ success }) => success)?.data;
    if (key === undefined) continue;
    const { service_node_pubkey, height, liquidation_height, liquidation_timestamp, type } = entry.data;
    entries.push({
      ed25519PublicKey: service_node_pubkey,
      blsPublicKey: key,
      height: height ?? liquidation_height,
      liquidationHeight: liquidation_height,
      liquidationTimestamp: liquidation_timestamp,
      type,
    });
  }
  const odd = result.length - entries.length;
  if (entries.length === 0 && odd > 0) throw badReply("bls_exit_liquidation_list: no entry is what it should be");
  return { entries, odd };
}

/** @throws CollectError `bad-reply` naming the field */
export function readResult<T extends z.ZodType>(method: string, result: unknown, schema: T): z.output<T> {
  const parsed = schema.safeParse(result);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badReply(`${method}: ${issue?.path.join(".") || "result"} is not what it should be`);
}

export function badReply(why: string, details: Record<string, unknown> = {}): CollectError {
  return new CollectError("bad-reply", `The daemon's reply is not to be used: ${why}.`, details);
}
