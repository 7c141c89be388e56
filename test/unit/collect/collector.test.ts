import { expect } from "chai";
import {
  aggregatePublicKeys,
  deriveTags,
  hashToG2,
  rewardMessage,
  signatureFromParams,
  verify,
  verifyHash,
} from "../../../src/bls/index.ts";
import type { CollectEvent, Collected } from "../../../src/collect/index.ts";
import { CollectError, Collector } from "../../../src/collect/index.ts";
import type { CollectorOptions } from "../../../src/collect/index.ts";
import type { Behaviour, ChaosNetwork } from "../../helpers/chaosNode.ts";
import { ChaosNode, secretKeyAt, setOf, startNodes } from "../../helpers/chaosNode.ts";
import { refusalOf } from "../../helpers/refusalOf.ts";

const CONTRACT = "0xC2B9fC251aC068763EbDfdecc792E3352E351c00";
const CHAIN_ID = 42_161n;
const RECIPIENT = `0x${"1a".repeat(20)}`;
const HEIGHT = 500;

const tags = deriveTags({ chainId: CHAIN_ID, contract: CONTRACT });
const network: ChaosNetwork = { tags, height: HEIGHT, amountOf: (_, height) => 1_000_000_000n * BigInt(height) };
const AMOUNT = network.amountOf(RECIPIENT, HEIGHT);

const honest = (count: number): Behaviour[] => Array.from({ length: count }, () => "honest" as const);

