import type { Dispatcher } from "undici";
import { z } from "zod";
import type { Hex, PublicKey, SignatureParams, Tags } from "../bls/index.ts";
import {
  BlsError,
  deriveTags,
  hashToG2,
  hexFromBytes,
  proofOfPossessionMessage,
  publicKeyFromHex,
  publicKeyToHex,
  publicKeyToParams,
  signatureFromHex,
  signatureToParams,
  subtractPublicKeys,
  verify,
  verifyHash,
  verifyRegistration,
} from "../bls/index.ts";
import type { Call } from "../chain/calls.ts";
import { exitCall, liquidateCall, updateAndClaimCall, updateRewardsBalanceCall } from "../chain/calls.ts";
import type { NodeSet } from "../chain/nodeSet.ts";
import type { OmqClient } from "../omq/index.ts";
import { CollectError } from "./errors.ts";
import { DaemonRpc } from "./daemonRpc.ts";
import type { CollectRequest, RecipientAmount } from "./request.ts";
import { buildStatement, prepareRequest } from "./request.ts";

/** Where the live daemon (or a node of ours, which speaks the same) is, and for which contract it answers. */
export interface DaemonOptions {
  /** Base URL, to which `/json_rpc` is added; or over OxenMQ `curve://…`, `tcp://…` or the daemon's local socket `ipc:///path`. */
  url: string;
  chainId: bigint | number;
  /** Address of the rewards contract. */
  contract: string;
  /** A slow aggregate takes up to 20 s. Default 30,000 ms. */
  timeoutMs?: number;
  /** How far the timestamp of a departure may be from the set's block, seconds. Default 600, as the contract takes it. */
  maxAgeSeconds?: number;
}

/** What a client works with. */
export interface DaemonDependencies {
  /** The contract's nodes at one pinned block: the only keys that count. */
  readSet: () => Promise<NodeSet>;
  dispatcher?: Dispatcher;
  omq?: OmqClient;
}

/** An aggregate of somebody else's, verified against the contract's own keys. */
export interface DaemonAggregate {
  /** The set it was verified against. */
  set: NodeSet;
  /** One entry for rewards, none for a departure. */
  rewards: readonly RecipientAmount[];
  /** Height of the rewards; of the daemon's chain. */
  height: number | undefined;
  /** Unix seconds of a departure. */
  timestamp: number | undefined;
  signature: SignatureParams;
  /** The contract's aggregate key less the non-signers'. */
  aggregatePublicKey: PublicKey;
  /** Ids of the set that did not sign. */
  nonSignerIds: readonly bigint[];
  /** Update, exit or liquidation. */
  call(): Call;
  /** Update and claim in one, for rewards. */
  claimCall(): Call;
}

/** A node that is on its way out of the contract. */
export interface Departing {
  ed25519PublicKey: Hex;
  blsPublicKey: Hex;
  /** Since when; a height of the daemon's chain. */
  height: number;
  /** From when on it can be liquidated; a height of the daemon's chain. */
  liquidationHeight: number;
  type: "exit" | "deregister";
}

