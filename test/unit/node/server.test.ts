import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { parse } from "lossless-json";
import {
  bytesFromHex,
  deriveTags,
  exitMessage,
  hexFromBytes,
  liquidateMessage,
  publicKeyFromHex,
  rewardMessage,
  signatureFromHex,
  verify,
  verifyRegistration,
} from "../../../src/bls/index.ts";
import type { Hex } from "../../../src/bls/index.ts";
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../../src/node/index.ts";
import type { NodeDependencies, NodeOptions, NodeParams, SessionNode } from "../../../src/node/index.ts";
import { FakeChain, REWARDS } from "../../helpers/fakeChain.ts";
import type { FakeNode } from "../../helpers/fakeChain.ts";

const T0 = 1_700_000_000;
const STAKER = "0x1000000000000000000000000000000000000001";
const NOBODY = "0x1000000000000000000000000000000000000009";
const TAGS = deriveTags({ chainId: 31_337, contract: REWARDS });
const KEYS = nodeKeysFromSeed("node");

const PARAMETERS: NodeParams = {
  ...PARAMS.mainnet,
  payableAfterRounds: 0,
  confirmations: 0,
  historyBlocks: 10,
  minSyncIntervalMs: 0,
  pollMs: 60_000,
};
const { unlockDelay, exitSigningWindow } = PARAMETERS;

function registered(id: bigint, seed: string): FakeNode {
  const keys = nodeKeysFromSeed(seed);
  const { x, y } = keys.blsPublicKey.toAffine();
  return {
    id,
    key: { X: x, Y: y },
    ed25519: BigInt(keys.ed25519Pubkey),
    contributors: [{ staker: STAKER, beneficiary: STAKER, amount: 25_000n }],
  };
}

const PEER = registered(1n, "peer");
const PEER_KEY = nodeKeysFromSeed("peer").blsPubkey;

