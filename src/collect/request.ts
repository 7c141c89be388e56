import type { Hex, PublicKey, Signature, Tags } from "../bls/index.ts";
import {
  BlsError,
  exitMessage,
  hashToG2,
  hexFromBytes,
  liquidateMessage,
  normalizeHex,
  publicKeyFromHex,
  publicKeyToHex,
  rewardMessage,
  sumHashes,
} from "../bls/index.ts";
import { CollectError } from "./errors.ts";

/** Height at which rewards are computed: a height of the nodes' ledger, or each node's newest. */
export type Height = number | "latest";

/** The lifetime rewards of one recipient. */
export interface RewardRequest {
  kind: "reward";
  recipient: string;
  height?: Height;
}

/** The lifetime rewards of many recipients: one request a node, one aggregate over all messages. */
export interface RewardsRequest {
  kind: "rewards";
  recipients: readonly string[];
  height?: Height;
}

/** The exit or the liquidation of one node. */
export interface DepartureRequest {
  kind: "exit" | "liquidate";
  /** BLS key of the node that leaves, 128 hex digits. */
  blsPubkey: string;
  /** Its Ed25519 key, 64 hex digits: what daemons know it by. The nodes themselves need none. */
  ed25519Pubkey?: string;
  /** Unix seconds; nodes sign within 3 minutes of their clock, the contract takes it for 10 minutes. */
  timestamp: number;
}

/** What the nodes are asked to sign. */
export type CollectRequest = RewardRequest | RewardsRequest | DepartureRequest;

/** One recipient's figure. */
export interface RecipientAmount {
  /** 0x, lower case. */
  recipient: string;
  /** Lifetime rewards, atomic SESH. */
  amount: bigint;
}

/**
 * What a set of nodes may agree on. For exits there is one such statement; for rewards one for each list of amounts that some node
 * claims.
 */
export interface Statement {
  /** Equal for equal statements. */
  id: string;
  /** Amounts, in the order of the request, without recipients whose record is up to date; empty for exit and liquidation. */
  rewards: readonly RecipientAmount[];
  messages: readonly Uint8Array[];
}

/** Most recipients of one batch: the reply of a node stays below some 130 kB and the transaction below its gas cap. */
export const MAX_RECIPIENTS = 200;

/** What is asked, checked, with its HTTP form: path and body of the same POST to every node. */
export interface PreparedRequest {
  request: CollectRequest;
  path: string;
  body: string;
  /** Recipients in lower case; empty for exit and liquidation. */
  recipients: readonly string[];
  /** Key of the leaving node. */
  departing?: { key: PublicKey; hex: Hex; timestamp: number };
}

/** @throws CollectError `bad-request` */
export function prepareRequest(request: CollectRequest): PreparedRequest {
  if (isDeparture(request)) {
    if (!Number.isSafeInteger(request.timestamp) || request.timestamp <= 0) {
      throw new CollectError("bad-request", `${request.timestamp} is not a unix timestamp.`);
    }
    const key = parseKey(request.blsPubkey);
    const hex = publicKeyToHex(key);
    return {
      request,
      path: `/v1/${request.kind}`,
      body: JSON.stringify({ blsPubkey: hex, timestamp: request.timestamp }),
      recipients: [],
      departing: { key, hex, timestamp: request.timestamp },
    };
  }
  const recipients = (request.kind === "reward" ? [request.recipient] : request.recipients).map(checkAddress);
  if (recipients.length === 0 || recipients.length > MAX_RECIPIENTS) {
    throw new CollectError("bad-request", `A batch has 1 to ${MAX_RECIPIENTS} recipients, not ${recipients.length}.`);
  }
  if (new Set(recipients).size !== recipients.length) {
    throw new CollectError("bad-request", "A recipient is listed twice.");
  }
  const height = request.height ?? "latest";
  if (height !== "latest" && (!Number.isSafeInteger(height) || height < 0)) {
    throw new CollectError("bad-request", `${String(height)} is not a height.`);
  }
  return request.kind === "reward"
    ? { request, path: "/v1/reward", body: JSON.stringify({ recipient: recipients[0], height }), recipients }
    : { request, path: "/v1/rewards", body: JSON.stringify({ recipients, height }), recipients };
}

/** Whether a node's leaving is asked for, and not rewards. */
export function isDeparture(request: CollectRequest): request is DepartureRequest {
  return request.kind === "exit" || request.kind === "liquidate";
}

/**
 * Builds what must have been signed, from our own figures alone: the amounts that a node claims, or none for a departure.
 *
 * @param amounts - In the order of the recipients; undefined for one that the network signs nothing for, which is left out.
 */
export function buildStatement(
  prepared: PreparedRequest,
  tags: Tags,
  amounts: readonly (bigint | undefined)[],
): Statement {
  const { request, departing } = prepared;
  if (departing) {
    const build = request.kind === "exit" ? exitMessage : liquidateMessage;
    return {
      id: request.kind,
      rewards: [],
      messages: [build(tags, { publicKey: departing.key, timestamp: departing.timestamp })],
    };
  }
  const rewards = prepared.recipients.flatMap((recipient, i) => {
    const amount = amounts[i];
    return amount === undefined ? [] : [{ recipient, amount }];
  });
  return { id: amounts.join(","), rewards, messages: rewards.map((reward) => rewardMessage(tags, reward)) };
}

/** The point that every signer of the statement multiplies: the hash of its message, or the sum of the hashes of many. */
export function hashStatement(statement: Statement, tags: Tags): Signature {
  const [first] = statement.messages;
  return statement.messages.length === 1 && first
    ? hashToG2(first, tags.hashToG2)
    : sumHashes(statement.messages, tags.hashToG2);
}

/** The statement's messages in hex, as the nodes give them back. */
export function messageHexes(statement: Statement): Hex[] {
  return statement.messages.map(hexFromBytes);
}

function checkAddress(address: string): string {
  try {
    const normal = normalizeHex(address, "the address", 20);
    if (BigInt(normal) !== 0n) return normal;
  } catch (error) {
    if (!(error instanceof BlsError)) throw error;
  }
  throw new CollectError("bad-request", `"${address}" is not the address of a recipient.`);
}

function parseKey(hex: string): PublicKey {
  try {
    return publicKeyFromHex(hex);
  } catch (cause) {
    throw new CollectError(
      "bad-request",
      `The BLS key of the node is not valid: ${(cause as Error).message}`,
      {},
      cause,
    );
  }
}
