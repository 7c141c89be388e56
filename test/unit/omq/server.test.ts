import { statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { OmqCommand, OmqServerOptions } from "../../../src/omq/index.ts";
import { generateCurveKeys, maxPayload, OmqClient, OmqError, OmqServer } from "../../../src/omq/index.ts";
import { endlessMessage, QUIET_MS, rawDealer } from "../../helpers/zmqSockets.ts";

const keys = generateCurveKeys();

describe("omq/OmqServer", function () {
  this.timeout(20_000);

  const closers: (() => unknown)[] = [];
  const errors: [string, string][] = [];

  afterEach(async function () {
    for (const close of closers.splice(0).reverse()) await close();
    errors.length = 0;
  });

  const COMMANDS: Record<string, OmqCommand> = {
    "ping.ping": { handler: () => ["pong"] },
    "echo.parts": { handler: (parts) => [...parts] },
    "echo.nothing": { handler: () => [] },
    "fails.always": { handler: () => Promise.reject(new Error("inside")) },
    "fails.large": { handler: () => [Buffer.alloc(maxPayload(true) + 1)] },
    "admin.stop": { handler: () => ["stopped"], access: "admins" },
    "sn.secret": { handler: () => ["secret"], access: "nodes" },
    "node.sign": { handler: () => ["signed"], ofNode: true },
  };

  async function serve(
    options: Partial<OmqServerOptions> = {},
    commands: Record<string, OmqCommand> = COMMANDS,
  ): Promise<OmqServer> {
    const server = new OmqServer(
      { listen: "tcp://127.0.0.1:0", keys, ...options },
      { commands, onError: (command, error) => errors.push([command, (error as Error).message]) },
    );
    await server.start();
    closers.push(() => server.stop());
    return server;
  }

  async function dealer(server: OmqServer, options: Parameters<typeof rawDealer>[2] = {}) {
    const socket = await rawDealer(server.url, keys.publicKey, options);
    closers.push(() => socket.close());
    return socket;
  }

  it("answers a plain DEALER: command, tag and parts give REPLY, tag and parts", async function () {
    const socket = await dealer(await serve());
    await socket.send(["ping.ping", "t1"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", "t1", "pong"]);
    await socket.send(["echo.parts", "\0\xff", "a", "", "b"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", Buffer.from("\0\xff").toString("latin1"), "a", "", "b"]);
    await socket.send(["echo.nothing", "t2"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", "t2"]);
  });

  it("greets, and says nothing to BYE, after which it goes on serving", async function () {
    const socket = await dealer(await serve());
    await socket.send(["HI"]);
    expect(await socket.receive()).to.deep.equal(["HELLO"]);
    await socket.send(["BYE"]);
    await socket.send(["ping.ping", "t"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", "t", "pong"]);
  });

  const REFUSALS: [string[], string[]][] = [
    [
      ["x.unknown", "t"],
      ["UNKNOWNCOMMAND", "x.unknown"],
    ],
    [
      ["nodot", "t"],
      ["UNKNOWNCOMMAND", "nodot"],
    ],
    [["x.unknown"], ["UNKNOWNCOMMAND", "x.unknown"]],
    [
      ["toString", "t"],
      ["UNKNOWNCOMMAND", "toString"],
    ],
    [
      ["", "t"],
      ["UNKNOWNCOMMAND", ""],
    ],
    [["ping.ping"], ["NO_REPLY_TAG", "ping.ping"]],
    [
      ["ping.ping", ""],
      ["NO_REPLY_TAG", "ping.ping"],
    ],
    [
      ["admin.stop", "t"],
      ["FORBIDDEN", "REPLY", "t"],
    ],
    [
      ["sn.secret", "t"],
      ["FORBIDDEN_SN", "REPLY", "t"],
    ],
  ];
  for (const [sent, got] of REFUSALS) {
    it(`refuses ${JSON.stringify(sent)} with ${JSON.stringify(got)}`, async function () {
      const socket = await dealer(await serve());
      await socket.send(sent);
      expect(await socket.receive()).to.deep.equal(got);
    });
  }

  it("a node's command on something that is none", async function () {
    const socket = await dealer(await serve({ isNode: () => false }));
    await socket.send(["node.sign", "t"]);
    expect(await socket.receive()).to.deep.equal(["NOT_A_SERVICE_NODE", "REPLY", "t"]);
    const node = await dealer(await serve());
    await node.send(["node.sign", "t"]);
    expect(await node.receive()).to.deep.equal(["REPLY", "t", "signed"]);
  });

  it("says nothing when a handler fails, takes too long or answers more than a frame", async function () {
    const server = await serve(
      { handlerTimeoutMs: 50 },
      { ...COMMANDS, "fails.late": { handler: () => new Promise(() => undefined) } },
    );
    const socket = await dealer(server);
    for (const command of ["fails.always", "fails.large", "fails.late"]) await socket.send([command, "t"]);
    expect(await socket.receive(QUIET_MS)).to.equal(undefined);
    expect(errors).to.have.deep.members([
      ["fails.always", "inside"],
      ["fails.large", "the answer exceeds a frame"],
      ["fails.late", "no answer within 50 ms"],
    ]);
    await socket.send(["ping.ping", "t"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", "t", "pong"]);
  });

  it("does not answer answers, nor a message of hundreds of frames, nor a command that is none by its length", async function () {
    const socket = await dealer(await serve());
    const words = [
      "HELLO",
      "REPLY",
      "UNKNOWNCOMMAND",
      "NO_REPLY_TAG",
      "FORBIDDEN",
      "FORBIDDEN_SN",
      "NOT_A_SERVICE_NODE",
    ];
    for (const word of words) await socket.send([word, "x.y"]);
    await socket.send(["ping.ping", "t", ...Array.from({ length: 300 }, () => "x")]);
    await socket.send(["x".repeat(1_025), "t"]);
    expect(await socket.receive(QUIET_MS)).to.equal(undefined);
    await socket.send(["x".repeat(1_024), "t"]);
    expect(await socket.receive()).to.deep.equal(["UNKNOWNCOMMAND", "x".repeat(1_024)]);
  });

  it("takes a frame at the limit; one beyond breaks the connection, which the client's library makes again", async function () {
    const socket = await dealer(await serve());
    const most = Buffer.alloc(maxPayload(true), 0x61);
    await socket.send(["echo.parts", "t", most]);
    expect((await socket.receive())?.[2]?.length).to.equal(most.length);
    await socket.send(["echo.parts", "lost", Buffer.alloc(most.length + 1)]);
    expect(await socket.receive(QUIET_MS)).to.equal(undefined);
    await socket.send(["ping.ping", "t"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", "t", "pong"]);
  });

  it("of two connections with one routing id the newer one gets the replies", async function () {
    const server = await serve();
    const older = await dealer(server, { routingId: "same" });
    await older.send(["ping.ping", "t1"]);
    expect(await older.receive()).to.deep.equal(["REPLY", "t1", "pong"]);
    const newer = await dealer(server, { routingId: "same" });
    await newer.send(["ping.ping", "t2"]);
    expect(await newer.receive()).to.deep.equal(["REPLY", "t2", "pong"]);
  });

  it("admits nobody without its key, nor without CURVE", async function () {
    const server = await serve();
    for (const key of [generateCurveKeys().publicKey, undefined]) {
      const socket = await rawDealer(server.url, key);
      closers.push(() => socket.close());
      await socket.send(["ping.ping", "t"]);
      expect(await socket.receive(QUIET_MS)).to.equal(undefined);
    }
  });

  it("a local socket is this user's alone, and its user is the admin where that is said", async function () {
    const path = join(tmpdir(), `omq-server-${process.pid}.sock`);
    const server = new OmqServer({ listen: `ipc://${path}`, admin: true }, { commands: COMMANDS });
    await server.start();
    closers.push(() => server.stop());
    expect(server.url).to.equal(`ipc://${path}`);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const socket = await rawDealer(`ipc://${path}`);
    closers.push(() => socket.close());
    await socket.send(["admin.stop", "t"]);
    expect(await socket.receive()).to.deep.equal(["REPLY", "t", "stopped"]);
  });

  it("answers so many at once and no more: the others wait, and all are answered", async function () {
    let running = 0;
    let most = 0;
    const slow: OmqCommand = {
      handler: async ([part]) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return [part as Uint8Array];
      },
    };
    const server = await serve({ concurrency: 4 }, { "a.slow": slow, "ping.ping": { handler: () => ["pong"] } });
    const greedy = await dealer(server);
    for (let i = 0; i < 200; i++) await greedy.send(["a.slow", `t${i}`, `${i}`]);
    // Connections are read in turn: who comes later waits for a few of them, not for all.
    const modest = await dealer(server);
    await modest.send(["ping.ping", "t"]);
    expect(await modest.receive()).to.deep.equal(["REPLY", "t", "pong"]);
    const first = new Set<string>();
    for (let i = 0; i < 200; i++) first.add((await greedy.receive())?.[2] ?? "none");
    expect(first.size).to.equal(200);
    expect(most).to.equal(4);
  });

  it("a message without an end does not fill the memory: all are dropped, and whoever is honest connects again", async function () {
    const overflows: number[] = [];
    const server = new OmqServer(
      { listen: "tcp://127.0.0.1:0", maxUnreadBytes: 32_000_000 },
      { commands: COMMANDS, onOverflow: (bytes) => overflows.push(bytes) },
    );
    await server.start();
    closers.push(() => server.stop());
    const { url } = server;
    const honest = await rawDealer(url);
    closers.push(() => honest.close());
    await honest.send(["ping.ping", "t1"]);
    expect(await honest.receive()).to.deep.equal(["REPLY", "t1", "pong"]);

    const endless = await endlessMessage(connect(Number(url.split(":").at(-1)), "127.0.0.1"), "DEALER");
    expect(endless).to.be.within(20_000_000, 499_999_999);
    expect(overflows[0]).to.be.greaterThan(32_000_000);

    for (let attempt = 0, reply: unknown; reply === undefined; attempt++) {
      expect(attempt).to.be.lessThan(50);
      await honest.send(["ping.ping", "t2"]);
      reply = await honest.receive(QUIET_MS);
    }
    expect(server.url).to.equal(url);
  });

  it("stops: what is being answered is answered, and nothing new", async function () {
    const release: (() => void)[] = [];
    const server = await serve(
      {},
      { "a.b": { handler: () => new Promise((resolve) => release.push(() => resolve(["late"]))) } },
    );
    const socket = await dealer(server);
    await socket.send(["a.b", "t"]);
    while (release.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const stopped = server.stop();
    expect(() => server.url).to.throw(OmqError, "does not listen");
    release[0]?.();
    await stopped;
    expect(await socket.receive()).to.deep.equal(["REPLY", "t", "late"]);
    await server.stop();
  });

  it("says so when the port is taken", async function () {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    closers.push(() => taken.close());
    const { port } = taken.address() as { port: number };
    const server = new OmqServer({ listen: `tcp://127.0.0.1:${port}`, keys }, { commands: COMMANDS });
    const error = await server.start().catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "EADDRINUSE");
  });

  it("our client and our server, on IPv6 where there is one", async function () {
    let server: OmqServer;
    try {
      server = await serve({ listen: "tcp://[::1]:0" });
    } catch {
      return this.skip();
    }
    const client = new OmqClient();
    closers.push(() => client.close());
    const url = `${server.url.replace("tcp:", "curve:")}/${Buffer.from(keys.publicKey).toString("hex")}`;
    const outcome = await client.request(url, "ping.ping", [], { timeoutMs: 5_000 });
    expect(outcome.ok && Buffer.from(outcome.parts[0] as Uint8Array).toString()).to.equal("pong");
  });
});
