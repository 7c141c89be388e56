import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A JSON-RPC call. */
export interface AskedCall {
  id: unknown;
  method: string;
  params: unknown[];
}

/** An endpoint over real HTTP in front of a good one that says something else where a test wants it to. */
export class LyingProxy {
  /** The answer in the place of the good one; undefined where that is asked. */
  lie: (call: AskedCall) => unknown = () => undefined;
  /** What is made of a good answer. */
  tell: (call: AskedCall, result: unknown) => unknown = (_, result) => result;
  readonly #target: string;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as AskedCall | AskedCall[];
      const calls = Array.isArray(body) ? body : [body];
      Promise.all(calls.map((call) => this.#answer(call))).then(
        (answers) => response.end(JSON.stringify(Array.isArray(body) ? answers : answers[0])),
        () => response.destroy(),
      );
    });
  });

  constructor(target: string) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(call: AskedCall): Promise<object> {
    const { id } = call;
    const lie = this.lie(call);
    if (lie !== undefined) return { jsonrpc: "2.0", id, result: lie };
    const headers = { "content-type": "application/json" };
    const reply = await fetch(this.#target, { method: "POST", headers, body: JSON.stringify(call) });
    const answer = (await reply.json()) as { result?: unknown };
    return "result" in answer ? { ...answer, result: this.tell(call, answer.result) } : answer;
  }
}
