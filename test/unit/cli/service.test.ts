/** What deploy/service runs is what the program takes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { durationOf } from "../../../src/cli/claiming/repeat.ts";
import { cli } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const SERVICES = fileURLToPath(new URL("../../../deploy/service/", import.meta.url));

describe("cli: services", function () {
  this.timeout(60_000);
  let net: CliNetwork;

  beforeEach(async () => {
    net = await new CliNetwork().start();
  });
  afterEach(() => net.stop());

  /** The arguments of a unit, without those that name files of the machine. */
  function unit(name: string): string[] {
    const line = /^ExecStart=\/usr\/bin\/env session-staking (.+)$/m.exec(
      readFileSync(join(SERVICES, name), "utf8"),
    )?.[1];
    return (line ?? "").replace(/ --(keystore|password-file|nodes-file) \S+/g, "").split(" ");
  }

  it("the unit of the liquidator runs", async () => {
    const argv = unit("session-staking-watch.service");
    expect(argv[0]).to.equal("watch");
    const ran = await cli([...argv, ...net.with, "--daemon-url", net.daemonUrl, "--once"], { env: { PRIVATE_KEY } });
    expect(ran.code, ran.err + ran.out).to.equal(0);
  });

  it("the unit of the claim runs, and stops on a signal", async () => {
    const argv = unit("session-staking-claim.service");
    expect(argv).to.include.members(["claim", "--every", "24h", "--min-amount", "100"]);
    const abort = new AbortController();
    const running = cli([...argv, ...net.with], { env: { PRIVATE_KEY }, signal: abort.signal });
    while (net.chain.sent.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    setTimeout(() => abort.abort(), 300);
    expect((await running).code).to.equal(0);
    expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["updateRewardsBalance", "claimRewards"]);
  });

  it("a claim that fails is tried again, one that cannot work ends", async () => {
    const abort = new AbortController();
    net.recorded = net.claimed;
    for (const node of net.nodes) node.behaviour = "unwilling";
    const claim = ["claim", ...net.with, "--every", "24h", "--broadcast"];
    const running = cli(claim, { env: { PRIVATE_KEY }, signal: abort.signal });
    setTimeout(() => abort.abort(), 2_500);
    const ran = await running;
    expect(ran.code).to.equal(0);
    expect(ran.err).to.match(/failed: .*\n.*next in 1 min/);
    expect((await cli(claim)).code).to.equal(7);
    const file = join(net.directory, "list.txt");
    await writeFile(file, "0x12\n");
    expect((await cli([...claim, "--file", file], { env: { PRIVATE_KEY } })).code).to.equal(2);
  });

  it("a claim whose account another program works with waits for it, and then claims", async () => {
    const folder = join(net.stateDir, "journal");
    const lock = join(folder, `31337-00000000-${ACCOUNT.toLowerCase()}.json.lock`);
    await mkdir(folder, { recursive: true });
    await writeFile(lock, "1");
    const abort = new AbortController();
    const claim = ["claim", ...net.with, "--state-dir", net.stateDir, "--every", "1s", "--broadcast"];
    const running = cli(claim, { env: { PRIVATE_KEY }, signal: abort.signal });
    setTimeout(() => void rm(lock), 700);
    while (net.chain.sent.length < 2) {
      const ended = await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 20))]);
      expect(ended, "it goes on").to.equal(undefined);
    }
    setTimeout(() => abort.abort(), 300);
    const ran = await running;
    expect(ran.code).to.equal(0);
    expect(ran.err).to.match(/failed: Process 1 on .* works with the account/);
  });

  it("reads lengths of time", async () => {
    expect(["24h", "90m", "30s", "2d", "1.5h"].map((text) => durationOf(text, "--every") / 1_000)).to.deep.equal([
      86_400, 5_400, 30, 172_800, 5_400,
    ]);
    for (const text of ["24", "h", "0s", "1y", "-1h", "100d"]) {
      expect(() => durationOf(text, "--every"), text).to.throw("is no length of time");
    }
  });

  it("the container begins with the program, and a command that there is", async () => {
    const dockerfile = readFileSync(join(SERVICES, "Dockerfile"), "utf8");
    expect(dockerfile).to.include('ENTRYPOINT ["session-staking"]');
    const command = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
    expect((await cli(command)).code).to.equal(0);
  });
});
