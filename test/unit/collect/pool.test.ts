import { createServer } from "node:http";
import type { Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { expect } from "chai";
import { askJson } from "../../../src/collect/http.ts";
import { ConnectionPool } from "../../../src/collect/pool.ts";

describe("collect/ConnectionPool", function () {
  const servers: Server[] = [];
  let connections = 0;

  async function serve(): Promise<string> {
    const server = createServer((_, response) => response.end("{}"));
    server.on("connection", () => connections++);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  afterEach(function () {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    connections = 0;
  });

  const ask = (pool: ConnectionPool, url: string) => askJson(pool, url, undefined, { timeoutMs: 2_000, maxBytes: 100 });

  it("uses a connection again", async function () {
    const pool = new ConnectionPool();
    const url = await serve();
    for (let i = 0; i < 3; i++) expect(await ask(pool, url)).to.deep.equal({ ok: true, body: {} });

    expect(connections).to.equal(1);
    await pool.destroy();
  });

  it("keeps no more than it may, and drops the one used longest ago", async function () {
    const pool = new ConnectionPool(2);
    const [a, b, c] = [await serve(), await serve(), await serve()];
    for (const url of [a, b, a, c, a]) await ask(pool, url);

    expect(pool.size).to.equal(2);
    expect(connections).to.equal(3);
    await ask(pool, b);
    expect(connections).to.equal(4);
    await pool.destroy();
    expect(pool.size).to.equal(0);
  });

  it("keeps none where more are asked than it may keep: each connection ends with its reply", async function () {
    const pool = new ConnectionPool(2);
    pool.expect(3);
    const urls = [await serve(), await serve(), await serve()];
    const ended = Promise.all(
      servers.map((server) => once(server, "connection").then(([socket]) => once(socket as Socket, "close"))),
    );
    for (const url of urls) expect(await ask(pool, url)).to.deep.equal({ ok: true, body: {} });
    await ended;
    expect(pool.size).to.be.at.most(1);
    await pool.destroy();
  });

  it("drops none that is in use, however many are", async function () {
    const pool = new ConnectionPool(1);
    const urls = await Promise.all(Array.from({ length: 5 }, serve));
    const replies = await Promise.all(urls.map((url) => ask(pool, url)));

    expect(replies.every((reply) => reply.ok)).to.equal(true);
    await pool.destroy();
  });
});
