import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedCall {
  id: unknown;
  method: string;
  params: unknown[];
}

/** One HTTP request as it came. */
export interface ScriptedRequest {
  calls: ScriptedCall[];
  batch: boolean;
  headers: IncomingHttpHeaders;
  /** Milliseconds since the start. */
  at: number;
}

/** A JSON-RPC endpoint over real HTTP that does what a test says. */
export class ScriptedRpc {
  readonly requests: ScriptedRequest[] = [];
  /** Result of a call, or an object with `error`. */
  answer: (call: ScriptedCall) => unknown = ({ method }) => (method === "eth_chainId" ? "0x7a69" : "0x1");
  /** Takes over a whole request, if it returns true (and then ends the response itself, or never). */
  before: (request: ScriptedRequest, response: ServerResponse) => boolean = () => false;
  readonly #begun = performance.now();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as ScriptedCall | ScriptedCall[];
      const calls = Array.isArray(body) ? body : [body];
      const seen = { calls, batch: Array.isArray(body), headers: request.headers, at: performance.now() - this.#begun };
      this.requests.push(seen);
      if (this.before(seen, response)) return;
      const answers = calls.map((call) => {
        const result = this.answer(call);
        const failed = typeof result === "object" && result !== null && "error" in result;
        return { jsonrpc: "2.0", id: call.id, ...(failed ? (result as object) : { result }) };
      });
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(Array.isArray(body) ? answers.reverse() : answers[0]));
    });
  });

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Methods asked for, in order. */
  get methods(): string[] {
    return this.requests.flatMap(({ calls }) => calls.map(({ method }) => method));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
