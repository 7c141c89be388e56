/** Honest askers of a node that somebody floods, over each of its public doors, with real signatures. */
import { request } from "node:http";
import { expect } from "chai";
import { bytesFromHex, deriveTags, rewardMessage, signatureFromHex, verify } from "../../src/bls/index.ts";
import { createNode, manualClock, nodeKeysFromSeed, PARAMS } from "../../src/node/index.ts";
import type { NodeParams, SessionNode } from "../../src/node/index.ts";
import { createSigner } from "../../src/node/signer.ts";
import { btDecodeDict, btEncode, OmqClient } from "../../src/omq/index.ts";
import { FakeChain, REWARDS } from "../helpers/fakeChain.ts";
import { T0 } from "../helpers/standingNetwork.ts";

const TAGS = deriveTags({ chainId: 31_337n, contract: REWARDS });
const KEYS = nodeKeysFromSeed("flooded");
const PEOPLE = Array.from({ length: 100 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`);
const [PERSON] = PEOPLE as [string];
/** Signatures that one asker may have waiting: two batches. */
const WAITING = 200;
/**
 * Signatures that may be made between an honest request and its answer. In the queue it is one or two; the rest is the way there, past
 * the other requests that this process has to read. First come, first served it would be all that wait: 200, and the 64 that OxenMQ's
 * door has at once.
 */
const SOON = { http: 100, omq: 24 };

describe("a flood", function () {
  this.timeout(60_000);
  let node: SessionNode;
  let signed = 0;

  before(async () => {
    const chain = new FakeChain(T0);
    const { x, y } = KEYS.blsPublicKey.toAffine();
    const contributors = PEOPLE.map((staker) => ({ staker, beneficiary: staker, amount: 1_000n }));
    const seeded = { id: 1n, key: { X: x, Y: y }, ed25519: BigInt(KEYS.ed25519Pubkey), contributors };
    chain.mine(1, [{ kind: "seeded", node: seeded }], { started: true, rate: 10n ** 12n });
    for (let round = 0; round < 700; round++) chain.mine(120);
    // No tick of its own in between: the node would sign its announcement, too.
    const still = { pollMs: 600_000, testIntervalMs: 600_000 };
    const params: NodeParams = { ...PARAMS.mainnet, payableAfterRounds: 0, confirmations: 0, ...still };
    const signer = createSigner(KEYS, TAGS);
    const limits = { waitingPerAddress: WAITING, requestBurst: 100, requestsPerSecond: 1 };
    node = createNode(
      { rpcUrl: "", contract: REWARDS, keys: KEYS, params, limits, omqPort: 0 },
      {
        provider: chain,
        clock: manualClock(T0),
        signer: {
          ...signer,
          sign(message) {
            signed++;
            return signer.sign(message);
          },
        },
      },
    );
    await node.start();
  });
  after(() => node.stop());

  /** The whole of 127.0.0.0/8 is this machine: two of its addresses are two askers. */
  const ask = (from: string, path: string, body?: unknown): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const options = { port: new URL(node.url).port, host: "127.0.0.1", localAddress: from, path };
      const sent = request(
        { ...options, method: body ? "POST" : "GET", headers: { "content-type": "application/json" } },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      sent.on("error", reject).end(body ? JSON.stringify(body) : undefined);
    });

  const expectSignature = (amount: bigint, signature: string): void => {
    const message = rewardMessage(TAGS, { recipient: PERSON, amount });
    expect(verify(KEYS.blsPublicKey, message, signatureFromHex(signature), TAGS.hashToG2)).to.equal(true);
  };

  it("of dear requests from one address delays another's by a signature or two, not by the flood", async () => {
    const before = signed;
    const batch = (height: number) => ask("127.0.0.1", "/v1/rewards", { recipients: PEOPLE, height });
    const flood = Array.from({ length: 30 }, (_, i) => batch(100 + i));
    expect((await Promise.race(flood)).status).to.equal(429);
    const asked = signed;
    const { status, text } = await ask("127.0.0.2", "/v1/reward", { recipient: PERSON, height: 600 });
    const meanwhile = signed - asked;
    expect(status, text).to.equal(200);
    const { amount, signature } = JSON.parse(text) as { amount: string; signature: string };
    expectSignature(BigInt(amount), signature);
    expect(meanwhile).to.be.at.most(SOON.http);
    const statuses = (await Promise.all(flood)).map((reply) => reply.status);
    expect(statuses.filter((each) => each === 200)).to.have.length(2);
    expect(statuses.filter((each) => each === 429)).to.have.length(28);
    expect(signed - before).to.equal(WAITING + 1);
  });

  it("of cheap requests from one address takes nothing from another's", async () => {
    const flood = Array.from({ length: 300 }, () => ask("127.0.0.3", "/v1/info"));
    const honest = await Promise.all(Array.from({ length: 20 }, () => ask("127.0.0.4", "/v1/info")));
    expect(honest.map(({ status }) => status)).to.deep.equal(Array(20).fill(200));
    const refused = (await Promise.all(flood)).filter(({ status }) => status === 429);
    // A burst of a hundred, and one more each second that this takes.
    expect(refused.length).to.be.within(150, 200);
  });

  it("over one OxenMQ connection delays another's by a signature or two, not by the flood", async () => {
    const [flooder, honest] = [new OmqClient(), new OmqClient()];
    const url = node.omqUrl as string;
    const rewards = (client: OmqClient, height: number) => {
      const data = btEncode({ address: bytesFromHex(PERSON), height });
      return client.request(url, "bls.get_rewards", [data], { timeoutMs: 30_000 });
    };
    const words = (outcome: Awaited<ReturnType<typeof rewards>>): string =>
      outcome.ok ? Buffer.from(outcome.parts[0] ?? []).toString("latin1") : outcome.reason;
    try {
      // Both are connected before it begins.
      for (const client of [flooder, honest]) {
        expect((await client.request(url, "ping.ping", [], { timeoutMs: 5_000 })).ok).to.equal(true);
      }
      const before = signed;
      const flood = Array.from({ length: 300 }, (_, i) => rewards(flooder, 200 + i));
      await Promise.race(flood);
      const asked = signed;
      const outcome = await rewards(honest, 650);
      const meanwhile = signed - asked;
      expect(words(outcome)).to.equal("200");
      const reply = btDecodeDict(outcome.ok ? (outcome.parts[1] as Uint8Array) : new Uint8Array());
      const signature = `0x${Buffer.from(reply.get("signature") as Uint8Array).toString("hex")}`;
      expectSignature(reply.get("amount") as bigint, signature);
      expect(meanwhile).to.be.at.most(SOON.omq);

      const statuses = (await Promise.all(flood)).map(words);
      const answered = statuses.filter((status) => status === "200").length;
      expect(answered).to.be.within(100, 130);
      expect(statuses.filter((status) => status === "429")).to.have.length(300 - answered);
      expect(signed - before).to.equal(answered + 1);
    } finally {
      await Promise.all([flooder.close(), honest.close()]);
    }
  });
});
