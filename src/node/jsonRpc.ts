/**
 * The live daemon's JSON-RPC (`POST /json_rpc`), so that its clients work against this node. Hex goes out without 0x, integers
 * without loss: `amount` is a JSON integer that may exceed 2^53.
 *
 * Heights are block numbers of the chain that holds the contracts. `liquidation_height` of a node that is not liquidatable yet is
 * an estimate from the time left; `liquidation_timestamp` (an addition) is exact.
 */
import { isInteger, isSafeNumber, parse, stringify } from "lossless-json";
import type { Logger } from "pino";
import { z } from "zod";
import { hexFromBytes, publicKeyFromHex, registrationMessage } from "../bls/index.ts";
import type { Hex, Tags } from "../bls/index.ts";
import type { Concurrency } from "./limits.ts";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerNode } from "./ledgerTypes.ts";
import type { ConsensusParams } from "./params.ts";
import { hex } from "../settings/hex.ts";
import { Refusal } from "./policy.ts";
import type { Policy, PolicyView } from "./policy.ts";
import { liquidatableAt, unlocksAt } from "./rights.ts";
import { serviceNodes, serviceNodesParams } from "./serviceNodes.ts";
import type { Presences } from "./serviceNodes.ts";
import type { Signer } from "./signer.ts";

/** A message for the whole network to sign. */
export type AggregateRequest =
  | { readonly kind: "reward"; readonly recipient: Hex; readonly height: number }
  | { readonly kind: "exit" | "liquidate"; readonly blsPubkey: Hex; readonly timestamp: number };

/** A verified aggregate. */
export interface AggregateReply {
  readonly message: Hex;
  /** 128 bytes. */
  readonly signature: Hex;
  /** Sum of the signers' keys, 64 bytes. */
  readonly aggregatePubkey: Hex;
  /** Contract ids of the nodes that did not sign. */
  readonly nonSigners: readonly bigint[];
  /** Lifetime rewards, for a reward request. */
  readonly amount?: bigint;
}

/** Asks all nodes and adds up what they sign: the collector's work, given to the node by whoever assembles it. */
export type Aggregate = (request: AggregateRequest) => Promise<AggregateReply>;

export interface JsonRpcDependencies {
  readonly params: ConsensusParams;
  readonly tags: Tags;
  readonly signer: Signer;
  readonly signEd25519: (message: Uint8Array) => Uint8Array;
  readonly ed25519Pubkey: Hex;
  readonly clock: Clock;
  readonly view: PolicyView;
  readonly logger: Logger;
  /** Name of the network, as `get_info` says it. */
  readonly nettype: string;
  readonly version: string;
  /** What the node itself would sign: asked before the whole network is. */
  readonly policy: Policy;
  readonly aggregate?: Aggregate | undefined;
  /** Where the other nodes are, and how they stand. */
  readonly presences: Presences;
  /** Whether the node proves possession of its key for this operator (0x, lower case). */
  readonly mayRegister: (operator: string) => boolean;
  /** Collections of the network's signatures that an asker may have running. */
  readonly aggregations: Concurrency;
  /** Address that asks. */
  readonly asker?: string;
}

/** Error codes of the live daemon, and those of JSON-RPC itself. */
export const RPC_ERROR = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  bls: -14,
  noL2: -15,
  notServiceNode: -16,
} as const;

class RpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

type Handler = (params: Record<string, unknown>, deps: JsonRpcDependencies) => Promise<unknown> | unknown;

// ── Parameters: clients of the live daemon write hex with or without 0x, and sometimes numbers as strings ──────────────────────

const addressParam = hex(20, "address");

/** Heights of 0 and below count back from the newest one, which is 0 and -1 alike. */
const MAX_RELATIVE = 1_000;

const rewardsParams = z.object({
  address: addressParam,
  height: z.coerce.number().int().min(-MAX_RELATIVE).max(Number.MAX_SAFE_INTEGER).default(-1),
});

const departureParams = z
  .object({
    pubkey: hex(32, "pubkey").optional(),
    bls_pubkey: hex(64, "bls_pubkey").optional(),
    liquidate: z.boolean().default(false),
  })
  .refine(({ pubkey, bls_pubkey }) => (pubkey === undefined) !== (bls_pubkey === undefined), {
    message: "give either pubkey or bls_pubkey",
  });

const registrationParams = z.object({ address: addressParam });

const bare = (hex: string): string => hex.replace(/^0x/, "");

