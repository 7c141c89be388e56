/** A daemon's JSON-RPC that signs for many nodes at once: what it answers, and where. */
import type { PublicKey, SecretKey, Tags } from "../../src/bls/index.ts";
import type { JsonServer } from "./jsonServer.ts";
import { serveJson } from "./jsonServer.ts";
import {
  exitMessage,
  GROUP_ORDER,
  hashToG2,
  hexFromBytes,
  liquidateMessage,
  publicKeyOf,
  publicKeyToHex,
  rewardMessage,
  signatureToHex,
  signHash,
} from "../../src/bls/index.ts";

/** Parameters of a daemon's methods. */
export interface DaemonParams {
  address?: string;
  pubkey?: string;
  liquidate?: boolean;
}

/** Methods by name. One that throws answers with an error. */
export type DaemonMethods = Record<string, (params: DaemonParams) => unknown>;

/** One that listens. */
export type FakeDaemon = JsonServer;

/** Whose signatures the aggregate is made of. */
export interface Signing {
  tags: Tags;
  secretKeys: readonly SecretKey[];
  /** Ids of the nodes that did not sign. */
  nonSigners?: readonly number[];
  /** Whether the signature is wrong. */
  lies?: boolean;
}

/** The reply to `bls_rewards_request`. @param amount - Lifetime rewards, atomic SESH. */
export function rewardsReply(signing: Signing, address: string, amount: bigint): object {
  const message = rewardMessage(signing.tags, { recipient: address, amount });
  return { address: address.slice(2), amount: Number(amount), height: 90, ...aggregate(signing, message) };
}

/** The reply to `bls_exit_liquidation_request`. @param timestamp - Unix seconds. */
export function departureReply(
  signing: Signing,
  publicKey: PublicKey,
  timestamp: number,
  liquidate: boolean | undefined,
): object {
  const message = (liquidate ? liquidateMessage : exitMessage)(signing.tags, { publicKey, timestamp });
  return { bls_pubkey: publicKeyToHex(publicKey).slice(2), timestamp, ...aggregate(signing, message) };
}

/** An entry of `bls_exit_liquidation_list`. */
export function departingEntry(fields: {
  /** 64 digits. */ ed25519Pubkey: string;
  publicKey: PublicKey;
  height: number;
  liquidationHeight: number;
  /** Unix seconds. */ liquidationTimestamp: number;
  type: "exit" | "deregister";
}): object {
  return {
    service_node_pubkey: fields.ed25519Pubkey,
    height: fields.height,
    liquidation_height: fields.liquidationHeight,
    liquidation_timestamp: fields.liquidationTimestamp,
    type: fields.type,
    info: { bls_public_key: publicKeyToHex(fields.publicKey).slice(2) },
  };
}

function aggregate({ tags, secretKeys, nonSigners = [], lies = false }: Signing, message: Uint8Array): object {
  const secret = secretKeys.reduce((sum, key) => (sum + key) % GROUP_ORDER, 0n);
  return {
    status: "OK",
    msg_to_sign: hexFromBytes(message).slice(2),
    signature: signatureToHex(signHash(hashToG2(message, tags.hashToG2), lies ? secret + 1n : secret)).slice(2),
    aggregate_pubkey: publicKeyToHex(publicKeyOf(secret)).slice(2),
    non_signer_indices: nonSigners,
  };
}

/** Listens on a port of loopback. */
export function startDaemon(methods: DaemonMethods): Promise<FakeDaemon> {
  const answer = async (body: unknown): Promise<object> => {
    const { id, method, params = {} } = body as { id: unknown; method: string; params?: DaemonParams };
    const known = methods[method];
    if (known === undefined) return { jsonrpc: "2.0", id, error: { code: -32_601, message: "Method not found" } };
    try {
      return { jsonrpc: "2.0", id, result: await known(params) };
    } catch (error) {
      return { jsonrpc: "2.0", id, error: { code: -32_000, message: String(error) } };
    }
  };
  return serveJson(answer);
}
