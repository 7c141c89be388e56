/**
 * A node as the aggregator: asks all nodes it knows of, itself included, through the collector. It trusts none of them; what it
 * returns was verified against the contract's own keys.
 */
import type { Provider } from "ethers";
import { hexFromBytes, publicKeyToHex, signatureFromParams, signatureToHex } from "../bls/index.ts";
import { getRewards } from "../chain/contracts.ts";
import { readNodeSet } from "../chain/nodeSet.ts";
import { Collector } from "../collect/index.ts";
import type { NodeEndpoint } from "../collect/index.ts";
import type { Aggregate, AggregateReply, AggregateRequest } from "./jsonRpc.ts";

export interface AggregatorOptions {
  readonly provider: Provider;
  readonly chainId: bigint;
  readonly contract: string;
  /** Addresses of the contract's nodes, as far as they are known. */
  readonly endpoints: () => readonly NodeEndpoint[];
}

/** A slow aggregate takes up to 20 s, as on the live network. */
const DEADLINE_MS = 18_000;
/** Collections at once: each asks the whole network, so this is what one client may cost everybody. */
const MAX_CONCURRENT = 8;

export interface Aggregator {
  readonly aggregate: Aggregate;
  close(): Promise<void>;
}

/** The same question asked again while it is being collected shares the collection. */
export function createAggregator({ provider, chainId, contract, endpoints }: AggregatorOptions): Aggregator {
  const rewards = getRewards(contract, provider);
  const collector = new Collector(
    { chainId, contract, deadlineMs: DEADLINE_MS },
    {
      nodes: endpoints,
      readSet: (previous) => readNodeSet(rewards, previous === undefined ? {} : { previous }),
    },
  );
  const running = new Map<string, Promise<AggregateReply>>();

  const collect = async (request: AggregateRequest): Promise<AggregateReply> => {
    const collected = await collector.collect(request);
    const [message] = collected.statement.messages;
    if (message === undefined) throw new Error("the collection is of no message");
    const amount = collected.rewards[0]?.amount;
    return {
      message: hexFromBytes(message),
      signature: signatureToHex(signatureFromParams(collected.signature)),
      aggregatePubkey: publicKeyToHex(collected.aggregatePublicKey),
      nonSigners: collected.nonSignerIds,
      ...(amount === undefined ? {} : { amount }),
    };
  };

  return {
    aggregate(request) {
      const name = JSON.stringify(request);
      const known = running.get(name);
      if (known !== undefined) return known;
      if (running.size >= MAX_CONCURRENT) return Promise.reject(new Error("too many aggregations at once, try again"));
      const reply = collect(request).finally(() => running.delete(name));
      running.set(name, reply);
      return reply;
    },
    close: () => collector.close(),
  };
}
