/**
 * Child process of the benchmark: N nodes, each on a port of its own, which answer with what they signed beforehand. Some refuse
 * every connection, some lie. Talks to its parent over IPC: sends the ports and keys when ready, ends when told to or orphaned.
 */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { replyBody, signedNetwork } from "./network.ts";

/** What the parent asks for. */
export interface NodesOptions {
  size: number;
  delayMs: number;
  /** One of so many refuses; 0: none. */
  deadEvery: number;
  /** One of so many lies; 0: none. */
  liarEvery: number;
}

/** What the parent gets. */
export interface NodesReady {
  urls: string[];
  keys: string[];
  dead: number;
  liars: string[];
  /** Whether to collect a second time. */
  again?: boolean;
}

const options = JSON.parse(process.argv[2] ?? "{}") as NodesOptions;
const network = signedNetwork(options.size);
const servers: Server[] = [];
const ready: NodesReady = { urls: [], keys: network.keyHexes, dead: 0, liars: [] };

for (let i = 0; i < options.size; i++) {
  const dead = options.deadEvery > 0 && i % options.deadEvery === options.deadEvery - 1;
  const lies = !dead && options.liarEvery > 0 && i % options.liarEvery === 1;
  const body = replyBody(network, i, lies);
  const response = Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const server = createServer((socket) => serve(socket, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ready.urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if (dead) {
    ready.dead++;
    await new Promise((resolve) => server.close(resolve));
  } else servers.push(server);
  if (lies) ready.liars.push(network.keyHexes[i] as string);
}

/** As little HTTP as a keep-alive POST needs: the figure is to be the collector's, not this server's. */
function serve(socket: Socket, response: Buffer): void {
  let received = "";
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    received = "";
    setTimeout(() => socket.write(response), options.delayMs);
  });
}

process.on("disconnect", () => process.exit(0));
process.send?.(ready);
