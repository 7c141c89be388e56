import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FetchRequest, Interface, JsonRpcProvider, Network } from "ethers";
import { serviceNodeRewardsAbi } from "../../src/chain/index.ts";

/**
 * What goes wrong between a client and the chain, how often:
 *
 * - `error`: HTTP 502, `hang`: no answer at all
 * - `stale`: calls of `method` are answered from an older block
 * - `tamper`: the first key of the node list is doubled
 */
export type Mishap =
  | { kind: "error" | "hang" | "tamper"; times: number }
  | { kind: "stale"; method: string; block: number; times: number };

interface RpcRequest {
  id: number;
  method: string;
  params: [{ data?: string }, ...unknown[]];
}

const rewards = new Interface(serviceNodeRewardsAbi);
const LIST = rewards.getFunction("allServiceNodeIDs")?.selector ?? "";

/** A JSON-RPC endpoint that hands on to a good one, except for the mishap of the day. */
export class ChaosChain {
  mishap: Mishap | undefined;
  readonly #target: string;
  readonly #server: Server;
  readonly #providers: JsonRpcProvider[] = [];

  constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        this.#serve(body, response).catch(() => response.destroy());
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    for (const provider of this.#providers) provider.destroy();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** A client of it that does not retry by itself. */
  provider(): JsonRpcProvider {
    const request = new FetchRequest(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
    request.setThrottleParams({ maxAttempts: 1 });
    const network = Network.from(31_337);
    const options = { staticNetwork: network, cacheTimeout: -1, batchMaxCount: 1 };
    const provider = new JsonRpcProvider(request, network, options);
    this.#providers.push(provider);
    return provider;
  }

  async #serve(body: string, response: ServerResponse): Promise<void> {
    const request = JSON.parse(body) as RpcRequest;
    const mishap = this.#applies(request);
    if (mishap?.kind === "hang") return;
    if (mishap?.kind === "error") {
      response.writeHead(502);
      response.end("bad gateway");
      return;
    }
    if (mishap?.kind === "stale") request.params[1] = `0x${mishap.block.toString(16)}`;

    const answer = await fetch(this.#target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const reply = (await answer.json()) as { result?: string };
    if (mishap?.kind === "tamper" && reply.result) reply.result = tamper(reply.result);
    response.end(JSON.stringify(reply));
  }

  #applies(request: RpcRequest): Mishap | undefined {
    const { mishap } = this;
    if (!mishap || mishap.times <= 0) return undefined;
    const data = request.params[0]?.data ?? "";
    if (mishap.kind === "stale" && !data.startsWith(rewards.getFunction(mishap.method)?.selector ?? "none"))
      return undefined;
    if (mishap.kind === "tamper" && !data.startsWith(LIST)) return undefined;
    mishap.times--;
    return mishap;
  }
}

function tamper(result: string): string {
  const [ids, keys] = rewards.decodeFunctionResult("allServiceNodeIDs", result);
  const list = [...(keys as Iterable<unknown>)];
  list[0] = list[1];
  return rewards.encodeFunctionResult("allServiceNodeIDs", [[...(ids as Iterable<bigint>)], list]);
}
