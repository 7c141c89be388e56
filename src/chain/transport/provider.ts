import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { AbiCoder, JsonRpcProvider, makeError, Network } from "ethers";
import type { Transport } from "./transport.ts";
import { CallRevertedError, RpcRefusal } from "./transport.ts";

const NAMED = new Set(["INSUFFICIENT_FUNDS", "NONCE_EXPIRED", "REPLACEMENT_UNDERPRICED", "ACTION_REJECTED"]);

/**
 * An ethers provider over a {@link Transport}: contracts, signers and everything else of ethers work with it, and an endpoint's
 * trouble reaches the caller as an `EndpointError`. `CALL_EXCEPTION` then means a revert, and its `data` is there ("0x" for a revert
 * without data).
 */
export class EndpointProvider extends JsonRpcProvider {
  readonly transport: Transport;

  constructor(transport: Transport, chainId: bigint) {
    const network = Network.from(chainId);
    // ethers' own connection is never used; its queue hands over each call as it comes, the transport gathers them.
    super("http://endpoint.invalid", network, {
      staticNetwork: network,
      cacheTimeout: -1,
      batchMaxCount: 1,
      batchStallTime: 0,
    });
    this.transport = transport;
  }

  /** Hosts of the endpoints: what may be printed of them. */
  get hosts(): string[] {
    return this.transport.hosts;
  }

  /** The chain is known to have this block, from a record or a journal: a replica without it is in arrears. */
  notBefore(block: number): void {
    this.transport.notBefore(block);
  }

  /** Sends through the transport; ethers calls this. */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const payloads = Array.isArray(payload) ? payload : [payload];
    return Promise.all(payloads.map(async (one) => ({ id: one.id, result: await this.#ask(one) })));
  }

  /** Ends the transport and its connections too. */
  override destroy(): void {
    this.transport.close();
    super.destroy();
  }

  async #ask(payload: JsonRpcPayload): Promise<unknown> {
    const { method } = payload;
    const params = Array.isArray(payload.params) ? (payload.params as unknown[]) : [payload.params];
    try {
      return await this.transport.request(method, params);
    } catch (error) {
      if (error instanceof CallRevertedError) throw reverted(method, params, error);
      if (error instanceof RpcRefusal) {
        const { code, message } = error.error;
        const named = this.getRpcError(payload, {
          id: payload.id,
          error: { code: Number(code ?? 0), message: String(message ?? "") },
        });
        const { mayHaveArrived } = error;
        if (NAMED.has((named as { code?: string }).code ?? "")) throw Object.assign(named, { mayHaveArrived });
      }
      throw error;
    }
  }
}

function reverted(method: string, params: readonly unknown[], { data, error }: CallRevertedError): Error {
  const transaction = params[0] as { to: string; data: string };
  if (method === "eth_call" || method === "eth_estimateGas") {
    const action = method === "eth_call" ? "call" : "estimateGas";
    const failure = AbiCoder.getBuiltinCallException(action, transaction, data);
    return Object.assign(failure, { info: { error } });
  }
  return makeError("execution reverted", "CALL_EXCEPTION", {
    action: "sendTransaction",
    data,
    reason: null,
    transaction: typeof transaction === "object" ? transaction : { to: null, data: "0x" },
    invocation: null,
    revert: null,
    info: { error },
  });
}
