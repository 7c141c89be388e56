import { expect } from "chai";
import { deriveTags, hexFromBytes, sign, signatureToHex } from "../../../src/bls/index.ts";
import {
  announce,
  AnnouncementBook,
  announcementShape,
  announcementToWire,
  verifyAnnouncement,
} from "../../../src/node/announcements.ts";
import type { AnnouncementBody } from "../../../src/node/announcements.ts";
import { nodeKeysFromSeed } from "../../../src/node/index.ts";
import { ed25519Signer } from "../../../src/node/keys.ts";
import { deriveQuorumTags } from "../../../src/node/quorum/messages.ts";
import { blsSignatures } from "../../../src/node/quorum/signatures.ts";

const DOMAIN = { chainId: 31_337n, contract: "0x00000000000000000000000000000000000000a1" };
const TAGS = deriveQuorumTags(DOMAIN);
const { hashToG2: DST } = deriveTags(DOMAIN);
const KEYS = nodeKeysFromSeed("announcing");
const BODY: AnnouncementBody = {
  id: 7n,
  urls: ["https://a.example/path"],
  version: "1",
  timestamp: 1_800_000_000,
  height: 9,
};

const OMQ = `curve://192.0.2.1:22025/${"0a".repeat(32)}`;

const made = (body = BODY, keys = KEYS, blsKeys = keys) =>
  announce(body, keys, TAGS, ed25519Signer(keys.ed25519Seed), (message) =>
    signatureToHex(sign(message, blsKeys.blsSecret, DST)),
  );
const { verifyAggregate } = blsSignatures(DST);
const node = { id: 7n, ed25519Pubkey: KEYS.ed25519Pubkey, blsPubkey: KEYS.blsPubkey };
const holds = (announcement: ReturnType<typeof made>, of = node, tags = TAGS) =>
  verifyAnnouncement(announcement, of, tags, verifyAggregate);

describe("node/announcements", () => {
  it("hold with the signatures of both keys, for one id of one contract on one chain", () => {
    expect(holds(made())).to.equal(true);
    const other = nodeKeysFromSeed("other");
    expect(holds(made(BODY, KEYS, other))).to.equal(false);
    expect(holds(made(BODY, other, KEYS))).to.equal(false);
    expect(holds({ ...made(), blsSignature: `0x${"00".repeat(128)}` })).to.equal(false);
    expect(holds(made(), { ...node, id: 8n })).to.equal(false);
    expect(holds(made(), node, deriveQuorumTags({ ...DOMAIN, chainId: 1n }))).to.equal(false);
    for (const change of [
      { urls: ["https://b.example"] },
      { version: "2" },
      { timestamp: 1_800_000_001 },
      { height: 10 },
    ]) {
      expect(holds({ ...made(), ...change }), JSON.stringify(change)).to.equal(false);
    }
  });

  it("survive the wire, which is parsed strictly", () => {
    const announcement = made();
    const wire = JSON.parse(JSON.stringify(announcementToWire(announcement))) as Record<string, unknown>;
    expect(announcementShape.parse(wire)).to.deep.equal(announcement);
    expect(announcementShape.safeParse({ ...wire, urls: ["https://a.example", OMQ] }).success).to.equal(true);
    for (const wrong of [
      { urls: [] },
      { urls: ["ftp://a.example"] },
      { urls: [OMQ] },
      { urls: ["https://a.example", OMQ.toUpperCase()] },
      { urls: ["https://a.example", OMQ.slice(0, -1)] },
      { urls: ["https://a.example", "tcp://192.0.2.1:22025"] },
      { urls: ["https://a.example", OMQ, OMQ, OMQ, OMQ] },
      { urls: ["https://user@a.example"] },
      { urls: [`https://${"a".repeat(300)}.example`] },
      { id: "-1" },
      { timestamp: 0 },
      { timestamp: 1e300 },
      { version: "x".repeat(33) },
      { ed25519Signature: hexFromBytes(new Uint8Array(63)) },
    ]) {
      expect(announcementShape.safeParse({ ...wire, ...wrong }).success, JSON.stringify(wrong)).to.equal(false);
    }
  });

  it("give way to newer ones only", () => {
    const book = new AnnouncementBook();
    const newer = { ...made(), timestamp: BODY.timestamp + 1 };
    expect([book.add(made(), 100), book.add(newer, 200), book.add(made(), 300), book.add(newer, 300)]).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    expect(book.of(7n)).to.deep.equal({ announcement: newer, receivedAt: 200, movedAt: null, beforeAt: null });
    expect(book.since(200)).to.deep.equal([newer]);
    expect(book.since(201)).to.deep.equal([]);
    expect([book.size, [...book].length]).to.deep.equal([1, 1]);
    book.keep((id) => id !== 7n);
    expect(book.size).to.equal(0);
  });

  it("tell when a node has moved: another host, whatever port and path", () => {
    const book = new AnnouncementBook();
    const from = (url: string, timestamp: number) => book.add({ ...made(), urls: [url], timestamp }, timestamp);
    const moved = () => [book.of(7n)?.beforeAt, book.of(7n)?.movedAt];
    from("https://a.example:1/x", 1_000);
    from("https://a.example:2/y", 2_000);
    expect(moved()).to.deep.equal([null, null]);
    from("https://b.example:2/y", 3_000);
    expect(moved()).to.deep.equal([2_000, 3_000]);
    from("https://b.example", 4_000);
    expect(moved()).to.deep.equal([2_000, 3_000]);
    from("https://a.example", 5_000);
    expect(moved()).to.deep.equal([4_000, 5_000]);
  });
});
