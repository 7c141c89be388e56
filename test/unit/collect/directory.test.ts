import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ed25519 } from "@noble/curves/ed25519.js";
import { CollectError, daemonAt, Directories, mergeListings, readListing } from "../../../src/collect/index.ts";
import type { DirectoriesOptions, Listing } from "../../../src/collect/index.ts";
import { parseLossless } from "../../../src/collect/daemon/transport.ts";
import { curveKeysFromEd25519, OmqServer } from "../../../src/omq/index.ts";
import { refusalOf } from "../../helpers/refusalOf.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** What a daemon says of node `i`. */
function state(i: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const seed = new Uint8Array(32).fill(i);
  return {
    service_node_pubkey: hex(ed25519.getPublicKey(seed)),
    pubkey_ed25519: hex(ed25519.getPublicKey(seed)),
    pubkey_x25519: hex(curveKeysFromEd25519(seed).publicKey),
    pubkey_bls: `${i}`.padStart(2, "0").repeat(64),
    public_ip: `203.0.113.${i}`,
    quorumnet_port: 22_025,
    active: true,
    funded: true,
    ...changes,
  };
}

const urlOf = (i: number, host = `203.0.113.${i}`) =>
  `curve://${host}:22025/${hex(curveKeysFromEd25519(new Uint8Array(32).fill(i)).publicKey)}`;

