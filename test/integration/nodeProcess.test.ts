/** The node as a process: `src/node/main.ts` against a real JSON-RPC endpoint, its keys and peers in files, its end by a signal. */
import { expect } from "chai";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { network } from "hardhat";
import { nodeKeysFromSeed, readKeyFile } from "../../src/node/index.ts";

const MAIN = fileURLToPath(new URL("../../src/node/main.ts", import.meta.url));
const CONTRACT = "0x00000000000000000000000000000000000000A1";
const POOL = "0x00000000000000000000000000000000000000b2";

interface Run {
  child: ChildProcess;
  lines: Record<string, unknown>[];
  raw: string[];
  /** Resolves to the first log line that has `name`. */
  logged(name: string): Promise<Record<string, unknown>>;
  ended: Promise<number | null>;
}

describe("the node as a process", function () {
  this.timeout(60_000);

  let server: Awaited<ReturnType<typeof network.createServer>>;
  let rpcUrl: string;
  let folder: string;
  const runs: Run[] = [];

  const run = (args: string[], env: Record<string, string> = {}, cwd = process.cwd()): Run => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: Record<string, unknown>[] = [];
    const raw: string[] = [];
    const waiting: (() => void)[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        raw.push(line);
        if (line.startsWith("{")) lines.push(JSON.parse(line) as Record<string, unknown>);
        for (const wake of waiting) wake();
      });
    }
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const logged = (name: string) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        const look = (): void => {
          const line = lines.find((entry) => entry[name] !== undefined);
          if (line !== undefined) resolve(line);
        };
        waiting.push(look);
        look();
        void ended.then((code) => reject(new Error(`the process ended with ${code}: ${raw.join("\n")}`)));
      });
    const started = { child, lines, raw, logged, ended };
    runs.push(started);
    return started;
  };

  const common = (): string[] => ["--contract", CONTRACT, "--pool", POOL, "--network", "devnet", "--clock", "chain"];

  before(async () => {
    server = await network.createServer({ network: "default" }, "127.0.0.1");
    const { port } = await server.listen();
    rpcUrl = `http://127.0.0.1:${port}`;
    folder = await mkdtemp(join(tmpdir(), "session-node-"));
  });

  after(async () => {
    for (const { child } of runs) child.kill("SIGKILL");
    await Promise.all(runs.map(({ ended }) => ended));
    await server.close();
    await rm(folder, { recursive: true });
  });

  it("makes its keys, answers, reads its peers again on SIGHUP, and stops on SIGTERM", async () => {
    const keys = join(folder, "keys.json");
    const peers = join(folder, "peers.json");
    await writeFile(peers, "[]");
    const node = run([...common(), "--keys", keys, "--create-keys", "--peers", peers], {
      SESSION_NODE_RPC: rpcUrl,
      SESSION_NODE_PASSWORD: "correct horse",
    });
    const { url } = await node.logged("url");
    expect((await stat(keys)).mode & 0o777).to.equal(0o600);
    const { blsPubkey } = await readKeyFile(keys, "correct horse");
    const info = (await (await fetch(`${url as string}/v1/info`)).json()) as Record<string, unknown>;
    expect(info).to.include({ blsPubkey, chainId: 31_337, contract: CONTRACT, nodes: 0 });

    await writeFile(peers, JSON.stringify([{ url: "http://127.0.0.1:1", ed25519Pubkey: `0x${"12".repeat(32)}` }]));
    node.child.kill("SIGHUP");
    expect(await node.logged("peers")).to.include({ peers: 1 });

    node.child.kill("SIGTERM");
    expect(await node.ended).to.equal(0);
    expect(node.raw.join("\n").includes("correct horse")).to.equal(false);
  });

  it("takes test keys from a seed in the environment", async () => {
    const node = run([...common(), "--rpc", rpcUrl], { SESSION_NODE_SEED: "process" });
    const { url } = await node.logged("url");
    const info = (await (await fetch(`${url as string}/v1/info`)).json()) as Record<string, unknown>;
    expect(info.blsPubkey).to.equal(nodeKeysFromSeed("process").blsPubkey);
    node.child.kill("SIGINT");
    expect(await node.ended).to.equal(0);
  });

  it("stops without an error when it is told to before it is up", async () => {
    const waiting = ["--contract", CONTRACT, "--rpc", "http://127.0.0.1:2", "--log-level", "debug"];
    const node = run(waiting, { SESSION_NODE_SEED: "1", SESSION_RPC_ATTEMPTS: "100" });
    await node.logged("attempt");
    node.child.kill("SIGTERM");
    expect(await node.ended).to.equal(0);
    expect(node.lines.filter(({ level }) => Number(level) > 30)).to.deep.equal([]);
    expect(node.lines.map(({ msg }) => msg)).to.include("stopping");
  });

  for (const [what, args, env, message] of [
    ["a secret among its arguments", ["--seed=1"], {}, /others can read arguments/],
    ["no keys", ["--contract", CONTRACT, "--rpc", "http://127.0.0.1:1"], {}, /give --keys or \$SESSION_NODE_SEED/],
    ["an option that there is not", ["--sprouts", "1"], {}, /^Unknown argument: sprouts\.$/m],
    [
      "an option with a letter wrong",
      ["--log-leve", "info"],
      {},
      /^Unknown argument: log-leve\. Did you mean --log-level\?$/m,
    ],
    ["an option twice", ["--port", "1", "--port", "2"], {}, /^--port is given twice\.$/m],
    ["an option with nothing behind it", ["--admin-port", ""], {}, /^--admin-port has nothing behind it\.$/m],
    [
      "a variable that is neither true nor false",
      [],
      { SESSION_NODE_CREATE_KEYS: "maybe" },
      /^\$SESSION_NODE_CREATE_KEYS is neither true nor false$/m,
    ],
    ["a number that is none", ["--contract", CONTRACT, "--port", "http"], {}, /--port is not a whole number/],
    ["no contract", ["--rpc", "http://127.0.0.1:1"], {}, /give --contract/],
    ["no endpoint", ["--contract", CONTRACT], {}, /give --rpc/],
    [
      "a dead endpoint",
      ["--contract", CONTRACT, "--rpc", "http://127.0.0.1:2"],
      { SESSION_NODE_SEED: "1" },
      /ECONNREFUSED/,
    ],
  ] as const) {
    it(`ends with 1 and says why, given ${what}`, async () => {
      const node = run([...args], env);
      expect(await node.ended).to.equal(1);
      expect(node.raw.join("\n")).to.match(message);
    });
  }

  it("reads .env, files with a byte order mark and keys without 0x, and ignores what a platform sets", async () => {
    const peers = join(folder, "bom.json");
    await writeFile(peers, `\ufeff${JSON.stringify([{ url: "http://127.0.0.1:1", ed25519Pubkey: "AB".repeat(32) }])}`);
    await writeFile(
      join(folder, ".env"),
      `\ufeffSESSION_NODE_RPC=${rpcUrl}\nSESSION_NODE_SEED=from .env\nSESSION_NODE_PEERS=${peers}\nSESSION_NODE_PARAMS=\n`,
    );
    const node = run(
      [...common()],
      { SESSION_NODE_PORT: "tcp://10.0.0.1:80", SESSION_NODE_SERVICE_PORT: "80" },
      folder,
    );
    const { url } = await node.logged("url");
    const info = (await (await fetch(`${url as string}/v1/info`)).json()) as Record<string, unknown>;
    expect(info.blsPubkey).to.equal(nodeKeysFromSeed("from .env").blsPubkey);
    expect(await node.logged("variables")).to.deep.include({ variables: ["SESSION_NODE_PORT"] });
    node.child.kill("SIGTERM");
    expect(await node.ended).to.equal(0);
  });

  it("does not encrypt keys with a blank password, and names what is wrong in its files", async () => {
    const blank = join(folder, "blank");
    const wrong = join(folder, "wrong.json");
    await writeFile(blank, "\n");
    await writeFile(wrong, JSON.stringify([{ url: "http://127.0.0.1:1", ed25519Pubkey: "abcd" }]));
    const keys = ["--keys", join(folder, "unmade.json"), "--create-keys"];
    const checksum = join(folder, "checksum.json");
    const twice = join(folder, "twice.json");
    const somebody = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    await writeFile(checksum, JSON.stringify({ [somebody.replace(/C8$/, "c8")]: "5" }));
    await writeFile(twice, JSON.stringify({ [somebody]: "5", [somebody.toLowerCase()]: "6" }));
    for (const [args, env, message] of [
      [[...keys, "--password-file", blank], {}, /first line of .*blank is empty/],
      [keys, { SESSION_NODE_PASSWORD: " " }, /\$SESSION_NODE_PASSWORD is blank/],
      [
        ["--announce", "node.example.org"],
        { SESSION_NODE_SEED: "1" },
        /announce: it is no http:\/\/ or https:\/\/ URL/,
      ],
      [
        ["--genesis-height", "1000000"],
        { SESSION_NODE_SEED: "1" },
        /to begin at block 1000000, and the chain is at block/,
      ],
      [["--opening-rewards", checksum], { SESSION_NODE_SEED: "1" }, /checksum\.json: 0x.*c8: it has a wrong checksum/],
      [["--opening-rewards", twice], { SESSION_NODE_SEED: "1" }, /1 of its names are there twice, in two spellings/],
      [["--peers", wrong], { SESSION_NODE_SEED: "1" }, /wrong\.json: 0: ed25519Pubkey: .* 4 hex digits, expected 64/],
    ] as const) {
      const node = run([...common(), "--rpc", rpcUrl, ...args], env);
      expect(await node.ended).to.equal(1);
      expect(node.raw.join("\n")).to.match(message);
    }
    expect(await stat(join(folder, "unmade.json")).catch(() => "none")).to.equal("none");
  });

  it("refuses another chain, and an address without contract", async () => {
    const other = run([...common(), "--rpc", rpcUrl, "--chain-id", "1"], { SESSION_NODE_SEED: "1" });
    expect(await other.ended).to.equal(1);
    expect(other.raw.join("\n")).to.match(/serves chain 31337, but 1 was meant/);
    const nothing = run(["--contract", CONTRACT, "--network", "devnet", "--rpc", rpcUrl], { SESSION_NODE_SEED: "1" });
    expect(await nothing.ended).to.equal(1);
    expect(nothing.raw.join("\n")).to.match(/there is no contract at/);
  });
});