describe("node HTTP", () => {
  let chain: FakeChain;
  let node: SessionNode;
  const clock = manualClock(T0);
  const started: SessionNode[] = [];

  const start = async (
    options: Partial<NodeOptions> = {},
    dependencies: NodeDependencies = {},
  ): Promise<SessionNode> => {
    const created = createNode(
      { rpcUrl: "", contract: REWARDS, keys: KEYS, params: PARAMETERS, ...options },
      { provider: chain, clock, ...dependencies },
    );
    started.push(created);
    await created.start();
    return created;
  };

  const post = async (path: string, body: unknown, base = node.url) => {
    const response = await fetch(base + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      body: JSON.parse(text) as { [name: string]: unknown } & { signature: string },
    };
  };

  const expectRefusal = async (path: string, body: unknown, status: number, error: string): Promise<void> => {
    const reply = await post(path, body);
    expect(reply.status, reply.text).to.equal(status);
    expect(reply.body.error).to.equal(error);
    expect(reply.body.message).to.be.a("string");
  };

  beforeEach(async () => {
    chain = new FakeChain(T0);
    chain.mine(0, [{ kind: "seeded", node: PEER }], { started: true, rate: 1000n });
    chain.mine(120);
    chain.mine(120);
    clock.set(chain.tip.timestamp);
    node = await start();
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((created) => created.stop()));
  });

  describe("GET /v1/info", () => {
    it("tells who the node is and what it has seen", async () => {
      const info = (await (await fetch(`${node.url}/v1/info`)).json()) as Record<string, unknown>;
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
      expect((await fetch(`${node.url}/v1/info?challenge=0x12`)).status).to.equal(400);
    });
  });

  describe("POST /v1/reward", () => {
    it("signs its own figure at the asked height", async () => {
      const { status, body } = await post("/v1/reward", { recipient: STAKER, height: 2 });
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
      chain.mine(120);
      expect((await post("/v1/reward", { recipient: STAKER, height: "latest" })).body).to.include({
        amount: "3000",
        height: 4,
      });
      chain.mine(120);
      chain.calls.clear();
      for (const height of [1_000, 1_000_000_000]) {
        await expectRefusal("/v1/reward", { recipient: STAKER, height }, 410, "height-not-available");
        await expectRefusal("/v1/rewards", { recipients: [STAKER], height }, 410, "height-not-available");
      }
      expect([...chain.calls]).to.deep.equal([]);
      // One that may just have come is refused as well, at once, and makes the node look once for all who ask.
      const asked = Array.from({ length: 30 }, () => post("/v1/reward", { recipient: STAKER, height: 5 }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      // The first that comes there, whichever of the thirty connections that is.
      expect(statuses).to.include(410);
      for (const status of statuses) expect(status).to.be.oneOf([200, 410]);
      await node.sync();
      expect(chain.calls.get("eth_getLogs")).to.be.at.most(2);
      expect((await post("/v1/reward", { recipient: STAKER, height: 5 })).body).to.include({
        amount: "4000",
        height: 5,
      });
      expect((await post("/v1/reward", { recipient: STAKER, height: "5" })).body).to.include({
        amount: "4000",
        height: 5,
      });
    });

    it("adds what the contract had on record at genesis, or a greater opening balance", async () => {
      chain = new FakeChain(T0);
      chain.mine(1);
      chain.record(STAKER, 70n);
      chain.record(NOBODY, 70n);
      chain.mine(1);
      const other = await start({ genesisHeight: 1, openingRewards: { [NOBODY]: 100n, [STAKER]: 50n } });
      expect(await other.lifetimeRewards(STAKER)).to.equal(70n);
      expect(await other.lifetimeRewards(NOBODY)).to.equal(100n);
    });

    it("signs nothing for who has earned nothing, and reads nothing for it either", async () => {
      await expectRefusal("/v1/reward", { recipient: NOBODY, height: 3 }, 403, "nothing-to-sign");
      chain = new FakeChain(T0);
      chain.mine(1, [{ kind: "seeded", node: PEER }], { started: true, rate: 1000n });
      const midLife = await start({ genesisHeight: 1 });
      chain.calls.clear();
      const strangers = Array.from({ length: 200 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "9")}`);
      const reply = await post("/v1/rewards", { recipients: strangers, height: 1 }, midLife.url);
      expect([reply.status, reply.body.error]).to.deep.equal([403, "nothing-to-sign"]);
      expect([...chain.calls]).to.deep.equal([]);
    });

    it("signs no figure that the contract has on record already", async () => {
      chain.mine(60, [{ kind: "recorded", recipient: STAKER, amount: 2000n }]);
      await node.sync();
      expect((await post("/v1/reward", { recipient: STAKER, height: 3 })).status).to.equal(200);
      await expectRefusal("/v1/reward", { recipient: STAKER, height: 4 }, 403, "nothing-to-sign");
      chain.mine(60);
      expect((await post("/v1/reward", { recipient: STAKER, height: "latest" })).body).to.include({ amount: "3000" });
    });

    it("answers 410 for heights outside its window", async () => {
      await expectRefusal("/v1/reward", { recipient: STAKER, height: 4 }, 410, "height-not-available");
      for (let index = 0; index < 11; index++) chain.mine(1);
      await node.sync();
      await expectRefusal("/v1/reward", { recipient: STAKER, height: 3 }, 410, "height-not-available");
      expect((await post("/v1/reward", { recipient: STAKER, height: 4 })).status).to.equal(200);
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
      it(`answers 400 to ${what}`, () => expectRefusal("/v1/reward", body, 400, "malformed"));
    }

    it("takes an address as people write it", async () => {
      const plain = await post("/v1/reward", { recipient: STAKER, height: 1 });
      for (const recipient of [STAKER.slice(2), STAKER.slice(2).toUpperCase(), `0X${STAKER.slice(2)}`]) {
        expect(await post("/v1/reward", { recipient, height: 1 })).to.deep.equal(plain);
      }
    });

    it("bounds the body", async () => {
      const body = JSON.stringify({ recipient: STAKER, height: 1, padding: "x".repeat(100_000) });
      await expectRefusal("/v1/reward", body, 413, "malformed");
    });

    it("answers 404 elsewhere", () => expectRefusal("/v1/nothing", {}, 404, "not-found"));
  });

  describe("POST /v1/rewards", () => {
    it("signs one message for each recipient whose figure is above the record", async () => {
      const { body } = await post("/v1/rewards", { recipients: [STAKER, NOBODY], height: 2 });
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
      await expectRefusal("/v1/rewards", { recipients: [], height: 2 }, 400, "malformed");
      await expectRefusal("/v1/rewards", { recipients: Array(201).fill(STAKER), height: 2 }, 400, "malformed");
    });
  });

  describe("POST /v1/exit", () => {
    const askAt = (timestamp: number, key: string = PEER_KEY) => post("/v1/exit", { blsPubkey: key, timestamp });

    it("is signed from the unlock to the end of the window, judged at the timestamp", async () => {
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const requested = chain.tip.timestamp;
      const unlock = requested + unlockDelay;
      const end = unlock + exitSigningWindow;

      for (const [now, timestamp, status] of [
        [requested, requested, 403],
        [unlock - 1, unlock - 1, 403],
        [unlock - 1, unlock, 403], // a timestamp ahead of the clock opens nothing
        [unlock, unlock - 1, 403],
        [unlock, unlock, 200],
        [unlock, unlock + 180, 200],
        [end - 1, end - 1, 200],
        [end + 100, end - 1, 200], // asked in time
        [end, end, 403],
        [end + 1, end + 1, 403],
      ] as const) {
        clock.set(now);
        const reply = await askAt(timestamp);
        expect(reply.status, `clock ${now - unlock}, timestamp ${timestamp - unlock}: ${reply.text}`).to.equal(status);
        if (status === 403) expect(reply.body.error).to.equal("not-eligible");
      }
    });

    it("is signed over key and timestamp", async () => {
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const timestamp = chain.tip.timestamp + unlockDelay;
      clock.set(timestamp);
      const { body } = await askAt(timestamp, PEER_KEY.toUpperCase().replace("0X", "0x"));
      const message = exitMessage(TAGS, { publicKey: publicKeyFromHex(PEER_KEY), timestamp });
      expect(body).to.deep.equal({
        blsPubkey: PEER_KEY,
        timestamp,
        message: hexFromBytes(message),
        signature: body.signature,
        signer: KEYS.blsPubkey,
      });
      expect(verify(KEYS.blsPublicKey, message, signatureFromHex(body.signature), TAGS.hashToG2)).to.equal(true);
    });

    it("takes timestamps within three minutes of its clock, both ends included", async () => {
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const now = chain.tip.timestamp + unlockDelay + 1000;
      clock.set(now);
      expect((await askAt(now - 180)).status).to.equal(200);
      expect((await askAt(now + 180)).status).to.equal(200);
      for (const timestamp of [now - 181, now + 181, 0]) {
        await expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp }, 400, "stale");
      }
    });

    it("keeps to the first request, whatever is repeated", async () => {
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = chain.tip.timestamp + unlockDelay;
      chain.mine(3600, [{ kind: "exitRequest", node: PEER }]);
      clock.set(unlock);
      expect((await askAt(unlock)).status).to.equal(200);
    });

    it("is refused for nodes that never asked, that left, and that never were", async () => {
      const now = chain.tip.timestamp;
      await expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: now }, 403, "not-eligible");
      await expectRefusal("/v1/exit", { blsPubkey: KEYS.blsPubkey, timestamp: now }, 403, "not-eligible");
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = chain.tip.timestamp + unlockDelay;
      chain.mine(unlockDelay, [{ kind: "exit", node: PEER, returned: 25_000n }]);
      clock.set(unlock);
      await expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: unlock }, 403, "not-eligible");
    });

    it("answers 400 to what is no key and no time", async () => {
      const timestamp = chain.tip.timestamp;
      await expectRefusal("/v1/exit", { blsPubkey: "0x12", timestamp }, 400, "malformed");
      await expectRefusal("/v1/exit", { blsPubkey: `0x${"1".repeat(128)}`, timestamp }, 400, "malformed");
      await expectRefusal("/v1/exit", { blsPubkey: `0x${"0".repeat(128)}`, timestamp }, 400, "malformed");
      await expectRefusal("/v1/exit", { blsPubkey: PEER_KEY }, 400, "malformed");
      await expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: "soon" }, 400, "malformed");
      await expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: 1e300 }, 400, "malformed");
    });
  });

  describe("POST /v1/liquidate", () => {
    it("is signed once the exit's window has passed", async () => {
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const from = chain.tip.timestamp + unlockDelay + exitSigningWindow;
      for (const [now, status] of [
        [from - exitSigningWindow, 403],
        [from - 1, 403],
        [from, 200],
        [from + 1_000_000, 200],
      ] as const) {
        clock.set(now);
        expect((await post("/v1/liquidate", { blsPubkey: PEER_KEY, timestamp: now })).status).to.equal(status);
      }
      const { body } = await post("/v1/liquidate", { blsPubkey: PEER_KEY, timestamp: from + 1_000_000 });
      const message = liquidateMessage(TAGS, { publicKey: publicKeyFromHex(PEER_KEY), timestamp: from + 1_000_000 });
      expect(body.message).to.equal(hexFromBytes(message));
      expect(verify(KEYS.blsPublicKey, message, signatureFromHex(body.signature), TAGS.hashToG2)).to.equal(true);
    });
  });

  describe("peer tests over HTTP", () => {
    it("accept the proof of the registered keys only", async () => {
      const peer = await start({ keys: nodeKeysFromSeed("peer") });
      const { ed25519Pubkey } = peer;
      await start({ peers: [{ url: peer.url, ed25519Pubkey }] }).then(async (tester) => {
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: clock.now() });
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
        const tester = await start({ peers: [{ url, ed25519Pubkey }] });
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: clock.now() });
      }
      proxy.close();
      // Somebody else's server at the peer's address
      await start({ peers: [{ url: node.url, ed25519Pubkey }] }).then(async (tester) => {
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: null });
      });
      // Nobody at all
      await start({ peers: [{ url: "http://127.0.0.1:1", ed25519Pubkey }] }).then(async (tester) => {
        await tester.testPeers();
        expect(tester.peerReport()[0]).to.include({ lastSeen: null });
      });
    });
  });

  describe("a chain that cannot be read", () => {
    it("leaves known heights answered, and 'latest' for a while", async () => {
      const impatient = await start({ params: { ...PARAMETERS, maxStaleSeconds: 0 } });
      chain.failing = () => Object.assign(new Error("down"), { code: "NETWORK_ERROR" });
      expect((await post("/v1/reward", { recipient: STAKER, height: "latest" })).status).to.equal(503);
      chain.failing = () => undefined;
      await post("/v1/reward", { recipient: STAKER, height: "latest" });
      chain.failing = () => new Error("down");
      expect((await post("/v1/reward", { recipient: STAKER, height: "latest" })).status).to.equal(200);
      expect((await post("/v1/reward", { recipient: STAKER, height: 2 })).status).to.equal(200);
      expect((await post("/v1/reward", { recipient: STAKER, height: 9 })).status).to.equal(410);
      const reply = await post("/v1/reward", { recipient: STAKER, height: "latest" }, impatient.url);
      expect(reply.status).to.equal(503);
      expect(reply.body.error).to.equal("unavailable");
    });
  });

  describe("start and stop", () => {
    it("checks the chain id", async () => {
      const wrong = createNode({ rpcUrl: "", contract: REWARDS, keys: KEYS, chainId: 1 }, { provider: chain });
      await wrong.start().then(
        () => expect.fail("started"),
        (error: Error) => expect(error.message).to.equal("the endpoint serves chain 31337, but 1 was meant."),
      );
      await wrong.stop();
    });

    it("leaves nothing behind when the port is taken", async () => {
      const port = Number(new URL(node.url).port);
      const second = createNode(
        { rpcUrl: "", contract: REWARDS, keys: KEYS, params: PARAMETERS, port },
        { provider: chain, clock },
      );
      await second.start().then(
        () => expect.fail("started"),
        (error: NodeJS.ErrnoException) => expect(error.code).to.equal("EADDRINUSE"),
      );
      await second.stop();
      expect((await fetch(`${node.url}/v1/info`)).status).to.equal(200);
    });

    it("stops more than once, and is then gone", async () => {
      const { url } = node;
      await Promise.all([node.stop(), node.stop()]);
      await node.stop();
      await fetch(`${url}/v1/info`).then(
        () => expect.fail("still there"),
        (error: Error) => expect(error).to.be.instanceOf(TypeError),
      );
      expect(() => node.url).to.throw("the node is not running");
    });
  });

  describe("POST /json_rpc", () => {
    const call = async (method: string, params: unknown = {}, base = node.url) => {
      const { status, text } = await post("/json_rpc", { jsonrpc: "2.0", id: 7, method, params }, base);
      expect(status).to.equal(200);
      const reply = parse(text, null, { parseNumber: (digits) => BigInt(digits) }) as {
        id: bigint;
        result: Record<string, unknown> & Record<string, unknown>[];
        error: { code: bigint; message: string };
      };
      expect(reply.id).to.equal(7n);
      return reply;
    };

    it("tells network and height", async () => {
      expect((await call("get_info")).result).to.include({ status: "OK", nettype: "devnet", height: 3n });
      expect((await call("get_height")).result).to.include({ status: "OK", height: 3n });
    });

    it("gives no registration to whoever asks: he would register the node under his own name", async () => {
      const { error } = await call("bls_registration_request", { address: NOBODY.slice(2) });
      expect(error.code).to.equal(-14n);
      expect(error.message).to.contain("operators of its own choice");
    });

    it("gives a registration for any operator on the admin port, and there only", async () => {
      const owned = await start({ adminPort: 0 });
      const admin = owned.adminUrl as string;
      expect(new URL(admin).hostname).to.equal("127.0.0.1");
      const { result } = await call("bls_registration_request", { address: NOBODY }, admin);
      expect(result.address).to.equal(NOBODY.slice(2));
      expect((await fetch(`${admin}/v1/info`)).status).to.equal(404);
      expect((await call("bls_registration_request", { address: NOBODY }, owned.url)).error.code).to.equal(-14n);
    });

    it("gives a registration that contract and network would take, to a configured operator", async () => {
      const owned = await start({ operators: [STAKER] });
      const { result } = await call("bls_registration_request", { address: STAKER.slice(2) }, owned.url);
      expect(result).to.include({
        address: STAKER.slice(2),
        bls_pubkey: KEYS.blsPubkey.slice(2),
        service_node_pubkey: KEYS.ed25519Pubkey.slice(2),
      });
      expect(result.proof_of_possession).to.match(/^[0-9a-f]{256}$/);
      const signature = result.service_node_signature as string;
      expect(verifyRegistration(KEYS.ed25519Pubkey, KEYS.blsPublicKey, signature)).to.equal(true);
    });

    it("gives aggregates with lossless integers", async () => {
      const amount = 2n ** 60n + 1n;
      const asked: unknown[] = [];
      const aggregating = await start(
        {},
        {
          aggregate: async (request) => {
            asked.push(request);
            return { message: "0x12", signature: "0x34", aggregatePubkey: "0x56", nonSigners: [3n, 2n ** 63n], amount };
          },
        },
      );
      const { result } = await call("bls_rewards_request", { address: STAKER }, aggregating.url);
      expect(result).to.deep.equal({
        status: "OK",
        address: STAKER.slice(2),
        amount,
        height: 3n,
        msg_to_sign: "12",
        signature: "34",
        aggregate_pubkey: "56",
        non_signer_indices: [3n, 2n ** 63n],
      });
      expect(
        (await call("bls_rewards_request", { address: STAKER, height: 2 }, aggregating.url)).result.height,
      ).to.equal(2n);
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = chain.tip.timestamp + unlockDelay;
      clock.set(unlock);
      const exit = await call("bls_exit_liquidation_request", { bls_pubkey: PEER_KEY.slice(2) }, aggregating.url);
      expect(exit.result).to.include({ bls_pubkey: PEER_KEY.slice(2), timestamp: BigInt(clock.now()) });
      const pubkey = nodeKeysFromSeed("peer").ed25519Pubkey.slice(2);
      clock.set(unlock + exitSigningWindow);
      await call("bls_exit_liquidation_request", { pubkey, liquidate: true }, aggregating.url);
      // What the node itself would refuse is not asked of the others.
      const refused = await call("bls_exit_liquidation_request", { pubkey }, aggregating.url);
      expect(refused.error.code).to.equal(-14n);
      expect(refused.error.message).to.match(/it can only be liquidated/);
      expect(asked).to.deep.equal([
        { kind: "reward", recipient: STAKER, height: 3 },
        { kind: "reward", recipient: STAKER, height: 2 },
        { kind: "exit", blsPubkey: PEER_KEY, timestamp: unlock },
        { kind: "liquidate", blsPubkey: PEER_KEY, timestamp: unlock + exitSigningWindow },
      ]);
    });

    it("lists who is off the network and still in the contract", async () => {
      expect((await call("bls_exit_liquidation_list")).result).to.deep.equal([]);
      chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = chain.tip.timestamp + unlockDelay;
      clock.set(unlock - 1);
      expect((await call("bls_exit_liquidation_list")).result).to.deep.equal([]);
      clock.set(unlock);
      const [entry] = (await call("bls_exit_liquidation_list")).result;
      expect(entry).to.deep.include({
        service_node_pubkey: nodeKeysFromSeed("peer").ed25519Pubkey.slice(2),
        type: "exit",
        liquidation_timestamp: BigInt(unlock + exitSigningWindow),
        info: { bls_public_key: PEER_KEY.slice(2), pubkey_bls: PEER_KEY.slice(2), contract_id: 1n },
      });
      expect((entry?.liquidation_height as bigint) > 4n).to.equal(true);
      clock.set(unlock + exitSigningWindow);
      expect((await call("bls_exit_liquidation_list")).result[0]?.liquidation_height).to.equal(4n);
    });

    it("answers with the daemon's errors", async () => {
      const errorOf = async (method: string, params?: unknown, base?: string) =>
        Number((await call(method, params, base)).error.code);
      expect(await errorOf("bls_rewards_request", { address: STAKER })).to.equal(-14);
      expect(await errorOf("bls_exit_liquidation_request", { pubkey: "12".repeat(32) })).to.equal(-16);
      expect(await errorOf("bls_rewards_request", { address: "x" })).to.equal(-32602);
      expect(await errorOf("bls_exit_liquidation_request", {})).to.equal(-32602);
      expect(await errorOf("nothing")).to.equal(-32601);
      expect(await errorOf("constructor")).to.equal(-32601);
      expect(await errorOf("get_info", "x")).to.equal(-32602);

      const impatient = await start(
        { params: { ...PARAMETERS, maxStaleSeconds: 0 } },
        { aggregate: () => Promise.reject() },
      );
      chain.failing = () => new Error("down");
      expect(await errorOf("bls_exit_liquidation_list", {}, impatient.url)).to.equal(-15);
    });

    it("survives garbage and batches", async () => {
      for (const body of ["", "{", "null", "7", "[]", '"x"', "[null]", '{"method":3}', "[".repeat(5000)]) {
        const { status, text } = await post("/json_rpc", body);
        expect(status, body.slice(0, 10)).to.equal(200);
        expect(text).to.match(/"error"/);
      }
      const { body } = await post("/json_rpc", [
        { jsonrpc: "2.0", id: 1, method: "get_height" },
        { jsonrpc: "2.0", id: 2, method: "none" },
      ]);
      expect(body).to.have.length(2);
    });
  });
});
