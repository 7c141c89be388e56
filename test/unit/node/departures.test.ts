import { expect } from "chai";
import {
  exitMessage,
  hexFromBytes,
  liquidateMessage,
  publicKeyFromHex,
  signatureFromHex,
  verify,
} from "../../../src/bls/index.ts";
import { HttpNode, KEYS, PEER, PEER_KEY, TAGS, exitSigningWindow, unlockDelay } from "../../helpers/httpNode.ts";

describe("node HTTP: exits and liquidations", () => {
  const world = new HttpNode().register();

  describe("POST /v1/exit", () => {
    const askAt = (timestamp: number, key: string = PEER_KEY) => world.post("/v1/exit", { blsPubkey: key, timestamp });

    it("is signed from the unlock to the end of the window, judged at the timestamp", async () => {
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const requested = world.chain.tip.timestamp;
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
        world.clock.set(now);
        const reply = await askAt(timestamp);
        expect(reply.status, `clock ${now - unlock}, timestamp ${timestamp - unlock}: ${reply.text}`).to.equal(status);
        if (status === 403) expect(reply.body.error).to.equal("not-eligible");
      }
    });

    it("is signed over key and timestamp", async () => {
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const timestamp = world.chain.tip.timestamp + unlockDelay;
      world.clock.set(timestamp);
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
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const now = world.chain.tip.timestamp + unlockDelay + 1000;
      world.clock.set(now);
      expect((await askAt(now - 180)).status).to.equal(200);
      expect((await askAt(now + 180)).status).to.equal(200);
      for (const timestamp of [now - 181, now + 181, 0]) {
        await world.expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp }, 400, "stale");
      }
    });

    it("keeps to the first request, whatever is repeated", async () => {
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = world.chain.tip.timestamp + unlockDelay;
      world.chain.mine(3600, [{ kind: "exitRequest", node: PEER }]);
      world.clock.set(unlock);
      expect((await askAt(unlock)).status).to.equal(200);
    });

    it("is refused for nodes that never asked, that left, and that never were", async () => {
      const now = world.chain.tip.timestamp;
      await world.expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: now }, 403, "not-eligible");
      await world.expectRefusal("/v1/exit", { blsPubkey: KEYS.blsPubkey, timestamp: now }, 403, "not-eligible");
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const unlock = world.chain.tip.timestamp + unlockDelay;
      world.chain.mine(unlockDelay, [{ kind: "exit", node: PEER, returned: 25_000n }]);
      world.clock.set(unlock);
      await world.expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: unlock }, 403, "not-eligible");
    });

    it("answers 400 to what is no key and no time", async () => {
      const timestamp = world.chain.tip.timestamp;
      await world.expectRefusal("/v1/exit", { blsPubkey: "0x12", timestamp }, 400, "malformed");
      await world.expectRefusal("/v1/exit", { blsPubkey: `0x${"1".repeat(128)}`, timestamp }, 400, "malformed");
      await world.expectRefusal("/v1/exit", { blsPubkey: `0x${"0".repeat(128)}`, timestamp }, 400, "malformed");
      await world.expectRefusal("/v1/exit", { blsPubkey: PEER_KEY }, 400, "malformed");
      await world.expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: "soon" }, 400, "malformed");
      await world.expectRefusal("/v1/exit", { blsPubkey: PEER_KEY, timestamp: 1e300 }, 400, "malformed");
    });
  });

  describe("POST /v1/liquidate", () => {
    it("is signed once the exit's window has passed", async () => {
      world.chain.mine(60, [{ kind: "exitRequest", node: PEER }]);
      const from = world.chain.tip.timestamp + unlockDelay + exitSigningWindow;
      for (const [now, status] of [
        [from - exitSigningWindow, 403],
        [from - 1, 403],
        [from, 200],
        [from + 1_000_000, 200],
      ] as const) {
        world.clock.set(now);
        expect((await world.post("/v1/liquidate", { blsPubkey: PEER_KEY, timestamp: now })).status).to.equal(status);
      }
      const { body } = await world.post("/v1/liquidate", { blsPubkey: PEER_KEY, timestamp: from + 1_000_000 });
      const message = liquidateMessage(TAGS, { publicKey: publicKeyFromHex(PEER_KEY), timestamp: from + 1_000_000 });
      expect(body.message).to.equal(hexFromBytes(message));
      expect(verify(KEYS.blsPublicKey, message, signatureFromHex(body.signature), TAGS.hashToG2)).to.equal(true);
    });
  });
});
