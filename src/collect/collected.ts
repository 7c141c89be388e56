import type { PublicKey, Signature, SignatureParams, Tags } from "../bls/index.ts";
import { publicKeyToParams, signatureToParams, subtractPublicKeys } from "../bls/index.ts";
import type { Call } from "../chain/calls.ts";
import {
  exitCall,
  liquidateCall,
  updateAndClaimCall,
  updateRewardsBalanceCall,
  updateRewardsBalancesCall,
} from "../chain/calls.ts";
import type { NodeEntry, NodeSet } from "../chain/nodeSet.ts";
import { sameNodes } from "../chain/nodeSet.ts";
import { CollectError } from "./errors.ts";
import type { FailureReason } from "./failure.ts";
import type { OffenceReason } from "./offence.ts";
import type { CollectRequest, PreparedRequest, RecipientAmount, Statement } from "./request.ts";
import { hashStatement } from "./request.ts";
import type { Candidate } from "./verify.ts";
import { verifyCandidates } from "./verify.ts";

/**
 * Why a node of the contract is among the non-signers, besides the failures and offences of its address:
 *
 * - `no-answer`: nobody answered with its key
 * - `no-address`: no list of addresses has one of it
 * - `other-amounts`: it signed other figures than the majority
 * - `not-awaited`: enough had signed before
 * - `remembered-offender`: it answered wrongly within the last minutes and was not asked
 */
export type SilenceReason =
  FailureReason | OffenceReason | "no-answer" | "no-address" | "other-amounts" | "not-awaited" | "remembered-offender";

/** A node of the contract that signed: its id, and its BLS key as 0x and 128 lower-case hex digits. */
export interface Signer {
  id: bigint;
  key: string;
}

/** A node of the contract that is not in the aggregate, and why. */
export interface NonSigner extends Signer {
  reason: SilenceReason;
}

/** An address that gave a wrong answer. */
export interface BadNode {
  url: string;
  /** Key it claimed, when that much could be read; its id if the contract holds the key. */
  key: string | undefined;
  id: bigint | undefined;
  reason: OffenceReason;
  detail: string;
}

/** What {@link Collected} is made from; the collector keeps it. */
export interface CollectedParts {
  prepared: PreparedRequest;
  tags: Tags;
  contract: string;
  statement: Statement;
  /** Height of the rewards, if one was agreed. */
  height: number | undefined;
  /** All replies for the statement, good or not yet known to be, also of keys that the contract did not hold. */
  candidates: readonly Candidate[];
  badNodes: readonly BadNode[];
  /** What is known of the silent, by key. */
  silence: ReadonlyMap<string, SilenceReason>;
  set: NodeSet;
}

/**
 * An aggregate signature that the contract will accept at the block of its set, with the single signatures it was made from.
 */
export class Collected {
  readonly #parts: CollectedParts;
  readonly set: NodeSet;
  readonly statement: Statement;
  readonly height: number | undefined;
  /** The aggregate, as the contract takes it. */
  readonly signature: SignatureParams;
  /** The signers' aggregate key: the contract's own less the non-signers'. */
  readonly aggregatePublicKey: PublicKey;
  readonly signers: readonly Signer[];
  /** Every node of the contract that is not a signer, in the contract's order. */
  readonly nonSigners: readonly NonSigner[];
  readonly badNodes: readonly BadNode[];

  private constructor(
    parts: CollectedParts,
    good: readonly Candidate[],
    signature: Signature,
    badNodes: readonly BadNode[],
  ) {
    this.#parts = { ...parts, badNodes };
    this.set = parts.set;
    this.statement = parts.statement;
    this.height = parts.height;
    this.badNodes = badNodes;
    const signed = new Set(good.map((candidate) => candidate.key));
    const silent = parts.set.nodes.filter((node) => !signed.has(node.hex));
    this.signers = parts.set.nodes.filter((node) => signed.has(node.hex)).map(({ id, hex }) => ({ id, key: hex }));
    this.nonSigners = silent.map(({ id, hex }) => ({ id, key: hex, reason: reasonOf(hex, parts, badNodes) }));
    this.signature = signatureToParams(signature);
    this.aggregatePublicKey = subtractKeys(parts.set, silent);
  }

  /**
   * Verifies what was collected against a set: sums the signatures of the keys that the set holds, checks the sum once, blames if
   * it fails, and requires that enough remain.
   *
   * @throws CollectError `too-few-signers`
   */
  static verify(parts: CollectedParts): Collected {
    const known = parts.candidates.filter((candidate) => parts.set.byKey.has(candidate.key));
    const { good, signature, bad } = verifyCandidates(known, hashStatement(parts.statement, parts.tags));
    const signed = new Set(good.map((candidate) => candidate.key));
    const found = bad.map(({ candidate: { url, key }, reason }) => ({
      url,
      key,
      id: parts.set.byKey.get(key)?.id,
      reason,
      detail: "its signature does not verify",
    }));
    const badNodes = [...parts.badNodes, ...found].map((node) => onlyItself(node, signed));
    if (!signature || good.length < requiredSigners(parts.set)) throw tooFew(signed, parts, badNodes);

    const rejected = new Set(bad.map(({ candidate }) => candidate));
    const kept = parts.candidates.filter((candidate) => !rejected.has(candidate));
    return new Collected({ ...parts, candidates: kept }, good, signature, badNodes);
  }

