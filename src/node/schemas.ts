/** What a request must look like. Addresses and keys become lower case with 0x; unknown fields are ignored. */
import { z } from "zod";
import { hex } from "../settings/hex.ts";

const address = hex(20, "an address");
const blsPubkey = hex(64, "a BLS public key");
const challenge = hex(32, "a challenge");

/** A height as a number or a decimal string, or "latest". */
const height = z.union([
  z.literal("latest"),
  z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/, "a height must be a number or latest")
    .transform(Number),
]);

/** Unix seconds as a number or a decimal string. */
const timestamp = z.union([
  z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/, "a timestamp must be in unix seconds")
    .transform(Number),
]);

export const rewardRequest = z.object({ recipient: address, height });

export const rewardsRequest = (maxBatch: number) =>
  z.object({ recipients: z.array(address).min(1).max(maxBatch), height });

export const departureRequest = z.object({ blsPubkey, timestamp });

export const infoQuery = z.object({ challenge: challenge.optional() });

const whole = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

export const sinceQuery = z.object({ since: whole.default(0) });
/** Two thousand days at most: a page looks at each day of its range. */
export const rangeQuery = z
  .object({ from: whole, until: whole })
  .refine(
    ({ from, until }) => until > from && until - from <= 2_000_000,
    "the range must be from 1 to 2,000,000 rounds",
  );
export const dayRequest = z.object({
  day: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 32),
});

/** The first complaint of a failed parse, in a line. */
export function complaint(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "malformed request";
  const where = issue.path.join(".");
  return where === "" ? issue.message : `${where}: ${issue.message}`;
}
