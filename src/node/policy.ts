/**
 * What an honest node signs, and what it refuses. It signs its own figure, never the asker's.
 *
 * | question | signed | 400 | 403 | 410 |
 * | --- | --- | --- | --- | --- |
 * | reward (recipient, height) | its lifetime rewards at the end of that block, if above the record | malformed, address 0 | nothing above the record | outside the window, not yet there |
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
import type { Ledger, Unpaid } from "./ledger.ts";
import type { FairQueue } from "./limits.ts";
import type { Opening } from "./openings.ts";
import type { ConsensusParams } from "./params.ts";
import { Refusal } from "./refusal.ts";
import { exitRight, liquidationRight } from "./rights.ts";
import type { Signer } from "./signer.ts";

export { Refusal, REFUSAL_STATUS } from "./refusal.ts";
export type { RefusalCode } from "./refusal.ts";

/** The node's view of the chain, brought up to date before a question is answered. */
export interface PolicyView {
  /** Makes sure that the view includes the newest block; a height is taken as the ledger stands, without a look at the chain. */
  refresh(height: number | "latest"): Promise<void>;
  readonly ledger: Ledger;
  /** What a recipient had earned when the ledger began, and how much of it the contract had on record. */
  opening(recipient: string): Promise<Opening>;
  /** Rounds in which a node earns nothing, by the certificates of quorums. */
  readonly unpaid: Unpaid;
  /** Time at which a node was deregistered by certificates, or null. */
  deregisteredAt(blsPubkey: string): number | null;
}

export interface PolicyDependencies {
  readonly params: ConsensusParams;
  readonly tags: Tags;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly view: PolicyView;
  /** Signs for the askers in turn. */
  readonly queue: FairQueue;
}

export interface SignedReward {
  readonly recipient: Hex;
  /** Lifetime rewards in atomic SESH. */
  readonly amount: bigint;
  readonly height: number;
  readonly message: Hex;
  /** Null where the figure is not above what the contract has on record at that height: it would refuse the signature. */
  readonly signature: Hex | null;
}

export interface SignedDeparture {
  readonly blsPubkey: Hex;
  readonly timestamp: number;
  readonly message: Hex;
  readonly signature: Hex;
}

export type DepartureKind = "exit" | "liquidate";

export interface Policy {
  /**
   * @param asker - Address that the work is counted for.
   * @throws {@link Refusal} `nothing-to-sign` when none of the figures is above the record
   */
  rewards(recipients: readonly Hex[], height: number | "latest", asker?: string): Promise<SignedReward[]>;
  /** @throws {@link Refusal} */
  departure(kind: DepartureKind, blsPubkey: Hex, timestamp: number, asker?: string): Promise<SignedDeparture>;
  /** The figure alone, without a signature. @throws {@link Refusal} */
  lifetimeRewards(recipient: Hex, height: number | "latest"): Promise<{ amount: bigint; height: number }>;
}

const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

export function createPolicy({ params, tags, signer, clock, view, queue }: PolicyDependencies): Policy {
  const figureAt = async (recipient: Hex, height: number): Promise<{ amount: bigint; recorded: bigint }> => {
    if (recipient === ZERO_ADDRESS) throw new Refusal("malformed", "the zero address receives nothing");
    try {
      // First, as it refuses heights that are not there, for whomever.
      const earned = view.ledger.rewardsAt(recipient, height, view.unpaid);
      const opening = await view.opening(recipient);
      return {
        amount: opening.rewards + earned,
        recorded: view.ledger.recordedAt(recipient, height) ?? opening.recorded,
      };
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
      return { amount: (await figureAt(recipient, at)).amount, height: at };
    },

    async rewards(recipients, height, asker = "") {
      const at = await resolveHeight(height);
      const figures = await Promise.all(
        recipients.map(async (recipient) => {
          const { amount, recorded } = await figureAt(recipient, at);
          const message = rewardMessage(tags, { recipient, amount });
          return { reward: { recipient, amount, height: at, message: hexFromBytes(message) }, message, recorded };
        }),
      );
      const rising = figures.filter(({ reward, recorded }) => reward.amount > recorded);
      if (rising.length === 0) {
        const [first] = figures;
        throw new Refusal(
          "nothing-to-sign",
          `the contract has ${first?.recorded} on record, not less than the figure of ${first?.reward.amount}`,
        );
      }
      const signatures = await queue.run(
        asker,
        rising.map(
          ({ message }) =>
            () =>
              signer.sign(message),
        ),
      );
      const signatureOf = new Map(rising.map((figure, index) => [figure, signatures[index] as Hex]));
      return figures.map((figure) => ({ ...figure.reward, signature: signatureOf.get(figure) ?? null }));
    },

    async departure(kind, blsPubkey, timestamp, asker = "") {
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
      const [signature] = await queue.run(asker, [() => signer.sign(message)]);
      return { blsPubkey, timestamp, message: hexFromBytes(message), signature: signature as Hex };
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