  /**
   * The same signatures for a set read anew. A signer that has left is left out, a new node counts if it had signed, and the sum is
   * verified again.
   *
   * @throws CollectError `too-few-signers`
   */
  rebuild(set: NodeSet): Collected {
    return Collected.verify({ ...this.#parts, set });
  }

  /** Itself when the set is the same, else {@link rebuild}. */
  rebuildIfChanged(set: NodeSet): Collected {
    return sameNodes(this.set, set) ? this : this.rebuild(set);
  }

  /** Lifetime rewards agreed on, in the order of the request; empty for exit and liquidation. */
  get rewards(): readonly RecipientAmount[] {
    return this.statement.rewards;
  }

  /** What was asked. */
  get request(): CollectRequest {
    return this.#parts.prepared.request;
  }

  /** The single signatures, of keys that the contract does not hold too; `saveCollected` writes them down. */
  get candidates(): readonly Candidate[] {
    return this.#parts.candidates;
  }

  /** The ids that a transaction lists, in the contract's order. */
  get nonSignerIds(): bigint[] {
    return this.nonSigners.map((node) => node.id);
  }

  /** The transaction that uses the aggregate: an update, of one or of many, an exit or a liquidation. */
  call(): Call {
    const { prepared, contract, tags } = this.#parts;
    const network = { signature: this.signature, nonSigners: this.nonSignerIds };
    if (prepared.departing) {
      const { key, timestamp } = prepared.departing;
      const build = prepared.request.kind === "exit" ? exitCall : liquidateCall;
      return build(contract, publicKeyToParams(key), BigInt(timestamp), network);
    }
    const [only] = this.rewards;
    if (!only || this.rewards.length > 1) return updateRewardsBalancesCall(contract, this.rewards, network, tags);
    return updateRewardsBalanceCall(contract, only.recipient, only.amount, network);
  }

  /** Update and claim in one transaction, to be sent by the recipient; for contracts that have it. */
  claimCall(): Call {
    const [only] = this.rewards;
    if (!only || this.rewards.length > 1)
      throw new CollectError("bad-request", "Only one's own rewards can be claimed.");
    return updateAndClaimCall(this.#parts.contract, only.amount, {
      signature: this.signature,
      nonSigners: this.nonSignerIds,
    });
  }

  /** A printable summary; integers as decimal strings. */
  toJSON(): Record<string, unknown> {
    const text = (value: bigint | undefined) => value?.toString();
    return {
      block: this.set.block,
      height: this.height,
      nodes: this.set.nodes.length,
      required: requiredSigners(this.set),
      rewards: this.rewards.map(({ recipient, amount }) => ({ recipient, amount: amount.toString() })),
      signature: Object.fromEntries(
        Object.entries(this.signature).map(([name, value]) => [
          name,
          `0x${(value as bigint).toString(16).padStart(64, "0")}`,
        ]),
      ),
      signers: this.signers.map((signer) => signer.id.toString()),
      nonSigners: this.nonSigners.map(({ id, key, reason }) => ({ id: id.toString(), key, reason })),
      badNodes: this.badNodes.map((node) => ({ ...node, id: text(node.id) })),
    };
  }
}

/** How many nodes of the set must sign. */
export function requiredSigners(set: NodeSet): number {
  // At least one: the contract refuses a signature of nobody.
  return Math.max(1, set.nodes.length - set.nonSignerThreshold);
}

/**
 * The refusal, with everything that is known about who did not sign.
 *
 * @param signed - Keys of the set that are taken to have signed.
 */
export function tooFew(
  signed: ReadonlySet<string>,
  parts: Pick<CollectedParts, "set" | "silence">,
  badNodes: readonly BadNode[],
): CollectError {
  const required = requiredSigners(parts.set);
  return new CollectError(
    "too-few-signers",
    `${signed.size} of ${parts.set.nodes.length} nodes signed; the contract requires ${required}.`,
    {
      signers: signed.size,
      required,
      nodes: parts.set.nodes.length,
      badNodes,
      nonSigners: parts.set.nodes
        .filter((node) => !signed.has(node.hex))
        .map(({ id, hex }) => ({ id, key: hex, reason: reasonOf(hex, parts, badNodes) })),
    },
  );
}

/** A node that signed is not blamed for what an address did that claimed its key. */
function onlyItself(node: BadNode, signed: ReadonlySet<string>): BadNode {
  if (node.key === undefined || !signed.has(node.key)) return node;
  const posing = { reason: "impostor", detail: "it answers with the key of a node that signed elsewhere" } as const;
  return { ...node, key: undefined, id: undefined, ...(node.reason === "bad-signature" ? posing : {}) };
}

function reasonOf(key: string, parts: Pick<CollectedParts, "silence">, badNodes: readonly BadNode[]): SilenceReason {
  return badNodes.find((bad) => bad.key === key)?.reason ?? parts.silence.get(key) ?? "no-answer";
}

function subtractKeys(set: NodeSet, silent: readonly NodeEntry[]): PublicKey {
  return subtractPublicKeys(
    set.aggregatePublicKey,
    silent.map((node) => node.publicKey),
  );
}
