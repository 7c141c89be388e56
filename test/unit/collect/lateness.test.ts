/** A collector that is late itself: its event loop stands still while the answers lie in its sockets. Nobody else is to be blamed. */
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { gather } from "../../../src/collect/gather.ts";
import type { Failure } from "../../../src/collect/failure.ts";
import type { GatherOptions, Lane } from "../../../src/collect/gather.ts";
import { askJson } from "../../../src/collect/http.ts";
import { ConnectionPool } from "../../../src/collect/pool.ts";
import { OmqClient } from "../../../src/omq/index.ts";
import { rawListener } from "../../helpers/zmqSockets.ts";

const NODES = 20;
const LIMITS: GatherOptions = { timeoutMs: 300, deadlineMs: 500, retries: 0 };

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("collect, by a process that stands still", function () {
  this.timeout(20_000);
  const closers: (() => unknown)[] = [];

  afterEach(async function () {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function outcomes(lane: Lane): Promise<{ answered: number; failures: Failure[] }> {
    const failures: Failure[] = [];
    let answered = 0;
    await gather([lane], LIMITS, {
      asked: () => undefined,
      answered: () => void answered++,
      retrying: () => undefined,
      failed: (_, failure) => failures.push(failure),
    });
    return { answered, failures };
  }

  it("counts the answers that lie in the sockets over HTTP", async function () {
    let given = 0;
    const servers = await Promise.all(
      Array.from({ length: NODES }, async () => {
        const server: Server = createServer((_, response) => {
          response.end("{}");
          if (++given === NODES) setImmediate(() => block(900));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        closers.push(() => server.close());
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      }),
    );
    const pool = new ConnectionPool();
    closers.push(() => pool.destroy());
    const lane: Lane = {
      endpoints: servers.map((url) => ({ url })),
      ask: ({ url }, limits) => askJson(pool, url, undefined, { ...limits, maxBytes: 100 }),
      concurrency: NODES,
    };
    expect(await outcomes(lane)).to.deep.equal({ answered: NODES, failures: [] });
  });

  it("counts the answers that lie in the sockets over OxenMQ", async function () {
    const held: (() => Promise<void>)[] = [];
    const answerAll = async (): Promise<void> => {
      // The library's own thread sends them while this one stands still.
      await Promise.all(held.map((answer) => answer()));
      block(900);
    };
    const listeners = await Promise.all(
      Array.from({ length: NODES }, async () => {
        const listener = await rawListener(([, tag]) => {
          held.push(() => listener.push(["REPLY", tag as Buffer, "fine"]));
          if (held.length === NODES) setImmediate(() => void answerAll());
          return [];
        });
        return listener;
      }),
    );
    const client = new OmqClient();
    closers.push(...listeners.map((listener) => () => listener.close()), () => client.close());
    const lane: Lane = {
      endpoints: listeners.map(({ url }) => ({ url })),
      ask: async ({ url }, limits) => {
        const outcome = await client.request(url, "a.b", [], limits);
        return outcome.ok ? { ok: true, body: outcome.parts } : outcome;
      },
      concurrency: NODES,
    };
    expect(await outcomes(lane)).to.deep.equal({ answered: NODES, failures: [] });
  });

  it("still gives up on who does not answer, in so much of its own time", async function () {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closers.push(() => (silent.closeAllConnections(), silent.close()));
    const pool = new ConnectionPool();
    closers.push(() => pool.destroy());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const started = performance.now();
    setTimeout(() => block(400), 20);
    const { answered, failures } = await outcomes({
      endpoints: [{ url }],
      ask: (endpoint, limits) => askJson(pool, endpoint.url, undefined, { ...limits, maxBytes: 100 }),
      concurrency: 1,
    });
    expect(answered).to.equal(0);
    expect(failures).to.deep.equal([{ ok: false, reason: "timeout", detail: "300 ms", transient: true }]);
    expect(performance.now() - started).to.be.within(600, 5_000);
  });
});
