import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CallRevertedError,
  EndpointError,
  RpcRefusal,
  splitUrls,
  Transport,
  transportSettings,
} from "../../src/chain/transport/index.ts";

/** A JSON-RPC address on this machine that hands everything on through a transport. */
export interface Relay {
  url: string;
  close(): Promise<void>;
}

interface Call {
  id: unknown;
  method: string;
  params?: unknown[];
}

/**
 * Hardhat, Ignition and Arbitrum's SDK bring their own connections, which neither retry nor wait nor keep a URL to themselves. They
 * are given this address instead: the transport behind it does. Nobody else on the machine can guess its path.
 */
export async function openRelay(transport: Transport): Promise<Relay> {
  const path = `/${randomBytes(16).toString("hex")}`;
  const answer = async ({ id, method, params = [] }: Call): Promise<object> => {
    try {
      return { jsonrpc: "2.0", id, result: await transport.request(method, params) };
    } catch (error) {
      return { jsonrpc: "2.0", id, error: asRpcError(error) };
    }
  };
  const server = createServer((request, response) => {
    if (request.url !== path || request.method !== "POST") {
      response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      let body: Call | Call[];
      try {
        body = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
      } catch {
        response.writeHead(400).end();
        return;
      }
      void Promise.resolve(Array.isArray(body) ? Promise.all(body.map(answer)) : answer(body)).then((result) =>
        response.setHeader("content-type", "application/json").end(JSON.stringify(result)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A relay to the endpoints of a URL, with the environment's settings. */
export function relayTo(url: string): Promise<Relay> {
  return openRelay(new Transport(splitUrls(url), transportSettings(process.env)));
}

function asRpcError(error: unknown): object {
  if (error instanceof CallRevertedError) return error.error;
  // What the chain's node said of a transaction, word for word: Ignition reads it. Anything else with the endpoint's name.
  if (error instanceof RpcRefusal && error.method === "eth_sendRawTransaction") return error.error;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: -32_603,
    message,
    ...(error instanceof EndpointError ? { data: { endpoint: error.host, trouble: error.trouble } } : {}),
  };
}
