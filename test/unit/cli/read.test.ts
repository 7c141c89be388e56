import { expect } from "chai";
import { publicKeyOf, publicKeyToHex } from "../../../src/bls/index.ts";
import { FakeChain, OPERATOR, POOL, REWARDS } from "./support/chain.ts";
import { cli } from "./support/io.ts";

describe("cli: status and nodes", () => {
  let chain: FakeChain;
  let network: string[];

  before(async () => {
    chain = await new FakeChain().start();
    network = ["--rpc", chain.url, "--rewards-contract", REWARDS];
  });
  after(() => chain.stop());

  describe("status", () => {
    it("gives cap, thresholds and nodes by state as JSON", async () => {
      const ran = await cli(["status", ...network, "--json"]);
      expect(ran.code).to.equal(0);
      expect(ran.err).to.equal("");
      const status = ran.json();
      expect(status["nodes"]).to.deep.equal({ total: 6, active: 4, leaving: 1, free: 1, staked: "150000000000000" });
      expect(status["claim"]).to.deep.equal({
        threshold: "1000000000000000",
        cycleSeconds: "43200",
        left: "600000000000000",
        cycleEnds: "1800014400",
      });
      expect(status["signatures"]).to.deep.equal({
        totalNodes: "6",
        nonSignerThreshold: "2",
        required: "4",
        expirySeconds: "600",
      });
    });

    it("counts a cycle that is over as unspent", async () => {
      chain.timestamp += 43_200;
      try {
        const { views } = chain;
        chain.views = { ...views, currentClaimCycle: () => [BigInt(Math.floor(chain.timestamp / 43_200) - 1)] };
        const claim = (await cli(["status", ...network, "--json"])).json()["claim"] as Record<string, string>;
        chain.views = views;
        expect(claim["left"]).to.equal("1000000000000000");
      } finally {
        chain.timestamp -= 43_200;
      }
    });

    it("is plain when piped and coloured on a terminal", async () => {
      const piped = await cli(["status", ...network]);
      expect(piped.code).to.equal(0);
      expect(piped.out).to.include("600,000 SESH").and.include("active");
      // eslint-disable-next-line no-control-regex
      expect(piped.out).not.to.match(/\x1b|[│┌─]/);

      const terminal = await cli(["status", ...network], { tty: true });
      expect(terminal.out).to.include("\x1b[1m").and.include("│");
      const plain = await cli(["status", ...network], { tty: true, env: { NO_COLOR: "1" } });
      expect(plain.out).not.to.include("\x1b");
    });
  });

  describe("nodes", () => {
    it("lists all with their states", async () => {
      const { nodes, total } = (await cli(["nodes", ...network, "--json"])).json<{
        nodes: Record<string, unknown>[];
        total: number;
      }>();
      expect(total).to.equal(6);
      expect(nodes.map((node) => node["state"])).to.deep.equal([
        "active",
        "active",
        "leaving",
        "free",
        "active",
        "active",
      ]);
      expect(nodes[0]).to.deep.include({
        id: "1",
        operator: OPERATOR,
        blsPubkey: publicKeyToHex(publicKeyOf(1_000n)),
        ed25519Pubkey: `0x${"ed01".padStart(64, "0")}`,
        deposit: "25000000000000",
      });
    });

    it("filters by state, operator and staker, and cuts", async () => {
      const ids = async (...filter: string[]) =>
        (await cli(["nodes", ...network, "--json", ...filter]))
          .json<{ nodes: { id: string }[] }>()
          .nodes.map(({ id }) => id);
      expect(await ids("--state", "free")).to.deep.equal(["4"]);
      expect(await ids("--operator", "0x5000000000000000000000000000000000000005")).to.deep.equal(["2"]);
      expect(await ids("--staker", POOL, "--limit", "2")).to.deep.equal(["1", "2"]);
      expect(await ids("--staker", REWARDS)).to.deep.equal([]);
    });

    it("finds one by id, BLS key and Ed25519 key", async () => {
      for (const name of ["3", publicKeyToHex(publicKeyOf(1_002n)).slice(2), "0x" + "ed03".padStart(64, "0")]) {
        const node = (await cli(["nodes", name, ...network, "--json"])).json();
        expect(node["id"], name).to.equal("3");
      }
      const shown = await cli(["nodes", "3", ...network]);
      expect(shown.out).to.include("unsigned exit from");
    });

    it("refuses what names no node, with exit code 2", async () => {
      const unknown = await cli(["nodes", "77", ...network]);
      expect(unknown.code).to.equal(2);
      expect(unknown.err).to.include("No node 77 is registered.");
      const garbage = await cli(["nodes", "0xzz", ...network, "--json"]);
      expect(garbage.code).to.equal(2);
      expect((garbage.json()["error"] as Record<string, unknown>)["exitCode"]).to.equal(2);
    });

    it("prints one row a node when piped", async () => {
      const { out } = await cli(["nodes", ...network]);
      expect(out.trim().split("\n")).to.have.length(1 + 6 + 1);
    });
  });

  describe("the network", () => {
    it("refuses another chain than the preset's, with exit code 3", async () => {
      const ran = await cli(["status", "--network", "arbitrum", "--rpc", chain.url]);
      expect(ran.code).to.equal(3);
      expect(ran.err).to.include("serves chain 31337, but 42161 was meant");
    });

    it("accepts the preset of the same chain id", async () => {
      const ran = await cli(["status", "--network", "localhost", ...network, "--json"]);
      expect(ran.json()["network"]).to.equal("localhost");
    });

    it("says when nobody answers, with exit code 3", async () => {
      const ran = await cli(["status", "--rpc", "http://127.0.0.1:9", "--rewards-contract", REWARDS]);
      expect(ran.code).to.equal(3);
      expect(ran.err).to.include("No JSON-RPC answer from 127.0.0.1:9: this port is never asked (bad port)");
    });

    it("asks for the contract where the preset has none", async () => {
      const ran = await cli(["status", "--network", "localhost", "--rpc", chain.url]);
      expect(ran.code).to.equal(2);
      expect(ran.err).to.include("--rewards-contract");
    });
  });
});
