/**
 * What an honest node signs, and what it refuses. It signs its own figure, never the asker's.
 *
 * | question | signed | 400 | 403 | 410 |
 * | --- | --- | --- | --- | --- |
 * | reward (recipient, height) | the lifetime rewards at the end of that block | malformed, address 0 | - | outside the window, not yet there |
 * | exit (key, timestamp) | from unlock, for the signing window | malformed, stale | any other time, deregistered, unknown | - |
 * | liquidate (key, timestamp) | after a missed exit window, or a deregistration and its delay | malformed, stale | otherwise | - |
 *
 * Stale: the timestamp is more than `timestampTolerance` (inclusive) from the clock. A right is judged at the request's timestamp,
 * so that all honest nodes answer the same question alike, but never ahead of the node's own clock.
 */
import { exitMessage, hexFromBytes, liquidateMessage, publicKeyFromHex, rewardMessage } from "../bls/index.ts";
import type { Hex, PublicKey, Tags } from "../bls/index.ts";
import type { Clock } from "./clock.ts";
import { HeightNotAvailableError } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { ConsensusParams } from "./params.ts";
import { exitRight, liquidationRight } from "./rights.ts";
import type { Signer } from "./signer.ts";

/** Why a node does not sign; see the HTTP statuses of the room. */
export type RefusalCode = "malformed" | "stale" | "not-eligible" | "height-not-available" | "unavailable";

/** HTTP status by refusal. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed: 400,
  stale: 400,
  "not-eligible": 403,
  "height-not-available": 410,
  unavailable: 503,
};

/** A question that the node answers with a refusal. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Refusal";
    this.code = code;
  }
}

/** The node's view of the chain, brought up to date before a question is answered. */
export interface PolicyView {
  /** Makes sure that the view includes `height`, or the newest block. */
  refresh(height: number | "latest"): Promise<void>;
  readonly ledger: Ledger;
  /** Rewards that the contract had on record for a recipient when the ledger began. */
  openingRewards(recipient: string): Promise<bigint>;
  /** Time at which this node holds a peer deregistered, or null. */
  deregisteredAt(blsPubkey: string): number | null;
}

export interface PolicyDependencies {
  readonly params: ConsensusParams;
  readonly tags: Tags;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly view: PolicyView;
}

export interface SignedReward {
  readonly recipient: Hex;
  /** Lifetime rewards in atomic SESH. */
  readonly amount: bigint;
  readonly height: number;
  readonly message: Hex;
  readonly signature: Hex;
}

export interface SignedDeparture {
  readonly blsPubkey: Hex;
  readonly timestamp: number;
  readonly message: Hex;
  readonly signature: Hex;
}

export type DepartureKind = "exit" | "liquidate";

export interface Policy {
  /** @throws {@link Refusal} */
  rewards(recipients: readonly Hex[], height: number | "latest"): Promise<SignedReward[]>;
  /** @throws {@link Refusal} */
  departure(kind: DepartureKind, blsPubkey: Hex, timestamp: number): Promise<SignedDeparture>;
  /** The figure alone, without a signature. @throws {@link Refusal} */
  lifetimeRewards(recipient: Hex, height: number | "latest"): Promise<{ amount: bigint; height: number }>;
}

const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

export function createPolicy({ params, tags, signer, clock, view }: PolicyDependencies): Policy {
  const figureAt = async (recipient: Hex, height: number): Promise<bigint> => {
    if (recipient === ZERO_ADDRESS) throw new Refusal("malformed", "the zero address receives nothing");
    const opening = await view.openingRewards(recipient);
    try {
      return opening + view.ledger.rewardsAt(recipient, height);
    } catch (cause) {
      if (cause instanceof HeightNotAvailableError) throw new Refusal("height-not-available", cause.message, { cause });
      throw cause;
    }
  };

  const resolveHeight = async (height: number | "latest"): Promise<number> => {
    await view.refresh(height);
    return height === "latest" ? view.ledger.tip.height : height;
  };

  const checkFresh = (timestamp: number): void => {
    const tolerance = params.timestampTolerance;
    if (clock.readings().some((reading) => Math.abs(reading - timestamp) <= tolerance)) return;
    throw new Refusal("stale", `the timestamp is more than ${tolerance} s from this node's clock (${clock.now()})`);
  };

  return {
    async lifetimeRewards(recipient, height) {
      const at = await resolveHeight(height);
      return { amount: await figureAt(recipient, at), height: at };
    },

    async rewards(recipients, height) {
      const at = await resolveHeight(height);
      const figures = await Promise.all(recipients.map((recipient) => figureAt(recipient, at)));
      const signed: SignedReward[] = [];
      for (const [index, recipient] of recipients.entries()) {
        const amount = figures[index] ?? 0n;
        const message = rewardMessage(tags, { recipient, amount });
        signed.push({ recipient, amount, height: at, message: hexFromBytes(message), signature: signer.sign(message) });
        // A signature takes milliseconds: let other requests through between two.
        if (recipients.length > 1) await new Promise(setImmediate);
      }
      return signed;
    },

    async departure(kind, blsPubkey, timestamp) {
      const publicKey = decodeKey(blsPubkey);
      await view.refresh("latest");
      checkFresh(timestamp);

      const node = view.ledger.nodeByKey(blsPubkey);
      const judgedAt = Math.min(timestamp, clock.now());
      const judge = kind === "exit" ? exitRight : liquidationRight;
      const right = judge(node, judgedAt, params, node === undefined ? null : view.deregisteredAt(node.blsPubkey));
      if (!right.allowed) throw new Refusal("not-eligible", right.reason);

      const message =
        kind === "exit"
          ? exitMessage(tags, { publicKey, timestamp })
          : liquidateMessage(tags, { publicKey, timestamp });
      return { blsPubkey, timestamp, message: hexFromBytes(message), signature: signer.sign(message) };
    },
  };
}

function decodeKey(blsPubkey: Hex): PublicKey {
  try {
    return publicKeyFromHex(blsPubkey);
  } catch (cause) {
    throw new Refusal("malformed", "the BLS public key is not a point of the curve", { cause });
  }
}
