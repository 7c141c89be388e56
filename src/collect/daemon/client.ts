import type { Dispatcher } from "undici";
import type { z } from "zod";
import type { Hex, PublicKey, SignatureParams, Tags } from "../../bls/index.ts";
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
} from "../../bls/index.ts";
import type { Call } from "../../chain/calls.ts";
import { exitCall, liquidateCall, updateAndClaimCall, updateRewardsBalanceCall } from "../../chain/calls.ts";
import type { NodeSet } from "../../chain/nodeSet.ts";
import { CollectError } from "../errors.ts";
import type { CollectRequest, RecipientAmount } from "../request.ts";
import { buildStatement, prepareRequest } from "../request.ts";
import type { AggregateResult, Departing } from "./replies.ts";
import {
  badReply,
  departureResult,
  infoResult,
  readDepartures,
  readResult,
  registrationResult,
  rewardsResult,
} from "./replies.ts";
import { daemonAt } from "./open.ts";
import type { DaemonTransport } from "./transport.ts";

/** Where the live daemon (or a node of ours, which speaks the same) is, and for which contract it answers. */
export interface DaemonOptions {
  /**
   * Base URL, to which `/json_rpc` is added; or over OxenMQ `curve://…`, `tcp://…` or the local socket `ipc:///path`. Not needed with a
   * transport of one's own.
   */
  url?: string;
  chainId: bigint | number;
  /** Address of the rewards contract. */
  contract: string;
  /** Of one call. Default 30,000 ms. */
  timeoutMs?: number;
  /** How far the timestamp of a departure may be from the set's block, seconds. Default 600, as the contract takes it. */
  maxAgeSeconds?: number;
}

/** What a client works with. */
export interface DaemonDependencies {
  /** The contract's nodes at one pinned block: the only keys that count. */
  readSet: () => Promise<NodeSet>;
  dispatcher?: Dispatcher;
  /** Another way to the daemon than its URL's; stays open. */
  transport?: DaemonTransport;
}

/** What a call may be told. */
export interface AskOptions {
  /** Ends it early: `cancelled`. */
  signal?: AbortSignal | undefined;
}

/** A node that is to leave, by the keys that are known of it. */
export interface DepartingNode {
  blsPubkey: string;
  /** Daemons know their nodes by this one; newer ones by the BLS key too. */
  ed25519Pubkey?: string | undefined;
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

/** What a node needs to be registered; proof of possession and Ed25519 signature are verified. */
export interface DaemonRegistration {
  operator: string;
  blsPublicKey: Hex;
  proofOfPossession: SignatureParams;
  ed25519PublicKey: Hex;
  /** 64 bytes. */
  ed25519Signature: Hex;
}

/** A slow aggregate takes 20 s and more. */
export const DAEMON_TIMEOUT_MS = 30_000;

/** The daemon's errors that another name of the same node does not mend: BLS, and no chain. */
const FINAL = new Set(["-14", "-15"]);

/**
 * The live daemon's JSON-RPC. It adds the signatures up itself, so its single ones cannot be had; all the more is every reply
 * checked before anything else: the message is built here and compared, the contract's own aggregate key is taken and not the
 * reply's, and the signature is verified against it.
 */
export class DaemonClient {
  readonly #options: DaemonOptions;
  readonly #deps: DaemonDependencies;
  readonly #tags: Tags;
  readonly #transport: DaemonTransport;

  constructor(options: DaemonOptions, dependencies: DaemonDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#tags = deriveTags(options);
    const { transport, dispatcher } = dependencies;
    if (!transport && options.url === undefined) throw new CollectError("bad-request", "The daemon has no URL.");
    this.#transport = transport ?? daemonAt(options.url ?? "", dispatcher ? { dispatcher } : {});
  }

  /**
   * The lifetime rewards of a recipient, signed.
   *
   * @param height - Height of the daemon's chain; the newest when left out. Heights of 0 and below count back from it.
   * @throws CollectError `bad-reply` | `unavailable` | `too-few-signers` | `cancelled`
   */
  rewards(recipient: string, height?: number, options: AskOptions = {}): Promise<DaemonAggregate> {
    return this.#twice(() => this.#rewards(recipient, height, options));
  }

  async #rewards(recipient: string, height: number | undefined, options: AskOptions): Promise<DaemonAggregate> {
    const prepared = prepareRequest({ kind: "reward", recipient });
    const [address] = prepared.recipients as [string];
    const params = { address, height: height ?? -1 };
    const reply = await this.#ask("bls_rewards_request", params, rewardsResult, options);
    const set = await this.#deps.readSet();
    if (reply.address !== address) throw badReply("it answers for another address");
    if (height !== undefined && height > 0 && reply.height !== height) throw badReply("it answers for another height");

    return this.#check(prepared.request, [reply.amount], reply, set, { height: reply.height });
  }

  /**
   * The exit or the liquidation of a node, signed. The daemon chooses the timestamp. A node whose Ed25519 key is known is asked for
   * by it, as all daemons can, and by its BLS key when the daemon does not take that.
   *
   * @throws CollectError `bad-reply` | `unavailable` | `too-few-signers` | `cancelled`
   */
  departure(kind: "exit" | "liquidate", node: DepartingNode, options: AskOptions = {}): Promise<DaemonAggregate> {
    return this.#twice(() => this.#departure(kind, node, options));
  }