/** What a node needs to be registered; proof of possession and Ed25519 signature are verified. */
export interface DaemonRegistration {
  operator: string;
  blsPublicKey: Hex;
  proofOfPossession: SignatureParams;
  ed25519PublicKey: Hex;
  /** 64 bytes. */
  ed25519Signature: Hex;
}

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^(0x)?[0-9a-fA-F]{${2 * bytes}}$`))
    .transform((text): Hex => `0x${text.replace(/^0x/, "").toLowerCase()}`);
const message = z
  .string()
  .regex(/^(0x)?[0-9a-fA-F]{2,1024}$/)
  .transform((text): Hex => `0x${text.replace(/^0x/, "").toLowerCase()}`);
const unsigned = z.bigint().nonnegative();
const small = unsigned.refine((value) => value <= BigInt(Number.MAX_SAFE_INTEGER)).transform(Number);
const aggregateFields = {
  msg_to_sign: message,
  signature: hex(128),
  aggregate_pubkey: hex(64),
  non_signer_indices: z.array(unsigned).max(100_000),
};
const amount = unsigned.refine((value) => value >> 256n === 0n);
const rewardsResult = z.object({ address: hex(20), amount, height: small, ...aggregateFields });
const departureResult = z.object({ bls_pubkey: hex(64), timestamp: small, ...aggregateFields });
const listEntry = z
  .object({
    service_node_pubkey: hex(32),
    height: small,
    liquidation_height: small,
    type: z.enum(["exit", "deregister"]),
    // `bls_public_key` in older daemons, `pubkey_bls` in newer ones.
    info: z.object({ bls_public_key: hex(64).optional(), pubkey_bls: hex(64).optional() }),
  })
  .refine(({ info }) => info.bls_public_key !== undefined || info.pubkey_bls !== undefined);
const registrationResult = z.object({
  address: hex(20),
  bls_pubkey: hex(64),
  proof_of_possession: hex(128),
  service_node_pubkey: hex(32),
  service_node_signature: hex(64),
});
const infoResult = z.object({ nettype: z.string().max(32).optional(), height: small });

type AggregateResult = z.output<z.ZodObject<typeof aggregateFields>>;

/**
 * The live daemon's JSON-RPC. It adds the signatures up itself, so its single ones cannot be had; all the more is every reply
 * checked before anything else: the message is built here and compared, the contract's own aggregate key is taken and not the
 * reply's, and the signature is verified against it.
 */
export class DaemonClient {
  readonly #options: DaemonOptions;
  readonly #deps: DaemonDependencies;
  readonly #tags: Tags;
  readonly #rpc: DaemonRpc;

  constructor(options: DaemonOptions, dependencies: DaemonDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#tags = deriveTags(options);
    this.#rpc = new DaemonRpc(options, dependencies);
  }

  /**
   * The lifetime rewards of a recipient, signed.
   *
   * @param height - Height of the daemon's chain; the newest when left out.
   * @throws CollectError `bad-reply` | `unavailable` | `too-few-signers`
   */
  rewards(recipient: string, height?: number): Promise<DaemonAggregate> {
    return this.#twice(() => this.#rewards(recipient, height));
  }

  async #rewards(recipient: string, height: number | undefined): Promise<DaemonAggregate> {
    const prepared = prepareRequest({ kind: "reward", recipient });
    const [address] = prepared.recipients as [string];
    const params = { address, height: height ?? -1 };
    const reply = await this.#ask("bls_rewards_request", params, rewardsResult);
    const set = await this.#deps.readSet();
    if (reply.address !== address) throw bad("it answers for another address");
    if (height !== undefined && reply.height !== height) throw bad("it answers for another height");

    return this.#check(prepared.request, [reply.amount], reply, set, { height: reply.height });
  }

  /**
   * The exit or the liquidation of a node, signed. The daemon chooses the timestamp.
   *
   * @param node - Its BLS key, and its Ed25519 key where the daemon is of the older kind that asks for it.
   * @throws CollectError `bad-reply` | `unavailable` | `too-few-signers`
   */
  departure(kind: "exit" | "liquidate", node: { blsPubkey: string; ed25519Pubkey?: string }): Promise<DaemonAggregate> {
    return this.#twice(() => this.#departure(kind, node));
  }

  async #departure(
    kind: "exit" | "liquidate",
    node: { blsPubkey: string; ed25519Pubkey?: string },
  ): Promise<DaemonAggregate> {
    const wanted = prepareRequest({ kind, blsPubkey: node.blsPubkey, timestamp: 1 }).departing?.hex as Hex;
    const named =
      node.ed25519Pubkey === undefined ? { bls_pubkey: bare(wanted) } : { pubkey: bare(node.ed25519Pubkey) };
    const params = { ...named, liquidate: kind === "liquidate" };
    const reply = await this.#ask("bls_exit_liquidation_request", params, departureResult);
    const set = await this.#deps.readSet();
    if (reply.bls_pubkey !== wanted) throw bad("it answers for another node");
    if (Math.abs(reply.timestamp - set.timestamp) > (this.#options.maxAgeSeconds ?? 600)) {
      throw bad("its timestamp is too far from the chain's clock");
    }
    const request: CollectRequest = { kind, blsPubkey: wanted, timestamp: reply.timestamp };
    return this.#check(request, [], reply, set, { timestamp: reply.timestamp });
  }

  /** Nodes that may be exited or liquidated, now or soon. What the daemon says; ask for a departure to have it signed. */
  async departing(): Promise<Departing[]> {
    const list = await this.#ask("bls_exit_liquidation_list", {}, z.array(listEntry).max(100_000));
    return list.map((entry) => ({
      ed25519PublicKey: entry.service_node_pubkey,
      blsPublicKey: (entry.info.pubkey_bls ?? entry.info.bls_public_key) as Hex,
      height: entry.height,
      liquidationHeight: entry.liquidation_height,
      type: entry.type,
    }));
  }

  /**
   * What the daemon's own node needs to be registered for an operator. Its proof of possession and its signature are verified here.
   *
   * @throws CollectError `bad-reply` | `unavailable`
   */
  async registration(operator: string): Promise<DaemonRegistration> {
    const [address] = prepareRequest({ kind: "reward", recipient: operator }).recipients as [string];
    const reply = await this.#ask("bls_registration_request", { address }, registrationResult, true);
    if (reply.address !== address) throw bad("it answers for another operator");
    const proof = decode(() => {
      const publicKey = publicKeyFromHex(reply.bls_pubkey);
      const signature = signatureFromHex(reply.proof_of_possession);
      const ed25519PublicKey = reply.service_node_pubkey;
      const statement = proofOfPossessionMessage(this.#tags, { publicKey, operator: address, ed25519PublicKey });
      return verify(publicKey, statement, signature, this.#tags.hashToG2) ? signatureToParams(signature) : undefined;
    });
    if (!proof) throw bad("its proof of possession does not verify for this chain, contract and operator");
    const key = publicKeyFromHex(reply.bls_pubkey);
    if (!verifyRegistration(reply.service_node_pubkey, key, reply.service_node_signature)) {
      throw bad("its Ed25519 key has not signed the registration: the network would not pay such a node");
    }
    return {
      operator: address,
      blsPublicKey: reply.bls_pubkey,
      proofOfPossession: proof,
      ed25519PublicKey: reply.service_node_pubkey,
      ed25519Signature: reply.service_node_signature,
    };
  }

  /** Height of the daemon's chain, and the name of its network. */
  async info(): Promise<{ height: number; nettype: string | undefined }> {
    const { height, nettype } = await this.#ask("get_info", {}, infoResult);
    return { height, nettype };
  }

  /** Closes the connections; a dispatcher or client that was given stays open. */
  async close(): Promise<void> {
    await this.#rpc.close();
  }

  /** Once more when the signers are not the contract's nodes: the set changed between the daemon's reading and ours. */
  async #twice<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CollectError) || error.details["otherSet"] !== true) throw error;
      return work();
    }
  }

  #check(
    request: CollectRequest,
    amounts: readonly bigint[],
    reply: AggregateResult,
    set: NodeSet,
    when: { height?: number; timestamp?: number },
  ): DaemonAggregate {
    const prepared = prepareRequest(request);
    const statement = buildStatement(prepared, this.#tags, amounts);
    const [ours] = statement.messages as [Uint8Array];
    if (hexFromBytes(ours) !== reply.msg_to_sign) throw bad("it signed another message than its figures make");

    // Ids that the set does not hold are no-ops for the contract too: exited since.
    const listed = new Set(reply.non_signer_indices);
    const silent = set.nodes.filter((node) => listed.has(node.id));
    const aggregatePublicKey = subtractPublicKeys(
      set.aggregatePublicKey,
      silent.map((node) => node.publicKey),
    );
    const signers = set.nodes.length - silent.length;
    if (signers === 0) throw bad("nobody signed it");
    if (publicKeyToHex(aggregatePublicKey) !== reply.aggregate_pubkey) {
      throw bad("its signers are not the contract's nodes without the non-signers", { otherSet: true });
    }
    const signature = decode(() => signatureFromHex(reply.signature));
    if (!verifyHash(aggregatePublicKey, hashToG2(ours, this.#tags.hashToG2), signature)) {
      throw bad("its signature does not verify against the contract's own aggregate key");
    }
    if (silent.length > set.nonSignerThreshold) {
      const required = set.nodes.length - set.nonSignerThreshold;
      throw new CollectError(
        "too-few-signers",
        `${signers} of ${set.nodes.length} nodes signed; the contract requires ${required}.`,
        { signers, required, nodes: set.nodes.length },
      );
    }
    const { contract } = this.#options;
    const network = { signature: signatureToParams(signature), nonSigners: silent.map((node) => node.id) };
    const { departing } = prepared;
    const [reward] = statement.rewards;
    return {
      set,
      rewards: statement.rewards,
      height: when.height,
      timestamp: when.timestamp,
      signature: network.signature,
      aggregatePublicKey,
      nonSignerIds: network.nonSigners,
      call: () => {
        if (reward) return updateRewardsBalanceCall(contract, reward.recipient, reward.amount, network);
        const build = request.kind === "exit" ? exitCall : liquidateCall;
        const { key, timestamp } = departing as NonNullable<typeof departing>;
        return build(contract, publicKeyToParams(key), BigInt(timestamp), network);
      },
      claimCall: () => {
        if (!reward) throw new CollectError("bad-request", "A departure pays no rewards.");
        return updateAndClaimCall(contract, reward.amount, network);
      },
    };
  }

  async #ask<T extends z.ZodType>(method: string, params: object, schema: T, admin = false): Promise<z.output<T>> {
    const parsed = schema.safeParse(await this.#rpc.call(method, params, { admin }));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw bad(`${method}: ${issue?.path.join(".") || "result"} is not what it should be`);
  }
}

function decode<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BlsError) throw bad(error.message);
    throw error;
  }
}

function bad(why: string, details: Record<string, unknown> = {}): CollectError {
  return new CollectError("bad-reply", `The daemon's reply is not to be used: ${why}.`, details);
}

function bare(text: string): string {
  return text.replace(/^0x/, "").toLowerCase();
}
