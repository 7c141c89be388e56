import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { OmqOutcome, OmqStop } from "../../../src/omq/index.ts";
import { generateCurveKeys, maxPayload, OmqClient, OmqError } from "../../../src/omq/index.ts";
import { endlessMessage, QUIET_MS, rawListener } from "../../helpers/zmqSockets.ts";
import type { RawListener } from "../../helpers/zmqSockets.ts";

const PATIENT = { timeoutMs: 5_000 };
const BRIEF = { timeoutMs: 300 };

/** Answers every request with its own data. */
const echo = ([command, tag, ...parts]: Buffer[]) => [["REPLY", tag as Buffer, command as Buffer, ...parts]];

function text(outcome: OmqOutcome): string[] | string {
  return outcome.ok ? outcome.parts.map((part) => Buffer.from(part).toString("latin1")) : outcome.reason;
}

/** A stop to be pulled by hand. */
function stopper(): OmqStop & { pull(): void } {
  const callbacks = new Set<() => void>();
  let stopped = false;
  return {
    get stopped() {
      return stopped;
    },
    onStop(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    pull() {
      stopped = true;
      for (const callback of [...callbacks]) callback();
    },
  };
}

describe("omq/OmqClient", function () {
  this.timeout(20_000);

  const listeners: RawListener[] = [];
  const servers: Server[] = [];
  let client = new OmqClient();
  const rejections: unknown[] = [];
  const warnings: Error[] = [];
  const onRejection = (reason: unknown) => rejections.push(reason);
  const onWarning = (warning: Error) => warnings.push(warning);

  before(function () {
    process.on("unhandledRejection", onRejection);
    process.on("warning", onWarning);
  });
  after(function () {
    process.off("unhandledRejection", onRejection);
    process.off("warning", onWarning);
  });
  beforeEach(function () {
    client = new OmqClient();
  });
  afterEach(async function () {
    await client.close();
    for (const listener of listeners.splice(0)) listener.close();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    expect(rejections).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
  });

  const listen: typeof rawListener = async (...args) => {
    const listener = await rawListener(...args);
    listeners.push(listener);
    return listener;
  };

  async function tcpServer(onConnection: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      (onConnection as (s: typeof socket) => void)(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const key = Buffer.from(generateCurveKeys().publicKey).toString("hex");
    return `curve://127.0.0.1:${(server.address() as AddressInfo).port}/${key}`;
  }

  it("sends command, tag and parts, and gets the parts behind the tag", async function () {
    const listener = await listen(echo);
    const outcome = await client.request(listener.url, "bls.get_rewards", ["a", new Uint8Array([0, 255])], PATIENT);
    expect(text(outcome)).to.deep.equal(["bls.get_rewards", "a", "\0\xff"]);
    const [command, tag, ...parts] = listener.received[0] as string[];
    expect([command, ...parts]).to.deep.equal(["bls.get_rewards", "a", "\0\xff"]);
    expect(tag).to.match(/^[0-9a-z]+$/);
  });

  it("takes a reply without parts", async function () {
    const { url } = await listen(([, tag]) => [["REPLY", tag as Buffer]]);
    expect(text(await client.request(url, "a.b", [], PATIENT))).to.deep.equal([]);
  });

  it("has any number of requests on one connection, answered in any order", async function () {
    const held: Buffer[][] = [];
    const listener = await listen((frames) => {
      held.push(frames);
      if (held.length < 50) return [];
      return held.reverse().map(([, tag, data]) => ["REPLY", tag as Buffer, data as Buffer]);
    });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => client.request(listener.url, "a.b", [`${i}`], PATIENT)),
    );
    expect(outcomes.map(text)).to.deep.equal(Array.from({ length: 50 }, (_, i) => [`${i}`]));
    expect(client.size).to.equal(1);
  });

  it("speaks without CURVE, over TCP and over a local socket", async function () {
    const tcp = await listen(echo, { curve: false });
    const ipc = await listen(echo, { curve: false, path: join(tmpdir(), `omq-client-${process.pid}.sock`) });
    for (const { url } of [tcp, ipc]) {
      expect(url).to.match(/^(tcp|ipc):\/\//);
      expect(text(await client.request(url, "a.b", ["x"], PATIENT))).to.deep.equal(["a.b", "x"]);
    }
  });

  it("looks names up", async function () {
    const listener = await listen(echo);
    const named = listener.url.replace("127.0.0.1", "localhost");
    expect(text(await client.request(named, "a.b", [], PATIENT))).to.deep.equal(["a.b"]);
    const unknown = listener.url.replace("127.0.0.1", "no-such-host.invalid");
    expect(await client.request(unknown, "a.b", [], PATIENT)).to.include({ ok: false, reason: "unreachable" });
  });

  describe("refusals", function () {
    it("without a tag, found by the command", async function () {
      const { url } = await listen(([command, tag]) =>
        command?.toString() === "x.unknown"
          ? [["UNKNOWNCOMMAND", command]]
          : command?.toString() === "x.tagless"
            ? [["NO_REPLY_TAG", command]]
            : [["REPLY", tag as Buffer, "fine"]],
      );
      const outcomes = await Promise.all(
        ["x.unknown", "x.known", "x.unknown", "x.tagless"].map((command) => client.request(url, command, [], PATIENT)),
      );
      expect(outcomes.map(text)).to.deep.equal(["unknown-command", ["fine"], "unknown-command", "unknown-command"]);
      expect(outcomes[0]).to.deep.include({ detail: "x.unknown", transient: false });
    });

    for (const [word, reason] of [
      ["FORBIDDEN", "forbidden"],
      ["FORBIDDEN_SN", "forbidden"],
      ["NOT_A_SERVICE_NODE", "not-a-service-node"],
    ] as const) {
      it(`${word}, with the tag in the third frame`, async function () {
        const { url } = await listen(([, tag]) => [[word, "REPLY", tag as Buffer]]);
        expect(await client.request(url, "a.b", [], PATIENT)).to.deep.equal({
          ok: false,
          reason,
          detail: "",
          transient: false,
        });
      });
    }

    it("of somebody else's tag or command touch nobody", async function () {
      const { url } = await listen(([, tag]) => [
        ["UNKNOWNCOMMAND", "x.y"],
        ["UNKNOWNCOMMAND"],
        ["FORBIDDEN", "REPLY", "zzz"],
        ["FORBIDDEN", "REPLY"],
        ["FORBIDDEN", tag as Buffer],
        ["REPLY", tag as Buffer, "fine"],
      ]);
      expect(text(await client.request(url, "a.b", [], PATIENT))).to.deep.equal(["fine"]);
    });
  });

  it("ignores what it did not ask for: commands, HELLO, wrong tags, a second reply, empty messages", async function () {
    const { url } = await listen(([, tag]) => [
      ["HELLO"],
      [""],
      ["REPLY"],
      ["REPLY", ""],
      ["REPLY", "wrong tag", "no"],
      ["bls.get_rewards", tag as Buffer, "a command of its own"],
      ["REPLY", tag as Buffer, "first"],
      ["REPLY", tag as Buffer, "second"],
    ]);
    for (let i = 0; i < 3; i++) {
      expect(text(await client.request(url, "a.b", [], PATIENT))).to.deep.equal(["first"]);
    }
  });

  it("one listener cannot answer for another", async function () {
    const tags: Buffer[] = [];
    const silent = await listen(([, tag]) => {
      tags.push(tag as Buffer);
      return [];
    });
    const eager = await listen(() => tags.map((tag) => ["REPLY", tag, "stolen"]));
    const outcomes = await Promise.all([
      client.request(silent.url, "a.b", [], BRIEF),
      new Promise((resolve) => setTimeout(resolve, 100)).then(() => client.request(eager.url, "a.b", [], BRIEF)),
    ]);
    expect(tags).to.have.length(1);
    expect(outcomes.map(text)).to.deep.equal(["timeout", "timeout"]);
  });

  it("drops a connection that floods", async function () {
    const { url } = await listen(() => Array.from({ length: 1_001 }, () => ["noise"]));
    const outcome = await client.request(url, "a.b", [], PATIENT);
    expect(outcome).to.deep.equal({ ok: false, reason: "reset", detail: "a flood of messages", transient: false });
    expect(client.size).to.equal(0);
  });

  describe("who does not answer", function () {
    it("nobody listens: refused at once, and not tried again", async function () {
      const { url, close } = await listen(echo);
      close();
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      const started = performance.now();
      const outcome = await client.request(url, "a.b", [], PATIENT);
      expect(outcome).to.deep.equal({ ok: false, reason: "refused", detail: "", transient: true });
      expect(performance.now() - started).to.be.lessThan(2_000);
      expect(client.size).to.equal(0);
    });

    it("another key: no handshake, at once", async function () {
      const { url } = await listen(echo);
      const other = url.replace(/[^/]+$/, Buffer.from(generateCurveKeys().publicKey).toString("hex"));
      const started = performance.now();
      expect(text(await client.request(other, "a.b", [], PATIENT))).to.equal("handshake");
      expect(performance.now() - started).to.be.lessThan(2_000);
      // At the same port the right key is answered, even at the same time.
      const both = await Promise.all([other, url].map((one) => client.request(one, "a.b", [], PATIENT)));
      expect(both.map(text)).to.deep.equal(["handshake", ["a.b"]]);
    });

    it("ZeroMQ without CURVE, HTTP, and a listener that hangs up", async function () {
      const open = await listen(echo, { curve: false });
      const key = Buffer.from(generateCurveKeys().publicKey).toString("hex");
      const http = await tcpServer((socket) => socket.end(`HTTP/1.1 400 Bad Request\r\n\r\n${"x".repeat(200)}`));
      const closing = await tcpServer((socket) => socket.destroy());
      for (const url of [`curve://127.0.0.1:${open.port}/${key}`, http, closing]) {
        expect(text(await client.request(url, "a.b", [], PATIENT)), url).to.equal("handshake");
      }
    });

    it("a listener that says nothing, before and after the handshake", async function () {
      const mute = await tcpServer(() => undefined);
      const { url } = await listen(() => []);
      expect(text(await client.request(mute, "a.b", [], BRIEF))).to.equal("timeout");
      expect(await client.request(url, "a.b", [], BRIEF)).to.deep.equal({
        ok: false,
        reason: "timeout",
        detail: "300 ms",
        transient: true,
      });
      expect(client.size).to.equal(0);
    });

    it("a slow one keeps its connection, and its late reply is nobody's", async function () {
      const { url, push, received } = await listen(([command, tag]) =>
        command?.toString() === "a.slow" ? [["x.y"]] : [["REPLY", tag as Buffer, "fine"]],
      );
      expect(text(await client.request(url, "a.slow", [], BRIEF))).to.equal("timeout");
      expect(client.size).to.equal(1);
      await push(["REPLY", received[0]?.[1] ?? "", "late"]);
      expect(text(await client.request(url, "a.b", [], PATIENT))).to.deep.equal(["fine"]);
    });

    it("one that dies in the middle: all that wait fail, and asking again connects anew", async function () {
      const keys = generateCurveKeys();
      const first = await listen(() => [], { keys });
      const waiting = [1, 2, 3].map(() => client.request(first.url, "a.b", [], PATIENT));
      while (first.received.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      first.close();
      expect((await Promise.all(waiting)).map(text)).to.deep.equal(["reset", "reset", "reset"]);

      const { port } = first;
      const again = await retryUntil(() => listen(echo, { keys, port }));
      expect(again.url).to.equal(first.url);
      expect(text(await client.request(first.url, "a.b", [], PATIENT))).to.deep.equal(["a.b"]);
    });
  });

  describe("sizes", function () {
    it("a frame at the limit goes both ways, one beyond is not sent", async function () {
      const { url } = await listen(([, tag, data]) => [["REPLY", tag as Buffer, data as Buffer]]);
      const most = Buffer.alloc(maxPayload(true), 1);
      const outcome = await client.request(url, "a.b", [most], { timeoutMs: 5_000, maxBytes: 2_000_000 });
      expect(outcome.ok && outcome.parts[0]?.length).to.equal(most.length);
      const over = await client.request(url, "a.b", [Buffer.alloc(most.length + 1)], PATIENT);
      expect(over).to.include({ reason: "too-large", transient: false });
      expect(most.length).to.equal(1_048_543);
      expect(maxPayload(false)).to.equal(1_048_576);
    });

    it("a frame beyond it breaks the connection, which is made again", async function () {
      const { url } = await listen(([command, tag]) => [
        ["REPLY", tag as Buffer, command?.toString() === "a.big" ? Buffer.alloc(maxPayload(true) + 1) : "fine"],
      ]);
      expect(text(await client.request(url, "a.big", [], PATIENT))).to.equal("reset");
      expect(text(await client.request(url, "a.b", [], PATIENT))).to.deep.equal(["fine"]);
    });

    it("a reply larger than the caller wants", async function () {
      const { url } = await listen(([, tag]) => [["REPLY", tag as Buffer, Buffer.alloc(50), Buffer.alloc(51)]]);
      expect(await client.request(url, "a.b", [], { timeoutMs: 5_000, maxBytes: 100 })).to.deep.equal({
        ok: false,
        reason: "too-large",
        detail: "over 100 bytes",
        transient: false,
      });
      expect((await client.request(url, "a.b", [], { timeoutMs: 5_000, maxBytes: 101 })).ok).to.equal(true);
    });
  });

  it("a message without an end does not fill the memory: its connection is dropped before its time is over", async function () {
    await client.close();
    client = new OmqClient({ maxUnreadBytes: 32_000_000 });
    const sent: Promise<number>[] = [];
    const endless = await tcpServer((socket) => sent.push(endlessMessage(socket, "ROUTER")));
    const url = endless.replace("curve:", "tcp:").replace(/\/[0-9a-f]+$/, "");
    expect(await client.request(url, "a.b", [], { timeoutMs: 15_000 })).to.deep.equal({
      ok: false,
      reason: "reset",
      detail: "messages without an end",
      transient: true,
    });
    expect(await sent[0]).to.be.within(20_000_000, 499_999_999);
    const { url: honest } = await listen(echo);
    expect(text(await client.request(honest, "a.b", [], PATIENT))).to.deep.equal(["a.b"]);
  });

  it("a reply of thousands of empty parts is refused, though it has no bytes", async function () {
    const { url } = await listen(([command, tag]) => {
      const parts = new Array<string>(command?.toString() === "a.many" ? 5_000 : 64).fill("");
      return [["REPLY", tag as Buffer, ...parts]];
    });
    expect(await client.request(url, "a.many", [], PATIENT)).to.deep.equal({
      ok: false,
      reason: "too-large",
      detail: "over 64 parts",
      transient: false,
    });
    expect((await client.request(url, "a.few", [], PATIENT)).ok).to.equal(true);
  });

  describe("giving up", function () {
    it("a stop ends what is under way, and only that", async function () {
      const stop = stopper();
      const { url } = await listen(() => []);
      const waiting = [1, 2].map(() => client.request(url, "a.b", [], { timeoutMs: 5_000, stop }));
      const other = client.request(url, "a.b", [], BRIEF);
      setTimeout(() => stop.pull(), 20);
      expect((await Promise.all(waiting)).map(text)).to.deep.equal(["cancelled", "cancelled"]);
      expect(text(await other)).to.equal("timeout");
      expect(text(await client.request(url, "a.b", [], { timeoutMs: 5_000, stop }))).to.equal("cancelled");
    });

    it("closing ends everything, and nothing begins afterwards", async function () {
      const { url } = await listen(() => []);
      const waiting = client.request(url, "a.b", [], PATIENT);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await client.close();
      expect(text(await waiting)).to.equal("cancelled");
      expect(text(await client.request(url, "a.b", [], PATIENT))).to.equal("cancelled");
      expect(client.size).to.equal(0);
    });

    it("a malformed address is the caller's error", async function () {
      const error = await client.request("curve://x", "a.b", [], PATIENT).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(OmqError).with.property("code", "address");
    });
  });

  describe("many", function () {
    it("connects in waves: never more handshakes at once than allowed, and each time begins with its turn", async function () {
      await client.close();
      client = new OmqClient({ handshakes: 2 });
      // Two that never finish theirs, then six that would wait longer than their own time for a turn.
      const mute = await tcpServer(() => undefined);
      const key = mute.slice(mute.lastIndexOf("/"));
      const alike = [mute, mute.replace(key, `/${"01".repeat(32)}`)];
      const good = await Promise.all(Array.from({ length: 6 }, () => listen(echo)));
      const outcomes = await Promise.all(
        [...alike, ...good.map(({ url }) => url)].map((url) => client.request(url, "a.b", [], BRIEF)),
      );
      expect(outcomes.map(text)).to.deep.equal(["timeout", "timeout", ...good.map(() => ["a.b"])]);
    });

    it("keeps connections, as many as it may, the last used ones", async function () {
      await client.close();
      client = new OmqClient({ maxKept: 2 });
      const all = await Promise.all(Array.from({ length: 3 }, () => listen(echo)));
      for (const { url } of [...all, all[1] as RawListener]) await client.request(url, "a.b", [], PATIENT);
      expect(client.size).to.equal(2);
      client.expect(3);
      await client.request((all[0] as RawListener).url, "a.b", [], PATIENT);
      expect(client.size).to.be.at.most(2);
    });

    it("many keys at one port: a few at a time, and the right one comes to its turn", async function () {
      const { url } = await listen(echo);
      const lies = Array.from({ length: 40 }, (_, i) => url.replace(/[^/]+$/, `${i + 10}`.repeat(32)));
      const outcomes = await Promise.all([...lies, url].map((one) => client.request(one, "a.b", [], PATIENT)));
      expect(outcomes.map(text)).to.deep.equal([...lies.map(() => "handshake"), ["a.b"]]);
      expect(client.size).to.equal(1);
    });

    it("who waits for a turn at a port where nobody speaks waits no longer than its time, and leaves nothing", async function () {
      const mute = await tcpServer(() => undefined);
      const urls = Array.from({ length: 9 }, (_, i) => mute.replace(/[^/]+$/, `0${i}`.repeat(32)));
      const outcomes = await Promise.all(urls.map((url) => client.request(url, "a.b", [], BRIEF)));
      expect(outcomes.map(text)).to.deep.equal(urls.map(() => "timeout"));
      expect(client.size).to.equal(0);
    });
  });
});

/** A port that was closed a moment ago may still be taken. */
async function retryUntil<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== "EADDRINUSE") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