  async #departure(kind: "exit" | "liquidate", node: DepartingNode, options: AskOptions): Promise<DaemonAggregate> {
    const wanted = prepareRequest({ kind, blsPubkey: node.blsPubkey, timestamp: 1 }).departing?.hex as Hex;
    const reply = await this.#askByEitherKey(kind, wanted, node.ed25519Pubkey, options);
    const set = await this.#deps.readSet();
    if (reply.key !== undefined && reply.key !== wanted) throw badReply("it answers for another node");
    if (Math.abs(reply.timestamp - set.timestamp) > (this.#options.maxAgeSeconds ?? 600)) {
      throw badReply("its timestamp is too far from the chain's clock");
    }
    const request: CollectRequest = { kind, blsPubkey: wanted, timestamp: reply.timestamp };
    return this.#check(request, [], reply, set, { timestamp: reply.timestamp });
  }

  async #askByEitherKey(kind: "exit" | "liquidate", bls: Hex, ed25519: string | undefined, options: AskOptions) {
    const ask = (name: object) =>
      this.#ask("bls_exit_liquidation_request", { ...name, liquidate: kind === "liquidate" }, departureResult, options);
    const byBls = { bls_pubkey: bare(bls) };
    if (ed25519 === undefined) return ask(byBls);
    try {
      return await ask({ pubkey: bare(ed25519) });
    } catch (error) {
      const code = refusalCode(error);
      if (code === undefined || FINAL.has(code)) throw error;
      // What the daemon said first is the better reason, if it takes neither.
      return ask(byBls).catch((second: unknown) => {
        throw refusalCode(second) === undefined ? second : error;
      });
    }
  }

  /**
   * Nodes that may be exited or liquidated, now or soon. What the daemon says; ask for a departure to have it signed.
   *
   * @param onOdd - Is told how many entries could not be read.
   */
  async departing(onOdd: (count: number) => void = () => undefined, options: AskOptions = {}): Promise<Departing[]> {
    const result = await this.#call("bls_exit_liquidation_list", {}, options);
    const { entries, odd } = readDepartures(result);
    if (odd > 0) onOdd(odd);
    return entries;
  }

  /**
   * What the daemon's own node needs to be registered for an operator. Its proof of possession and its signature are verified here.
   *
   * @throws CollectError `bad-reply` | `unavailable`
   */
  async registration(operator: string, options: AskOptions = {}): Promise<DaemonRegistration> {
    const [address] = prepareRequest({ kind: "reward", recipient: operator }).recipients as [string];
    const reply = await this.#ask("bls_registration_request", { address }, registrationResult, {
      ...options,
      admin: true,
    });
    if (reply.address !== address) throw badReply("it answers for another operator");
    const proof = decode(() => {
      const publicKey = publicKeyFromHex(reply.bls_pubkey);
      const signature = signatureFromHex(reply.proof_of_possession);
      const ed25519PublicKey = reply.service_node_pubkey;
      const statement = proofOfPossessionMessage(this.#tags, { publicKey, operator: address, ed25519PublicKey });
      return verify(publicKey, statement, signature, this.#tags.hashToG2) ? signatureToParams(signature) : undefined;
    });
    if (!proof) throw badReply("its proof of possession does not verify for this chain, contract and operator");
    const key = publicKeyFromHex(reply.bls_pubkey);
    if (!verifyRegistration(reply.service_node_pubkey, key, reply.service_node_signature)) {
      throw badReply("its Ed25519 key has not signed the registration: the network would not pay such a node");
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
    const { height, nettype } = await this.#ask("get_info", {}, infoResult, {});
    return { height, nettype };
  }

  /** Closes the connections; a dispatcher or a transport that was given stays open. */
  async close(): Promise<void> {
    if (!this.#deps.transport) await this.#transport.close();
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
    if (hexFromBytes(ours) !== reply.msg_to_sign) throw badReply("it signed another message than its figures make");

    // Ids that the set does not hold are no-ops for the contract too: exited since.
    const listed = new Set(reply.non_signer_indices);
    const silent = set.nodes.filter((node) => listed.has(node.id));
    const aggregatePublicKey = subtractPublicKeys(
      set.aggregatePublicKey,
      silent.map((node) => node.publicKey),
    );
    const signers = set.nodes.length - silent.length;
    if (signers === 0) throw badReply("nobody signed it");
    const theirs = reply.aggregate_pubkey;
    if (theirs !== undefined && publicKeyToHex(aggregatePublicKey) !== theirs) {
      throw badReply("its signers are not the contract's nodes without the non-signers", { otherSet: true });
    }
    const signature = decode(() => signatureFromHex(reply.signature));
    if (!verifyHash(aggregatePublicKey, hashToG2(ours, this.#tags.hashToG2), signature)) {
      // Without its signers' key nobody can tell another set from a lie: it is asked once more.
      throw badReply("its signature does not verify against the contract's own aggregate key", {
        otherSet: theirs === undefined,
      });
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

  async #ask<T extends z.ZodType>(
    method: string,
    params: object,
    schema: T,
    options: AskOptions & { admin?: boolean },
  ): Promise<z.output<T>> {
    return readResult(method, await this.#call(method, params, options), schema);
  }

  #call(method: string, params: object, { signal, admin = false }: AskOptions & { admin?: boolean }): Promise<unknown> {
    const timeoutMs = this.#options.timeoutMs ?? DAEMON_TIMEOUT_MS;
    return this.#transport.call(method, params, { timeoutMs, signal, admin });
  }
}

function decode<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BlsError) throw badReply(error.message);
    throw error;
  }
}

/** The code of the daemon's own refusal; undefined for an error of another kind. */
function refusalCode(error: unknown): string | undefined {
  const code = error instanceof CollectError ? error.details["code"] : undefined;
  return typeof code === "string" ? code : undefined;
}

function bare(text: string): string {
  return text.replace(/^0x/i, "").toLowerCase();
}
