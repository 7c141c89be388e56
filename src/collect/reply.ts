import { z } from "zod";
import type { Signature, Tags } from "../bls/index.ts";
import { aggregateSignatures, BlsError, publicKeyFromHex, signatureFromHex } from "../bls/index.ts";
import type { PreparedRequest, Statement } from "./request.ts";
import { buildStatement, messageHexes } from "./request.ts";

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

/** A reply that is what was asked for, its signature decoded but not verified, nor known to lie in G2. */
export interface CheckedReply {
  /** Key of the signer, 0x and 128 lower-case digits. */
  signer: string;
  statement: Statement;
  /** For a batch the sum over all messages: single signatures of it are never needed. */
  signature: Signature;
}

/** A reply that is wrong. */
export class Offence extends Error {
  override name = "Offence";
  readonly reason: OffenceReason;

  constructor(reason: OffenceReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`));
const key = hex(64);
const address = hex(20);
const signature = hex(128);
const message = z.string().regex(/^0x[0-9a-fA-F]{2,512}$/);
/** Below 2^256 in any case; the contract's own limit is what it can pay. */
const amount = z.string().regex(/^(0|[1-9][0-9]{0,76})$/);

const rewardReply = z.object({
  recipient: address,
  amount,
  height: z.number().int().nonnegative(),
  message,
  signature,
  blsPubkey: key,
});
const rewardsReply = z.object({
  height: z.number().int().nonnegative(),
  // Without a signature: the contract has that amount on record already.
  rewards: z.array(z.object({ recipient: address, amount, message, signature: signature.nullable() })),
  blsPubkey: key,
});
const departureReply = z.object({
  blsPubkey: key,
  timestamp: z.number().int().nonnegative(),
  message,
  signature,
  signer: key,
});

/** The statements met so far, by id: thousands of replies share one. */
export type Statements = Map<string, Statement & { hexes: readonly string[] }>;

/**
 * Checks one body against the question. Everything from the wire is doubted: shape, the echo of the question, the message against
 * the one built here, the encoding of key and points. Not checked here: the signature itself, which waits for the sum.
 *
 * @param expectedKey - Key known to be at this address, if any.
 * @throws Offence
 */
export function checkReply(
  body: unknown,
  prepared: PreparedRequest,
  tags: Tags,
  statements: Statements,
  expectedKey?: string,
): CheckedReply {
  const { request } = prepared;
  let signer: string;
  let entries: { message: string; signature: string | null }[];
  let amounts: (bigint | undefined)[] = [];

  if (request.kind === "reward") {
    const reply = shape(rewardReply, body);
    echo(reply.recipient.toLowerCase() === prepared.recipients[0], "recipient");
    echoHeight(reply.height, request.height);
    signer = reply.blsPubkey;
    amounts = [toAmount(reply.amount)];
    entries = [reply];
  } else if (request.kind === "rewards") {
    const reply = shape(rewardsReply, body);
    echo(
      reply.rewards.length === prepared.recipients.length &&
        reply.rewards.every((entry, i) => entry.recipient.toLowerCase() === prepared.recipients[i]),
      "list of recipients",
    );
    echoHeight(reply.height, request.height);
    signer = reply.blsPubkey;
    amounts = reply.rewards.map((entry) => (entry.signature === null ? undefined : toAmount(entry.amount)));
    entries = reply.rewards.filter((entry) => entry.signature !== null);
    if (entries.length === 0) throw new Offence("bad-shape", "rewards: nothing is signed");
  } else {
    const reply = shape(departureReply, body);
    echo(reply.blsPubkey.toLowerCase() === prepared.departing?.hex, "node");
    echo(reply.timestamp === request.timestamp, "timestamp");
    signer = reply.signer;
    entries = [reply];
  }

  signer = signer.toLowerCase();
  if (expectedKey !== undefined && signer !== expectedKey) {
    throw new Offence("impostor", "it answers with another node's key");
  }
  const statement = statementOf(prepared, tags, amounts, statements);
  entries.forEach((entry, i) => {
    if (entry.message.toLowerCase() !== statement.hexes[i]) {
      throw new Offence("other-message", "it signed another message than its figures make");
    }
  });
  return { signer, statement, signature: decodeSignatures(entries) };
}

/** @throws Offence `bad-key`; for keys that the contract does not vouch for. */
export function checkKey(hexKey: string): void {
  try {
    publicKeyFromHex(hexKey);
  } catch (error) {
    throw new Offence("bad-key", (error as Error).message);
  }
}

function statementOf(
  prepared: PreparedRequest,
  tags: Tags,
  amounts: readonly (bigint | undefined)[],
  statements: Statements,
) {
  const id = prepared.departing ? prepared.request.kind : amounts.join(",");
  let known = statements.get(id);
  if (!known) {
    const statement = buildStatement(prepared, tags, amounts);
    known = { ...statement, hexes: messageHexes(statement) };
    statements.set(id, known);
  }
  return known;
}

function decodeSignatures(entries: readonly { signature: string | null }[]): Signature {
  try {
    // No subgroup check a point: it costs as much as all else together, and the check of the sum covers it.
    const points = entries.map((entry) => signatureFromHex(entry.signature ?? "", { subgroup: false }));
    return points.length === 1 ? (points[0] as Signature) : aggregateSignatures(points);
  } catch (error) {
    if (error instanceof BlsError) throw new Offence("bad-signature-encoding", error.message);
    throw error;
  }
}

function shape<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Offence("bad-shape", `${issue?.path.join(".") || "reply"}: ${issue?.code ?? "invalid"}`);
}

function echo(same: boolean, what: string): void {
  if (!same) throw new Offence("other-question", `it answers for another ${what}`);
}

function echoHeight(given: number, asked: number | "latest" | undefined): void {
  if (typeof asked === "number") echo(given === asked, "height");
}

function toAmount(text: string): bigint {
  const value = BigInt(text);
  if (value >> 256n !== 0n) throw new Offence("bad-shape", "amount: beyond 256 bits");
  return value;
}
