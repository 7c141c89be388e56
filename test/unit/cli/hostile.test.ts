/** Whatever is wrong around the program, its user reads a sentence and a script gets the right exit code: never a stack trace. */
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { REWARDS } from "./support/chain.ts";
import { cli } from "./support/io.ts";
import type { Ran } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const key = { env: { PRIVATE_KEY } };

describe("cli: hostile surroundings", function () {
  this.timeout(60_000);
  let net: CliNetwork;

  beforeEach(async () => {
    net = await new CliNetwork().start();
  });
  afterEach(() => net.stop());

  function expectSentence(ran: Ran, code: number, text: string): void {
    expect(ran.code, ran.err).to.equal(code);
    expect(ran.err).to.include(text);
    expect(ran.err).not.to.match(/\n\s+at |undefined|coalesce|\[object/);
    expect(net.chain.sent).to.have.length(0);
  }

  const file = async (name: string, content: string): Promise<string> => {
    const path = join(net.directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  };

  describe("numbers", () => {
    const wrong: Record<string, string[]> = {
      "--timeout": ["abc", "0", "1e9"],
      "--deadline": ["-1", "1,5"],
      "--stop-at": ["1.5", "0"],
      "--concurrency": ["0", "many"],
      "--nonce": ["-1", "0.5", "abc"],
      "--confirmations": ["0"],
      "--batch-size": ["0", "201"],
    };
    for (const [option, values] of Object.entries(wrong)) {
      for (const value of values) {
        it(`refuses ${option}=${value}`, async () => {
          expectSentence(await cli(["claim", ...net.with, `${option}=${value}`], key), 2, `${option} is not a`);
        });
      }
    }

    it("takes what is within bounds", async () => {
      const ran = await cli(
        ["claim", ...net.on, "--nodes-file", net.nodesFile, "--timeout", "0.5", "--nonce", "0"],
        key,
      );
      expect(ran.code, ran.err).to.equal(0);
    });
  });

  describe("files", () => {
    for (const [what, content, text] of [
      ["broken JSON", "{broken", "is not valid JSON"],
      ["a list of nothing", "[null]", "node 1 has no url"],
      ["a list of numbers", "[1, 2]", "node 1 has no url"],
      ["an object without a list", '{"nodes": 5}', "holds no list of nodes"],
      ["bytes", "\u0000\u0001\u0002", "is not the URL of a node"],
    ] as const) {
      it(`refuses a nodes file with ${what}`, async () => {
        const path = await file("wrong.json", content);
        expectSentence(await cli(["claim", ...net.on, "--nodes-file", path], key), 2, text);
      });
    }

    it("refuses a broken registration", async () => {
      const path = await file("registration.json", "{broken");
      expectSentence(await cli(["register", ...net.on, "--registration", path], key), 2, "is not JSON");
    });

    it("refuses a state directory that cannot be one", async () => {
      const path = await file("plain", "");
      const claim = ["claim", ...net.with, "--broadcast", "--state-dir", path];
      expectSentence(await cli(claim, key), 2, "ENOTDIR");
      const watch = ["watch", ...net.with, "--any-price", "--once", "--broadcast", "--state-dir", path];
      expectSentence(await cli(watch, key), 2, "ENOTDIR");
    });

    for (const [content, text] of [
      ["{broken", "is not valid JSON"],
      ["[1, 2]", "is not what this program writes"],
      ['{"collectedAt": "now"}', "is not what this program writes"],
    ] as const) {
      it(`refuses kept signatures that are ${content}`, async () => {
        await file(join("state", "claims", `31337-${REWARDS}`, `${ACCOUNT.toLowerCase()}.json`), content);
        const claim = ["claim", ...net.with, "--broadcast", "--state-dir", net.stateDir];
        expectSentence(await cli(claim, key), 2, text);
      });

      it(`refuses a journal that is ${content}`, async () => {
        await file(join("state", "journal", `31337-00000000-${ACCOUNT.toLowerCase()}.json`), content);
        const watch = ["watch", ...net.with, "--any-price", "--once", "--broadcast", "--state-dir", net.stateDir];
        expectSentence(await cli(watch, key), 2, "is damaged: look at it before anything is sent");
      });
    }
  });

  describe("the chain's endpoint", () => {
    it("has no funds for the gas: nothing is sent, exit code 4", async () => {
      net.chain.balance = 1_000_000n;
      const ran = await cli(["exit", "1", ...net.on, "--broadcast"], key);
      expectSentence(ran, 4, `${ACCOUNT} has 0.000000000001 ETH; to request the exit of node 1 may cost 0.000`);
      expect(ran.err).to.include("Send some ETH to the account.");
      // A dry run costs nothing.
      expect((await cli(["exit", "1", ...net.on], key)).code).to.equal(0);
    });

    it("refuses with words of its own: they are shown, exit code 3", async () => {
      net.chain.onTransaction = () => {
        throw Object.assign(new Error("the mempool is \u001b[31mfull."), { code: -32_000 });
      };
      const ran = await cli(["exit", "1", ...net.on, "--broadcast", "--wait", "0"], key);
      expectSentence(ran, 3, " (request the exit of node 1): the mempool is [31mfull. The same command tries");
    });

    it("says itself that funds are missing: exit code 4", async () => {
      net.chain.onTransaction = () => {
        throw Object.assign(new Error("Sender doesn't have enough funds to send tx"), { code: -32_003 });
      };
      expectSentence(await cli(["exit", "1", ...net.on, "--broadcast"], key), 4, "enough funds to send tx");
    });
  });

  it("sends nothing where it cannot tell in which journal to look first", async () => {
    net.chain.forgetsFirst = true;
    const env = { ...key.env, SESSION_RPC_BACKOFF: "0.01" };
    const ran = await cli(["claim", ...net.with, "--state-dir", net.stateDir, "--broadcast"], { env });
    expectSentence(ran, 3, "The endpoint does not give its first block, by which this chain is told from others.");
  });

  it("tells why addresses whose nodes are not known do not answer", async () => {
    net.recorded = net.claimed;
    const ran = await cli(["claim", ...net.on, "--node-urls", "http://127.0.0.1:1,http://127.0.0.1:2"], key);
    expectSentence(ran, 5, 'Not signed: 6 no-answer. Of 2 addresses: 2 refused ("ECONNREFUSED").');
  });

  it("refuses a port of the metrics that is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const argv = ["watch", ...net.with, "--any-price", "--state-dir", net.stateDir, "--metrics-port", String(port)];
    expectSentence(await cli(argv, key), 2, `Cannot listen on 127.0.0.1:${port}: EADDRINUSE.`);
    server.close();
  });

  it("refuses an address of a database that is none, without repeating it", async () => {
    const ran = await cli(["serve", ...net.with, "--port", "0"], { env: { DATABASE_URL: "postgres//me:geheim@db" } });
    expectSentence(ran, 2, "DATABASE_URL is no address: it begins with postgres:// and has no blanks.");
    expect(ran.out + ran.err).to.not.include("geheim");
  });

  it("says that an argument is missing, and explains completion", async () => {
    expectSentence(await cli(["rewards", ...net.on]), 2, "An argument is missing.");
    const ran = await cli(["completion", "--help"]);
    expect(ran.code).to.equal(0);
    expect(ran.out).to.match(/^session-staking completion\n/);
  });
});