describe("collect/Collector", function () {
  this.timeout(20_000);
  let nodes: ChaosNode[] = [];
  let collector: Collector | undefined;

  afterEach(async function () {
    await collector?.close();
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
  });

  async function setUp(behaviours: readonly Behaviour[], options: Partial<CollectorOptions> = {}): Promise<Collector> {
    nodes = await startNodes(network, behaviours);
    const set = setOf(nodes);
    collector = new Collector(
      { chainId: CHAIN_ID, contract: CONTRACT, timeoutMs: 1_000, deadlineMs: 3_000, retryDelayMs: 20, ...options },
      { nodes: nodes.map(({ url }) => ({ url })), readSet: () => Promise.resolve(set) },
    );
    return collector;
  }

  /** What the contract would check: its aggregate key less the non-signers', against the message of our own figures. */
  function expectValid(collected: Collected, amount = AMOUNT): void {
    const silent = new Set(collected.nonSignerIds);
    const signers = collected.set.nodes.filter((node) => !silent.has(node.id)).map((node) => node.publicKey);
    const message = rewardMessage(tags, { recipient: RECIPIENT, amount });
    expect(
      verify(aggregatePublicKeys(signers), message, signatureFromParams(collected.signature), tags.hashToG2),
    ).to.equal(true);
    expect(collected.rewards).to.deep.equal([{ recipient: RECIPIENT, amount }]);
  }

  it("adds up what all nodes sign, at a height that it agrees on", async function () {
    const result = await (await setUp(honest(7))).collect({ kind: "reward", recipient: RECIPIENT });

    expectValid(result);
    expect(result.height).to.equal(HEIGHT);
    expect(result.signers.map((signer) => signer.id)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
    expect(result.nonSigners).to.deep.equal([]);
    expect(result.badNodes).to.deep.equal([]);
  });

  it("names the liar, and counts the dead and the unwilling among the non-signers", async function () {
    const subject = await setUp([...honest(9), "refusing", "unwilling", "lying"], { retries: 0 });
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });

    expectValid(result);
    expect(result.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
      [10n, "no-answer"],
      [11n, "no-answer"],
      [12n, "bad-signature"],
    ]);
    expect(result.badNodes).to.deep.equal([
      {
        id: 12n,
        key: nodes[11]?.hex,
        url: nodes[11]?.url,
        reason: "bad-signature",
        detail: "its signature does not verify",
      },
    ]);
  });

  it("puts silence to an id when the address's key is known", async function () {
    nodes = await startNodes(network, [...honest(6), "refusing", "unwilling"]);
    const set = setOf(nodes);
    collector = new Collector(
      { chainId: CHAIN_ID, contract: CONTRACT, retries: 0 },
      { nodes: nodes.map(({ url, hex }) => ({ url, blsPubkey: hex })), readSet: () => Promise.resolve(set) },
    );
    const result = await collector.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });

    expect(result.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
      [7n, "refused"],
      [8n, "not-eligible"],
    ]);
  });

  it("refuses when more than the threshold are silent, and says who and why", async function () {
    const refusal = await refusalOf(
      (await setUp([...honest(4), "refusing", "refusing", "lying"], { retries: 0 })).collect({
        kind: "reward",
        recipient: RECIPIENT,
        height: HEIGHT,
      }),
    );

    expect(refusal.code).to.equal("too-few-signers");
    expect(refusal.details).to.include({ signers: 4, required: 5, nodes: 7 });
    expect(refusal.message).to.equal("4 of 7 nodes signed; the contract requires 5.");
  });

  it("takes the figure of the majority, and lists those who disagree", async function () {
    const result = await (
      await setUp([...honest(5), "overpaying", "overpaying"])
    ).collect({
      kind: "reward",
      recipient: RECIPIENT,
      height: HEIGHT,
    });

    expectValid(result);
    expect(result.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
      [6n, "other-amounts"],
      [7n, "other-amounts"],
    ]);
    expect(result.badNodes).to.deep.equal([]);
  });

  it("does not say of a silent node that it signed other amounts on the word of a liar", async function () {
    const subject = await setUp([...honest(6), "refusing", "posing-overpaying"], { retries: 0 });
    (nodes[7] as ChaosNode).poseAs = (nodes[6] as ChaosNode).hex;
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });

    expectValid(result);
    expect(result.nonSigners.map(({ id, reason }) => [id, reason])).to.deep.equal([
      [7n, "no-answer"],
      [8n, "no-answer"],
    ]);
  });

  it("collects exits and liquidations", async function () {
    const subject = await setUp(honest(4));
    const timestamp = 1_780_000_000;
    const leaving = nodes[2] as ChaosNode;
    for (const kind of ["exit", "liquidate"] as const) {
      const result = await subject.collect({ kind, blsPubkey: leaving.hex, timestamp });

      expect(result.signers).to.have.length(4);
      expect(result.rewards).to.deep.equal([]);
      expect(result.call().method).to.equal(
        kind === "exit" ? "exitBLSPublicKeyWithSignature" : "liquidateBLSPublicKeyWithSignature",
      );
    }
  });

  it("collects many recipients with one request a node", async function () {
    const subject = await setUp([...honest(5), "lying"]);
    const recipients = ["aa", "bb", "cc"].map((byte) => `0x${byte.repeat(20)}`);
    const result = await subject.collect({ kind: "rewards", recipients, height: HEIGHT });

    const hash = recipients
      .map((recipient) => hashToG2(rewardMessage(tags, { recipient, amount: AMOUNT }), tags.hashToG2))
      .reduce((sum, next) => sum.add(next));
    expect(verifyHash(result.aggregatePublicKey, hash, signatureFromParams(result.signature))).to.equal(true);
    expect(nodes.map((node) => node.served)).to.deep.equal([1, 1, 1, 1, 1, 1]);
    expect(result.badNodes.map((bad) => bad.id)).to.deep.equal([6n]);
  });

  it("does not let a node pose as another: the honest one is heard and the impostor named", async function () {
    const subject = await setUp([...honest(6), "posing"]);
    (nodes[6] as ChaosNode).poseAs = nodes[0]?.hex;
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });

    expectValid(result);
    expect(result.signers.map((signer) => signer.id)).to.include(1n);
    expect(result.badNodes.map((bad) => bad.url)).to.deep.equal([nodes[6]?.url]);
  });

  it("is not fooled by two nodes whose errors cancel, once one of them leaves", async function () {
    const subject = await setUp([...honest(7), "colluding-plus", "colluding-minus"]);
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
    expectValid(result);

    const rebuilt = result.rebuild(setOf(nodes.slice(0, 8)));
    expectValid(rebuilt);
    expect(rebuilt.badNodes.map((bad) => bad.key)).to.include(nodes[7]?.hex);
    expect(rebuilt.signers.map((signer) => signer.id)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  });

  it("rebuilds for a set in which a signer has left and a known node is new", async function () {
    const subject = await setUp(honest(6));
    const small = setOf(nodes.slice(0, 5));
    const other = new Collector(
      { chainId: CHAIN_ID, contract: CONTRACT },
      { nodes: nodes.map(({ url }) => ({ url })), readSet: () => Promise.resolve(small) },
    );
    const before = await other.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
    expect(before.signers).to.have.length(5);

    const stranger = new ChaosNode(network, secretKeyAt(99));
    const after = before.rebuild(setOf([...nodes.slice(1), stranger]));
    expectValid(after);
    expect(after.signers.map((signer) => signer.key)).to.deep.equal(nodes.slice(1).map((node) => node.hex));
    expect(after.nonSigners.map((node) => node.key)).to.deep.equal([stranger.hex]);
    await other.close();
    void subject;
  });

  it("refuses to rebuild when too few of the new set had signed", async function () {
    const result = await (await setUp(honest(4))).collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
    const strangers = [90, 91, 92].map((i) => new ChaosNode(network, secretKeyAt(i)));

    expect(() => result.rebuild(setOf([...nodes, ...strangers]))).to.throw(
      CollectError,
      "4 of 7 nodes signed; the contract requires 5.",
    );
  });

  it("stops early at a signer count, without blaming those it did not wait for", async function () {
    const subject = await setUp([...honest(6), "hanging", "hanging"], { timeoutMs: 2_500 });
    const started = performance.now();
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT }, { stopAt: 6 });

    expect(performance.now() - started).to.be.lessThan(1_500);
    expectValid(result);
    expect(result.signers).to.have.length(6);
    expect(result.badNodes).to.deep.equal([]);
  });

  it("goes on past the early stop when one of those signatures is wrong", async function () {
    const subject = await setUp([...honest(6), "lying", "late"]);
    (nodes[7] as ChaosNode).delayMs = 300;
    const result = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT }, { stopAt: 7 });

    expectValid(result);
    expect(result.signers.map((signer) => signer.id)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 8n]);
  });

  it("can be cancelled", async function () {
    const subject = await setUp([...honest(3), "hanging"]);
    const abort = new AbortController();
    const promise = subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);

    expect((await refusalOf(promise)).code).to.equal("cancelled");
    const already = subject.collect({ kind: "reward", recipient: RECIPIENT }, { signal: AbortSignal.abort() });
    expect((await refusalOf(already)).code).to.equal("cancelled");
  });

  it("tells what happens as it happens", async function () {
    const subject = await setUp([...honest(5), "lying", "flapping"], { retries: 2 });
    const collection = subject.start({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
    const events: CollectEvent[] = [];
    for await (const event of collection.events) events.push(event);
    const result = await collection.result;

    const told = (type: CollectEvent["type"]) => events.filter((event) => event.type === type);
    expect(told("started")).to.have.length(1);
    expect(told("answered")).to.have.length(7);
    expect(events.flatMap((event) => (event.type === "retrying" ? [event.reason] : []))).to.deep.equal([
      "http-error",
      "reset",
    ]);
    expect(events.flatMap((event) => (event.type === "bad" ? [[event.url, event.reason]] : []))).to.deep.equal([
      [nodes[5]?.url, "bad-signature"],
    ]);
    expect(events.at(-1)?.progress).to.include({
      total: 7,
      asked: 7,
      answered: 7,
      bad: 1,
      retries: 2,
      signers: 6,
      required: 5,
    });
    expect(result.signers).to.have.length(6);
  });

  it("asks once where nobody listened the last time", async function () {
    const subject = await setUp(honest(7), { retries: 2 });
    const gone = nodes[6];
    await gone?.stop();
    const retries = async () => {
      const collection = subject.start({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
      let count = 0;
      for await (const event of collection.events) if (event.type === "retrying") count++;
      await collection.result;
      return count;
    };
    expect([await retries(), await retries(), await retries()]).to.deep.equal([2, 0, 0]);
  });

  it("leaves out a node that lied in the last minutes, unless it is needed", async function () {
    const subject = await setUp([...honest(5), "lying", "lying"]);
    await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
    expect(subject.offenders.urls.sort()).to.deep.equal([nodes[5]?.url, nodes[6]?.url].sort());

    const again = await subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT });
    expectValid(again);
    expect(nodes[5]?.served).to.equal(1);

    (nodes[4] as ChaosNode).behaviour = "lying";
    await refusalOf(subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT }));
    expect(nodes[5]?.served).to.equal(1);
    const needed = refusalOf(subject.collect({ kind: "reward", recipient: RECIPIENT, height: HEIGHT }));
    expect((await needed).code).to.equal("too-few-signers");
    expect(nodes[5]?.served).to.equal(2);
  });

  it("refuses what makes no sense before asking anybody", async function () {
    const subject = await setUp(honest(1));
    const bad = async (request: Parameters<Collector["collect"]>[0]) =>
      (await refusalOf(subject.collect(request))).message;

    expect(await bad({ kind: "reward", recipient: "0x12", height: 1 })).to.equal(
      '"0x12" is not the address of a recipient.',
    );
    expect(await bad({ kind: "reward", recipient: `0x${"0".repeat(40)}`, height: 1 })).to.contain("is not the address");
    expect(await bad({ kind: "rewards", recipients: [], height: 1 })).to.equal(
      "A batch has 1 to 200 recipients, not 0.",
    );
    expect(
      await bad({ kind: "rewards", recipients: [RECIPIENT, RECIPIENT.toUpperCase().replace("0X", "0x")], height: 1 }),
    ).to.equal("A recipient is listed twice.");
    expect(await bad({ kind: "exit", blsPubkey: "0x00", timestamp: 1 })).to.contain("BLS key of the node is not valid");
    expect(await bad({ kind: "exit", blsPubkey: nodes[0]?.hex ?? "", timestamp: -1 })).to.equal(
      "-1 is not a unix timestamp.",
    );
    expect(nodes[0]?.served).to.equal(0);
  });

  it("refuses when the contract has no node, or no address is known", async function () {
    const options = { chainId: CHAIN_ID, contract: CONTRACT };
    const empty = new Collector(options, {
      nodes: [{ url: "http://127.0.0.1:1" }],
      readSet: () => Promise.resolve(setOf([])),
    });
    const nowhere = new Collector(options, { nodes: [], readSet: () => Promise.resolve(setOf([])) });

    expect((await refusalOf(empty.collect({ kind: "reward", recipient: RECIPIENT, height: 1 }))).code).to.equal(
      "no-nodes",
    );
    expect((await refusalOf(nowhere.collect({ kind: "reward", recipient: RECIPIENT, height: 1 }))).code).to.equal(
      "no-nodes",
    );
    await Promise.all([empty.close(), nowhere.close()]);
  });
});
