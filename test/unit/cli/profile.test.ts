import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { REWARDS } from "./support/chain.ts";
import { cli } from "./support/io.ts";
import type { RunOptions } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

describe("cli: profiles", function () {
  this.timeout(60_000);
  let net: CliNetwork;
  let env: Record<string, string>;

  before(async () => {
    net = await new CliNetwork().start();
    env = { XDG_CONFIG_HOME: net.directory, HOME: net.directory };
    await mkdir(join(net.directory, "session-staking"));
    await writeFile(
      join(net.directory, "session-staking", "list.json"),
      JSON.stringify(net.nodes.map(({ url }) => url)),
    );
  });
  after(() => net.stop());

  const write = (content: unknown) =>
    writeFile(
      join(net.directory, "session-staking", "config.json5"),
      typeof content === "string" ? content : `\ufeff// mine\n${JSON.stringify(content)}`,
    );
  const main = () => ({
    rpc: [net.chain.url],
    rewardsContract: REWARDS,
    nodesFile: "list.json",
    from: ACCOUNT,
    timeout: 1,
    "max-cost": 0.5,
  });
  const run = (argv: string[], more: RunOptions = {}) => cli(argv, { ...more, env: { ...env, ...more.env } });

  it("stand for the options of each call", async () => {
    await write({ default: "main", profiles: { main: main() } });
    const status = await run(["status", "--json"]);
    expect(status.code, status.err).to.equal(0);
    expect(status.json()).to.include({ rewardsContract: REWARDS });
    const claim = (await run(["claim", "--json"])).json();
    expect(claim).to.include({ recipient: ACCOUNT, status: "simulated" });
    expect((claim["collected"] as { signers: unknown[] }).signers).to.have.length(6);
  });

  it("hold the directory that lists the nodes", async () => {
    const { nodesFile: _none, ...others } = main();
    await write({ default: "main", profiles: { main: { ...others, directory: [net.daemonUrl], directoryAge: 60 } } });
    // This daemon has no list: it was asked for one.
    expect((await run(["claim"])).err).to.include("No directory gives a list of nodes.");
  });

  it("are chosen by name, by variable, or not at all", async () => {
    await write({ profiles: { main: main(), dead: { ...main(), rpc: "http://127.0.0.1:1" } } });
    expect((await run(["status", "--profile", "main"])).code).to.equal(0);
    expect((await run(["status"], { env: { SESSION_PROFILE: "main" } })).code).to.equal(0);
    const none = await run(["status", "--profile", "none", "--network", "localhost"]);
    expect([none.code, none.err.split("\n")[0]]).to.deep.equal([
      2,
      "error The network localhost has no rewards contract of its own.",
    ]);
    const unknown = await run(["status", "--profile", "mine"]);
    expect([unknown.code, unknown.err.split("\n")[1]]).to.deep.equal([2, "  fix There are: main, dead."]);
    const nowhere = await cli(["status", "--profile", "main"], { env: { HOME: "/nonexistent" } });
    expect([nowhere.code, nowhere.err]).to.satisfy(
      ([code, err]: [number, string]) =>
        code === 2 && err.includes("/nonexistent/.config/session-staking/config.json5"),
    );
  });

  it("give way to the command line and to variables", async () => {
    const dead = { ...main(), rpc: "http://127.0.0.1:1", keystore: "none.json", passwordFile: "none" };
    await write({ default: "main", profiles: { main: dead } });
    expect((await run(["status", "--rpc", net.chain.url])).code).to.equal(0);
    expect((await run(["status"], { env: { SESSION_RPC: net.chain.url } })).code).to.equal(0);
    // The daemon instead of the nodes; the variable's key instead of the keystore.
    const claim = await run(
      ["claim", "--rpc", net.chain.url, "--daemon-url", net.daemonUrl, "--key-variable", "OTHER", "--json"],
      { env: { OTHER: PRIVATE_KEY } },
    );
    expect(claim.code, claim.err).to.equal(0);
    expect(claim.json()["collected"]).to.deep.include({ source: "daemon" });
    // Its other name does the same; and a directory stands for the nodes of the profile.
    const daemon = { ...dead, rpc: net.chain.url, keystore: undefined, passwordFile: undefined };
    await write({
      default: "main",
      profiles: { main: { ...daemon, nodesFile: undefined, daemonUrl: "http://127.0.0.1:9" } },
    });
    const alias = (await run(["claim", "--daemon", net.daemonUrl, "--json"])).json();
    expect(alias["collected"]).to.deep.include({ source: "daemon" });
    await write({ default: "main", profiles: { main: { ...daemon, nodesFile: "none.json" } } });
    const instead = await run(["claim", "--directory", net.daemonUrl]);
    expect(instead.err).to.include("No directory gives a list of nodes.").and.not.include("none.json");
    await write({ default: "main", profiles: { main: dead } });
    // Another network is not the profile's: neither its endpoint nor its contract.
    const other = await run(["status", "--network", "localhost"]);
    expect(other.err).to.include("The network localhost has no rewards contract of its own.");
  });

  it("hold no secret, nothing that spends, and nothing that is unknown", async () => {
    for (const [fields, words] of [
      [{ privateKey: PRIVATE_KEY }, "privateKey is a secret"],
      [{ password: "x" }, "password is a secret"],
      [{ rpc: "https://me:secret@example.com" }, "rpc has a password in it"],
      [{ broadcast: true }, "broadcast is not an option of a profile"],
      [{ netwrok: "arbitrum" }, "netwrok is not an option of a profile"],
      [{ timeout: "soon" }, "timeout is not a number"],
      [{ rpc: 7 }, "rpc is not a text"],
      [{ directory: "http://me:secret@example.com:22023" }, "directory has a password in it"],
    ] as const) {
      await write({ default: "main", profiles: { main: { ...main(), ...fields } } });
      const ran = await run(["status"]);
      expect(ran.code, words).to.equal(2);
      expect(ran.err).to.include(words).and.not.include("secret@").and.not.include(PRIVATE_KEY);
    }
    for (const [content, words] of [
      ["{", "is not valid JSON5"],
      ["[]", "holds no profiles"],
      [{ profile: {} }, '"profile" is not a part of it'],
    ] as const) {
      await write(content);
      const ran = await run(["status"]);
      expect([ran.code, ran.err.includes(words)], ran.err).to.deep.equal([2, true]);
    }
  });
});