/** A daemon behind HTTP that says what it is told to. */
class Daemon {
  readonly calls: { method: string; params: Record<string, unknown> }[] = [];
  answers: Record<string, unknown> = {};
  down = false;
  #server: Server | undefined;
  url = "";

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const call = JSON.parse(Buffer.concat(chunks).toString()) as (typeof this.calls)[number];
        this.calls.push(call);
        if (this.down) return void request.socket.destroy();
        const result = this.answers[call.method];
        const body = result === undefined ? { error: { code: -32601, message: "no such method" } } : { result };
        response.end(JSON.stringify({ jsonrpc: "2.0", id: 0, ...body }));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

describe("collect/directory", function () {
  const daemons: Daemon[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  let folder = "";

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), "session-directory-"));
  });
  afterEach(async function () {
    await Promise.all(closers.splice(0).map((close) => close()));
    await Promise.all(daemons.splice(0).map((daemon) => daemon.stop()));
    await rm(folder, { recursive: true });
  });

  async function daemon(states: unknown[], extra: Record<string, unknown> = {}): Promise<Daemon> {
    const started = await new Daemon().start();
    daemons.push(started);
    started.answers["get_service_nodes"] = { service_node_states: states, height: 77, ...extra };
    return started;
  }

  function directories(urls: readonly string[], options: Partial<DirectoriesOptions> = {}): Directories {
    const made = new Directories({ urls, folder, ...options });
    closers.push(() => made.close());
    return made;
  }

  /** The list of a daemon as it would be taken from the URL of another machine. */
  async function listing(states: unknown[], url = "https://daemon.example", extra = {}): Promise<Listing> {
    const result = JSON.parse(JSON.stringify({ service_node_states: states, ...extra }), (_, value: unknown) =>
      Number.isInteger(value) ? BigInt(value as number) : value,
    ) as unknown;
    const transport = { call: () => Promise.resolve(result), close: () => Promise.resolve() };
    return readListing({ url, transport, timeoutMs: 1_000 }, undefined, () => 5_000);
  }

  describe("a list", function () {
    it("gives addresses whose key follows from the Ed25519 key, with the BLS keys", async function () {
      expect(await listing([state(1), state(2, { pubkey_x25519: undefined, pubkey_bls: undefined })])).to.deep.equal({
        source: "https://daemon.example",
        at: 5,
        nodes: [{ url: urlOf(1), blsPubkey: `0x${"01".repeat(64)}` }, { url: urlOf(2) }],
        unaddressed: 0,
        refused: 0,
      });
    });

    it("takes IPv6, and keys with 0x", async function () {
      const odd = { public_ip: "2001:db8::7", pubkey_ed25519: `0x${String(state(7)["pubkey_ed25519"]).toUpperCase()}` };
      expect((await listing([state(7, odd)])).nodes.map(({ url }) => url)).to.deep.equal([urlOf(7, "[2001:db8::7]")]);
    });

    it("leaves out who has no address: no uptime proof yet", async function () {
      const none = [{ public_ip: undefined }, { public_ip: "0.0.0.0" }, { public_ip: "" }, { quorumnet_port: 0 }];
      const list = await listing(none.map((changes, i) => state(i + 1, changes)));
      expect(list).to.include({ unaddressed: 4, refused: 0 }).and.have.property("nodes").that.is.empty;
    });

    it("refuses what is no node's: a swapped X25519 key, an Ed25519 key off the curve, a port, a name, garbage", async function () {
      const bad = [
        { pubkey_x25519: state(9)["pubkey_x25519"] },
        { pubkey_ed25519: "ff".repeat(32), pubkey_x25519: undefined },
        { quorumnet_port: 65_536 },
        { quorumnet_port: -5 },
        { quorumnet_port: 1.5 },
        { quorumnet_port: "22025" },
        { public_ip: "node.example" },
        { public_ip: "203.0.113.1\u0000" },
        { public_ip: "2001:db8::1%eth0" },
        { public_ip: "2001:db8::1%1" },
        { pubkey_bls: "00" },
      ];
      const list = await listing([...bad.map((changes, i) => state(i + 1, changes)), null, "x", state(8)]);
      expect(list.refused).to.equal(bad.length + 2);
      expect(list.nodes.map(({ url }) => url)).to.deep.equal([urlOf(8)]);
    });

    it("sends nobody from outside into his own network; a local daemon may", async function () {
      const inside = ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.1.1", "100.64.0.1", "::1", "fe80::1", "fd00::1"];
      const states = inside.map((public_ip, i) => state(i + 1, { public_ip }));
      expect(await listing(states)).to.include({ refused: inside.length });
      for (const url of [
        "http://127.0.0.1:22023",
        "ipc:///var/lib/oxen/oxend.sock",
        "http://localhost:1",
        "tcp://10.0.0.5:1",
      ]) {
        expect((await listing(states, url)).nodes, url).to.have.length(inside.length);
      }
    });

    it("of one key for many nodes, of 100,000 entries, and of private addresses in IPv6's clothes", async function () {
      const one = Array.from({ length: 50 }, (_, i) => state(1, { public_ip: `203.0.113.${i + 1}` }));
      const { nodes } = await listing(one);
      expect(nodes).to.have.length(50);
      expect(mergeListings([await listing(one)])).to.have.length(3);

      const many = new Array<unknown>(100_000).fill({ public_ip: "x".repeat(50), quorumnet_port: 22_025 });
      const huge = await listing(many);
      expect([huge.nodes, huge.refused]).to.deep.equal([[], 100_000]);
      expect((await refusalOf(listing([...many, {}]))).code).to.equal("bad-reply");

      const disguised = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::1", "::", "fe80::1", "[2001:db8::1]"];
      disguised.push("::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1", "fec0::1", "198.18.0.1");
      const found = await listing(disguised.map((public_ip, i) => state(i + 1, { public_ip })));
      expect([found.nodes, found.refused]).to.deep.equal([[], disguised.length]);
    });

    it("of keys that must be derived, thousands of them: everything else goes on meanwhile", async function () {
      const states = Array.from({ length: 1_000 }, (_, i) => state(1 + (i % 90), { pubkey_x25519: undefined }));
      let turns = 0;
      const turning = setInterval(() => turns++, 1);
      expect((await listing(states)).nodes).to.have.length(1_000);
      clearInterval(turning);
      expect(turns).to.be.greaterThan(5);
    });

    it("of a number with millions of digits: no integer that anybody waits for", function () {
      const digits = "1".repeat(3_000_000);
      const read = parseLossless(`{"height": ${digits}, "amount": ${2n ** 256n - 1n}}`);
      expect(read).to.deep.equal({ height: Infinity, amount: 2n ** 256n - 1n });
    });

    it("is no list: said so", async function () {
      for (const extra of [{ service_node_states: "none" }, { service_node_states: undefined }]) {
        const refusal = await refusalOf(listing([], "https://daemon.example", extra));
        expect(refusal.code).to.equal("bad-reply");
        expect(refusal.message).to.contain("https://daemon.example");
      }
    });
  });

  describe("several", function () {
    const made = (source: string, ...urls: string[]): Listing => ({
      source,
      at: 0,
      nodes: urls.map((url) => ({ url })),
      unaddressed: 0,
      refused: 0,
    });

    it("are merged: a liar adds addresses of a node, and takes none away", function () {
      const lies = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"].map((host) => urlOf(1, host));
      const merged = mergeListings([made("liar", ...lies), made("a", urlOf(1), urlOf(2)), made("b", urlOf(1))]);
      // Each node's first choice before anybody's second.
      expect(merged.map(({ url }) => url)).to.deep.equal([urlOf(1), urlOf(2), lies[0], lies[1]]);
    });

    it("count once each, however often one lists an address", function () {
      const lie = urlOf(1, "198.51.100.1");
      const merged = mergeListings([made("liar", lie, lie, lie), made("a", urlOf(1)), made("b", urlOf(1))]);
      expect(merged[0]?.url).to.equal(urlOf(1));
    });

    it("one that is down is left out and named; all down: a refusal", async function () {
      const [up, down] = [await daemon([state(1)]), await daemon([])];
      down.down = true;
      const troubles: string[] = [];
      const subject = directories([up.url, down.url], { onTrouble: ({ source }) => troubles.push(source) });
      expect((await subject.nodes()).map(({ url }) => url)).to.deep.equal([urlOf(1)]);
      expect(troubles).to.deep.equal([down.url]);
      expect((await refusalOf(directories([down.url]).nodes())).code).to.equal("unavailable");
    });
  });

  describe("kept on disk", function () {
    it("is used while it is young, asked again by the block's hash when it is not, and used when nobody answers", async function () {
      let now = 1_000_000;
      const hash = "ab".repeat(32);
      const source = await daemon([state(1)], { block_hash: hash });
      const troubles: (number | undefined)[] = [];
      const options: Partial<DirectoriesOptions> = {
        maxAgeSeconds: 60,
        now: () => now * 1_000,
        onTrouble: ({ ageSeconds }) => troubles.push(ageSeconds),
      };
      const nodes = async () => (await directories([source.url], options).nodes()).map(({ url }) => url);

      expect(await nodes()).to.deep.equal([urlOf(1)]);
      expect(await nodes()).to.deep.equal([urlOf(1)]);
      expect(source.calls).to.have.length(1);
      expect(source.calls[0]?.params).not.to.have.property("poll_block_hash");
      expect(source.calls[0]?.params["fields"]).to.include.members(["pubkey_ed25519", "pubkey_bls", "quorumnet_port"]);

      now += 61;
      source.answers["get_service_nodes"] = { unchanged: true };
      expect(await nodes()).to.deep.equal([urlOf(1)]);
      expect(source.calls[1]?.params["poll_block_hash"]).to.equal(hash);

      now += 61;
      source.down = true;
      expect(await nodes()).to.deep.equal([urlOf(1)]);
      expect(troubles).to.deep.equal([61]);
    });

    it("is not believed when it is damaged or another's", async function () {
      const source = await daemon([state(1)]);
      await directories([source.url]).nodes();
      const [name] = (await readdir(folder)) as [string];
      const kept = JSON.parse(await readFile(join(folder, name), "utf8")) as object;
      for (const text of ["{", JSON.stringify({ ...kept, source: "http://other" })]) {
        await writeFile(join(folder, name), text);
        source.calls.length = 0;
        await directories([source.url]).nodes();
        expect(source.calls).to.have.length(1);
      }
    });
  });

  it("tells the newest heights of those that answer, by get_info or get_height", async function () {
    const [first, second, silent] = [await daemon([]), await daemon([]), await daemon([])];
    first.answers["get_info"] = { height: 101, nettype: "mainnet" };
    second.answers["get_height"] = { height: 102 };
    expect(await directories([first.url, second.url, silent.url]).heights()).to.deep.equal([
      { height: 101, source: first.url },
      { height: 102, source: second.url },
    ]);
  });

  it("a daemon over OxenMQ and over its local socket: rpc.*, admin.*, its own refusals", async function () {
    const rpc = (result: unknown) => ({ handler: () => ["200", JSON.stringify(result)] });
    const keys = curveKeysFromEd25519(new Uint8Array(32).fill(42));
    const commands = {
      "rpc.get_service_nodes": rpc({ service_node_states: [state(3)] }),
      "rpc.get_info": rpc({ jsonrpc: "2.0", result: { height: 9 } }),
      "rpc.big": rpc({}),
      "rpc.broken": { handler: () => ["200", "{"] },
      "rpc.refusing": { handler: () => ["500", "not \u001b[31mnow"] },
      "rpc.plain": rpc("plain"),
      "admin.own": { ...rpc("admin's"), access: "admins" as const },
      "rpc.closed": { ...rpc(1), access: "admins" as const },
    };
    const path = join(folder, "daemon.sock");
    const servers = [
      new OmqServer({ listen: "tcp://127.0.0.1:0", keys }, { commands }),
      new OmqServer({ listen: "tcp://127.0.0.1:0" }, { commands }),
      new OmqServer({ listen: `ipc://${path}`, admin: true }, { commands }),
    ];
    for (const server of servers) {
      await server.start();
      closers.push(() => server.stop());
    }
    const [curve, open, socket] = servers.map(({ url }) => url) as [string, string, string];
    const urls = [`${curve.replace("tcp:", "curve:")}/${hex(keys.publicKey)}`, open, socket];
    for (const url of urls) {
      const subject = directories([url], { folder: undefined });
      expect(
        (await subject.nodes()).map((node) => node.url),
        url,
      ).to.deep.equal([urlOf(3)]);
      expect(await subject.heights()).to.deep.equal([{ height: 9, source: url }]);
    }
    const limits = { timeoutMs: 5_000 };
    const [far, near] = [daemonAt(open), daemonAt(socket)];
    closers.push(
      () => far.close(),
      () => near.close(),
    );
    expect(await near.call("own", {}, { ...limits, admin: true })).to.equal("admin's");
    expect(await near.call("plain", {}, { ...limits, admin: true })).to.equal("plain");
    const words = async (promise: Promise<unknown>) => {
      const { code, message } = await refusalOf(promise);
      return `${code}: ${message}`;
    };
    expect(await words(far.call("closed", {}, limits))).to.match(/^unavailable: .*forbidden.*oxend\.sock/);
    expect(await words(far.call("gone", {}, limits))).to.match(/^unavailable: .*unknown-command: rpc\.gone/);
    expect(await words(far.call("refusing", {}, limits))).to.equal(
      "unavailable: The daemon refuses refusing: not  [31mnow (500).",
    );
    expect(await words(far.call("broken", {}, limits))).to.match(/^bad-reply: .*no JSON/);
    const abort = AbortSignal.abort();
    expect(await words(far.call("plain", {}, { ...limits, signal: abort }))).to.match(/^cancelled/);
    expect(() => daemonAt("curve://x")).to.throw(CollectError, "no OxenMQ address");
  });
});
