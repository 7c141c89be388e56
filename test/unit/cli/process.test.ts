import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { cli } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** The program as a process of its own, for what only a process can show: signals, kills, pipes. */
describe("cli: as a process", function () {
  this.timeout(120_000);
  let net: CliNetwork;
  let children: ChildProcess[];

  const start = (argv: string[], cwd?: string) => {
    const child = spawn(process.execPath, [MAIN, ...argv], { env: { ...process.env, PRIVATE_KEY }, cwd });
    children.push(child);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.on("close", (code) => resolve({ code, out, err }));
    });
    return { child, ended, seen: (text: string) => out.includes(text) };
  };
  const until = async (test: () => boolean) => {
    while (!test()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const watch = (...argv: string[]) => [
    "watch",
    ...net.with,
    "--daemon-url",
    net.daemonUrl,
    "--state-dir",
    net.stateDir,
    "--any-price",
    ...argv,
  ];

  beforeEach(async () => {
    children = [];
    net = await new CliNetwork().start();
    net.departing = [{ id: 2, type: "deregister", ripeAt: net.chain.timestamp - 1 }];
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    await net.stop();
  });

  it("watch, killed after sending, pays only once", async () => {
    net.chain.mining = false;
    const service = start(watch("--broadcast", "--metrics-port", "0"));
    await until(() => net.chain.sent.length > 0);
    service.child.kill("SIGKILL");
    await service.ended;

    const journal = join(net.stateDir, "journal", `31337-00000000-${ACCOUNT.toLowerCase()}.json`);
    const { entries } = JSON.parse(await readFile(journal, "utf8")) as { entries: { state: string; hash: string }[] };
    expect(entries.map(({ state, hash }) => [state, hash])).to.deep.equal([["signed", net.chain.sent[0]?.hash]]);
    const again = start(watch("--broadcast", "--once"));
    expect((await again.ended).code).to.equal(8);
    expect(net.chain.sent).to.have.length(1);
  });

  it("watch stops on SIGTERM with exit code 0", async () => {
    const service = start(watch("--metrics-port", "0"));
    await until(() => service.seen("would liquidate"));
    service.child.kill("SIGTERM");
    const { code, out } = await service.ended;
    expect(code).to.equal(0);
    expect(out.trim().split("\n").at(-1)).to.include('"msg":"stopped"');
  });

  it("claim, killed after sending, waits for that transaction instead of sending another", async () => {
    net.chain.mining = false;
    const argv = ["claim", ...net.with, "--state-dir", net.stateDir, "--broadcast"];
    const first = start(argv);
    await until(() => net.chain.sent.length > 0);
    first.child.kill("SIGKILL");
    await first.ended;

    // Included while nobody looked: the record is up to date, the claim itself is left.
    net.chain.mining = true;
    await Promise.all(net.nodes.map((node) => node.stop()));
    const second = await cli(argv, { env: { PRIVATE_KEY } });
    expect(second.code, second.err).to.equal(0);
    expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["updateRewardsBalance", "claimRewards"]);
  });

  it("claim ends with 130 on SIGINT while it collects", async () => {
    for (const node of net.nodes) node.behaviour = "hanging";
    const claim = start([
      "claim",
      ...net.on,
      "--nodes-file",
      net.nodesFile,
      "--broadcast",
      "--state-dir",
      net.stateDir,
    ]);
    await until(() => net.nodes.some(({ served }) => served > 0));
    claim.child.kill("SIGINT");
    expect((await claim.ended).code).to.equal(130);
    expect(net.chain.sent).to.have.length(0);
  });

  it("refuses a .env that cannot be read, in JSON where that is asked for", async () => {
    const directory = await mkdtemp(join(tmpdir(), "env-"));
    await mkdir(join(directory, ".env"));
    try {
      const { ended } = start(["status", "--json"], directory);
      const { code, out, err } = await ended;
      expect(code, err).to.equal(2);
      const { error } = JSON.parse(out) as { error: { exitCode: number; message: string } };
      expect([error.exitCode, error.message]).to.deep.equal([2, `Cannot read ${join(directory, ".env")}: EISDIR.`]);
      expect(err).to.equal(`error ${error.message}\n  fix Check the path.\n`);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("says of a working directory that is gone what the system says, and makes up no fix", async function () {
    // Elsewhere a directory that is in use cannot go.
    if (process.platform !== "linux") this.skip();
    const directory = await mkdtemp(join(tmpdir(), "gone-"));
    // Without NODE_OPTIONS: what Hardhat loads by them asks for the directory first.
    const script = 'unset NODE_OPTIONS && rmdir "$PWD" && exec "$0" "$@"';
    const child = spawnSync("sh", ["-c", script, process.execPath, MAIN, "status", "--json"], { cwd: directory });
    const [out, err] = [child.stdout.toString(), child.stderr.toString()];
    expect(child.status, err).to.equal(2);
    const { error } = JSON.parse(out) as { error: Record<string, unknown> };
    expect(err).to.match(/^error ENOENT: .*\n$/);
    expect(error).to.deep.equal({
      exit: "usage",
      code: "usage",
      message: err.slice("error ".length, -1),
      fix: "",
      details: {},
      exitCode: 2,
    });
  });

  it("does not mind a reader that closes the pipe", async () => {
    const listing = start(["nodes", ...net.on]);
    listing.child.stdout?.destroy();
    const { code, err } = await listing.ended;
    expect(code).to.equal(0);
    expect(err).to.equal("");
  });
});
