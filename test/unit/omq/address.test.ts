import { expect } from "chai";
import { ed25519 } from "@noble/curves/ed25519.js";
import {
  curveKeysFrom,
  curveKeysFromEd25519,
  curveUrl,
  isOmqUrl,
  isX25519Of,
  OmqError,
  parseOmqAddress,
  x25519FromEd25519,
} from "../../../src/omq/index.ts";
import { z85Encode } from "../../../src/omq/curveKeys.ts";
import { loadFrom, readAll } from "../../../src/omq/zeromq.ts";

const KEY = "0a".repeat(32);

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof OmqError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("omq/address", function () {
  it("reads curve:// with an IPv4 address, an IPv6 address and a name", function () {
    const serverKey = new Uint8Array(32).fill(10);
    expect(parseOmqAddress(`curve://192.0.2.7:22025/${KEY}`)).to.deep.equal({
      kind: "curve",
      url: `curve://192.0.2.7:22025/${KEY}`,
      host: "192.0.2.7",
      port: 22_025,
      serverKey,
    });
    expect(parseOmqAddress(`curve://[2001:DB8::1]:1/${KEY}`)).to.include({
      url: `curve://[2001:db8::1]:1/${KEY}`,
      host: "2001:db8::1",
    });
    // One listener, one url, and the form in which ZeroMQ's events name it.
    expect(parseOmqAddress(`curve://[2001:0DB8:0:0::0001]:1/${KEY}`).url).to.equal(`curve://[2001:db8::1]:1/${KEY}`);
    expect(parseOmqAddress(`curve://[::FFFF:192.0.2.7]:1/${KEY}`)).to.include({
      url: `curve://192.0.2.7:1/${KEY}`,
      host: "192.0.2.7",
    });
    expect(parseOmqAddress(`tcp://[fe80::1%2]:1`)).to.include({ url: "tcp://[fe80::1%2]:1", host: "fe80::1%2" });
    expect(parseOmqAddress(`curve://Node.Example:65535/${KEY}`)).to.include({ host: "node.example", port: 65_535 });
  });

  it("gives one listener one url, however it is written", function () {
    const url = `curve://h.example:22025/${KEY}`;
    for (const text of [`tcp+curve://h.example:22025/${KEY}`, `CURVE://H.example:22025/0x${KEY.toUpperCase()}/`]) {
      expect(parseOmqAddress(text).url).to.equal(url);
    }
  });

  it("reads tcp:// and ipc://", function () {
    expect(parseOmqAddress("tcp://127.0.0.1:22023")).to.deep.equal({
      kind: "tcp",
      url: "tcp://127.0.0.1:22023",
      host: "127.0.0.1",
      port: 22_023,
    });
    const path = "/var/lib/oxen/oxend.sock";
    expect(parseOmqAddress(`ipc://${path}`)).to.deep.equal({ kind: "ipc", url: `ipc://${path}`, path });
  });

  it("refuses what is no address, in a sentence", function () {
    const bad = {
      "http://h:1": "begins with none",
      [`curve://h/${KEY}`]: "no HOST:PORT",
      [`curve://:1/${KEY}`]: "no HOST:PORT",
      [`curve://[h]:1/${KEY}`]: "no HOST:PORT",
      [`curve://[::1:1/${KEY}`]: "no HOST:PORT",
      [`curve://h:0/${KEY}`]: "port",
      [`curve://h:65536/${KEY}`]: "port",
      [`curve://h:1/${KEY}0`]: "64 hex digits",
      "curve://h:1/": "64 hex digits",
      "curve://h:1": "64 hex digits",
      "tcp://h:1/x": "host and a port only",
      "ipc://relative": "absolute path",
      [`ipc:///${"x".repeat(107)}`]: "absolute path",
    };
    for (const [text, why] of Object.entries(bad)) {
      expect(refusal(() => parseOmqAddress(text)))
        .to.match(/^address: /)
        .and.include(why);
    }
    expect(refusal(() => parseOmqAddress("curve://\u001b[31m:1/"))).not.to.include("\u001b");
  });

  it("tells an address by its scheme, and writes that of a node", function () {
    expect(["curve://x", "tcp+curve://x", "TCP://x", "ipc:///x", "http://x", "x"].map(isOmqUrl)).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(curveUrl("192.0.2.7", 22_025, KEY.toUpperCase())).to.equal(`curve://192.0.2.7:22025/${KEY}`);
    expect(curveUrl("2001:db8::1", 22_025, KEY)).to.equal(`curve://[2001:db8::1]:22025/${KEY}`);
  });
});

