import { serveJson } from "./jsonServer.ts";
import type { JsonServer } from "./jsonServer.ts";

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
  #server: JsonServer | undefined;

  constructor(target: string) {
    this.#target = target;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  async start(): Promise<this> {
    this.#server = await serveJson((body) =>
      Array.isArray(body)
        ? Promise.all(body.map((call) => this.#answer(call as AskedCall)))
        : this.#answer(body as AskedCall),
    );
    return this;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
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
