import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One that listens. */
export interface JsonServer {
  url: string;
  close(): Promise<void>;
}

/** Answers each JSON body with JSON, on a free port of loopback; what has no answer loses its connection. */
export async function serveJson(answer: (body: unknown) => Promise<unknown>): Promise<JsonServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      answer(JSON.parse(Buffer.concat(chunks).toString())).then(
        (reply) => response.setHeader("content-type", "application/json").end(JSON.stringify(reply)),
        () => response.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
