import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { bytesFromHex, hexFromBytes, rewardMessage, signatureFromHex, verify } from "../../../src/bls/index.ts";
import type { Hex } from "../../../src/bls/index.ts";
import { createNode, nodeKeysFromSeed } from "../../../src/node/index.ts";
import { FakeChain, REWARDS } from "../../helpers/fakeChain.ts";
import { HttpNode, KEYS, NOBODY, PARAMETERS, PEER, STAKER, T0, TAGS } from "../../helpers/httpNode.ts";

describe("node HTTP", () => {
  const world = new HttpNode().register();

  describe("GET /v1/info", () => {
    it("tells who the node is and what it has seen", async () => {
      const info = (await (await fetch(`${world.node.url}/v1/info`)).json()) as Record<string, unknown>;
      expect(info).to.include({
        version: "0.1.0",
        chainId: 31_337,
        blsPubkey: KEYS.blsPubkey,
        ed25519Pubkey: KEYS.ed25519Pubkey,
        x25519Pubkey: KEYS.x25519Pubkey,
        height: 3,
        timestamp: T0 + 240,
        round: 2,
        nodes: 1,
      });
      expect(info.proof).to.be.undefined;
    });

    it("refuses a malformed challenge", async () => {
      expect((await fetch(`${world.node.url}/v1/info?challenge=0x12`)).status).to.equal(400);
    });
  });

  describe("POST /v1/reward", () => {
    it("signs its own figure at the asked height", async () => {
      const { status, body } = await world.post("/v1/reward", { recipient: STAKER, height: 2 });
      expect(status).to.equal(200);
      const message = rewardMessage(TAGS, { recipient: STAKER, amount: 1000n });
      expect(body).to.deep.equal({
        recipient: STAKER,
        amount: "1000",
        height: 2,
        message: hexFromBytes(message),
        signature: body.signature,
        blsPubkey: KEYS.blsPubkey,
        signer: KEYS.blsPubkey,
      });
      expect(verify(KEYS.blsPublicKey, message, signatureFromHex(body.signature), TAGS.hashToG2)).to.equal(true);
    });

    it("reads the chain first when asked for the latest, and not for a height beyond the tip", async () => {
      world.chain.mine(120);
      expect((await world.post("/v1/reward", { recipient: STAKER, height: "latest" })).body).to.include({
        amount: "3000",
        height: 4,
      });
      world.chain.mine(120);
      world.chain.calls.clear();
      for (const height of [1_000, 1_000_000_000]) {
        await world.expectRefusal("/v1/reward", { recipient: STAKER, height }, 410, "height-not-available");
        await world.expectRefusal("/v1/rewards", { recipients: [STAKER], height }, 410, "height-not-available");
      }
      expect([...world.chain.calls]).to.deep.equal([]);
      // One that may just have come is refused as well, at once, and makes the node look once for all who ask.
      const asked = Array.from({ length: 30 }, () => world.post("/v1/reward", { recipient: STAKER, height: 5 }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      // The first that comes there, whichever of the thirty connections that is.
      expect(statuses).to.include(410);
      for (const status of statuses) expect(status).to.be.oneOf([200, 410]);
      await world.node.sync();
      expect(world.chain.calls.get("eth_getLogs")).to.be.at.most(2);
      expect((await world.post("/v1/reward", { recipient: STAKER, height: 5 })).body).to.include({
        amount: "4000",
        height: 5,
      });
      expect((await world.post("/v1/reward", { recipient: STAKER, height: "5" })).body).to.include({
        amount: "4000",
        height: 5,
      });
    });

    it("adds what the contract had on record at genesis, or a greater opening balance", async () => {
      world.chain = new FakeChain(T0);
      world.chain.mine(1);
      world.chain.record(STAKER, 70n);
      world.chain.record(NOBODY, 70n);
      world.chain.mine(1);
      const other = await world.start({ genesisHeight: 1, openingRewards: { [NOBODY]: 100n, [STAKER]: 50n } });
      expect(await other.lifetimeRewards(STAKER)).to.equal(70n);
      expect(await other.lifetimeRewards(NOBODY)).to.equal(100n);
    });

    it("signs nothing for who has earned nothing, and reads nothing for it either", async () => {
      await world.expectRefusal("/v1/reward", { recipient: NOBODY, height: 3 }, 403, "nothing-to-sign");
      world.chain = new FakeChain(T0);
      world.chain.mine(1, [{ kind: "seeded", node: PEER }], { started: true, rate: 1000n });
      const midLife = await world.start({ genesisHeight: 1 });
      world.chain.calls.clear();
      const strangers = Array.from({ length: 200 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "9")}`);
      const reply = await world.post("/v1/rewards", { recipients: strangers, height: 1 }, midLife.url);
      expect([reply.status, reply.body.error]).to.deep.equal([403, "nothing-to-sign"]);
      expect([...world.chain.calls]).to.deep.equal([]);
    });

    it("signs no figure that the contract has on record already", async () => {
      world.chain.mine(60, [{ kind: "recorded", recipient: STAKER, amount: 2000n }]);
      await world.node.sync();
      expect((await world.post("/v1/reward", { recipient: STAKER, height: 3 })).status).to.equal(200);
      await world.expectRefusal("/v1/reward", { recipient: STAKER, height: 4 }, 403, "nothing-to-sign");
      world.chain.mine(60);
      expect((await world.post("/v1/reward", { recipient: STAKER, height: "latest" })).body).to.include({
        amount: "3000",
      });
    });

    it("answers 410 for heights outside its window", async () => {
      await world.expectRefusal("/v1/reward", { recipient: STAKER, height: 4 }, 410, "height-not-available");
      for (let index = 0; index < 11; index++) world.chain.mine(1);
      await world.node.sync();
      await world.expectRefusal("/v1/reward", { recipient: STAKER, height: 3 }, 410, "height-not-available");
      expect((await world.post("/v1/reward", { recipient: STAKER, height: 4 })).status).to.equal(200);
    });

    for (const [what, body] of [
      ["no JSON", "{"],
      ["no object", "7"],
      ["nothing", ""],
      ["a short address", { recipient: "0x12", height: 1 }],
      ["an address of 21 bytes", { recipient: `${STAKER}00`, height: 1 }],
      ["the zero address", { recipient: `0x${"0".repeat(40)}`, height: 1 }],
      ["no height", { recipient: STAKER }],
      ["a negative height", { recipient: STAKER, height: -1 }],
      ["half a height", { recipient: STAKER, height: 1.5 }],
      ["another word", { recipient: STAKER, height: "newest" }],
      ["null", { recipient: null, height: null }],
    ] as const) {
      it(`answers 400 to ${what}`, () => world.expectRefusal("/v1/reward", body, 400, "malformed"));
    }

    it("takes an address as people write it", async () => {
      const plain = await world.post("/v1/reward", { recipient: STAKER, height: 1 });
      for (const recipient of [STAKER.slice(2), STAKER.slice(2).toUpperCase(), `0X${STAKER.slice(2)}`]) {
        expect(await world.post("/v1/reward", { recipient, height: 1 })).to.deep.equal(plain);
      }
    });

    it("bounds the body", async () => {
      const body = JSON.stringify({ recipient: STAKER, height: 1, padding: "x".repeat(100_000) });
      await world.expectRefusal("/v1/reward", body, 413, "malformed");
    });

    it("answers 404 elsewhere", () => world.expectRefusal("/v1/nothing", {}, 404, "not-found"));
  });

  describe("POST /v1/rewards", () => {
    it("signs one message for each recipient whose figure is above the record", async () => {
      const { body } = await world.post("/v1/rewards", { recipients: [STAKER, NOBODY], height: 2 });
      const rewards = body.rewards as { recipient: Hex; amount: string; message: Hex; signature: Hex }[];
      expect(body.height).to.equal(2);
      expect(body.signer).to.equal(KEYS.blsPubkey);
      expect(rewards.map(({ recipient, amount }) => [recipient, amount])).to.deep.equal([
        [STAKER, "1000"],
        [NOBODY, "0"],
      ]);
      expect(rewards[1]?.signature).to.equal(null);
      for (const { message, signature } of rewards.slice(0, 1)) {
        const valid = verify(KEYS.blsPublicKey, bytesFromHex(message), signatureFromHex(signature), TAGS.hashToG2);
        expect(valid).to.equal(true);
      }
    });

    it("bounds the batch", async () => {
      await world.expectRefusal("/v1/rewards", { recipients: [], height: 2 }, 400, "malformed");
      await world.expectRefusal("/v1/rewards", { recipients: Array(201).fill(STAKER), height: 2 }, 400, "malformed");
    });
  });

  describe("peer tests over HTTP", () => {
    it("accept the proof of the registered keys only", async () => {
      const peer = await world.start({ keys: nodeKeysFromSeed("peer") });
      const { ed25519Pubkey } = peer;
      await world.start({ peers: [{ url: peer.url, ed25519Pubkey }] }).then(async (tester) => {
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: world.clock.now() });
      });
      // Behind a path of its host
      const proxy = createServer((incoming, outgoing) => {
        void fetch(peer.url + (incoming.url ?? "").replace(/^\/behind\/proxy/, "")).then(async (response) => {
          outgoing.end(incoming.url?.startsWith("/behind/proxy/") ? await response.text() : "{}");
        });
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      const prefix = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/behind/proxy`;
      for (const url of [prefix, `${prefix}/`]) {
        const tester = await world.start({ peers: [{ url, ed25519Pubkey }] });
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: world.clock.now() });
      }
      proxy.close();
      // Somebody else's server at the peer's address
      await world.start({ peers: [{ url: world.node.url, ed25519Pubkey }] }).then(async (tester) => {
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: null });
      });
      // Nobody at all
      await world.start({ peers: [{ url: "http://127.0.0.1:1", ed25519Pubkey }] }).then(async (tester) => {
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: null });
      });
    });
  });

  describe("a chain that cannot be read", () => {
    it("leaves known heights answered, and 'latest' for a while", async () => {
      const impatient = await world.start({ params: { ...PARAMETERS, maxStaleSeconds: 0 } });
      world.chain.failing = () => Object.assign(new Error("down"), { code: "NETWORK_ERROR" });
      expect((await world.post("/v1/reward", { recipient: STAKER, height: "latest" })).status).to.equal(503);
      world.chain.failing = () => undefined;
      await world.post("/v1/reward", { recipient: STAKER, height: "latest" });
      world.chain.failing = () => new Error("down");
      expect((await world.post("/v1/reward", { recipient: STAKER, height: "latest" })).status).to.equal(200);
      expect((await world.post("/v1/reward", { recipient: STAKER, height: 2 })).status).to.equal(200);
      expect((await world.post("/v1/reward", { recipient: STAKER, height: 9 })).status).to.equal(410);
      const reply = await world.post("/v1/reward", { recipient: STAKER, height: "latest" }, impatient.url);
      expect(reply.status).to.equal(503);
      expect(reply.body.error).to.equal("unavailable");
    });
  });

  describe("start and stop", () => {
    it("checks the chain id", async () => {
      const wrong = createNode({ rpcUrl: "", contract: REWARDS, keys: KEYS, chainId: 1 }, { provider: world.chain });
      await wrong.start().then(
        () => expect.fail("started"),
        (error: Error) => expect(error.message).to.equal("the endpoint serves chain 31337, but 1 was meant."),
      );
      await wrong.stop();
    });

    it("leaves nothing behind when the port is taken", async () => {
      const port = Number(new URL(world.node.url).port);
      const second = createNode(
        { rpcUrl: "", contract: REWARDS, keys: KEYS, params: PARAMETERS, port },
        { provider: world.chain, clock: world.clock },
      );
      await second.start().then(
        () => expect.fail("started"),
        (error: NodeJS.ErrnoException) => expect(error.code).to.equal("EADDRINUSE"),
      );
      await second.stop();
      expect((await fetch(`${world.node.url}/v1/info`)).status).to.equal(200);
    });

    it("stops more than once, and is then gone", async () => {
      const { url } = world.node;
      await Promise.all([world.node.stop(), world.node.stop()]);
      await world.node.stop();
      await fetch(`${url}/v1/info`).then(
        () => expect.fail("still there"),
        (error: Error) => expect(error).to.be.instanceOf(TypeError),
      );
      expect(() => world.node.url).to.throw("the node is not running");
    });
  });
});
