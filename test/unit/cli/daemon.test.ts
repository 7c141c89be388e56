import { readdir } from "node:fs/promises";
import { expect } from "chai";
import { cli } from "./support/io.ts";
import { ACCOUNT, CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const key = { env: { PRIVATE_KEY } };

describe("cli: a daemon that adds the signatures up", function () {
  this.timeout(60_000);
  let net: CliNetwork;
  let daemon: string[];

  beforeEach(async () => {
    net = await new CliNetwork().start();
    daemon = [...net.on, "--daemon-url", net.daemonUrl];
  });
  afterEach(() => net.stop());

  it("gives rewards and claims, verified against the contract's own key", async () => {
    const shown = (await cli(["rewards", ACCOUNT, ...daemon, "--json"])).json();
    expect(shown).to.include({ signed: `${9_000n * 10n ** 9n}` });
    expect(shown["collected"]).to.deep.include({ source: "daemon", signers: ["1", "2", "3", "4", "5"] });

    const ran = await cli(["claim", ...daemon, "--state-dir", net.stateDir, "--broadcast"], key);
    expect(ran.code, ran.err).to.equal(0);
    expect(ran.out).to.include("5 of 6").and.include("not signed, says the daemon (6)");
    expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["updateRewardsBalance", "claimRewards"]);
    expect(net.chain.sent[0]?.args[3]).to.deep.equal([6n]);
    const kept = await readdir(net.stateDir, { recursive: true }).catch(() => []);
    expect(kept.filter((name) => name.startsWith("claims") && name.endsWith(".json"))).to.deep.equal([]);
  });

  it("signs exits and liquidations, and watches", async () => {
    expect((await cli(["exit", "3", ...daemon, "--broadcast"], key)).code).to.equal(0);
    expect((await cli(["liquidate", "2", ...daemon, "--broadcast"], key)).code).to.equal(0);
    net.departing = [{ id: 5, type: "deregister", ripeAt: net.chain.timestamp - 1 }];
    const watch = ["watch", ...daemon, "--state-dir", net.stateDir, "--any-price", "--once", "--broadcast"];
    expect((await cli(watch, key)).code).to.equal(0);
    expect(net.chain.sent.map(({ name }) => name)).to.deep.equal([
      "exitBLSPublicKeyWithSignature",
      "liquidateBLSPublicKeyWithSignature",
      "liquidateBLSPublicKeyWithSignature",
    ]);
  });

  it("refuses a signature that does not verify, with exit code 5, and sends nothing", async () => {
    net.daemonLies = true;
    net.claimed = net.recorded;
    const ran = await cli(["claim", ...daemon, "--state-dir", net.stateDir, "--broadcast", "--json"], key);
    expect(ran.code).to.equal(5);
    expect((ran.json()["error"] as { code: string }).code).to.equal("bad-reply");
    expect(ran.err).to.include("does not verify");
    expect(net.chain.sent).to.have.length(0);
  });
});