describe("omq/curveKeys", function () {
  it("derives X25519 from Ed25519, the public key from the public one and the secret from the secret", function () {
    for (let i = 1; i < 20; i++) {
      const seed = new Uint8Array(32).fill(i);
      const keys = curveKeysFromEd25519(seed);
      expect(keys.publicKey).to.deep.equal(x25519FromEd25519(ed25519.getPublicKey(seed)));
      expect(curveKeysFrom(keys.secretKey)).to.deep.equal(keys);
    }
  });

  it("tells whether one key follows from the other, without deriving it", function () {
    const p = 2n ** 255n - 19n;
    const word = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse());
    for (let i = 1; i < 20; i++) {
      const identity = ed25519.getPublicKey(new Uint8Array(32).fill(i));
      const right = x25519FromEd25519(identity);
      expect(isX25519Of(right, identity)).to.equal(true);
      expect(isX25519Of(right, ed25519.getPublicKey(new Uint8Array(32).fill(i + 1)))).to.equal(false);
      for (const at of [0, 15, 31]) {
        const other = right.map((byte, j) => (j === at ? byte ^ 1 : byte));
        expect(isX25519Of(other, identity)).to.equal(false);
      }
      // The same value, written otherwise: no key is.
      const value = BigInt(`0x${Buffer.from(right).reverse().toString("hex")}`);
      if (value + p < 2n ** 256n) expect(isX25519Of(word(value + p), identity)).to.equal(false);
      expect(isX25519Of(word(value + 2n ** 255n), identity)).to.equal(false);
    }
    // The neutral element has no such key, and y is below p.
    expect(isX25519Of(word(0n), word(1n))).to.equal(false);
    expect(isX25519Of(word(p - 1n), word(p))).to.equal(false);
    expect(isX25519Of(word(1n), word(0n))).to.equal(true);
  });

  it("refuses what is no point", function () {
    expect(refusal(() => x25519FromEd25519(new Uint8Array(32).fill(0xff)))).to.match(/^key: /);
    expect(refusal(() => x25519FromEd25519(new Uint8Array(31)))).to.match(/^key: /);
  });

  it("writes Z85 as ZeroMQ's RFC 32 has it", function () {
    expect(z85Encode(Uint8Array.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]))).to.equal("HelloWorld");
    expect(z85Encode(new Uint8Array(4).fill(0xff))).to.equal("%nSc0");
    const key = "8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7";
    expect(z85Encode(Uint8Array.from(Buffer.from(key, "hex")))).to.equal("JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
  });
});

describe("omq/zeromq", function () {
  /** A socket that does what the list says. */
  function socketOf(steps: (string | Error)[]) {
    const socket = {
      closed: false,
      receive(): Promise<string> {
        const step = steps.shift() ?? "";
        if (steps.length === 0) socket.closed = true;
        return typeof step === "string" ? Promise.resolve(step) : Promise.reject(step);
      },
    };
    return socket;
  }
  const failing = (code: string) => Object.assign(new Error(code), { code });

  it("reads on when a message was announced and is not there, until the socket is closed", async function () {
    const got: string[] = [];
    const take = (message: string) => void got.push(message);
    await readAll(socketOf(["a", failing("EAGAIN"), failing("EAGAIN"), "b", "c"]), take);
    expect(got).to.deep.equal(["a", "b", "c"]);
    await readAll(socketOf(["d", failing("EAGAIN")]), take);
    expect(got.at(-1)).to.equal("d");
    const error = await readAll(socketOf([failing("ETERM"), "e"]), take).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "ETERM");
  });

  it("waits for what a message makes to be done", async function () {
    const order: string[] = [];
    await readAll(socketOf(["a", "b"]), async (message) => {
      order.push(`${message}1`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`${message}2`);
    });
    expect(order).to.deep.equal(["a1", "a2", "b1", "b2"]);
  });

  it("says in a sentence that it cannot be loaded, and what to do", async function () {
    const error = await loadFrom(() => Promise.reject(new Error("No compatible build found\nlong story"))).catch(
      (reason: unknown) => reason as Error,
    );
    expect(error).to.be.instanceOf(OmqError).with.property("code", "unavailable");
    expect((error as Error).message).to.equal(
      `ZeroMQ cannot be loaded on this machine (${process.platform} ${process.arch}: No compatible build found). Addresses with ` +
        "curve://, tcp:// and ipc:// need the npm package zeromq 6.8.0 and its prebuilt binary: `npm install zeromq@6.8.0`. " +
        "http:// and https:// do without.",
    );
  });
});
