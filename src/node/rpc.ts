/** Raw JSON-RPC reads, pinned to blocks. The node decodes what it needs itself: no caches, no hidden polling. */
import { setTimeout as sleep } from "node:timers/promises";
import { toQuantity } from "ethers";
import { explain } from "../chain/errors.ts";
import { EndpointError } from "../chain/transport/index.ts";
import type { BlockPoint, Hex } from "./ledgerTypes.ts";

/** The part of a provider that the node uses; what `connect` gives is one, and retries by itself. */
export interface RpcSender {
  /** One JSON-RPC call. Rejects when the endpoint errs or cannot be reached. */
  send(method: string, params: unknown[]): Promise<unknown>;
  /** Ends what it holds open. */
  destroy?(): void;
}

export interface Header extends BlockPoint {
  readonly parentHash: string;
}

export interface RpcLog {
  readonly address: string;
  readonly topics: string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly logIndex: number;
}

export interface RpcOptions {
  /** Attempts in all, for errors that are not an answer of the chain, of a sender that does not retry by itself. */
  readonly attempts?: number;
  /** First pause; doubles, with up to half of it as jitter. */
  readonly backoffMs?: number;
  /** Ends pending pauses. */
  readonly signal?: AbortSignal;
}

/** A block that must exist (its number was read a moment ago) is gone: the chain was rewound meanwhile, or a replica lags. */
export class BlockGoneError extends Error {
  constructor(block: string | number, cause?: unknown) {
    super(`block ${block} is gone`, cause === undefined ? undefined : { cause });
    this.name = "BlockGoneError";
  }
}

export class Rpc {
  readonly #sender: RpcSender;
  readonly #options: RpcOptions;

  constructor(sender: RpcSender, options: RpcOptions = {}) {
    this.#sender = sender;
    this.#options = options;
  }

  async chainId(): Promise<bigint> {
    return BigInt((await this.#read("eth_chainId", [])) as string);
  }

  /** A header by height, hash or "latest". @throws BlockGoneError when there is no such block */
  async header(block: number | "latest" | Hex): Promise<Header> {
    const raw =
      typeof block === "string" && block !== "latest"
        ? await this.#read("eth_getBlockByHash", [block, false])
        : await this.#read("eth_getBlockByNumber", [block === "latest" ? block : toQuantity(block), false]);
    if (raw === null || raw === undefined) throw new BlockGoneError(block);
    const { number, hash, parentHash, timestamp } = raw as Record<string, string>;
    if (!number || !hash || !parentHash || !timestamp) throw new Error("the endpoint gave an incomplete block header");
    return { height: Number(number), hash, parentHash, timestamp: Number(timestamp) };
  }

  /** Logs of one contract in a range of heights, both inclusive, in chain order. */
  async logs(address: string, topics: string[], from: number, to: number): Promise<RpcLog[]> {
    const filter = { address, topics: [topics], fromBlock: toQuantity(from), toBlock: toQuantity(to) };
    // A refused range is answered at once: the caller halves it, repeating it is no use.
    const raw = (await this.#read("eth_getLogs", [filter], to, 1)) as (Record<string, string> & { topics: string[] })[];
    return raw
      .map((log) => ({
        address: log.address ?? "",
        topics: log.topics,
        data: log.data ?? "0x",
        blockNumber: Number(log.blockNumber),
        blockHash: log.blockHash ?? "",
        logIndex: Number(log.logIndex),
      }))
      .sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  }

  /**
   * Calls a contract in the state at the end of a block, pinned by its hash.
   * @returns the returned bytes, "0x" where there is no contract, null when the call reverts: nothing else is a null
   */
  async call(to: string, data: string, blockHash: string): Promise<string | null> {
    try {
      return (await this.#read("eth_call", [{ to, data }, { blockHash }], blockHash)) as string;
    } catch (error) {
      if (explain(error) !== undefined) return null;
      throw error;
    }
  }

  /** Whether there is code at an address, at the end of a block. */
  async hasCode(address: string, blockHash: string): Promise<boolean> {
    const code = await this.#read("eth_getCode", [address, { blockHash }], blockHash);
    if (typeof code !== "string") throw new Error("the endpoint gave no code");
    return code !== "0x";
  }

  /** @param block - The block that the question is about: it is said to be gone when no replica knows it. */
  async #read(
    method: string,
    params: unknown[],
    block?: string | number,
    attempts = this.#options.attempts ?? 4,
  ): Promise<unknown> {
    const { backoffMs = 100, signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sender.send(method, params);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof EndpointError && error.trouble === "lagging" && block !== undefined) {
          throw new BlockGoneError(block, error);
        }
        if (attempt >= attempts || error instanceof EndpointError || explain(error) !== undefined) throw error;
        const pause = backoffMs * 2 ** (attempt - 1);
        await sleep(pause + Math.random() * (pause / 2), undefined, signal ? { signal } : {});
      }
    }
  }
}
