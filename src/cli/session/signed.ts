import type { Call, NodeSet, SendOptions, SendRecord } from "../../chain/index.ts";
import { RevertError, send } from "../../chain/index.ts";
import type { BadNode, Collected, DaemonAggregate, RecipientAmount } from "../../collect/index.ts";
import { submit } from "../../collect/index.ts";

/** A network signature that the contract accepts, whoever added it up: this program, or a daemon. */
export interface Signed {
  /** The contract's nodes that it was verified against. */
  readonly set: NodeSet;
  /** Lifetime rewards; empty for exit and liquidation. */
  readonly rewards: readonly RecipientAmount[];
  readonly signers: readonly { id: bigint }[];
  readonly nonSigners: readonly { id: bigint; reason: string }[];
  readonly nonSignerIds: readonly bigint[];
  readonly badNodes: readonly Pick<BadNode, "id" | "url" | "reason" | "detail">[];
  readonly signature: Collected["signature"];
  /** Update, exit or liquidation. */
  call(): Call;
  /** Update and claim in one. */
  claimCall(): Call;
  toJSON(): Record<string, unknown>;
  /** The single signatures, where they are known: they can be kept, and made into another aggregate. */
  readonly collected: Collected | undefined;
  /** Sends, after looking whether the set has changed. */
  submit(options: SubmitSigned): Promise<{ record: SendRecord; signed: Signed; call: Call }>;
}

export interface SubmitSigned extends SendOptions {
  readSet: (previous?: NodeSet) => Promise<NodeSet>;
  /** Default: {@link Signed.call}. */
  makeCall?: (signed: Signed) => Call | Promise<Call>;
}

/** What this program collected from the nodes. */
export function fromCollected(collected: Collected): Signed {
  return {
    set: collected.set,
    rewards: collected.rewards,
    signers: collected.signers,
    nonSigners: collected.nonSigners,
    nonSignerIds: collected.nonSignerIds,
    badNodes: collected.badNodes,
    signature: collected.signature,
    call: () => collected.call(),
    claimCall: () => collected.claimCall(),
    toJSON: () => collected.toJSON(),
    collected,
    async submit({ makeCall = (signed) => signed.call(), ...options }) {
      const made: Call[] = [];
      const submitted = await submit(collected, {
        ...options,
        makeCall: async (current) => {
          const call = await makeCall(fromCollected(current));
          made.push(call);
          return call;
        },
      });
      const signed = fromCollected(submitted.collected);
      return { record: submitted.record, signed, call: made.at(-1) ?? signed.call() };
    },
  };
}

/**
 * What a daemon added up, verified. Its single signatures are unknown, so a changed set means asking again.
 *
 * @param renew - Asks the daemon once more.
 */
export function fromDaemon(aggregate: DaemonAggregate, renew: () => Promise<DaemonAggregate>): Signed {
  const silent = new Set(aggregate.nonSignerIds);
  const { set, rewards, nonSignerIds } = aggregate;
  const signers = set.nodes.filter(({ id }) => !silent.has(id));
  const nonSigners = nonSignerIds.map((id) => ({ id, reason: "not signed, says the daemon" }));
  const self: Signed = {
    set,
    rewards,
    signers,
    nonSigners,
    nonSignerIds,
    badNodes: [],
    signature: aggregate.signature,
    call: () => aggregate.call(),
    claimCall: () => aggregate.claimCall(),
    toJSON: () => ({
      source: "daemon",
      block: set.block,
      height: aggregate.height,
      timestamp: aggregate.timestamp,
      nodes: set.nodes.length,
      rewards,
      signature: aggregate.signature,
      signers: signers.map(({ id }) => id),
      nonSigners,
    }),
    collected: undefined,
    async submit({ makeCall = (signed) => signed.call(), readSet: _, ...options }) {
      try {
        const call = await makeCall(self);
        return { record: await send(call, options), signed: self, call };
      } catch (error) {
        if (!(error instanceof RevertError) || error.decoded.name !== "InvalidBLSSignature") throw error;
        const renewed = fromDaemon(await renew(), renew);
        const call = await makeCall(renewed);
        return { record: await send(call, options), signed: renewed, call };
      }
    },
  };
  return self;
}
