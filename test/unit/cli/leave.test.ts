import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import { Interface } from "ethers";
import { deriveTags, publicKeyOf, publicKeyToHex } from "../../../src/bls/index.ts";
import { serviceNodeRewardsAbi } from "../../../src/chain/abi.ts";
import { ChaosNode } from "../../helpers/chaosNode.ts";
import { REWARDS, revertWith } from "./support/chain.ts";
import { cli } from "./support/io.ts";
import { CliNetwork, PRIVATE_KEY } from "./support/network.ts";

const abi = new Interface(serviceNodeRewardsAbi);
const key = { env: { PRIVATE_KEY } };

describe("cli: exit, liquidate and network", function () {
  this.timeout(60_000);
  let net: CliNetwork;

  beforeEach(async () => {
    net = await new CliNetwork().start();
  });
  afterEach(() => net.stop());

  describe("exit", () => {
    it("requests it for a node that did not", async () => {
      const dry = await cli(["exit", "1", ...net.on, "--json"], key);
      expect(dry.json()).to.include({ step: "request", node: "1", broadcast: false });
      expect(net.chain.sent).to.have.length(0);
      const ran = await cli(["exit", "1", ...net.on, "--broadcast"], key);
      expect(ran.code).to.equal(0);
      expect(net.chain.sent.map(({ name, args }) => [name, args[0]])).to.deep.equal([["initiateExitBLSPublicKey", 1n]]);
    });

    it("has the network sign for a node that asked less than 30 days ago, at the chain's time", async () => {
      const ran = await cli(["exit", "3", ...net.with, "--broadcast", "--json"], key);
      expect(ran.code).to.equal(0);
      expect(ran.json()["step"]).to.equal("signed");
      const [sent] = net.chain.sent;
      expect(sent?.name).to.equal("exitBLSPublicKeyWithSignature");
      expect(sent?.args[1]).to.equal(BigInt(net.chain.timestamp));
    });

    it("says what is missing when nobody is there to sign", async () => {
      const ran = await cli(["exit", "3", ...net.on], key);
      expect(ran.code).to.equal(2);
      expect(ran.err).to.include("the network must sign it").and.include("--nodes-file");
    });

    it("says why the network does not sign, with exit code 5", async () => {
      for (const node of net.nodes) node.behaviour = "unwilling";
      const ran = await cli(["exit", "3", ...net.with], key);
      expect(ran.code).to.equal(5);
      expect(ran.err).to.include("6 not-eligible");
    });

    it("needs no signature after 30 days", async () => {
      const ran = await cli(["exit", "4", ...net.on, "--broadcast"], key);
      expect(ran.code).to.equal(0);
      expect(net.chain.sent[0]?.name).to.equal("exitBLSPublicKeyAfterWaitTime");
    });

    it("gives calldata for a multisig", async () => {
      const argv = ["exit", publicKeyToHex(publicKeyOf(1_000n)), ...net.on, "--output", "calldata"];
      const ran = await cli([...argv, "--from", "0x4000000000000000000000000000000000000004"]);
      const { transactions, calldata } = ran.json<{ transactions: object[]; calldata: string[] }>();
      expect(abi.parseTransaction({ data: calldata[0] ?? "" })?.args[0]).to.equal(1n);
      // The builder shows names where it finds no bytes.
      expect(transactions).to.deep.equal([
        {
          to: REWARDS,
          value: "0",
          data: null,
          contractMethod: {
            name: "initiateExitBLSPublicKey",
            payable: false,
            inputs: [{ name: "serviceNodeID", type: "uint64", internalType: "uint64" }],
          },
          contractInputsValues: { serviceNodeID: "1" },
        },
      ]);
    });

    it("gives the contract's refusal in words, with exit code 4", async () => {
      net.chain.views = {
        ...net.chain.views,
        initiateExitBLSPublicKey: () => {
          throw revertWith("CallerNotContributor", [1n, "0x4000000000000000000000000000000000000004"]);
        },
      };
      const ran = await cli(["exit", "1", ...net.on], key);
      expect(ran.code).to.equal(4);
      expect(ran.err)
        .to.include("has no stake in node 1")
        .and.match(/fix .+/);
    });
  });

  describe("liquidate", () => {
    const listing = () => [...net.with, "--daemon-url", net.daemonUrl];

    it("takes one node out, signed by the network", async () => {
      const dry = await cli(["liquidate", "2", ...net.with, "--json"], key);
      const validUntil = net.chain.timestamp + 600;
      expect(dry.json()["outcomes"]).to.deep.equal([
        { id: "2", status: "simulated", share: "7500000000", signers: 6, validUntil, gas: "250000" },
      ]);
      const ran = await cli(["liquidate", "2", ...net.with, "--broadcast"], key);
      expect(ran.code).to.equal(0);
      expect(net.chain.sent.map(({ name }) => name)).to.deep.equal(["liquidateBLSPublicKeyWithSignature"]);
    });

    it("lists whom the nodes name, and what each pays", async () => {
      net.departing = [
        { id: 2, type: "deregister", ripeAt: net.chain.timestamp - 1 },
        { id: 3, type: "exit", ripeAt: net.chain.timestamp + 1_000 },
        { id: 99, type: "exit", ripeAt: 0 },
      ];
      const { candidates } = (await cli(["liquidate", "list", ...listing(), "--json"])).json<{
        candidates: Record<string, unknown>[];
      }>();
      expect(
        candidates.map(({ id, type, liquidatable, share, votes }) => [id, type, liquidatable, share, votes]),
      ).to.deep.equal([
        ["2", "deregister", true, "7500000000", 1],
        ["3", "exit", false, "7500000000", 1],
      ]);
      expect((await cli(["liquidate", "list", ...listing()])).out)
        .to.include("pays you (SESH)")
        .and.include(" 7.5 ");
    });

    it("liquidates all that are ripe, and ends with 9 when one fails", async () => {
      net.departing = [
        { id: 2, type: "deregister", ripeAt: net.chain.timestamp - 1 },
        { id: 5, type: "exit", ripeAt: net.chain.timestamp - 1 },
        { id: 3, type: "exit", ripeAt: net.chain.timestamp + 1_000 },
      ];
      const failing = publicKeyToHex(publicKeyOf(1_004n));
      net.chain.views = {
        ...net.chain.views,
        liquidateBLSPublicKeyWithSignature: ({ X }: { X: bigint }) => {
          if (failing.startsWith(`0x${X.toString(16).padStart(64, "0")}`)) throw revertWith("EnforcedPause", []);
          return [];
        },
      } as never;
      const ran = await cli(["liquidate", "all", ...listing(), "--broadcast", "--json"], key);
      expect(ran.code).to.equal(9);
      const { outcomes } = ran.json<{ outcomes: { id: string; status: string }[] }>();
      expect(outcomes.map(({ id, status }) => [id, status])).to.deep.equal([
        ["2", "liquidated"],
        ["5", "failed"],
      ]);
      expect(net.chain.sent).to.have.length(1);
    });

    it("does nothing, successfully, when nobody is ripe", async () => {
      const ran = await cli(["liquidate", "all", ...listing()], key);
      expect(ran.code).to.equal(0);
      expect(ran.out).to.include("No node is liquidatable now.");
    });
  });

  describe("network", () => {
    it("counts answers, versions and signers", async () => {
      const ran = await cli(["network", ...net.with, "--json"]);
      expect(ran.code).to.equal(0);
      expect(ran.json()).to.deep.include({ asked: 6, answered: 6, versions: { test: 6 }, missing: [] });
      expect(ran.json()["signing"]).to.include({ signers: 6, required: 4, enough: true });
    });

    it("names who does not answer and who would not sign, and ends with 5 when they are too many", async () => {
      await net.nodes[0]?.stop();
      (net.nodes[1] as { behaviour: string }).behaviour = "lying";
      const ran = await cli(["network", ...net.with, "--json"]);
      expect(ran.code).to.equal(0);
      expect(ran.json()).to.deep.include({ answered: 5, failures: { refused: 1 }, missing: ["1"] });
      const signing = ran.json()["signing"] as { nonSigners: unknown; badNodes: { id: string; reason: string }[] };
      expect(signing.nonSigners).to.deep.equal([
        { id: "1", reason: "refused" },
        { id: "2", reason: "bad-signature" },
      ]);
      expect(signing.badNodes.map(({ id, reason }) => [id, reason])).to.deep.equal([["2", "bad-signature"]]);

      await Promise.all(net.nodes.slice(2, 4).map((node) => node.stop()));
      const shown = await cli(["network", ...net.with]);
      expect(shown.code).to.equal(5);
      expect(shown.out).to.include("median").and.include("would not sign").and.include("refused");
    });

    it("counts those who agree that there is nothing to sign", async () => {
      for (const node of net.nodes.slice(0, 5)) (node as { behaviour: string }).behaviour = "nothing-new";
      await net.nodes[5]?.stop();
      const ran = await cli(["network", ...net.with, "--json"]);
      expect(ran.code, ran.err).to.equal(0);
      expect(ran.json()["signing"]).to.deep.include({
        signers: 5,
        required: 4,
        enough: true,
        nonSigners: [{ id: "6", reason: "refused" }],
      });

      // One that has left answers like the others, and is none of them.
      const left = new ChaosNode(
        { tags: deriveTags({ chainId: 31_337, contract: REWARDS }), height: 90, amountOf: () => 0n },
        77n,
        "nothing-new",
      );
      await left.start();
      try {
        const list = [...net.nodes, left].map(({ url, hex }) => ({ url, blsPubkey: hex }));
        await writeFile(net.nodesFile, JSON.stringify(list));
        const more = await cli(["network", ...net.with, "--json"]);
        expect(more.json()["signing"]).to.deep.include({ signers: 5, required: 4 });
      } finally {
        await left.stop();
      }
    });

    it("only pings with --no-sign", async () => {
      const ran = await cli(["network", ...net.with, "--no-sign", "--json"]);
      expect(ran.json()).not.to.have.property("signing");
    });
  });
});
