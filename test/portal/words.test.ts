import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { pino } from "pino";
import { deriveTags, hexFromBytes, rewardMessage, sign, signatureToHex } from "../../src/bls/index.ts";
import { announce, announcementToWire } from "../../src/node/announcements.ts";
import { nodeKeysFromSeed } from "../../src/node/index.ts";
import type { NodeKeys } from "../../src/node/index.ts";
import { ed25519Signer } from "../../src/node/keys.ts";
import { deriveQuorumTags } from "../../src/node/quorum/messages.ts";
import { Words } from "../../src/portal/service/words.ts";

const CHAIN = { chainId: 31_337n, contract: `0x${"5e".repeat(20)}` };
const TAGS = deriveQuorumTags(CHAIN);
const KEYS = [1, 2, 3].map((id) => nodeKeysFromSeed(`words ${id}`));
const ALICE = "a1".repeat(20);
const BOB = "b0".repeat(20);

/** What a node of this test says to `POST /v1/rewards` and `GET /v1/announcements`. */
interface Says {
  /** Atomic SESH by address; 0: no more than the record. */
  amounts?: Record<string, bigint>;
  announcements?: (since: number) => unknown[];
}

/** A node's HTTP, which says whatever it likes. */
async function listen(says: Says): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      const [status, reply] = answer(says, request.url ?? "", body);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function answer({ amounts, announcements }: Says, path: string, body: string): [number, object] {
  const since = /^\/v1\/announcements\?since=(\d+)$/.exec(path)?.[1];
  if (since !== undefined && announcements) return [200, { announcements: announcements(Number(since)) }];
  if (path !== "/v1/rewards" || !amounts) return [404, {}];
  const { recipients } = JSON.parse(body) as { recipients: string[] };
  const rewards = recipients.map((recipient) => {
    const amount = amounts[recipient.slice(2)] ?? 0n;
    return {
      recipient,
      amount: String(amount),
      message: hexFromBytes(rewardMessage(deriveTags(CHAIN), { recipient, amount })),
      signature: amount === 0n ? null : `0x${"11".repeat(128)}`,
    };
  });
  if (rewards.every(({ signature }) => signature === null)) {
    return [403, { error: "nothing-to-sign", message: "the contract has that much on record" }];
  }
  return [200, { height: 7, rewards, blsPubkey: KEYS[0]?.blsPubkey }];
}

describe("portal: what nodes say", function () {
  let closing: (() => unknown)[] = [];
  let chainTime = 0;
  const now = () => Math.floor(Date.now() / 1_000);

  /** Asks these nodes; the contract holds the first two of {@link KEYS}. */
  async function ask(...nodes: Says[]): Promise<Words> {
    const listening = await Promise.all(nodes.map(listen));
    const held = (id: bigint): NodeKeys | undefined => (id === 3n ? undefined : KEYS[Number(id) - 1]);
    const words = new Words(
      {
        nodes: () => Promise.resolve(listening.map(({ url }) => url)),
        daemons: [],
        daemon: false,
        keysOf: held,
        tags: TAGS,
        chainTime: () => chainTime,
      },
      pino({ level: "silent" }),
    );
    closing.push(() => words.close(), ...listening.map(({ close }) => close));
    return words;
  }

  afterEach(async function () {
    for (const close of closing) await close();
    closing = [];
    chainTime = 0;
  });

  describe("that an address has earned", function () {
    const nobody: Says = { amounts: {} };
    const honest: Says = { amounts: { [ALICE]: 500n, [BOB]: 70n } };
    const liar: Says = { amounts: { [ALICE]: 10n ** 18n, [BOB]: 10n ** 18n } };

    it("is the middle one of three, whoever lies", async function () {
      expect(await (await ask(liar, honest, honest)).lifetime(ALICE)).to.equal(500n);
      expect(await (await ask(honest, { amounts: { [ALICE]: 1n } }, honest)).lifetime(ALICE)).to.equal(500n);
    });

    it("is the lower one where only two answer", async function () {
      expect(await (await ask(liar, honest, {})).lifetime(ALICE)).to.equal(500n);
    });

    it("is nothing new where two of three have no more than the record", async function () {
      expect(await (await ask(liar, nobody, nobody)).lifetime(ALICE)).to.equal(undefined);
    });

    it("is asked for many at once, each by itself", async function () {
      const words = await ask(honest, { amounts: { [ALICE]: 500n } }, { amounts: { [ALICE]: 500n, [BOB]: 70n } });
      const found = await words.lifetimes([ALICE, BOB, "c0".repeat(20)]);
      expect([...found.values()]).to.deep.equal([500n, 70n, undefined]);
    });

    it("is unknown where nobody answers", async function () {
      expect(await (await ask({}, {}, {})).lifetimes([ALICE])).to.deep.equal(new Map());
    });
  });

  describe("that they were heard", function () {
    const said = (id: 1 | 2 | 3, timestamp: number, signer = KEYS[id - 1] as NodeKeys) =>
      announcementToWire(
        announce(
          { id: BigInt(id), urls: ["http://192.0.2.1:22021"], version: "1", timestamp, height: 5 },
          KEYS[id - 1] as NodeKeys,
          TAGS,
          ed25519Signer(signer.ed25519Seed),
          (message) => signatureToHex(sign(message, signer.blsSecret, deriveTags(CHAIN).hashToG2)),
        ),
      );

    it("is taken from the nodes' own signatures, the newest of each", async function () {
      const at = now();
      const words = await ask({ announcements: () => [said(1, at - 50), said(1, at - 90), said(2, at)] });
      expect(await words.refresh()).to.equal(true);
      expect([...words.proofs]).to.deep.equal([
        [1, at - 50],
        [2, at],
      ]);
      expect(await words.refresh(), "nothing newer").to.equal(false);
    });

    it("is not believed of a node that did not sign it, that the contract does not hold, or of a time to come", async function () {
      const at = now();
      const forged = { ...said(2, at - 10), timestamp: at };
      const lies = [said(1, at, KEYS[1]), forged, said(3, at), said(1, at + 3_600), { id: "1" }, null];
      const words = await ask({ announcements: () => lies });
      expect(await words.refresh()).to.equal(false);
      expect([...words.proofs]).to.deep.equal([]);
    });

    it("goes by the chain's clock where that is ahead", async function () {
      chainTime = now() + 86_400;
      const words = await ask({ announcements: () => [said(1, chainTime)] });
      await words.refresh();
      expect([...words.proofs]).to.deep.equal([[1, chainTime]]);
    });

    it("is asked for whole once, and then what has come since", async function () {
      const asked: number[] = [];
      const words = await ask({ announcements: (since) => (asked.push(since), []) });
      await words.refresh();
      await words.refresh();
      expect(asked[0]).to.equal(0);
      expect(asked[1]).to.be.within(now() - 70, now());
    });
  });
});
