import { z } from "zod";
import { bytesFromHex, checkSignatureBytes, deriveTags, hexFromBytes } from "../bls/index.ts";
import type { NodeSet } from "../chain/nodeSet.ts";
import { Collected } from "./collected.ts";
import { CollectError } from "./errors.ts";
import type { CollectRequest } from "./request.ts";
import { buildStatement, isDeparture, prepareRequest } from "./request.ts";

const shape = z.object({
  format: z.literal("session-collection-1"),
  chainId: z.string().regex(/^\d+$/),
  contract: z.string(),
  request: z.union([
    z.object({ kind: z.literal("reward"), recipient: z.string() }),
    z.object({ kind: z.literal("rewards"), recipients: z.array(z.string()) }),
    z.object({ kind: z.enum(["exit", "liquidate"]), blsPubkey: z.string(), timestamp: z.number() }),
  ]),
  height: z.number().optional(),
  amounts: z.array(
    z
      .string()
      .regex(/^\d{1,78}$/)
      .refine((amount) => BigInt(amount) >> 256n === 0n)
      .nullable(),
  ),
  signatures: z.array(z.object({ key: z.string(), url: z.string(), signature: z.string() })),
});

/** A collection as JSON: what was asked, what was agreed, and the single signatures. It holds no secret. */
export interface SavedCollection {
  format: "session-collection-1";
  /** Decimal. */
  chainId: string;
  /** Lower case. */
  contract: string;
  request:
    | { kind: "reward"; recipient: string }
    | { kind: "rewards"; recipients: string[] }
    | { kind: "exit" | "liquidate"; blsPubkey: string; timestamp: number };
  height?: number | undefined;
  /** Atomic SESH, decimal, in the order of the recipients; null where the network signed nothing. */
  amounts: (string | null)[];
  signatures: { key: string; url: string; signature: string }[];
}

/** Gives a collection a form that can be written to disk and restored after an interruption. */
export function saveCollected(collected: Collected, where: { chainId: bigint; contract: string }): SavedCollection {
  const { request, height } = collected;
  const amountOf = new Map(collected.rewards.map(({ recipient, amount }) => [recipient, amount.toString()]));
  return {
    format: "session-collection-1",
    chainId: where.chainId.toString(),
    contract: where.contract.toLowerCase(),
    request: withoutHeight(request),
    ...(height === undefined ? {} : { height }),
    amounts: isDeparture(request)
      ? []
      : prepareRequest(request).recipients.map((recipient) => amountOf.get(recipient) ?? null),
    signatures: collected.candidates.map(({ key, url, signature }) => ({
      key,
      url,
      signature: hexFromBytes(signature),
    })),
  };
}

/**
 * Makes the aggregate again from saved signatures, for the set of now. Nothing of the file is believed: the message is built anew,
 * the sum is verified against the contract's keys.
 *
 * @throws CollectError `bad-reply` when it is not a saved collection of this contract; `too-few-signers` when too few of its signers
 * are still registered, or too few signatures are right
 */
export function restoreCollected(
  saved: unknown,
  where: { chainId: bigint; contract: string; set: NodeSet },
): Collected {
  const parsed = shape.safeParse(saved);
  if (!parsed.success) throw new CollectError("bad-reply", "What is saved is not a collection of signatures.");
  const { chainId, contract, request, height, amounts, signatures } = parsed.data;
  if (chainId !== where.chainId.toString() || contract !== where.contract.toLowerCase()) {
    throw new CollectError("bad-reply", "The saved signatures are for another contract or chain.");
  }
  const prepared = prepareRequest(request as CollectRequest);
  if (!isDeparture(prepared.request) && amounts.length !== prepared.recipients.length) {
    throw new CollectError("bad-reply", "The saved amounts are not one a recipient.");
  }
  const tags = deriveTags(where);
  return Collected.verify({
    prepared,
    tags,
    contract: where.contract,
    statement: buildStatement(
      prepared,
      tags,
      amounts.map((amount) => (amount === null ? undefined : BigInt(amount))),
    ),
    height,
    candidates: signatures.map((entry) => ({ ...entry, signature: decode(entry.signature) })),
    badNodes: [],
    silence: new Map(),
    set: where.set,
  });
}

function withoutHeight(request: CollectRequest): SavedCollection["request"] {
  if (request.kind === "reward") return { kind: request.kind, recipient: request.recipient };
  if (request.kind === "rewards") return { kind: request.kind, recipients: [...request.recipients] };
  return { kind: request.kind, blsPubkey: request.blsPubkey, timestamp: request.timestamp };
}

function decode(signature: string) {
  try {
    const bytes = bytesFromHex(signature, "signature", 128);
    checkSignatureBytes(bytes);
    return bytes;
  } catch (cause) {
    throw new CollectError("bad-reply", "A saved signature is damaged.", {}, cause);
  }
}
