import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A JSON-RPC endpoint that hands everything on to a good one, can lose the answer to a transaction, and can know of none. */
export interface SwallowingRpc {
  url: string;
  /** It shows no transaction by its hash. */
  hides: boolean;
  /**
   * The `nth` transaction from now on reaches the chain (or, with `lose`, does not), and its sender never hears of it:
   * `swallowed` is called instead.
   */
  arm(nth: number, swallowed: () => void, lose?: "lose"): void;
  close(): Promise<void>;
}

export async function startSwallowingRpc(target: string): Promise<SwallowingRpc> {
  let left = 0;
  let lost = false;
  let tell = () => {};
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const sending = body.includes("eth_sendRawTransaction");
      const swallow = sending && left > 0 && --left === 0;
      if (swallow && lost) return tell();
      fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body })
        .then(async (answer) => {
          const text = await answer.text();
          if (swallow) return tell();
          const shown = rpc.hides && body.includes("eth_getTransactionByHash") ? hidden(body, text) : text;
          response.setHeader("content-type", "application/json").end(shown);
        })
        .catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const rpc: SwallowingRpc = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hides: false,
    arm(nth, swallowed, lose) {
      left = nth;
      tell = swallowed;
      lost = lose !== undefined;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return rpc;
}

interface Rpc {
  id: unknown;
  method: string;
}

/** The answer with null for each transaction. */
function hidden(body: string, answer: string): string {
  const [calls, answers] = [body, answer].map((text) => [JSON.parse(text) as Rpc | Rpc[]].flat()) as [Rpc[], Rpc[]];
  const ids = calls.filter(({ method }) => method === "eth_getTransactionByHash").map(({ id }) => id);
  const shown = answers.map((one) => (ids.includes(one.id) ? { jsonrpc: "2.0", id: one.id, result: null } : one));
  return JSON.stringify(body.startsWith("[") ? shown : shown[0]);
}
