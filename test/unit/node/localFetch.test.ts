/** The plain request to an endpoint on this machine: what `fetch` would have said, for less. */
import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { isLocal, localFetch } from "../../../src/node/localFetch.ts";

describe("node/localFetch", () => {
  const servers: Server[] = [];
  const asked: { path: string; body: string }[] = [];
  beforeEach(() => asked.splice(0));
  after(() => servers.forEach((server) => server.close()));

  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        asked.push({ path: request.url ?? "", body });
        answer(request, response);
      });
    });
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const init = (signal = new AbortController().signal) => ({
    method: "POST" as const,
    headers: { "content-type": "application/json", accept: "application/json" },
    body: '{"id":1}',
    signal,
  });
  /** Everything that is used of an answer, from both. */
  async function both(url: string) {
    const read = async (reply: Awaited<ReturnType<typeof localFetch>>) => ({
      status: reply.status,
      retryAfter: reply.headers.get("Retry-After"),
      missing: reply.headers.get("x-missing"),
      text: await reply.text(),
    });
    const plain = await read(await localFetch(url, init()));
    expect(plain).to.deep.equal(await read(await fetch(url, init())));
    return plain;
  }

  it("tells this machine from others", () => {
    for (const url of ["http://127.0.0.1:8545", "http://127.8.9.1/", "http://localhost:1/x", "http://[::1]:8545"])
      expect(isLocal(url), url).to.equal(true);
    for (const url of [
      "https://127.0.0.1:8545",
      "http://127.0.0.1.example.org",
      "http://localhost.example.org",
      "http://10.0.0.1",
      "ws://127.0.0.1",
      "127.0.0.1",
      "",
    ])
      expect(isLocal(url), url).to.equal(false);
  });

  it("answers as fetch does, whatever the status", async () => {
    for (const status of [200, 204, 400, 429, 500, 503]) {
      const url = await serve((_request, response) => {
        response.writeHead(status, { "retry-after": "7", "content-type": "text/plain; charset=utf-8" });
        response.end(status === 204 ? undefined : `\u20ac ${status}`);
      });
      expect(await both(url)).to.deep.equal({
        status,
        retryAfter: "7",
        missing: null,
        text: status === 204 ? "" : `\u20ac ${status}`,
      });
      expect(asked.splice(0)).to.deep.equal(Array(2).fill({ path: "/", body: '{"id":1}' }));
    }
  });

  it("leaves redirects and encodings to fetch", async () => {
    const target = await serve((_request, response) => response.end("there"));
    const moved = await serve((_request, response) => response.writeHead(307, { location: `${target}/rpc` }).end());
    expect((await both(moved)).text).to.equal("there");
    expect(asked.filter(({ path }) => path === "/rpc").map(({ body }) => body)).to.deep.equal(
      Array(2).fill('{"id":1}'),
    );
    const packed = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("unpacked")),
    );
    expect((await both(packed)).text).to.equal("unpacked");
  });

  it("tells a refused connection by the system's code, and ends when the signal fires", async () => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const refused = await localFetch(`http://127.0.0.1:${port}`, init()).catch((error: unknown) => error);
    expect(refused).to.include({ code: "ECONNREFUSED" });

    const controller = new AbortController();
    const silent = await serve(() => controller.abort());
    const ended = await localFetch(silent, init(controller.signal)).catch((error: unknown) => error);
    expect((ended as Error).name).to.equal("AbortError");
  });
});