// ── Methods ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const methods: Readonly<Record<string, Handler>> = {
  async bls_rewards_request(params, deps) {
    const { address, height } = parseParams(rewardsParams, params);
    const own = await deps.policy.lifetimeRewards(address, await absoluteHeight(height, deps.view));
    const at = own.height;
    const reply = await aggregate(deps, { kind: "reward", recipient: address, height: at });
    if (reply.amount !== own.amount) {
      deps.logger.warn({ address, height: at, own: `${own.amount}`, network: `${reply.amount}` }, "figures differ");
    }
    return {
      status: "OK",
      address: bare(address),
      amount: reply.amount ?? 0n,
      height: at,
      ...aggregateFields(reply),
    };
  },

  async bls_exit_liquidation_request(params, deps) {
    const { pubkey, bls_pubkey, liquidate } = parseParams(departureParams, params);
    await deps.view.refresh("latest");
    const { ledger } = deps.view;
    const node = pubkey === undefined ? ledger.nodeByKey(bls_pubkey ?? "") : ledger.nodeByEd25519(pubkey);
    if (node === undefined) throw new RpcError(RPC_ERROR.notServiceNode, "the contract holds no such service node");

    const timestamp = deps.clock.now();
    const kind = liquidate ? "liquidate" : "exit";
    await deps.policy.departure(kind, node.blsPubkey, timestamp, deps.asker);
    const reply = await aggregate(deps, { kind, blsPubkey: node.blsPubkey, timestamp });
    return { status: "OK", bls_pubkey: bare(node.blsPubkey), timestamp, ...aggregateFields(reply) };
  },

  async bls_exit_liquidation_list(_params, deps) {
    await deps.view.refresh("latest");
    return departing(deps);
  },

  bls_registration_request(params, deps) {
    const { address } = parseParams(registrationParams, params);
    if (!deps.mayRegister(address)) {
      throw new RpcError(
        RPC_ERROR.bls,
        `this node registers for operators of its own choice: have its owner add --operators ${address}, or ask on its admin port`,
      );
    }
    const proof = deps.signer.proveOwnership(address);
    // The contract does not look at this signature, every node does: it shows that both keys are held by one node.
    const statement = registrationMessage(deps.ed25519Pubkey, publicKeyFromHex(deps.signer.blsPubkey));
    return {
      status: "OK",
      address: bare(address),
      bls_pubkey: bare(deps.signer.blsPubkey),
      proof_of_possession: bare(proof),
      service_node_pubkey: bare(deps.ed25519Pubkey),
      service_node_signature: bare(hexFromBytes(deps.signEd25519(statement))),
    };
  },

  get_info(_params, deps) {
    const { height, hash, timestamp } = deps.view.ledger.tip;
    return {
      status: "OK",
      nettype: deps.nettype,
      height,
      top_block_hash: bare(hash),
      top_block_timestamp: timestamp,
      round: deps.view.ledger.round,
      version: deps.version,
    };
  },

  get_service_nodes(params, deps) {
    return serviceNodes(parseParams(serviceNodesParams, params), deps.view.ledger, deps.presences);
  },

  get_height(_params, deps) {
    return { status: "OK", height: deps.view.ledger.tip.height, hash: bare(deps.view.ledger.tip.hash) };
  },
};

async function absoluteHeight(height: number, view: PolicyView): Promise<number | "latest"> {
  if (height > 0) return height;
  if (height >= -1) return "latest";
  await view.refresh("latest");
  return Math.max(0, view.ledger.tip.height + height + 1);
}

/** Nodes that are off the network but still in the contract: who unlocked, and who was deregistered. */
function departing(deps: JsonRpcDependencies): unknown[] {
  const { ledger } = deps.view;
  const now = deps.clock.now();
  const secondsPerBlock = averageBlockTime(ledger);
  const heightAt = (timestamp: number): number =>
    Math.max(0, ledger.tip.height + Math.ceil((timestamp - now) / secondsPerBlock));

  const entry = (node: LedgerNode, type: "exit" | "deregister", since: number, from: number): unknown => ({
    service_node_pubkey: bare(node.ed25519Pubkey),
    height: Math.min(ledger.tip.height, heightAt(since)),
    liquidation_height: from <= now ? Math.min(ledger.tip.height, heightAt(from)) : heightAt(from),
    liquidation_timestamp: from,
    type,
    info: { bls_public_key: bare(node.blsPubkey), pubkey_bls: bare(node.blsPubkey), contract_id: node.id },
  });

  const list: unknown[] = [];
  for (const node of ledger.nodes()) {
    const deregisteredAt = deps.view.deregisteredAt(node.blsPubkey);
    const from = liquidatableAt(node, deps.params, deregisteredAt);
    const unlock = unlocksAt(node, deps.params);
    if (from === null) continue;
    if (deregisteredAt !== null) list.push(entry(node, "deregister", deregisteredAt, from));
    else if (unlock !== null && unlock <= now) list.push(entry(node, "exit", unlock, from));
  }
  return list;
}

