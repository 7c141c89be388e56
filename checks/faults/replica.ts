/** A replica behind a provider's address that is not what the others are: two blocks behind, or without old state. */

export interface Rpc {
  id: unknown;
  method: string;
  params?: unknown[];
}

export interface RpcAnswer {
  jsonrpc: string;
  id: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

type Forward = (calls: Rpc[]) => Promise<RpcAnswer[]>;

/** Blocks that a replica in arrears does not have yet, and blocks whose state a pruned one still has. */
const ARREARS = 2;
const KEPT = 2;

/** Place of the block among the parameters of reads of the state. */
const BLOCK_AT: Readonly<Record<string, number>> = {
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getTransactionCount: 1,
  eth_getCode: 1,
  eth_getStorageAt: 2,
};

export class Replica {
  readonly #kind: "lagging" | "pruned";
  readonly #forward: Forward;
  /** Height of the chain, and of this replica. */
  readonly #chain: number;
  readonly #head: number;

  private constructor(kind: "lagging" | "pruned", forward: Forward, chain: number) {
    this.#kind = kind;
    this.#forward = forward;
    this.#chain = chain;
    this.#head = kind === "lagging" ? Math.max(0, chain - ARREARS) : chain;
  }

  static async of(kind: "lagging" | "pruned", forward: Forward): Promise<Replica> {
    const [newest] = await forward([{ id: 0, method: "eth_blockNumber", params: [] }]);
    return new Replica(kind, forward, Number(newest?.result));
  }

  async answer(call: Rpc): Promise<RpcAnswer> {
    const place = BLOCK_AT[call.method];
    return place === undefined ? this.#history(call) : this.#state(call, place);
  }

  /** A read of the state at some block. */
  async #state(call: Rpc, place: number): Promise<RpcAnswer> {
    const params = [...(call.params ?? [])];
    const block = params[place];
    const height = await this.#heightOf(block);
    if (height > this.#head) return refuse(call, -32_000, "header not found");
    if (this.#kind === "pruned" && height < this.#chain - KEPT) {
      return refuse(call, -32_000, "missing trie node 5f3a (path ) state 0x5f3a is not available");
    }
    if (
      this.#kind === "lagging" &&
      (block === undefined || typeof block === "string") &&
      !String(block).startsWith("0x")
    ) {
      params[place] = hex(this.#head);
    }
    return this.#ask({ ...call, params });
  }

  /** Blocks, logs, transactions: what lies above the head is not there. */
  async #history(call: Rpc): Promise<RpcAnswer> {
    const { method, params = [] } = call;
    if (this.#kind === "pruned") return this.#ask(call);
    const absent: RpcAnswer = { jsonrpc: "2.0", id: call.id, result: null };
    if (method === "eth_blockNumber") return { ...absent, result: hex(this.#head) };
    if (method === "eth_getBlockByNumber") {
      if (params[0] === "latest") return this.#ask({ ...call, params: [hex(this.#head), params[1]] });
      return Number(params[0]) > this.#head ? absent : this.#ask(call);
    }
    if (method === "eth_getLogs") {
      const filter = params[0] as { fromBlock?: string; toBlock?: string; blockHash?: string };
      if (filter.blockHash !== undefined) {
        const height = await this.#heightOf({ blockHash: filter.blockHash });
        return height > this.#head ? absent : this.#ask(call);
      }
      if (Number(filter.fromBlock) > this.#head) return { ...absent, result: [] };
      const last = Number(filter.toBlock ?? "latest");
      const toBlock = hex(Number.isNaN(last) ? this.#head : Math.min(last, this.#head));
      return this.#ask({ ...call, params: [{ ...filter, toBlock }] });
    }
    const answer = await this.#ask(call);
    const { number, blockNumber } = (answer.result ?? {}) as { number?: string; blockNumber?: string };
    const above = Number(method === "eth_getBlockByHash" ? number : blockNumber) > this.#head;
    const located = ["eth_getBlockByHash", "eth_getTransactionReceipt", "eth_getTransactionByHash"].includes(method);
    return located && above ? absent : answer;
  }

  async #heightOf(block: unknown): Promise<number> {
    if (typeof block === "object" && block !== null) {
      const { blockHash, blockNumber } = block as { blockHash?: string; blockNumber?: string };
      if (blockNumber !== undefined) return Number(blockNumber);
      const found = await this.#ask({ id: 0, method: "eth_getBlockByHash", params: [blockHash, false] });
      return Number((found.result as { number?: string } | null)?.number ?? Infinity);
    }
    return typeof block === "string" && block.startsWith("0x") ? Number(block) : this.#head;
  }

  async #ask(call: Rpc): Promise<RpcAnswer> {
    const [answer] = await this.#forward([call]);
    return { ...(answer as RpcAnswer), id: call.id };
  }
}

function refuse({ id }: Rpc, code: number, message: string): RpcAnswer {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

function hex(height: number): string {
  return `0x${height.toString(16)}`;
}
