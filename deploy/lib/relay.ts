import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CallRevertedError, EndpointError, redactUrls, RpcRefusal } from "../../src/chain/transport/index.ts";
import type { Transport } from "../../src/chain/transport/index.ts";

/** A JSON-RPC address on this machine that hands everything on through a transport. */
interface Relay {
  url: string;
  /** What the endpoint's trouble was, each time that it was no answer. */
  troubles: readonly EndpointError[];
  close(): Promise<void>;
}

export interface RelayOptions {
  /** The newest block, as far as this relay tells: a fork is made of one block, whatever replica is asked. */
  block?: number;
}

interface Call {
  id: unknown;
  method: string;
  params?: unknown[];
}

/**
 * Hardhat, Ignition, EDR's forks and Arbitrum's SDK bring their own connections, which neither retry nor wait nor keep a URL to
 * themselves. They are given the address of a relay instead: the transport behind it does. It is closed when the work has ended,
 * however it ends, and the endpoint's trouble comes out as such and not as what those make of it.
 *
 * @throws EndpointError where the work failed of the endpoint's trouble
 */
export async function throughRelay<T>(
  transport: Transport,
  work: (url: string) => Promise<T>,
  options: RelayOptions = {},
): Promise<T> {
  const relay = await openRelay(transport, options);
  try {
    return await work(relay.url);
  } catch (error) {
    throw endpointTroubleIn(error, relay.troubles) ?? error;
  } finally {
    await relay.close();
  }
}

/** The trouble whose words an error repeats. */
function endpointTroubleIn(error: unknown, troubles: readonly EndpointError[]): EndpointError | undefined {
  const words = messagesOf(error);
  return troubles.findLast((trouble) => words.includes(trouble.message));
}

function messagesOf(error: unknown): string {
  if (!(error instanceof Error)) return redactUrls(String(error));
  return `${redactUrls(error.message)} ${error.cause === undefined ? "" : messagesOf(error.cause)}`;
}

/** Nobody else on the machine can guess its path. */
async function openRelay(transport: Transport, { block }: RelayOptions): Promise<Relay> {
  const troubles: EndpointError[] = [];
  const path = `/${randomBytes(16).toString("hex")}`;
  const answer = async ({ id, method, params = [] }: Call): Promise<object> => {
    if (block !== undefined && method === "eth_blockNumber")
      return { jsonrpc: "2.0", id, result: `0x${block.toString(16)}` };
    try {
      return { jsonrpc: "2.0", id, result: await transport.request(method, params) };
    } catch (error) {
      if (error instanceof EndpointError && error.trouble !== "unsupported") troubles.push(error);
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
    troubles,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
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