function averageBlockTime(ledger: Ledger): number {
  const blocks = ledger.tip.height - ledger.genesis.height;
  const seconds = ledger.tip.timestamp - ledger.genesis.timestamp;
  return blocks > 0 && seconds > 0 ? seconds / blocks : 1;
}

function aggregateFields(reply: AggregateReply): Record<string, unknown> {
  return {
    msg_to_sign: bare(reply.message),
    signature: bare(reply.signature),
    aggregate_pubkey: bare(reply.aggregatePubkey),
    non_signer_indices: reply.nonSigners,
  };
}

async function aggregate(deps: JsonRpcDependencies, request: AggregateRequest): Promise<AggregateReply> {
  if (deps.aggregate === undefined) {
    throw new RpcError(
      RPC_ERROR.bls,
      "this node does not aggregate: it was started without the addresses of its peers",
    );
  }
  try {
    const { aggregate: collect } = deps;
    return await deps.aggregations.run(deps.asker ?? "", () => collect(request));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new RpcError(RPC_ERROR.bls, error instanceof Error ? error.message : "the aggregation failed");
  }
}

function parseParams<T extends z.ZodType>(schema: T, params: Record<string, unknown>): z.output<T> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  throw new RpcError(RPC_ERROR.invalidParams, result.error.issues[0]?.message ?? "invalid params");
}

/** Names of the methods. */
export const METHODS: readonly string[] = Object.keys(methods);

/**
 * One method without the envelope, as OxenMQ carries it.
 *
 * @param params - JSON of an object; empty for none.
 * @returns the result as JSON, or why there is none
 */
export async function callMethod(
  method: string,
  params: string,
  deps: JsonRpcDependencies,
): Promise<{ result: string } | { code: number; message: string }> {
  let given: unknown;
  try {
    given = params.trim() === "" ? {} : read(params);
  } catch {
    return { code: RPC_ERROR.parse, message: "the parameters are not JSON" };
  }
  const reply = (await answer({ method, params: given }, deps)) as { result?: unknown; error?: RpcError };
  const { error } = reply;
  return error === undefined ? { result: write(reply.result) } : { code: error.code, message: error.message };
}

// ── Envelope ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const MAX_BATCH = 20;

/** Answers one request body (a call or a batch of calls); the result is the text of the response. Never rejects. */
export async function handleJsonRpc(body: string, deps: JsonRpcDependencies): Promise<string> {
  let message: unknown;
  try {
    message = read(body);
  } catch {
    return write(failure(null, new RpcError(RPC_ERROR.parse, "the body is not JSON")));
  }
  if (!Array.isArray(message)) return write(await answer(message, deps));
  if (message.length === 0 || message.length > MAX_BATCH) {
    return write(failure(null, new RpcError(RPC_ERROR.invalidRequest, `a batch holds 1 to ${MAX_BATCH} calls`)));
  }
  const answers: unknown[] = [];
  for (const call of message) answers.push(await answer(call, deps));
  return write(answers);
}

async function answer(call: unknown, deps: JsonRpcDependencies): Promise<unknown> {
  if (call === null || typeof call !== "object" || typeof (call as { method?: unknown }).method !== "string") {
    return failure(null, new RpcError(RPC_ERROR.invalidRequest, "not a JSON-RPC call"));
  }
  const { id = null, method, params } = call as { id?: unknown; method: string; params?: unknown };
  try {
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handler === undefined)
      throw new RpcError(RPC_ERROR.methodNotFound, `there is no method ${method.slice(0, 64)}`);
    if (params !== undefined && params !== null && typeof params !== "object") {
      throw new RpcError(RPC_ERROR.invalidParams, "params must be an object");
    }
    return { jsonrpc: "2.0", id, result: await handler((params ?? {}) as Record<string, unknown>, deps) };
  } catch (error) {
    return failure(id, error, deps.logger);
  }
}

function failure(id: unknown, error: unknown, logger?: Logger): unknown {
  if (error instanceof RpcError) return { jsonrpc: "2.0", id, error: { code: error.code, message: error.message } };
  if (error instanceof Refusal) {
    const code = error.code === "unavailable" ? RPC_ERROR.noL2 : RPC_ERROR.bls;
    return { jsonrpc: "2.0", id, error: { code, message: error.message } };
  }
  logger?.error({ err: error }, "JSON-RPC call failed");
  return { jsonrpc: "2.0", id, error: { code: RPC_ERROR.internal, message: "the node failed to answer" } };
}

/** JSON whose integers beyond 2^53 are bigints. */
function read(text: string): unknown {
  return parse(text, null, (number) => (isInteger(number) && !isSafeNumber(number) ? BigInt(number) : Number(number)));
}

function write(value: unknown): string {
  return stringify(value) ?? "null";
}
